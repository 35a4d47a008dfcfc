//! `chats/<uri>/invites/`, and `POST invites/<code>/`.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Database, Invite, Person, Server, on_both_databases, shared};

on_both_databases!(
    an_invite_leads_into_a_closed_group,
    an_invite_ends_with_its_uses,
    a_withdrawn_invite_looks_like_none,
    only_owner_and_admins_invite,
    terms_have_their_limits,
    invites_are_listed_in_pages_and_are_a_hundred_at_most,
    a_rush_never_uses_an_invite_too_often,
    who_was_removed_does_not_come_back_by_an_invite,
);

async fn an_invite_leads_into_a_closed_group(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.closed_group(&[]).await.uri;
    let answer = mabel.invite(&uri, json!({"expires_in": 3600, "uses": 5})).await;
    let invite = answer.created();
    let location = format!("/api/v1/chats/{}/invites/{}/", &*uri, &*invite.code);
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!((invite.uses_left, &invite.by), (Some(5), &mabel.reference()));
    let expires_at = invite.expires_at.expect("a limit").0;
    assert_eq!((expires_at - invite.created_at.0).whole_seconds(), 3600);
    nina.join(&uri, json!({})).await.problem(404, "not_found");
    let joined = nina.accept_invite(&invite.code).await.ok();
    assert_eq!((&joined.uri, &joined.user, joined.member_count), (&uri, &nina.reference(), 2));
    for _ in 0..2 {
        assert_eq!(nina.accept_invite(&invite.code).await.ok(), joined, "once more is the same answer");
    }
    assert_eq!(mabel.chat(&uri).await.ok().head, 2, "and no event");
    assert_eq!(mabel.invites(&uri, "").await.ok()[0].uses_left, Some(4), "and takes no use");
    let log = mabel.events(&uri, "?after=1").await.json();
    let event = &log["events"][0];
    assert_eq!((&event["kind"], &event["by"]["id"]), (&json!("member.added"), &json!(nina.id)));
}

async fn an_invite_ends_with_its_uses(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.closed_group(&[]).await.uri;
    let code = mabel.invite(&uri, json!({"uses": 1})).await.created().code;
    nina.accept_invite(&code).await.ok();
    let refused = omar.accept_invite(&code).await;
    let unknown = omar.accept_invite(&"0".repeat(32)).await;
    refused.problem(404, "not_found");
    assert_eq!(refused.problem_but_for_its_id(), unknown.problem_but_for_its_id());
    nina.accept_invite(&code).await.ok();
    assert_eq!(mabel.invites(&uri, "").await.text, "[]");
}

async fn a_withdrawn_invite_looks_like_none(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.group(&[]).await.uri;
    let code = mabel.invite(&uri, json!({})).await.created().code;
    mabel.withdraw_invite(&uri, &code).await.expect_status(204);
    mabel.withdraw_invite(&uri, &code).await.problem(404, "not_found");
    nina.accept_invite(&code).await.problem(404, "not_found");
    for odd in ["x".to_owned(), code.to_uppercase(), format!("{}0", &*code), "%00".into(), "9".repeat(500)] {
        nina.accept_invite(&odd).await.problem(404, "not_found");
        mabel.withdraw_invite(&uri, &odd).await.problem(404, "not_found");
    }
    let code = mabel.invite(&uri, json!({})).await.created().code;
    let other = mabel.group(&[]).await.uri;
    mabel.withdraw_invite(&other, &code).await.problem(404, "not_found");
    mabel.delete_chat(&uri).await.expect_status(204);
    nina.accept_invite(&code).await.problem(404, "not_found");
}

async fn only_owner_and_admins_invite(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina, &omar]).await.uri;
    mabel.give_role(&uri, nina.id, "admin").await.ok();
    let code = nina.invite(&uri, json!({})).await.created().code;
    omar.invite(&uri, json!({})).await.problem(403, "not_allowed");
    omar.invites(&uri, "").await.problem(403, "not_allowed");
    omar.withdraw_invite(&uri, &code).await.problem(403, "not_allowed");
    mabel.withdraw_invite(&uri, &code).await.expect_status(204);
    let direct = mabel.direct(&nina).await.uri;
    mabel.invite(&direct, json!({})).await.problem(403, "direct_chat");
    mabel.invites(&direct, "").await.problem(403, "direct_chat");
    mabel.withdraw_invite(&direct, &code).await.problem(403, "direct_chat");
}

async fn terms_have_their_limits(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for body in [
        json!({"expires_in": 60, "uses": 1}),
        json!({"expires_in": 31_536_000, "uses": 100_000}),
        json!({"expires_in": null, "uses": null}),
    ] {
        mabel.invite(&uri, body).await.created();
    }
    for (field, least, most) in [("expires_in", 60, 31_536_000), ("uses", 1, 100_000)] {
        for number in [least - 1, most + 1, -least] {
            let message = format!("Ensure this value is between {least} and {most}.");
            mabel.invite(&uri, json!({ field: number })).await.invalid(field, &message);
        }
    }
    let both = mabel.invite(&uri, json!({"expires_in": 1, "uses": 0})).await.problem(400, "invalid");
    assert_eq!(both.errors.len(), 2);
    mabel.invite(&uri, Value::Null).without_body().await.created();
    assert_eq!(mabel.invites(&uri, "").await.ok().len(), 4);
}

async fn invites_are_listed_in_pages_and_are_a_hundred_at_most(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.group(&[]).await.uri;
    for _ in 0..100 {
        mabel.invite(&uri, json!({})).await.created();
    }
    mabel.invite(&uri, json!({})).await.problem(409, "too_many_invites");
    let mut next = Some(format!("/api/v1/chats/{}/invites/?limit=40", &*uri));
    let (mut codes, mut times, mut pages) = (BTreeSet::new(), Vec::new(), 0);
    while let Some(target) = next {
        let answer = mabel.call::<Vec<Invite>>(Method::GET, &target).await;
        for invite in answer.ok() {
            times.push(invite.created_at);
            codes.insert(invite.code.to_string());
        }
        next = answer.link("next");
        pages += 1;
    }
    assert_eq!((pages, codes.len(), times.len()), (3, 100, 100));
    assert!(times.iter().rev().is_sorted(), "{times:?}");
    mabel.invites(&uri, "?cursor=x").await.problem(400, "invalid");
    mabel.withdraw_invite(&uri, codes.first().expect("a hundred")).await.expect_status(204);
    mabel.invite(&uri, json!({})).await.created();
}

async fn a_rush_never_uses_an_invite_too_often(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let uri = mabel.closed_group(&[]).await.uri;
    let code = mabel.invite(&uri, json!({"uses": 3})).await.created().code;
    let mut joining = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (person, code) = (Person::new(&server, "rush").await, code.to_string());
        joining.spawn(async move { person.accept_invite(&code).await.status });
    }
    let mut statuses = joining.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 404, 404, 404, 404, 404]);
    assert_eq!(mabel.chat(&uri).await.ok().member_count, 4);
}

async fn who_was_removed_does_not_come_back_by_an_invite(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    let code = mabel.invite(&uri, json!({"uses": 1})).await.created().code;
    mabel.remove_member(&uri, nina.id).await.expect_status(204);
    nina.accept_invite(&code).await.problem(404, "not_found");
    assert_eq!(mabel.invites(&uri, "").await.ok()[0].uses_left, Some(1));
}

async fn trio(server: &Server) -> (Person, Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await)
}
