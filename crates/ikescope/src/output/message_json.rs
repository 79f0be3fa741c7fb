//! One IKE message as a JSON object: section 2 of the report contract.

use std::fmt::Display;

use ikescope_wire::describe::{Describe as _, FieldSink, Hidden, Untrusted};
use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::PayloadType;
use ikescope_wire::observed::Transport;
use ikescope_wire::{DecodeError, Flags, Header, Message, Payloads, RawPayload, ikev1, ikev2};
use serde_json::{Map, Value, json};

use crate::commands::dissect::Found;

type Fields = Map<String, Value>;

/// The object of a message; `show_secrets` tells passwords and the like.
pub(crate) fn object(found: &Found<'_>, show_secrets: bool) -> Value {
    let mut object = Fields::new();
    tell_place(&mut object, found);
    let mut errors = Vec::new();
    match Message::decode(found.octets) {
        Ok(message) => {
            tell_header(&mut object, message.header());
            object.insert("missing".to_owned(), message.missing().into());
            let clear = payloads(message.payloads(), show_secrets, &mut errors);
            object.insert("payloads".to_owned(), clear.into());
        }
        Err(error) => {
            if let Ok(header) = Header::decode(found.octets) {
                tell_header(&mut object, &header);
            }
            object.insert("payloads".to_owned(), json!([]));
            errors.push(error_object(&error));
        }
    }
    if let Some(inner) = found.inner() {
        let decrypted = payloads(inner.payloads(), show_secrets, &mut errors);
        object.insert("decrypted".to_owned(), decrypted.into());
    }
    if let Some(closed) = found.closed() {
        object.insert("not_decrypted".to_owned(), closed.to_string().into());
    }
    object.insert("errors".to_owned(), errors.into());
    Value::Object(object)
}

fn tell_place(object: &mut Fields, found: &Found<'_>) {
    let sighting = found.sighting.as_ref();
    let ports = sighting.map(|s| (s.source.port(), s.destination.port()));
    let transport = match found.transport {
        Transport::Tcp => "tcp",
        _ if found.marked || ports.is_some_and(|(s, d)| s == NAT_T_PORT || d == NAT_T_PORT) => {
            "udp-4500"
        }
        _ => "udp",
    };
    let place = json!({
        "input": sighting.map(|s| s.frame.input),
        "frame": sighting.map(|s| s.frame.number),
        "time": sighting.map(|s| s.time.to_string()),
        "src": sighting.map(|s| s.source.ip().to_string()),
        "dst": sighting.map(|s| s.destination.ip().to_string()),
        "sport": ports.map(|(source, _)| source),
        "dport": ports.map(|(_, destination)| destination),
        "transport": transport,
        "ip_fragments": found.ip_fragments,
    });
    if let Value::Object(place) = place {
        object.extend(place);
    }
}

fn tell_header(object: &mut Fields, header: &Header) {
    let told = json!({
        "spi_i": header.spis.initiator.to_string(),
        "spi_r": header.spis.responder.to_string(),
        "next_payload": header.next_payload,
        "version": header.version.to_string(),
        "exchange_type": header.exchange_type.0,
        "exchange": header.exchange_type.name(),
        "flags": flags(header),
        "message_id": header.message_id.0,
        "length": header.length,
    });
    if let Value::Object(told) = told {
        object.extend(told);
    }
}

fn flags(header: &Header) -> Value {
    let Flags(octet) = header.flags;
    let flags = header.flags;
    if header.version.major() == 1 {
        json!({
            "octet": octet,
            "encryption": flags.is_encrypted(),
            "commit": flags.is_commit(),
            "auth_only": flags.is_auth_only(),
        })
    } else {
        json!({
            "octet": octet,
            "initiator": flags.is_initiator(),
            "version": flags.is_version(),
            "response": flags.is_response(),
        })
    }
}

fn payloads(chain: Payloads<'_>, show_secrets: bool, errors: &mut Vec<Value>) -> Vec<Value> {
    let ikev2 = chain.is_ikev2();
    let mut payloads = Vec::new();
    for raw in chain {
        match raw {
            Ok(raw) => {
                let sink = JsonSink::new(show_secrets, errors);
                payloads.push(payload(raw, ikev2, sink));
            }
            Err(error) => errors.push(error_object(&error)),
        }
    }
    payloads
}

fn payload(raw: RawPayload<'_>, ikev2: bool, mut sink: JsonSink<'_>) -> Value {
    let name = if ikev2 {
        PayloadType(raw.payload_type).name()
    } else {
        ikev1::payload_type(&raw).name()
    };
    sink.insert("type", raw.payload_type.into());
    sink.insert("name", name.into());
    sink.insert("length", raw.length.into());
    sink.insert("critical", raw.critical.into());
    let decoded = if ikev2 {
        ikev2::Payload::decode(raw).map(|payload| payload.describe(&mut sink))
    } else {
        ikev1::Payload::decode(raw).map(|payload| payload.describe(&mut sink))
    };
    if let Err(error) = decoded {
        sink.error(&error);
    }
    sink.finish()
}

fn error_object(error: &DecodeError) -> Value {
    json!({ "offset": error.offset, "message": error.to_string() })
}

/// Builds the object of a payload from what it tells of itself.
struct JsonSink<'e> {
    /// Groups of fields that are open, the payload's own first.
    groups: Vec<Fields>,
    /// Lists that are open, each inside of the group before it.
    lists: Vec<(&'static str, Vec<Value>)>,
    show_secrets: bool,
    errors: &'e mut Vec<Value>,
}

impl<'e> JsonSink<'e> {
    fn new(show_secrets: bool, errors: &'e mut Vec<Value>) -> Self {
        Self {
            groups: vec![Fields::new()],
            lists: Vec::new(),
            show_secrets,
            errors,
        }
    }

    fn insert(&mut self, name: &'static str, value: Value) {
        if let Some(group) = self.groups.last_mut() {
            let hidden = group.insert(name.to_owned(), value);
            debug_assert!(hidden.is_none(), "two fields are called {name}");
        }
    }

    fn finish(mut self) -> Value {
        Value::Object(self.groups.pop().unwrap_or_default())
    }
}

impl FieldSink for JsonSink<'_> {
    fn number(&mut self, name: &'static str, value: u64) {
        self.insert(name, value.into());
    }

    fn named(
        &mut self,
        name: &'static str,
        value: u64,
        label_name: &'static str,
        label: Option<&'static str>,
    ) {
        self.insert(name, value.into());
        self.insert(label_name, label.into());
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        self.insert(name, value.into());
    }

    fn octets(&mut self, name: &'static str, value: &[u8]) {
        self.insert(name, hex::encode(value).into());
    }

    fn secret(&mut self, name: &'static str, value: &[u8]) {
        let told = if self.show_secrets {
            Untrusted(value).to_string()
        } else {
            Hidden(value.len()).to_string()
        };
        self.insert(name, told.into());
    }

    fn text(&mut self, name: &'static str, value: &dyn Display) {
        self.insert(name, value.to_string().into());
    }

    fn open_list(&mut self, name: &'static str) {
        self.lists.push((name, Vec::new()));
    }

    fn open_item(&mut self) {
        self.groups.push(Fields::new());
    }

    fn close_item(&mut self) {
        if let (Some(group), Some((_, list))) = (self.groups.pop(), self.lists.last_mut()) {
            list.push(Value::Object(group));
        }
    }

    fn close_list(&mut self) {
        if let Some((name, list)) = self.lists.pop() {
            self.insert(name, Value::Array(list));
        }
    }

    fn error(&mut self, error: &DecodeError) {
        self.errors.push(error_object(error));
    }
}
