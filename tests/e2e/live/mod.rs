//! Live delivery over WebSocket, server-sent events and long poll, on one node and on many.

mod asyncapi;
mod authentication;
mod browser;
mod chaos;
mod delivery;
mod frames;
mod groups;
mod limits;
mod log;
mod members;
mod nodes;
mod requests;
mod resume;
mod signals;
