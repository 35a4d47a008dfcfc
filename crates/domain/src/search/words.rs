//! The words of a text.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

use crate::text::is_mark;

/// A word of a text, and where it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it is found by: NFKC, case-folded, and no longer than [`Word::MAX_CHARS`]. Letters, digits and marks only.
    pub key: String,
    /// How many characters (Unicode code points) of the text stand before it.
    pub start: usize,
    /// How many characters of the text it takes, which may be others than the key has.
    pub length: usize,
}

impl Word {
    /// How much of a word counts, in characters of its key: PostgreSQL keeps no lexeme of 2 kB (manual, 12.11).
    pub const MAX_CHARS: usize = 64;
}

/// The words of a text: runs of letters, digits and the marks on them, in the order of the text. In scripts that put no
/// space between words, each character is one.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut run, mut start, mut length) = (String::new(), 0, 0);
    for (at, c) in text.chars().enumerate() {
        // A mark belongs to the letter before it, and without one to no word: "=" with a stroke is no letter.
        let goes_on =
            !run.is_empty() && (is_mark(c) || (is_part(c) && !is_unspaced(c) && !run.starts_with(is_unspaced)));
        if !goes_on {
            push(&mut words, &run, start, length);
            run.clear();
            (start, length) = (at, 0);
        }
        if goes_on || is_part(c) {
            run.push(c);
            length += 1;
        }
    }
    push(&mut words, &run, start, length);
    words
}

/// Adds what a run holds: one word, but for a character that stands for several.
fn push(words: &mut Vec<Word>, run: &str, start: usize, length: usize) {
    let mut key = key(run);
    while let Some(first) = key.chars().next() {
        let end = key.char_indices().skip(1).find(|&(_, c)| !is_mark(c) && (is_unspaced(first) || is_unspaced(c)));
        let rest = end.map(|(at, _)| key.split_off(at)).unwrap_or_default();
        words.push(Word { key, start, length });
        key = rest;
    }
}

/// Whether a character is of a script that puts no space between words: Thai, Lao, Myanmar, Khmer, Japanese, Chinese.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{30FF}'
        | '\u{31C0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9F}' | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character is a letter or digit, or stands for some: a ligature, a circled number, a unit in one square.
fn is_part(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let mut found = false;
    decompose_compatible(c, |part| found |= is_letter(part));
    found
}

/// Some marks count as alphabetic, which would let them begin a word.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && !is_mark(c)
}

fn key(run: &str) -> String {
    if run.is_ascii() {
        return run.chars().take(Word::MAX_CHARS).map(|c| c.to_ascii_lowercase()).collect();
    }
    let plain: String = run.chars().filter(|c| !is_variation_selector(*c)).nfkc().collect();
    // Folding can leave a form that is not NFKC (Unicode 3.13, D146), so it is normalised once more.
    let folded = UniCase::unicode(plain.as_str()).to_folded_case();
    // Thai has a letter that comes apart into a mark and a letter.
    folded.nfkc().filter(|&c| is_letter(c) || is_mark(c)).skip_while(|&c| is_mark(c)).take(Word::MAX_CHARS).collect()
}

/// They choose among pictures of one character.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.key).collect()
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_marks() {
        assert_eq!(keys("Tea, at 5pm: (don't) be_late!"), ["tea", "at", "5pm", "don", "t", "be", "late"]);
        assert_eq!(keys("हिन्दी में"), ["हिन्दी", "में"], "vowel signs are marks");
        for none in ["", " \n", "?!", "😀 ❤\u{fe0f}", "\u{301}", "\u{b4}", "=\u{338}", "\u{fe0f}"] {
            assert!(words(none).is_empty(), "{none:?}");
        }
    }

    #[test]
    fn where_no_spaces_are_written_each_character_is_a_word() {
        assert_eq!(keys("東京タワー2024年"), ["東", "京", "タ", "ワ", "ー", "2024", "年"]);
        assert_eq!(keys("ที่นี่"), ["ที่", "นี่"], "with the marks on it");
        assert_eq!(keys("㍿"), ["株", "式", "会", "社"], "one character for four");
        assert_eq!(words("㍿").iter().map(|word| (word.start, word.length)).collect::<Vec<_>>(), [(0, 1); 4]);
    }

    #[test]
    fn one_key_for_every_way_to_write_a_word() {
        for (left, right) in [
            ("Zoë", "ZOE\u{308}"),
            ("straße", "STRASSE"),
            ("ﬁn", "FIN"),
            ("Ｔea", "tea"),
            ("ΆΣ", "άς"),
            ("㎏", "kg"),
            ("①", "1"),
            ("a\u{fe0f}", "A"),
        ] {
            assert_eq!(keys(left), keys(right), "{left} and {right}");
        }
        assert_ne!(keys("Zoë"), keys("Zoe"), "a diacritic makes another letter");
    }

    #[test]
    fn a_key_is_the_key_of_itself() {
        for c in ('\0'..=char::MAX).filter(|&c| is_part(c)) {
            for key in keys(&format!("{c}")) {
                assert_eq!(keys(&key), [key.as_str()], "U+{:04X}", u32::from(c));
            }
        }
    }

    #[test]
    fn every_word_has_a_key_of_letters_digits_and_marks() {
        for c in '\0'..=char::MAX {
            for word in words(&format!("{c}a {c}\u{301} a{c}")) {
                assert!(word.key.starts_with(is_letter), "U+{:04X}", u32::from(c));
                assert!(word.key.chars().all(|c| is_letter(c) || is_mark(c)), "U+{:04X}", u32::from(c));
            }
        }
    }

    #[test]
    fn places_are_counted_in_characters_of_the_text() {
        let places = |text| words(text).into_iter().map(|word| (word.start, word.length)).collect::<Vec<_>>();
        assert_eq!(places("😀 ZOE\u{308}, ﬁn"), [(2, 4), (8, 2)]);
        assert_eq!(places("\u{301}a b"), [(1, 1), (3, 1)]);
    }

    #[test]
    fn of_a_long_word_the_beginning_counts() {
        let word = words(&"é".repeat(5_000)).pop().expect("a word");
        assert_eq!((word.key, word.length), ("é".repeat(Word::MAX_CHARS), 5_000));
    }
}
