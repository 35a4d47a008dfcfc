//! All that is stored of one user.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use time::PrimitiveDateTime;

use parlor_domain::account::Device;
use parlor_domain::chat_session::{Invite, InviteCode};
use parlor_domain::export::{StoredChat, StoredInvite, StoredPlace, StoredSession, Stretch};
use parlor_domain::ports::ExportRepository;
use parlor_domain::{ChatTitle, ChatUri, Page, Seq, SessionId, StoreError, UserId, async_trait};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::events::{EventColumns, EventRow, read_events};
use crate::failure::Failure;
use crate::schema::{chats, invites, members, sessions, users};
use crate::statement::statement;
use crate::{DieselStore, rows, times};

/// What stands before every name of 32 digits.
const FIRST: String = String::new();

type SessionRow =
    (String, Option<String>, Option<String>, PrimitiveDateTime, PrimitiveDateTime, Option<PrimitiveDateTime>);
type InviteRow = (String, String, String, PrimitiveDateTime, Option<PrimitiveDateTime>, Option<i64>);
type ChatRow = (String, String, Option<String>, Option<String>, Option<i64>);

statement! {
    /// A part of the chats that somebody is in or was in. They are found by their ids: the empty text keeps the planner from
    /// going through all chats in the order of their uris.
    struct ListChats<'a> for MultiBackend {
        user: i64,
        after: &'a str,
        limit: i64,
    } -> (Text, Text, Nullable<Text>, Nullable<Text>, Nullable<BigInt>);
    "SELECT c.uri, c.kind, CASE WHEN m.role IS NOT NULL THEN c.title END, m.role, m.read_seq
     FROM (
        SELECT chat_id FROM members WHERE user_id = " [user: BigInt]
    " UNION SELECT chat_id FROM former_members WHERE user_id = " [user: BigInt]
    ") known JOIN chats c ON c.id = known.chat_id
     LEFT JOIN members m ON m.chat_id = c.id AND m.user_id = " [user: BigInt]
    " WHERE c.uri || '' > " [after: Text]
    " ORDER BY c.uri || '' LIMIT " [limit: BigInt]
}

statement! {
    /// The events of a stretch of a chat's log that are by somebody, or about them, oldest first. The stretch bounds what is
    /// read: the plus keeps the planner from looking through everything that its author did in the chat.
    struct ListEvents for MultiBackend {
        chat_id: i64,
        after: i64,
        to: i64,
        by: i64,
        about: i64,
    } -> EventColumns;
    "SELECT e.kind, e.seq, e.at, e.author_id, u.username, e.dedup_key, e.body, e.reply_to, e.edited_at, e.deleted, NULL,
        e.subject_id, s.username, e.data, e.target,
        (SELECT t.body FROM events t WHERE t.chat_id = e.chat_id AND t.seq = e.target)
     FROM events e
     LEFT JOIN users u ON u.id = e.author_id
     LEFT JOIN users s ON s.id = e.subject_id
     WHERE e.chat_id = " [chat_id: BigInt]
    " AND e.seq > " [after: BigInt]
    " AND e.seq <= " [to: BigInt]
    " AND (+e.author_id = " [by: BigInt]
    " OR +e.subject_id = " [about: BigInt]
    ") ORDER BY e.seq"
}

fn list_sessions(
    conn: &mut AnyConnection,
    user: UserId,
    after: Option<SessionId>,
    limit: u32,
) -> Result<Page<StoredSession>, Failure> {
    let columns = (
        sessions::id,
        sessions::user_agent,
        sessions::address,
        sessions::created_at,
        sessions::last_used_at,
        sessions::ended_at,
    );
    let page = sessions::table
        .filter(sessions::user_id.eq(user.get()))
        .filter(sessions::id.gt(after.map_or(FIRST, |after| after.to_string())))
        .order(sessions::id)
        .limit(rows::page_rows(limit))
        .select(columns);
    let stored =
        page.load::<SessionRow>(conn)?.into_iter().map(|(id, user_agent, address, created_at, used, ended)| {
            Ok::<_, Failure>(StoredSession {
                id: rows::named(&id)?,
                device: Device { user_agent, address },
                created_at: times::read(created_at),
                last_used_at: times::read(used),
                ended_at: ended.map(times::read),
            })
        });
    Ok(Page::cut(stored.collect::<Result<_, _>>()?, limit))
}

fn list_invites(
    conn: &mut AnyConnection,
    user: UserId,
    after: Option<InviteCode>,
    limit: u32,
) -> Result<Page<StoredInvite>, Failure> {
    let columns =
        (chats::uri, invites::code, users::username, invites::created_at, invites::expires_at, invites::uses_left);
    let page = invites::table
        .inner_join(chats::table.on(chats::id.eq(invites::chat_id)))
        .inner_join(users::table.on(users::id.eq(invites::creator_id)))
        .filter(invites::creator_id.eq(user.get()))
        .filter(invites::code.gt(after.map_or(FIRST, |after| after.to_string())))
        .order(invites::code)
        .limit(rows::page_rows(limit))
        .select(columns);
    let stored =
        page.load::<InviteRow>(conn)?.into_iter().map(|(uri, code, username, created_at, expires_at, uses)| {
            let invite = Invite {
                code: rows::named(&code)?,
                by: rows::user_ref(user.get(), username)?,
                created_at: times::read(created_at),
                expires_at: expires_at.map(times::read),
                uses_left: uses.map(rows::count).transpose()?,
            };
            Ok::<_, Failure>(StoredInvite { chat: rows::named(&uri)?, invite })
        });
    Ok(Page::cut(stored.collect::<Result<_, _>>()?, limit))
}

fn list_chats(
    conn: &mut AnyConnection,
    user: UserId,
    after: Option<ChatUri>,
    limit: u32,
) -> Result<Page<StoredChat>, Failure> {
    let after = after.map_or(FIRST, |after| after.to_string());
    let page = ListChats { user: user.get(), after: &after, limit: rows::page_rows(limit) };
    let stored = page.load::<ChatRow>(conn)?.into_iter().map(|(uri, kind, title, role, read)| {
        let place = role.zip(read).map(|(role, read)| {
            let title = title.map(ChatTitle::stored);
            Ok::<_, Failure>(StoredPlace { title, role: rows::named(&role)?, read: rows::seq(read)? })
        });
        Ok::<_, Failure>(StoredChat { uri: rows::named(&uri)?, kind: rows::named(&kind)?, place: place.transpose()? })
    });
    Ok(Page::cut(stored.collect::<Result<_, _>>()?, limit))
}

fn list_events(
    conn: &mut AnyConnection,
    uri: ChatUri,
    user: UserId,
    after: Seq,
    limit: u32,
) -> Result<Stretch, Failure> {
    connection::snapshot(conn, |conn| {
        let chat = chats::table.filter(chats::uri.eq(uri.to_string())).select((chats::id, chats::head, chats::floor));
        let Some((chat_id, head, floor)) = chat.first::<(i64, i64, i64)>(conn).optional()? else {
            return Ok(Stretch { events: Vec::new(), looked_to: None });
        };
        let membership = members::table.find((chat_id, user.get())).select(members::user_id);
        // Nobody has the number -1.
        let about = membership.first(conn).optional()?.unwrap_or(-1);
        // Seqs have no gap above the floor: a stretch of them is so many rows.
        let after = after.get().max(floor - 1);
        let to = head.min(after + i64::from(limit));
        let found = ListEvents { chat_id, after, to, by: user.get(), about }.load::<EventRow>(conn)?;
        let looked_to = (to < head).then(|| rows::seq(to)).transpose()?;
        Ok(Stretch { events: read_events(conn, uri, found)?, looked_to })
    })
}

#[async_trait]
impl ExportRepository for DieselStore {
    async fn export_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Page<StoredSession>, StoreError> {
        self.read(move |conn| list_sessions(conn, user, after, limit)).await
    }

    async fn export_invites(
        &self,
        user: UserId,
        after: Option<InviteCode>,
        limit: u32,
    ) -> Result<Page<StoredInvite>, StoreError> {
        self.read(move |conn| list_invites(conn, user, after, limit)).await
    }

    async fn export_chats(
        &self,
        user: UserId,
        after: Option<ChatUri>,
        limit: u32,
    ) -> Result<Page<StoredChat>, StoreError> {
        self.read(move |conn| list_chats(conn, user, after, limit)).await
    }

    async fn export_events(&self, chat: ChatUri, user: UserId, after: Seq, limit: u32) -> Result<Stretch, StoreError> {
        self.read(move |conn| list_events(conn, chat, user, after, limit)).await
    }
}
