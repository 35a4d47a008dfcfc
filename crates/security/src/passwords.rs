//! Passwords, kept as bcrypt hashes.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bcrypt::{BcryptError, HashParts};
use hmac::{Hmac, Mac};
use parlor_domain::account::{PasswordAttempt, PasswordHash, Verification};
use parlor_domain::ports::{HasherError, PasswordHasher};
use parlor_domain::{Password, async_trait};
use sha2::Sha256;

use crate::pool::{Pool, PoolError};

/// The mark of what this hasher makes: bcrypt over [`digest`].
const SCHEME: &str = "parlor1:";

/// The key under which passwords are digested. It is no secret and never changes: the stored hashes depend on it.
const LABEL: &[u8] = b"parlor password 1";

/// How slowly passwords are hashed, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BcryptOptions {
    /// bcrypt's cost: each step doubles the work. 12 takes a quarter of a second.
    pub cost: u32,
    /// How many passwords are hashed at once.
    pub threads: usize,
    /// How many more may wait; beyond that callers get [`HasherError::Busy`].
    pub queue: usize,
}

impl BcryptOptions {
    /// The lowest cost that bcrypt knows.
    pub const MIN_COST: u32 = 4;
    /// The highest cost that bcrypt knows.
    pub const MAX_COST: u32 = 31;
}

impl Default for BcryptOptions {
    /// Cost 12, a thread for each core, and room for 128 to wait.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { cost: 12, threads: cores, queue: 128 }
    }
}

/// Why a hasher could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HasherSetupError {
    /// bcrypt knows no such cost.
    #[error("bcrypt has no cost {cost}, only {} to {}", BcryptOptions::MIN_COST, BcryptOptions::MAX_COST)]
    Cost {
        /// The one that was asked for.
        cost: u32,
    },
    /// The operating system gives no threads.
    #[error("the threads for hashing passwords do not start")]
    Threads(#[from] io::Error),
}

/// Hashes passwords with bcrypt, on threads of its own: however many people log in at once, nothing else waits.
///
/// bcrypt sees 72 bytes of a password and no more, so it is given a digest of the whole. A kept hash reads
/// `parlor1:$2b$<cost>$<salt and hash>`. Without the mark in front it is a bcrypt hash of the bare password, as other
/// programs keep them; such a hash is understood, and reported as outdated.
pub struct BcryptHasher {
    cost: u32,
    /// A hash of the usual cost that no password has.
    nobodys: String,
    pool: Pool,
}

impl BcryptHasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`HasherSetupError`].
    pub fn new(options: BcryptOptions) -> Result<Self, HasherSetupError> {
        let BcryptOptions { cost, threads, queue } = options;
        if !(BcryptOptions::MIN_COST..=BcryptOptions::MAX_COST).contains(&cost) {
            return Err(HasherSetupError::Cost { cost });
        }
        // 22 digits of salt and 31 of hash, all zero.
        let nobodys = format!("$2b${cost:02}${:.<53}", "");
        Ok(Self { cost, nobodys, pool: Pool::start("parlor-bcrypt", threads, queue)? })
    }
}

impl fmt::Debug for BcryptHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BcryptHasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

#[async_trait]
impl PasswordHasher for BcryptHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        let cost = self.cost;
        let hashing = move || bcrypt::non_truncating_hash(digest(password.expose()), cost);
        let hash = self.pool.run(hashing).await?.map_err(failed)?;
        Ok(PasswordHash::new(format!("{SCHEME}{hash}")))
    }

    async fn verify(
        &self,
        attempt: PasswordAttempt,
        against: Option<PasswordHash>,
    ) -> Result<Verification, HasherError> {
        let Some(kept) = against else {
            let nobodys = self.nobodys.clone();
            let working = move || bcrypt::non_truncating_verify(digest(attempt.expose()), &nobodys);
            self.pool.run(working).await?.map_err(failed)?;
            return Ok(Verification { matches: false, outdated: false });
        };
        let (bare, hash) = match kept.as_str().strip_prefix(SCHEME) {
            Some(hash) => (false, hash.to_owned()),
            None => (true, kept.as_str().to_owned()),
        };
        let outdated = bare || hash.parse::<HashParts>().map_err(failed)?.get_cost() < self.cost;
        let comparing = move || match bare {
            true => bcrypt::verify(attempt.expose(), &hash),
            false => bcrypt::non_truncating_verify(digest(attempt.expose()), &hash),
        };
        Ok(Verification { matches: self.pool.run(comparing).await?.map_err(failed)?, outdated })
    }
}

fn failed(error: BcryptError) -> HasherError {
    HasherError::Failed(error.into())
}

impl From<PoolError> for HasherError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Full => Self::Busy,
            PoolError::Lost => Self::Failed("the thread that hashed it panicked".into()),
        }
    }
}

/// What bcrypt gets to see of a password: 44 characters, none of them NUL, that depend on all of it.
fn digest(password: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(LABEL).expect("HMAC takes keys of any length (RFC 2104, section 2)");
    mac.update(password.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
#[path = "passwords_tests.rs"]
mod tests;
