//! Blocking somebody.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Database, Live, Person, Server, on_both_databases, seq_of, shared};

on_both_databases!(
    blocks_are_made_once_lifted_once_and_listed_in_their_order,
    neither_oneself_nor_nobody_is_blocked,
    a_blocked_pair_has_no_direct_chat,
    what_was_said_before_is_read_and_taken_away,
    groups_are_as_they_were,
    no_signal_passes_between_the_two,
);

async fn people(server: &Server) -> [Person; 3] {
    [Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await]
}

async fn blocks_are_made_once_lifted_once_and_listed_in_their_order(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    assert_eq!(mabel.blocks("").await.expect_status(200).text, "[]");
    for person in [&omar, &nina, &omar] {
        let answer = mabel.block(person.id).await.expect_status(204);
        assert_eq!(answer.text, "");
    }
    let card = |person: &Person| json!({"id": person.id, "username": person.username, "display_name": null});
    let listed = mabel.blocks("").await.expect_status(200);
    assert_eq!(listed.json(), json!([card(&omar), card(&nina)]));
    let first = mabel.blocks("?limit=1").await;
    assert_eq!(first.json(), json!([card(&omar)]));
    let next = first.link("next").expect("there is one more");
    mabel.unblock(omar.id).await.expect_status(204);
    let rest = mabel.call::<Value>(Method::GET, &next).await.expect_status(200);
    assert_eq!((rest.json(), rest.link("next")), (json!([card(&nina)]), None));
    for _ in 0..2 {
        mabel.unblock(nina.id).await.expect_status(204);
    }
    mabel.unblock(9_007_199_254_740_991).await.expect_status(204);
    assert_eq!(mabel.blocks("").await.text, "[]");
    assert_eq!(nina.blocks("").await.text, "[]", "nobody is told who blocked them");
}

async fn neither_oneself_nor_nobody_is_blocked(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    mabel.block(mabel.id).await.problem(400, "invalid");
    for nobody in ["0", "9007199254740991", "9007199254740992", "-1", "01", "x", "1.0", "%31", "99999999999999999999"] {
        for method in [Method::PUT, Method::DELETE] {
            let answer = mabel.api::<Value>(method.clone(), &format!("users/me/blocks/{nobody}/")).await;
            let expected = if method == Method::PUT { [404, 404] } else { [404, 204] };
            assert!(expected.contains(&answer.status), "{answer}");
        }
    }
    assert_eq!(mabel.blocks("").await.text, "[]");
}

async fn a_blocked_pair_has_no_direct_chat(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    mabel.block(nina.id).await.expect_status(204);
    mabel.block(omar.id).await.expect_status(204);
    for (caller, other) in [(&mabel, &nina), (&nina, &mabel), (&mabel, &omar), (&omar, &mabel)] {
        let wish = json!({"username": other.username});
        caller.open_chat(wish.clone()).await.problem(403, "blocked");
        caller.open_chat_at(&"d".repeat(32), wish).await.problem(403, "blocked");
    }
    for (caller, other) in [(&mabel, &nina), (&nina, &mabel)] {
        caller.open_chat_at(&uri, json!({"username": other.username})).await.problem(403, "blocked");
        caller.send(&uri, json!({"message": "hello?"})).await.problem(403, "blocked");
        let mut live = Live::of(&server, caller).await;
        let send = json!({"type": "send", "chat": &*uri, "message": "hello?", "client_id": "k"});
        assert_eq!(live.ask_refused(send).await, "blocked");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
    // The last of the two blocks counts.
    nina.block(mabel.id).await.expect_status(204);
    mabel.unblock(nina.id).await.expect_status(204);
    mabel.send(&uri, json!({"message": "hello?"})).await.problem(403, "blocked");
    nina.unblock(mabel.id).await.expect_status(204);
    assert_eq!(mabel.says(&uri, "hello").await, 2);
    assert_eq!(nina.direct(&mabel).await.uri, uri);
    omar.direct(&nina).await;
}

async fn what_was_said_before_is_read_and_taken_away(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, _] = people(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    let sent = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok();
    nina.react(&uri, sent.seq, "👍").await.ok();
    nina.block(mabel.id).await.expect_status(204);
    let again = mabel.send(&uri, json!({"message": "hello", "client_id": "k"})).await.ok();
    assert_eq!((again.seq, again.duplicate), (sent.seq, true), "what was stored is answered again");
    for person in [&mabel, &nina] {
        assert_eq!(person.messages(&uri, "").await.ok().len(), 1);
        assert_eq!(person.chats("").await.ok()[0].uri, uri);
        person.mark_read(&uri, sent.seq).await.ok();
        person.react(&uri, sent.seq, "🎉").await.problem(403, "blocked");
    }
    mabel.edit_message(&uri, sent.seq, "other").await.problem(403, "blocked");
    nina.unreact(&uri, sent.seq, "👍").await.ok();
    mabel.delete_message(&uri, sent.seq).await.expect_status(204);
    assert_eq!(nina.chat(&uri).await.ok().head, 5);
}

async fn groups_are_as_they_were(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    let uri = mabel.group(&[&omar]).await.uri;
    omar.block(mabel.id).await.expect_status(204);
    mabel.block(nina.id).await.expect_status(204);
    nina.join(&uri, json!({})).await.ok();
    let mut live = Live::of(&server, &nina).await;
    let seq = mabel.says(&uri, "hello").await;
    assert_eq!(seq_of(&live.next_event().await), seq);
    omar.react(&uri, seq, "👍").await.ok();
    mabel.edit_message(&uri, seq, "hello, all").await.ok();
    assert_eq!(omar.messages(&uri, "").await.ok()[0].message, "hello, all");
}

/// The next signal or event of this connection.
async fn next_told(live: &mut Live) -> Value {
    loop {
        let frame = live.next().await;
        if frame["type"] == "signal" || frame["type"] == "event" {
            return frame;
        }
    }
}

async fn no_signal_passes_between_the_two(on: Database) {
    let server = shared(on).await;
    let [mabel, nina, omar] = people(&server).await;
    let uri = mabel.group(&[&nina, &omar]).await.uri;
    let (mut blocked, mut other) = (Live::of(&server, &nina).await, Live::of(&server, &omar).await);
    assert_eq!(next_told(&mut blocked).await["by"]["id"], omar.id);
    assert_eq!(next_told(&mut other).await["by"]["id"], nina.id);
    // Made while the one is connected; it holds for what comes next.
    mabel.block(nina.id).await.expect_status(204);
    let mut live = Live::of(&server, &mabel).await;
    assert_eq!(next_told(&mut live).await["by"]["id"], omar.id, "of those who are here she hears of one");
    assert_eq!(live.ask(json!({"type": "typing", "chat": &*uri, "on": true})).await["ok"], true);
    mabel.mark_read(&uri, 1).await.ok();
    let mut kinds = Vec::new();
    for _ in 0..3 {
        kinds.push(next_told(&mut other).await["kind"].clone());
    }
    assert_eq!(kinds, ["presence", "typing", "read"]);
    mabel.says(&uri, "what is said in a group is for all").await;
    assert_eq!(next_told(&mut blocked).await["type"], "event");
    assert_eq!(next_told(&mut live).await["kind"], "read", "her own devices are told");
    assert_eq!(next_told(&mut live).await["type"], "event");
    blocked.ask(json!({"type": "typing", "chat": &*uri, "on": true})).await;
    assert_eq!(next_told(&mut other).await["type"], "event");
    assert_eq!(next_told(&mut other).await["by"]["id"], nina.id);
    live.is_quiet().await;
    mabel.unblock(nina.id).await.expect_status(204);
    // Lifting takes as long as a look into the database: each connection that starts has looked.
    let _hers = Live::of(&server, &nina).await;
    let mut again = Live::of(&server, &mabel).await;
    let here = [next_told(&mut again).await["by"]["id"].clone(), next_told(&mut again).await["by"]["id"].clone()];
    assert_eq!(here, [nina.id, omar.id], "who comes now hears of both");
}
