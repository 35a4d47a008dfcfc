//! More work than the server takes.

use serde_json::json;

use super::crowd::{CALLERS, together};
use crate::harness::{Database, PASSWORD, Person, Server, Storage, on_both_databases};

on_both_databases!(a_storm_of_logins_is_turned_away_and_holds_nobody_else_up);

async fn a_storm_of_logins_is_turned_away_and_holds_nobody_else_up(on: Database) {
    let storage = Storage::new(on);
    // One password is hashed, one waits, and each takes long enough for the others to come meanwhile.
    let narrow = [("PARLOR_BCRYPT_COST", "12"), ("PARLOR_PASSWORD_THREADS", "1"), ("PARLOR_PASSWORD_QUEUE", "1")];
    let server = Server::start_with(&storage, &narrow).await;
    let mabel = Person::new(&server, "mabel").await;
    let answers = together(|caller| {
        let mabel = mabel.clone();
        async move {
            if caller == 0 {
                mabel.group(&[]).await;
            }
            mabel.login(json!({"email": mabel.email, "password": PASSWORD})).await
        }
    })
    .await;
    let (let_in, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!let_in.is_empty() && !refused.is_empty(), "{} of {CALLERS}", let_in.len());
    for answer in refused {
        answer.problem(503, "busy");
    }
    assert_eq!(mabel.chats("").await.ok().len(), 1);
}
