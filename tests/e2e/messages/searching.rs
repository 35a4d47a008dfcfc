//! `GET search/`: whoever is in a chat finds what was written there, and nobody else does.

use serde_json::json;

use crate::harness::{Answer, Database, Found, Person, on_both_databases, shared};

on_both_databases!(
    all_words_are_found_in_all_of_ones_chats_newest_first,
    a_chat_can_be_named,
    what_is_typed_is_words_in_any_script,
    nobody_finds_what_is_not_theirs,
    changes_are_found_at_once,
    pages_show_each_message_once,
    more_than_one_step_is_found,
);

fn texts(found: &Answer<Vec<Found>>) -> Vec<String> {
    found.ok().into_iter().map(|found| found.message).collect()
}

async fn all_words_are_found_in_all_of_ones_chats_newest_first(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let (group, direct) = (mabel.group(&[&nina]).await.uri, mabel.direct(&nina).await.uri);
    let first = mabel.says(&group, "Tea for two, or ten for TEA").await;
    nina.says(&direct, "no more t\u{e9}a").await;
    let last = nina.says(&direct, "\u{1f375} Two teas").await;
    let answer = mabel.search("two te", "").await;
    let found = answer.ok();
    assert_eq!(answer.header("link"), None);
    assert_eq!(found.iter().map(|it| (&*it.uri, it.seq)).collect::<Vec<_>>(), [(&*direct, last), (&*group, first)]);
    assert_eq!((&found[0].user, &found[1].user), (&nina.reference(), &mabel.reference()));
    assert_eq!(found[0].matches, [[2, 3], [6, 4]], "counted in code points");
    assert_eq!(found[1].matches, [[0, 3], [8, 3], [16, 3], [24, 3]]);
    let shown = mabel.message(&group, first).await.ok();
    assert_eq!((&found[1].message, found[1].created_at), (&shown.message, shown.created_at));
    for nothing in ["two three", "wo", "te two"] {
        assert_eq!(mabel.search(nothing, "").await.text, "[]", "{nothing}");
    }
}

async fn a_chat_can_be_named(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let (one, other) = (mabel.group(&[]).await.uri, mabel.group(&[]).await.uri);
    mabel.says(&one, "tea here").await;
    mabel.says(&other, "tea there").await;
    assert_eq!(texts(&mabel.search("tea", &format!("&chat={}", &*one)).await), ["tea here"]);
    assert_eq!(texts(&mabel.search("tea", &format!("&chat={}", &*other)).await), ["tea there"]);
    assert_eq!(texts(&mabel.search("tea", "").await), ["tea there", "tea here"]);
}

async fn what_is_typed_is_words_in_any_script(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for (text, words) in [
        ("We read Stra\u{df}enb\u{e4}ume", "STRASSENB"),
        ("Stra\u{df}enba\u{308}ume again", "stra\u{df}enb\u{e4}ume ag"),
        ("\u{41c}\u{43e}\u{441}\u{43a}\u{432}\u{430}!", "\u{43c}\u{43e}\u{441}"),
        ("\u{6771}\u{4eac}\u{30bf}\u{30ef}\u{30fc}", "\u{4eac}\u{30bf}"),
        ("\u{930}\u{93e}\u{92e} \u{915}\u{940}", "\u{930}\u{93e}\u{92e}"),
        ("call NEAR(5) tonight", "near( 5"),
        ("never AND nor", "\"never\" AND n"),
        ("a#b c:*", "#b :* c"),
        ("SELECT '1'; --", "';--sel"),
        (&"q".repeat(1999), &"q".repeat(150)),
    ] {
        mabel.says(&uri, text).await;
        assert_eq!(texts(&mabel.search(words, "").await), [text], "{words}");
    }
}

async fn nobody_finds_what_is_not_theirs(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let outsider = Person::new(&server, "oscar").await;
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.says(&uri, "our quokka").await;
    let here = format!("&chat={}", &*uri);
    assert_eq!(texts(&nina.search("quokka", "").await), ["our quokka"]);
    assert_eq!(outsider.search("quokka", "").await.text, "[]");
    let foreign = outsider.search("quokka", &here).await;
    foreign.problem(404, "not_found");
    for unknown in ["f".repeat(32), "x".to_owned(), uri.to_uppercase(), "%00".to_owned(), String::new()] {
        let unknown = outsider.search("quokka", &format!("&chat={unknown}")).await;
        assert_eq!(unknown.problem_but_for_its_id(), foreign.problem_but_for_its_id());
    }
    // Whoever joins sees what was written before.
    outsider.join(&uri, json!({})).await.ok();
    assert_eq!(texts(&outsider.search("quokka", &here).await), ["our quokka"]);
    outsider.remove_member(&uri, outsider.id).await.expect_status(204);
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    for gone in [&outsider, &nina] {
        assert_eq!(gone.search("quokka", "").await.text, "[]");
        assert_eq!(gone.search("quokka", &here).await.problem_but_for_its_id(), foreign.problem_but_for_its_id());
    }
    mabel.delete_chat(&uri).await.expect_status(204);
    assert_eq!(mabel.search("quokka", "").await.text, "[]");
    mabel.search("quokka", &here).await.problem(404, "not_found");
}

async fn changes_are_found_at_once(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.direct(&nina).await.uri;
    for searched in [true, false] {
        let seq = mabel.says(&uri, "my quokka").await;
        if searched {
            assert_eq!(texts(&nina.search("quokka", "").await), ["my quokka"]);
        }
        mabel.edit_message(&uri, seq, "my wombat").await.ok();
        assert_eq!(nina.search("quokka", "").await.text, "[]");
        assert_eq!(texts(&nina.search("wombat", "").await), ["my wombat"]);
        mabel.delete_message(&uri, seq).await.expect_status(204);
        assert_eq!(nina.search("wombat", "").await.text, "[]");
    }
    mabel.says(&uri, "what stays").await;
    mabel.erase(crate::harness::PASSWORD).await.expect_status(204);
    let found = nina.search("stays", "").await.ok();
    assert_eq!((found[0].user.id, found[0].user.username.as_str()), (0, "deleted user"));
}

async fn pages_show_each_message_once(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let chats = [mabel.group(&[]).await.uri, mabel.group(&[]).await.uri];
    let mut sent = Vec::new();
    for number in 0..11 {
        let text = format!("tea {number}");
        mabel.says(&chats[number % 2], &text).await;
        sent.insert(0, text);
    }
    for limit in [1, 3, 11, 200] {
        let mut page = mabel.search("tea", &format!("&limit={limit}")).await;
        let mut seen = texts(&page);
        while let Some(next) = page.link("next") {
            page = mabel.call(reqwest::Method::GET, &next).await;
            assert!(!page.ok().is_empty() && page.ok().len() <= limit);
            seen.extend(texts(&page));
        }
        assert_eq!(seen, sent, "{limit} a page");
    }
}

async fn more_than_one_step_is_found(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    let sends = (0..600).map(|number| mabel.send_minimal(&uri, json!({"message": format!("tea w{number}")})));
    for sent in futures_util::future::join_all(sends.map(|call| async { call.await })).await {
        sent.created();
    }
    for word in ["w0", "w300", "w599"] {
        assert!(texts(&mabel.search(&format!("tea {word}"), "").await).contains(&format!("tea {word}")));
    }
    assert_eq!(mabel.search("tea", "&limit=200").await.ok().len(), 200);
}
