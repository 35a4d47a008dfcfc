//! The members of a chat: their rows, and the list of them.
//!
//! The order of the list is that of the index `members_in_order`: the owner first, then by joining.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use parlor_domain::{ChatUri, Member, Page, Role, Seq, UserId};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::rows;
use crate::schema::{former_members, members, users};
use crate::statement::statement;

statement! {
    /// Stores the members that a chat begins with, in this order.
    struct InsertFirst<'a> for Pg { chat_id: i64, users: &'a [i64], roles: &'a [&'a str] } -> ();
    "INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq)
     SELECT " [chat_id: BigInt]
    ", f.user_id, f.role, 1, f.place - 1, 1 FROM unnest(" [users: Array<BigInt>]
    ", " [roles: Array<Text>]
    ") WITH ORDINALITY AS f(user_id, role, place)"
}

statement! {
    /// Stores one member.
    struct InsertMember<'a> for MultiBackend {
        chat_id: i64,
        user_id: i64,
        role: &'a str,
        seq: i64,
        ordinal: i64,
    } -> ();
    "INSERT INTO members (chat_id, user_id, role, joined_seq, ordinal, read_seq) VALUES (" [chat_id: BigInt]
    ", " [user_id: BigInt]
    ", " [role: Text]
    ", " [seq: BigInt]
    ", " [ordinal: BigInt]
    ", " [seq: BigInt]
    ")"
}

statement! {
    /// The chat that somebody is a member of, its head, and how far they have read.
    pub(super) struct FindMembership<'a> for MultiBackend { uri: &'a str, user_id: i64 } -> (BigInt, BigInt, BigInt);
    "SELECT c.id, c.head, m.read_seq FROM members m JOIN chats c ON c.id = m.chat_id
     WHERE m.chat_id = (SELECT id FROM chats WHERE uri = " [uri: Text]
    ") AND m.user_id = " [user_id: BigInt]
}

statement! {
    /// The members behind a place.
    struct ListMembers for MultiBackend {
        chat_id: i64,
        plain: bool,
        joined_seq: i64,
        ordinal: i64,
        limit: i64,
    } -> (BigInt, Text, Text);
    "SELECT m.user_id, u.username, m.role FROM members m JOIN users u ON u.id = m.user_id
     WHERE m.chat_id = " [chat_id: BigInt]
    " AND (m.role <> 'owner', m.joined_seq, m.ordinal) > (" [plain: Bool]
    ", " [joined_seq: BigInt]
    ", " [ordinal: BigInt]
    ") ORDER BY (m.role <> 'owner'), m.joined_seq, m.ordinal LIMIT " [limit: BigInt]
}

statement! {
    /// The first members of each of these chats.
    struct FirstMembersPg<'a> for Pg { chats: &'a [i64], limit: i64 } -> (BigInt, BigInt, Text, Text);
    "SELECT m.chat_id, m.user_id, u.username, m.role FROM unnest(" [chats: Array<BigInt>]
    ") AS c(id)
     CROSS JOIN LATERAL (
        SELECT * FROM members f WHERE f.chat_id = c.id
        ORDER BY (f.role <> 'owner'), f.joined_seq, f.ordinal LIMIT " [limit: BigInt]
    ") m
     JOIN users u ON u.id = m.user_id
     ORDER BY m.chat_id, (m.role <> 'owner'), m.joined_seq, m.ordinal"
}

statement! {
    /// The same on SQLite, which has neither arrays nor LATERAL: the chats as a JSON array.
    struct FirstMembersSqlite<'a> for Sqlite { chats: &'a str, limit: i64 } -> (BigInt, BigInt, Text, Text);
    "SELECT m.chat_id, m.user_id, u.username, m.role FROM json_each(" [chats: Text]
    ") asked
     JOIN members m ON m.chat_id = asked.value AND m.user_id IN (
        SELECT f.user_id FROM members f WHERE f.chat_id = asked.value
        ORDER BY (f.role <> 'owner'), f.joined_seq, f.ordinal LIMIT " [limit: BigInt]
    ")
     JOIN users u ON u.id = m.user_id
     ORDER BY m.chat_id, (m.role <> 'owner'), m.joined_seq, m.ordinal"
}

statement! {
    /// Notes all members of a chat as former ones.
    struct KeepAll for MultiBackend { chat_id: i64 } -> ();
    "INSERT INTO former_members (chat_id, user_id, barred, joined_seq, ordinal)
     SELECT chat_id, user_id, false, joined_seq, ordinal FROM members WHERE chat_id = " [chat_id: BigInt]
}

/// A place in the list of members: whether it is behind the owner, and the order of joining.
type Place = (bool, i64, i64);

/// Before the first.
const START: Place = (false, 0, 0);

pub(super) fn insert_first(conn: &mut AnyConnection, chat_id: i64, first: &[(UserId, Role)]) -> Result<(), Failure> {
    if let AnyConnection::Postgres(conn) = conn {
        let users: Vec<i64> = first.iter().map(|(user, _)| user.get()).collect();
        let roles: Vec<&str> = first.iter().map(|(_, role)| role.as_str()).collect();
        InsertFirst { chat_id, users: &users, roles: &roles }.execute(conn)?;
        return Ok(());
    }
    for ((user, role), ordinal) in first.iter().zip(0..) {
        let member = InsertMember { chat_id, user_id: user.get(), role: role.as_str(), seq: 1, ordinal };
        member.execute(conn)?;
    }
    Ok(())
}

/// Makes somebody a member by the event `seq`.
pub(super) fn add(conn: &mut AnyConnection, chat_id: i64, user: UserId, role: Role, seq: Seq) -> Result<(), Failure> {
    diesel::delete(former_members::table.find((chat_id, user.get()))).execute(conn)?;
    let seq = seq.get();
    InsertMember { chat_id, user_id: user.get(), role: role.as_str(), seq, ordinal: 0 }.execute(conn)?;
    Ok(())
}

/// Makes somebody a former member.
pub(super) fn remove(conn: &mut AnyConnection, chat_id: i64, user: UserId, barred: bool) -> Result<(), Failure> {
    let member = members::table.find((chat_id, user.get()));
    let (joined_seq, ordinal): (i64, i64) = member.select((members::joined_seq, members::ordinal)).first(conn)?;
    diesel::delete(member).execute(conn)?;
    diesel::insert_into(former_members::table)
        .values((
            former_members::chat_id.eq(chat_id),
            former_members::user_id.eq(user.get()),
            former_members::barred.eq(barred),
            former_members::joined_seq.eq(joined_seq),
            former_members::ordinal.eq(ordinal),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a member a role.
pub(super) fn give_role(conn: &mut AnyConnection, chat_id: i64, user: UserId, role: Role) -> Result<(), Failure> {
    let member = members::table.find((chat_id, user.get()));
    diesel::update(member).set(members::role.eq(role.as_str())).execute(conn)?;
    Ok(())
}

/// Makes all members former ones: what they wrote is kept as the chat is, and is still theirs to export.
pub(super) fn remove_all(conn: &mut AnyConnection, chat_id: i64) -> Result<(), Failure> {
    KeepAll { chat_id }.execute(conn)?;
    diesel::delete(members::table.filter(members::chat_id.eq(chat_id))).execute(conn)?;
    Ok(())
}

/// The first members of each of these chats, at most `limit` of each, one chat after the other.
pub(super) fn first_of(conn: &mut AnyConnection, chats: &[i64], limit: u32) -> Result<Vec<(i64, Member)>, Failure> {
    let limit = i64::from(limit);
    let found: Vec<(i64, i64, String, String)> = match conn {
        AnyConnection::Postgres(conn) => FirstMembersPg { chats, limit }.load(conn)?,
        AnyConnection::Sqlite(conn) => {
            let chats = serde_json::to_string(chats).map_err(Failure::corrupt)?;
            FirstMembersSqlite { chats: &chats, limit }.load(conn)?
        }
    };
    found.into_iter().map(|(chat, user, name, role)| Ok((chat, member(user, name, &role)?))).collect()
}

fn member(user: i64, username: String, role: &str) -> Result<Member, Failure> {
    Ok(Member { user: rows::user_ref(user, username)?, role: rows::named(role)? })
}

/// A part of the list of members.
pub(super) fn list(
    conn: &mut AnyConnection,
    uri: ChatUri,
    viewer: UserId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Option<Page<Member>>, Failure> {
    connection::snapshot(conn, |conn| {
        let membership = FindMembership { uri: &uri.to_string(), user_id: viewer.get() };
        let Some((chat_id, _, _)) = membership.get_result::<(i64, i64, i64)>(conn).optional()? else {
            return Ok(None);
        };
        let place = match after {
            None => Some(START),
            Some(user) => find_place(conn, chat_id, user)?,
        };
        // Somebody who never was a member stands nowhere, and nobody behind them.
        let Some((plain, joined_seq, ordinal)) = place else {
            return Ok(Some(Page { items: Vec::new(), more: false }));
        };
        let page = ListMembers { chat_id, plain, joined_seq, ordinal, limit: rows::page_rows(limit) };
        let found = page.load::<(i64, String, String)>(conn)?;
        let items: Result<_, Failure> = found.into_iter().map(|(user, name, role)| member(user, name, &role)).collect();
        Ok(Some(Page::cut(items?, limit)))
    })
}

/// Where somebody stands in the list, or stood: who leaves between two pages must not cut the list short.
fn find_place(conn: &mut AnyConnection, chat_id: i64, user: UserId) -> Result<Option<Place>, Failure> {
    // The one who stands for the erased is in direct chats only, in the other's place.
    let user = if user == UserId::DELETED { find_erased(conn, chat_id)?.unwrap_or(user.get()) } else { user.get() };
    let member = members::table.find((chat_id, user));
    let columns = (members::role, members::joined_seq, members::ordinal);
    if let Some((role, joined_seq, ordinal)) = member.select(columns).first::<(String, i64, i64)>(conn).optional()? {
        return Ok(Some((role != Role::Owner.as_str(), joined_seq, ordinal)));
    }
    let former = former_members::table.find((chat_id, user));
    let columns = (former_members::joined_seq, former_members::ordinal);
    let found: Option<(i64, i64)> = former.select(columns).first(conn).optional()?;
    Ok(found.map(|(joined_seq, ordinal)| (true, joined_seq, ordinal)))
}

/// The member of a chat whose account is erased.
fn find_erased(conn: &mut AnyConnection, chat_id: i64) -> Result<Option<i64>, Failure> {
    let erased = members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(members::chat_id.eq(chat_id))
        .filter(users::erased_at.is_not_null());
    Ok(erased.select(members::user_id).first(conn).optional()?)
}
