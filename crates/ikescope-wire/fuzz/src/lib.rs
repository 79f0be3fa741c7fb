//! What must hold of any octets whatever. The fuzz targets use it, and so do the tests that damage
//! messages and replay what fuzzing found.

use std::fmt::{self, Write as _};

use ikescope_wire::describe::{Describe, FieldSink};
use ikescope_wire::display::Line;
use ikescope_wire::encapsulation::next_tcp_frame;
use ikescope_wire::input::Input;
use ikescope_wire::{DecodeError, Encapsulation, Message, RawPayload, ikev1, ikev2};

/// Takes octets as a message, and as what stands around one on UDP and TCP. Gives how many errors
/// were told of it.
pub fn message(octets: &[u8]) -> usize {
    for marked_port in [false, true] {
        let _ = Encapsulation::of_udp(octets, marked_port);
    }
    let _ = next_tcp_frame(octets);
    let message = match Message::decode(octets) {
        Ok(message) => message,
        Err(error) => return told(&error, octets.len()),
    };
    print(&message, octets.len());
    let is_ikev1 = matches!(message, Message::V1(_));
    let mut errors = 0;
    for payload in message.payloads() {
        errors += match payload {
            Ok(raw) => body(raw, is_ikev1, octets.len()),
            Err(error) => told(&error, octets.len()),
        };
    }
    errors
}

/// Takes the first octet as a payload type, the second as version (bit 0) and as how many octets a
/// snap length took (the other bits), the rest as the body. Gives how many errors were told of it.
pub fn payload_body(octets: &[u8]) -> usize {
    let [payload_type, how, octets @ ..] = octets else {
        return 0;
    };
    let announced = 4 + octets.len() + usize::from(how >> 1);
    let raw = RawPayload {
        payload_type: *payload_type,
        next_payload: 0,
        critical: false,
        reserved: 0,
        length: u16::try_from(announced).unwrap_or(u16::MAX),
        body: Input::new(octets),
    };
    body(raw, how & 1 == 0, octets.len())
}

fn body(raw: RawPayload<'_>, is_ikev1: bool, end: usize) -> usize {
    if is_ikev1 {
        inspect(ikev1::Payload::decode(raw), end)
    } else {
        inspect(ikev2::Payload::decode(raw), end)
    }
}

fn inspect(payload: Result<impl Describe, DecodeError>, end: usize) -> usize {
    let payload = match payload {
        Ok(payload) => payload,
        Err(error) => return told(&error, end),
    };
    let mut inspector = Inspector::new(end);
    payload.describe(&mut inspector);
    assert_eq!((inspector.objects.len(), inspector.lists), (1, 0));
    assert!(inspector.fields <= 32 + 8 * end);
    print(&Line(&payload), end);
    inspector.errors
}

fn told(error: &DecodeError, end: usize) -> usize {
    assert!(error.offset <= end, "{error} is behind octet {end}");
    1
}

/// Prints short and whole; text stays in proportion to its octets.
fn print(value: &impl fmt::Display, octets: usize) {
    let mut text = Length(0);
    assert!(write!(text, "{value}\n{value:#}").is_ok());
    assert!(text.0 <= 2_000 + 400 * octets);
}

/// Text that is only measured.
struct Length(usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// Counts fields, and looks after what JSON needs: lists of objects, names that are not the
/// payload's own, and no name twice in one object.
struct Inspector {
    /// Where the octets end.
    end: usize,
    fields: usize,
    /// Names of the open objects.
    objects: Vec<Vec<&'static str>>,
    lists: usize,
    errors: usize,
}

impl Inspector {
    fn new(end: usize) -> Self {
        Self {
            end,
            fields: 0,
            objects: vec![Vec::new()],
            lists: 0,
            errors: 0,
        }
    }

    fn field(&mut self, name: &'static str) {
        self.fields += 1;
        assert_eq!(self.objects.len(), self.lists + 1, "{name} is in no object");
        let is_payload = self.objects.len() == 1;
        assert!(
            !(is_payload && matches!(name, "type" | "name" | "length" | "critical")),
            "{name} belongs to the payload's header"
        );
        if let Some(names) = self.objects.last_mut() {
            assert!(!names.contains(&name), "{name} stands twice in one object");
            names.push(name);
        }
    }
}

impl FieldSink for Inspector {
    fn number(&mut self, name: &'static str, _: u64) {
        self.field(name);
    }

    fn named(&mut self, name: &'static str, _: u64, label: &'static str, _: Option<&'static str>) {
        self.field(name);
        self.field(label);
    }

    fn flag(&mut self, name: &'static str, _: bool) {
        self.field(name);
    }

    fn octets(&mut self, name: &'static str, value: &[u8]) {
        self.field(name);
        assert!(value.len() <= self.end);
    }

    fn text(&mut self, name: &'static str, value: &dyn fmt::Display) {
        self.field(name);
        let text = value.to_string();
        assert!(
            !text.chars().any(char::is_control),
            "{name} lets control characters through: {text:?}"
        );
    }

    fn open_list(&mut self, name: &'static str) {
        self.field(name);
        self.lists += 1;
    }

    fn open_item(&mut self) {
        assert_eq!(self.objects.len(), self.lists, "an item is in no list");
        self.objects.push(Vec::new());
    }

    fn close_item(&mut self) {
        self.objects.pop();
    }

    fn close_list(&mut self) {
        self.lists -= 1;
    }

    fn error(&mut self, error: &DecodeError) {
        self.errors += told(error, self.end);
    }
}
