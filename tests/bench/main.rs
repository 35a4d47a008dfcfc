//! `make bench`: the figures of the built server, each as a ratio to something measured beside it, in the same run.
//!
//! Nothing is asserted here: a regression is seen by comparing tables. The table is printed and written to
//! docs/BENCHMARKS.md.

mod bare;
mod client;
mod live;
mod server;
mod table;
mod web;

use std::time::{Duration, Instant};

use client::{Client, sign_up};
use server::{Place, Server};
use table::{Row, Table};

/// How often two things are measured in turn.
const PAIRS: usize = 7;
/// How often each of them is done in a turn.
const TIMES: usize = 300;
/// How many messages the large chat holds, and the small one.
const LARGE: usize = 100_000;
const SMALL: usize = 10;
/// How many messages are searched, and in how many chats.
const SEARCHED: usize = 1_000_000;
const SEARCHED_CHATS: usize = 30;
/// How many connections send at once.
const SENDERS: usize = 64;
const SENDING: Duration = Duration::from_secs(5);

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == bare::ARGUMENT {
        return bare::serve();
    }
    let mut table = Table::default();
    // One part alone is for trying something out: what it finds is only printed.
    if argument == "search" {
        Place::all().iter().for_each(|place| search(place, &mut table));
        return print!("{}", table.render());
    }
    if argument == "web" {
        web::measure(&Place::all()[0], &mut table);
        return print!("{}", table.render());
    }
    live::measure(&mut table);
    if argument == "live" {
        return print!("{}", table.render());
    }
    for place in Place::all() {
        println!("measuring on {}", place.name());
        start_and_idle(&place, &mut table);
        depth(&place, &mut table);
        throughput(&place, &mut table);
        search(&place, &mut table);
    }
    web::measure(&Place::all()[0], &mut table);
    print!("{}", table.render());
    table.write();
}

/// How long the server takes from its start to its first answer, the schema being there, and what it holds when idle.
fn start_and_idle(place: &Place, table: &mut Table) {
    let mut data = place.make();
    Server::start(&mut data).stop();
    let mut times: Vec<Duration> = (0..PAIRS)
        .map(|_| {
            let begun = Instant::now();
            let server = Server::start(&mut data);
            Client::connect(server.address()).get("/api/v1/users/hello/", None);
            let took = begun.elapsed();
            server.stop();
            took
        })
        .collect();
    table.add(Row {
        what: "start to first answer".into(),
        place: place.name(),
        figure: format!("{:.0} ms", millis(median(&mut times))),
        beside: String::new(),
        goal: "≤ 200 ms".into(),
    });
    let server = Server::start(&mut data);
    Client::connect(server.address()).get("/api/v1/users/hello/", None);
    table.add(Row {
        what: "resident memory, idle".into(),
        place: place.name(),
        figure: format!("{:.1} MB", server.resident_mb()),
        beside: String::new(),
        goal: "< 25 MB".into(),
    });
    server.stop();
}

/// What sending and reading cost in a large chat, as a ratio to the same in a small one.
fn depth(place: &Place, table: &mut Table) {
    let mut data = place.make();
    let server = Server::start(&mut data);
    let mut mabel = Client::connect(server.address());
    let token = sign_up(&mut mabel, "mabel");
    let (large, small) = (mabel.open_chat(&token), mabel.open_chat(&token));
    fill(&server, &token, &large, LARGE);
    fill(&server, &token, &small, SMALL);

    let path = |chat: &str, query: &str| format!("/api/v1/chats/{chat}/messages/{query}");
    let middle = format!("?limit=50&before={}", LARGE / 2);
    let mut in_turn =
        |what: &str, left: &mut dyn FnMut(&mut Client), right: &mut dyn FnMut(&mut Client), goal: &str| {
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            for _ in 0..PAIRS {
                lefts.push(typical(&mut mabel, left));
                rights.push(typical(&mut mabel, right));
            }
            let (left, right) = (median(&mut lefts), median(&mut rights));
            table.add(Row {
                what: what.into(),
                place: place.name(),
                figure: format!("{:.2} ×", left.as_secs_f64() / right.as_secs_f64()),
                beside: format!("{:.0} µs beside {:.0} µs", micros(left), micros(right)),
                goal: goal.into(),
            });
        };
    in_turn(
        "send (p50), chat of 100,000 messages beside one of 10",
        &mut |client| client.send(&large, &token),
        &mut |client| client.send(&small, &token),
        "≤ 1.2 ×",
    );
    // A chat of 10 has no page of 50 by itself; by now the sends have filled it.
    in_turn(
        "newest 50 messages (p50), of 100,000 beside of a few",
        &mut |client| drop(client.get(&path(&large, "?limit=50"), Some(&token))),
        &mut |client| drop(client.get(&path(&small, "?limit=50"), Some(&token))),
        "≤ 1.2 ×",
    );
    in_turn(
        "50 messages (p50), from the middle of 100,000 beside the newest",
        &mut |client| drop(client.get(&path(&large, &middle), Some(&token))),
        &mut |client| drop(client.get(&path(&large, "?limit=50"), Some(&token))),
        "≤ 1.2 ×",
    );
    server.stop();
}

/// Durable sends a second from many connections into as many chats, and what one costs the server.
fn throughput(place: &Place, table: &mut Table) {
    let mut data = place.make();
    let server = Server::start(&mut data);
    let mut mabel = Client::connect(server.address());
    let token = sign_up(&mut mabel, "mabel");
    let chats: Vec<String> = (0..SENDERS).map(|_| mabel.open_chat(&token)).collect();
    let cpu = server.cpu();
    let begun = Instant::now();
    let sent: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = chats
            .iter()
            .map(|chat| {
                let (server, token) = (&server, &token);
                scope.spawn(move || {
                    let mut client = Client::connect(server.address());
                    let mut sent = 0;
                    while begun.elapsed() < SENDING {
                        client.send(chat, token);
                        sent += 1;
                    }
                    sent
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender does not panic")).sum()
    });
    let took = begun.elapsed();
    let per_send = (server.cpu() - cpu).as_secs_f64() * 1e6 / sent as f64;
    table.add(Row {
        what: format!("durable sends a second, {SENDERS} connections, {SENDERS} chats"),
        place: place.name(),
        figure: format!("{:.0}/s", sent as f64 / took.as_secs_f64()),
        beside: place.baseline(),
        goal: String::new(),
    });
    table.add(Row {
        what: "CPU of the server for each of them".into(),
        place: place.name(),
        figure: format!("{per_send:.0} µs"),
        beside: String::new(),
        goal: "≤ 60 µs".into(),
    });
    server.stop();
}

/// What a search costs among many messages, a word that all of them have and one that few have, beside a page of a chat.
fn search(place: &Place, table: &mut Table) {
    let mut data = place.make();
    let server = Server::start(&mut data);
    let mut mabel = Client::connect(server.address());
    let token = sign_up(&mut mabel, "mabel");
    let chats: Vec<String> = (0..SEARCHED_CHATS).map(|_| mabel.open_chat(&token)).collect();
    std::thread::scope(|scope| {
        for chat in &chats {
            let (server, token) = (&server, &token);
            scope.spawn(move || {
                let mut client = Client::connect(server.address());
                for number in 0..SEARCHED / SEARCHED_CHATS {
                    let rare = number % 5_000;
                    client.say(chat, token, &format!("hello, this is what number {number} says of rare{rare}"));
                }
            });
        }
    });
    let path = |word: &str| format!("/api/v1/search/?q={word}&limit=50");
    // The first searches index what there is.
    let begun = Instant::now();
    while mabel.get_if_not_busy(&path("hello"), &token).is_none() {}
    table.add(Row {
        what: format!("indexing {SEARCHED} messages, by the first searches"),
        place: place.name(),
        figure: format!("{:.0} s", begun.elapsed().as_secs_f64()),
        beside: String::new(),
        goal: String::new(),
    });
    let page = format!("/api/v1/chats/{}/messages/?limit=50", chats[0]);
    let page = typical(&mut mabel, &mut |client| drop(client.get(&page, Some(&token))));
    for (what, word) in [("a word of all of them", "hello"), ("a word of one in 5,000", "rare7%20hello")] {
        let found = typical(&mut mabel, &mut |client| drop(client.get(&path(word), Some(&token))));
        table.add(Row {
            what: format!("search (p50) for {what}, {SEARCHED} messages in {SEARCHED_CHATS} chats"),
            place: place.name(),
            figure: format!("{:.1} ms", micros(found) / 1e3),
            beside: format!("a page of a chat: {:.1} ms", micros(page) / 1e3),
            goal: "≤ 50 ms".into(),
        });
    }
    server.stop();
}

/// Fills a chat from several connections at once.
fn fill(server: &Server, token: &str, chat: &str, messages: usize) {
    let senders = SENDERS.min(messages);
    std::thread::scope(|scope| {
        for sender in 0..senders {
            scope.spawn(move || {
                let mut client = Client::connect(server.address());
                for _ in 0..messages / senders + usize::from(sender < messages % senders) {
                    client.send(chat, token);
                }
            });
        }
    });
}

/// The median time of something done several times.
fn typical(client: &mut Client, act: &mut dyn FnMut(&mut Client)) -> Duration {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begun = Instant::now();
            act(client);
            begun.elapsed()
        })
        .collect();
    median(&mut times)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
