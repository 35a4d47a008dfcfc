//! Randomness that can be repeated.

use std::sync::atomic::{AtomicU64, Ordering};

use parlor_domain::ports::Entropy;

/// The step of `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): spreads any
/// number over all 64 bits, different ones to different ones.
pub fn split_mix_64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bytes that look random, never repeat, and are the same again for the same seed.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// A source that begins at this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Entropy for SeededEntropy {
    fn bytes(&self) -> [u8; 16] {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        // One half never repeats within 2^64 draws, since the mixing keeps different numbers different.
        let halves = [split_mix_64(number), split_mix_64(self.seed ^ split_mix_64(!number))];
        (u128::from(halves[0]) << 64 | u128::from(halves[1])).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_again_and_never_one_twice() {
        let draw = |seed| {
            let entropy = SeededEntropy::new(seed);
            (0..1000).map(|_| entropy.bytes()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_eq!(draw(7).into_iter().collect::<HashSet<_>>().len(), 1000);
    }
}
