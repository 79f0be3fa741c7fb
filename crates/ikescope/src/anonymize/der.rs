//! Distinguished and other names in DER (X.690), their values blanked and their structure kept.

/// Overwrites every value but object identifiers, numbers and truths. What is no DER is blanked
/// whole.
pub(crate) fn blank(mut octets: &mut [u8]) {
    while !octets.is_empty() {
        let Some((tag, start, end)) = element(octets) else {
            return octets.fill(0);
        };
        let (value, rest) = octets.split_at_mut(end);
        let value = value.get_mut(start..).unwrap_or_default();
        if tag & CONSTRUCTED != 0 {
            blank(value);
        } else if tag == BMP_STRING {
            value.as_chunks_mut::<2>().0.fill([0, b'x']);
        } else if !matches!(tag, BOOLEAN | INTEGER | OBJECT_IDENTIFIER) {
            value.fill(b'x');
        }
        octets = rest;
    }
}

/// Tag, and where the value starts and ends.
fn element(octets: &[u8]) -> Option<(u8, usize, usize)> {
    let (tag, length) = (*octets.first()?, *octets.get(1)?);
    let (start, length) = if length < 0x80 {
        (2, usize::from(length))
    } else {
        let digits = usize::from(length & 0x7f);
        let digits_end = 2 + digits.min(4);
        let number = octets.get(2..digits_end)?;
        let length = number
            .iter()
            .fold(0usize, |length, digit| length << 8 | usize::from(*digit));
        (2 + digits, length)
    };
    let end = start.checked_add(length)?;
    (end <= octets.len()).then_some((tag, start, end))
}

const CONSTRUCTED: u8 = 0x20;
const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const OBJECT_IDENTIFIER: u8 = 6;
const BMP_STRING: u8 = 0x1e;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_structure_and_loses_its_values() {
        // C=CH, CN=gw (RFC 4514 names, encoded by hand).
        let mut name = vec![0x30, 0x1b];
        name.extend([
            0x31, 0x0b, 0x30, 0x09, 6, 3, 0x55, 4, 6, 0x13, 2, b'C', b'H',
        ]);
        name.extend([
            0x31, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 4, 3, 0x1e, 4, 0, b'g', 0, b'w',
        ]);
        name[1] = (name.len() - 2) as u8;
        let mut blanked = name.clone();
        blank(&mut blanked);
        let changed: Vec<_> = (0..name.len())
            .filter(|i| name[*i] != blanked[*i])
            .collect();
        assert_eq!(changed, [13, 14, 27, 29]);
    }

    #[test]
    fn what_is_no_der_is_blanked_whole() {
        let mut octets = *b"vpn.example";
        blank(&mut octets);
        assert_eq!(octets, [0; 11]);
    }
}
