//! The fields of a body, read into values. All that are wrong are named at once, in the words of the API of 2018.

use std::borrow::Cow;

use parlor_domain::InvalidValue;

use super::json::{Fields, Json, read_object};
use crate::problem::{FieldErrors, Problem};

type Message = Cow<'static, str>;

/// What `null` means in a field that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Null {
    /// The same as leaving it out.
    Absent,
    /// Nothing that it can be.
    Refused,
}

/// The fields of one body.
///
/// Each reading method notes what is wrong and then returns `None`; a field that may be left out is `Some(None)` when it
/// was. Once all are read, [`Self::problem`] names what was noted:
///
/// ```text
/// let mut form = Form::read(&body)?;
/// let email = form.text("email", |text| Email::new(&text));
/// let seq = form.integer("seq");
/// let (Some(email), Some(seq)) = (email, seq) else { return Err(form.problem()) };
/// ```
#[derive(Debug)]
pub(crate) struct Form<'a> {
    fields: Fields<'a>,
    errors: FieldErrors,
}

impl<'a> Form<'a> {
    /// Reads a body; an empty one has no fields.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Problem> {
        let fields = if body.is_empty() { Vec::new() } else { read_object(body).map_err(Problem::invalid)? };
        Ok(Self { fields, errors: FieldErrors::default() })
    }

    /// A text that must be there.
    pub(crate) fn text<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Cow<'a, str>) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.required(name, |json| value_of(json, read))
    }

    /// A text that may be left out.
    pub(crate) fn optional_text<T>(
        &mut self,
        name: &'static str,
        null: Null,
        read: impl FnOnce(Cow<'a, str>) -> Result<T, InvalidValue>,
    ) -> Option<Option<T>> {
        self.optional(name, null, |json| value_of(json, read))
    }

    /// A text that may be left out, or be taken away by `null`.
    pub(crate) fn nullable_text<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Cow<'a, str>) -> Result<T, InvalidValue>,
    ) -> Option<Option<Option<T>>> {
        let read = match self.take(name) {
            None => Ok(None),
            Some(Json::Null) => Ok(Some(None)),
            Some(json) => value_of(json, read).map(|value| Some(Some(value))),
        };
        self.note(name, read)
    }

    /// A whole number that must be there.
    pub(crate) fn integer<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(i64) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.required(name, |json| number_of(&json, read))
    }

    /// A whole number that may be left out.
    pub(crate) fn optional_integer<T>(
        &mut self,
        name: &'static str,
        null: Null,
        read: impl FnOnce(i64) -> Result<T, InvalidValue>,
    ) -> Option<Option<T>> {
        self.optional(name, null, |json| number_of(&json, read))
    }

    /// `true` or `false`, which must be there.
    pub(crate) fn bool(&mut self, name: &'static str) -> Option<bool> {
        self.required(name, bool_of)
    }

    /// `true` or `false`, which may be left out.
    pub(crate) fn optional_bool(&mut self, name: &'static str, null: Null) -> Option<Option<bool>> {
        self.optional(name, null, bool_of)
    }

    /// An object with a whole number behind each key, which may be left out.
    pub(crate) fn optional_numbers<C: FromIterator<(K, T)>, K, T>(
        &mut self,
        name: &'static str,
        null: Null,
        read_key: impl Fn(&str) -> Result<K, InvalidValue>,
        read: impl Fn(i64) -> Result<T, InvalidValue>,
    ) -> Option<Option<C>> {
        self.optional(name, null, |json| match json {
            Json::Object(fields) => fields
                .iter()
                .map(|(key, json)| {
                    let key = read_key(key).map_err(|error| Message::from(error.to_string()))?;
                    Ok((key, number_of(json, &read)?))
                })
                .collect(),
            _ => Err("Expected an object.".into()),
        })
    }

    /// A list of texts, which may be left out.
    pub(crate) fn optional_texts<T>(
        &mut self,
        name: &'static str,
        null: Null,
        read: impl Fn(Cow<'a, str>) -> Result<T, InvalidValue>,
    ) -> Option<Option<Vec<T>>> {
        self.optional(name, null, |json| match json {
            Json::List(items) => items.into_iter().map(|item| value_of(item, &read)).collect(),
            _ => Err("Expected a list of items.".into()),
        })
    }

    /// Notes that a field is wrong.
    pub(crate) fn refuse(&mut self, name: &'static str, message: impl Into<Message>) {
        self.errors.add(name, message);
    }

    /// What was noted.
    pub(crate) fn problem(self) -> Problem {
        Problem::fields(self.errors)
    }

    fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let at = self.fields.iter().position(|(key, _)| key == name)?;
        Some(self.fields.swap_remove(at).1)
    }

    fn required<T>(&mut self, name: &'static str, read: impl FnOnce(Json<'a>) -> Result<T, Message>) -> Option<T> {
        let read = match self.take(name) {
            None => Err("This field is required.".into()),
            Some(Json::Null) => Err("This field may not be null.".into()),
            Some(json) => read(json),
        };
        self.note(name, read)
    }

    fn optional<T>(
        &mut self,
        name: &'static str,
        null: Null,
        read: impl FnOnce(Json<'a>) -> Result<T, Message>,
    ) -> Option<Option<T>> {
        let read = match self.take(name) {
            None => Ok(None),
            Some(Json::Null) if null == Null::Absent => Ok(None),
            Some(Json::Null) => Err("This field may not be null.".into()),
            Some(json) => read(json).map(Some),
        };
        self.note(name, read)
    }

    fn note<T>(&mut self, name: &'static str, read: Result<T, Message>) -> Option<T> {
        read.map_err(|message| self.errors.add(name, message)).ok()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of a reader")]
fn bool_of(json: Json<'_>) -> Result<bool, Message> {
    match json {
        Json::Bool(value) => Ok(value),
        _ => Err("Must be a valid boolean.".into()),
    }
}

fn value_of<'a, T>(json: Json<'a>, read: impl FnOnce(Cow<'a, str>) -> Result<T, InvalidValue>) -> Result<T, Message> {
    match json {
        Json::Text(text) => read(text).map_err(|error| error.to_string().into()),
        _ => Err("Not a valid string.".into()),
    }
}

fn number_of<T>(json: &Json<'_>, read: impl FnOnce(i64) -> Result<T, InvalidValue>) -> Result<T, Message> {
    match json {
        Json::Integer(number) => read(*number).map_err(|error| error.to_string().into()),
        _ => Err("A valid integer is required.".into()),
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{Email, Seq, Username};

    use super::*;

    fn body_of(problem: &Problem) -> String {
        String::from_utf8(problem.body("r")).expect("UTF-8")
    }

    #[test]
    fn names_all_wrong_fields_at_once() {
        let mut form =
            Form::read(br#"{"email":"x","username":" ","seq":"3","on":1,"names":["a",2]}"#).expect("an object");
        assert!(form.text("email", |text| Email::new(&text)).is_none());
        assert!(form.text("username", |text| Username::new(&text)).is_none());
        assert!(form.text("password", |text| Ok(text.into_owned())).is_none());
        assert!(form.integer("seq", Seq::new).is_none());
        assert!(form.optional_bool("on", Null::Absent).is_none());
        assert!(form.optional_texts("names", Null::Absent, Ok).is_none());
        assert_eq!(
            body_of(&form.problem()),
            concat!(
                r#"{"detail":"email: Enter a valid email address.","code":"invalid","status":400,"#,
                r#""title":"Bad Request","request_id":"r","errors":{"#,
                r#""email":["Enter a valid email address."],"username":["This field may not be blank."],"#,
                r#""password":["This field is required."],"seq":["A valid integer is required."],"#,
                r#""on":["Must be a valid boolean."],"names":["Not a valid string."]}}"#
            )
        );
    }

    #[test]
    fn a_wrong_type_is_never_converted() {
        for wrong in ["1", "true", "[]", "{}", "1.5"] {
            let body = format!(r#"{{"a":{wrong}}}"#);
            let mut form = Form::read(body.as_bytes()).expect("an object");
            assert!(form.text("a", Ok).is_none());
            assert!(body_of(&form.problem()).contains("Not a valid string."), "{wrong}");
        }
        for wrong in ["\"1\"", "true", "1.0", "18446744073709551616", "[1]"] {
            let body = format!(r#"{{"a":{wrong}}}"#);
            let mut form = Form::read(body.as_bytes()).expect("an object");
            assert!(form.integer("a", Ok).is_none());
            assert!(body_of(&form.problem()).contains("A valid integer is required."), "{wrong}");
        }
    }

    #[test]
    fn null_is_absence_only_where_that_is_meant() {
        let mut form = Form::read(br#"{"a":null,"b":null,"c":null}"#).expect("an object");
        assert_eq!(form.optional_text("a", Null::Absent, Ok), Some(None));
        assert_eq!(form.optional_text("b", Null::Refused, Ok), None);
        assert_eq!(form.text("c", Ok), None);
        assert_eq!(form.optional_integer("d", Null::Refused, Ok), Some(None));
        let body = body_of(&form.problem());
        assert!(body.contains(r#""b":["This field may not be null."],"c":["This field may not be null."]"#), "{body}");
    }

    #[test]
    fn null_takes_away_what_can_be_taken_away() {
        let mut form = Form::read(br#"{"a":null,"b":"x","c":1}"#).expect("an object");
        assert_eq!(form.nullable_text("a", Ok), Some(Some(None)));
        assert_eq!(form.nullable_text("b", Ok), Some(Some(Some("x".into()))));
        assert_eq!(form.nullable_text("d", Ok), Some(None));
        assert_eq!(form.nullable_text("c", Ok), None);
    }

    #[test]
    fn no_body_is_a_body_without_fields() {
        let mut form = Form::read(b"").expect("no body");
        assert_eq!(form.optional_text("a", Null::Refused, Ok), Some(None));
    }
}
