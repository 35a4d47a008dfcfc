//! A conversation over the domain alone: no server, no database. Whoever embeds it wires their own ports likewise.
//!
//! `cargo run -p parlor-domain --example embed`

use std::error::Error;
use std::sync::Arc;

use parlor_domain::account::{AccountPorts, Device, Signup, TokenLifetimes};
use parlor_domain::chat_session::{ChatLimits, OpenChat};
use parlor_domain::message::Draft;
use parlor_domain::{Accounts, ChatSessions, Email, MessageBody, Messaging, Password, SeqRange, User, Username};
use parlor_testkit::{MemoryStore, PlainHasher, PlainTokens, RecordingNotifier, SeededEntropy, StoppedClock};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", converse().await?);
    Ok(())
}

pub(crate) async fn converse() -> Result<String, Box<dyn Error>> {
    // The ports: one store for everything that is kept, and what the outside world gives.
    let (clock, entropy) = (Arc::<StoppedClock>::default(), Arc::<SeededEntropy>::default());
    let store = Arc::new(MemoryStore::new(Arc::<RecordingNotifier>::default(), clock.clone()));
    let (users, sessions, hasher) = (store.clone(), store.clone(), Arc::<PlainHasher>::default());
    let (tokens, time, random) = (Arc::new(PlainTokens), clock.clone(), entropy.clone());
    let ports = AccountPorts { users, sessions, hasher, tokens, clock: time, entropy: random };

    // The services over them.
    let accounts = Accounts::new(ports, TokenLifetimes::default());
    let limits = ChatLimits::default();
    let chats = ChatSessions::new(store.clone(), store.clone(), clock.clone(), entropy.clone(), limits);
    let messaging = Messaging::new(store, clock, entropy);

    let (mabel, stanley) = (sign_up(&accounts, "mabel").await?, sign_up(&accounts, "stanley").await?);
    let wish = OpenChat { username: Some("stanley".to_owned()), ..OpenChat::default() };
    let (opened, _) = chats.open(mabel.id, wish).await?;
    for (author, text) in [(mabel.id, "Is this thing on?"), (stanley.id, "Loud and clear."), (mabel.id, "👋")] {
        let draft = Draft { body: MessageBody::new(text)?, client_id: None, reply_to: None };
        messaging.send(author, opened.chat.uri, draft).await?;
    }

    let history = messaging.list(stanley.id, opened.chat.uri, SeqRange::newest(50)).await?.ok_or("not a member")?;
    let lines = history.items.iter().map(|m| format!("{} {}: {}\n", m.seq, m.author.username.as_str(), m.body));
    Ok(lines.collect())
}

async fn sign_up(accounts: &Accounts, name: &str) -> Result<User, Box<dyn Error>> {
    let email = Email::new(&format!("{name}@example.com"))?;
    let (username, password) = (Username::new(name)?, Password::new("correct horse".to_owned())?);
    let signed_in = accounts.sign_up(Signup { email, username, password }, Device::default()).await?;
    Ok(signed_in.user)
}
