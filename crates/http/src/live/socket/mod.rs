//! WebSockets (RFC 6455): the handshake, and the body of its answer, which is the connection.

mod body;
mod client;
mod handshake;
mod reader;
mod writer;

pub(crate) use body::{LiveSocket, closing};
pub(crate) use handshake::{Handshake, SUBPROTOCOL};
