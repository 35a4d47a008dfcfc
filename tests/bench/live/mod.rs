//! Live delivery: fan-out, idle connections, a reader that stalls, everybody coming back at once.

mod subscriber;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use self::subscriber::{Door, Seen, connect, follow};
use crate::client::{Client, sign_up};
use crate::server::{Place, Server};
use crate::table::{Row, Table};
use crate::{PAIRS, median};

const SUBSCRIBERS: usize = 1_000;
const IDLE: usize = 10_000;
/// How many messages a turn sends.
const MESSAGES: u64 = 200;
const IN_FLIGHT: u64 = 16;
const STALL: Duration = Duration::from_secs(60);
const PACE: Duration = Duration::from_millis(20);

/// A chat, whoever sends, and everybody's tokens.
struct Chat {
    uri: String,
    sender: String,
    tokens: Vec<String>,
}

pub(crate) fn measure(table: &mut Table) {
    let place = Place::Sqlite;
    let runtime = Runtime::new().expect("threads");
    let mut data = place.make();
    let server = Server::start(&mut data);
    println!("measuring live delivery");
    let chat = populate(&server);
    fan_out(&runtime, &server, &chat, table);
    stalled_reader(&runtime, &server, &chat, table);
    let server = resume(&runtime, server, &mut data, &chat, table);
    server.stop();
    let mut data = place.make();
    let server = Server::start(&mut data);
    idle(&runtime, &server, table);
    server.stop();
}

/// A group of as many people as it may have.
fn populate(server: &Server) -> Chat {
    let mut owner = Client::connect(server.address());
    let sender = sign_up(&mut owner, "sender");
    let others = people(server, SUBSCRIBERS - 1);
    let names: Vec<_> = (0..others.len()).map(|n| format!("\"reader{n}\"")).collect();
    let uri = owner.open_chat_with(&sender, &names.join(","));
    let tokens = others.into_iter().chain([sender.clone()]).collect();
    Chat { uri, sender, tokens }
}

fn people(server: &Server, count: usize) -> Vec<String> {
    let mut tokens: Vec<_> = std::thread::scope(|scope| {
        let signers: Vec<_> = (0..8)
            .map(|thread| {
                scope.spawn(move || {
                    let mut client = Client::connect(server.address());
                    let mine = (thread..count).step_by(8);
                    mine.map(|n| (n, sign_up(&mut client, &format!("reader{n}")))).collect::<Vec<_>>()
                })
            })
            .collect();
        signers.into_iter().flat_map(|signer| signer.join().expect("it does not panic")).collect()
    });
    tokens.sort();
    tokens.into_iter().map(|(_, token)| token).collect()
}

fn hello(token: &str, cursors: &str) -> String {
    format!(r#"{{"type":"hello","token":"{token}","cursors":{{{cursors}}}}}"#)
}

/// Connects everybody, and waits until all are ready.
fn subscribe(runtime: &Runtime, doors: Vec<Door>) -> (Arc<Seen>, Vec<tokio::task::JoinHandle<()>>) {
    let seen = Seen::new();
    let count = doors.len() as u64;
    let waits = doors.iter().any(|door| door.hello.is_some());
    let tasks = runtime.block_on(async {
        let mut tasks = Vec::new();
        for door in doors {
            let stream = connect(&door).await.expect("the server takes the connection");
            tasks.push(tokio::spawn(follow(stream, door, seen.clone())));
        }
        tasks
    });
    if waits {
        Seen::wait_for(&seen.ready, count);
    }
    (seen, tasks)
}

fn doors(server: &Server, chat: &Chat, time_it: bool) -> Vec<Door> {
    let door = |token: &String| Door {
        address: server.address(),
        path: "/api/v1/live/",
        hello: Some(hello(token, "")),
        time_it,
    };
    chat.tokens.iter().map(door).collect()
}

/// The processor time of one delivery, with so many messages in flight.
fn turn(server: &Server, seen: &Seen, in_flight: u64, send: &(dyn Fn(&mut Client) + Sync)) -> Duration {
    let (before, cpu) = (seen.delivered.load(Ordering::Relaxed), server.cpu());
    let sent = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                let mut client = Client::connect(server.address());
                loop {
                    let n = sent.fetch_add(1, Ordering::Relaxed);
                    if n >= MESSAGES {
                        break;
                    }
                    let due = (n + 1).saturating_sub(in_flight) * SUBSCRIBERS as u64;
                    Seen::wait_for(&seen.delivered, before + due);
                    send(&mut client);
                }
            });
        }
    });
    Seen::wait_for(&seen.delivered, before + MESSAGES * SUBSCRIBERS as u64);
    assert_eq!(seen.behind.load(Ordering::Relaxed), 0, "nobody may fall behind while this is measured");
    (server.cpu() - cpu) / u32::try_from(MESSAGES * SUBSCRIBERS as u64).expect("a small number")
}

fn fan_out(runtime: &Runtime, server: &Server, chat: &Chat, table: &mut Table) {
    let (seen, tasks) = subscribe(runtime, doors(server, chat, false));
    let bare = Server::bare();
    let door = Door { address: bare.address(), path: "/live", hello: None, time_it: false };
    let (seen_bare, bare_tasks) = subscribe(runtime, vec![door; SUBSCRIBERS]);
    // The same bytes: an event as Parlor sends it.
    let event = format!(
        r#"{{"type":"event","chat":"{}","seq":100,"kind":"message.created","at":"2026-01-01T00:00:00.000000Z","by":{{"id":1,"username":"sender"}},"data":{{"message":"{}","client_id":null,"reply_to":null}}}}"#,
        chat.uri,
        "m".repeat(100)
    );
    let send = |client: &mut Client| client.send(&chat.uri, &chat.sender);
    let send_bare = |client: &mut Client| client.send_bare(&event);
    for (in_flight, goal) in [(1, "≤ 1.4 ×"), (IN_FLIGHT, "≤ 1.0 × of one frame a write")] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            ours.push(turn(server, &seen, in_flight, &send));
            theirs.push(turn(&bare, &seen_bare, 1, &send_bare));
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        table.add(Row {
            what: format!("server CPU of a delivery, 1 to {SUBSCRIBERS}, {in_flight} in flight, beside bare actix-ws"),
            place: Place::Sqlite.name(),
            figure: format!("{:.2} ×", ours.as_secs_f64() / theirs.as_secs_f64()),
            beside: format!("{:.1} µs beside {:.1} µs", micros(ours), micros(theirs)),
            goal: goal.into(),
        });
    }
    tasks.into_iter().chain(bare_tasks).for_each(|task| task.abort());
    bare.stop();
}

/// The others' latency while one connection takes nothing.
fn stalled_reader(runtime: &Runtime, server: &Server, chat: &Chat, table: &mut Table) {
    let (seen, tasks) = subscribe(runtime, doors(server, chat, true));
    let pace = |span: Duration| {
        let mut client = Client::connect(server.address());
        let begun = Instant::now();
        while begun.elapsed() < span {
            let before = seen.delivered.load(Ordering::Relaxed);
            seen.sending();
            client.send(&chat.uri, &chat.sender);
            Seen::wait_for(&seen.delivered, before + SUBSCRIBERS as u64);
            std::thread::sleep(PACE);
        }
        Duration::from_micros(seen.permille(990).into())
    };
    let without = pace(STALL / 3);
    let resident = server.resident_mb();
    let stalled = runtime.block_on(async {
        let door = &doors(server, chat, false)[0];
        connect(door).await.expect("the server takes the connection")
    });
    let with = pace(STALL);
    table.add(Row {
        what: format!("p99 of a delivery to {SUBSCRIBERS} while one reader stalls for 60 s, beside without"),
        place: Place::Sqlite.name(),
        figure: format!("{:.2} ×", with.as_secs_f64() / without.as_secs_f64()),
        beside: format!(
            "{:.1} ms beside {:.1} ms; {:.1} MB more held",
            millis(with),
            millis(without),
            server.resident_mb() - resident
        ),
        goal: "≤ 1.2 ×, ≤ 1.5 MB".into(),
    });
    drop(stalled);
    tasks.into_iter().for_each(|task| task.abort());
}

/// The node dies, and everybody comes back at once with a cursor.
fn resume(runtime: &Runtime, server: Server, data: &mut crate::server::Data, chat: &Chat, table: &mut Table) -> Server {
    let (_, tasks) = subscribe(runtime, doors(&server, chat, false));
    let mut client = Client::connect(server.address());
    let head: u64 = client.head(&chat.uri, &chat.sender);
    (0..50).for_each(|_| client.send(&chat.uri, &chat.sender));
    server.kill();
    tasks.into_iter().for_each(|task| task.abort());
    let server = Server::start(data);
    let seen = Seen::new();
    let cursor = format!("\"{}\":{head}", chat.uri);
    let begun = Instant::now();
    let (mut times, failed) = runtime.block_on(async {
        let comers: Vec<_> = chat
            .tokens
            .iter()
            .map(|token| {
                let hello = Some(hello(token, &cursor));
                let door = Door { address: server.address(), path: "/api/v1/live/", hello, time_it: false };
                tokio::spawn(come_back(door, seen.clone()))
            })
            .collect();
        let (mut times, mut failed) = (Vec::new(), 0);
        for comer in comers {
            match comer.await.expect("it does not panic") {
                Ok(took) => times.push(took),
                Err(_) => failed += 1,
            }
        }
        (times, failed)
    });
    Seen::wait_for(&seen.delivered, 50 * times.len() as u64);
    let all = begun.elapsed();
    times.sort_unstable();
    table.add(Row {
        what: format!("{SUBSCRIBERS} clients come back at once after a node's death, 50 events each"),
        place: Place::Sqlite.name(),
        figure: format!("{failed} errors, {:.2} s until all have everything", all.as_secs_f64()),
        beside: format!("p99 of the upgrade {:.0} ms", millis(times[times.len() * 99 / 100])),
        goal: "no error, p99 ≤ 5 s".into(),
    });
    server
}

async fn come_back(door: Door, seen: Arc<Seen>) -> std::io::Result<Duration> {
    let begun = Instant::now();
    let stream = connect(&door).await?;
    let took = begun.elapsed();
    tokio::spawn(follow(stream, door, seen));
    Ok(took)
}

/// What a connection that does nothing holds.
fn idle(runtime: &Runtime, server: &Server, table: &mut Table) {
    let tokens = people(server, IDLE / 10);
    let before = server.resident_mb();
    let doors = (0..IDLE).map(|n| Door {
        address: server.address(),
        path: "/api/v1/live/",
        hello: Some(hello(&tokens[n % tokens.len()], "")),
        time_it: false,
    });
    let (seen, tasks) = subscribe(runtime, doors.collect());
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(seen.ended.load(Ordering::Relaxed), 0, "all are connected");
    let each = (server.resident_mb() - before) * 1024.0 / IDLE as f64;
    table.add(Row {
        what: format!("resident memory of an idle, authenticated connection, at {IDLE}"),
        place: Place::Sqlite.name(),
        figure: format!("{each:.1} KiB"),
        beside: "bare actix-ws: 13.3 KiB".into(),
        goal: "≤ 20 KiB".into(),
    });
    tasks.into_iter().for_each(|task| task.abort());
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
