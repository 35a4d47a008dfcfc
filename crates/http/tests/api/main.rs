//! The API over real sockets and in-memory services.

mod bodies;
mod chats;
mod cors;
mod edge;
mod lists;
mod matrix;
mod messages;
mod support;
mod users;
