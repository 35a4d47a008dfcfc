//! The work of PostgreSQL, counted by itself.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use parlor_testkit::StoppedClock;

use crate::fixture::TestDatabase;
use crate::scenario::{call_everything, newcomer, read, search, send};

/// A chat of many messages, with as many different words as the planner needs to know how common one is (100), many chats and members, and many accounts, beside what there is.
const GROW: &str = "
    INSERT INTO users (email, email_key, username, username_key, password_hash, created_at)
        SELECT 'u' || n, 'u' || n, 'u' || n, 'u' || n, 'x', now() FROM generate_series(1, 20000) AS n;
    INSERT INTO sessions (id, user_id, created_at, last_used_at, token_id, issued_at, expires_at)
        SELECT md5(id::text), id, now(), now(), md5(id::text), now(), now() FROM users;
    INSERT INTO blocks (blocker_id, blocked_id)
        SELECT u.id, v.id FROM users u JOIN users v ON v.id = u.id + 1 ON CONFLICT DO NOTHING;
    INSERT INTO chats (uri, kind, joinable, creator_id, head, member_count, created_at, updated_at)
        SELECT md5(id::text), 'group', true, id, 1, 1, now(), now() FROM users;
    INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq, joined_at)
        SELECT id, creator_id, 'owner', 1, 0, 1, '2020-01-01' FROM chats c
        WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.chat_id = c.id);
    INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq, joined_at)
        SELECT c.id, m.user_id, 'member', 1, 1, 1, '2020-01-01' FROM members m JOIN chats o ON o.id = m.chat_id, chats c
        WHERE o.uri = '{chat}' AND c.id > o.id + 1000 AND c.id <= o.id + 4000;
    INSERT INTO events (chat_id, seq, kind, at, author_id, dedup_key, body)
        SELECT c.id, c.head + n, 'message.created', now(), c.creator_id, 'r:' || n, 'text'
        FROM chats c, generate_series(1, 50000) AS n WHERE uri = '{chat}';
    UPDATE chats SET head = head + 50000 WHERE uri = '{chat}';
    INSERT INTO search_words (chat_id, at, seq, keys)
        SELECT id, now() + n * interval '1 second', head - 50000 + n, array_to_tsvector(ARRAY['text', 'word' || n, 'each' || n % 300])
        FROM chats, generate_series(1, 50000) AS n WHERE uri = '{chat}';
    UPDATE search_progress SET indexed = (SELECT head FROM chats WHERE uri = '{chat}')
        WHERE chat_id = (SELECT id FROM chats WHERE uri = '{chat}');
    ANALYZE search_words;
    UPDATE members SET read_seq = (SELECT head FROM chats WHERE uri = '{chat}')
        WHERE chat_id = (SELECT id FROM chats WHERE uri = '{chat}');
";

#[derive(QueryableByName)]
struct Work {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The tables that were read whole, and how many entries were read from each index.
const COUNTED: &str = "
    SELECT relname::text AS what, seq_scan AS count FROM pg_stat_user_tables WHERE relname NOT LIKE '\\_\\_%'
    UNION ALL
    SELECT 'entries of ' || indexrelname, idx_tup_read FROM pg_stat_user_indexes
";

/// Statements that were prepared while the tables were empty, and are used when they have grown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_database_is_as_much_work_as_a_small_one() {
    let database = TestDatabase::postgres();
    let store = database.open("store", Arc::default(), Arc::new(StoppedClock::default()));
    let mut chats = Vec::new();
    // As often as there are readers, and more, so that each has prepared what it uses.
    for round in 0..10 {
        chats.push(call_everything(&store, &format!("round {round}")).await);
    }
    let (ann, chat) = chats[0];
    let mut conn = database.connect();
    conn.batch_execute(&GROW.replace("{chat}", &chat.to_string())).expect("grown");
    // A connection may keep what it counted for a second: it must not come after the reset.
    conn.batch_execute("SELECT pg_stat_force_next_flush()").expect("flushed");
    conn.batch_execute("SELECT pg_stat_reset()").expect("reset");
    for round in 10..15 {
        call_everything(&store, &format!("round {round}")).await;
        read(&store, ann, chat).await;
        let reader = newcomer(&store, &format!("round {round} reader"), ann, chat).await;
        for words in ["text", "te", "word1234", "text word4321", "word77 tex", "nothing"] {
            search(&store, reader, chat, words).await;
        }
        send(&store, ann, chat).await;
    }
    // The end of its connections makes PostgreSQL count what they did.
    store.close();
    drop(conn);
    let work: Vec<Work> = sql_query(COUNTED).load(&mut database.connect()).expect("counted");
    assert!(work.iter().any(|it| it.what == "entries of events_pkey" && it.count > 0), "something was counted");
    for Work { what, count } in work {
        // Five rounds of some hundred calls; one careless one would read tens of thousands.
        let most = if what.starts_with("entries of ") { 8000 } else { 0 };
        assert!(count <= most, "{what}: {count}");
    }
}
