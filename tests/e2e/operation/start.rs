//! Starting, on new data and on old.

use crate::harness::{Database, Outcome, Person, Run, Server, Storage, on_both_databases, run};

on_both_databases!(a_database_can_be_migrated_beforehand_and_again, an_address_in_use_ends_the_start);

async fn a_database_can_be_migrated_beforehand_and_again(on: Database) {
    let storage = Storage::new(on);
    let migrate = async || {
        let environment = storage.environment_of_commands();
        run(storage.directory(), Run { arguments: &["migrate"], environment }).await
    };
    for _ in 0..2 {
        let outcome = migrate().await;
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    // Beside a running server, too.
    let outcome = migrate().await;
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    mabel.me().await.ok();
}

async fn an_address_in_use_ends_the_start(on: Database) {
    let (storage, other) = (Storage::new(on), Storage::new(on));
    let server = Server::start(&storage).await;
    let address = server.address().to_string();
    let run = Run { arguments: &["serve", "--listen", &address], environment: other.environment() };
    let outcome = crate::harness::run(other.directory(), run).await;
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains(&address) && outcome.stderr.contains("PARLOR_LISTEN"), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    server.client().hello().await.ok();
}

#[tokio::test]
async fn a_second_server_on_one_data_directory_is_refused() {
    let storage = Storage::new(Database::Sqlite);
    let mut first = Server::start(&storage).await;
    let mabel = Person::new(&first, "mabel").await;
    let outcome = serve(&storage).await;
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let directory = storage.data_directory();
    assert!(outcome.stderr.contains(directory.to_str().unwrap()), "{outcome:?}");
    assert!(first.is_running());
    mabel.group(&[]).await;
    // It is free again once the first has ended, however it ended.
    first.kill();
    first.ended().await;
    let third = Server::start(&storage).await;
    assert_eq!(mabel.on(&third).chats("").await.ok().len(), 1);
}

#[tokio::test]
async fn serving_is_what_happens_without_a_command() {
    let storage = Storage::new(Database::Sqlite);
    let server = Server::start(&storage).await;
    let outcome = run(
        storage.directory(),
        Run {
            arguments: &["--listen", &server.address().to_string()],
            environment: vec![("PARLOR_DATA_DIR".into(), "other".into())],
        },
    )
    .await;
    assert!(outcome.stderr.contains("PARLOR_LISTEN"), "it did not try to listen: {outcome:?}");
}

#[tokio::test]
async fn tls_to_the_database_is_refused_where_it_cannot_be_had() {
    let storage = Storage::new(Database::Postgres);
    let mut environment = storage.environment();
    for (name, value) in &mut environment {
        if name == "PARLOR_DATABASE_URL" {
            value.push_str("?sslmode=require");
        }
    }
    let outcome = run(storage.directory(), Run { arguments: &["serve", "--listen", "127.0.0.1:0"], environment }).await;
    assert!(outcome.code.is_some_and(|code| code != 0), "{outcome:?}");
    assert!(outcome.stderr.contains("sslmode") || outcome.stderr.contains("TLS"), "{outcome:?}");
}

async fn serve(storage: &Storage) -> Outcome {
    let run = Run { arguments: &["serve", "--listen", "127.0.0.1:0"], environment: storage.environment() };
    crate::harness::run(storage.directory(), run).await
}
