//! The published JSON Schema: it is that of the types, every report fits it, and it has the words of
//! the report contract. `UPDATE_SCHEMA=1 cargo test --test schema` renews it.
#![cfg(feature = "cli")]

use std::{env, fs};

use ikescope_testkit::{shared_dir, testdata_dir};
use serde_json::Value;

#[test]
fn the_published_schemas_are_those_of_the_types() {
    for (name, schema) in [
        ("report", ikescope::schema()),
        ("comparison", ikescope::comparison_schema()),
    ] {
        let current = format!("{schema:#}\n");
        let path = testdata_dir().join(format!("../docs/{name}.schema.json"));
        if env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &current).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap();
        assert!(kept == current, "UPDATE_SCHEMA=1 renews {path:?}");
    }
}

#[test]
fn every_report_of_the_fixtures_fits_the_schema() {
    let schema = ikescope::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut reports = 0;
    let folders = ["captures", "ike-debug"].map(|folder| testdata_dir().join(folder));
    for entry in folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
    {
        let path = entry.unwrap().path();
        if !path
            .extension()
            .is_some_and(|it| it == "pcap" || it == "pcapng" || it == "txt")
        {
            continue;
        }
        let report = serde_json::to_value(ikescope::analyze(path.as_path()).unwrap()).unwrap();
        let misfits = validator.iter_errors(&report);
        let misfits: Vec<String> = misfits
            .map(|misfit| format!("{}: {misfit}", misfit.instance_path()))
            .collect();
        assert!(misfits.is_empty(), "{path:?}: {misfits:#?}");
        reports += 1;
    }
    assert!(reports > 50, "{reports} reports");
}

#[test]
fn a_report_that_breaks_a_promise_does_not_fit() {
    let schema = ikescope::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let capture = testdata_dir().join("captures/ike2-psk-mismatch.pcap");
    let report = serde_json::to_value(ikescope::analyze(capture.as_path()).unwrap()).unwrap();
    assert!(validator.is_valid(&report));
    let finding = "/tunnels/0/negotiations/0/findings/0";
    for (place, wrong) in [
        ("/schema", Value::from("ikescope.report/2")),
        ("/tunnels/0/verdict/outcome", Value::from("broken")),
        ("/tunnels/0/verdict/stage", Value::Null),
        ("/tunnels/0/negotiations/0/first_time", Value::from(1.5)),
        ("/tunnels/0/negotiations/0/first_time", Value::from("1.5")),
        ("/tunnels/0/negotiations/0/spi_i", Value::from("0xAB")),
        ("/tunnels/0/negotiations/0/exchanges/0/requests/0", 0.into()),
        (&format!("{finding}/evidence"), Value::Array(Vec::new())),
        (&format!("{finding}/confidence"), Value::from("certain")),
        (&format!("{finding}/octets"), Value::from("free to add")),
    ] {
        let mut changed = report.clone();
        let addition = place.ends_with("/octets");
        if addition {
            changed.pointer_mut(finding).unwrap()["octets"] = wrong;
        } else {
            *changed.pointer_mut(place).unwrap() = wrong;
        }
        assert_eq!(validator.is_valid(&changed), addition, "{place}");
    }
}

#[test]
fn has_the_words_of_the_contract() {
    let Some(contract) = shared_dir().map(|folder| folder.join("report-contract.md")) else {
        println!("skipped: no report contract here");
        return;
    };
    let contract = fs::read_to_string(contract).unwrap();
    let fields = quoted(&contract);
    let schema = ikescope::schema();
    let definitions = schema["$defs"].as_object().unwrap();
    let known: Vec<&str> = definitions
        .values()
        .chain([&schema])
        .flat_map(|definition| definition["properties"].as_object().unwrap().keys())
        .map(String::as_str)
        .collect();
    // What the contract says of dissect is below its second heading.
    let (report, _) = contract.split_once("## 2.").unwrap();
    for field in quoted(report).filter(|word| !is_word(word)) {
        assert!(known.contains(&field), "{field} is in the contract");
    }
    let (_, words) = contract.split_once("### `outcome`").unwrap();
    let (words, _) = words.split_once("### `confidence`").unwrap();
    let backticked: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    for word in ikescope::report::OUTCOMES
        .iter()
        .chain(&ikescope::report::STAGES)
    {
        assert!(backticked.contains(word), "{word} is not in the contract");
    }
    assert!(fields.count() > 60);
}

/// What stands in double quotes in the part of a text that is code.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("```").skip(1).step_by(2);
    code.flat_map(|code| code.split('"').skip(1).step_by(2))
        .flat_map(|quoted| quoted.split('|'))
}

/// A value, or the name of a field in an example.
fn is_word(word: &str) -> bool {
    const VALUES: &str = "ikescope.report/1 pcap pcapng fortigate-sniffer fortigate-ike-debug gzip \
        zstd 192.0.2.1 203.0.113.1 half-open-flood scan ikev2 main aggressive quick-only unknown \
        initiator responder IKE204 kebab-case error warning info stated implied suspected";
    VALUES.split_whitespace().any(|value| value == word)
}
