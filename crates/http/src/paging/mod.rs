//! Lists in pages: query parameters, opaque cursors and `Link`.

mod cursor;
mod link;
mod query;

pub(crate) use cursor::Cursor;
pub(crate) use link::Links;
pub(crate) use query::{Limits, Query, whole_number};
