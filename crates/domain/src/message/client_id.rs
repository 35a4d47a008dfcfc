//! The name that a client gives to a message before it is sent.

use crate::InvalidValue;

/// The name that a client gives to a message so that sending it again stores nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 64;

    /// Reads a name: 1 to 64 characters of printable ASCII.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`] or [`InvalidValue::NotPrintableAscii`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        if !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(InvalidValue::NotPrintableAscii);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(InvalidValue::TooLong { max: Self::MAX_CHARS });
        }
        Ok(Self(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_printable_ascii_of_limited_length() {
        assert!(ClientId::new("a").is_ok());
        assert!(ClientId::new("~".repeat(64)).is_ok());
        assert_eq!(ClientId::new("a".repeat(65)), Err(InvalidValue::TooLong { max: 64 }));
        assert_eq!(ClientId::new(""), Err(InvalidValue::Blank));
        for bad in ["é", "a\n", "\u{7f}", "\0"] {
            assert_eq!(ClientId::new(bad), Err(InvalidValue::NotPrintableAscii), "{bad:?}");
        }
    }
}
