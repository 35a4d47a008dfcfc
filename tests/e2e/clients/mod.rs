//! The clients that come with the server, against the server that they are for.

mod rust;
mod rust_calls;
mod rust_tokens;
