//! Query parameters. All that are wrong are named at once; unknown ones are ignored.

use std::borrow::Cow;

use parlor_domain::search::SearchQuery;
use parlor_domain::{ChatUri, InvalidValue, Seq};
use percent_encoding::percent_decode;

use super::Cursor;
use crate::problem::{FieldErrors, Problem};

/// How many items a list returns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Unless asked otherwise.
    pub(crate) default: u32,
    /// At most.
    pub(crate) max: u32,
}

impl Limits {
    /// What most lists do.
    pub(crate) const USUAL: Self = Self { default: 50, max: 200 };
    /// What the lists do that the API of 2018 gave out whole.
    pub(crate) const LONG: Self = Self { default: 1000, max: 1000 };
}

/// The query of one request.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    raw: &'a str,
    errors: FieldErrors,
}

impl<'a> Query<'a> {
    /// The query, without its `?`.
    pub(crate) fn new(raw: &'a str) -> Self {
        Self { raw, errors: FieldErrors::default() }
    }

    /// `limit`: a whole number from 1; larger ones than the maximum count as the maximum.
    pub(crate) fn limit(&mut self, limits: Limits) -> Option<u32> {
        let Some(text) = self.only("limit")? else { return Some(limits.default) };
        let limit = whole_number(&text).filter(|&number| number >= 1);
        let limit = limit.map(|number| u32::try_from(number).unwrap_or(limits.max).min(limits.max));
        self.note("limit", limit, || "A whole number of at least 1 is required.".into())
    }

    /// A time in whole seconds, 0 unless given; longer ones than the maximum count as the maximum.
    pub(crate) fn seconds(&mut self, name: &'static str, max: u32) -> Option<u32> {
        let Some(text) = self.only(name)? else { return Some(0) };
        let seconds = whole_number(&text).map(|number| u32::try_from(number).unwrap_or(max).min(max));
        self.note(name, seconds, || "A whole number of seconds is required.".into())
    }

    /// A place in a chat's log, of at least `least`.
    pub(crate) fn seq(&mut self, name: &'static str, least: i64) -> Option<Option<Seq>> {
        let Some(text) = self.only(name)? else { return Some(None) };
        let number = whole_number(&text).and_then(|number| i64::try_from(number).ok());
        let seq = number.filter(|&number| number >= least).and_then(|number| Seq::new(number).ok());
        self.note(name, seq, || format!("A whole number from {least} to {} is required.", Seq::MAX).into()).map(Some)
    }

    /// `cursor`: what a `Link` of the same list held.
    pub(crate) fn cursor<C: Cursor>(&mut self) -> Option<Option<C>> {
        let Some(text) = self.only("cursor")? else { return Some(None) };
        self.note("cursor", C::decode(&text), || "This cursor is not valid.".into()).map(Some)
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<Option<Cow<'a, str>>> {
        let Some(text) = self.only(name)? else { return Some(None) };
        let nul = text.contains('\0');
        self.note(name, (!nul).then_some(text), || InvalidValue::Nul.to_string().into()).map(Some)
    }

    /// What is searched for; it has to be given.
    pub(crate) fn words(&mut self, name: &'static str) -> Option<SearchQuery> {
        let text = self.only(name)?.unwrap_or_default();
        match SearchQuery::new(&text) {
            Ok(words) => Some(words),
            Err(error) => self.note(name, None, || error.to_string().into()),
        }
    }

    /// A chat, or what cannot be one.
    pub(crate) fn chat(&mut self, name: &'static str) -> Option<Option<Result<ChatUri, InvalidValue>>> {
        let Some(text) = self.only(name)? else { return Some(None) };
        Some(Some(text.parse()))
    }

    /// What is wrong with the parameters.
    pub(crate) fn problem(self) -> Problem {
        Problem::fields(self.errors)
    }

    /// The value of a parameter that may be given once.
    fn only(&mut self, name: &'static str) -> Option<Option<Cow<'a, str>>> {
        let mut values = pairs(self.raw).filter(|(key, _)| is_named(key, name)).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Some(None),
            (Some(value), None) => self.note(name, decode(value), || "Not a valid string.".into()).map(Some),
            (Some(_), Some(_)) => self.note(name, None, || "This parameter may be given only once.".into()),
        }
    }

    fn note<T>(
        &mut self,
        name: &'static str,
        value: Option<T>,
        message: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<T> {
        if value.is_none() {
            self.errors.add(name, message());
        }
        value
    }
}

/// The parameters as they were sent, still encoded.
pub(super) fn pairs(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Whether an encoded key is this name.
pub(super) fn is_named(key: &str, name: &str) -> bool {
    key == name || (key.contains('%') && percent_decode(key.as_bytes()).eq(name.bytes()))
}

/// A value as it was meant (`application/x-www-form-urlencoded`: a plus is a space); nothing, if it is not UTF-8.
fn decode(value: &str) -> Option<Cow<'_, str>> {
    if value.contains('+') {
        let spaced = value.replace('+', " ");
        let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
        return Some(Cow::Owned(decoded.into_owned()));
    }
    percent_decode(value.as_bytes()).decode_utf8().ok()
}

/// The number that plain decimal digits say, and at least [`u64::MAX`] when it is larger than that.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(raw: &str) -> Option<u32> {
        Query::new(raw).limit(Limits::USUAL)
    }

    #[test]
    fn a_limit_is_a_whole_number_from_one_and_cut_to_the_maximum() {
        for (raw, expected) in [
            ("", 50),
            ("other=x", 50),
            ("limit=1", 1),
            ("limit=007", 7),
            ("limit=200", 200),
            ("limit=201", 200),
            ("limit=99999999999999999999999", 200),
            ("%6cimit=3", 3),
            ("limit=%33", 3),
        ] {
            assert_eq!(limit(raw), Some(expected), "{raw}");
        }
        for bad in ["0", "00", "-1", "%2B1", "+1", "1.0", "1e1", "", "x", " 1", "1%20", "%D9%A3", "0x1", "%ff"] {
            assert_eq!(limit(&format!("limit={bad}")), None, "{bad}");
        }
        assert_eq!(limit("limit"), None);
    }

    #[test]
    fn a_place_in_the_log_has_its_bounds() {
        let seq = |raw: &str, least| Query::new(raw).seq("before", least).map(|seq| seq.map(Seq::get));
        assert_eq!(seq("", 1), Some(None));
        assert_eq!(seq("before=1", 1), Some(Some(1)));
        assert_eq!(seq("before=0", 1), None);
        assert_eq!(seq("before=0", 0), Some(Some(0)));
        assert_eq!(seq("before=9007199254740991", 1), Some(Some((1 << 53) - 1)));
        for bad in ["9007199254740992", "18446744073709551616", "-1", "", "1.5", "abc"] {
            assert_eq!(seq(&format!("before={bad}"), 1), None, "{bad}");
        }
    }

    #[test]
    fn a_known_parameter_comes_once_and_an_unknown_one_does_not_matter() {
        assert_eq!(limit("limit=1&limit=1"), None);
        assert_eq!(limit("limit=1&%6Cimit=2"), None);
        assert_eq!(limit("x=1&x=2&%ff=%ff&&=&limit=4"), Some(4));
    }

    #[test]
    fn texts_are_decoded_once() {
        let text = |raw| Query::new(raw).text("search").flatten().map(Cow::into_owned);
        assert_eq!(text("search=a+b%2B%26").as_deref(), Some("a b+&"));
        assert_eq!(text("search=%C3%A9%2525").as_deref(), Some("é%25"));
        assert_eq!(text("search=100%").as_deref(), Some("100%"));
        assert_eq!(text("search=").as_deref(), Some(""));
        for bad in ["search=%C3", "search=%00", "search=%ED%A0%80"] {
            assert!(Query::new(bad).text("search").is_none(), "{bad}");
        }
    }

    #[test]
    fn names_all_wrong_parameters_at_once() {
        let mut query = Query::new("limit=x&before=0&after=y");
        assert!(query.limit(Limits::LONG).is_none());
        assert!(query.seq("before", 1).is_none());
        assert!(query.seq("after", 0).is_none());
        let body = String::from_utf8(query.problem().body("r")).expect("UTF-8");
        for name in ["limit", "before", "after"] {
            assert!(body.contains(&format!(r#""{name}":["A whole number"#)), "{body}");
        }
    }
}
