//! Passwords and what is kept of them.

use std::fmt;

use crate::InvalidValue;
use crate::text::{at_most, refuse_nul};

/// A new password, taken exactly as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The shortest password, in characters.
    pub const MIN_CHARS: usize = 8;
    /// The longest password, in characters.
    pub const MAX_CHARS: usize = 128;

    /// Takes a new password.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooShort`], [`InvalidValue::TooLong`] or [`InvalidValue::Nul`].
    pub fn new(text: String) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        refuse_nul(&text)?;
        if text.chars().count() < Self::MIN_CHARS {
            return Err(InvalidValue::TooShort { min: Self::MIN_CHARS });
        }
        at_most(&text, Self::MAX_CHARS)?;
        Ok(Self(text))
    }

    /// The password in clear, for the hasher.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What somebody typed as their password, right or wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordAttempt(String);

impl PasswordAttempt {
    /// Takes what was typed.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`] or [`InvalidValue::Nul`].
    pub fn new(text: String) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        refuse_nul(&text)?;
        Ok(Self(text))
    }

    /// The attempt in clear, for the hasher.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The attempt as a password to store again, when the way of hashing has changed.
    pub fn into_password(self) -> Password {
        Password(self.0)
    }
}

/// What is stored of a password: scheme, cost, salt and hash, as the hasher wrote them.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what the hasher made or the store kept.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The stored text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What came of comparing an attempt with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    /// Whether the attempt is the password.
    pub matches: bool,
    /// Whether the hash is of an older scheme or a lower cost than new ones, and should be made again.
    pub outdated: bool,
}

macro_rules! secret_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
secret_debug!(Password, PasswordAttempt, PasswordHash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_from_both_sides() {
        assert_eq!(Password::new("1234567".into()), Err(InvalidValue::TooShort { min: 8 }));
        assert!(Password::new("éééééééé".into()).is_ok());
        assert!(Password::new("é".repeat(128)).is_ok());
        assert_eq!(Password::new("é".repeat(129)), Err(InvalidValue::TooLong { max: 128 }));
        assert_eq!(Password::new(String::new()), Err(InvalidValue::Blank));
        assert_eq!(Password::new("12345678\0".into()), Err(InvalidValue::Nul));
    }

    #[test]
    fn is_taken_exactly_as_typed() {
        assert_eq!(Password::new("  spaces  ".into()).expect("a password").expose(), "  spaces  ");
    }

    #[test]
    fn never_prints() {
        let password = Password::new("hunter2hunter2".into()).expect("a password");
        assert_eq!(format!("{password:?}"), "Password(***)");
    }
}
