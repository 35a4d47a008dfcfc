//! How Parlor keeps passwords and signs tokens: bcrypt, JSON Web Tokens and the operating system's random numbers, each
//! behind a port of the domain.
//!
//! What a password or a token may be, and when a token has ended, is the domain's to say; nothing of that lives here.
//!
//! ```
//! use parlor_domain::account::{PasswordAttempt, Verification};
//! use parlor_domain::{Password, ports::PasswordHasher};
//! use parlor_security::{BcryptHasher, BcryptOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hasher = BcryptHasher::new(BcryptOptions { cost: 4, ..BcryptOptions::default() })?;
//! let kept = hasher.hash(Password::new("correct horse".into())?).await?;
//! let typed = PasswordAttempt::new("correct horse".into())?;
//! assert_eq!(hasher.verify(typed, Some(kept)).await?, Verification { matches: true, outdated: false });
//! # Ok(())
//! # }
//! ```

mod entropy;
mod passwords;
mod pool;
mod tokens;

pub use entropy::SystemEntropy;
pub use passwords::{BcryptHasher, BcryptOptions, HasherSetupError};
pub use tokens::{JwtTokens, WeakSecret};
