//! `PATCH chats/<uri>/members/<id>/`: admins, and handing over.

use serde_json::json;

use crate::harness::{Database, Member, Person, Server, on_both_databases, shared};

on_both_databases!(
    an_admin_may_what_the_table_says,
    handing_over_makes_the_old_owner_an_admin,
    an_owner_stays_until_another_is_made,
    of_two_hand_overs_at_once_one_comes_about,
    a_direct_chat_has_no_roles,
);

async fn an_admin_may_what_the_table_says(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.closed_group(&[&nina, &omar]).await.uri;
    nina.give_role(&uri, nina.id, "admin").await.problem(403, "not_allowed");
    let admin = Member::new(&nina.reference(), "admin");
    assert_eq!(mabel.give_role(&uri, nina.id, "admin").await.ok(), admin);
    assert_eq!(mabel.give_role(&uri, nina.id, "admin").await.ok(), admin, "once more is no event");
    nina.settings(&uri, json!({"title": "Nina's"})).await.ok();
    nina.remove_member(&uri, omar.id).await.expect_status(204);
    nina.join(&uri, json!({"username": omar.username})).await.ok();
    nina.give_role(&uri, omar.id, "admin").await.problem(403, "not_allowed");
    nina.remove_member(&uri, mabel.id).await.problem(403, "not_allowed");
    nina.delete_chat(&uri).await.problem(403, "not_allowed");
    assert_eq!(mabel.chat(&uri).await.ok().head, 5);
    mabel.give_role(&uri, nina.id, "member").await.ok();
    nina.settings(&uri, json!({"title": "Still Nina's"})).await.problem(403, "not_allowed");
    nina.remove_member(&uri, omar.id).await.problem(403, "not_allowed");
}

async fn handing_over_makes_the_old_owner_an_admin(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina, &omar]).await.uri;
    assert_eq!(mabel.give_role(&uri, omar.id, "owner").await.ok(), Member::new(&omar.reference(), "owner"));
    let roles = [(&omar, "owner"), (&mabel, "admin"), (&nina, "member")];
    assert_eq!(nina.members(&uri, "").await.ok(), roles.map(|(person, role)| Member::new(&person.reference(), role)));
    assert_eq!(nina.chat(&uri).await.ok().owner, Some(omar.reference()));
    mabel.give_role(&uri, nina.id, "admin").await.problem(403, "not_allowed");
    mabel.remove_member(&uri, omar.id).await.problem(403, "not_allowed");
    omar.remove_member(&uri, mabel.id).await.expect_status(204);
}

async fn an_owner_stays_until_another_is_made(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    let uri = mabel.group(&[&nina]).await.uri;
    for role in ["admin", "member"] {
        mabel.give_role(&uri, mabel.id, role).await.problem(409, "owner_required");
    }
    mabel.give_role(&uri, mabel.id, "owner").await.ok();
    for id in [omar.id, 0, (1 << 53) - 1] {
        mabel.give_role(&uri, id, "owner").await.problem(404, "not_found");
    }
    mabel.give_role(&uri, nina.id, "king").await.invalid("role", "Must be owner, admin or member.");
    assert_eq!(mabel.chat(&uri).await.ok().head, 1);
}

async fn of_two_hand_overs_at_once_one_comes_about(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, omar) = trio(&server).await;
    for _ in 0..5 {
        let uri = mabel.group(&[&nina, &omar]).await.uri;
        let (one, other) = (mabel.give_role(&uri, nina.id, "owner"), mabel.give_role(&uri, omar.id, "owner"));
        let (one, other) = tokio::join!(one.into_future(), other.into_future());
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
        let roles: Vec<String> = mabel.members(&uri, "").await.ok().into_iter().map(|member| member.role).collect();
        assert_eq!(roles, ["owner", "admin", "member"]);
        assert_eq!(mabel.chat(&uri).await.ok().head, 3);
    }
}

async fn a_direct_chat_has_no_roles(on: Database) {
    let server = shared(on).await;
    let (mabel, nina, _) = trio(&server).await;
    let uri = mabel.direct(&nina).await.uri;
    for role in ["owner", "admin", "member"] {
        mabel.give_role(&uri, nina.id, role).await.problem(403, "direct_chat");
    }
}

async fn trio(server: &Server) -> (Person, Person, Person) {
    (Person::new(server, "mabel").await, Person::new(server, "nina").await, Person::new(server, "omar").await)
}
