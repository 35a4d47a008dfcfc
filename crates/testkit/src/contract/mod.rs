//! The contract of the repository ports: one case for each promise, and hard ones.
//!
//! An adapter runs them all by [`store_contract!`](crate::store_contract), each over an empty database of its own.

mod cases;
mod steps;

pub mod admin;
pub mod announcements;
pub mod blocks;
pub mod changes;
pub mod chat_list;
pub mod chats;
pub mod connection;
pub mod deletion;
pub mod departures;
pub mod directory;
pub mod erasure;
pub mod export;
pub mod idempotency;
pub mod invites;
pub mod live;
pub mod log;
pub mod members;
pub mod messages;
pub mod own_sessions;
pub mod paging;
pub mod profiles;
pub mod races;
pub mod reactions;
pub mod reading;
pub mod recount;
pub mod registration;
pub mod roles;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod users;

/// For how long a case may run before it counts as stuck; no case needs a tenth of it.
const STUCK: std::time::Duration = std::time::Duration::from_secs(300);

/// Runs a case, and fails it where it would otherwise hang for ever.
pub async fn within_time(case: impl Future<Output = ()>) {
    tokio::time::timeout(STUCK, case).await.expect("the case comes to its end");
}
