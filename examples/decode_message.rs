//! Decodes one IKE message from hex and prints it as a tree: `decode_message HEX`.
//!
//! The decoder needs neither std nor an allocator; here they only read the argument and print.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use anyhow::{Context, Result};
use ikescope::wire::{Message, ikev2};

fn main() -> Result<()> {
    let digits = std::env::args()
        .nth(1)
        .context("usage: decode_message HEX")?;
    let octets = hex::decode(digits)?;
    let message = Message::decode(&octets)?;
    println!("{message}");

    // The same payload by payload. A broken body is that payload's own error.
    if let Message::V2(message) = message {
        for payload in message.payloads() {
            if let Ok(ikev2::Payload::Notify(notify)) = ikev2::Payload::decode(payload?) {
                println!("notified of {}", notify.notify_type);
            }
        }
    }
    Ok(())
}
