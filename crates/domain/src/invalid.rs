//! Why a text is not the value that it was meant to be.

/// Why a text is not the value that it was meant to be.
///
/// The `Display` texts are whole sentences for the person who typed the text: they are what the API of 2018 said, and
/// its clients show them as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// Empty, or white space alone where that does not count.
    #[error("This field may not be blank.")]
    Blank,
    /// More characters (Unicode code points) than allowed.
    #[error("Ensure this field has no more than {max} characters.")]
    TooLong {
        /// The largest number of characters allowed.
        max: usize,
    },
    /// Fewer characters (Unicode code points) than required.
    #[error("Ensure this field has at least {min} characters.")]
    TooShort {
        /// The smallest number of characters required.
        min: usize,
    },
    /// U+0000, which no text may hold.
    #[error("Null characters are not allowed.")]
    Nul,
    /// Not an e-mail address as the product takes them.
    #[error("Enter a valid email address.")]
    Email,
    /// A control, format, private-use, unassigned or invisible character.
    #[error("The character U+{code_point:04X} is not allowed here.")]
    Character {
        /// The first such character.
        code_point: u32,
    },
    /// Letters of scripts that are not written together.
    #[error("Letters of different scripts may not be mixed.")]
    MixedScripts,
    /// More combining marks on one letter than any language needs.
    #[error("No more than {max} marks may follow one another.")]
    Marks {
        /// The largest number of marks in a row.
        max: usize,
    },
    /// Nothing in it that can be seen and said: no letter, digit or symbol.
    #[error("At least one letter, digit or symbol is needed.")]
    Invisible,
    /// A query without a word: no letter, no digit.
    #[error("At least one letter or digit is needed.")]
    NoWord,
    /// A name that the product keeps for itself.
    #[error("This name is reserved.")]
    Reserved,
    /// Something other than printable ASCII.
    #[error("Only printable ASCII characters are allowed.")]
    NotPrintableAscii,
    /// Something other than one emoji.
    #[error("Enter a single emoji.")]
    NotAnEmoji,
    /// Not 32 lowercase hexadecimal digits.
    #[error("Must be 32 lowercase hexadecimal digits.")]
    Hex,
    /// A number outside its range.
    #[error("Ensure this value is between {min} and {max}.")]
    Range {
        /// The smallest value allowed.
        min: i64,
        /// The largest value allowed.
        max: i64,
    },
}
