//! Changing a message that is stored.

use diesel::prelude::*;

use parlor_domain::message::{ChangeMessage, ChangeMessageRefused, ChangedMessage, MessageChange, MessageContext};
use parlor_domain::{Event, EventKind, Message, Role};

use crate::chats::Locked;
use crate::connection::{self, AnyConnection};
use crate::events::{self, MessageRow};
use crate::failure::Failure;
use crate::schema::{chats, events as log, members, reactions};
use crate::{rows, search, times, users};

use super::statements::FindMessage;

/// What came of a change, and the event to announce if there is one.
type Changed = Result<(ChangedMessage, Option<Event>), ChangeMessageRefused>;

/// Decides on a change, and stores it.
pub(super) fn change(conn: &mut AnyConnection, change: &ChangeMessage) -> Result<Changed, Failure> {
    connection::write(conn, |conn| {
        let Some(chat) = Locked::find(conn, change.chat)? else { return Ok(Err(ChangeMessageRefused::NotFound)) };
        let context = context(conn, &chat, change)?;
        let decided = match change.decide(&context) {
            Ok(decided) => decided,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(message) = context.message else { return Ok(Err(ChangeMessageRefused::NotFound)) };
        Ok(Ok(match decided {
            None => (ChangedMessage { message, event: None }, None),
            Some(decided) => apply(conn, &chat, change, message, decided)?,
        }))
    })
}

/// Both are read in later statements than the lock, so that they see what was committed while it was waited for.
fn context(conn: &mut AnyConnection, chat: &Locked, change: &ChangeMessage) -> Result<MessageContext, Failure> {
    let member = members::table.find((chat.id, change.by.get()));
    let role: Option<String> = member.select(members::role).first(conn).optional()?;
    let message = find_message(conn, change)?;
    let caller = role.map(|role| rows::named::<Role>(&role)).transpose()?;
    Ok(MessageContext { kind: rows::named(&chat.kind)?, caller, blocked: chat.blocked, message })
}

fn find_message(conn: &mut AnyConnection, change: &ChangeMessage) -> Result<Option<Message>, Failure> {
    let find = FindMessage { uri: &change.chat.to_string(), reader: change.by.get(), seq: change.target.get() };
    find.get_result::<MessageRow>(conn).optional()?.map(Message::try_from).transpose()
}

/// The message after its reactions changed: in which order they stand then is the database's to say.
fn changed(conn: &mut AnyConnection, change: &ChangeMessage) -> Result<Message, Failure> {
    find_message(conn, change)?.ok_or_else(|| Failure::corrupt("a reaction to no message"))
}

fn apply(
    conn: &mut AnyConnection,
    chat: &Locked,
    change: &ChangeMessage,
    message: Message,
    decided: MessageChange,
) -> Result<(ChangedMessage, Option<Event>), Failure> {
    let (target, stored_at) = (change.target, times::stored(change.at));
    let at = times::read(stored_at);
    let to_it = reactions::table.filter(reactions::chat_id.eq(chat.id)).filter(reactions::target.eq(target.get()));
    let row = log::table.filter(log::chat_id.eq(chat.id)).filter(log::seq.eq(target.get()));
    // The text lives in the message's own row only: no event keeps a former one.
    let (message, kind) = match decided {
        MessageChange::Edited(body) => {
            diesel::update(row).set((log::body.eq(body.as_str()), log::edited_at.eq(Some(stored_at)))).execute(conn)?;
            let body = body.into_string();
            search::replace(conn, chat.id, target.get(), &body)?;
            let kind = EventKind::MessageEdited { target, body: body.clone() };
            (Message { body, edited_at: Some(at), ..message }, kind)
        }
        MessageChange::Deleted => {
            diesel::update(row).set((log::body.eq(""), log::deleted.eq(true), log::reacted.eq(false))).execute(conn)?;
            diesel::delete(to_it).execute(conn)?;
            search::forget(conn, chat.id, target.get())?;
            let message = Message { body: String::new(), deleted: true, reactions: Vec::new(), ..message };
            (message, EventKind::MessageDeleted { target })
        }
        MessageChange::Reacted(emoji) => {
            if message.reactions.is_empty() {
                diesel::update(row).set(log::reacted.eq(true)).execute(conn)?;
            }
            diesel::insert_into(reactions::table)
                .values((
                    reactions::chat_id.eq(chat.id),
                    reactions::target.eq(target.get()),
                    reactions::emoji.eq(emoji.as_str()),
                    reactions::user_id.eq(change.by.get()),
                    reactions::seq.eq(chat.head + 1),
                ))
                .execute(conn)?;
            (changed(conn, change)?, EventKind::ReactionAdded { target, emoji })
        }
        MessageChange::Unreacted(emoji) => {
            let of_caller = reactions::emoji.eq(emoji.as_str()).and(reactions::user_id.eq(change.by.get()));
            diesel::delete(to_it.filter(of_caller)).execute(conn)?;
            (changed(conn, change)?, EventKind::ReactionRemoved { target, emoji })
        }
    };
    let by = users::find_refs(conn, &[change.by.get()])?.remove(&change.by);
    let by = by.ok_or_else(|| Failure::corrupt("a change by somebody without an account"))?;
    let event = Event { chat: change.chat, seq: rows::seq(chat.head)?.next(), at, by, kind };
    events::insert(conn, chat.id, &event)?;
    diesel::update(chats::table.find(chat.id))
        .set((chats::head.eq(event.seq.get()), chats::updated_at.eq(stored_at)))
        .execute(conn)?;
    Ok((ChangedMessage { message, event: Some(event.seq) }, Some(event)))
}
