//! Invites to groups.

use diesel::prelude::*;
use time::PrimitiveDateTime;

use parlor_domain::chat_session::{
    Invite, InviteCode, InviteContext, InviteCursor, InviteRefused, InviteState, NewInvite,
};
use parlor_domain::ports::Clock;
use parlor_domain::{ChatUri, Page, Role, UserId};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::{chats, invites, members, users};
use crate::{rows, times};

use super::Locked;

type Row = (String, i64, String, PrimitiveDateTime, Option<PrimitiveDateTime>, Option<i64>);

/// Decides on an invite, and stores it.
pub(super) fn create(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    new: &NewInvite,
) -> Result<Result<Invite, InviteRefused>, Failure> {
    connection::write(conn, |conn| {
        let Some(chat) = Locked::find(conn, new.chat)? else { return Ok(Err(InviteRefused::NotFound)) };
        let now = times::shared_now(conn, clock)?;
        let caller = find_role(conn, chat.id, new.by)?;
        let working = of_chat(chat.id, now).count().get_result(conn)?;
        let context = InviteContext { kind: rows::named(&chat.kind)?, caller, working: rows::count(working)? };
        if let Err(refused) = new.decide(&context) {
            return Ok(Err(refused));
        }
        // Those that have expired are of no use to anybody.
        let expired = invites::table.filter(invites::chat_id.eq(chat.id)).filter(invites::expires_at.le(now));
        diesel::delete(expired).execute(conn)?;
        let expires_at = new.lifetime.map(|lifetime| now.saturating_add(lifetime));
        diesel::insert_into(invites::table)
            .values((
                invites::code.eq(new.code.to_string()),
                invites::chat_id.eq(chat.id),
                invites::creator_id.eq(new.by.get()),
                invites::created_at.eq(now),
                invites::expires_at.eq(expires_at),
                invites::uses_left.eq(new.uses.map(i64::from)),
            ))
            .execute(conn)?;
        let username = users::table.find(new.by.get()).select(users::username).first(conn)?;
        Ok(Ok(Invite {
            code: new.code,
            by: rows::user_ref(new.by.get(), username)?,
            created_at: times::read(now),
            expires_at: expires_at.map(times::read),
            uses_left: new.uses,
        }))
    })
}

/// A part of the list of a chat's invites.
pub(super) fn list(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    uri: ChatUri,
    viewer: UserId,
    after: Option<InviteCursor>,
    limit: u32,
) -> Result<Result<Page<Invite>, InviteRefused>, Failure> {
    connection::snapshot(conn, |conn| {
        let found = chats::table.filter(chats::uri.eq(uri.to_string())).select((chats::id, chats::kind)).first(conn);
        let Some((chat_id, kind)) = found.optional()? else { return Ok(Err(InviteRefused::NotFound)) };
        let (chat_id, kind): (i64, String) = (chat_id, kind);
        if let Err(refused) = NewInvite::allow(rows::named(&kind)?, find_role(conn, chat_id, viewer)?) {
            return Ok(Err(refused));
        }
        let now = times::shared_now(conn, clock)?;
        let mut query = invites::table
            .inner_join(users::table.on(users::id.eq(invites::creator_id)))
            .filter(works_in(chat_id, now))
            .select((
                invites::code,
                invites::creator_id,
                users::username,
                invites::created_at,
                invites::expires_at,
                invites::uses_left,
            ))
            .order((invites::created_at.desc(), invites::code.desc()))
            .limit(rows::page_rows(limit))
            .into_boxed();
        if let Some(InviteCursor { created_at, code }) = after {
            let at = times::stored(created_at);
            let same_time = invites::created_at.eq(at).and(invites::code.lt(code.to_string()));
            query = query.filter(invites::created_at.lt(at).or(same_time));
        }
        let items: Result<_, Failure> = query.load::<Row>(conn)?.into_iter().map(invite).collect();
        Ok(Ok(Page::cut(items?, limit)))
    })
}

/// Withdraws an invite that works.
pub(super) fn withdraw(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    uri: ChatUri,
    by: UserId,
    code: InviteCode,
) -> Result<Result<(), InviteRefused>, Failure> {
    connection::write(conn, |conn| {
        let Some(chat) = Locked::find(conn, uri)? else { return Ok(Err(InviteRefused::NotFound)) };
        if let Err(refused) = NewInvite::allow(rows::named(&chat.kind)?, find_role(conn, chat.id, by)?) {
            return Ok(Err(refused));
        }
        if state(conn, clock, chat.id, code)? != Some(InviteState::Works) {
            return Ok(Err(InviteRefused::NotFound));
        }
        diesel::delete(invites::table.find(code.to_string())).execute(conn)?;
        Ok(Ok(()))
    })
}

/// The chat that a code leads to.
pub(super) fn find_chat(conn: &mut AnyConnection, code: InviteCode) -> Result<Option<ChatUri>, Failure> {
    let found: Option<String> = invites::table
        .inner_join(chats::table.on(chats::id.eq(invites::chat_id)))
        .filter(invites::code.eq(code.to_string()))
        .select(chats::uri)
        .first(conn)
        .optional()?;
    found.map(|uri| rows::named(&uri)).transpose()
}

/// What an invite to the chat is worth, under the chat's lock.
pub(super) fn state(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    chat_id: i64,
    code: InviteCode,
) -> Result<Option<InviteState>, Failure> {
    let now = times::shared_now(conn, clock)?;
    let found: Option<Option<i64>> = invites::table
        .filter(invites::code.eq(code.to_string()))
        .filter(invites::chat_id.eq(chat_id))
        .filter(invites::expires_at.is_null().or(invites::expires_at.gt(now)))
        .select(invites::uses_left)
        .first(conn)
        .optional()?;
    let uses_left = found.map(|uses| uses.map(rows::count).transpose()).transpose()?;
    Ok(uses_left.map(InviteState::of))
}

/// Takes one of an invite's uses, if they are counted; under the chat's lock.
pub(super) fn take_use(conn: &mut AnyConnection, code: InviteCode) -> Result<(), Failure> {
    let counted = invites::table.find(code.to_string()).filter(invites::uses_left.is_not_null());
    diesel::update(counted).set(invites::uses_left.eq(invites::uses_left - 1)).execute(conn)?;
    Ok(())
}

/// Forgets all invites to a chat.
pub(super) fn remove_all(conn: &mut AnyConnection, chat_id: i64) -> Result<(), Failure> {
    diesel::delete(invites::table.filter(invites::chat_id.eq(chat_id))).execute(conn)?;
    Ok(())
}

/// The invites of a chat that work.
#[diesel::dsl::auto_type]
fn of_chat(chat_id: i64, now: PrimitiveDateTime) -> _ {
    let condition: works_in = works_in(chat_id, now);
    invites::table.filter(condition)
}

/// Whether it is an invite of the chat that works.
#[diesel::dsl::auto_type]
fn works_in(chat_id: i64, now: PrimitiveDateTime) -> _ {
    let lives = invites::expires_at.is_null().or(invites::expires_at.gt(now));
    let has_uses = invites::uses_left.is_null().or(invites::uses_left.gt(0_i64));
    invites::chat_id.eq(chat_id).and(lives).and(has_uses)
}

fn find_role(conn: &mut AnyConnection, chat_id: i64, user: UserId) -> Result<Option<Role>, Failure> {
    let role: Option<String> =
        members::table.find((chat_id, user.get())).select(members::role).first(conn).optional()?;
    role.map(|role| rows::named(&role)).transpose()
}

fn invite((code, by, username, created_at, expires_at, uses_left): Row) -> Result<Invite, Failure> {
    Ok(Invite {
        code: rows::named(&code)?,
        by: rows::user_ref(by, username)?,
        created_at: times::read(created_at),
        expires_at: expires_at.map(times::read),
        uses_left: uses_left.map(rows::count).transpose()?,
    })
}
