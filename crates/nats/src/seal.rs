//! The signature on each message.
//!
//! Whoever can reach the NATS server could make up an event otherwise, and one with the next seq would hide the true
//! one from every client for ever.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The form that messages have; others are not read.
const VERSION: u8 = 1;

/// How long the signature is: the whole of HMAC-SHA-256 (RFC 2104, RFC 4868).
const MAC_BYTES: usize = 32;

/// What stands before a message's body: version and signature.
pub(crate) const HEADER_BYTES: usize = 1 + MAC_BYTES;

/// The key that the nodes of one installation share.
#[derive(Clone)]
pub(crate) struct Seal(Hmac<Sha256>);

impl Seal {
    /// The key of the bus, derived from the secret that the nodes share: the secret itself signs tokens.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let derived = Self::keyed(secret).chain_update(b"parlor bus v1").finalize().into_bytes();
        Self(Self::keyed(&derived))
    }

    fn keyed(key: &[u8]) -> Hmac<Sha256> {
        Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
    }

    /// Where a body is to be written: behind the room for its header.
    pub(crate) fn fresh() -> Vec<u8> {
        vec![0; HEADER_BYTES]
    }

    /// Signs what was written behind the header, for this subject only.
    pub(crate) fn close(&self, subject: &str, mut message: Vec<u8>) -> Vec<u8> {
        let signature = self.sign(subject, &message[HEADER_BYTES..]).finalize().into_bytes();
        message[0] = VERSION;
        message[1..HEADER_BYTES].copy_from_slice(&signature);
        message
    }

    /// The body of a message that was signed for this subject with the same key; none of any other.
    pub(crate) fn open<'a>(&self, subject: &str, message: &'a [u8]) -> Option<&'a [u8]> {
        let (header, body) = message.split_at_checked(HEADER_BYTES)?;
        let signature = header.strip_prefix(&[VERSION])?;
        self.sign(subject, body).verify_slice(signature).ok()?;
        Some(body)
    }

    fn sign(&self, subject: &str, body: &[u8]) -> Hmac<Sha256> {
        let length = u64::try_from(subject.len()).expect("a length");
        let (version, length) = ([VERSION], length.to_be_bytes());
        self.0.clone().chain_update(version).chain_update(length).chain_update(subject).chain_update(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(seal: &Seal, subject: &str, body: &[u8]) -> Vec<u8> {
        let mut message = Seal::fresh();
        message.extend_from_slice(body);
        seal.close(subject, message)
    }

    #[test]
    fn only_what_was_signed_for_this_subject_with_this_key_is_opened() {
        let seal = Seal::new(b"one secret");
        let message = sealed(&seal, "a.b", b"c");
        assert_eq!(seal.open("a.b", &message), Some(&b"c"[..]));
        assert_eq!(seal.open("a.c", &message), None);
        assert_eq!(seal.open("a.", &sealed(&seal, "a", b".")), None, "where the subject ends is signed too");
        assert_eq!(Seal::new(b"another").open("a.b", &message), None);
    }

    #[test]
    fn a_message_changed_or_cut_anywhere_is_not_opened() {
        let seal = Seal::new(b"one secret");
        let message = sealed(&seal, "a", b"body");
        for at in 0..message.len() {
            let mut changed = message.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("a", &changed), None, "byte {at}");
            assert_eq!(seal.open("a", &message[..at]), None, "the first {at} bytes");
        }
    }
}
