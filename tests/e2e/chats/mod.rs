//! Direct chats and groups: opening, joining, inviting, adding, leaving, settings, roles, deleting, and the list of one's chats.

mod deleting;
mod direct;
mod invites;
mod joining;
mod leaving;
mod list;
mod members;
mod opening;
mod picked_uri;
mod roles;
mod settings;
