//! What people react with.

use std::str::FromStr;

use unicode_properties::{EmojiStatus, UnicodeEmoji};

use crate::InvalidValue;

/// Asks for the colourful form of the character before it (UTS 51, ED-9a).
const PRESENTATION: char = '\u{fe0f}';
/// Makes a key of the character before it.
const KEYCAP: char = '\u{20e3}';
/// Makes one emoji of the two beside it.
const JOINER: char = '\u{200d}';
/// Ends the tags of the flag of a region.
const TAGS_END: char = '\u{e007f}';

/// One emoji, as a person sees it: a character, with a skin tone or without, several that are joined, a flag or a keycap.
///
/// It is well formed (UTS 51, section 1.4.9); whether a font has a picture for it is not looked at. Where the colourful
/// form has to be asked for, it is: U+2764 is the same emoji with U+FE0F behind it and without.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Emoji(String);

impl Emoji {
    /// The longest one, in characters: that of two people who kiss, each of their own skin tone, has ten.
    pub const MAX_CHARS: usize = 16;

    /// Reads an emoji.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`] or [`InvalidValue::NotAnEmoji`].
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidValue> {
        let text = text.as_ref();
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        let chars: Vec<char> = text.chars().take(Self::MAX_CHARS + 1).collect();
        if chars.len() > Self::MAX_CHARS {
            return Err(InvalidValue::TooLong { max: Self::MAX_CHARS });
        }
        normal_form(&chars).map(Self).ok_or(InvalidValue::NotAnEmoji)
    }

    /// The emoji.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Emoji {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

/// The one way to write what these characters show, if that is one emoji.
fn normal_form(chars: &[char]) -> Option<String> {
    match chars {
        [first, second] if is_regional(*first) && is_regional(*second) => Some(chars.iter().collect()),
        [key, KEYCAP] | [key, PRESENTATION, KEYCAP] if is_key(*key) => {
            Some(String::from_iter([*key, PRESENTATION, KEYCAP]))
        }
        [flag, tags @ .., TAGS_END] => {
            let named = !tags.is_empty() && tags.iter().all(|tag| matches!(tag, '\u{e0020}'..='\u{e007e}'));
            (named && !is_regional(*flag) && status(*flag)?.is_shown).then(|| chars.iter().collect())
        }
        _ => joined(chars),
    }
}

/// One or more characters, each with what belongs to it.
fn joined(chars: &[char]) -> Option<String> {
    let mut normal = String::new();
    for (place, part) in chars.split(|&char| char == JOINER).enumerate() {
        if place > 0 {
            normal.push(JOINER);
        }
        let (first, rest) = part.split_first()?;
        if is_regional(*first) || is_key(*first) {
            return None;
        }
        let of_first = status(*first)?;
        normal.push(*first);
        match rest {
            [] | [PRESENTATION] if of_first.is_shown => {}
            [] | [PRESENTATION] => normal.push(PRESENTATION),
            [tone] | [PRESENTATION, tone] if of_first.takes_tone && is_tone(*tone) => normal.push(*tone),
            _ => return None,
        }
    }
    Some(normal)
}

/// What a character is among the emoji.
struct Status {
    /// Whether its colourful form is shown without asking.
    is_shown: bool,
    takes_tone: bool,
}

fn status(char: char) -> Option<Status> {
    let (is_shown, takes_tone) = match char.emoji_status() {
        EmojiStatus::EmojiPresentation
        | EmojiStatus::EmojiPresentationAndEmojiComponent
        | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent => (true, false),
        EmojiStatus::EmojiPresentationAndModifierBase => (true, true),
        EmojiStatus::EmojiModifierBase => (false, true),
        EmojiStatus::EmojiOther | EmojiStatus::EmojiOtherAndEmojiComponent => (false, false),
        _ => return None,
    };
    Some(Status { is_shown, takes_tone })
}

fn is_tone(char: char) -> bool {
    char.emoji_status() == EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
}

/// Two of these are a flag.
fn is_regional(char: char) -> bool {
    matches!(char, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_key(char: char) -> bool {
    matches!(char, '0'..='9' | '#' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_emoji_however_many_characters_that_takes() {
        for emoji in [
            "👍",
            "👍🏽",
            "❤\u{fe0f}",
            "☝🏻",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿",
            "🏳\u{fe0f}\u{200d}🌈",
            "🏴\u{200d}☠\u{fe0f}",
            "🇩🇪",
            "1\u{fe0f}\u{20e3}",
            "#\u{fe0f}\u{20e3}",
            "©\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ] {
            assert_eq!(Emoji::new(emoji).expect(emoji).as_str(), emoji);
        }
    }

    #[test]
    fn is_the_same_with_a_variation_selector_and_without() {
        for (said, meant) in [
            ("❤", "❤\u{fe0f}"),
            ("👍\u{fe0f}", "👍"),
            ("1\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("☝\u{fe0f}🏻", "☝🏻"),
            ("🏳\u{200d}🌈", "🏳\u{fe0f}\u{200d}🌈"),
            ("👁\u{200d}🗨", "👁\u{fe0f}\u{200d}🗨\u{fe0f}"),
        ] {
            let emoji = Emoji::new(said).expect(said);
            assert_eq!(emoji.as_str(), meant);
            assert_eq!(Emoji::new(meant), Ok(emoji));
        }
    }

    #[test]
    fn is_no_text_and_not_two() {
        for text in
            ["a", "1", "#", "12", "é", "-", " ", "<b>", "👍 ", " 👍", "👍👍", "👍a", "🇩", "🇩🇪🇫", "🇩🇪🇫🇷", "\u{0}"]
        {
            assert_eq!(Emoji::new(text), Err(InvalidValue::NotAnEmoji), "{text:?}");
        }
        assert_eq!(Emoji::new(""), Err(InvalidValue::Blank));
        assert_eq!(Emoji::new("👍".repeat(17)), Err(InvalidValue::TooLong { max: 16 }));
        assert_eq!(Emoji::new("👍".repeat(16)), Err(InvalidValue::NotAnEmoji));
    }

    #[test]
    fn what_belongs_to_an_emoji_belongs_to_a_fitting_one() {
        for text in [
            "1\u{fe0f}",
            "❤\u{fe0e}",
            "❤🏽",
            "👍\u{200d}",
            "\u{200d}👍",
            "👍\u{200d}\u{200d}👍",
            "\u{fe0f}",
            "\u{20e3}",
            "a\u{20e3}",
            "👍\u{fe0f}\u{fe0f}",
            "👍\u{301}",
            "👍\u{0}",
            "🏴\u{e007f}",
            "🏴\u{e0067}",
            "1\u{200d}👍",
            "🇩🇪\u{200d}👍",
            "\u{10ffff}",
        ] {
            assert_eq!(Emoji::new(text), Err(InvalidValue::NotAnEmoji), "{text:?}");
        }
    }
}
