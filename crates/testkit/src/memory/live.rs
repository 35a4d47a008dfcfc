//! What live delivery reads, in memory.

use std::cmp::Reverse;
use std::collections::HashSet;

use parlor_domain::log::LogPage;
use parlor_domain::ports::LiveRepository;
use parlor_domain::{ChatUri, Epoch, Membership, Seq, Snapshot, StoreError, UserId, async_trait};
use time::Duration;

use super::{Chat, MemoryStore, epoch};

impl Chat {
    fn membership_of(&self, uri: ChatUri, user: UserId) -> Option<Membership> {
        let member = self.membership(user)?;
        Some(Membership {
            chat: uri,
            head: self.head(),
            floor: self.floor(),
            member_count: self.member_count(),
            joined: member.joined,
            read_state: self.read_state(member),
        })
    }
}

pub(super) fn snapshot<T>(value: T) -> Snapshot<T> {
    Snapshot { epoch: epoch(), value }
}

#[async_trait]
impl LiveRepository for MemoryStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        Ok(epoch())
    }

    async fn memberships(&self, user: UserId) -> Result<Snapshot<Vec<Membership>>, StoreError> {
        let data = self.lock();
        let mut own: Vec<_> = data.chats.iter().filter(|(_, chat)| chat.membership(user).is_some()).collect();
        own.sort_by_key(|(uri, chat)| Reverse((chat.log.last().map(|event| event.at), **uri)));
        Ok(snapshot(own.into_iter().filter_map(|(uri, chat)| chat.membership_of(*uri, user)).collect()))
    }

    async fn membership(&self, chat: ChatUri, user: UserId) -> Result<Snapshot<Option<Membership>>, StoreError> {
        let data = self.lock();
        Ok(snapshot(data.chats.get(&chat).and_then(|found| found.membership_of(chat, user))))
    }

    async fn heads(&self, chats: Vec<ChatUri>) -> Result<Snapshot<Vec<(ChatUri, Seq)>>, StoreError> {
        let data = self.lock();
        let asked: HashSet<ChatUri> = chats.into_iter().collect();
        let heads = asked.into_iter().filter_map(|uri| Some((uri, data.chats.get(&uri)?.head())));
        Ok(snapshot(heads.collect()))
    }

    async fn joined(
        &self,
        users: Vec<UserId>,
        within: Duration,
    ) -> Result<Snapshot<Vec<(UserId, ChatUri)>>, StoreError> {
        let now = self.clock.now();
        let data = self.lock();
        let asked: HashSet<UserId> = users.into_iter().collect();
        let members = data.chats.iter().flat_map(|(uri, chat)| chat.members.iter().map(move |member| (*uri, member)));
        let newcomers = members.filter(|(_, it)| asked.contains(&it.user) && now - it.joined_at < within);
        Ok(snapshot(newcomers.map(|(uri, member)| (member.user, uri)).collect()))
    }

    async fn blocked(&self, users: Vec<UserId>) -> Result<Snapshot<Vec<(UserId, UserId)>>, StoreError> {
        let data = self.lock();
        let asked: HashSet<UserId> = users.into_iter().collect();
        let both = data.blocks.iter().flat_map(|(_, by, user)| [(*by, *user), (*user, *by)]);
        let pairs: HashSet<_> = both.filter(|(of, _)| asked.contains(of)).collect();
        Ok(snapshot(pairs.into_iter().collect()))
    }

    async fn events(&self, chat: ChatUri, after: Seq, limit: u32) -> Result<Snapshot<Option<LogPage>>, StoreError> {
        Ok(snapshot(self.lock().chats.get(&chat).map(|chat| chat.page(after, limit))))
    }
}
