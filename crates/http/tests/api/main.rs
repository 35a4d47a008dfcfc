//! The API over real sockets and in-memory services.

mod bodies;
mod changes;
mod chats;
mod cors;
mod edge;
mod events;
mod lists;
mod live;
mod matrix;
mod messages;
mod search;
mod support;
mod users;
