//! `ikescope explain --vendors`: which Vendor IDs are known, and whose they are.

use std::io::{self, Write};

use ikescope_wire::vendor_id::{SeenIn, VendorIdentity, known};
use serde_json::{Value, json};

use crate::output::screen::{Role, Screen};
use crate::output::wrap::wrap;

/// One line for each, sorted by vendor: what anyone may implement comes last.
pub(super) fn list(out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
    let mut ids: Vec<_> = known().collect();
    ids.sort_by_key(|(octets, _, id)| (id.vendor.is_none(), id.vendor, id.name, *octets));
    let mut above = None;
    for (octets, more_follows, id) in ids {
        if above != Some(id.vendor) {
            let lead = if above.is_some() { "\n" } else { "" };
            let head = id.vendor.unwrap_or("of no vendor");
            writeln!(out, "{lead}{}", screen.paint(Role::Label, head))?;
            above = Some(id.vendor);
        }
        let more = if more_follows { "+" } else { "" };
        let name = format!("{} ({})", id.name, versions(&id));
        for line in wrap(&name, screen.width.saturating_sub(2)) {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "      {}{more}", hex::encode(octets))?;
    }
    Ok(())
}

/// The same as JSON.
pub(super) fn objects() -> Vec<Value> {
    let object = |(octets, more_follows, id): (&[u8], bool, VendorIdentity<'_>)| {
        json!({
            "octets": hex::encode(octets),
            "more_follows": more_follows,
            "vendor": id.vendor,
            "name": id.name,
            "seen_in": versions(&id),
        })
    };
    known().map(object).collect()
}

const fn versions(id: &VendorIdentity<'_>) -> &'static str {
    match id.seen_in {
        SeenIn::IkeV1 => "IKEv1",
        SeenIn::IkeV2 => "IKEv2",
        SeenIn::Both => "IKEv1, IKEv2",
    }
}
