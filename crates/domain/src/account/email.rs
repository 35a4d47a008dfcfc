//! E-mail addresses.

use crate::InvalidValue;
use crate::text::{at_most, name_key, refuse_hidden, refuse_nul};

/// An e-mail address as its owner wrote it, white space around it cut.
///
/// One `@`, a dot-atom before it (RFC 5322, section 3.2.3; letters beyond ASCII as in RFC 6531) and two or more labels
/// after it (RFC 1035, section 2.3.4). Two addresses are the same account when their [keys](Self::key) are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The longest address, in characters (RFC 5321, section 4.5.3.1.3, less the angle brackets).
    pub const MAX_CHARS: usize = 254;
    /// The longest part before the `@`, in bytes (RFC 5321, section 4.5.3.1.1).
    pub const MAX_LOCAL_BYTES: usize = 64;
    /// The longest label of the domain, in bytes (RFC 1035, section 2.3.4).
    pub const MAX_LABEL_BYTES: usize = 63;

    /// Reads an address.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`], [`InvalidValue::Nul`] or [`InvalidValue::Email`].
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        refuse_nul(text)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        at_most(text, Self::MAX_CHARS)?;
        if is_address(text) { Ok(Self(text.to_owned())) } else { Err(InvalidValue::Email) }
    }

    /// An address that was parsed before and kept since: a store's row.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is unique among accounts: the address after Unicode normalisation (NFKC) and case folding.
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    refuse_hidden(text).is_ok()
        && local.len() <= Email::MAX_LOCAL_BYTES
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// `atext` of RFC 5322, section 3.2.3, and letters and digits of any script.
fn is_atom_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        is_letter_beyond_ascii(c)
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= Email::MAX_LABEL_BYTES
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c == '-' || c.is_ascii_alphanumeric() || is_letter_beyond_ascii(c))
}

/// A letter, digit or mark; never a look-alike of `@` or `.`, which normalisation would turn into one.
fn is_letter_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && (c.is_alphanumeric() || crate::text::is_mark(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_people_have() {
        for good in
            ["mabel@example.com", "m.a+b@x.co", "o'neil@mail.example.org", "用户@例え.jp", "a@b.c", "  a@b.cd\n"]
        {
            assert!(Email::new(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_what_is_no_plain_address() {
        for bad in [
            "mabel",
            "@b.c",
            "a@",
            "a@b",
            "a@@b.c",
            "a@b@c.d",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a b@c.d",
            "a@-b.c",
            "a@b-.c",
            "a@b..c",
            "a@.b.c",
            "a@b.c.",
            "Mabel <a@b.c>",
            "\"a\"@b.c",
            "a@[1.2.3.4]",
            "a\u{7}@b.c",
            "a＠b@c.d",
            "a\u{202e}@b.c",
            "a,b@c.d",
            "a@b_c.d",
        ] {
            assert_eq!(Email::new(bad), Err(InvalidValue::Email), "{bad}");
        }
        assert_eq!(Email::new(" "), Err(InvalidValue::Blank));
        assert_eq!(Email::new("a\0@b.c"), Err(InvalidValue::Nul));
    }

    #[test]
    fn limits_hold_from_both_sides() {
        let at = |local: usize, label: usize| format!("{}@{}.example", "a".repeat(local), "b".repeat(label));
        assert!(Email::new(&at(64, 63)).is_ok());
        assert!(Email::new(&at(65, 63)).is_err());
        assert!(Email::new(&at(64, 64)).is_err());
        let long = |n: usize| format!("a@{}{}", "b.".repeat((n - 4) / 2), "c".repeat(2 + (n - 4) % 2));
        assert_eq!(long(254).len(), 254);
        assert!(Email::new(&long(254)).is_ok());
        assert_eq!(Email::new(&long(255)), Err(InvalidValue::TooLong { max: 254 }));
    }

    #[test]
    fn one_key_without_regard_to_case_and_form() {
        let key = |text| Email::new(text).expect("an address").key();
        assert_eq!(key("Mabel@Example.COM"), key("mabel@example.com"));
        assert_eq!(key("zoe\u{308}@b.c"), key("ZO\u{cb}@B.C"));
    }
}
