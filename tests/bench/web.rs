//! The web client in a browser: its first paint, and opening a long chat beside a short one.

use std::path::Path;
use std::process::Command;

use super::client::{Client, sign_up};
use super::server::{Place, Server};
use super::table::{Row, Table};
use super::{LARGE, fill};

/// How many messages the short chat has.
const SHORT: usize = 100;

pub(crate) fn measure(place: &Place, table: &mut Table) {
    let mut data = place.make();
    let server = Server::start(&mut data);
    let mut mabel = Client::connect(server.address());
    let token = sign_up(&mut mabel, "mabel");
    let (large, small) = (mabel.open_chat(&token), mabel.open_chat(&token));
    fill(&server, &token, &large, LARGE);
    fill(&server, &token, &small, SHORT);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/web/figures.js");
    let mut node =
        Command::new(std::env::var("PARLOR_TEST_NODE").expect("PARLOR_TEST_NODE is not set: run `make bench`"));
    node.arg(script).arg(format!("http://{}", server.address())).args([&large, &small]);
    let output = node.env("PARLOR_TEST_BINARY", env!("CARGO_BIN_EXE_parlor")).output().expect("Node.js runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).expect("figures");
    let of = |name: &str| figures[name].as_f64().expect("a number");
    table.add(Row {
        what: "web client: first paint with a stored session".into(),
        place: place.name(),
        figure: format!("{:.0} ms", of("paint")),
        beside: format!("the list of chats: {:.0} ms", of("list")),
        goal: "≤ 300 ms".into(),
    });
    table.add(Row {
        what: format!("web client: opening a chat of {LARGE} messages beside one of {SHORT}"),
        place: place.name(),
        figure: format!("{:.2} ×", of("large") / of("small")),
        beside: format!("{:.0} ms beside {:.0} ms", of("large"), of("small")),
        goal: "1 ×".into(),
    });
    table.add(Row {
        what: "web client: all its files but the page itself".into(),
        place: place.name(),
        figure: format!("{:.1} kB", of("bytes") / 1e3),
        beside: String::new(),
        goal: "< 100 kB".into(),
    });
    server.stop();
}
