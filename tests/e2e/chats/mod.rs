//! Direct chats and groups: opening, joining, adding, leaving, settings, roles, deleting, and the list of one's chats.

mod deleting;
mod direct;
mod joining;
mod leaving;
mod list;
mod members;
mod opening;
mod picked_uri;
mod roles;
mod settings;
