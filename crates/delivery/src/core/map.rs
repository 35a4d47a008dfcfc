//! Maps whose order depends on the core's seed alone, so that a simulated run can be repeated, and which nobody outside
//! can fill with colliding keys.

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hasher};

/// A map of the core.
pub(super) type Map<K, V> = HashMap<K, V, Seeded>;

/// Hashes with a seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeded(pub(super) u64);

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.0);
        hasher
    }
}
