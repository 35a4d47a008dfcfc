//! Direct chats and groups: opening, joining, adding, leaving, and the list of one's chats.

mod direct;
mod joining;
mod leaving;
mod list;
mod members;
mod opening;
mod picked_uri;
