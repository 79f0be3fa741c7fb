//! Vendor ID payload (RFC 7296 §3.12, RFC 2408 §3.16), the same in both versions. Many are an MD5 of
//! a name, some with a version behind it.

use crate::describe::{Describe, FieldSink};
use crate::error::DecodeError;
use crate::payload::RawPayload;
use crate::vendor_id::VendorIdentity;

/// Vendor ID.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VendorId<'a> {
    /// The octets of the body.
    pub data: &'a [u8],
}

impl<'a> VendorId<'a> {
    /// Takes the body as it is.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            data: raw.body.octets(),
        })
    }

    /// Who sends this ID, if it is a known one.
    #[must_use]
    pub fn identity(&self) -> Option<VendorIdentity<'a>> {
        VendorIdentity::of(self.data)
    }
}

impl Describe for VendorId<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        if let Some(identity) = self.identity() {
            sink.text("vendor_id_name", &identity);
            if let Some(vendor) = identity.vendor {
                sink.text("vendor", &vendor);
            }
            sink.octets("trailer", identity.trailer);
        }
        sink.octets("vendor_id", self.data);
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::display::Line;

    #[test]
    fn names_the_id_of_rfc_3947_and_keeps_an_unknown_one() {
        // RFC 3947 §3.1: MD5 of "RFC 3947".
        let data = [
            0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95,
            0x45, 0x2f,
        ];
        let line = Line(&VendorId { data: &data }).to_string();
        assert!(line.contains("RFC 3947"), "{line}");
        assert!(
            line.ends_with("vendor id 16 octets 4a131c8107035845..."),
            "{line}"
        );
        let unknown = VendorId { data: b"\xff\xfe" };
        assert_eq!(Line(&unknown).to_string(), "vendor id fffe");
    }
}
