//! What a client holds of one chat, by the client rule of the contract.

use std::collections::{BTreeMap, BTreeSet};

use parlor_domain::{Event, EventKind, Seq};

use super::database::identity;

/// A client's copy of a chat.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    /// The last applied seq, or where the copy began.
    pub(super) cursor: Seq,
    /// The applied events, each with its identity.
    pub(super) applied: Vec<(Seq, usize)>,
    /// What its messages say.
    pub(super) texts: BTreeMap<Seq, String>,
    deleted: BTreeSet<Seq>,
    /// Whether it may hold events of a life that went back under its own name, which nobody could have told it.
    pub(super) tainted: bool,
}

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// It was the next one.
    Yes,
    /// It was known.
    Known,
    /// One is missing before it.
    Gap,
}

impl Copy {
    /// A copy that begins behind this seq.
    pub(super) fn from(cursor: Seq) -> Self {
        Self { cursor, applied: Vec::new(), texts: BTreeMap::new(), deleted: BTreeSet::new(), tainted: false }
    }

    /// Takes an event.
    ///
    /// # Errors
    /// What is wrong with it: the text of a message whose deletion was applied.
    pub(super) fn apply(&mut self, event: &Event) -> Result<Applied, String> {
        if event.seq <= self.cursor {
            return Ok(Applied::Known);
        }
        if event.seq != self.cursor.next() {
            return Ok(Applied::Gap);
        }
        self.cursor = event.seq;
        self.applied.push((event.seq, identity(event)));
        match &event.kind {
            EventKind::MessageCreated { body, .. } => drop(self.texts.insert(event.seq, body.clone())),
            EventKind::MessageEdited { target, body } => {
                if self.deleted.contains(target) && !body.is_empty() {
                    return Err(format!("{}/{target} was deleted, and has a text again", event.chat));
                }
                if let Some(text) = self.texts.get_mut(target) {
                    text.clone_from(body);
                }
            }
            EventKind::MessageDeleted { target } => {
                self.deleted.insert(*target);
                if let Some(text) = self.texts.get_mut(target) {
                    text.clear();
                }
            }
            _ => {}
        }
        Ok(Applied::Yes)
    }
}
