//! Others on the same servers.

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;
use parlor_domain::ports::Notifier as _;
use parlor_nats::NatsOptions;
use parlor_testkit::bus::samples::{announcement, chat, fresh_session, life, of_chat, text};

use crate::node::{Node, options};
use crate::server::NatsServer;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_for_its_subject_is_dropped_and_counted() {
    let server = NatsServer::start();
    let [one, two] = [Node::connected(&server.url()).await, Node::connected(&server.url()).await];
    let stranger =
        Node::connected_with(NatsOptions { secret: b"another secret".to_vec(), ..options(&server.url()) }).await;
    two.follow(&life(), &[of_chat(1), of_chat(2)]).await;
    let plain = async_nats::connect(server.url()).await.unwrap();
    let mut overheard = listen(&plain, "parlor.*.chat.*", "parlor.nobody.chat.none").await;

    one.nats.announce(announcement(chat(1), 1, vec![text("genuine")]));
    let genuine = overheard.next().await.unwrap();
    let elsewhere = format!("parlor.{}.chat.{}", life(), chat(2));
    let mut changed = genuine.payload.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let forgeries = [
        (elsewhere.clone(), genuine.payload.clone()),
        (genuine.subject.to_string(), changed.into()),
        (genuine.subject.to_string(), genuine.payload.slice(..10)),
        (elsewhere, Bytes::new()),
        ("parlor.sessions".to_owned(), genuine.payload.clone()),
        ("parlor.of.presence".to_owned(), Bytes::from_static(b"\x01hello")),
        ("parlor.not a life.crowd".replace(' ', "_"), genuine.payload.clone()),
    ];
    let count = u64::try_from(forgeries.len()).unwrap() + 2;
    for (subject, payload) in forgeries {
        plain.publish(subject, payload).await.unwrap();
    }
    stranger.nats.announce(announcement(chat(1), 2, vec![text("forged")]));
    stranger.nats.sessions_ended(vec![fresh_session()]);

    two.until_counted(|counters| counters.rejected >= count).await;
    one.nats.announce(announcement(chat(1), 2, vec![text("genuine too")]));
    let heard = two.listener.until("two events", |heard| heard.announced.len() >= 2).await;
    let genuine = ["genuine", "genuine too"].map(text);
    assert_eq!(
        heard.announced,
        [announcement(chat(1), 1, genuine[..1].to_vec()), announcement(chat(1), 2, genuine[1..].to_vec())]
    );
    assert_eq!((heard.ended.len(), heard.signals.len()), (0, 0));
    assert_eq!(two.nats.counters().rejected, count);
}

/// The server then does not answer that nobody listens, which is what a node takes for its confirmation.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_listens_to_everything_keeps_no_node_from_following() {
    let server = NatsServer::start();
    let plain = async_nats::connect(server.url()).await.unwrap();
    let mut everything = listen(&plain, ">", "hello").await;
    let [one, two] = [Node::connected(&server.url()).await, Node::connected(&server.url()).await];
    two.follow(&life(), &[of_chat(1)]).await;
    one.nats.announce(announcement(chat(1), 1, vec![text("a")]));
    two.listener.until("the event", |heard| !heard.announced.is_empty()).await;
    assert!(everything.next().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_the_url_are_used() {
    let by_password = NatsServer::start_with(&["--user", "ann", "--pass", "p@ss/word"]);
    let by_token = NatsServer::start_with(&["--auth", "a:token"]);
    for url in [
        format!("nats://ann:p%40ss%2Fword@{}", by_password.address()),
        format!("nats://a%3Atoken@{}", by_token.address()),
    ] {
        Node::connected(&url).await;
    }
    let refused = Node::start(&by_password.url());
    let accepted = Node::connected(&format!("nats://ann:p%40ss%2Fword@{}", by_password.address())).await;
    assert!(accepted.nats.is_connected() && !refused.nats.is_connected());
}

/// Subscribes, and waits until the server has noticed: until what the client says on `hello` has come back to it.
async fn listen(client: &Client, subject: &'static str, hello: &'static str) -> Subscriber {
    let mut subscriber = client.subscribe(subject).await.expect("a good subject");
    client.publish(hello, Bytes::new()).await.expect("a good subject");
    let echo = subscriber.next().await.expect("the connection lives");
    assert_eq!(echo.subject.as_str(), hello);
    subscriber
}
