//! A generator of pseudo-random octets that gives the same octets on every machine.

/// The xorshift64* generator (Marsaglia 2003, Vigna 2016). Not for secrets.
#[derive(Clone, Debug)]
pub struct Xorshift(u64);

impl Xorshift {
    /// A generator whose output follows from `seed` alone; any seed is good, zero too.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // Neighbouring seeds must not give neighbouring streams, and the state must not be zero.
        let state = seed.wrapping_mul(MULTIPLIER) ^ SCRAMBLE;
        Self(if state == 0 { SCRAMBLE } else { state })
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(MULTIPLIER)
    }

    /// A number from 0 to `bound` - 1; 0 where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = (u128::from(self.next_u64() >> 32) * bound as u128) >> 32;
        usize::try_from(wide).unwrap_or(0)
    }

    /// `true` in `part` of `whole` cases.
    pub fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// Fills `octets`.
    pub fn fill(&mut self, octets: &mut [u8]) {
        for chunk in octets.chunks_mut(8) {
            let random = self.next_u64().to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }

    /// `count` new octets.
    #[must_use = "the octets are all that this call makes"]
    pub fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        self.fill(&mut octets);
        octets
    }

    /// An SPI of an IKE SA or an IKEv1 cookie: eight octets, never all zero.
    pub const fn spi(&mut self) -> [u8; 8] {
        (self.next_u64() | 1).to_be_bytes()
    }

    /// An SPI of ESP or AH above the reserved range 0 to 255 (RFC 4303 §2.1).
    pub const fn esp_spi(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32 | 0x8000_0000
    }
}

const MULTIPLIER: u64 = 0x2545_f491_4f6c_dd1d;
const SCRAMBLE: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_octets() {
        assert_eq!(Xorshift::new(7).octets(33), Xorshift::new(7).octets(33));
        assert_ne!(Xorshift::new(7).octets(33), Xorshift::new(8).octets(33));
    }

    #[test]
    fn numbers_stay_below_their_bound_and_reach_all_of_it() {
        let mut random = Xorshift::new(1);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[random.below(5)] = true;
        }
        assert_eq!(seen, [true; 5]);
    }
}
