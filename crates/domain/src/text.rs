//! What several kinds of text have in common: lengths, forbidden characters, and keys that compare names.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::InvalidValue;

/// Refuses U+0000: PostgreSQL's `text` cannot hold it (PostgreSQL manual, 8.3), so it is refused everywhere.
pub(crate) fn refuse_nul(text: &str) -> Result<(), InvalidValue> {
    if text.contains('\0') { Err(InvalidValue::Nul) } else { Ok(()) }
}

/// Refuses a text of more than `max` code points.
pub(crate) fn at_most(text: &str, max: usize) -> Result<(), InvalidValue> {
    // A code point takes at least one byte: the short way answers for nearly every text.
    if text.len() > max && text.chars().count() > max { Err(InvalidValue::TooLong { max }) } else { Ok(()) }
}

/// Refuses characters that cannot be seen or that change how others are seen: controls, format characters (bidirectional
/// ones among them), private-use and unassigned code points, line and paragraph separators, and the invisible letters
/// and marks.
pub(crate) fn refuse_hidden(text: &str) -> Result<(), InvalidValue> {
    match text.chars().find(|&c| is_hidden(c)) {
        Some(c) => Err(InvalidValue::Character { code_point: u32::from(c) }),
        None => Ok(()),
    }
}

fn is_hidden(c: char) -> bool {
    use GeneralCategory as G;
    matches!(
        c.general_category(),
        G::Control
            | G::Format
            | G::PrivateUse
            | G::Unassigned
            | G::Surrogate
            | G::LineSeparator
            | G::ParagraphSeparator
    ) || matches!(
        c,
        // Letters and marks that show nothing (Default_Ignorable_Code_Point, Unicode DerivedCoreProperties.txt):
        // combining grapheme joiner, Hangul fillers, Khmer inherent vowels, Mongolian variation selectors.
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180D}' | '\u{180F}'
        | '\u{3164}' | '\u{FFA0}' | '\u{E0100}'..='\u{E01EF}'
        // The braille blank is a symbol that looks like a space.
        | '\u{2800}'
    )
}

/// A letter, a digit or a symbol: something that can be seen.
pub(crate) fn is_visible(c: char) -> bool {
    use GeneralCategory as G;
    c.is_alphanumeric()
        || matches!(c.general_category(), G::MathSymbol | G::CurrencySymbol | G::ModifierSymbol | G::OtherSymbol)
}

pub(crate) fn is_mark(c: char) -> bool {
    use GeneralCategory as G;
    matches!(c.general_category(), G::NonspacingMark | G::SpacingMark | G::EnclosingMark)
}

/// The key under which two texts count as the same name: NFKC, case-folded, variation selectors dropped, runs of white
/// space made one space and cut at both ends (after RFC 8266, section 2.4).
pub(crate) fn name_key(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !matches!(c, '\u{FE00}'..='\u{FE0F}')).nfkc().collect();
    // Folding can leave a form that is not NFKC (Unicode 3.13, D146), so it is normalised once more.
    let folded: String = UniCase::unicode(plain.as_str()).to_folded_case().nfkc().collect();
    let mut key = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_for_every_way_to_write_a_name() {
        for (left, right) in [
            ("Mabel", "mABEL"),
            ("Zoë", "ZOE\u{308}"),
            ("straße", "STRASSE"),
            ("ﬁn", "fin"),
            ("Ｍabel", "mabel"),
            ("a  b", " a\u{a0}b "),
            ("❤\u{fe0f}", "❤"),
        ] {
            assert_eq!(name_key(left), name_key(right), "{left} and {right}");
        }
        assert_ne!(name_key("mabel"), name_key("mable"));
    }

    #[test]
    fn a_key_is_the_key_of_itself() {
        for name in ["ΆΙ", "\u{1E9E}", "ŉ", "\u{345}x", "ſ", "K", "Ǆ"] {
            let key = name_key(name);
            assert_eq!(name_key(&key), key, "{name}");
        }
    }

    #[test]
    fn length_is_counted_in_code_points() {
        assert!(at_most("ééé", 3).is_ok());
        assert_eq!(at_most("éééé", 3), Err(InvalidValue::TooLong { max: 3 }));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for c in ['\u{7}', '\u{202E}', '\u{200B}', '\u{E000}', '\u{0378}', '\u{3164}', '\u{2028}', '\u{2800}'] {
            assert!(refuse_hidden(&format!("a{c}b")).is_err(), "U+{:04X}", u32::from(c));
        }
        assert!(refuse_hidden("Zoë 😀 李 ❤\u{fe0f}").is_ok());
    }
}
