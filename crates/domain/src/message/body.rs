//! The text of a message.

use crate::InvalidValue;
use crate::text::{at_most, refuse_nul};

/// A message's text, kept and given back byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageBody(String);

impl MessageBody {
    /// The longest text, in characters.
    pub const MAX_CHARS: usize = 2000;

    /// Takes a text.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`] for nothing but white space, [`InvalidValue::TooLong`] or [`InvalidValue::Nul`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        refuse_nul(&text)?;
        if text.trim().is_empty() {
            return Err(InvalidValue::Blank);
        }
        at_most(&text, Self::MAX_CHARS)?;
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, by value.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_from_both_sides() {
        assert!(MessageBody::new("a").is_ok());
        assert!(MessageBody::new("😀".repeat(2000)).is_ok());
        assert_eq!(MessageBody::new("😀".repeat(2001)), Err(InvalidValue::TooLong { max: 2000 }));
        for blank in ["", " ", "\n\t\u{a0}\u{3000}"] {
            assert_eq!(MessageBody::new(blank), Err(InvalidValue::Blank));
        }
        assert_eq!(MessageBody::new("a\0b"), Err(InvalidValue::Nul));
    }

    #[test]
    fn is_kept_byte_for_byte() {
        for text in [" a ", "e\u{301}", "a\r\nb", "\u{feff}x", "\u{202e}abc", "\u{7}"] {
            assert_eq!(MessageBody::new(text).expect("a text").as_str(), text);
        }
    }
}
