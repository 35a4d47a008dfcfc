//! What is wrong with which field.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

type Message = Cow<'static, str>;

/// The wrong fields of one input, each with what is wrong with it, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<(&'static str, Vec<Message>)>);

impl FieldErrors {
    pub(crate) fn add(&mut self, field: &'static str, message: impl Into<Message>) {
        match self.0.iter_mut().find(|(name, _)| *name == field) {
            Some((_, messages)) => messages.push(message.into()),
            None => self.0.push((field, vec![message.into()])),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of them, for a person.
    pub(super) fn summary(&self) -> String {
        match self.0.first() {
            Some((field, messages)) => format!("{field}: {}", messages[0]),
            None => "The input is not valid.".to_owned(),
        }
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, messages)| (field, messages)))
    }
}
