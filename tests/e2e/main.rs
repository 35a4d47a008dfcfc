//! Black-box tests: the built binary, asked over HTTP as anybody could, on both databases.
//!
//! `make test` runs them beside a PostgreSQL of their own; see `harness` for what they stand on. Each test starts the
//! server that it needs, on a free port and with data of its own, or shares one with those that do not disturb it.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod accounts;
mod bad_input;
mod chats;
mod clients;
mod failures;
mod harness;
mod live;
mod messages;
mod operation;
mod protocol;
mod web;
