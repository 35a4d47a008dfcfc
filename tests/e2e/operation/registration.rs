//! Who may sign up: everybody, whoever was invited, nobody.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Database, Outcome, PASSWORD, Run, Server, Storage, on_both_databases, run, unique};

on_both_databases!(
    nobody_signs_up_where_that_is_closed,
    by_invitation_a_code_lets_as_many_in_as_it_has_uses,
    an_invitation_is_not_used_up_by_a_signup_that_fails,
    of_signups_at_once_with_one_invitation_one_succeeds,
    where_signing_up_is_open_an_invitation_counts_for_nothing,
);

fn signup(name: &str) -> Value {
    json!({"email": format!("{name}@example.com"), "username": name, "password": PASSWORD, "password2": PASSWORD})
}

fn invited(name: &str, invite: impl Into<Value>) -> Value {
    let mut body = signup(name);
    body["invite"] = invite.into();
    body
}

async fn invite(storage: &Storage, arguments: &[&str]) -> Outcome {
    let arguments = [&["invite"], arguments].concat();
    run(storage.directory(), Run { arguments: &arguments, environment: storage.environment_of_commands() }).await
}

/// A code that `parlor invite` made beside the running server.
async fn code(storage: &Storage, arguments: &[&str]) -> String {
    let made = invite(storage, arguments).await;
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{made:?}");
    let code = made.stdout.strip_suffix('\n').expect("a line").to_owned();
    assert!(code.len() == 32 && code.bytes().all(|b| b.is_ascii_hexdigit()), "{code} alone");
    code
}

async fn by_invitation(storage: &Storage) -> Server {
    Server::start_with(storage, &[("PARLOR_REGISTRATION", "invite")]).await
}

async fn nobody_signs_up_where_that_is_closed(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start_with(&storage, &[("PARLOR_REGISTRATION", "closed")]).await;
    let code = code(&storage, &[]).await;
    for body in [signup("mabel"), invited("mabel", code.as_str()), json!({})] {
        server.client().signup(body).await.problem(403, "registration_closed");
    }
    server.terminate();
    server.ended().await;
    // The code was not touched, and whoever has an account logs in whatever the setting.
    let server = by_invitation(&storage).await;
    server.client().signup(invited("mabel", code.as_str())).await.created();
    server.terminate();
    server.ended().await;
    let server = Server::start_with(&storage, &[("PARLOR_REGISTRATION", "closed")]).await;
    server.client().login(json!({"email": "mabel@example.com", "password": PASSWORD})).await.ok();
}

async fn by_invitation_a_code_lets_as_many_in_as_it_has_uses(on: Database) {
    let storage = Storage::new(on);
    let server = by_invitation(&storage).await;
    server.client().signup(signup("mabel")).await.invalid("invite", "This field is required.");
    let refused = "This invitation is not valid.";
    for nothing in ["0".repeat(32), "nonsense".to_owned(), "\u{0}".to_owned(), " ".to_owned()] {
        server.client().signup(invited("mabel", nothing)).await.invalid("invite", refused);
    }
    server.client().signup(invited("mabel", "")).await.invalid("invite", "This field may not be blank.");
    server.client().signup(invited("mabel", Value::Null)).await.invalid("invite", "This field may not be null.");
    server.client().signup(invited("mabel", 7)).await.invalid("invite", "Not a valid string.");
    let everything = server.client().signup(json!({"invite": "nonsense"})).await.problem(400, "invalid");
    let fields: Vec<_> = everything.errors.keys().collect();
    assert_eq!(fields, ["email", "invite", "password", "password2", "username"], "all at once");

    let code = code(&storage, &["--uses", "2", "--days", "30"]).await;
    // Copied with white space around it.
    let mabel = server.client().signup(invited("mabel", format!(" {code}\n"))).await.created();
    server.client().with_token(&mabel.access).me().await.ok();
    server.client().signup(invited("nina", code.as_str())).await.created();
    server.client().signup(invited("otto", code.as_str())).await.invalid("invite", refused);
    // Whoever has no code does not learn who is here.
    server.client().signup(invited("mabel", code.as_str())).await.invalid("invite", refused);
}

async fn an_invitation_is_not_used_up_by_a_signup_that_fails(on: Database) {
    let storage = Storage::new(on);
    let server = by_invitation(&storage).await;
    let first = code(&storage, &[]).await;
    server.client().signup(invited("mabel", first.as_str())).await.created();
    let second = code(&storage, &[]).await;
    let taken = server.client().signup(invited("mabel", second.as_str())).await.problem(400, "invalid");
    assert_eq!(taken.errors.keys().collect::<Vec<_>>(), ["email", "username"]);
    let mut wrong = invited("nina", second.as_str());
    wrong["password2"] = json!("another");
    server.client().signup(wrong).await.invalid("password2", "Passwords must match.");
    server.client().signup(invited("nina", second.as_str())).await.created();
}

async fn of_signups_at_once_with_one_invitation_one_succeeds(on: Database) {
    let storage = Storage::new(on);
    let server = by_invitation(&storage).await;
    let code = code(&storage, &[]).await;
    let calls = (0..8).map(|_| server.client().signup(invited(&unique("mabel"), code.as_str())).into_future());
    let answers = join_all(calls).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400, 400, 400, 400, 400, 400, 400]);
    for refused in answers.iter().filter(|answer| answer.status == 400) {
        refused.invalid("invite", "This invitation is not valid.");
    }
}

async fn where_signing_up_is_open_an_invitation_counts_for_nothing(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    for (name, invite) in [("mabel", json!("nonsense")), ("nina", json!(7)), ("otto", Value::Null)] {
        server.client().signup(invited(name, invite)).await.created();
    }
}

#[tokio::test]
async fn nobody_is_invited_to_a_database_that_is_not_there() {
    let storage = Storage::new(Database::Sqlite);
    let outcome = invite(&storage, &[]).await;
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    assert!(outcome.stderr.starts_with("parlor: there is no database "), "{outcome:?}");
    assert!(outcome.stderr.contains("PARLOR_DATA_DIR"), "{outcome:?}");
    assert!(!storage.data_directory().exists(), "none is made");
}

#[tokio::test]
async fn an_invitation_is_good_for_a_number_of_people_and_days() {
    let storage = Storage::new(Database::Sqlite);
    for wrong in [["--uses", "0"], ["--uses", "many"], ["--days", "0"], ["--days", "4000"]] {
        let outcome = invite(&storage, &wrong).await;
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(wrong[0]), "{outcome:?}");
    }
}
