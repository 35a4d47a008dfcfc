//! What somebody searches for.

use super::words::{Word, words};
use crate::InvalidValue;
use crate::text::{at_most, refuse_nul};

/// What somebody searches for: words, all of which a text must have. Of the last one the beginning is enough, since it
/// may still be being typed. Nothing in it is an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery(Vec<String>);

/// A place in a text where a word was found, in characters (Unicode code points).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextMatch {
    /// How many characters stand before it.
    pub start: usize,
    /// How many characters it has.
    pub length: usize,
}

impl SearchQuery {
    /// The longest query, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Reads what was typed.
    ///
    /// # Errors
    /// The first rule that the text breaks, as an [`InvalidValue`].
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        refuse_nul(text)?;
        at_most(text, Self::MAX_CHARS)?;
        let keys: Vec<String> = words(text).into_iter().map(|word| word.key).collect();
        if keys.is_empty() { Err(InvalidValue::NoWord) } else { Ok(Self(keys)) }
    }

    /// The keys of the words that must occur as they are; with the last, of which the beginning is enough.
    pub fn parts(&self) -> (&[String], &str) {
        self.0.split_last().map_or((&[], ""), |(last, whole)| (whole, last.as_str()))
    }

    /// Where the words stand in a text, in its order; nothing unless all of them do.
    pub fn find_in(&self, text: &str) -> Vec<TextMatch> {
        let (whole, last) = self.parts();
        let (mut missing, mut begun) = (whole.iter().collect::<Vec<_>>(), false);
        let mut is_found = |word: &Word| {
            let begins = word.key.starts_with(last);
            begun |= begins;
            missing.retain(|key| **key != word.key);
            begins || whole.contains(&word.key)
        };
        let found: Vec<Word> = words(text).into_iter().filter(|word| is_found(word)).collect();
        if !begun || !missing.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<TextMatch> =
            found.into_iter().map(|Word { start, length, .. }| TextMatch { start, length }).collect();
        // Several words may stand in one character.
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str, text: &str) -> Vec<(usize, usize)> {
        let query = SearchQuery::new(query).expect("a query");
        query.find_in(text).into_iter().map(|place| (place.start, place.length)).collect()
    }

    #[test]
    fn all_words_must_occur_and_the_last_may_be_a_beginning() {
        assert_eq!(found("te", "Tea for two, ten for TEA"), [(0, 3), (13, 3), (21, 3)]);
        assert_eq!(found("two te", "tea for two"), [(0, 3), (8, 3)], "in whatever order");
        for (query, text) in [("te for", "tea for two"), ("tea three", "tea for two"), ("ea", "tea")] {
            assert!(found(query, text).is_empty(), "{query} in {text}");
        }
        assert_eq!(found("tea tea", "tea"), [(0, 3)], "a word may do for two");
        assert_eq!(found("京タ", "東京タワー"), [(1, 1), (2, 1)], "inside a run without spaces");
        assert_eq!(found("株式", "㍿"), [(0, 1)], "one character for several");
    }

    #[test]
    fn what_is_typed_is_never_an_operator() {
        assert_eq!(found("\"tea\" & !two:* OR (", "tea or two"), [(0, 3), (4, 2), (7, 3)]);
        assert_eq!(found("NEAR", "near"), [(0, 4)]);
    }

    #[test]
    fn a_query_has_a_word_and_is_not_too_long() {
        for none in ["", "  ", "?*", "😀"] {
            assert_eq!(SearchQuery::new(none), Err(InvalidValue::NoWord), "{none:?}");
        }
        assert!(SearchQuery::new(&"a ".repeat(100)).is_ok());
        assert!(SearchQuery::new(&"é".repeat(200)).is_ok());
        assert_eq!(SearchQuery::new(&"é".repeat(201)), Err(InvalidValue::TooLong { max: 200 }));
        assert_eq!(SearchQuery::new("a\0b"), Err(InvalidValue::Nul));
    }
}
