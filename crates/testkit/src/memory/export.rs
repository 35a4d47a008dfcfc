//! What is stored of somebody in memory.

use parlor_domain::chat_session::InviteCode;
use parlor_domain::export::{StoredChat, StoredInvite, StoredPlace, StoredSession, Stretch};
use parlor_domain::log::EventKind;
use parlor_domain::ports::ExportRepository;
use parlor_domain::{ChatUri, Event, Page, Seq, SessionId, StoreError, UserId, async_trait};

use super::{Chat, MemoryStore};

/// A page of what stands behind `after`, in the order of the keys.
fn page<K: Ord, T>(mut all: Vec<(K, T)>, after: Option<&K>, limit: u32) -> Page<T> {
    all.retain(|(key, _)| after.is_none_or(|after| key > after));
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    Page::cut(all.into_iter().take(limit as usize + 1).map(|(_, item)| item).collect(), limit)
}

impl Chat {
    /// Whether the user is in the chat or was.
    fn knew(&self, user: UserId) -> bool {
        self.membership(user).is_some()
            || self.log.iter().any(|event| match &event.kind {
                EventKind::ChatCreated { members, .. } => members.iter().any(|member| member.user.id == user),
                EventKind::MemberAdded(member) => member.user.id == user,
                _ => false,
            })
    }
}

fn is_about(event: &Event, user: UserId) -> bool {
    match &event.kind {
        EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) | EventKind::MemberRole(member) => {
            member.user.id == user
        }
        _ => false,
    }
}

#[async_trait]
impl ExportRepository for MemoryStore {
    async fn export_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Page<StoredSession>, StoreError> {
        let data = self.lock();
        let own = data.sessions.iter().filter(|(_, session)| session.current.user == user);
        let stored = own.map(|(&id, session)| {
            let (device, ended_at) = (session.device.clone(), session.ended_at);
            let (created_at, last_used_at) = (session.created_at, session.last_used_at);
            (id, StoredSession { id, device, created_at, last_used_at, ended_at })
        });
        Ok(page(stored.collect(), after.as_ref(), limit))
    }

    async fn export_invites(
        &self,
        user: UserId,
        after: Option<InviteCode>,
        limit: u32,
    ) -> Result<Page<StoredInvite>, StoreError> {
        let data = self.lock();
        let all = data.chats.iter().flat_map(|(uri, chat)| chat.invites.iter().map(move |(code, it)| (uri, code, it)));
        let own = all.filter(|(_, _, invite)| invite.by == user);
        let stored = own.map(|(&chat, &code, it)| Ok((code, StoredInvite { chat, invite: data.shown(code, it)? })));
        Ok(page(stored.collect::<Result<_, StoreError>>()?, after.as_ref(), limit))
    }

    async fn export_chats(
        &self,
        user: UserId,
        after: Option<ChatUri>,
        limit: u32,
    ) -> Result<Page<StoredChat>, StoreError> {
        let data = self.lock();
        let known = data.chats.iter().filter(|(_, chat)| chat.knew(user));
        let stored = known.map(|(&uri, chat)| {
            let place = chat.membership(user).map(|member| StoredPlace {
                title: chat.title.clone(),
                role: member.role,
                read: member.read,
            });
            (uri, StoredChat { uri, kind: chat.kind, place })
        });
        Ok(page(stored.collect(), after.as_ref(), limit))
    }

    async fn export_events(&self, chat: ChatUri, user: UserId, after: Seq, limit: u32) -> Result<Stretch, StoreError> {
        let data = self.lock();
        let Some(chat) = data.chats.get(&chat) else { return Ok(Stretch { events: Vec::new(), looked_to: None }) };
        let is_member = chat.membership(user).is_some();
        let looked_at: Vec<_> = chat.after(after).take(limit as usize).collect();
        let looked_to = looked_at.last().map(|event| event.seq).filter(|last| *last < chat.head());
        let wanted = |event: &&Event| event.by.id == user || (is_member && is_about(event, user));
        let events = looked_at.into_iter().map(AsRef::as_ref).filter(wanted).cloned().collect();
        Ok(Stretch { events, looked_to })
    }
}
