//! The plans of SQLite, for every statement that the store was seen to use.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use parlor_testkit::StoppedClock;

use crate::fixture::TestDatabase;
use crate::scenario::call_everything;

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Every connection of the process tells what it is asked; those to a file are listened to.
fn watch() -> Option<Box<dyn Instrumentation>> {
    let mut is_file = false;
    Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartEstablishConnection { url, .. } => is_file = url.starts_with('/'),
        InstrumentationEvent::StartQuery { query, .. } if is_file => {
            let text = query.to_string();
            let sql = text.split(" -- binds").next().unwrap_or_default().trim();
            // Inserts give their values; what they would explain are foreign keys, in case of a REPLACE.
            if ["SELECT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb)) {
                SEEN.lock().expect("no holder panics").insert(sql.to_owned());
            }
        }
        _ => {}
    }))
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Whether a step reads no table whole, but at most a part of the statement that holds a page or less, or what is one user's.
fn is_small(step: &str) -> bool {
    const PARTS: [&str; 7] = ["viewed", "part", "page", "unread", "asked", "known", "CONSTANT"];
    // Of the index of words what matches is read, or what is there of one message.
    for index in ["SCAN w VIRTUAL TABLE INDEX ", "SCAN search_words VIRTUAL TABLE INDEX "] {
        if let Some(how) = step.strip_prefix(index) {
            return how.contains(['M', '=']);
        }
    }
    let mut words = step.split(' ');
    words.next() != Some("SCAN") || words.next().is_some_and(|what| PARTS.contains(&what))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_reads_a_table_whole() {
    set_default_instrumentation(watch).expect("set");
    let database = TestDatabase::sqlite();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    call_everything(&store, "the").await;
    store.close();
    let seen: Vec<String> = SEEN.lock().unwrap().iter().filter(|sql| !sql.contains("__diesel")).cloned().collect();
    assert!(seen.len() > 25, "only {} statements were seen", seen.len());
    let mut conn = database.connect_to_file();
    for sql in seen {
        let steps: Vec<Step> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut conn).expect("explained");
        for Step { detail } in &steps {
            assert!(is_small(detail), "{detail}\nin {sql}");
            // What was found is walked, and not gathered and sorted.
            assert!(!sql.contains("MATCH") || !detail.contains("TEMP B-TREE"), "{detail}\nin {sql}");
        }
    }
}
