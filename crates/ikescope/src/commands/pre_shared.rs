//! Pre-shared keys: from files, from the environment, from whoever sits at the terminal.

use std::sync::OnceLock;

use anyhow::Context as _;
use ikescope::report::Report;
use ikescope_keys::{NoPreSharedKey, PreSharedKey};

use crate::args::PreSharedArgs;
use crate::complaint;

/// What was typed: a command that reads its inputs twice asks once.
static TYPED: OnceLock<PreSharedKey> = OnceLock::new();

/// All that the command line names.
pub(super) fn all(args: &PreSharedArgs) -> anyhow::Result<Vec<PreSharedKey>> {
    let files = args.files.iter().map(|path| PreSharedKey::from_file(path));
    let variables = args.variables.iter();
    let variables = variables.map(|name| PreSharedKey::from_env(name));
    let mut keys = files
        .chain(variables)
        .collect::<Result<Vec<_>, NoPreSharedKey>>()?;
    if args.prompt {
        keys.push(typed()?);
    }
    Ok(keys)
}

fn typed() -> anyhow::Result<PreSharedKey> {
    if let Some(key) = TYPED.get() {
        return Ok(key.clone());
    }
    let text = rpassword::prompt_password("pre-shared key (not shown): ")
        .context("cannot ask for the pre-shared key: there is no terminal")?;
    let key = PreSharedKey::from_text(text, "the prompt")?;
    Ok(TYPED.get_or_init(|| key).clone())
}

/// Complains if a key was given and nothing in the inputs could be held against it.
pub(super) fn complain_if_unused(args: &PreSharedArgs, report: &Report) {
    let is_checked = |name: &str| name == "psk-checked";
    let mut findings = (report.tunnels.iter())
        .flat_map(|tunnel| &tunnel.negotiations)
        .flat_map(|negotiation| &negotiation.findings);
    if args.are_any() && !findings.any(|finding| is_checked(finding.name)) {
        complaint::warning(
            "nothing here can be held against the pre-shared key: but for aggressive mode its proof is \
             encrypted; --keys takes SK_p or the secret of the key exchange",
        );
    }
}
