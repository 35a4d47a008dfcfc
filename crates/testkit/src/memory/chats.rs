//! Chats and their members in memory.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use parlor_domain::chat_session::{
    self, ChangeChat, ChangeRefused, ChatChange, ChatContext, ChatCreation, ChatCursor, ChatSummary, Invite,
    InviteCode, InviteCursor, InviteRefused, NewChat, NewChatKind, NewInvite, ReadState, SettingsChange,
};
use parlor_domain::log::EventKind;
use parlor_domain::ports::{ChatRepository, LISTED_MEMBERS};
use parlor_domain::{ChatKind, ChatUri, Member, Page, Role, Seq, StoreError, UserId, async_trait};
use time::OffsetDateTime;

use super::{Chat, Data, Membership, MemoryStore};

impl Membership {
    fn new(user: UserId, role: Role, joined: Seq, joined_at: OffsetDateTime) -> Self {
        Self { user, role, read: joined, joined, joined_at }
    }
}

impl Chat {
    /// The chat as such.
    pub(super) fn shown(&self, uri: ChatUri) -> Result<chat_session::Chat, StoreError> {
        let (first, last) = (self.log.first(), self.log.last());
        let (Some(first), Some(last)) = (first, last) else { return Err(StoreError::corrupt("an empty log")) };
        Ok(chat_session::Chat {
            uri,
            kind: self.kind,
            title: self.title.clone(),
            joinable: self.joinable,
            member_count: self.member_count(),
            head: last.seq,
            created_at: first.at,
            updated_at: last.at,
        })
    }

    fn new(kind: ChatKind, now: OffsetDateTime, members: impl IntoIterator<Item = (UserId, Role)>) -> Self {
        let first = Seq::START.next();
        let members = members.into_iter().map(|(user, role)| Membership::new(user, role, first, now));
        Self {
            kind,
            title: None,
            joinable: false,
            members: members.collect(),
            barred: HashSet::new(),
            invites: HashMap::new(),
            log: Vec::new(),
            keys: HashMap::new(),
            changed: HashMap::new(),
            reactions: HashMap::new(),
        }
    }

    /// The members as they are listed: the owner first, then in the order of joining.
    fn listed(&self) -> Vec<&Membership> {
        let mut listed: Vec<&Membership> = self.members.iter().collect();
        listed.sort_by_key(|member| member.role != Role::Owner);
        listed
    }

    pub(super) fn member_count(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    fn context(&self, change: &ChangeChat, now: OffsetDateTime) -> ChatContext {
        let target = change.command.target(change.by);
        let heir = |role| self.members.iter().find(|member| member.role == role).map(|member| member.user);
        ChatContext {
            kind: self.kind,
            title: self.title.clone(),
            joinable: self.joinable,
            member_count: self.member_count(),
            caller: self.membership(change.by).map(|member| member.role),
            caller_barred: self.barred.contains(&change.by),
            target: self.membership(target).map(|member| member.role),
            target_barred: self.barred.contains(&target),
            heir: heir(Role::Admin).or_else(|| heir(Role::Member)),
            invite: change.command.invite().and_then(|code| self.invite_state(code, now)),
        }
    }

    /// Changes the chat. The seq is that of the event which tells of it.
    fn apply(&mut self, change: ChatChange, seq: Seq, now: OffsetDateTime) {
        match change {
            ChatChange::MemberAdded { user, role } => {
                self.barred.remove(&user);
                self.members.push(Membership::new(user, role, seq, now));
            }
            ChatChange::MemberRemoved { user, barred, .. } => {
                self.members.retain(|member| member.user != user);
                if barred {
                    self.barred.insert(user);
                }
            }
            ChatChange::RoleChanged { user, role } => {
                for member in self.members.iter_mut().filter(|member| member.user == user) {
                    member.role = role;
                }
            }
            ChatChange::Updated(SettingsChange { title, joinable }) => {
                self.title = title.unwrap_or(self.title.take());
                self.joinable = joinable.unwrap_or(self.joinable);
            }
            ChatChange::Deleted => {
                self.members.clear();
                self.invites.clear();
                self.joinable = false;
            }
        }
    }

    pub(super) fn read_state(&self, member: &Membership) -> ReadState {
        let of_others = self
            .after(member.read)
            .filter(|event| event.by.id != member.user)
            .filter_map(|event| self.message(event))
            .filter(|message| !message.deleted);
        let unread = of_others.take(ReadState::MAX_UNREAD as usize).count();
        ReadState { read: member.read, unread: u32::try_from(unread).unwrap_or(ReadState::MAX_UNREAD) }
    }
}

impl Data {
    fn members<'a>(&self, members: impl IntoIterator<Item = &'a Membership>) -> Result<Vec<Member>, StoreError> {
        members.into_iter().map(|member| Ok(Member { user: self.user_ref(member.user)?, role: member.role })).collect()
    }

    fn summary(&self, uri: ChatUri, chat: &Chat, viewer: &Membership, limit: u32) -> Result<ChatSummary, StoreError> {
        let listed = chat.listed();
        let owner = listed.first().filter(|first| first.role == Role::Owner);
        Ok(ChatSummary {
            chat: chat.shown(uri)?,
            owner: owner.map(|owner| self.user_ref(owner.user)).transpose()?,
            members: self.members(listed.into_iter().take(limit as usize))?,
            read_state: chat.read_state(viewer),
            last_message: chat.log.iter().rev().filter_map(|event| chat.message(event)).find(|it| !it.deleted),
        })
    }

    /// Whether the new chat exists already, or its name is taken.
    fn existing(&self, new: &NewChat) -> Option<ChatCreation> {
        if let NewChatKind::Direct { with } = new.kind
            && let Some(&uri) = self.pairs.get(&pair(new.creator, with))
        {
            return Some(ChatCreation::Exists(uri));
        }
        let named = self.chats.get(&new.uri)?;
        let own = named.membership(new.creator).is_some();
        Some(if own { ChatCreation::Exists(new.uri) } else { ChatCreation::UriTaken })
    }
}

fn pair(one: UserId, other: UserId) -> (UserId, UserId) {
    (one.min(other), one.max(other))
}

#[async_trait]
impl ChatRepository for MemoryStore {
    async fn create(&self, new: NewChat) -> Result<ChatCreation, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        if let NewChatKind::Direct { with } = new.kind
            && data.is_blocked_pair(new.creator, with)
        {
            return Ok(ChatCreation::Blocked);
        }
        if let Some(existing) = data.existing(&new) {
            return Ok(existing);
        }
        let NewChat { uri, creator, kind, at } = new;
        if data.erased.contains(&creator) {
            return Ok(ChatCreation::NoCreator);
        }
        let mut chat = match kind {
            NewChatKind::Direct { with } => {
                data.pairs.insert(pair(creator, with), uri);
                Chat::new(ChatKind::Direct, now, [(creator, Role::Member), (with, Role::Member)])
            }
            NewChatKind::Group { title, joinable, members } => {
                let members = members.into_iter().filter(|user| !data.erased.contains(user));
                let members = members.map(|user| (user, Role::Member));
                let chat = Chat::new(ChatKind::Group, now, [(creator, Role::Owner)].into_iter().chain(members));
                Chat { title, joinable, ..chat }
            }
        };
        let kind = EventKind::ChatCreated {
            kind: chat.kind,
            title: chat.title.clone(),
            joinable: chat.joinable,
            members: data.members(&chat.members)?,
        };
        chat.push(uri, at, data.user_ref(creator)?, kind);
        self.announce(uri, &chat, Seq::START);
        data.chats.insert(uri, chat);
        Ok(ChatCreation::Created)
    }

    async fn change(&self, change: ChangeChat) -> Result<Result<(), ChangeRefused>, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let Some(chat) = data.chats.get(&change.uri) else { return Ok(Err(ChangeRefused::NotFound)) };
        if change.newcomer().is_some_and(|user| data.erased.contains(&user)) {
            return Ok(Err(ChangeRefused::NotFound));
        }
        let (head, decided) = (chat.head(), change.decide(&chat.context(&change, now)));
        let changes = match decided {
            Ok(changes) => changes,
            Err(refused) => return Ok(Err(refused)),
        };
        let by = data.user_ref(change.by)?;
        let mut events = Vec::with_capacity(changes.len());
        for change in changes {
            let member = |user, role| Ok::<_, StoreError>(Member { user: data.user_ref(user)?, role });
            let kind = match &change {
                ChatChange::MemberAdded { user, role } => EventKind::MemberAdded(member(*user, *role)?),
                ChatChange::MemberRemoved { user, role, .. } => EventKind::MemberRemoved(member(*user, *role)?),
                ChatChange::RoleChanged { user, role } => EventKind::MemberRole(member(*user, *role)?),
                ChatChange::Updated(SettingsChange { title, joinable }) => {
                    EventKind::ChatUpdated { title: title.clone(), joinable: *joinable }
                }
                ChatChange::Deleted => EventKind::ChatDeleted,
            };
            events.push((change, kind));
        }
        let Some(chat) = data.chats.get_mut(&change.uri) else { return Ok(Err(ChangeRefused::NotFound)) };
        if let Some(code) = change.command.invite().filter(|_| !events.is_empty()) {
            chat.use_invite(code);
        }
        for (decided, kind) in events {
            let seq = chat.push(change.uri, change.at, by.clone(), kind).seq;
            chat.apply(decided, seq, now);
        }
        self.announce(change.uri, chat, head);
        Ok(Ok(()))
    }

    async fn find(&self, uri: ChatUri, viewer: UserId, members: u32) -> Result<Option<ChatSummary>, StoreError> {
        let data = self.lock();
        let found = data.chat_of(uri, viewer);
        found.map(|(chat, viewer)| data.summary(uri, chat, viewer, members)).transpose()
    }

    async fn list(&self, user: UserId, after: Option<ChatCursor>, limit: u32) -> Result<Page<ChatSummary>, StoreError> {
        let data = self.lock();
        let mut own = Vec::new();
        for (uri, chat) in &data.chats {
            let Some(viewer) = chat.membership(user) else { continue };
            let shown = if chat.kind == ChatKind::Direct { 2 } else { LISTED_MEMBERS };
            own.push(data.summary(*uri, chat, viewer, shown)?);
        }
        own.retain(|it| after.is_none_or(|after| (it.chat.updated_at, it.chat.uri) < (after.updated_at, after.uri)));
        own.sort_by_key(|it| Reverse((it.chat.updated_at, it.chat.uri)));
        Ok(Page::cut(own, limit))
    }

    async fn list_members(
        &self,
        uri: ChatUri,
        viewer: UserId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Page<Member>>, StoreError> {
        let data = self.lock();
        let Some((chat, _)) = data.chat_of(uri, viewer) else { return Ok(None) };
        let listed = chat.listed();
        let stands_for = |member: &Membership, user| {
            member.user == user || (user == UserId::DELETED && data.erased.contains(&member.user))
        };
        let behind =
            |after| listed.iter().position(|member| stands_for(member, after)).map_or(listed.len(), |at| at + 1);
        let start = after.map_or(0, behind);
        Ok(Some(Page::cut(data.members(listed.into_iter().skip(start))?, limit)))
    }

    async fn mark_read(&self, uri: ChatUri, user: UserId, seq: Seq) -> Result<Option<ReadState>, StoreError> {
        let mut data = self.lock();
        let Some(chat) = data.chats.get_mut(&uri) else { return Ok(None) };
        let seq = seq.min(chat.head());
        let Some(member) = chat.members.iter_mut().find(|member| member.user == user) else { return Ok(None) };
        member.read = member.read.max(seq);
        Ok(chat.membership(user).map(|member| chat.read_state(member)))
    }

    async fn create_invite(&self, invite: NewInvite) -> Result<Result<Invite, InviteRefused>, StoreError> {
        self.store_invite(invite)
    }

    async fn list_invites(
        &self,
        chat: ChatUri,
        viewer: UserId,
        after: Option<InviteCursor>,
        limit: u32,
    ) -> Result<Result<Page<Invite>, InviteRefused>, StoreError> {
        self.shown_invites(chat, viewer, after, limit)
    }

    async fn withdraw_invite(
        &self,
        chat: ChatUri,
        by: UserId,
        code: InviteCode,
    ) -> Result<Result<(), InviteRefused>, StoreError> {
        Ok(self.remove_invite(chat, by, code))
    }

    async fn find_invited(&self, code: InviteCode) -> Result<Option<ChatUri>, StoreError> {
        Ok(self.invited(code))
    }
}
