//! Parlor's repositories on SQLite and PostgreSQL, by diesel.
//!
//! Here live the tables, the SQL, the database's own threads, and the group commit of messages. What may be stored is
//! decided by the domain; who is told of it, by the [`Notifier`](parlor_domain::ports::Notifier) that a store is given.
//!
//! ```
//! use std::sync::Arc;
//!
//! use parlor_domain::ports::Readiness;
//! use parlor_store::{Database, DieselStore, StoreOptions};
//! use parlor_testkit::{RecordingNotifier, StoppedClock};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let database = Database::Sqlite(folder.path().join("parlor.db"));
//! let (notifier, clock) = (Arc::new(RecordingNotifier::default()), Arc::new(StoppedClock::default()));
//! let store = DieselStore::open(&database, StoreOptions::default(), notifier, clock)?;
//! store.check().await?;
//! store.close();
//! # Ok(())
//! # }
//! ```

mod admin;
mod append;
mod blocks;
mod chats;
mod connection;
mod database;
mod erasure;
mod error;
mod events;
mod export;
mod failure;
mod live;
mod messages;
mod migrations;
mod profile;
mod registration;
mod rows;
mod schema;
mod search;
mod sessions;
mod statement;
mod store;
mod times;
mod users;
mod work;

pub use database::{Database, StoreOptions};
pub use error::OpenError;
pub use migrations::migrate;
pub use store::DieselStore;
