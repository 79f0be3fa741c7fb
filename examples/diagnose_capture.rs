//! Reads a capture and prints what became of every tunnel in it: `diagnose_capture FILE`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("usage: diagnose_capture FILE")?;
    let report = ikescope::analyze(path.as_str())?;
    for tunnel in &report.tunnels {
        let verdict = &tunnel.verdict;
        println!(
            "{} - {}: {} in {}",
            tunnel.a, tunnel.b, verdict.outcome, verdict.stage
        );
        println!("  {} ({})", verdict.summary, verdict.confidence);
        let decisive = tunnel
            .decisive
            .and_then(|index| tunnel.negotiations.get(index));
        for finding in decisive
            .iter()
            .flat_map(|negotiation| &negotiation.findings)
        {
            println!("  {} {}: {}", finding.code, finding.name, finding.title);
            for evidence in &finding.evidence {
                println!("    #{} {}", evidence.frame, evidence.label);
            }
        }
    }
    Ok(())
}
