//! Ways to damage octets, the same ones on every run.

use crate::random::Xorshift;

/// `octets` cut at every place: nothing, the first octet, … , all but the last.
pub fn cuts(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..octets.len()).map(|length| &octets[..length])
}

/// `count` copies of `octets`, each with one to eight bits flipped at places that follow from `seed`.
pub fn flips(octets: &[u8], seed: u64, count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Xorshift::new(seed);
    (0..count).map(move |_| {
        let mut damaged = octets.to_vec();
        for _ in 0..=random.below(8) {
            let at = random.below(octets.len());
            if let Some(octet) = damaged.get_mut(at) {
                *octet ^= 1 << random.below(8);
            }
        }
        damaged
    })
}

/// `octets` once for every octet and every value of `values` put in its place. What matters in length and
/// count fields is at the edges: 0, 1, 0x7f, 0x80 and 0xff make a good choice.
pub fn replacements<'a>(octets: &'a [u8], values: &'a [u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
    (0..octets.len()).flat_map(move |at| {
        values.iter().map(move |value| {
            let mut damaged = octets.to_vec();
            damaged[at] = *value;
            damaged
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_end_before_the_whole() {
        let cut: Vec<_> = cuts(b"abc").collect();
        assert_eq!(cut, [&b""[..], b"a", b"ab"]);
    }

    #[test]
    fn flips_repeat_with_their_seed_and_touch_at_most_eight_bits() {
        let octets = [0; 64];
        let first: Vec<_> = flips(&octets, 3, 50).collect();
        assert_eq!(first, flips(&octets, 3, 50).collect::<Vec<_>>());
        let bits = |one: &Vec<u8>| one.iter().map(|octet| octet.count_ones()).sum::<u32>();
        assert!(first.iter().all(|one| bits(one) <= 8));
        assert!(first.iter().any(|one| bits(one) > 1));
    }

    #[test]
    fn replacements_put_each_value_everywhere() {
        let all: Vec<_> = replacements(&[5, 6], &[0, 255]).collect();
        assert_eq!(all, [[0, 6], [255, 6], [5, 0], [5, 255]]);
    }

    #[test]
    fn nothing_to_damage_is_no_error() {
        assert_eq!((cuts(&[]).count(), flips(&[], 1, 2).count()), (0, 2));
    }
}
