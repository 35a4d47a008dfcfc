//! Random numbers from the operating system.

use parlor_domain::ports::Entropy;

/// The operating system's generator (on Linux `getrandom(2)`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system has no random numbers to give; on Linux that ends with the first seconds after boot.
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the Entropy port is for")]
        getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn never_gives_the_same_bytes_twice() {
        let drawn: HashSet<_> = (0..1000).map(|_| SystemEntropy.bytes()).collect();
        assert_eq!(drawn.len(), 1000);
    }
}
