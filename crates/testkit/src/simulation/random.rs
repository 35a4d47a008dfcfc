//! The one source of chance of a simulation.

use crate::split_mix_64;

/// Numbers that look random, and are the same again for the same seed.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(split_mix_64(seed ^ 0x7061_726c_6f72))
    }

    /// The next of all numbers.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        split_mix_64(self.0)
    }

    /// One of 0 … `bound` - 1; 0 if there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The numbers are small: the remainder's bias does not matter here.
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// One of `low` … `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True so many times out of a hundred.
    pub(crate) fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// One of these, if there is any.
    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        from.get(usize::try_from(self.below(from.len() as u64)).unwrap_or(0)).cloned()
    }
}
