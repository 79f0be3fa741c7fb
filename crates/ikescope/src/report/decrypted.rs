//! What mostly keys add to the report: who the ends are, what they want of an IPsec SA.

use serde::Serialize;

use super::{Compared, Proposal};

/// Who the ends say they are, and how they prove it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Authentication {
    /// The initiator.
    pub initiator: Credentials,
    /// The responder.
    pub responder: Credentials,
    /// The rounds of EAP, if there were any.
    pub eap: Option<Eap>,
    /// What one end was given by the other's configuration payload.
    pub assigned: Option<Assigned>,
}

/// What one end says of itself.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Credentials {
    /// Its identity: IDi or IDr, in IKEv1 IDii or IDir.
    pub identity: Option<Identity>,
    /// The identity that it expects of the other end.
    pub expects: Option<Identity>,
    /// How it proves who it is: `PSK`, `RSA signature`; in IKEv1 the method that was chosen. None
    /// where it was not seen to.
    pub method: Option<String>,
    /// Certificates that it sent, its own first. Nothing in them has been verified.
    pub certificates: Vec<Certificate>,
}

/// One identification payload.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// ID type without `ID_`: `FQDN`, `IPV4_ADDR`, `DER_ASN1_DN`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says, cut at 256 characters; control characters are escaped.
    pub value: String,
    /// Input of the message.
    pub input: u16,
    /// Frame of the message.
    pub frame: u64,
    /// Octets of the payload, from and to (exclusive), counted from the IKE header.
    pub octets: (u32, u32),
}

/// What a certificate says of itself.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Certificate {
    /// Distinguished name of the holder.
    pub subject: String,
    /// Distinguished name of who signed it.
    pub issuer: String,
    /// Subject alternative names: `DNS:`, `email:` or `IP:` in front.
    pub names: Vec<String>,
    /// Start of its validity.
    pub not_before: String,
    /// End of its validity.
    pub not_after: String,
    /// Extended key usages; none where the extension is left out.
    pub extended_key_usage: Option<Vec<String>>,
    /// Whether it is of an authority.
    pub is_authority: bool,
    /// SHA-1 of its public key, as certificate requests name authorities.
    pub key_hash: String,
}

/// What the rounds of EAP told.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Eap {
    /// Who the user claims to be.
    pub user: Option<String>,
    /// Methods that the server asked for.
    pub methods: Vec<String>,
    /// Methods that the client wanted instead.
    pub desired: Vec<String>,
    /// Error number of MS-CHAP-V2.
    pub error: Option<u32>,
    /// Its name.
    pub error_name: Option<&'static str>,
    /// `success` or `failure`, once that was said.
    pub result: Option<&'static str>,
}

/// What a client was given.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Assigned {
    /// Frame of the message.
    pub frame: u64,
    /// Its addresses inside.
    pub addresses: Vec<String>,
    /// DNS servers.
    pub dns: Vec<String>,
    /// Networks behind the gateway.
    pub subnets: Vec<String>,
}

/// One exchange about an IPsec SA: IKE_AUTH, CREATE_CHILD_SA or quick mode.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChildExchange {
    /// Name of the exchange type.
    #[serde(rename = "type")]
    pub exchange_type: String,
    /// Message ID.
    pub message_id: u32,
    /// `initiator` or `responder`: who asked.
    pub from: &'static str,
    /// Frame of the request.
    pub frame: u64,
    /// Traffic asked for.
    pub asked: Option<Selectors>,
    /// Traffic granted; none where the SA was refused.
    pub granted: Option<Selectors>,
    /// Whether less was granted than asked for.
    pub narrowed: bool,
    /// Whether the answer was read and refuses.
    pub refused: bool,
    /// ESP or AH proposals.
    pub offered: Vec<Proposal>,
    /// The one that was chosen.
    pub chosen: Option<Proposal>,
    /// Where it was refused: the proposals beside what the refusing end offered or chose for other
    /// IPsec SAs of the two. `initiator` is then whoever asked.
    pub compared: Option<Compared>,
    /// Whether the request brings a key exchange of its own (perfect forward secrecy).
    pub pfs: bool,
    /// Lifetimes in the request (IKEv1), with their unit.
    pub lifetimes: Vec<String>,
    /// Lifetimes in the answer (IKEv1), with their unit.
    pub granted_lifetimes: Vec<String>,
}

/// Networks of both sides. The initiator is that of the exchange.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Selectors {
    /// TSi (IKEv1: IDci).
    pub initiator: Vec<String>,
    /// TSr (IKEv1: IDcr).
    pub responder: Vec<String>,
}
