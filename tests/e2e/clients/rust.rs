//! `parlor-client` follows a server that dies, and the example bot over the same.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use parlor_client::{DropReason, Event, EventKind, Live, Parlor, Place, Range, Tokens, Update};
use tokio::time::timeout;

use crate::harness::{
    self, Database, Nodes, PATIENCE, Person, Server, Storage, Uri, client_of, on_both_databases, quick, seqs,
};

#[path = "../../../crates/client/examples/bot.rs"]
#[expect(dead_code, reason = "its main is for people")]
mod bot;

on_both_databases!(
    nothing_is_lost_or_repeated_over_kill_9_however_slowly_it_is_read,
    whoever_was_away_goes_on_from_the_place_that_they_kept,
    a_database_that_begins_anew_is_told,
    the_bot_answers_each_request_once_over_kill_9,
);

const MESSAGES: u64 = 300;

async fn nothing_is_lost_or_repeated_over_kill_9_however_slowly_it_is_read(on: Database) {
    let mut world = World::new(on).await;
    let (mabel, nina) = (Person::new(world.server(), "mabel").await, Person::new(world.server(), "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let chat = uri.parse().unwrap();
    let beginning = || Place::new(None, [(chat, 0)]);
    let mut reader = world.client(&nina).follow(beginning());
    // She reads nothing until all is sent, and has room for little.
    let mut writer = client_of(&world.nodes, 0, quick().queue(8).tokens(tokens(&mabel))).follow(beginning());
    let sender = writer.sender();
    let sending: Vec<_> = (0..MESSAGES).map(|n| sender.send(chat, &format!("message {n}"))).collect();

    let mut events = Vec::new();
    for restart_at in [50, 150] {
        while events.len() < restart_at {
            events.push(next_event(&mut reader).await);
        }
        world.kill_and_restart().await;
    }
    for (n, sent) in (2..).zip(sending) {
        assert_eq!(timeout(PATIENCE, sent).await.expect("it is stored").unwrap().seq, n);
    }
    while events.len() as u64 <= MESSAGES {
        events.push(next_event(&mut reader).await);
    }
    let page = Range { limit: Some(200), ..Range::default() };
    assert_eq!(events[..200], world.client(&mabel).events(chat, page, Duration::ZERO).await.unwrap().events);
    let texts: Vec<_> = events[1..].iter().map(text).collect();
    assert_eq!(texts, (0..MESSAGES).map(|n| format!("message {n}")).collect::<Vec<_>>());
    for event in events {
        assert_eq!(next_event(&mut writer).await, event);
    }
}

async fn whoever_was_away_goes_on_from_the_place_that_they_kept(on: Database) {
    let world = World::new(on).await;
    let (mabel, nina) = (Person::new(world.server(), "mabel").await, Person::new(world.server(), "nina").await);
    let (small, large) = (mabel.group(&[&nina]).await.uri, mabel.group(&[&nina]).await.uri);
    let mut live = world.client(&nina).follow(Place::default());
    is_ready(&mut live).await;
    mabel.says(&small, "one").await;
    assert_eq!(text(&next_event(&mut live).await), "one");
    let kept = serde_json::to_string(live.place()).unwrap();
    drop(live);
    mabel.says(&small, "two").await;
    // More than comes by itself.
    for n in 0..150 {
        mabel.says(&large, &format!("{n}")).await;
    }
    let mut live = world.client(&nina).follow(serde_json::from_str(&kept).unwrap());
    let mut missed = Vec::new();
    while missed.len() < 151 {
        missed.push(next_event(&mut live).await);
    }
    let of = |uri: &Uri| missed.iter().filter(|event| *event.chat.to_string() == **uri).map(text).collect::<Vec<_>>();
    assert_eq!(of(&small), ["two"]);
    assert_eq!(of(&large), (0..150).map(|n| n.to_string()).collect::<Vec<_>>());
}

async fn a_database_that_begins_anew_is_told(on: Database) {
    let mut world = World::new(on).await;
    let mabel = Person::new(world.server(), "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let mut live = world.client(&mabel).follow(Place::default());
    is_ready(&mut live).await;
    let before = live.place().epoch().unwrap().to_owned();
    world.kill();
    world.storage.begin_another_life();
    world.kill_and_restart().await;
    loop {
        match next(&mut live).await {
            Update::Drop { chat, reason, head } => {
                assert_eq!((chat, reason, head), (None, DropReason::Epoch, None));
                break;
            }
            update => assert!(event(update).is_none(), "an event of another life"),
        }
    }
    is_ready(&mut live).await;
    assert_ne!(live.place().epoch(), Some(&*before));
    mabel.on(world.server()).says(&uri, "again").await;
    assert_eq!(text(&next_event(&mut live).await), "again");
}

async fn the_bot_answers_each_request_once_over_kill_9(on: Database) {
    let mut world = World::new(on).await;
    let (mabel, robot) = (Person::new(world.server(), "mabel").await, Person::new(world.server(), "robot").await);
    let chats = [mabel.group(&[&robot]).await.uri, mabel.direct(&robot).await.uri];
    let mut watching = harness::Live::of(world.server(), &mabel).await;
    let running = tokio::spawn(bot::echo(world.client(&robot)));
    let comes = watching.next_of("signal").await;
    assert_eq!((&comes["kind"], &comes["by"]["id"]), (&"presence".into(), &robot.id.into()));

    let mut asked: [Vec<u64>; 2] = Default::default();
    for round in 0..2 {
        for n in 0..20 {
            for (uri, asked) in chats.iter().zip(&mut asked) {
                asked.push(mabel.on(world.server()).says(uri, &format!("!echo {round}/{n}")).await);
            }
        }
        world.kill_and_restart().await;
    }
    let mabel = mabel.on(world.server());
    mabel.says(&chats[0], "!echo !echo oneself").await;
    mabel.says(&chats[0], "no echo").await;
    let last = mabel.says(&chats[0], "!echo the last").await;
    let mut live = world.client(&mabel).follow(Place::new(None, [(chats[0].parse().unwrap(), last)]));
    while text(&next_event(&mut live).await) != "the last" {}
    for (uri, asked) in chats.iter().zip(asked) {
        until_answered(&world, &mabel, uri, *asked.last().unwrap()).await;
        let answers = mabel.messages(uri, "").await.ok();
        let answers: Vec<_> = answers.into_iter().filter(|message| message.user.id == robot.id).collect();
        let answered: Vec<_> = answers.iter().take(asked.len()).map(|message| message.reply_to.unwrap()).collect();
        assert_eq!(answered, asked);
        let rest: Vec<_> = answers[asked.len()..].iter().map(|message| message.message.as_str()).collect();
        assert_eq!(rest, if *uri == chats[0] { vec!["!echo oneself", "the last"] } else { vec![] });
        assert!(seqs(&answers).is_sorted());
    }
    assert!(!running.is_finished());
    running.abort();
}

/// Waits until this message of the chat is answered.
async fn until_answered(world: &World, person: &Person, uri: &Uri, asked: u64) {
    let mut live = world.client(person).follow(Place::new(None, [(uri.parse().unwrap(), asked)]));
    let is_answer =
        |event: &Event| matches!(event.kind, EventKind::MessageCreated { reply_to, .. } if reply_to == Some(asked));
    while !is_answer(&next_event(&mut live).await) {}
}

/// A server that is killed, and where it is now.
struct World {
    storage: Storage,
    server: Option<Server>,
    nodes: Nodes,
}

impl World {
    async fn new(on: Database) -> Self {
        let storage = Storage::new(on);
        let server = Server::start(&storage).await;
        let nodes = Arc::new(Mutex::new(vec![server.address()]));
        Self { storage, server: Some(server), nodes }
    }

    /// Ends the server as a power cut would, and starts another on its data.
    async fn kill_and_restart(&mut self) {
        self.kill();
        self.server = Some(Server::start(&self.storage).await);
        *self.nodes.lock().unwrap() = vec![self.server().address()];
    }

    /// Ends the server as a power cut would.
    fn kill(&mut self) {
        self.server = None;
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    fn client(&self, person: &Person) -> Parlor {
        client_of(&self.nodes, 0, quick().tokens(tokens(person)))
    }
}

fn tokens(person: &Person) -> Tokens {
    Tokens { access: person.access.clone(), refresh: person.refresh.clone() }
}

async fn next(live: &mut Live) -> Update {
    timeout(PATIENCE, live.next()).await.expect("an update").expect("it goes on")
}

async fn is_ready(live: &mut Live) {
    while !matches!(next(live).await, Update::Ready(_)) {}
}

async fn next_event(live: &mut Live) -> Event {
    loop {
        if let Some(event) = event(next(live).await) {
            return event;
        }
    }
}

fn event(update: Update) -> Option<Event> {
    match update {
        Update::Event(event) => Some(event),
        Update::Drop { .. } => panic!("{update:?}"),
        _ => None,
    }
}

fn text(event: &Event) -> String {
    match &event.kind {
        EventKind::MessageCreated { message, .. } => message.clone(),
        other => panic!("{other:?} instead of a message"),
    }
}
