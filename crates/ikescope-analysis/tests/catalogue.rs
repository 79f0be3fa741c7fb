//! The catalogue as a whole: its order, its texts, and for every rule that it fires where it should
//! and is quiet where it should.

mod support;

use std::collections::BTreeSet;

use ikescope_analysis::{RULES, find_rule};
use support::scenarios::CASES;

/// The cause table of the report contract.
const CONTRACT: &[&str] = &[
    "admin-prohibited",
    "aggressive-unanswered",
    "auth-answer-not-received",
    "auth-answer-rejected",
    "auth-never-sent",
    "auth-unanswered",
    "authentication-failed",
    "capture-gap",
    "child-no-proposal-chosen",
    "child-refused",
    "cookie-loop",
    "cookie-required",
    "cut-by-snaplen",
    "dpd-answer-not-received",
    "duplicate-frames",
    "eap-failed",
    "esp-missing",
    "esp-one-way",
    "fragments-dropped",
    "half-open-flood",
    "half-open-limit",
    "host-unreachable",
    "ike-daemon-gone",
    "initiator-refused",
    "invalid-ke-payload",
    "ke-group-mismatch",
    "main-mode-sa-answer-not-received",
    "main-mode-sa-unanswered",
    "mtu-black-hole",
    "nat-detected",
    "nat-mapping-expired",
    "no-proposal-chosen",
    "one-sided-capture",
    "out-of-order",
    "path-mtu-exceeded",
    "peer-gone",
    "peer-not-configured",
    "peer-restarted",
    "port-unreachable",
    "psk-mismatch",
    "quick-mode-3-lost",
    "quick-mode-refused",
    "quick-mode-unanswered",
    "redirected",
    "reflected",
    "rekey-collision",
    "rekey-refused",
    "rekey-unanswered",
    "repeated-ke",
    "sa-init-answer-not-received",
    "sa-init-answer-rejected",
    "sa-init-unanswered",
    "scan",
    "simultaneous-initiation",
    "tcp-refused",
    "ts-unacceptable",
    "udp-4500-blocked",
    "version-mismatch",
    "weak-crypto",
    "xauth-failed",
];

const HEADINGS: [&str; 5] = [
    "What it means",
    "Why it happens",
    "How to confirm",
    "How to fix",
    "References",
];

#[test]
fn codes_are_unique_and_in_order() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|one, other| one < other), "{codes:?}");
    for code in codes {
        let digits = code.strip_prefix("IKE").unwrap();
        assert!(digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()));
    }
}

#[test]
fn every_name_of_the_contract_has_its_rule() {
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let missing: Vec<_> = CONTRACT
        .iter()
        .filter(|name| !names.contains(*name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn names_are_kebab_and_found_by_name_and_code() {
    for rule in RULES {
        let kebab =
            |octet: u8| octet == b'-' || octet.is_ascii_digit() || octet.is_ascii_lowercase();
        assert!(rule.name.bytes().all(kebab), "{}", rule.name);
        assert_eq!(find_rule(rule.name).unwrap().code, rule.code);
        assert_eq!(
            find_rule(&rule.code.to_lowercase()).unwrap().name,
            rule.name
        );
    }
}

#[test]
fn every_text_has_its_five_headings_in_order_with_something_below() {
    for rule in RULES {
        let sections: Vec<(&str, &str)> = rule
            .documentation
            .split("## ")
            .skip(1)
            .map(|section| section.trim().split_once('\n').unwrap_or((section, "")))
            .collect();
        let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        assert!(
            sections.iter().all(|(_, text)| text.trim().len() > 8),
            "{}",
            rule.name
        );
    }
}

#[test]
fn every_rule_but_those_about_capturing_cites_a_section_of_a_standard() {
    for rule in RULES {
        let references = rule.documentation.split("## References").nth(1).unwrap();
        let cites = references.contains("RFC ") || references.contains("draft-");
        let is_about_capturing = rule.code < "IKE100";
        assert!(cites || is_about_capturing, "{}: {references}", rule.name);
    }
}

#[test]
fn rules_give_way_to_rules_that_exist() {
    for rule in RULES {
        for lesser in rule.over {
            assert!(
                find_rule(lesser).is_some_and(|other| other.name != rule.name),
                "{lesser}"
            );
        }
    }
}

#[test]
fn every_rule_has_its_two_scenarios() {
    let told: BTreeSet<&str> = CASES.iter().map(|case| case.rule).collect();
    for rule in RULES {
        assert!(told.contains(rule.name), "{} has no scenarios", rule.name);
    }
}

#[test]
fn every_rule_fires_on_its_own_scenario() {
    let silent: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let told = (case.fires)();
            let names = told.names();
            let ended = told.ended();
            (!names.contains(&case.rule)).then(|| format!("{}: {ended:?} {names:?}", case.rule))
        })
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_rule_is_quiet_on_the_scenario_beside_it() {
    let loud: Vec<&str> = CASES
        .iter()
        .filter(|case| (case.quiet)().names().contains(&case.rule))
        .map(|case| case.rule)
        .collect();
    assert!(loud.is_empty(), "{loud:?}");
}

#[test]
fn every_finding_names_frames_that_exist_and_a_verdict_one_of_its_findings() {
    for case in CASES {
        for told in [(case.fires)(), (case.quiet)()] {
            for finding in told.findings() {
                assert!(!finding.title.is_empty(), "{}", finding.rule.name);
                assert!(
                    finding
                        .evidence()
                        .iter()
                        .all(|evidence| evidence.frame.number > 0 || evidence.line.is_some())
                );
            }
            for tunnel in &told.diagnosis.tunnels {
                let Some(cause) = tunnel.verdict.cause else {
                    continue;
                };
                let mut findings = tunnel
                    .attempts
                    .iter()
                    .flat_map(|attempt| &attempt.findings)
                    .chain(&tunnel.findings);
                assert!(
                    findings.any(|finding| finding.rule.name == cause.name),
                    "{}",
                    case.rule
                );
            }
        }
    }
}
