//! Where the client takes randomness from.

/// Some bytes that nobody can foresee.
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "the client stands outside of the server and its Entropy port")]
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

/// A number that nothing else has.
pub(crate) fn number() -> u128 {
    u128::from_ne_bytes(bytes())
}

/// A key that no other message has.
pub(crate) fn client_id() -> String {
    format!("{:032x}", number())
}

/// From 0 to below 1.
pub(crate) fn fraction() -> f64 {
    f64::from(u32::from_ne_bytes(bytes())) / 2f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_fractions_stay_below_one() {
        assert_ne!(client_id(), client_id());
        assert_eq!(client_id().len(), 32);
        assert!((0..1000).map(|_| fraction()).all(|drawn| (0.0..1.0).contains(&drawn)));
    }
}
