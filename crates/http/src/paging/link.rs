//! The `Link` header (RFC 8288) that names the neighbouring pages.

use std::fmt::Write as _;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use parlor_domain::SeqRange;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::Cursor;
use super::query::{is_named, pairs};

/// What stands for itself in a query: the unreserved characters of RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The parameters that say which page it is; a link to another page sets them anew.
const PLACES: [&str; 4] = ["limit", "cursor", "before", "after"];

/// The links of one page.
#[derive(Debug)]
pub(crate) struct Links<'a> {
    path: &'a str,
    query: &'a str,
    header: String,
}

impl<'a> Links<'a> {
    /// No links yet, from the page that this request asked for.
    pub(crate) fn from(request: &'a HttpRequest) -> Self {
        Self { path: request.uri().path(), query: request.query_string(), header: String::new() }
    }

    /// The neighbours of a part of a chat's log, given the first and last seq in it (none, when it is empty) and whether
    /// there is more in the direction of reading. A link against that direction may lead to an empty page.
    pub(crate) fn of_log(mut self, range: SeqRange, ends: Option<(i64, i64)>, more: bool) -> Self {
        let Some((first, last)) = ends else { return self };
        let limit = u64::from(range.limit);
        let before = range.before.map(|seq| ("before", seq.get().to_string()));
        let (earlier, later) = if range.is_forward() {
            // The first event of a chat is no message: nothing is earlier than the second.
            (first > 2 && range.after.is_some_and(|seq| seq.get() > 1), more)
        } else {
            (more, range.before.is_some())
        };
        if earlier {
            self.add("prev", &[("before", first.to_string()), ("limit", limit.to_string())]);
        }
        if later {
            let mut place = vec![("after", last.to_string())];
            place.extend(before.filter(|_| range.is_forward()));
            place.push(("limit", limit.to_string()));
            self.add("next", &place);
        }
        self
    }

    /// The next page of a list, if there is one.
    pub(crate) fn next<C: Cursor>(mut self, last: Option<C>, limit: u32) -> Self {
        if let Some(last) = last {
            self.add("next", &[("cursor", last.encode()), ("limit", limit.to_string())]);
        }
        self
    }

    /// The header, if there are any links.
    pub(crate) fn header(self) -> Option<HeaderValue> {
        if self.header.is_empty() { None } else { HeaderValue::try_from(self.header).ok() }
    }

    fn add(&mut self, relation: &str, place: &[(&str, String)]) {
        let separator = if self.header.is_empty() { "<" } else { ", <" };
        self.header.push_str(separator);
        self.push_path();
        let mut mark = '?';
        for (key, value) in pairs(self.query).filter(|(key, _)| !PLACES.iter().any(|name| is_named(key, name))) {
            let value = value.replace('+', " ");
            let _ = write!(self.header, "{mark}{}={}", recoded(key), recoded(&value));
            mark = '&';
        }
        for (key, value) in place {
            let _ = write!(self.header, "{mark}{key}={value}");
            mark = '&';
        }
        let _ = write!(self.header, ">; rel=\"{relation}\"");
    }

    /// The canonical path: with its slash at the end.
    fn push_path(&mut self) {
        self.header.push_str(self.path);
        if !self.path.ends_with('/') {
            self.header.push('/');
        }
    }
}

/// The same text, encoded in the one safe way.
fn recoded(encoded: &str) -> String {
    let bytes: Vec<u8> = percent_decode(encoded.as_bytes()).collect();
    percent_encode(&bytes, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use parlor_domain::{Seq, UserId};

    use super::*;

    fn links<'a>(path: &'a str, query: &'a str) -> Links<'a> {
        Links { path, query, header: String::new() }
    }

    fn log(before: Option<i64>, after: Option<i64>, ends: Option<(i64, i64)>, more: bool) -> Option<String> {
        let seq = |number: Option<i64>| number.map(|number| Seq::new(number).expect("a seq"));
        let range = SeqRange { before: seq(before), after: seq(after), limit: 3 };
        let header = links("/m/", "limit=3").of_log(range, ends, more).header()?;
        Some(header.to_str().expect("ASCII").to_owned())
    }

    #[test]
    fn a_page_of_a_log_names_its_neighbours() {
        let prev = r#"</m/?before=5&limit=3>; rel="prev""#;
        let next = r#"</m/?after=7&limit=3>; rel="next""#;
        assert_eq!(log(None, None, Some((5, 7)), true).as_deref(), Some(prev));
        assert_eq!(log(None, None, Some((5, 7)), false), None);
        assert_eq!(log(Some(8), None, Some((5, 7)), true), Some(format!("{prev}, {next}")));
        assert_eq!(log(Some(8), None, Some((5, 7)), false).as_deref(), Some(next));
        assert_eq!(log(None, Some(4), Some((5, 7)), true), Some(format!("{prev}, {next}")));
        assert_eq!(log(None, Some(0), Some((5, 7)), true).as_deref(), Some(next));
        assert_eq!(log(None, Some(0), Some((5, 7)), false), None);
        let between = r#"</m/?after=7&before=99&limit=3>; rel="next""#;
        assert_eq!(log(Some(99), Some(1), Some((5, 7)), true).as_deref(), Some(between));
        assert_eq!(log(Some(99), Some(9), None, false), None);
    }

    #[test]
    fn other_parameters_are_kept_and_encoded_safely() {
        let query = "search=a+b%26&limit=9&cursor=x&%62efore=1&q=%C3%A9'>&flag&z=%ff";
        let header = links("/users", query).next(Some(UserId::new(1).expect("an id")), 2).header().expect("a link");
        let expected = "</users/?search=a%20b%26&q=%C3%A9%27%3E&flag=&z=%FF&cursor=bQAAAAAAAAAB&limit=2>; rel=\"next\"";
        assert_eq!(header, expected);
    }
}
