//! Making a chat.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamp};
use time::PrimitiveDateTime;

use parlor_domain::chat_session::{ChatCreation, NewChat, NewChatKind};
use parlor_domain::{ChatKind, ChatTitle, ChatUri, Event, EventKind, Member, Role, Seq, UserId};

use crate::connection::{self, AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::schema::{chats, members as membership};
use crate::statement::statement;
use crate::{blocks, erasure, events, rows, times, users};

use super::members;

statement! {
    /// Stores a chat whose log has one event, unless its name is used or its pair has a chat: then there is no row.
    struct InsertChat<'a> for MultiBackend {
        uri: &'a str,
        kind: &'a str,
        title: Option<&'a str>,
        joinable: bool,
        direct_low: Option<i64>,
        direct_high: Option<i64>,
        creator_id: i64,
        member_count: i64,
        at: PrimitiveDateTime,
    } -> (BigInt,);
    "INSERT INTO chats (uri, kind, title, joinable, direct_low, direct_high, creator_id, head, member_count,
        created_at, updated_at) VALUES (" [uri: Text]
    ", " [kind: Text]
    ", " [title: Nullable<Text>]
    ", " [joinable: Bool]
    ", " [direct_low: Nullable<BigInt>]
    ", " [direct_high: Nullable<BigInt>]
    ", " [creator_id: BigInt]
    ", 1, " [member_count: BigInt]
    ", " [at: Timestamp]
    ", " [at: Timestamp]
    ") ON CONFLICT DO NOTHING RETURNING id"
}

/// What a chat begins with.
struct Beginning<'a> {
    kind: ChatKind,
    title: Option<&'a ChatTitle>,
    joinable: bool,
    /// The lower and the higher user of a direct chat.
    pair: Option<(UserId, UserId)>,
    members: Vec<(UserId, Role)>,
}

impl<'a> Beginning<'a> {
    fn of(new: &'a NewChat) -> Self {
        let creator = new.creator;
        match &new.kind {
            NewChatKind::Direct { with } => Self {
                kind: ChatKind::Direct,
                title: None,
                joinable: false,
                pair: Some((creator.min(*with), creator.max(*with))),
                members: vec![(creator, Role::Member), (*with, Role::Member)],
            },
            NewChatKind::Group { title, joinable, members } => {
                let others = members.iter().map(|user| (*user, Role::Member));
                Self {
                    kind: ChatKind::Group,
                    title: title.as_ref(),
                    joinable: *joinable,
                    pair: None,
                    members: [(creator, Role::Owner)].into_iter().chain(others).collect(),
                }
            }
        }
    }

    /// Leaves those out of a group whose accounts were erased meanwhile; false if the creator's was. A direct chat outlasts
    /// that.
    fn leave_out_erased(&mut self, conn: &mut AnyConnection, creator: UserId) -> Result<bool, Failure> {
        let mut ids: Vec<i64> = self.members.iter().map(|(user, _)| user.get()).collect();
        ids.sort_unstable();
        let living = erasure::keep_living(conn, &ids)?;
        if self.kind == ChatKind::Group {
            self.members.retain(|(user, _)| living.contains(&user.get()));
        }
        Ok(living.contains(&creator.get()))
    }

    fn event(&self, conn: &mut AnyConnection, new: &NewChat) -> Result<Event, Failure> {
        let ids: Vec<i64> = self.members.iter().map(|(user, _)| user.get()).collect();
        let named = users::find_refs(conn, &ids)?;
        let find = |id: UserId| named.get(&id).cloned().ok_or_else(|| Failure::corrupt("a member without an account"));
        let members =
            self.members.iter().map(|(user, role)| Ok::<_, Failure>(Member { user: find(*user)?, role: *role }));
        let kind = EventKind::ChatCreated {
            kind: self.kind,
            title: self.title.cloned(),
            joinable: self.joinable,
            members: members.collect::<Result<_, _>>()?,
        };
        let at = times::read(times::stored(new.at));
        Ok(Event { chat: new.uri, seq: Seq::START.next(), at, by: find(new.creator)?, kind })
    }
}

/// Makes a chat, and returns what came of it with the events to announce. If it is `doubtful` whether an earlier try
/// was committed, a chat that must be of that try counts as made now.
pub(super) fn create(
    conn: &mut AnyConnection,
    new: &NewChat,
    doubtful: bool,
) -> Result<(ChatCreation, Vec<Event>), Failure> {
    let mut beginning = Beginning::of(new);
    connection::write(conn, |conn| {
        // First of all, so that a block which is under way is waited for, and seen by what comes next.
        let blocked = match beginning.pair {
            Some((low, high)) => blocks::is_blocked_pair(conn, low, high)?,
            None => false,
        };
        let existing = find_existing(conn, new, &beginning)?;
        if blocked && !existing.as_ref().is_some_and(|existing| existing.is_of_earlier_try(new, doubtful)) {
            return Ok((ChatCreation::Blocked, Vec::new()));
        }
        if let Some(existing) = existing {
            return existing.answer(conn, new, &beginning, doubtful);
        }
        if !beginning.leave_out_erased(conn, new.creator)? {
            return Ok((ChatCreation::NoCreator, Vec::new()));
        }
        let uri = new.uri.to_string();
        let insert = InsertChat {
            uri: &uri,
            kind: beginning.kind.as_str(),
            title: beginning.title.map(ChatTitle::as_str),
            joinable: beginning.joinable,
            direct_low: beginning.pair.map(|(low, _)| low.get()),
            direct_high: beginning.pair.map(|(_, high)| high.get()),
            creator_id: new.creator.get(),
            member_count: i64::try_from(beginning.members.len()).expect("there are fewer members than 2^63"),
            at: times::stored(new.at),
        };
        let Some((id,)) = insert.get_result::<(i64,)>(conn).optional()? else {
            // Somebody else came first, and their transaction is over: a further statement sees what they made.
            let existing = find_existing(conn, new, &beginning)?;
            let existing = existing.ok_or_else(|| Failure::corrupt("a chat was refused for one that is not there"))?;
            return existing.answer(conn, new, &beginning, doubtful);
        };
        members::insert_first(conn, id, &beginning.members)?;
        let event = beginning.event(conn, new)?;
        events::insert(conn, id, &event)?;
        Ok((ChatCreation::Created, vec![event]))
    })
}

/// A chat that stands in the way of a new one.
struct Existing {
    creation: ChatCreation,
    creator_id: i64,
    created_at: PrimitiveDateTime,
}

impl Existing {
    /// Whether it was made by a try of this very call whose answer was lost.
    fn is_of_earlier_try(&self, new: &NewChat, doubtful: bool) -> bool {
        doubtful
            && self.creation == ChatCreation::Exists(new.uri)
            && self.creator_id == new.creator.get()
            && self.created_at == times::stored(new.at)
    }

    fn answer(
        self,
        conn: &mut AnyConnection,
        new: &NewChat,
        beginning: &Beginning<'_>,
        doubtful: bool,
    ) -> Result<(ChatCreation, Vec<Event>), Failure> {
        if self.is_of_earlier_try(new, doubtful) {
            return Ok((ChatCreation::Created, vec![beginning.event(conn, new)?]));
        }
        Ok((self.creation, Vec::new()))
    }
}

fn find_existing(
    conn: &mut AnyConnection,
    new: &NewChat,
    beginning: &Beginning<'_>,
) -> Result<Option<Existing>, Failure> {
    let columns = (chats::uri, chats::creator_id, chats::created_at);
    if let Some((low, high)) = beginning.pair {
        let of_pair = chats::table.filter(chats::direct_low.eq(low.get())).filter(chats::direct_high.eq(high.get()));
        let found: Option<(String, i64, PrimitiveDateTime)> = of_pair.select(columns).first(conn).optional()?;
        if let Some((uri, creator_id, created_at)) = found {
            let creation = ChatCreation::Exists(rows::named::<ChatUri>(&uri)?);
            return Ok(Some(Existing { creation, creator_id, created_at }));
        }
    }
    let named = chats::table.filter(chats::uri.eq(new.uri.to_string()));
    let named = named.select((chats::id, chats::creator_id, chats::created_at));
    let Some((id, creator_id, created_at)) = named.first::<(i64, i64, PrimitiveDateTime)>(conn).optional()? else {
        return Ok(None);
    };
    let own = membership::table.find((id, new.creator.get())).select(membership::user_id);
    let own: Option<i64> = own.first(conn).optional()?;
    let creation = if own.is_some() { ChatCreation::Exists(new.uri) } else { ChatCreation::UriTaken };
    Ok(Some(Existing { creation, creator_id, created_at }))
}
