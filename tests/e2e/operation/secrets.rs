//! The secret that tokens are signed with.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::harness::{Database, Person, Run, SECRET, Server, Storage, on_both_databases, run};

on_both_databases!(
    tokens_stay_valid_over_a_restart,
    a_secret_may_stand_in_a_file,
    passwords_outlive_a_change_of_their_cost_and_of_the_secret,
);

async fn tokens_stay_valid_over_a_restart(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    server.terminate();
    server.ended().await;
    let server = Server::start(&storage).await;
    assert_eq!(mabel.on(&server).me().await.ok().id, mabel.id);
    server.client().refresh(&mabel.refresh).await.ok();
}

async fn a_secret_may_stand_in_a_file(on: Database) {
    let storage = Storage::new(on);
    let file = storage.directory().join("secret file");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let path = file.to_str().unwrap();
    let server = Server::start_with(&storage, &[("PARLOR_SECRET", ""), ("PARLOR_SECRET_FILE", path)]).await;
    let mabel = Person::new(&server, "mabel").await;
    server.terminate();
    server.ended().await;
    // The line's end does not count: it is the same secret.
    let server = Server::start_with(&storage, &[("PARLOR_SECRET", SECRET)]).await;
    mabel.on(&server).me().await.ok();
}

async fn passwords_outlive_a_change_of_their_cost_and_of_the_secret(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    server.terminate();
    server.ended().await;
    for (cost, secret) in
        [("5", "another secret, and long enough as well"), ("4", "a third secret, which is also long enough")]
    {
        let changed = [("PARLOR_BCRYPT_COST", cost), ("PARLOR_SECRET", secret)];
        let server = Server::start_with(&storage, &changed).await;
        for _ in 0..2 {
            mabel.again(&server).await.me().await.ok();
            let wrong = server.client().login(json!({"email": mabel.email, "password": "wrong password"}));
            wrong.await.problem(401, "invalid_credentials");
        }
        mabel.on(&server).me().await.problem(401, "token_not_valid");
        server.terminate();
        server.ended().await;
    }
}

#[tokio::test]
async fn a_generated_secret_is_for_its_owner_alone() {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start(&storage).await;
    let entries: Vec<_> = storage.data_directory().read_dir().unwrap().map(|entry| entry.unwrap()).collect();
    let secrets: Vec<_> =
        entries.iter().filter(|entry| entry.file_name().to_string_lossy().contains("secret")).collect();
    let [secret] = secrets.as_slice() else { panic!("one secret in {entries:?}") };
    assert_eq!(secret.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(secret.path()).unwrap();
    assert!(text.trim().len() >= 32, "a short secret");
    assert!(!server.written().contains(text.trim()), "the secret is in the log");
    // No two servers make the same.
    let other = Storage::new(Database::Sqlite);
    let _other_server = Server::start(&other).await;
    assert_ne!(std::fs::read_to_string(other.data_directory().join(secret.file_name())).unwrap(), text);
}

#[tokio::test]
async fn a_short_secret_is_refused_whatever_the_database() {
    for on in [Database::Sqlite, Database::Postgres] {
        let storage = Storage::new(on);
        for short in ["x", "é".repeat(15).as_str(), "a".repeat(31).as_str()] {
            let mut environment = storage.environment();
            environment.retain(|(name, _)| name != "PARLOR_SECRET");
            environment.push(("PARLOR_SECRET".into(), short.into()));
            let outcome = run(storage.directory(), Run { arguments: &["serve"], environment }).await;
            assert_eq!(outcome.code, Some(2), "{outcome:?}");
            assert!(outcome.stderr.contains("PARLOR_SECRET") && !outcome.stderr.contains(short), "{outcome:?}");
        }
        // The bytes of the text count.
        let secret = "é".repeat(16);
        Server::start_with(&storage, &[("PARLOR_SECRET", &secret)]).await;
    }
}

#[tokio::test]
async fn an_external_database_needs_a_secret_that_is_given() {
    let storage = Storage::new(Database::Postgres);
    let mut environment = storage.environment();
    environment.retain(|(name, _)| name != "PARLOR_SECRET");
    let outcome = run(storage.directory(), Run { arguments: &["serve"], environment }).await;
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("PARLOR_SECRET"), "{outcome:?}");
}
