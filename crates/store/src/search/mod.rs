//! Searching messages.
//!
//! A send indexes nothing. Whoever searches first has the words of what was sent since brought into the index, in small
//! steps; what was acknowledged before is found then.

mod index;
mod statements;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use time::PrimitiveDateTime;

use parlor_domain::ports::SearchRepository;
use parlor_domain::search::{Hit, SearchMessages, SearchQuery};
use parlor_domain::{Page, StoreError, async_trait};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::{DieselStore, rows, times};

use index::Behind;
pub(crate) use index::{forget, replace};
use statements::{FindBehind, FindChat, FindEvent, HitRow, ListBehind, ListChats, SearchPg, SearchSqlite};

/// How many steps one search takes to bring the index up to date. One that would need more is answered `busy`: what it
/// did stays done, and the next goes on from there.
const MAX_STEPS: usize = 64;

/// Among how many chats SQLite looks for their words only. Each costs a little at every message that is found, while
/// somebody who is in more finds soon enough among the words of all.
const MAX_CHAT_KEYS: i64 = 64;

/// A GIN index is read by bitmap scans only, which no other statement needs. How large the tables are and how common
/// the words decides the plan, so it is made anew each time.
const PLANNED_ANEW: &str = "SET LOCAL enable_bitmapscan = on; SET LOCAL plan_cache_mode = force_custom_plan";

impl TryFrom<HitRow> for Hit {
    type Error = Failure;

    fn try_from(row: HitRow) -> Result<Self, Failure> {
        Ok(Self {
            chat: rows::named(&row.uri)?,
            seq: rows::seq(row.seq)?,
            author: rows::user_ref(row.author_id, row.username)?,
            body: row.body.ok_or_else(|| Failure::corrupt("a message without a text"))?,
            created_at: times::read(row.at),
        })
    }
}

/// The query for a `tsquery`. A key holds letters, digits and marks only: nothing in it needs escaping.
fn for_postgres(query: &SearchQuery) -> String {
    let (whole, last) = query.parts();
    let whole: String = whole.iter().map(|key| format!("'{key}' & ")).collect();
    format!("{whole}'{last}':*")
}

/// The same for FTS5, in these chats; in all there are, if they are too many to name.
fn for_sqlite(query: &SearchQuery, chats: Option<&[i64]>) -> String {
    let (whole, last) = query.parts();
    let chats = chats.map(|chats| {
        let keys: Vec<String> = chats.iter().map(|&chat| format!("\"{}\"", index::chat_key(chat))).collect();
        format!("({}) AND ", keys.join(" OR "))
    });
    let whole: String = whole.iter().map(|key| format!("\"{key}\" AND ")).collect();
    format!("{}{whole}\"{last}\" *", chats.unwrap_or_default())
}

/// Where a page begins.
#[derive(Clone, Copy)]
struct Start<'a> {
    at: PrimitiveDateTime,
    uri: &'a str,
    seq: i64,
}

fn search_postgres(
    conn: &mut PgConnection,
    search: &SearchMessages,
    chat: Option<&str>,
    start: Option<Start<'_>>,
) -> Result<Vec<HitRow>, Failure> {
    conn.batch_execute(PLANNED_ANEW)?;
    let (reader, words, limit) = (search.reader.get(), for_postgres(&search.query), rows::page_rows(search.limit));
    let (at, uri, seq) = (start.map(|it| it.at), start.map(|it| it.uri), start.map(|it| it.seq));
    Ok(SearchPg { reader, words: &words, chat, at, uri, seq, limit }.load(conn)?)
}

fn search_sqlite(
    conn: &mut SqliteConnection,
    search: &SearchMessages,
    chat: Option<i64>,
    start: Option<Start<'_>>,
) -> Result<Vec<HitRow>, Failure> {
    let (reader, limit) = (search.reader.get(), rows::page_rows(search.limit));
    let chats: Vec<i64> = match chat {
        Some(chat) => vec![chat],
        None => {
            let own = ListChats { reader, limit: MAX_CHAT_KEYS + 1 }.load::<(i64,)>(conn)?;
            own.into_iter().map(|(chat,)| chat).collect()
        }
    };
    if chats.is_empty() {
        return Ok(Vec::new());
    }
    let few = rows::length(chats.len())? <= MAX_CHAT_KEYS;
    let words = for_sqlite(&search.query, few.then_some(&chats));
    let above = match start {
        Some(Start { uri, seq, .. }) => (FindEvent { uri, seq, reader }).get_result::<(i64,)>(conn).optional()?,
        None => None,
    };
    let below = above.map_or(i64::MAX, |(id,)| id);
    let start = start.filter(|_| above.is_none());
    let (at, uri, seq) = (start.map(|it| it.at), start.map(|it| it.uri), start.map(|it| it.seq));
    Ok(SearchSqlite { reader, words: &words, below, at, uri, seq, limit }.load(conn)?)
}

fn search(conn: &mut AnyConnection, search: &SearchMessages) -> Result<Option<Page<Hit>>, Failure> {
    let chat = search.chat.map(|chat| chat.to_string());
    let only = match chat.as_deref() {
        None => None,
        Some(uri) => match (FindChat { uri, reader: search.reader.get() }).get_result::<(i64,)>(conn).optional()? {
            None => return Ok(None),
            Some((id,)) => Some(id),
        },
    };
    let after = search.after.map(|after| (times::stored(after.created_at), after.chat.to_string(), after.seq.get()));
    let start = after.as_ref().map(|(at, uri, seq)| Start { at: *at, uri, seq: *seq });
    let found = match conn {
        AnyConnection::Postgres(conn) => search_postgres(conn, search, chat.as_deref(), start)?,
        AnyConnection::Sqlite(conn) => search_sqlite(conn, search, only, start)?,
    };
    let hits: Result<Vec<Hit>, Failure> = found.into_iter().map(Hit::try_from).collect();
    Ok(Some(Page::cut(hits?, search.limit)))
}

impl DieselStore {
    /// Brings the words of what the reader can search into the index, as far as it was sent before.
    async fn catch_up(&self, wanted: &SearchMessages) -> Result<(), StoreError> {
        let (reader, only) = (wanted.reader.get(), wanted.chat.map(|chat| chat.to_string()));
        let listed = self.read(move |conn| {
            Ok(match only.as_deref() {
                Some(uri) => FindBehind { uri, reader }.load::<Behind>(conn)?,
                None => ListBehind { reader }.load::<Behind>(conn)?,
            })
        });
        let mut behind = listed.await?;
        for _ in 0..MAX_STEPS {
            if behind.is_empty() {
                return Ok(());
            }
            behind = self.write(move |conn| index::step(conn, &behind)).await?;
        }
        if behind.is_empty() { Ok(()) } else { Err(StoreError::Busy) }
    }
}

#[async_trait]
impl SearchRepository for DieselStore {
    async fn search(&self, wanted: SearchMessages) -> Result<Option<Page<Hit>>, StoreError> {
        self.catch_up(&wanted).await?;
        self.read(move |conn| connection::snapshot(conn, |conn| search(conn, &wanted))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_written_as_each_database_reads_it() {
        let query = SearchQuery::new("Tea: for' t\"w").expect("words");
        assert_eq!(for_postgres(&query), "'tea' & 'for' & 't' & 'w':*");
        assert_eq!(for_sqlite(&query, None), r#""tea" AND "for" AND "t" AND "w" *"#);
        let tea = SearchQuery::new("tea").expect("words");
        assert_eq!(for_sqlite(&tea, Some(&[1, 22])), r##"("#1" OR "#22") AND "tea" *"##);
    }
}
