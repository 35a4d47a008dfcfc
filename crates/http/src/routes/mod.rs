//! The handlers, by what they are about. Each reads a call into values, calls one service and renders the outcome.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod chats;
pub(crate) mod docs;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod health;
pub(crate) mod invites;
pub(crate) mod live;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod search;
pub(crate) mod users;
pub(crate) mod web;
