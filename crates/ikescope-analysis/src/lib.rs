//! Observations to a [`History`] of what happened, and from there to a [`Diagnosis`] of what it means.
//!
//! [`Tracker`] is sans-I/O: it is given [`ikescope_wire::observed::Observation`]s and asked for the
//! result; time is what the packets say. [`diagnose`] reads the history and never edits it.
//!
//! ```
//! use ikescope_analysis::{Limits, Tracker, diagnose};
//!
//! let history = Tracker::new(Limits::default()).finish(&[]);
//! assert!(diagnose(&history).tunnels.is_empty());
//! ```

#[macro_use]
mod rule;

mod activity;
mod advice;
mod archive;
mod attempt;
mod carried;
mod certificate;
mod child;
mod clients;
mod conversation;
mod credentials;
pub mod crossing;
mod diagnosis;
mod duty;
mod eap;
mod esp;
mod few;
mod filing;
mod finding;
mod follow;
mod generation;
mod history;
mod icmp;
mod inner;
mod inside;
mod intake;
mod listed;
mod log;
mod nat;
mod negotiation;
mod offers;
mod opener;
mod order;
mod pace;
mod peers;
mod ports;
mod probe;
mod proposal;
mod radius;
mod reader;
mod reassembly;
mod recent;
mod record;
mod roster;
mod rules;
mod said;
mod schedule;
mod selector;
mod shape;
mod silence;
mod situation;
mod spares;
mod standard;
mod standing;
mod suite;
mod summary;
mod tracker;
mod trust;
mod vantage;
mod warm;
mod words;

pub use activity::Activity;
pub use advice::{Hints, KnownAs, Vendor};
pub use archive::{Archive, Ended};
pub use attempt::{Attempt, Scene};
pub use carried::{Carried, Pair};
pub use certificate::{AlternativeName, Certificate, Purpose, ReadCertificate, Validity};
pub use child::{ChildRequest, child_compared};
pub use credentials::{AuthProof, Authority, Credentials, Identity, Presented, chosen_method};
pub use diagnosis::{
    AttemptDiagnosis, Diagnosis, TunnelDiagnosis, Verdict, diagnose, diagnose_tunnel, diagnose_with,
};
pub use duty::{Act, Cleared, Duty};
pub use eap::{EapRounds, eap_method_name};
pub use esp::{Flow, FlowEncapsulation, FlowKey};
pub use few::Few;
pub use finding::{Confidence, Evidence, Finding, Rival, Severity, evidence};
pub use follow::{Event, Follower, Happening, Listener};
pub use history::{Coverage, Disorder, History, Tunnel};
pub use icmp::Complaint;
pub use inner::{Configuration, Eap, Inner, Lifetime, Setting, SettingKind};
pub use inside::Search;
pub use intake::{Arrival, Intake};
pub use listed::ListedLine;
pub use log::{Log, LogLine, StatedOffer, Told};
pub use nat::{Comparison, NatClaim};
pub use negotiation::{
    Ends, Exchange, Flight, IcmpReport, IncompleteReport, Mode, Negotiation, Part, Role, Sending,
    TcpReport,
};
pub use offers::{Compared, Known, Row, Source};
pub use opener::{Closed, EspOpener, Keyring, Opener, Revealed, SharedKeyProof};
pub use pace::{Pace, Run};
pub use peers::Peers;
pub use ports::Ports;
pub use probe::{Probe, ProbeKind};
pub use proposal::{Kind, Transform};
pub use radius::RadiusExchange;
pub use reassembly::Reassembly;
pub use record::{Content, Encrypted, Facts, KeyExchange, Notify, payload_name};
pub use rule::{Check, Placed, Rule};
pub use rules::{RULES, find as find_rule};
pub use schedule::{SCHEDULES, Schedule, of as schedule_of};
pub use selector::{Selector, Selectors};
pub use situation::{Nat, Proof, nat, refusal};
pub use standing::{Halt, Outcome, Stage, Standing};
pub use suite::Suite;
pub use tracker::{Desk, Limits, Tracker};
pub use vantage::{CapturePoint, Sign, Vantage};

/// Keeps the code of the README compiling.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
