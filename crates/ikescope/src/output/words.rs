//! The contract's words and numbers as people read them.

use ikescope_analysis::find_rule;
use ikescope_wire::observed::Timestamp;

use crate::output::screen::Role;

/// The mark of an outcome, in ASCII.
pub(crate) fn mark(outcome: &str) -> &'static str {
    match outcome {
        "stalled" | "rejected" | "lost" => "x",
        "one_way" | "no_traffic" => "!",
        "established" => "+",
        "probe" => "-",
        _ => "?",
    }
}

/// How an outcome is painted.
pub(crate) fn role(outcome: &str) -> Role {
    match outcome {
        "stalled" | "rejected" | "lost" => Role::Bad,
        "established" => Role::Good,
        "probe" => Role::Note,
        _ => Role::Doubt,
    }
}

/// The code of the finding with this name.
pub(crate) fn code(cause: Option<&str>) -> Option<&'static str> {
    Some(find_rule(cause?)?.code)
}

/// A stage as the RFCs call it; none where nothing stopped.
pub(crate) fn stage(stage: &str) -> Option<&'static str> {
    Some(match stage {
        "sa_init" => "IKE_SA_INIT",
        "intermediate" => "IKE_INTERMEDIATE",
        "auth" => "IKE_AUTH",
        "child_sa" => "Child SA",
        "rekey" => "rekey",
        "informational" => "INFORMATIONAL",
        "esp" => "ESP",
        "main_mode_sa" => "main mode proposal",
        "main_mode_ke" => "main mode key exchange",
        "main_mode_id" => "main mode identification",
        "aggressive" => "aggressive mode",
        "xauth" => "XAUTH",
        "mode_config" => "mode config",
        "quick_mode" => "quick mode",
        _ => return None,
    })
}

/// Version and mode.
pub(crate) fn mode(ike_version: u8, mode: &str) -> String {
    match mode {
        "ikev2" => "IKEv2".to_owned(),
        "main" => "IKEv1 main mode".to_owned(),
        "aggressive" => "IKEv1 aggressive mode".to_owned(),
        "quick-only" => "IKEv1 quick mode".to_owned(),
        _ => format!("IKEv{ike_version}"),
    }
}

/// "1,048,233".
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "500 B", "18.9 kB", "3.9 MB".
pub(crate) fn size(octets: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, name) in units {
        if octets >= unit {
            let tenths = octets.saturating_mul(10) / unit;
            return format!("{}.{} {name}", grouped(tenths / 10), tenths % 10);
        }
    }
    format!("{octets} B")
}

/// Whole milliseconds below one second, else seconds with one decimal.
pub(crate) fn duration(nanoseconds: i64) -> String {
    if (0..1_000_000).contains(&nanoseconds) {
        "<1 ms".to_owned()
    } else if nanoseconds.abs() < 1_000_000_000 {
        format!("{} ms", (nanoseconds + 500_000) / 1_000_000)
    } else {
        format!("{} s", seconds(nanoseconds))
    }
}

/// Seconds with one decimal.
pub(crate) fn seconds(nanoseconds: i64) -> String {
    format!("{:.1}", nanoseconds as f64 / 1e9)
}

/// "every 10.0 s", or "after 3.0 6.0 12.0 s" where they differ.
pub(crate) fn intervals(times: &[Timestamp]) -> String {
    let steps: Vec<i64> = times
        .windows(2)
        .map(|pair| pair[1].since(pair[0]))
        .collect();
    let least = steps.iter().min().copied().unwrap_or(0);
    let most = steps.iter().max().copied().unwrap_or(0);
    if steps.len() > 2 && most - least <= most / 20 {
        return format!(
            "every {} s",
            seconds(steps.iter().sum::<i64>() / steps.len() as i64)
        );
    }
    let mut shown: Vec<String> = steps
        .iter()
        .take(INTERVALS_SHOWN)
        .copied()
        .map(seconds)
        .collect();
    if steps.len() > INTERVALS_SHOWN {
        shown.push("...".to_owned());
    }
    format!("after {} s", shown.join(" "))
}

/// "SA KE Nonce N x5": runs of the same word are counted.
pub(crate) fn folded<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for word in words {
        match runs.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => runs.push((word, 1)),
        }
    }
    let told = runs.into_iter().map(|(word, count)| match count {
        1 => word.to_owned(),
        _ => format!("{word} x{count}"),
    });
    told.collect::<Vec<_>>().join(" ")
}

/// "1 tunnel", "2 tunnels".
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

const INTERVALS_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [7, 1_000, 1_048_233].map(grouped),
            ["7", "1,000", "1,048,233"]
        );
        assert_eq!(
            [500, 18_930, 3_900_000].map(size),
            ["500 B", "18.9 kB", "3.9 MB"]
        );
        assert_eq!(
            [21_400_000, 1_250_000_000].map(duration),
            ["21 ms", "1.2 s"]
        );
        assert_eq!(counted(1, "attempt"), "1 attempt");
        assert_eq!(folded(["SA", "KE", "N", "N", "N"]), "SA KE N x3");
    }

    #[test]
    fn intervals_are_listed_or_averaged() {
        let at = |seconds: &[i64]| -> Vec<Timestamp> {
            seconds
                .iter()
                .map(|second| Timestamp::new(*second, 0))
                .collect()
        };
        assert_eq!(intervals(&at(&[0, 3, 9, 21])), "after 3.0 6.0 12.0 s");
        assert_eq!(intervals(&at(&[0, 10, 20, 30])), "every 10.0 s");
        assert_eq!(intervals(&at(&[0, 10])), "after 10.0 s");
    }
}
