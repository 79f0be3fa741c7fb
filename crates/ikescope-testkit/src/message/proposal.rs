//! The proposal and transform substructures, alike in both versions (RFC 7296 §3.3.1 and §3.3.2,
//! RFC 2408 §3.5 and §3.6), and the data attributes they hold.

/// A data attribute (RFC 7296 §3.3.5, RFC 2408 §3.3).
#[derive(Clone, Debug)]
pub enum Attribute {
    /// Type and a value of two octets (AF bit set).
    Tv(u16, u16),
    /// Type, length and a value of any length (AF bit clear).
    Tlv(u16, Vec<u8>),
}

impl Attribute {
    /// The attribute as octets, AF bit included.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        match self {
            Self::Tv(kind, value) => [(kind | 0x8000).to_be_bytes(), value.to_be_bytes()].concat(),
            Self::Tlv(kind, value) => {
                let mut octets = kind.to_be_bytes().to_vec();
                octets.extend_from_slice(&(value.len() as u16).to_be_bytes());
                octets.extend_from_slice(value);
                octets
            }
        }
    }
}

/// A substructure with the four octets that proposals and transforms of both versions begin with:
/// what follows, a reserved octet, the length.
#[derive(Clone, Debug)]
pub(super) struct Substructure {
    pub(super) last: Option<u8>,
    pub(super) length: Option<u16>,
    pub(super) body: Vec<u8>,
}

/// Renders substructures one behind the other; `more` stands in front of all but the last.
pub(super) fn sequence(substructures: &[Substructure], more: u8) -> Vec<u8> {
    let mut octets = Vec::new();
    for (index, substructure) in substructures.iter().enumerate() {
        let is_last = index + 1 == substructures.len();
        let following = if is_last { 0 } else { more };
        let length = (substructure.body.len() + 4) as u16;
        octets.extend_from_slice(&[substructure.last.unwrap_or(following), 0]);
        octets.extend_from_slice(&substructure.length.unwrap_or(length).to_be_bytes());
        octets.extend_from_slice(&substructure.body);
    }
    octets
}

/// The body of a proposal behind its first four octets: number, protocol, SPI, transforms.
pub(super) fn proposal_body(
    number: u8,
    protocol: u8,
    spi: &[u8],
    transform_count: u8,
    transforms: &[u8],
) -> Vec<u8> {
    let mut body = vec![number, protocol, spi.len() as u8, transform_count];
    body.extend_from_slice(spi);
    body.extend_from_slice(transforms);
    body
}

/// What stands in front of a proposal that is not the last (RFC 7296 §3.3.1).
pub(super) const MORE_PROPOSALS: u8 = 2;
/// What stands in front of a transform that is not the last (RFC 7296 §3.3.2).
pub(super) const MORE_TRANSFORMS: u8 = 3;
