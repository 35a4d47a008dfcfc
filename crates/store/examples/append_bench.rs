//! How many messages a second a store makes durable.
//!
//! ```text
//! cargo run --release -p parlor-store --example append_bench -- <database> [senders] [chats] [seconds] [messages]
//! ```
//!
//! The database is a `postgres://` URL of an empty database, or the path of a SQLite file; both keep what is written.
//! Each sender waits for the answer to one message before it sends the next. `messages` are put into each chat before
//! the measuring begins, and then pages are read too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parlor_domain::account::{Device, NewSession, NewUser};
use parlor_domain::chat_session::{NewChat, NewChatKind};
use parlor_domain::message::{DedupKey, NewMessage};
use parlor_domain::ports::{ChatRepository, Clock, MessageRepository, Notifier, UserRepository};
use parlor_domain::{
    Announcement, ChatUri, Email, MessageBody, PasswordHash, Seq, SeqRange, SessionId, TokenId, UserId, Username,
};
use parlor_store::{Database, DieselStore, StoreOptions};
use parlor_testkit::RunningClock;
use time::OffsetDateTime;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct Nobody;

impl Notifier for Nobody {
    fn announce(&self, _: Announcement) {}

    fn sessions_ended(&self, _: Vec<SessionId>) {}
}

/// Numbers that no two calls share, and no two runs by much chance.
struct Numbers {
    base: u128,
    next: AtomicU64,
}

impl Numbers {
    fn bytes(&self) -> [u8; 16] {
        (self.base ^ u128::from(self.next.fetch_add(1, Ordering::Relaxed))).to_be_bytes()
    }
}

async fn sign_up(store: &DieselStore, numbers: &Numbers, at: OffsetDateTime) -> Result<UserId> {
    let name = format!("u{:x}", u128::from_be_bytes(numbers.bytes()));
    let user = NewUser {
        email: Email::new(&format!("{name}@example.com"))?,
        username: Username::new(&name)?,
        password: PasswordHash::new("none".into()),
        created_at: at,
    };
    let session = NewSession {
        id: SessionId::from_bytes(numbers.bytes()),
        device: Device::default(),
        created_at: at,
        token: TokenId::from_bytes(numbers.bytes()),
        issued_at: at,
        expires_at: at,
    };
    let user = UserRepository::create(store, user, session).await?;
    Ok(user.map_err(|_| "the name is taken")?.id)
}

fn message(chat: ChatUri, author: UserId, numbers: &Numbers, at: OffsetDateTime) -> Result<NewMessage> {
    let key = DedupKey::Random(numbers.bytes());
    Ok(NewMessage { chat, author, body: MessageBody::new("x".repeat(100))?, key, reply_to: None, at })
}

/// Sends until `end`; how long each message took.
async fn send(
    store: DieselStore,
    numbers: Arc<Numbers>,
    chat: ChatUri,
    author: UserId,
    end: Instant,
) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    while Instant::now() < end {
        let message = message(chat, author, &numbers, RunningClock::default().now())?;
        let start = Instant::now();
        store.append(message).await?.map_err(|refused| refused.to_string())?;
        took.push(start.elapsed());
    }
    Ok(took)
}

fn percentile(sorted: &[Duration], share: usize) -> Duration {
    sorted.get(sorted.len() * share / 100).copied().unwrap_or_default()
}

/// How long a page of 50 takes at both ends of a chat.
async fn read_pages(store: &DieselStore, chat: ChatUri, reader: UserId) -> Result<()> {
    const TIMES: u32 = 2000;
    let newest = SeqRange::newest(50);
    for (what, range) in [("newest", newest), ("oldest", SeqRange { before: Some(Seq::new(52)?), ..newest })] {
        let start = Instant::now();
        for _ in 0..TIMES {
            MessageRepository::list(store, chat, reader, range).await?;
        }
        println!("the {what} page of 50: {:?}", start.elapsed() / TIMES);
    }
    Ok(())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: u64| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let place = arguments.first().ok_or("which database?")?;
    let (senders, chats, seconds, messages) = (number(1, 64)?, number(2, 64)?, number(3, 5)?, number(4, 0)?);
    let is_postgres = place.starts_with("postgres");
    let database = if is_postgres { Database::Postgres(place.clone()) } else { Database::Sqlite(place.into()) };
    let clock = Arc::new(RunningClock::default());
    let at = clock.now();
    let store = DieselStore::open(&database, StoreOptions::default(), Arc::new(Nobody), clock)?;
    // The address of a fresh allocation differs from run to run.
    let base = u128::from(std::process::id()) << 96 | (std::ptr::from_ref(&store).addr() as u128) << 32;
    let numbers = Arc::new(Numbers { base, next: AtomicU64::new(0) });

    let mut rooms = Vec::new();
    for _ in 0..chats {
        let (creator, uri) = (sign_up(&store, &numbers, at).await?, ChatUri::from_bytes(numbers.bytes()));
        let kind = NewChatKind::Group { title: None, joinable: true, members: Vec::new() };
        ChatRepository::create(&store, NewChat { uri, creator, kind, at }).await?;
        let mut filling = Vec::new();
        for _ in 0..messages {
            let (store, message) = (store.clone(), message(uri, creator, &numbers, at)?);
            filling.push(tokio::spawn(async move { store.append(message).await }));
            if filling.len() == 1000 {
                for task in filling.drain(..) {
                    task.await??.map_err(|refused| refused.to_string())?;
                }
            }
        }
        for task in filling {
            task.await??.map_err(|refused| refused.to_string())?;
        }
        rooms.push((uri, creator));
    }

    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..senders)
        .map(|sender| {
            let (chat, author) = rooms[usize::try_from(sender % chats).unwrap_or(0)];
            tokio::spawn(send(store.clone(), numbers.clone(), chat, author, end))
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let elapsed = start.elapsed();
    took.sort_unstable();
    let rate = u128::try_from(took.len())? * 1000 / elapsed.as_millis().max(1);
    println!(
        "{senders} senders, {chats} chats: {rate} messages/s, p50 {:?}, p99 {:?}",
        percentile(&took, 50),
        percentile(&took, 99)
    );

    if messages > 0 {
        let (chat, reader) = rooms[0];
        read_pages(&store, chat, reader).await?;
    }
    tokio::task::block_in_place(|| store.close());
    Ok(())
}
