//! What a chat is named by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a chat: 32 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatUri(u128);

/// A text that names no chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the uri of a chat is 32 lowercase hexadecimal digits")]
pub struct NoChatUri;

impl ChatUri {
    /// A new one, for [`Parlor::open_group_at`](crate::Parlor::open_group_at).
    pub fn random() -> Self {
        Self(crate::random::number())
    }
}

impl FromStr for ChatUri {
    type Err = NoChatUri;

    fn from_str(text: &str) -> Result<Self, NoChatUri> {
        let is_uri = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_uri { u128::from_str_radix(text, 16).map(Self).map_err(|_| NoChatUri) } else { Err(NoChatUri) }
    }
}

impl fmt::Display for ChatUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ChatUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ChatUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChatUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        let text = "00f0e1d2c3b4a5968778695a4b3c2d1e";
        assert_eq!(text.parse::<ChatUri>().unwrap().to_string(), text);
        assert_eq!(ChatUri::random().to_string().parse::<ChatUri>().map(|uri| uri.to_string().len()), Ok(32));
    }

    #[test]
    fn nothing_else_is_a_uri() {
        for text in ["", "00F0E1D2C3B4A5968778695A4B3C2D1E", "+0f0e1d2c3b4a5968778695a4b3c2d1e", "0f", "../../users/me"]
        {
            assert_eq!(text.parse::<ChatUri>(), Err(NoChatUri), "{text}");
        }
    }
}
