//! `parlor-client` and the life of tokens.

use std::sync::Arc;

use parlor_client::{End, InMemory, Live, Parlor, Place, Status, TokenStore, Tokens, Update};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::harness::{Database, PATIENCE, Person, Server, Storage, quick, shared};

/// Tells when it was saved to.
#[derive(Clone, Default)]
struct Watched(Arc<(InMemory, Notify)>);

impl TokenStore for Watched {
    fn load(&self) -> Option<Tokens> {
        self.0.0.load()
    }

    fn save(&self, tokens: Option<&Tokens>) {
        self.0.0.save(tokens);
        self.0.1.notify_one();
    }
}

fn client(server: &Server, tokens: Tokens) -> Parlor {
    Parlor::with_options(&format!("http://{}", server.address()), quick().tokens(tokens)).unwrap()
}

fn worthless(person: &Person) -> Tokens {
    Tokens { access: "worthless".to_owned(), refresh: person.refresh.clone() }
}

async fn next(live: &mut Live) -> Update {
    timeout(PATIENCE, live.next()).await.expect("an update").expect("it goes on")
}

#[tokio::test]
async fn calls_renew_a_token_that_is_refused_and_share_the_new_one() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let parlor = client(&server, worthless(&mabel));
    let (one, two, three) = tokio::join!(parlor.me(), parlor.chats(None), parlor.sessions(None));
    assert_eq!((one.unwrap().id, two.unwrap().len(), three.unwrap().len()), (mabel.id, 0, 1));
    assert_ne!(parlor.tokens(), Some(worthless(&mabel)));
    parlor.me().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_refused_at_the_door_is_renewed() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let parlor = client(&server, worthless(&mabel));
    let mut live = parlor.follow(Place::default());
    while !matches!(next(&mut live).await, Update::Ready(_)) {}
    assert_ne!(parlor.tokens(), Some(worthless(&mabel)));
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_replaced_over_the_same_connection() {
    let storage = Storage::new(Database::Sqlite);
    // So short that the server says so at once.
    let server = Server::start_with(&storage, &[("PARLOR_ACCESS_TOKEN_MINUTES", "1")]).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let store = Watched::default();
    store.save(Some(&Tokens { access: mabel.access.clone(), refresh: mabel.refresh.clone() }));
    timeout(PATIENCE, store.0.1.notified()).await.unwrap();
    let options = quick().token_store(store.clone());
    let parlor = Parlor::with_options(&format!("http://{}", server.address()), options).unwrap();
    let mut live = parlor.follow(Place::default());
    timeout(PATIENCE, store.0.1.notified()).await.expect("new tokens");
    assert_ne!(parlor.tokens().unwrap().access, mabel.access);
    let seq = timeout(PATIENCE, live.sender().send(uri.parse().unwrap(), "hello")).await.unwrap().unwrap().seq;
    let mut connections = 0;
    loop {
        match next(&mut live).await {
            Update::Event(event) => break assert_eq!(event.seq, seq),
            Update::Ready(_) => connections += 1,
            _ => {}
        }
    }
    assert_eq!(connections, 1);
}

#[tokio::test]
async fn the_end_of_the_session_ends_following_and_takes_the_tokens_with_it() {
    let server = shared(Database::Sqlite).await;
    let mabel = Person::new(&server, "mabel").await;
    let parlor = client(&server, Tokens { access: mabel.access.clone(), refresh: mabel.refresh.clone() });
    let mut live = parlor.follow(Place::default());
    while !matches!(next(&mut live).await, Update::Ready(_)) {}
    mabel.logout().await.expect_status(204);
    while next(&mut live).await != Update::Status(Status::Ended(End::SignedOut)) {}
    assert_eq!(timeout(PATIENCE, live.next()).await.unwrap(), None);
    assert_eq!(parlor.tokens(), None);
    assert!(parlor.me().await.unwrap_err().is_code("not_authenticated"));
}
