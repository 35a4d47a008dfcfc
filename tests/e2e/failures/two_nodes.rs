//! Two nodes on one PostgreSQL.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::harness::{Database, Person, SECRET, Server, Storage};

#[tokio::test]
async fn what_one_node_acknowledged_the_other_shows() {
    let (storage, one, two) = two_nodes().await;
    let mabel = Person::new(&one, "mabel").await;
    let nina = Person::new(&two, "nina").await;
    let uri = mabel.on(&two).direct(&nina.on(&one)).await.uri;
    for n in 0..10 {
        let (here, there) = if n % 2 == 0 { (&one, &two) } else { (&two, &one) };
        let seq = mabel.on(here).says(&uri, &format!("message {n}")).await;
        assert_eq!(nina.on(there).message(&uri, seq).await.ok().message, format!("message {n}"));
        let key = json!({"message": "keyed", "client_id": format!("k{n}")});
        let first = mabel.on(here).send(&uri, key.clone()).await.ok();
        let again = mabel.on(there).send(&uri, key).await.ok();
        assert_eq!((again.duplicate, again.seq), (true, first.seq));
    }
    assert_eq!(mabel.on(&one).messages(&uri, "").await.text, mabel.on(&two).messages(&uri, "").await.text);
    // A node that starts later knows what the others did.
    let three = Server::start(&storage).await;
    assert_eq!(mabel.on(&three).messages(&uri, "").await.text, mabel.messages(&uri, "").await.text);
}

#[tokio::test]
async fn a_session_that_ends_on_one_node_ends_on_the_other() {
    let (storage, one, two) = two_nodes().await;
    let mabel = Person::new(&one, "mabel").await;
    let phone = mabel.again(&two).await;
    mabel.on(&two).me().await.ok();
    mabel.logout().await.expect_status(204);
    mabel.me().await.any_problem(401);
    // Its refresh token is worth nothing anywhere, at once: that is asked of the database.
    two.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
    refused_within(&mabel.on(&two), Duration::from_secs(30)).await;
    // A node that starts afterwards knows it from the beginning.
    let three = Server::start(&storage).await;
    mabel.on(&three).me().await.any_problem(401);
    for node in [&one, &two, &three] {
        phone.on(node).me().await.ok();
    }
}

#[tokio::test]
async fn a_reused_refresh_token_ends_the_session_on_every_node() {
    let (_storage, one, two) = two_nodes().await;
    let mabel = Person::new(&one, "mabel").await;
    let second = two.client().refresh(&mabel.refresh).await.ok();
    let third = one.client().refresh(&second.refresh).await.ok();
    two.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
    one.client().refresh(&third.refresh).await.problem(401, "token_not_valid");
    refused_within(&mabel.on(&one), Duration::from_secs(30)).await;
    refused_within(&mabel.on(&two), Duration::from_secs(30)).await;
}

#[tokio::test]
async fn nodes_that_start_at_once_on_an_empty_database_all_come_up() {
    let storage = Storage::new(Database::Postgres);
    let (one, two, three, four) = tokio::join!(
        Server::start(&storage),
        Server::start(&storage),
        Server::start(&storage),
        Server::start(&storage)
    );
    let mabel = Person::new(&one, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for (seq, node) in (2..).zip([&one, &two, &three, &four]) {
        assert_eq!(mabel.on(node).says(&uri, "hello").await, seq);
    }
}

#[tokio::test]
async fn another_secret_makes_other_tokens() {
    let storage = Storage::new(Database::Postgres);
    let one = Server::start(&storage).await;
    let other = Server::start_with(&storage, &[("PARLOR_SECRET", "another secret, and long enough as well")]).await;
    let mabel = Person::new(&one, "mabel").await;
    mabel.on(&other).me().await.problem(401, "token_not_valid");
    let there = mabel.again(&other).await;
    there.on(&one).me().await.problem(401, "token_not_valid");
    assert_eq!(there.me().await.ok().id, mabel.id);
    assert_ne!(SECRET, "another secret, and long enough as well");
}

async fn two_nodes() -> (Storage, Server, Server) {
    let storage = Storage::new(Database::Postgres);
    let (one, two) = (Server::start(&storage).await, Server::start(&storage).await);
    (storage, one, two)
}

/// Asks until the token is refused. The bound only ends a test that fails: how soon it is, is no matter of this test.
async fn refused_within(person: &Person, bound: Duration) {
    let end = Instant::now() + bound;
    while person.me().await.status != 401 {
        assert!(Instant::now() < end, "the token is still taken after {bound:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
