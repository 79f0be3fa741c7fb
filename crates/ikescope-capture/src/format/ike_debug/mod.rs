//! FortiGate `diagnose debug application ike -1` (FortiOS 5 to 7): messages in hex between lines that
//! say what the daemon makes of them; and the lists of tunnels that stand beside them in a session.
//!
//! The octets of a message become a packet, its addresses taken from the lines around; a message
//! whose octets the log lacks becomes the header that its line describes, cut behind it. What else
//! the lines state is told as statements. In the order of a line's way: `joiner` (what terminals and
//! web pages break), `prefix` and `clock` (what stands in front), `line` (messages), `offer` and `said`
//! (statements), `list` (tunnels), `log` (what becomes of it), `packet`.

mod clock;
mod context;
mod ends;
mod joiner;
mod line;
mod list;
mod log;
mod names;
mod offer;
mod packet;
mod plaintext;
mod prefix;
mod said;

pub(crate) use self::joiner::Joiner;
pub(crate) use self::log::{Lent, Log};

/// What of such a log stands in a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Holds {
    /// Lines of the daemon.
    Debug,
    /// Lists of tunnels alone.
    Lists,
    /// Neither.
    Nothing,
}

/// Looks for lines of such a log in the first octets of a text.
pub(crate) fn look(octets: &[u8]) -> Holds {
    let text: Vec<u8> = octets.iter().copied().filter(|octet| *octet != 0).collect();
    let text = String::from_utf8_lossy(&text);
    if text.split(['\n', '\r']).any(prefix::is_logged) {
        Holds::Debug
    } else if text.split(['\n', '\r']).any(list::is_heading) {
        Holds::Lists
    } else {
        Holds::Nothing
    }
}

/// Whether a line is one of such a log.
pub(crate) fn is_logged(line: &[u8]) -> bool {
    prefix::is_logged(&String::from_utf8_lossy(line))
}
