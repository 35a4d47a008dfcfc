//! The core's knowledge is compared with the database: that closes the hole at the tail, and finds the chat that somebody
//! was just put into.

use parlor_domain::{ChatUri, Epoch, Seq, Snapshot, Topic, UserId};

use super::map::Map;
use super::{Asked, Core};
use crate::{Answer, CloseCode, Millis, Output};

impl Core {
    /// Notes that the bus is to be told of a topic.
    pub(super) fn set_interest(&mut self, topic: Topic, on: bool) {
        set_interest(&mut self.interest, topic, on);
    }

    /// What was gathered to be asked for at once.
    pub(super) fn gathered_output(&mut self) -> Option<Output> {
        let epoch = self.epoch.clone()?;
        if !self.interest.is_empty() {
            let mut topics: Vec<_> = self.interest.drain().collect();
            topics.sort_unstable();
            let pick = |on: bool| topics.iter().filter(|topic| topic.1 == on).map(|topic| topic.0).collect::<Vec<_>>();
            let (follow, unfollow) = (pick(true), pick(false));
            if !unfollow.is_empty() {
                self.outputs.push_back(Output::Unfollow { epoch: epoch.clone(), topics: unfollow });
            }
            if !follow.is_empty() {
                self.outputs.push_back(Output::Follow { epoch, topics: follow });
            }
        }
        if !self.to_check.is_empty() {
            let chats = std::mem::take(&mut self.to_check);
            self.compare_heads(&chats);
        }
        self.outputs.pop_front()
    }

    pub(super) fn check_followed(&mut self, topics: &[Topic], now: Millis) {
        let mut users = Vec::new();
        for topic in topics {
            match topic {
                Topic::Chat(uri) => self.to_check.push(*uri),
                Topic::User(user) => users.push(*user),
            }
        }
        self.look_for_joined(users, now);
    }

    /// The regular look.
    pub(super) fn reconcile(&mut self, now: Millis) {
        let chats: Vec<_> = self.chats.keys().copied().collect();
        self.compare_heads(&chats);
        self.look_for_joined(self.users.keys().copied().collect(), now);
        self.read_all_blocked();
    }

    fn compare_heads(&mut self, chats: &[ChatUri]) {
        let mut known: Vec<_> = chats.iter().filter_map(|uri| Some((*uri, self.chats.get(uri)?.head))).collect();
        known.sort_unstable();
        known.dedup();
        for part in known.chunks(self.limits.heads_page) {
            let chats = part.iter().map(|(uri, _)| *uri).collect();
            self.ask(Asked::Heads { known: part.to_vec() }, |ticket| Output::ReadHeads { ticket, chats });
        }
    }

    fn look_for_joined(&mut self, mut users: Vec<UserId>, now: Millis) {
        users.retain(|user| !self.devices(*user).is_empty());
        users.sort_unstable();
        // As far back as the last look that succeeded, and some more: what was stored then may have become visible later.
        let within = self.limits.joined_window + (now - self.joined_looked);
        for part in users.chunks(self.limits.heads_page) {
            let users = part.to_vec();
            self.ask(Asked::Joined { at: now }, |ticket| Output::ReadJoined { ticket, users, within });
        }
    }

    pub(super) fn heads_read(&mut self, known: &[(ChatUri, Seq)], heads: &Snapshot<Vec<(ChatUri, Seq)>>, now: Millis) {
        if !self.is_present_life(&heads.epoch) {
            return;
        }
        let found: std::collections::HashMap<_, _> = heads.value.iter().copied().collect();
        for (uri, known) in known {
            match found.get(uri) {
                Some(head) if head >= known => self.learn_head(*uri, *head, now),
                // What had been stored is not there any more.
                _ => return self.begin_anew(None, now),
            }
        }
    }

    fn learn_head(&mut self, uri: ChatUri, head: Seq, now: Millis) {
        let Some(chat) = self.chats.get_mut(&uri) else { return };
        chat.head = chat.head.max(head);
        if chat.head > chat.last {
            self.serve(uri, None, now);
        }
    }

    pub(super) fn joined_read(&mut self, at: Millis, joined: &Snapshot<Vec<(UserId, ChatUri)>>) {
        if !self.is_present_life(&joined.epoch) {
            return;
        }
        self.joined_looked = self.joined_looked.max(at);
        for (user, chat) in &joined.value {
            self.note_added(*user, *chat);
            let devices = self.devices(*user);
            let knows = |id| self.connections.get(id).is_some_and(|c| c.chats.contains_key(chat));
            if !devices.into_iter().all(knows) {
                self.load_membership(*user, *chat);
            }
        }
    }

    /// Asks for the life of the database, unless that is under way.
    pub(super) fn ask_for_epoch(&mut self) {
        if !self.asked.values().any(|asked| matches!(asked, Asked::Epoch)) {
            self.ask(Asked::Epoch, |ticket| Output::ReadEpoch { ticket });
        }
    }

    pub(super) fn epoch_read(&mut self, answer: Answer, now: Millis) {
        // Without an answer it is asked again at the next tick.
        let Answer::Epoch(epoch) = answer else { return };
        if self.epoch.as_ref() == Some(&epoch) {
            return;
        }
        if self.epoch.is_some() {
            self.begin_anew(Some(epoch), now);
        } else {
            self.begin_life(epoch);
        }
    }

    fn begin_life(&mut self, epoch: Epoch) {
        self.epoch = Some(epoch);
        for id in std::mem::take(&mut self.waiting_to_start) {
            self.load(id);
        }
    }

    /// The database is another, or went back: nothing that is known here holds any more. All connections are closed
    /// (`Restart`), and come back with their cursors.
    pub(super) fn begin_anew(&mut self, epoch: Option<Epoch>, now: Millis) {
        self.close_all(CloseCode::Restart, now);
        let chats: Vec<_> = self.chats.drain().map(|(uri, _)| uri).collect();
        for uri in chats {
            self.set_interest(Topic::Chat(uri), false);
        }
        // What was asked in the earlier life is of no use; the use cases of closed connections are not waited for.
        self.asked.clear();
        self.loading.clear();
        self.to_load.clear();
        self.later.clear();
        self.to_check.clear();
        if let Some(old) = self.epoch.take() {
            self.unfollow_all(old);
        }
        match epoch {
            Some(epoch) => self.begin_life(epoch),
            None => self.ask_for_epoch(),
        }
    }

    /// Tells the bus that nothing of an earlier life is of interest any more; users that are still here are followed in
    /// the next one.
    fn unfollow_all(&mut self, old: Epoch) {
        let mut topics: Vec<_> = self.interest.drain().filter(|(_, on)| !on).map(|(topic, _)| topic).collect();
        topics.extend(self.users.keys().map(|user| Topic::User(*user)));
        topics.sort_unstable();
        topics.dedup();
        for user in self.users.keys() {
            self.interest.insert(Topic::User(*user), true);
        }
        if !topics.is_empty() {
            self.outputs.push_back(Output::Unfollow { epoch: old, topics });
        }
    }
}

/// Notes that the bus is to be told of a topic.
pub(super) fn set_interest(interest: &mut Map<Topic, bool>, topic: Topic, on: bool) {
    if interest.get(&topic) == Some(&!on) {
        // It was not told of the opposite yet.
        interest.remove(&topic);
    } else {
        interest.insert(topic, on);
    }
}
