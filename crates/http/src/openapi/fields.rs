//! What goes into a request: the fields of bodies, and parameters.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Required};

use parlor_domain::{Seq, UserId};

pub(super) const STRING: SchemaType = SchemaType::Type(Type::String);
pub(super) const INTEGER: SchemaType = SchemaType::Type(Type::Integer);
/// 128 bits, as all random names of the API are written.
const HEX: &str = "^[0-9a-f]{32}$";

/// A field of a body.
pub(super) struct Field {
    name: &'static str,
    pub(super) required: bool,
    schema: RefOr<Schema>,
}

/// A field that must be there.
pub(super) fn must(name: &'static str, schema: impl Into<RefOr<Schema>>) -> Field {
    Field { name, required: true, schema: schema.into() }
}

/// A field that may be left out.
pub(super) fn may(name: &'static str, schema: impl Into<RefOr<Schema>>) -> Field {
    Field { name, required: false, schema: schema.into() }
}

/// A body of these fields. Others are passed over.
pub(super) fn object(fields: Vec<Field>) -> Schema {
    let mut object = ObjectBuilder::new();
    for Field { name, required, schema } in fields {
        object = object.property(name, schema);
        if required {
            object = object.required(name);
        }
    }
    object.build().into()
}

/// A text of at least and at most so many characters.
pub(super) fn text(least: Option<usize>, most: Option<usize>) -> Schema {
    ObjectBuilder::new().schema_type(STRING).min_length(least).max_length(most).build().into()
}

/// What is read in some cases only, and passed over in others.
pub(super) fn anything(says: &str) -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some(says)).build().into()
}

/// The same, or null.
pub(super) fn text_or_null(most: usize) -> Schema {
    let both = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(both).min_length(Some(1)).max_length(Some(most)).build().into()
}

/// An e-mail address.
pub(super) fn email(most: usize) -> Schema {
    let format = SchemaFormat::KnownFormat(KnownFormat::Email);
    ObjectBuilder::new().schema_type(STRING).format(Some(format)).max_length(Some(most)).build().into()
}

/// One of these words.
pub(super) fn word(words: &'static [&'static str]) -> Schema {
    ObjectBuilder::new().schema_type(STRING).enum_values(Some(words.iter().copied())).build().into()
}

/// 32 lowercase hexadecimal digits.
pub(super) fn hex() -> Schema {
    ObjectBuilder::new().schema_type(STRING).pattern(Some(HEX)).build().into()
}

/// Yes or no.
pub(super) fn truth() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).build().into()
}

/// A whole number from here to there.
pub(super) fn number(from: i64, to: i64) -> Schema {
    ObjectBuilder::new().schema_type(INTEGER).minimum(Some(from)).maximum(Some(to)).build().into()
}

/// The same, or null.
pub(super) fn number_or_null(from: i64, to: i64) -> Schema {
    let both = SchemaType::from_iter([Type::Integer, Type::Null]);
    ObjectBuilder::new().schema_type(both).minimum(Some(from)).maximum(Some(to)).build().into()
}

/// A place in a log.
pub(super) fn seq(from: i64) -> Schema {
    number(from, Seq::MAX)
}

/// How many items; more than `max` count as that many.
pub(super) fn limit(max: u32) -> Schema {
    capped(1, max)
}

/// A whole number from here on; more than `max` counts as that.
pub(super) fn capped(from: u32, max: u32) -> Schema {
    let says = format!("More than {max} counts as {max}.");
    ObjectBuilder::new().schema_type(INTEGER).minimum(Some(from)).description(Some(says)).build().into()
}

/// A list of texts.
pub(super) fn texts() -> Schema {
    ArrayBuilder::new().items(RefOr::T(text(Some(1), None))).build().into()
}

/// What stands in a path under this name.
pub(super) fn of_path(name: &str, path: &str) -> Parameter {
    let schema = match name {
        "uri" | "code" => hex(),
        "id" if path.contains("sessions/") => hex(),
        "id" => number(0, UserId::MAX),
        "seq" => seq(1),
        _ => text(Some(1), None),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}
