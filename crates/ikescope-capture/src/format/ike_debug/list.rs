//! Lists of tunnels: `diagnose vpn tunnel list` and `diagnose vpn ike gateway list`. They print one
//! thing per line, and what a line says is told as a statement about the tunnel above it.

use ikescope_wire::statement::Listed;

use super::ends::{self, Ends};

/// A line of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ListLine<'a> {
    /// The heading of a tunnel: its name, and its ends if the line has them.
    Tunnel(&'a str, Option<Ends<'a>>),
    /// The ends of a gateway, on a line of their own; empty where somebody took them out.
    Ends(Ends<'a>),
    /// What is to be told.
    Fact(Listed),
}

/// Reads a line; `None` if it is none of what matters in a list.
pub(super) fn read(line: &str) -> Option<ListLine<'_>> {
    if !may_be(line.as_bytes()) {
        return None;
    }
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("name=") {
        let (name, rest) = rest.split_once(" ver=")?;
        return Some(ListLine::Tunnel(name, ends_in(rest)));
    }
    if let Some(name) = line.strip_prefix("name: ") {
        return Some(ListLine::Tunnel(name.trim(), None));
    }
    if let Some(rest) = line.strip_prefix("addr: ") {
        return ends::ends(rest).map(ListLine::Ends);
    }
    fact(line).map(ListLine::Fact)
}

/// Whether a line may be one of a list, by its first letter: nearly all others are not.
pub(super) fn may_be(line: &[u8]) -> bool {
    matches!(
        line.trim_ascii_start(),
        [b'a' | b'd' | b'n' | b'p' | b's', ..]
    )
}

/// Whether this line begins the account of a tunnel, ends and all.
pub(super) fn is_heading(line: &str) -> bool {
    match read(line) {
        Some(ListLine::Tunnel(_, ends)) => ends.is_some(),
        Some(ListLine::Ends(_)) => true,
        _ => false,
    }
}

fn fact(line: &str) -> Option<Listed> {
    if line.starts_with("stat: ") {
        return Some(Listed::Traffic {
            received: number(line, "rxp=")?,
            sent: number(line, "txp=")?,
        });
    }
    // Those of an SA: the counters of the tunnel leave out what hardware carries.
    if line.starts_with("dec:pkts/bytes=") {
        return Some(Listed::Traffic {
            received: number(line, "dec:pkts/bytes=")?,
            sent: number(line, "enc:pkts/bytes=")?,
        });
    }
    if line.starts_with("dpd: mode=") {
        return Some(Listed::Liveness {
            unanswered: number(line, " count=")?,
            tolerated: number(line, "retry=")?,
        });
    }
    if line.starts_with("proxyid=") {
        let sas = number(line, " sa=")?;
        return Some(Listed::Selector { sas });
    }
    let status = line.strip_prefix("status: ")?.trim_start_matches('=');
    let established = status.starts_with("established");
    (established || status.starts_with("connecting")).then_some(Listed::IkeSa { established })
}

fn ends_in(rest: &str) -> Option<Ends<'_>> {
    let word = rest.split(' ').find(|word| word.contains("->"))?;
    ends::ends(word)
}

/// The decimal number behind a mark.
fn number(line: &str, mark: &str) -> Option<u64> {
    let rest = line.get(line.find(mark)? + mark.len()..)?;
    let end = rest
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_lines_of_a_tunnel() {
        let line = "name=Azure ver=2 serial=1 192.0.2.1:0->198.51.100.2:0 dst_mtu=1500";
        let Some(ListLine::Tunnel("Azure", Some(ends))) = read(line) else {
            panic!("{line}");
        };
        assert_eq!(
            (ends.from.address, ends.to.address),
            ("192.0.2.1", "198.51.100.2")
        );
        let facts = [
            (
                "stat: rxp=3 txp=2 rxb=312 txb=168 //remark",
                Listed::Traffic {
                    received: 3,
                    sent: 2,
                },
            ),
            (
                "dec:pkts/bytes=2/16342, enc:pkts/bytes=892/90448",
                Listed::Traffic {
                    received: 2,
                    sent: 892,
                },
            ),
            (
                "dpd: mode=on-idle on=1 idle=20000ms retry=3 count=2 seqno=129979",
                Listed::Liveness {
                    unanswered: 2,
                    tolerated: 3,
                },
            ),
            (
                "proxyid=Azure proto=0 sa=0 ref=1 serial=1",
                Listed::Selector { sas: 0 },
            ),
            (
                "  status: connecting, state 3, started 15s ago",
                Listed::IkeSa { established: false },
            ),
            (
                "  status: ==established== 189-189s ago = 10ms",
                Listed::IkeSa { established: true },
            ),
        ];
        for (line, fact) in facts {
            assert_eq!(read(line), Some(ListLine::Fact(fact)), "{line}");
        }
    }

    #[test]
    fn a_blanked_address_is_one_that_is_not_known() {
        let Some(ListLine::Ends(ends)) = read("addr: ->") else {
            panic!("no ends");
        };
        assert_eq!((ends.from.address, ends.to.address), ("", ""));
    }

    #[test]
    fn other_lines_tell_nothing() {
        for line in [
            "addr: unknown",
            "natt: mode=none",
            "status: up",
            "dec: spi=101af04b esp=aes",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
