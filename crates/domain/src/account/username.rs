//! User names.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_security::mixed_script::AugmentedScriptSet;

use crate::InvalidValue;
use crate::text::{at_most, is_mark, is_visible, name_key, refuse_hidden, refuse_nul};

/// A user name as it is shown: NFC, white space around it cut.
///
/// At least one letter, digit or symbol; no control, format, private-use, unassigned or invisible character; no mixture
/// of scripts looser than *Highly Restrictive* (Unicode Technical Standard 39, section 5.2); no long run of marks.
/// Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(Arc<str>);

impl Username {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 255;
    /// The most combining marks in a row.
    pub const MAX_MARKS: usize = 4;
    /// How an erased account appears.
    pub const DELETED: &str = "deleted user";

    /// Reads a name.
    ///
    /// # Errors
    /// The first rule that the text breaks, as an [`InvalidValue`].
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        refuse_nul(text)?;
        let name: String = text.trim().nfc().collect();
        if name.is_empty() {
            return Err(InvalidValue::Blank);
        }
        at_most(&name, Self::MAX_CHARS)?;
        refuse_hidden(&name)?;
        if !name.chars().any(is_visible) {
            return Err(InvalidValue::Invisible);
        }
        refuse_mark_runs(&name)?;
        refuse_mixed_scripts(&name)?;
        if name_key(&name) == Self::DELETED {
            return Err(InvalidValue::Reserved);
        }
        Ok(Self(name.into()))
    }

    /// A name that was parsed before and kept since: a store's row.
    pub fn stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, as its holder keeps it.
    pub(super) fn into_text(self) -> Arc<str> {
        self.0
    }

    /// What is unique among accounts.
    pub fn key(&self) -> UsernameKey {
        UsernameKey::of(&self.0)
    }
}

/// What two ways to write one user name have in common: NFKC, case-folded, white space collapsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UsernameKey(String);

impl UsernameKey {
    /// The key of any text, a valid name or not: what nobody can be called, nobody is found by.
    pub fn of(text: &str) -> Self {
        Self(name_key(text))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refuse_mark_runs(name: &str) -> Result<(), InvalidValue> {
    let mut run = 0;
    // Decomposed, or a letter that has marks of its own would hide some of the run.
    for c in name.nfd() {
        run = if is_mark(c) { run + 1 } else { 0 };
        if run > Username::MAX_MARKS {
            return Err(InvalidValue::Marks { max: Username::MAX_MARKS });
        }
    }
    Ok(())
}

/// The test of UTS 39, section 5.2, for *Single Script* and *Highly Restrictive*, without its first step: that one asks
/// for identifier characters only, and a name may hold spaces and symbols.
fn refuse_mixed_scripts(name: &str) -> Result<(), InvalidValue> {
    let latin = AugmentedScriptSet::for_char('a');
    let (mut all, mut beside_latin) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for c in name.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        let mut with_latin = scripts;
        with_latin.intersect_with(latin);
        if with_latin.is_empty() {
            beside_latin.intersect_with(scripts);
        }
    }
    if !all.is_empty() || beside_latin.kore || beside_latin.hanb || beside_latin.jpan {
        Ok(())
    } else {
        Err(InvalidValue::MixedScripts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_of_many_scripts() {
        for good in [
            "mabel",
            "Zoë",
            "李小龙",
            "山田たろう Taro",
            "Наталья",
            "김 Kim",
            "😀",
            "o'neil-3",
            "नमस्ते",
            "R2 ★ D2",
            "❤\u{fe0f}",
        ] {
            assert!(Username::new(good).is_ok(), "{good}: {:?}", Username::new(good));
        }
    }

    #[test]
    fn refuses_what_could_pass_for_another() {
        use InvalidValue as I;
        for (bad, why) in [
            ("", I::Blank),
            ("  \u{a0}", I::Blank),
            ("a\0", I::Nul),
            ("a\u{202e}b", I::Character { code_point: 0x202e }),
            ("a\u{200b}b", I::Character { code_point: 0x200b }),
            ("a\tb", I::Character { code_point: 9 }),
            ("\u{e000}", I::Character { code_point: 0xe000 }),
            ("...", I::Invisible),
            ("mаbel", I::MixedScripts),
            ("αlpha", I::MixedScripts),
            ("a\u{301}\u{302}\u{303}\u{304}\u{305}", I::Marks { max: 4 }),
            ("Deleted  USER", I::Reserved),
        ] {
            assert_eq!(Username::new(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn limits_hold_from_both_sides() {
        assert!(Username::new(&"é".repeat(255)).is_ok());
        assert_eq!(Username::new(&"é".repeat(256)), Err(InvalidValue::TooLong { max: 255 }));
        assert!(Username::new("e\u{301}\u{302}\u{303}\u{304}").is_ok());
    }

    #[test]
    fn is_shown_composed_and_compared_by_key() {
        let name = Username::new(" ZOE\u{308} ").expect("a name");
        assert_eq!(name.as_str(), "ZO\u{cb}");
        assert_eq!(name.key(), UsernameKey::of("zoë"));
    }
}
