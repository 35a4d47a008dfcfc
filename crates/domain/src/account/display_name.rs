//! The names that people choose to be shown by.

use std::sync::Arc;

use super::Username;
use crate::InvalidValue;

/// A name that somebody chose to be shown by, beside the user name. The rules of what it looks like are those of a
/// [`Username`]; unlike that, several people may have the same. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = Username::MAX_CHARS;

    /// Reads a name.
    ///
    /// # Errors
    /// The first rule that the text breaks, as an [`InvalidValue`].
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        Username::new(text).map(|name| Self(name.into_text()))
    }

    /// A name that was parsed before and kept since: a store's row.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
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
    fn is_shown_as_a_user_name_is() {
        assert_eq!(DisplayName::new("  Zoe\u{308} 🌷 ").expect("a name").as_str(), "Zoë 🌷");
        for bad in ["", "...", "a\u{202e}b", "mаbel", "deleted user", &"é".repeat(256)] {
            assert!(DisplayName::new(bad).is_err(), "{bad:?}");
        }
    }
}
