//! Proposals as flat lists of transforms, the same shape for both versions.

use ikescope_wire::iana::ikev1::ProtocolId;
use ikescope_wire::iana::{self, TransformType};
use ikescope_wire::{DecodeError, ikev1, ikev2};

/// One transform of one proposal. In IKEv1 each transform payload is a whole suite and becomes one
/// proposal here, numbered by its transform number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Transform {
    /// Number of the proposal (IKEv1: of the transform payload).
    pub proposal: u8,
    /// Protocol of the proposal, in the registry of the version.
    pub protocol_id: u8,
    /// What is chosen.
    pub kind: Kind,
    /// Which one.
    pub id: u16,
    /// Key length in bits, where the transform names one.
    pub key_length: Option<u16>,
}

/// What a transform is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A transform of IKEv2, by its type (RFC 7296 §3.3.2).
    V2(TransformType),
    /// Encryption algorithm of IKEv1 (RFC 2409 appendix A, class 1).
    V1Encryption,
    /// Hash algorithm of IKEv1 (class 2).
    V1Hash,
    /// Authentication method of IKEv1 (class 3).
    V1Authentication,
    /// Group description of IKEv1 (class 4), in phase 2 that of PFS.
    V1Group,
    /// Transform of an IPsec SA of IKEv1, by its protocol (RFC 2407 §4.4).
    V1Transform,
    /// Authentication algorithm of an IPsec SA of IKEv1 (RFC 2407 §4.5).
    V1Integrity,
}

impl Transform {
    /// Whether it is the same choice, in whichever proposal.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.kind, self.id, self.key_length) == (other.kind, other.id, other.key_length)
    }

    /// Name by the registry of its kind, key length appended; the number where there is no name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = match self.kind {
            Kind::V2(TransformType::ENCR) => iana::Encr(self.id).name(),
            Kind::V2(TransformType::PRF) => iana::Prf(self.id).name(),
            Kind::V2(TransformType::INTEG) => iana::Integ(self.id).name(),
            Kind::V2(TransformType::KE) => iana::KeyExchangeMethod(self.id).name(),
            Kind::V2(_) => None,
            Kind::V1Encryption => iana::ikev1::EncryptionAlgorithm(self.id).name(),
            Kind::V1Hash => iana::ikev1::HashAlgorithm(self.id).name(),
            Kind::V1Authentication => iana::ikev1::AuthMethod(self.id).name(),
            Kind::V1Group => iana::ikev1::Group(self.id).name(),
            Kind::V1Transform => self.ipsec_transform_name(),
            Kind::V1Integrity => iana::ikev1::AuthAlgorithm(self.id).name(),
        };
        match (name, self.key_length) {
            (Some(name), Some(bits)) => format!("{name}-{bits}"),
            (Some(name), None) => name.to_owned(),
            (None, Some(bits)) => format!("{}-{bits}", self.id),
            (None, None) => self.id.to_string(),
        }
    }

    fn ipsec_transform_name(&self) -> Option<&'static str> {
        let number = u8::try_from(self.id).ok()?;
        match ProtocolId(self.protocol_id) {
            ProtocolId::PROTO_IPSEC_AH => iana::ikev1::AhTransform(number).name(),
            ProtocolId::PROTO_IPSEC_ESP => iana::ikev1::EspTransform(number).name(),
            _ => None,
        }
    }
}

impl Transform {
    /// Whether it is a key exchange group.
    #[must_use]
    pub const fn is_group(&self) -> bool {
        matches!(self.kind, Kind::V2(TransformType::KE) | Kind::V1Group)
    }

    /// The name as devices write it: `AES-CBC-256` for `ENCR_AES_CBC` with its key length, a group by
    /// its number.
    #[must_use]
    pub fn plain_name(&self) -> String {
        if self.is_group() {
            return self.id.to_string();
        }
        let name = self.name();
        let bare = ["ENCR_", "AUTH_HMAC_", "AUTH_", "PRF_HMAC_", "PRF_"]
            .into_iter()
            .find_map(|kind| name.strip_prefix(kind));
        bare.unwrap_or(&name).replace('_', "-")
    }
}

/// Appends the transforms of an IKEv2 SA payload.
///
/// # Errors
/// The first [`DecodeError`] met; what stands before it has been appended.
pub(crate) fn read_v2(
    sa: &ikev2::SecurityAssociation<'_>,
    into: &mut Vec<Transform>,
) -> Result<(), DecodeError> {
    for proposal in sa.proposals() {
        let proposal = proposal?;
        for transform in proposal.transforms() {
            let transform = transform?;
            into.push(Transform {
                proposal: proposal.number,
                protocol_id: proposal.protocol_id.0,
                kind: Kind::V2(transform.transform_type),
                id: transform.id,
                key_length: transform.key_length(),
            });
        }
    }
    Ok(())
}

/// Appends the transforms of an IKEv1 SA payload, each transform as a proposal of its own.
///
/// # Errors
/// The first [`DecodeError`] met; what stands before it has been appended.
pub(crate) fn read_v1(
    sa: &ikev1::SecurityAssociation<'_>,
    into: &mut Vec<Transform>,
) -> Result<(), DecodeError> {
    for proposal in sa.proposals() {
        let proposal = proposal?;
        for transform in proposal.transforms() {
            let transform = transform?;
            if proposal.protocol_id == ProtocolId::PROTO_ISAKMP {
                read_v1_transform(&transform, into);
            } else {
                read_ipsec_transform(proposal.protocol_id, &transform, into);
            }
        }
    }
    Ok(())
}

fn read_v1_transform(transform: &ikev1::Transform<'_>, into: &mut Vec<Transform>) {
    use iana::ikev1::IkeAttribute;
    let bits = value(transform, IkeAttribute::KEY_LENGTH.0);
    for (attribute, kind) in [
        (IkeAttribute::ENCRYPTION_ALGORITHM, Kind::V1Encryption),
        (IkeAttribute::HASH_ALGORITHM, Kind::V1Hash),
        (IkeAttribute::AUTHENTICATION_METHOD, Kind::V1Authentication),
        (IkeAttribute::GROUP_DESCRIPTION, Kind::V1Group),
    ] {
        into.extend(value(transform, attribute.0).map(|id| Transform {
            proposal: transform.number,
            protocol_id: ProtocolId::PROTO_ISAKMP.0,
            kind,
            id,
            key_length: bits.filter(|_| kind == Kind::V1Encryption),
        }));
    }
}

/// Attributes of IPsec SAs have numbers of their own (RFC 2407 §4.5).
fn read_ipsec_transform(
    protocol_id: ProtocolId,
    transform: &ikev1::Transform<'_>,
    into: &mut Vec<Transform>,
) {
    use iana::ikev1::IpsecAttribute;
    let of = |kind, id, key_length| Transform {
        proposal: transform.number,
        protocol_id: protocol_id.0,
        kind,
        id,
        key_length,
    };
    let bits = value(transform, IpsecAttribute::KEY_LENGTH.0);
    into.push(of(Kind::V1Transform, transform.id.into(), bits));
    for (attribute, kind) in [
        (IpsecAttribute::AUTHENTICATION_ALGORITHM, Kind::V1Integrity),
        (IpsecAttribute::GROUP_DESCRIPTION, Kind::V1Group),
    ] {
        into.extend(value(transform, attribute.0).map(|id| of(kind, id, None)));
    }
}

fn value(transform: &ikev1::Transform<'_>, attribute: u16) -> Option<u16> {
    let value = transform.attribute(attribute)?;
    Some(u16::try_from(value).unwrap_or(u16::MAX))
}
