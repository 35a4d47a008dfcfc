//! A strict reader of JSON objects: what serde alone would let pass is refused here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep objects and arrays may lie in one another; the outermost counts.
pub(super) const MAX_DEPTH: usize = 32;
/// Up to how many keys a search for duplicates by comparing each with each is quicker than a set.
const FEW_KEYS: usize = 16;

/// A JSON value, as far as bodies and frames need it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is no whole number below 2^63.
    Number,
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Fields<'a>),
}

/// The fields of an object, each key once.
pub(super) type Fields<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Reads one JSON object and nothing beside it: UTF-8 throughout, no key twice in any object, at most [`MAX_DEPTH`] deep.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn read_object(bytes: &[u8]) -> Result<Fields<'_>, String> {
    // First of all: serde_json does not look at the bytes of strings that it skips.
    let text = std::str::from_utf8(bytes).map_err(|_| "The body is not UTF-8.".to_owned())?;
    let mut source = serde_json::Deserializer::from_str(text);
    let fields = source.deserialize_any(ObjectVisitor { depth: 1 }).map_err(|error| malformed(&error))?;
    source.end().map_err(|error| malformed(&error))?;
    Ok(fields)
}

fn malformed(error: &serde_json::Error) -> String {
    format!("The body is not one JSON object: {error}.")
}

/// Reads an object, with its fields.
struct ObjectVisitor {
    depth: usize,
}

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Fields<'de> = Vec::with_capacity(4);
        let mut keys: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = map.next_key_seed(Text)? {
            let known = if fields.len() < FEW_KEYS {
                fields.iter().any(|(known, _)| *known == key)
            } else {
                if keys.is_empty() {
                    keys.extend(fields.iter().map(|(known, _)| known.clone()));
                }
                !keys.insert(key.clone())
            };
            if known {
                return Err(A::Error::custom("the same key comes twice"));
            }
            fields.push((key, map.next_value_seed(Value { depth: self.depth })?));
        }
        Ok(fields)
    }
}

/// Reads any value that lies `depth` deep.
#[derive(Clone, Copy)]
struct Value {
    depth: usize,
}

impl Value {
    fn deeper<E: Error>(self) -> Result<usize, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format_args!("more than {MAX_DEPTH} levels")));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let depth = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Value { depth })? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Json<'de>, A::Error> {
        let depth = self.deeper()?;
        ObjectVisitor { depth }.visit_map(map).map(Json::Object)
    }
}

/// Reads a string, borrowed where it holds no escape.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
