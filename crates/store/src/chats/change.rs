//! Changing a chat: who is in it, as what, and its settings; and deleting it.

use std::collections::HashMap;

use diesel::prelude::*;

use parlor_domain::account::UserRef;
use parlor_domain::chat_session::{ChangeChat, ChangeRefused, ChatChange, ChatContext, SettingsChange};
use parlor_domain::ports::Clock;
use parlor_domain::{ChatTitle, Event, EventKind, Member, Role, Seq, UserId};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::{chats, former_members, members as membership};
use crate::{erasure, events, rows, times, users};

use super::{Locked, invites, members};

/// Decides on a change, and stores it. Returns the events to announce.
pub(super) fn change(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    change: &ChangeChat,
) -> Result<Result<Vec<Event>, ChangeRefused>, Failure> {
    connection::write(conn, |conn| {
        let Some(chat) = Locked::find(conn, change.uri)? else { return Ok(Err(ChangeRefused::NotFound)) };
        if let Some(newcomer) = change.newcomer()
            && erasure::keep_living(conn, &[newcomer.get()])?.is_empty()
        {
            return Ok(Err(ChangeRefused::NotFound));
        }
        match change.decide(&chat.context(conn, clock, change)?) {
            Err(refused) => Ok(Err(refused)),
            Ok(changes) if changes.is_empty() => Ok(Ok(Vec::new())),
            Ok(changes) => chat.apply(conn, change, &changes).map(Ok),
        }
    })
}

impl Locked {
    fn context(
        &self,
        conn: &mut AnyConnection,
        clock: &dyn Clock,
        change: &ChangeChat,
    ) -> Result<ChatContext, Failure> {
        let (caller, target) = (change.by.get(), change.command.target(change.by).get());
        let both = [caller, target];
        let roles: Vec<(i64, String)> = membership::table
            .filter(membership::chat_id.eq(self.id))
            .filter(membership::user_id.eq_any(both))
            .select((membership::user_id, membership::role))
            .load(conn)?;
        let barred: Vec<i64> = former_members::table
            .filter(former_members::chat_id.eq(self.id))
            .filter(former_members::user_id.eq_any(both))
            .filter(former_members::barred)
            .select(former_members::user_id)
            .load(conn)?;
        let heir: Option<i64> = membership::table
            .filter(membership::chat_id.eq(self.id))
            .filter(membership::role.ne(Role::Owner.as_str()))
            .order((
                membership::role.eq(Role::Admin.as_str()).desc(),
                membership::joined_seq.asc(),
                membership::ordinal.asc(),
            ))
            .select(membership::user_id)
            .first(conn)
            .optional()?;
        let role = |user: i64| {
            let found = roles.iter().find(|(id, _)| *id == user);
            found.map(|(_, role)| rows::named::<Role>(role)).transpose()
        };
        let invite = match change.command.invite() {
            Some(code) => invites::state(conn, clock, self.id, code)?,
            None => None,
        };
        Ok(ChatContext {
            kind: rows::named(&self.kind)?,
            title: self.title.clone().map(ChatTitle::stored),
            joinable: self.joinable,
            member_count: rows::count(self.member_count)?,
            caller: role(caller)?,
            caller_barred: barred.contains(&caller),
            target: role(target)?,
            target_barred: barred.contains(&target),
            heir: heir.map(rows::user_id).transpose()?,
            invite,
        })
    }

    fn apply(
        &self,
        conn: &mut AnyConnection,
        change: &ChangeChat,
        changes: &[ChatChange],
    ) -> Result<Vec<Event>, Failure> {
        let mut ids: Vec<i64> = changes.iter().filter_map(subject).map(UserId::get).collect();
        ids.push(change.by.get());
        let named = users::find_refs(conn, &ids)?;
        if let Some(code) = change.command.invite() {
            invites::take_use(conn, code)?;
        }
        let at = times::read(times::stored(change.at));
        let (mut seq, mut count) = (rows::seq(self.head)?, self.member_count);
        let mut stored = Vec::with_capacity(changes.len());
        for decided in changes {
            seq = seq.next();
            count = self.apply_one(conn, decided, seq, count)?;
            let by = find(&named, change.by)?;
            let event = Event { chat: change.uri, seq, at, by, kind: kind(decided, &named)? };
            events::insert(conn, self.id, &event)?;
            stored.push(event);
        }
        diesel::update(chats::table.find(self.id))
            .set((
                chats::head.eq(seq.get()),
                chats::updated_at.eq(times::stored(change.at)),
                chats::member_count.eq(count),
            ))
            .execute(conn)?;
        Ok(stored)
    }

    /// Stores what a change says, but for its event, and returns how many members there are then.
    fn apply_one(&self, conn: &mut AnyConnection, change: &ChatChange, seq: Seq, count: i64) -> Result<i64, Failure> {
        match change {
            ChatChange::MemberAdded { user, role } => {
                members::add(conn, self.id, *user, *role, seq).map(|()| count + 1)
            }
            ChatChange::MemberRemoved { user, barred, .. } => {
                members::remove(conn, self.id, *user, *barred).map(|()| count - 1)
            }
            ChatChange::RoleChanged { user, role } => members::give_role(conn, self.id, *user, *role).map(|()| count),
            ChatChange::Updated(settings) => self.update(conn, settings).map(|()| count),
            // Without members nobody sees it, and not joinable it gets none: that is how a deleted chat is stored.
            ChatChange::Deleted => {
                self.update(conn, &SettingsChange { title: None, joinable: Some(false) })?;
                invites::remove_all(conn, self.id)?;
                members::remove_all(conn, self.id).map(|()| 0)
            }
        }
    }

    /// Stores settings. At least one must be named.
    fn update(&self, conn: &mut AnyConnection, settings: &SettingsChange) -> Result<(), Failure> {
        let title = settings.title.as_ref().map(|title| title.as_ref().map(ChatTitle::as_str));
        let changes = (title.map(|title| chats::title.eq(title)), settings.joinable.map(|it| chats::joinable.eq(it)));
        diesel::update(chats::table.find(self.id)).set(changes).execute(conn)?;
        Ok(())
    }
}

/// The user that a change is about.
fn subject(change: &ChatChange) -> Option<UserId> {
    match change {
        ChatChange::MemberAdded { user, .. }
        | ChatChange::MemberRemoved { user, .. }
        | ChatChange::RoleChanged { user, .. } => Some(*user),
        ChatChange::Updated(_) | ChatChange::Deleted => None,
    }
}

fn kind(change: &ChatChange, named: &HashMap<UserId, UserRef>) -> Result<EventKind, Failure> {
    let member = |user: &UserId, role: &Role| Ok::<_, Failure>(Member { user: find(named, *user)?, role: *role });
    Ok(match change {
        ChatChange::MemberAdded { user, role } => EventKind::MemberAdded(member(user, role)?),
        ChatChange::MemberRemoved { user, role, .. } => EventKind::MemberRemoved(member(user, role)?),
        ChatChange::RoleChanged { user, role } => EventKind::MemberRole(member(user, role)?),
        ChatChange::Updated(SettingsChange { title, joinable }) => {
            EventKind::ChatUpdated { title: title.clone(), joinable: *joinable }
        }
        ChatChange::Deleted => EventKind::ChatDeleted,
    })
}

fn find(named: &HashMap<UserId, UserRef>, id: UserId) -> Result<UserRef, Failure> {
    named.get(&id).cloned().ok_or_else(|| Failure::corrupt("a change by or of somebody without an account"))
}
