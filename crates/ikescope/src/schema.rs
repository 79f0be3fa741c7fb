//! The JSON Schemas of the report and of a comparison: drawn from the types, then narrowed to the words and forms that the
//! report contract promises.

use ikescope_analysis::RULES;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::comparison::{COMPARISON_OUTCOMES, COMPARISON_SCHEMA, Comparison, FATES};
use crate::report::{ACTS, CONFIDENCES, MODES, OUTCOMES, Report, SEVERITIES, STAGES};

/// The JSON Schema (draft 2020-12) of a [`Report`]. Fields that it does not name may appear within
/// version 1; none of those that it names goes away.
#[must_use]
pub fn schema() -> Value {
    narrowed::<Report>("Report", crate::SCHEMA)
}

/// The JSON Schema of a [`Comparison`], which keeps the same promise.
#[must_use]
pub fn comparison_schema() -> Value {
    narrowed::<Comparison>("Comparison", COMPARISON_SCHEMA)
}

fn narrowed<T: JsonSchema>(type_name: &str, title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    for (name, definition) in definitions(&mut schema) {
        narrow(name, definition);
    }
    if let Some(root) = schema.as_object_mut() {
        narrow(type_name, root);
        root.insert("title".to_owned(), json!(title));
    }
    schema.to_value()
}

fn definitions(schema: &mut Schema) -> impl Iterator<Item = (&str, &mut Map<String, Value>)> {
    let definitions = schema.get_mut("$defs").and_then(Value::as_object_mut);
    definitions
        .into_iter()
        .flatten()
        .filter_map(|(name, definition)| Some((name.as_str(), definition.as_object_mut()?)))
}

/// Writes the contract's promises into the properties of one type.
fn narrow(type_name: &str, definition: &mut Map<String, Value>) {
    let Some(properties) = definition
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (name, property) in properties {
        let Some((keyword, value)) = promise(type_name, name) else {
            continue;
        };
        // Of a list it is the items that have the form.
        let target = match property.get_mut("items") {
            Some(items) if keyword != "minItems" => items,
            _ => property,
        };
        let nullable = is_nullable(target);
        if let Some(target) = target.as_object_mut() {
            target.insert(keyword.to_owned(), with_null(value, nullable));
        }
    }
}

fn is_nullable(property: &Value) -> bool {
    let types = property.get("type").and_then(Value::as_array);
    types.is_some_and(|types| types.iter().any(|one| one == "null"))
}

/// A list of words has to name null itself; a pattern is for strings alone.
fn with_null(mut keyword: Value, nullable: bool) -> Value {
    if let Some(words) = keyword.as_array_mut().filter(|_| nullable) {
        words.push(Value::Null);
    }
    keyword
}

/// What is promised of a property: a keyword of JSON Schema and its value.
fn promise(type_name: &str, property: &str) -> Option<(&'static str, Value)> {
    Some(match (type_name, property) {
        ("Report", "schema") => ("const", json!(crate::SCHEMA)),
        ("Comparison", "schema") => ("const", json!(COMPARISON_SCHEMA)),
        ("Comparison", "outcome") => ("enum", json!(COMPARISON_OUTCOMES)),
        ("Sending", "fate") => ("enum", json!(FATES)),
        ("Sending", "transit") | ("Clock", "ahead" | "within") => ("pattern", json!(DECIMAL)),
        ("Capture", "letter") | (_, "near_initiator") | ("Flow", "from") => {
            ("enum", json!(["A", "B"]))
        }
        (_, "told_by") => {
            let ways = ["hop_limits", "round_trips", "fresh_packets"];
            ("enum", json!(ways))
        }
        ("Message", "from") => ("enum", json!(["initiator", "responder"])),
        (_, "outcome") => ("enum", json!(OUTCOMES)),
        (_, "stage") => ("enum", json!(STAGES)),
        (_, "confidence") => ("enum", json!(CONFIDENCES)),
        (_, "severity") => ("enum", json!(SEVERITIES)),
        (_, "act") => ("enum", json!(ACTS)),
        ("Cleared", "side") => ("enum", json!(["initiator", "responder", "path"])),
        (_, "mode") => ("enum", json!(MODES)),
        (_, "closed_by") | ("Exchange" | "NatHash", "from") => {
            ("enum", json!(["initiator", "responder"]))
        }
        (_, "compression") => ("enum", json!(["gzip", "zstd"])),
        ("Probe", "kind") => ("enum", json!(["half-open-flood", "scan"])),
        (_, "cause") => ("enum", RULES.iter().map(|rule| rule.name).collect()),
        (_, "code") => ("pattern", json!("^IKE[0-9]{3}$")),
        ("Finding", "name") => ("pattern", json!("^[a-z0-9]+(-[a-z0-9]+)*$")),
        ("Finding", "evidence") => ("minItems", json!(1)),
        (_, "spi_i" | "spi_r") => ("pattern", json!("^[0-9a-f]{16}$")),
        ("Esp" | "Flow", "spi") => ("pattern", json!("^[0-9a-f]{8}$")),
        (_, "time" | "times" | "attempt_times") => ("pattern", json!(DECIMAL)),
        (_, name) if name.ends_with("_time") => ("pattern", json!(DECIMAL)),
        // Where a line of a log is the evidence, there may be no message before it: 0.
        ("Evidence" | "LogLine", "frame") => ("minimum", json!(0)),
        ("LogLine" | "LogOffer", "by") => ("enum", json!(["initiator", "responder"])),
        ("LogOffer", "list") => ("enum", json!(["incoming", "own"])),
        ("LogOffer", "subject") => ("enum", json!(["ike_sa", "child_sa"])),
        ("Evidence" | "LogLine" | "LogOffer", "line") => ("minimum", json!(1)),
        (_, "frame" | "first_frame" | "last_frame" | "requests" | "responses") => {
            ("minimum", json!(1))
        }
        _ => return None,
    })
}

/// Seconds with nine decimals.
const DECIMAL: &str = r"^-?[0-9]+\.[0-9]{9}$";
