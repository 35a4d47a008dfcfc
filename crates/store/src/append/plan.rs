//! Deciding and numbering in memory what a batch stores.

use std::collections::HashMap;

use time::PrimitiveDateTime;

use parlor_domain::account::UserRef;
use parlor_domain::message::{SendRefused, Sent};
use parlor_domain::{Message, Seq, Username};

use crate::events::MessageRow;
use crate::failure::Failure;
use crate::times;

use super::{Answer, Append};

/// A chat under its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chat {
    pub(super) id: i64,
    pub(super) head: i64,
    /// Whether it is the direct chat of two of whom one has blocked the other.
    pub(super) blocked: bool,
}

/// What to look up for a message, once its chat is locked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) chat_id: i64,
    pub(super) author_id: i64,
    pub(super) key: &'a str,
    pub(super) reply_to: Option<i64>,
}

/// What the database knows of a message by a member.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub(super) struct Known {
    /// The author's name of today.
    pub(super) username: String,
    /// The author's message of the same key in this chat.
    pub(super) stored: Option<MessageRow>,
    /// Whether the message to answer exists.
    pub(super) target_exists: bool,
}

/// A row to store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) chat_id: i64,
    pub(super) seq: i64,
    pub(super) at: PrimitiveDateTime,
    pub(super) author_id: i64,
    pub(super) key: &'a str,
    pub(super) body: &'a str,
    pub(super) reply_to: Option<i64>,
}

/// What a caller is to be told, once it is committed, and whether others are to be told too.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) answer: Answer,
    pub(super) is_news: bool,
}

impl Decision {
    fn refused(why: SendRefused) -> Self {
        Self { answer: Err(why), is_news: false }
    }
}

/// The new head of a chat, and when its last event happened.
pub(super) type Head = (i64, i64, PrimitiveDateTime);
/// The new reading mark of an author: chat, user and seq.
pub(super) type Mark = (i64, i64, i64);

/// What a batch comes to.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// For each message, in their order.
    pub(super) decisions: Vec<Decision>,
    pub(super) rows: Vec<Row<'a>>,
}

impl<'a> Plan<'a> {
    /// Decides on each message in turn, by what is stored and what stands before it in the batch.
    pub(super) fn make(
        batch: &'a [Append],
        chats: &HashMap<String, Chat>,
        known: Vec<Option<Known>>,
    ) -> Result<Self, Failure> {
        let mut plan = Self::default();
        let mut heads: HashMap<i64, i64> = HashMap::with_capacity(chats.len());
        let mut keys: HashMap<(i64, i64, &str), usize> = HashMap::with_capacity(batch.len());
        for (append, known) in batch.iter().zip(known) {
            let decision = match (chats.get(&append.uri), known) {
                (Some(chat), Some(known)) => {
                    let head = heads.entry(chat.id).or_insert(chat.head);
                    let name = (chat.id, append.message.author.get(), append.key.as_str());
                    let earlier = keys.get(&name).map(|&place| &plan.decisions[place]);
                    let decision = decide(append, chat, *head, known, earlier)?;
                    if let (Ok(sent), true) = (&decision.answer, earlier.is_none()) {
                        keys.insert(name, plan.decisions.len());
                        if sent.message.seq.get() > *head {
                            *head = sent.message.seq.get();
                            plan.rows.push(append.row(chat.id, *head));
                        }
                    }
                    decision
                }
                _ => Decision::refused(SendRefused::NotFound),
            };
            plan.decisions.push(decision);
        }
        Ok(plan)
    }

    /// The chats' new heads, in the order of their ids.
    pub(super) fn heads(&self) -> Vec<Head> {
        let mut last: HashMap<i64, Head> = HashMap::new();
        for row in &self.rows {
            last.insert(row.chat_id, (row.chat_id, row.seq, row.at));
        }
        let mut heads: Vec<Head> = last.into_values().collect();
        heads.sort_unstable_by_key(|(chat_id, ..)| *chat_id);
        heads
    }

    /// The authors' new reading marks, in the order of chats and users.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mut last: HashMap<(i64, i64), i64> = HashMap::new();
        for row in &self.rows {
            last.insert((row.chat_id, row.author_id), row.seq);
        }
        let mut marks: Vec<Mark> = last.into_iter().map(|((chat_id, user_id), seq)| (chat_id, user_id, seq)).collect();
        marks.sort_unstable();
        marks
    }
}

impl Append {
    pub(super) fn question(&self, chat_id: i64) -> Question<'_> {
        let reply_to = self.message.reply_to.map(Seq::get);
        Question { chat_id, author_id: self.message.author.get(), key: &self.key, reply_to }
    }

    pub(super) fn row(&self, chat_id: i64, seq: i64) -> Row<'_> {
        let Question { author_id, key, reply_to, .. } = self.question(chat_id);
        Row { chat_id, seq, at: self.at, author_id, key, body: self.message.body.as_str(), reply_to }
    }

    /// The message as it is stored under this seq.
    pub(super) fn stored_as(&self, seq: Seq, username: String) -> Message {
        Message {
            seq,
            author: UserRef { id: self.message.author, username: Username::stored(username) },
            body: self.message.body.as_str().to_owned(),
            client_id: self.message.client_id().cloned(),
            reply_to: self.message.reply_to,
            reactions: Vec::new(),
            created_at: times::read(self.at),
            edited_at: None,
            deleted: false,
        }
    }

    /// What to say when this message was stored before.
    fn repeats(&self, stored: Message) -> Decision {
        if !self.message.is_repeated_by(&stored) {
            return Decision::refused(SendRefused::ClientIdReused);
        }
        // Stored by the commit whose answer was lost, and not by an earlier call: it is new to everybody.
        let is_news = self.in_doubt && stored.created_at == times::read(self.at);
        Decision { answer: Ok(Sent { message: stored, duplicate: !is_news }), is_news }
    }
}

/// Decides on a message by a member. `head` is that of the log with what stands before it in the batch, and `earlier`
/// what became of the first there with the same key.
fn decide(
    append: &Append,
    chat: &Chat,
    head: i64,
    known: Known,
    earlier: Option<&Decision>,
) -> Result<Decision, Failure> {
    if let Some(Ok(first)) = earlier.map(|decision| &decision.answer) {
        return Ok(append.repeats(first.message.clone()));
    }
    if let Some(stored) = known.stored {
        return Ok(append.repeats(stored.try_into()?));
    }
    if chat.blocked {
        return Ok(Decision::refused(SendRefused::Blocked));
    }
    // What the batch itself adds to the log are messages, and nothing else.
    let is_of_the_batch = |seq: i64| (chat.head + 1..=head).contains(&seq);
    if append.message.reply_to.is_some_and(|target| !known.target_exists && !is_of_the_batch(target.get())) {
        return Ok(Decision::refused(SendRefused::NoSuchReplyTarget));
    }
    let seq = Seq::new(head + 1).map_err(Failure::corrupt)?;
    let message = append.stored_as(seq, known.username);
    Ok(Decision { answer: Ok(Sent { message, duplicate: false }), is_news: true })
}
