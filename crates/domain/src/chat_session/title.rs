//! Titles of groups.

use crate::InvalidValue;
use crate::text::{at_most, refuse_nul};

/// A group's title, exactly as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatTitle(String);

impl ChatTitle {
    /// The longest title, in characters.
    pub const MAX_CHARS: usize = 255;

    /// Reads a title.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`], [`InvalidValue::Nul`], or [`InvalidValue::Character`] for a
    /// control character.
    pub fn new(text: String) -> Result<Self, InvalidValue> {
        refuse_nul(&text)?;
        if text.trim().is_empty() {
            return Err(InvalidValue::Blank);
        }
        at_most(&text, Self::MAX_CHARS)?;
        match text.chars().find(|c| c.is_control()) {
            Some(c) => Err(InvalidValue::Character { code_point: u32::from(c) }),
            None => Ok(Self(text)),
        }
    }

    /// A title that was parsed before and kept since: a store's row.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The title.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_from_both_sides() {
        assert!(ChatTitle::new("é".repeat(255)).is_ok());
        assert_eq!(ChatTitle::new("é".repeat(256)), Err(InvalidValue::TooLong { max: 255 }));
        assert_eq!(ChatTitle::new(" \t".into()), Err(InvalidValue::Blank));
        assert_eq!(ChatTitle::new("a\nb".into()), Err(InvalidValue::Character { code_point: 10 }));
    }
}
