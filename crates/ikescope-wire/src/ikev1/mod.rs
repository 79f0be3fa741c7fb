//! IKEv1 (ISAKMP, RFC 2408 and RFC 2409): the message, and one file per payload.

use crate::header::Header;
use crate::input::Input;
use crate::payload::Payloads;

/// An IKEv1 message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    pub(crate) body: Input<'a>,
    pub(crate) announced_body: usize,
}

impl<'a> Message<'a> {
    /// The payloads in order; none if the message is encrypted.
    #[must_use]
    pub const fn payloads(&self) -> Payloads<'a> {
        if self.header.flags.is_encrypted() {
            return Payloads::new(0, Input::new(&[]), false);
        }
        Payloads::cut(
            self.header.next_payload,
            self.body,
            self.announced_body,
            false,
        )
    }

    /// The octets behind the header of an encrypted message.
    #[must_use]
    pub const fn encrypted(&self) -> Option<Input<'a>> {
        if self.header.flags.is_encrypted() {
            Some(self.body)
        } else {
            None
        }
    }
}
