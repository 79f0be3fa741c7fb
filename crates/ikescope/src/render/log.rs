//! What a log says of a negotiation, in the types of the report.

use ikescope_analysis as analysis;
use ikescope_wire::statement::{List, Subject};

use crate::report::{Log, LogLine, LogOffer, Proposal};

pub(crate) fn log(log: &analysis::Log) -> Log {
    Log {
        connection: log.connection.clone(),
        lines: log.lines.iter().map(line).collect(),
        lines_dropped: log.lines_dropped,
        offers: log.offers.iter().map(offer).collect(),
    }
}

/// What the peer offered for the IKE SA, as the log of the responder shows it.
pub(crate) fn offered(negotiation: &analysis::Negotiation) -> Option<Vec<Proposal>> {
    let log = negotiation.log.as_deref()?;
    let offer = log.offer(List::Incoming, Subject::IkeSa)?;
    (offer.by == analysis::Role::Responder).then(|| super::group(&offer.transforms))
}

fn line(line: &analysis::LogLine) -> LogLine {
    LogLine {
        input: line.frame.input,
        line: line.line,
        frame: line.frame.number,
        time: line.time.to_string(),
        by: line.by.as_str(),
        text: line.text.clone(),
    }
}

fn offer(offer: &analysis::StatedOffer) -> LogOffer {
    LogOffer {
        line: offer.line,
        by: offer.by.as_str(),
        list: match offer.list {
            List::Incoming => "incoming",
            List::Own => "own",
        },
        subject: match offer.subject {
            Subject::IkeSa => "ike_sa",
            Subject::ChildSa => "child_sa",
        },
        proposals: super::group(&offer.transforms),
    }
}
