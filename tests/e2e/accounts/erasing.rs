//! Erasing one's account.

use serde_json::json;

use crate::harness::{Database, Live, PASSWORD, Person, UserRef, on_both_databases, shared};

on_both_databases!(
    an_erased_account_is_gone_and_what_it_wrote_stays,
    an_owner_who_is_erased_hands_over,
    erasing_ends_every_session_and_closes_its_sockets,
    the_address_and_the_name_of_an_erased_account_stay_taken,
    only_the_password_erases_an_account,
);

fn nobody() -> UserRef {
    UserRef { id: 0, username: "deleted user".to_owned() }
}

async fn an_erased_account_is_gone_and_what_it_wrote_stays(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let (direct, group) = (nina.direct(&mabel).await.uri, nina.group(&[&mabel]).await.uri);
    let (first, second) = (mabel.says(&direct, "to nina").await, mabel.says(&group, "to all").await);
    mabel.react(&direct, first, "%F0%9F%91%8D").await.ok();
    mabel.erase(PASSWORD).await.expect_status(204);
    for (uri, seq, text) in [(&direct, first, "to nina"), (&group, second, "to all")] {
        let message = nina.message(uri, seq).await.ok();
        assert_eq!((message.message.as_str(), &message.user), (text, &nobody()));
        assert!(!nina.events(uri, "").await.text.contains(&mabel.username), "the log names her nowhere");
    }
    assert!(nina.message(&direct, first).await.text.contains(r#""reactions":{"👍":[0]}"#));
    let members = nina.members(&group, "").await.ok();
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [nina.id]);
    let members = nina.members(&direct, "").await.ok();
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [nina.id, 0]);
    assert!(nina.directory(&format!("?search={}", mabel.username)).await.ok().is_empty());
    nina.open_chat(json!({"username": mabel.username})).await.problem(400, "invalid");
    nina.says(&direct, "are you there?").await;
}

async fn an_owner_who_is_erased_hands_over(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    let mut live = Live::of(&server, &nina).await;
    mabel.erase(PASSWORD).await.expect_status(204);
    let mut told = Vec::new();
    for _ in 0..2 {
        let event = live.next_event().await;
        told.push((event["kind"].clone(), event["data"]["user"]["id"].clone(), event["data"]["role"].clone()));
    }
    let expected = [("member.role", nina.id, "owner"), ("member.removed", mabel.id, "owner")];
    assert_eq!(told, expected.map(|(kind, id, role)| (json!(kind), json!(id), json!(role))));
    assert_eq!(nina.members(&uri, "").await.ok()[0].role, "owner");
}

async fn erasing_ends_every_session_and_closes_its_sockets(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let phone = mabel.again(&server).await;
    let (mut at_desk, mut on_phone) = (Live::of(&server, &mabel).await, Live::of(&server, &phone).await);
    phone.erase(PASSWORD).await.expect_status(204);
    assert_eq!((at_desk.closed().await.0, on_phone.closed().await.0), (4403, 4403));
    for device in [&mabel, &phone] {
        device.me().await.problem(401, "token_not_valid");
        device.without_token().refresh(&device.refresh).await.problem(401, "token_not_valid");
    }
    let login = json!({"email": mabel.email, "password": PASSWORD});
    server.client().login(login).await.problem(401, "invalid_credentials");
}

async fn the_address_and_the_name_of_an_erased_account_stay_taken(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    mabel.erase(PASSWORD).await.expect_status(204);
    let body = json!({"email": mabel.email, "username": mabel.username, "password": PASSWORD, "password2": PASSWORD});
    let refused = server.client().signup(body).await.problem(400, "invalid");
    assert_eq!(refused.errors.keys().collect::<Vec<_>>(), ["email", "username"]);
}

async fn only_the_password_erases_an_account(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = mabel.group(&[&nina]).await.uri;
    mabel.erase("another").await.problem(403, "wrong_password");
    mabel.erase_with(json!({})).await.invalid("password", "This field is required.");
    mabel.erase_with(json!({"password": null})).await.invalid("password", "This field may not be null.");
    mabel.erase_with(json!({"password": 1})).await.invalid("password", "Not a valid string.");
    assert_eq!(mabel.me().await.ok().id, mabel.id);
    assert_eq!(nina.members(&uri, "").await.ok()[0].id, mabel.id, "she is where she was");
}
