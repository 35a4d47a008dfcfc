//! Several nodes on one PostgreSQL, with NATS and without.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::harness::{Database, Live, OwnNats, Person, Server, Storage, seq_of};

async fn nodes(nats: Option<&OwnNats>) -> (Storage, Server, Server) {
    let storage = Storage::new(Database::Postgres);
    let url = nats.map(OwnNats::url).unwrap_or_default();
    let environment: &[(&str, &str)] = if nats.is_some() { &[("PARLOR_NATS_URL", &url)] } else { &[] };
    let one = Server::start_with(&storage, environment).await;
    let two = Server::start_with(&storage, environment).await;
    (storage, one, two)
}

#[tokio::test]
async fn a_message_reaches_the_other_node_over_the_bus() {
    let nats = OwnNats::start();
    let (_storage, one, two) = nodes(Some(&nats)).await;
    everything_reaches_the_other_node(&one, &two).await;
}

#[tokio::test]
async fn without_a_bus_nodes_converge_all_the_same() {
    let (_storage, one, two) = nodes(None).await;
    everything_reaches_the_other_node(&one, &two).await;
}

async fn everything_reaches_the_other_node(one: &Server, two: &Server) {
    let (mabel, nina) = (Person::new(one, "mabel").await, Person::new(two, "nina").await);
    let mut live = Live::of(two, &nina).await;
    // A chat that her node never saw.
    let uri = mabel.direct(&nina).await.uri;
    for n in 0..20 {
        mabel.says(&uri, &format!("message {n}")).await;
    }
    for seq in 1..=21 {
        assert_eq!(seq_of(&live.next_event().await), seq);
    }
    let group = mabel.group(&[&nina]).await.uri;
    assert_eq!(live.next_event().await["kind"], "chat.created");
    mabel.remove_member(&group, nina.id).await.expect_status(204);
    mabel.says(&group, "without her").await;
    assert_eq!(live.next_event().await["kind"], "member.removed");
    mabel.join(&group, json!({"username": nina.username})).await.ok();
    let added = live.next_event().await;
    assert_eq!((added["kind"].as_str(), seq_of(&added)), (Some("member.added"), 4));
    // Her session ends on the other node.
    nina.on(one).logout().await.expect_status(204);
    assert_eq!(live.closed().await.0, 4403);
}

#[tokio::test]
async fn a_block_made_on_one_node_is_kept_by_the_other() {
    let nats = OwnNats::start();
    let (_storage, one, two) = nodes(Some(&nats)).await;
    let (mabel, nina) = (Person::new(&one, "mabel").await, Person::new(&two, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let group = mabel.group(&[&nina]).await.uri;
    mabel.block(nina.id).await.expect_status(204);
    nina.send(&uri, json!({"message": "hello?"})).await.problem(403, "blocked");
    nina.open_chat(json!({"username": mabel.username})).await.problem(403, "blocked");
    let (mut types, mut sees) = (Live::of(&one, &mabel).await, Live::of(&two, &nina).await);
    types.ask_ok(json!({"type": "typing", "chat": &*group, "on": true})).await;
    mabel.mark_read(&group, 1).await.ok();
    mabel.says(&group, "for all").await;
    // The bus keeps the order: what came before the event would be seen before it.
    assert_eq!(sees.next().await["type"], "event");
    sees.is_quiet().await;
}

#[tokio::test]
async fn a_dead_bus_delays_no_send_and_loses_nothing() {
    let mut nats = OwnNats::absent();
    let (_storage, one, two) = nodes(Some(&nats)).await;
    let (mabel, nina) = (Person::new(&one, "mabel").await, Person::new(&two, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    let (mut here, mut there) = (Live::of(&one, &mabel).await, Live::of(&two, &nina).await);
    assert_eq!(one.client().readyz().await.status, 200, "a node without its bus still serves");
    assert!(one.client().readyz().await.text.contains("degraded"));
    let mut seq = 1;
    let mut says = async |what: &str| {
        seq += 1;
        assert_eq!(mabel.says(&uri, what).await, seq);
        assert_eq!(seq_of(&here.next_event().await), seq);
        assert_eq!(seq_of(&there.next_event().await), seq);
    };
    says("absent at start").await;
    nats.run();
    until_ready(&one).await;
    until_ready(&two).await;
    says("it came").await;
    nats.freeze();
    says("it stands still").await;
    nats.thaw();
    says("it goes on").await;
    nats.kill();
    says("it was killed").await;
    nats.run();
    until_ready(&one).await;
    says("it is back").await;
}

/// Waits until the node says that nothing is amiss.
async fn until_ready(server: &Server) {
    let end = Instant::now() + Duration::from_secs(60);
    while server.client().readyz().await.text.contains("degraded") {
        assert!(Instant::now() < end, "the bus is there, and the node does not find it");
        sleep(Duration::from_millis(50)).await;
    }
}
