//! Searching messages: which words a text has, and what a query asks of them.
//!
//! Words are made here, by one function for texts and queries, so that every store finds alike, whatever its database
//! takes for a word.

mod query;
mod service;
mod words;

pub use query::{SearchQuery, TextMatch};
pub use service::{Found, Hit, Search, SearchCursor, SearchMessages};
pub use words::{Word, words};
