//! What is told of one tunnel, whatever the format: headline, ladder, facts, evidence, why, could be,
//! next, also. The formats lay it out; none of them chooses what to say.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use ikescope::report::{
    Evidence, Finding, KnownAs, Message, NatHash, Negotiation, Report, Tunnel, Verdict,
};
use ikescope_wire::observed::Timestamp;

use crate::output::clock::{self, Utc};
use crate::output::rows::{self, Row};
use crate::output::words::{code, counted, mode, stage};

/// What a report tells of one of its tunnels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Story<'a> {
    report: &'a Report,
    tunnel: &'a Tunnel,
}

/// A place in the capture, then what is to be seen there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen<'a> {
    pub(crate) place: String,
    pub(crate) text: Cow<'a, str>,
}

/// Attempts that ended alike: when, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Attempts {
    pub(crate) span: String,
    pub(crate) text: String,
}

impl<'a> Story<'a> {
    pub(crate) const fn new(report: &'a Report, tunnel: &'a Tunnel) -> Self {
        Self { report, tunnel }
    }

    /// The negotiation that the verdict is of.
    pub(crate) fn shown(&self) -> Option<&'a Negotiation> {
        self.tunnel.negotiations.get(self.tunnel.decisive?)
    }

    /// The finding that explains the outcome.
    pub(crate) fn cause(&self) -> Option<&'a Finding> {
        let name = self.tunnel.verdict.cause?;
        let findings = self
            .shown()
            .map_or(&self.tunnel.findings, |shown| &shown.findings);
        findings.iter().find(|finding| finding.name == name)
    }

    /// "in IKE_AUTH" behind the outcome, where something stopped.
    pub(crate) fn place(&self) -> String {
        let verdict = &self.tunnel.verdict;
        let stopped = match verdict.outcome {
            "established" | "one_way" | "no_traffic" => None,
            _ => stage(verdict.stage),
        };
        stopped.map_or_else(String::new, |stage| format!(" in {stage}"))
    }

    /// Version, mode and ends.
    pub(crate) fn who(&self) -> String {
        self.shown().map_or_else(
            || format!("ESP {} - {}", self.tunnel.a, self.tunnel.b),
            |n| {
                let mode = mode(n.ike_version, n.mode);
                format!("{mode} {} -> {}", n.initiator.address, n.responder.address)
            },
        )
    }

    /// Which of the attempts is shown; of a single one that is up, its SPIs, `whole` or shortened.
    pub(crate) fn which_attempt(&self, whole: bool) -> Option<String> {
        let shown = self.shown()?;
        let all = tries(self.tunnel);
        if all > 1 {
            let newest = self.tunnel.decisive == self.tunnel.negotiations.len().checked_sub(1);
            let which = if newest { "newest of" } else { "one of" };
            return Some(format!("{which} {}", counted(all, "attempt")));
        }
        if self.tunnel.verdict.cause.is_some() {
            return Some("1 attempt".to_owned());
        }
        let (spi_i, spi_r) = (shown.spi_i.as_str(), shown.spi_r.as_deref()?);
        let short = |spi: &'a str| {
            if whole {
                spi
            } else {
                spi.get(..8).unwrap_or(spi)
            }
        };
        Some(format!("spi {}:{}", short(spi_i), short(spi_r)))
    }

    /// The two ends of the ladder, the initiator first, and its rows; `whole` shows each repeat.
    pub(crate) fn ladder(&self, whole: bool) -> (IpAddr, IpAddr, Vec<Row>) {
        match self.shown() {
            Some(shown) => {
                let rows = rows::of_negotiation(shown, self.end(shown), whole);
                (shown.initiator.address, shown.responder.address, rows)
            }
            None => (
                self.tunnel.a,
                self.tunnel.b,
                rows::of_flows(&self.tunnel.esp, self.tunnel.a),
            ),
        }
    }

    /// From when until when the capture tells of it.
    pub(crate) fn span(&self) -> (Timestamp, Timestamp) {
        match self.shown() {
            Some(shown) => {
                let first = clock::parse(&shown.first_time).unwrap_or_default();
                (first, self.end(shown))
            }
            None => {
                let flows = &self.tunnel.esp;
                let first = flows
                    .iter()
                    .filter_map(|flow| clock::parse(&flow.first_time));
                let last = flows
                    .iter()
                    .filter_map(|flow| clock::parse(&flow.last_time));
                (
                    first.min().unwrap_or_default(),
                    last.max().unwrap_or_default(),
                )
            }
        }
    }

    /// Until when somebody listened for this attempt: the next one, or the end of its input.
    fn end(&self, shown: &Negotiation) -> Timestamp {
        let last = clock::parse(&shown.last_time).unwrap_or_default();
        let next = self
            .tunnel
            .negotiations
            .iter()
            .filter_map(|n| clock::parse(&n.first_time))
            .find(|start| *start > last);
        let of_input = |message: &Message| {
            let input = self.report.inputs.get(usize::from(message.input))?;
            clock::parse(input.last_time.as_deref()?)
        };
        let messages = shown
            .exchanges
            .iter()
            .flat_map(|e| e.request.iter().chain(&e.response));
        let end = messages.filter_map(of_input).max();
        next.or(end).unwrap_or(last).max(last)
    }

    /// Who must look, and who need not.
    pub(crate) fn duty(&self) -> Option<String> {
        let frame = |input, number| self.frame(input, number);
        duty(&self.tunnel.verdict, self.shown()?, frame)
    }

    /// The NAT detection hashes that do not fit.
    pub(crate) fn nat(&self) -> Vec<Seen<'a>> {
        let hashes = self.shown().map_or(&[][..], |shown| &shown.nat.hashes);
        // A request that is sent anew carries the same hash.
        let same = |one: &NatHash, hash: &NatHash| {
            (&one.sent, &one.address) == (&hash.sent, &hash.address)
        };
        let misfits = hashes.iter().enumerate().filter_map(|(index, hash)| {
            let is_new = !hashes[..index].iter().any(|one| same(one, hash));
            (!hash.fits && is_new).then_some(hash)
        });
        let told = misfits.take(MISFITS_SHOWN).map(|hash| {
            let frame = self.frame(hash.input, hash.frame);
            let last = hash.octets.1.saturating_sub(1);
            let end: Option<SocketAddr> = hash.address.parse().ok();
            let who = end.map_or_else(|| "one end".to_owned(), |end| end.ip().to_string());
            let text = format!(
                "hash {} is not {} ({}): {who} is behind NAT",
                hash.sent, hash.address, hash.computed
            );
            Seen {
                place: format!("{frame} @{}-{last}", hash.octets.0),
                text: text.into(),
            }
        });
        told.chain(self.inside()).collect()
    }

    /// What the search for the address behind NAT came to, beside the first hash that does not fit.
    fn inside(&self) -> Option<Seen<'a>> {
        let nat = &self.shown()?.nat;
        let inside = nat.inside.as_ref()?;
        let hash = nat.hashes.iter().find(|hash| !hash.fits)?;
        let text = match &inside.address {
            Some(address) => format!(
                "it is that of {address}: the {}'s address inside, implied",
                inside.of
            ),
            None => format!("no private address has this hash ({} tried)", inside.tried),
        };
        Some(Seen {
            place: self.frame(hash.input, hash.frame),
            text: text.into(),
        })
    }

    /// The attempts, where there is more than the one that the ladder shows.
    pub(crate) fn attempts(&self) -> Vec<Attempts> {
        let negotiations = &self.tunnel.negotiations;
        if negotiations.len() == 1 && negotiations.iter().all(|n| n.attempts == 1) {
            return Vec::new();
        }
        let asked_by = |it: &Negotiation| it.initiator.address;
        let each_way = negotiations
            .windows(2)
            .any(|pair| asked_by(&pair[0]) != asked_by(&pair[1]));
        let told = negotiations.iter().map(|negotiation| {
            let by = match each_way {
                true => format!(", begun by {}", asked_by(negotiation)),
                false => String::new(),
            };
            let (first, last) = span(negotiation);
            let alike = match negotiation.attempts {
                1 => String::new(),
                count => format!("{count} alike: "),
            };
            Attempts {
                span: if first == last {
                    first
                } else {
                    format!("{first}-{last}")
                },
                text: format!("{alike}{}{by}", ending(&negotiation.verdict)),
            }
        });
        told.collect()
    }

    /// The evidence of a finding, one entry per claim; frames that show the same share one.
    pub(crate) fn evidence(&self, finding: &'a Finding) -> Vec<Seen<'a>> {
        let alike = finding.evidence.chunk_by(|one, other| {
            let whole = |evidence: &Evidence| evidence.octets.is_none() && evidence.line.is_none();
            one.label == other.label && whole(one) && whole(other)
        });
        alike.filter_map(|alike| self.seen(alike)).collect()
    }

    fn seen(&self, alike: &'a [Evidence]) -> Option<Seen<'a>> {
        let frame = |evidence: &Evidence| match evidence.line {
            Some(line) => self.line(evidence.input, line),
            None => self.frame(evidence.input, evidence.frame),
        };
        let [first, .., last] = alike else {
            let only = alike.first()?;
            let octets = match only.octets {
                None => String::new(),
                Some((from, to)) if to.saturating_sub(from) <= 1 => format!(" @{from}"),
                Some((from, to)) => format!(" @{from}-{}", to - 1),
            };
            return Some(Seen {
                place: format!("{}{octets}", frame(only)),
                text: Cow::Borrowed(&only.label),
            });
        };
        let all: Vec<String> = alike.iter().map(frame).collect();
        let all = all.join(" ");
        if all.len() < REFERENCE_WIDTH {
            return Some(Seen {
                place: all,
                text: Cow::Borrowed(&first.label),
            });
        }
        let range = format!("{}-{}", frame(first), last.frame);
        let fits = range.len() < REFERENCE_WIDTH;
        Some(Seen {
            place: if fits {
                range
            } else {
                format!("{}+", frame(first))
            },
            text: format!("{} (in {} of these frames)", first.label, alike.len()).into(),
        })
    }

    /// "#4", or "#2:4" where there are several inputs.
    pub(crate) fn frame(&self, input: u16, frame: u64) -> String {
        if self.report.inputs.len() > 1 {
            format!("#{}:{frame}", input + 1)
        } else {
            format!("#{frame}")
        }
    }

    /// "line 143", or "line 2:143" where there are several inputs.
    fn line(&self, input: u16, line: u64) -> String {
        if self.report.inputs.len() > 1 {
            format!("line {}:{line}", input + 1)
        } else {
            format!("line {line}")
        }
    }

    /// The findings beside the cause. What the cause names as its rival has been said.
    pub(crate) fn also(&self) -> Vec<&'a Finding> {
        let cause = self.cause();
        let said = |name: &str| {
            name == "nat-detected"
                || cause
                    .is_some_and(|cause| cause.name == name || cause.could_also_be.contains(&name))
        };
        let findings = self.shown().map_or(&[][..], |shown| &shown.findings);
        findings
            .iter()
            .filter(|finding| !said(finding.name))
            .collect()
    }
}

/// The finding by code and name, for example `IKE101 sa-init-unanswered`.
pub(crate) fn cause_name(verdict: &Verdict) -> Option<String> {
    let name = verdict.cause?;
    Some(format!("{} {name}", code(Some(name))?))
}

/// Attempts between the two peers, those that were not kept included.
pub(crate) fn tries(tunnel: &Tunnel) -> u64 {
    let kept = tunnel.negotiations.iter().map(|n| u64::from(n.attempts));
    kept.sum::<u64>() + tunnel.negotiations_dropped
}

/// "stalled in IKE_AUTH, auth-unanswered".
fn ending(verdict: &Verdict) -> String {
    let place = stage(verdict.stage).map_or_else(String::new, |stage| format!(" in {stage}"));
    let cause = verdict
        .cause
        .map_or_else(String::new, |cause| format!(", {cause}"));
    format!("{}{place}{cause}", verdict.outcome)
}

/// Start of the first and end of the last of the attempts, as times of day.
fn span(negotiation: &Negotiation) -> (String, String) {
    let first = negotiation
        .attempt_times
        .first()
        .unwrap_or(&negotiation.first_time);
    let clock = |time: &str| Utc::new(clock::parse(time).unwrap_or_default(), 0).of_day();
    (clock(first), clock(&negotiation.last_time))
}

/// Columns of "#44 @24-27" and the like.
pub(crate) const REFERENCE_WIDTH: usize = 14;
/// Hashes that do not fit, listed.
const MISFITS_SHOWN: usize = 3;

/// "look at the path; 203.0.113.90 is cleared by #4: it answers", where something failed.
fn duty(
    verdict: &Verdict,
    shown: &Negotiation,
    frame: impl Fn(u16, u64) -> String,
) -> Option<String> {
    let (initiator, responder) = (shown.initiator.address, shown.responder.address);
    let name = |side| match side {
        "initiator" => initiator.to_string(),
        "responder" => responder.to_string(),
        _ => "the path".to_owned(),
    };
    let look = match verdict.act? {
        "both" => "both ends have to agree".to_owned(),
        "unknown" => "this capture does not tell who".to_owned(),
        side => format!("look at {}", name(side)),
    };
    Some(match &verdict.cleared {
        Some(cleared) => format!(
            "{look}; {} is cleared by {}: {}",
            name(cleared.side),
            frame(cleared.input, cleared.frame),
            cleared.by
        ),
        None => look,
    })
}

/// "Windows shows error 809. The log of Azure has 13805 (ERROR_IPSEC_IKE_TIMED_OUT).", where users of
/// the products at the ends know the cause under a number.
pub(crate) fn known_as(finding: &Finding) -> Option<String> {
    let alike = (finding.known_as).chunk_by(|one, other| one.product == other.product);
    let sentences = alike.filter_map(|alike| {
        let (product, numbers) = (alike.first()?.product, alike.iter().map(code_and_name));
        let numbers = numbers.collect::<Vec<_>>().join(" or ");
        Some(match product {
            "Azure" => format!("The log of Azure has {numbers}."),
            _ => format!("{product} shows error {numbers}."),
        })
    });
    let sentences = sentences.collect::<Vec<_>>().join(" ");
    (!sentences.is_empty()).then_some(sentences)
}

fn code_and_name(known: &KnownAs) -> String {
    match known.name {
        Some(name) => format!("{} ({name})", known.code),
        None => known.code.to_string(),
    }
}
