//! The tokens of a login session, and where they are kept.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// The tokens of one login session. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Proves who calls, for about an hour.
    pub access: String,
    /// Gets new tokens, once.
    pub refresh: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(***)")
    }
}

/// Keeps the tokens of one login session, over restarts of the program if it likes.
///
/// Both methods are called from asynchronous tasks, so they are to be quick. A store that cannot save keeps what it can
/// and tells somebody: a refresh token works once, and whoever comes back with a used one has to log in again.
pub trait TokenStore: Send + Sync + 'static {
    /// The tokens, if somebody is signed in.
    fn load(&self) -> Option<Tokens>;

    /// Keeps these instead; none when nobody is signed in any more.
    fn save(&self, tokens: Option<&Tokens>);
}

/// Keeps the tokens as long as the program runs.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<Option<Tokens>>);

impl InMemory {
    /// One that holds these from the start.
    pub fn with(tokens: Tokens) -> Self {
        Self(Mutex::new(Some(tokens)))
    }
}

impl TokenStore for InMemory {
    fn load(&self) -> Option<Tokens> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn save(&self, tokens: Option<&Tokens>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tokens.cloned();
    }
}
