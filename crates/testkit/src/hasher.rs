//! Passwords without the waiting.

use std::sync::atomic::{AtomicUsize, Ordering};

use parlor_domain::account::Verification;
use parlor_domain::ports::{HasherError, PasswordHasher};
use parlor_domain::{Password, PasswordAttempt, PasswordHash, async_trait};

/// Keeps passwords as they are, and counts what it is asked: for tests, where a real hasher's time is only lost.
#[derive(Debug, Default)]
pub struct PlainHasher {
    hashed: AtomicUsize,
    verified: AtomicUsize,
}

impl PlainHasher {
    const SCHEME: &str = "plain:";
    const OLD_SCHEME: &str = "old:";

    /// How many passwords were hashed.
    pub fn hashed(&self) -> usize {
        self.hashed.load(Ordering::Relaxed)
    }

    /// How many attempts were compared, those with nothing to compare with among them.
    pub fn verified(&self) -> usize {
        self.verified.load(Ordering::Relaxed)
    }

    /// What an older scheme kept of a password: it matches, and is outdated.
    pub fn outdated(password: &str) -> PasswordHash {
        PasswordHash::new(format!("{}{password}", Self::OLD_SCHEME))
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        Ok(PasswordHash::new(format!("{}{}", Self::SCHEME, password.expose())))
    }

    async fn verify(
        &self,
        attempt: PasswordAttempt,
        against: Option<PasswordHash>,
    ) -> Result<Verification, HasherError> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        let Some(kept) = against else { return Ok(Verification { matches: false, outdated: false }) };
        let kept = kept.as_str();
        let current = kept.strip_prefix(Self::SCHEME);
        let password = current.or_else(|| kept.strip_prefix(Self::OLD_SCHEME));
        Ok(Verification { matches: password == Some(attempt.expose()), outdated: current.is_none() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(text: &str) -> PasswordAttempt {
        PasswordAttempt::new(text.into()).unwrap()
    }

    #[tokio::test]
    async fn only_the_password_matches_and_every_call_is_counted() {
        let hasher = PlainHasher::default();
        let kept = hasher.hash(Password::new("plain:12345678".into()).unwrap()).await.unwrap();
        let verify = async |text, against| hasher.verify(attempt(text), against).await.unwrap();
        assert_eq!(verify("plain:12345678", Some(kept.clone())).await, Verification { matches: true, outdated: false });
        assert!(!verify("12345678", Some(kept)).await.matches);
        assert!(!verify("12345678", None).await.matches);
        let old = PlainHasher::outdated("12345678");
        assert_eq!(verify("12345678", Some(old)).await, Verification { matches: true, outdated: true });
        assert_eq!((hasher.hashed(), hasher.verified()), (1, 4));
    }
}
