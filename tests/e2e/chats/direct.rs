//! The one chat of two people.

use serde_json::json;

use crate::harness::{Database, Member, Person, Server, on_both_databases, shared};

on_both_databases!(
    a_pair_has_one_chat_from_either_side,
    both_are_members_at_once,
    the_other_is_found_however_the_name_is_written,
    nobody_joins_leaves_or_is_added,
    an_outsider_cannot_tell_it_from_no_chat,
);

async fn a_pair_has_one_chat_from_either_side(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let opened = mabel.direct(&nina).await;
    let members = [Member::new(&mabel.reference(), "member"), Member::new(&nina.reference(), "member")];
    assert_eq!((opened.status.as_str(), opened.kind.as_str(), opened.title.as_deref()), ("SUCCESS", "direct", None));
    assert_eq!((opened.joinable, opened.member_count, opened.members.as_slice()), (false, 2, members.as_slice()));
    assert_eq!((&opened.user, opened.message), (&nina.reference(), format!("{} joined that chat", nina.username)));
    for (caller, other) in [(&mabel, &nina), (&nina, &mabel)] {
        let again = caller.direct(other).await;
        assert_eq!((&again.uri, &again.members), (&opened.uri, &opened.members), "who opened it comes first");
        assert_eq!(again.user, other.reference());
    }
    let chat = nina.chat(&opened.uri).await.ok();
    assert_eq!((chat.head, chat.owner, chat.title), (1, None, None));
}

async fn both_are_members_at_once(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    assert_eq!(nina.chats("").await.ok()[0].uri, uri);
    assert_eq!(nina.says(&uri, "I was here before you said anything").await, 2);
    assert_eq!(mabel.says(&uri, "so you were").await, 3);
    assert_eq!(mabel.messages(&uri, "").await.text, nina.messages(&uri, "").await.text);
}

async fn the_other_is_found_however_the_name_is_written(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    for name in [nina.username.to_uppercase(), format!("  {}\n", nina.username)] {
        assert_eq!(mabel.open_chat(json!({"username": name})).await.ok().uri, uri);
    }
}

async fn nobody_joins_leaves_or_is_added(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.direct(&nina).await.uri;
    mabel.join(&uri, json!({"username": omar.username})).await.problem(403, "direct_chat");
    mabel.remove_member(&uri, nina.id).await.problem(403, "direct_chat");
    mabel.remove_member(&uri, mabel.id).await.problem(403, "direct_chat");
    omar.join(&uri, json!({})).await.problem(404, "not_found");
    // To join where one is already changes nothing.
    assert_eq!(mabel.join(&uri, json!({})).await.ok().member_count, 2);
    assert_eq!(mabel.join(&uri, json!({"username": nina.username})).await.ok().member_count, 2);
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}

async fn an_outsider_cannot_tell_it_from_no_chat(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = pair(&server).await;
    let omar = Person::new(&server, "omar").await;
    let uri = mabel.direct(&nina).await.uri;
    let seq = mabel.says(&uri, "just us").await;
    let unknown = "f".repeat(32);
    for (theirs, none) in [
        (omar.join(&uri, json!({})).await, omar.join(&unknown, json!({})).await),
        (
            omar.join(&uri, json!({"username": mabel.username})).await,
            omar.join(&unknown, json!({"username": mabel.username})).await,
        ),
        (
            omar.join(&uri, json!({"username": "nobody"})).await,
            omar.join(&unknown, json!({"username": "nobody"})).await,
        ),
    ] {
        assert_eq!(theirs.problem_but_for_its_id(), none.problem_but_for_its_id());
    }
    let (theirs, none) = (omar.message(&uri, seq).await, omar.message(&unknown, seq).await);
    assert_eq!(theirs.problem_but_for_its_id(), none.problem_but_for_its_id());
    theirs.problem(404, "not_found");
}

async fn pair(server: &Server) -> (Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await)
}
