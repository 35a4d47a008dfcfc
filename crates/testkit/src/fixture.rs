//! What a contract case gets to work with.

use std::any::Any;
use std::sync::Arc;

use parlor_domain::ports::{
    AdminRepository, BlockRepository, ChatRepository, ErasureRepository, ExportRepository, LiveRepository,
    MessageRepository, RegistrationRepository, SearchRepository, SessionRepository, UserRepository,
};

use crate::RecordingNotifier;

/// One store, seen through each of the repository ports.
#[derive(Clone)]
pub struct Repositories {
    /// Its accounts.
    pub users: Arc<dyn UserRepository>,
    /// What its operator does.
    pub admin: Arc<dyn AdminRepository>,
    /// Its codes that let people sign up.
    pub registration: Arc<dyn RegistrationRepository>,
    /// Its way to erase accounts.
    pub erasures: Arc<dyn ErasureRepository>,
    /// Its login sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// Its chats.
    pub chats: Arc<dyn ChatRepository>,
    /// Who has blocked whom.
    pub blocks: Arc<dyn BlockRepository>,
    /// Its messages.
    pub messages: Arc<dyn MessageRepository>,
    /// Its way to read all that is stored of somebody.
    pub exports: Arc<dyn ExportRepository>,
    /// Its search.
    pub searches: Arc<dyn SearchRepository>,
    /// What live delivery reads of it.
    pub live: Arc<dyn LiveRepository>,
}

impl Repositories {
    /// The store that implements them all.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: UserRepository
            + AdminRepository
            + RegistrationRepository
            + ErasureRepository
            + SessionRepository
            + BlockRepository
            + ChatRepository
            + MessageRepository
            + ExportRepository
            + SearchRepository
            + LiveRepository,
    {
        Self {
            users: store.clone(),
            admin: store.clone(),
            registration: store.clone(),
            erasures: store.clone(),
            sessions: store.clone(),
            chats: store.clone(),
            blocks: store.clone(),
            messages: store.clone(),
            exports: store.clone(),
            searches: store.clone(),
            live: store,
        }
    }
}

/// An empty database and two stores over it, for one contract case.
pub struct StoreFixture {
    /// The store that the case is about.
    pub store: Repositories,
    /// What `store` announced.
    pub announced: Arc<RecordingNotifier>,
    /// A second store over the same data, with connections and a writer of its own, as another node would have.
    pub peer: Repositories,
    /// What `peer` announced.
    pub peer_announced: Arc<RecordingNotifier>,
    /// Cuts all connections of `store` to its database, whatever they are doing; nothing, where there are none to cut.
    pub cut_connections: Box<dyn Fn() + Send + Sync>,
    /// Removes the database when dropped.
    pub cleanup: Box<dyn Any + Send + Sync>,
}
