//! What tokens are worth, how they are exchanged, and logging out.

use serde_json::json;

use crate::harness::{Client, Database, Person, on_both_databases, shared};

on_both_databases!(
    a_refresh_token_buys_the_next_pair,
    a_lost_answer_to_a_refresh_can_be_asked_for_again,
    a_refresh_token_used_after_its_successor_ends_the_session,
    a_session_that_ends_leaves_the_others_alone,
    after_a_logout_every_token_of_the_session_is_refused,
    one_kind_of_token_never_stands_in_for_the_other,
    a_forged_token_is_refused,
    an_odd_authorization_header_is_refused,
);

async fn a_refresh_token_buys_the_next_pair(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut refresh = mabel.refresh.clone();
    for _ in 0..3 {
        let next = server.client().refresh(&refresh).await.ok();
        assert_ne!(next.refresh, refresh);
        assert_eq!(server.client().with_token(&next.access).me().await.ok().id, mabel.id);
        refresh = next.refresh;
    }
    assert_eq!(mabel.me().await.ok().id, mabel.id, "the first access token is good to its end");
}

async fn a_lost_answer_to_a_refresh_can_be_asked_for_again(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let first = server.client().refresh(&mabel.refresh).await.ok();
    for _ in 0..3 {
        let again = server.client().refresh(&mabel.refresh).await.ok();
        assert_eq!(again.refresh, first.refresh);
        server.client().with_token(&again.access).me().await.ok();
    }
    server.client().refresh(&first.refresh).await.ok();
}

async fn a_refresh_token_used_after_its_successor_ends_the_session(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let second = server.client().refresh(&mabel.refresh).await.ok();
    let third = server.client().refresh(&second.refresh).await.ok();
    server.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
    for access in [&mabel.access, &second.access, &third.access] {
        refused_everywhere(&server.client().with_token(access)).await;
    }
    for refresh in [&mabel.refresh, &second.refresh, &third.refresh] {
        server.client().refresh(refresh).await.problem(401, "token_not_valid");
    }
}

async fn a_session_that_ends_leaves_the_others_alone(on: Database) {
    let server = shared(on).await;
    let laptop = Person::new(&server, "mabel").await;
    let phone = laptop.again(&server).await;
    laptop.logout().await.expect_status(204);
    phone.me().await.ok();
    server.client().refresh(&phone.refresh).await.ok();
}

async fn after_a_logout_every_token_of_the_session_is_refused(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let next = server.client().refresh(&mabel.refresh).await.ok();
    mabel.logout().await.expect_status(204);
    refused_everywhere(&mabel).await;
    refused_everywhere(&mabel.with_token(&next.access)).await;
    for refresh in [&mabel.refresh, &next.refresh] {
        server.client().refresh(refresh).await.problem(401, "token_not_valid");
    }
    mabel.logout().await.any_problem(401);
    mabel.again(&server).await.me().await.ok();
}

async fn one_kind_of_token_never_stands_in_for_the_other(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    refused_everywhere(&mabel.with_token(&mabel.refresh)).await;
    server.client().refresh(&mabel.access).await.problem(401, "token_not_valid");
    server.client().refresh(&mabel.refresh).await.ok();
}

async fn a_forged_token_is_refused(on: Database) {
    let server = shared(on).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    for token in forgeries(&mabel, &nina) {
        refused_everywhere(&mabel.with_token(&token)).await;
        server.client().refresh(&token).await.problem(401, "token_not_valid");
    }
    mabel.me().await.ok();
}

async fn an_odd_authorization_header_is_refused(on: Database) {
    let server = shared(on).await;
    let mabel = Person::new(&server, "mabel").await;
    let access = &mabel.access;
    let long = format!("Bearer {}", "a".repeat(4000));
    for value in ["", "Bearer", "Bearer ", "Bearer null", "Basic bWFiZWw6eA==", "\u{e9}", &long, access] {
        mabel.me().header("Authorization", value).await.any_problem(401);
    }
    mabel.me().header("Authorization", &format!("Bearer {access} {access}")).await.any_problem(401);
    mabel.me().without("Authorization").await.any_problem(401);
    // The scheme's name has no case (RFC 9110, section 11.1).
    mabel.me().header("Authorization", &format!("bearer {access}")).await.ok();
}

/// The calls that a token would be used for.
async fn refused_everywhere(client: &Client) {
    client.me().await.any_problem(401);
    client.chats("").await.any_problem(401);
    client.open_chat(json!({})).await.any_problem(401);
    client.directory("").await.any_problem(401);
}

/// Tokens made of mabel's without knowing the secret.
fn forgeries(mabel: &Person, nina: &Person) -> Vec<String> {
    let part = |token: &str, n: usize| token.split('.').nth(n).expect("a token of three parts").to_owned();
    let (head, claims, signature) = (part(&mabel.access, 0), part(&mabel.access, 1), part(&mabel.access, 2));
    let none = base64url(r#"{"alg":"none","typ":"JWT"}"#);
    let mut changed = signature.clone().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    vec![
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{head}.{claims}.{changed}"),
        format!("{head}.{}.{signature}", part(&nina.access, 1)),
        format!("{head}.{}.{signature}", part(&mabel.refresh, 1)),
        format!("{head}..{signature}"),
        "..".to_owned(),
        "null".to_owned(),
    ]
}

/// Base64 in its form for URLs, without padding (RFC 4648, section 5).
fn base64url(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            let index = bits >> (18 - 6 * digit) & 0x3f;
            encoded.push(char::from(DIGITS[usize::try_from(index).unwrap()]));
        }
    }
    encoded
}

#[test]
fn base64url_is_the_one_of_the_rfc() {
    assert_eq!(["f", "fo", "foo", "foob"].map(base64url), ["Zg", "Zm8", "Zm9v", "Zm9vYg"]);
}
