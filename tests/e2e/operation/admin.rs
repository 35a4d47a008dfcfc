//! The operator's commands, beside a running server.

use serde_json::json;

use crate::harness::{
    Answer, Database, Live, Outcome, PASSWORD, Person, Run, Server, SignedIn, Storage, on_both_databases, run,
    run_with_input, unique,
};

on_both_databases!(
    an_account_is_made_whoever_may_sign_up,
    an_account_is_made_by_the_rules_of_signing_up,
    the_accounts_are_listed_in_columns,
    a_suspension_ends_all_sessions_and_closes_their_sockets,
    a_suspended_account_is_told_so_only_after_the_right_password,
    a_suspension_leaves_what_was_written_and_can_be_taken_back,
    a_new_password_ends_all_sessions,
    the_chats_are_listed_in_columns,
    what_is_not_there_is_said_so,
);

const ANOTHER: &str = "another correct horse";

async fn command(storage: &Storage, arguments: &[&str], input: &str) -> Outcome {
    let environment = storage.environment_of_commands();
    run_with_input(storage.directory(), Run { arguments, environment }, input).await
}

/// What a command prints that is done.
async fn done(storage: &Storage, arguments: &[&str], input: &str) -> String {
    let outcome = command(storage, arguments, input).await;
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    outcome.stdout
}

/// What a command says that is not done, in one sentence.
async fn refused(storage: &Storage, arguments: &[&str], input: &str) -> String {
    let outcome = command(storage, arguments, input).await;
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
    outcome.stderr.strip_prefix("parlor: ").expect("who says so").trim_end().to_owned()
}

/// The rows of a list, below the line that names the columns.
fn rows(list: &str, columns: &str) -> Vec<Vec<String>> {
    let mut lines = list.lines();
    assert_eq!(lines.next(), Some(columns));
    let row = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    lines.map(row).collect()
}

async fn login(server: &Server, email: &str, password: &str) -> Answer<SignedIn> {
    server.client().login(json!({"email": email, "password": password})).await
}

async fn an_account_is_made_whoever_may_sign_up(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start_with(&storage, &[("PARLOR_REGISTRATION", "closed")]).await;
    let arguments = ["user", "create", "--email", "Mabel@example.com", "--username", "Mabel", "--bcrypt-cost", "4"];
    let id = done(&storage, &arguments, "  pass word \r\n and what follows\n").await;
    let mabel = login(&server, "mabel@example.com", "  pass word ").await.ok();
    assert_eq!((format!("{}\n", mabel.id), mabel.username.as_str()), (id, "Mabel"));
    login(&server, "mabel@example.com", "pass word").await.problem(401, "invalid_credentials");
    server.client().with_token(&mabel.access).open_chat(json!({})).await.ok();
}

async fn an_account_is_made_by_the_rules_of_signing_up(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let create = |email: &str, username: &str, password: &'static str| {
        let (email, username) = (email.to_owned(), username.to_owned());
        let storage = &storage;
        async move {
            let arguments = ["user", "create", "--email", &email, "--username", &username];
            refused(storage, &arguments, password).await
        }
    };
    let all = create("nonsense", "deleted user", "short\n").await;
    assert_eq!(
        all,
        "email: Enter a valid email address. username: This name is reserved. password: Ensure this field has at least \
         8 characters."
    );
    assert_eq!(create("nina@example.com", "nina", "").await, "password: This field may not be blank.");
    let both = create(&mabel.email.to_uppercase(), &mabel.username, PASSWORD).await;
    assert_eq!(both, "email: user with this email already exists. username: user with this username already exists.");
    assert_eq!(rows(&done(&storage, &["user", "list"], "").await, ACCOUNTS).len(), 1);
}

const ACCOUNTS: &str = "id\tusername\temail\tcreated_at\tstanding";

async fn the_accounts_are_listed_in_columns(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    assert_eq!(rows(&done(&storage, &["user", "list"], "").await, ACCOUNTS), [[""; 0]; 0]);
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let erased = Person::new(&server, "otto").await;
    erased.erase(PASSWORD).await.expect_status(204);
    done(&storage, &["user", "suspend", &nina.id.to_string()], "").await;
    let listed = rows(&done(&storage, &["user", "list"], "").await, ACCOUNTS);
    let created = mabel.me().await.json()["created_at"].as_str().expect("a time").to_owned();
    assert_eq!(listed[0], [&mabel.id.to_string(), &mabel.username, &mabel.email, &created, "active"]);
    assert_eq!(listed[1][..3], [nina.id.to_string(), nina.username.clone(), nina.email.clone()]);
    assert_eq!((listed[1][4].as_str(), listed.len()), ("suspended", 2));
}

async fn a_suspension_ends_all_sessions_and_closes_their_sockets(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let phone = mabel.again(&server).await;
    let (mut at_desk, mut on_phone) = (Live::of(&server, &mabel).await, Live::of(&server, &phone).await);
    done(&storage, &["user", "suspend", &mabel.email.to_uppercase()], "").await;
    // The database says so at once, to every node.
    server.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
    assert_eq!((at_desk.closed().await.0, on_phone.closed().await.0), (4403, 4403));
    for device in [&mabel, &phone] {
        device.me().await.problem(401, "token_not_valid");
        server.client().refresh(&device.refresh).await.problem(401, "token_not_valid");
    }
    nina.me().await.ok();
}

async fn a_suspended_account_is_told_so_only_after_the_right_password(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    done(&storage, &["user", "suspend", &mabel.id.to_string()], "").await;
    done(&storage, &["user", "suspend", &mabel.id.to_string()], "").await;
    login(&server, &mabel.email, PASSWORD).await.problem(403, "account_suspended");
    let wrong = login(&server, &mabel.email, ANOTHER).await;
    wrong.problem(401, "invalid_credentials");
    let unknown = login(&server, &format!("{}@example.com", unique("nobody")), ANOTHER).await;
    assert_eq!(wrong.problem_but_for_its_id(), unknown.problem_but_for_its_id());
}

async fn a_suspension_leaves_what_was_written_and_can_be_taken_back(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let uri = nina.group(&[&mabel]).await.uri;
    let seq = mabel.says(&uri, "hello").await;
    done(&storage, &["user", "suspend", &mabel.email], "").await;
    assert_eq!(nina.message(&uri, seq).await.ok().user, mabel.reference());
    let members = nina.members(&uri, "").await.ok();
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [nina.id, mabel.id]);
    done(&storage, &["user", "unsuspend", &mabel.email], "").await;
    let back = mabel.again(&server).await;
    assert_eq!(back.message(&uri, seq).await.ok().message, "hello");
    server.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
}

async fn a_new_password_ends_all_sessions(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    let mut live = Live::of(&server, &mabel).await;
    let reset = ["user", "reset-password", mabel.email.as_str(), "--bcrypt-cost", "4"];
    let short = refused(&storage, &reset, "short").await;
    assert_eq!(short, "password: Ensure this field has at least 8 characters.");
    mabel.me().await.ok();
    done(&storage, &reset, ANOTHER).await;
    assert_eq!(live.closed().await.0, 4403);
    mabel.me().await.problem(401, "token_not_valid");
    server.client().refresh(&mabel.refresh).await.problem(401, "token_not_valid");
    login(&server, &mabel.email, PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(login(&server, &mabel.email, ANOTHER).await.ok().id, mabel.id);
}

async fn the_chats_are_listed_in_columns(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let (mabel, nina) = (Person::new(&server, "mabel").await, Person::new(&server, "nina").await);
    let direct = mabel.direct(&nina).await.uri;
    let group = mabel.open_chat(json!({"title": "Tea for two"})).await.ok().uri;
    mabel.says(&group, "hello").await;
    let gone = mabel.group(&[]).await.uri;
    mabel.delete_chat(&gone).await.expect_status(204);
    let listed = done(&storage, &["chat", "list"], "").await;
    let listed = rows(&listed, "uri\tkind\ttitle\tmembers\thead\tupdated_at");
    let updated = mabel.chat(&group).await.json()["updated_at"].as_str().expect("a time").to_owned();
    let row = |uri: &str| listed.iter().find(|row| row[0] == uri).expect("listed");
    assert_eq!(row(&group)[1..], ["group", "Tea for two", "1", "2", &updated]);
    assert_eq!(row(&direct)[1..5], ["direct", "", "2", "1"]);
    assert_eq!(listed.len(), 2, "the deleted one is nobody's");
    assert!(listed.is_sorted());
}

async fn what_is_not_there_is_said_so(on: Database) {
    let storage = Storage::new(on);
    let server = Server::start(&storage).await;
    let mabel = Person::new(&server, "mabel").await;
    for nobody in ["1000", "0", "-1", "nobody@example.com", mabel.username.as_str(), ""] {
        for what in ["suspend", "unsuspend", "reset-password"] {
            let said = refused(&storage, &["user", what, "--", nobody], PASSWORD).await;
            assert_eq!(said, format!("there is no account with the number or e-mail address '{nobody}'"));
        }
    }
    mabel.me().await.ok();
}

#[tokio::test]
async fn no_command_makes_a_database() {
    let storage = Storage::new(Database::Sqlite);
    let create = ["user", "create", "--email", "mabel@example.com", "--username", "mabel"];
    for arguments in [&["user", "list"][..], &["user", "suspend", "1"], &["chat", "list"], &create] {
        let said = refused(&storage, arguments, PASSWORD).await;
        assert!(said.starts_with("there is no database "), "{said}");
        assert!(!storage.data_directory().exists());
    }
    let outcome = run(storage.directory(), Run { arguments: &["user"], environment: Vec::new() }).await;
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}
