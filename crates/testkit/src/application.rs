//! The whole domain, ready to use.

use std::sync::Arc;

use parlor_domain::account::{
    AccountPorts, Administration, AdministrationPorts, Device, RegistrationMode, SignedIn, Signup, TokenLifetimes,
};
use parlor_domain::chat_session::ChatLimits;
use parlor_domain::ports::Notifier;
use parlor_domain::{
    Accounts, Blocking, ChatSessions, Email, Erasure, Exports, Messaging, Password, Registration, Search, Username,
};

use crate::{MemoryStore, PlainHasher, PlainTokens, RecordingNotifier, SeededEntropy, StoppedClock};

/// The services over one store in memory, with a stopped clock and without true randomness.
///
/// Each is new and empty; the same calls on two of them give the same numbers, uris and tokens.
#[derive(Clone)]
pub struct Application {
    /// Signing up, in and out.
    pub accounts: Accounts,
    /// The way in to them, open to everybody.
    pub registration: Registration,
    /// What the operator does.
    pub administration: Administration,
    /// The end of accounts.
    pub erasure: Erasure,
    /// Chats and their members.
    pub chats: ChatSessions,
    /// Who has blocked whom.
    pub blocking: Blocking,
    /// Messages.
    pub messaging: Messaging,
    /// All that is stored of somebody.
    pub exports: Exports,
    /// Search.
    pub search: Search,
    /// What they keep their data in: every repository port, and readiness.
    pub store: Arc<MemoryStore>,
    /// What time it is for all of them.
    pub clock: Arc<StoppedClock>,
    /// What was announced.
    pub notifier: Arc<RecordingNotifier>,
    /// How passwords are kept.
    pub hasher: Arc<PlainHasher>,
    entropy: Arc<SeededEntropy>,
    lifetimes: TokenLifetimes,
}

impl Application {
    /// The password of everybody whom [`Self::sign_up`] signs up.
    pub const PASSWORD: &str = "correct horse";

    /// A new one, with the domain's own lifetimes and limits.
    pub fn new() -> Self {
        Self::with(TokenLifetimes::default(), ChatLimits::default())
    }

    /// A new one with these lifetimes and limits.
    pub fn with(lifetimes: TokenLifetimes, limits: ChatLimits) -> Self {
        Self::begin(RecordingNotifier::default(), lifetimes, limits)
    }

    /// A new one whose announcements are passed on to `next`, as a server's are to its live delivery.
    pub fn announcing_to(next: Arc<dyn Notifier>) -> Self {
        Self::begin(RecordingNotifier::passing_on(next), TokenLifetimes::default(), ChatLimits::default())
    }

    /// Another node over the same data, with services and a notifier of its own: what happened here it learns from the
    /// store only.
    #[must_use]
    pub fn another_node(&self) -> Self {
        let notifier = Arc::<RecordingNotifier>::default();
        let store = Arc::new(self.store.peer(notifier.clone()));
        let shared = (self.clock.clone(), self.hasher.clone(), self.entropy.clone());
        Self::over(store, notifier, shared, self.lifetimes, self.chats.limits())
    }

    /// Signs up somebody of this name, with `<name>@example.com` and [`Self::PASSWORD`].
    ///
    /// # Panics
    /// If the name is not free, or no name.
    pub async fn sign_up(&self, username: &str) -> SignedIn {
        let signup = Signup {
            email: Email::new(&format!("{username}@example.com")).expect("a name that makes an address"),
            username: Username::new(username).expect("a user name"),
            password: Password::new(Self::PASSWORD.to_owned()).expect("a password"),
        };
        self.accounts.sign_up(signup, Device::default()).await.expect("a free name")
    }

    fn begin(notifier: RecordingNotifier, lifetimes: TokenLifetimes, limits: ChatLimits) -> Self {
        let (notifier, clock) = (Arc::new(notifier), Arc::<StoppedClock>::default());
        let store = Arc::new(MemoryStore::new(notifier.clone(), clock.clone()));
        Self::over(store, notifier, (clock, Arc::default(), Arc::default()), lifetimes, limits)
    }

    fn over(
        store: Arc<MemoryStore>,
        notifier: Arc<RecordingNotifier>,
        (clock, hasher, entropy): (Arc<StoppedClock>, Arc<PlainHasher>, Arc<SeededEntropy>),
        lifetimes: TokenLifetimes,
        limits: ChatLimits,
    ) -> Self {
        let ports = AccountPorts {
            users: store.clone(),
            sessions: store.clone(),
            hasher: hasher.clone(),
            tokens: Arc::new(PlainTokens),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let accounts = Accounts::new(ports, lifetimes);
        let chats = ChatSessions::new(store.clone(), store.clone(), clock.clone(), entropy.clone(), limits);
        Self {
            administration: Administration::new(AdministrationPorts {
                users: store.clone(),
                admin: store.clone(),
                codes: store.clone(),
                hasher: hasher.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
            }),
            registration: Registration::new(accounts.clone(), store.clone(), RegistrationMode::Open),
            erasure: Erasure::new(accounts.clone(), chats.clone(), store.clone()),
            accounts,
            chats,
            blocking: Blocking::new(store.clone()),
            search: Search::new(store.clone()),
            messaging: Messaging::new(store.clone(), clock.clone(), entropy.clone()),
            exports: Exports::new(store.clone(), store.clone(), store.clone()),
            store,
            clock,
            notifier,
            hasher,
            entropy,
            lifetimes,
        }
    }
}

impl Default for Application {
    fn default() -> Self {
        Self::new()
    }
}
