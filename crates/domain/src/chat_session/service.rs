//! Opening chats, joining, adding, leaving, settings, roles, deleting, and the list of one's chats. Invites are in a file
//! of their own.

use std::sync::Arc;

use super::{
    ChangeChat, ChangeChatError, ChangeRefused, ChatCommand, ChatCreation, ChatCursor, ChatKind, ChatSummary,
    ChatTitle, ChatUri, Member, NewChat, NewChatKind, OpenChatError, ReadState, Role, SettingsChange,
};
use crate::account::{UserId, UserRef, UsernameKey};
use crate::ports::{ChatRepository, Clock, Entropy, UserRepository};
use crate::{Page, Seq, StoreError};

/// How large chats may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatLimits {
    /// The most members that a group may have.
    pub max_members: u32,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self { max_members: 1000 }
    }
}

/// A chat that somebody wishes to have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenChat {
    /// The name that the client picked; a random one otherwise.
    pub uri: Option<ChatUri>,
    /// The other of a direct chat; one's own name, or none, for a group.
    pub username: Option<String>,
    /// A group's title.
    pub title: Option<ChatTitle>,
    /// A group's first members beside oneself.
    pub usernames: Option<Vec<String>>,
    /// Whether the group can be joined by its uri; it can, unless said otherwise.
    pub joinable: Option<bool>,
}

/// The chat sessions: opening, joining, adding, inviting, leaving, settings, roles, deleting, reading marks, and the list
/// of one's own.
#[derive(Clone)]
pub struct ChatSessions {
    pub(super) chats: Arc<dyn ChatRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    limits: ChatLimits,
}

impl ChatSessions {
    /// How many members the answer to a change shows.
    pub const SHOWN_MEMBERS: u32 = 100;

    /// The chats kept behind these ports.
    pub fn new(
        chats: Arc<dyn ChatRepository>,
        users: Arc<dyn UserRepository>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: ChatLimits,
    ) -> Self {
        Self { chats, users, clock, entropy, limits }
    }

    /// Opens a chat: the direct chat with the named other, made if there is none, or else a new group. Returns it as
    /// the caller sees it, with the user who came with it: the other of a direct chat, the caller of a group.
    ///
    /// With a picked uri the call can be repeated safely: a chat of that name that the caller is in is returned as it is,
    /// unless it is the direct chat of a blocked pair.
    ///
    /// # Errors
    /// [`OpenChatError`]; nothing was made then.
    pub async fn open(&self, by: UserId, wish: OpenChat) -> Result<(ChatSummary, UserRef), OpenChatError> {
        if let Some(uri) = wish.uri
            && let Some(summary) = self.chats.find(uri, by, Self::SHOWN_MEMBERS).await?
        {
            if let Some(other) = other_of_direct(&summary, by) {
                // Whether they may still open it is decided where chats are made.
                self.create(by, uri, NewChatKind::Direct { with: other }).await?;
            }
            let user = self.get_user(by).await?;
            return Ok((summary, user));
        }
        let uri = wish.uri.unwrap_or_else(|| ChatUri::from_bytes(self.entropy.bytes()));
        let other = match &wish.username {
            Some(name) => Some(self.find_user(name).await?.ok_or(OpenChatError::UnknownUser)?),
            None => None,
        };
        let (user, kind) = match other.filter(|other| other.id != by) {
            Some(other) => (other.clone(), direct_with(&other, &wish)?),
            None => (self.get_user(by).await?, self.new_group(by, wish).await?),
        };
        let uri = self.create(by, uri, kind).await?;
        let summary = self.chats.find(uri, by, Self::SHOWN_MEMBERS).await?.ok_or(OpenChatError::NotFound)?;
        Ok((summary, user))
    }

    /// Makes the caller a member, or the user with the given name. Returns the chat as the caller sees it, and the user.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then.
    pub async fn join(
        &self,
        by: UserId,
        uri: ChatUri,
        username: Option<&str>,
    ) -> Result<(ChatSummary, UserRef), ChangeChatError> {
        let user = match username {
            None => self.users.find(by).await?.map(|user| UserRef { id: user.id, username: user.username }),
            Some(name) => self.find_user(name).await?,
        };
        // Whether a name is anybody's is told to members only: for the others there is no chat to add them to.
        let Some(user) = user else {
            self.chats.find(uri, by, 0).await?.ok_or(ChangeRefused::NotFound)?;
            return Err(ChangeChatError::UnknownUser);
        };
        let command = if user.id == by { ChatCommand::Join } else { ChatCommand::Add(user.id) };
        self.change(by, uri, command).await?;
        let summary = self.chats.find(uri, by, Self::SHOWN_MEMBERS).await?.ok_or(ChangeRefused::NotFound)?;
        Ok((summary, user))
    }

    /// Removes a member; the caller, to leave. An owner who leaves hands over to the longest-serving admin, else member.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then.
    pub async fn remove_member(&self, by: UserId, uri: ChatUri, user: UserId) -> Result<(), ChangeChatError> {
        self.change(by, uri, ChatCommand::Remove(user)).await
    }

    /// Leaves all groups that the user is in, one after the other, as [`Self::remove_member`] does.
    ///
    /// # Errors
    /// [`ChangeChatError`]; those before it are left then.
    pub async fn leave_groups(&self, user: UserId) -> Result<(), ChangeChatError> {
        let mut after = None;
        loop {
            let page = self.chats.list(user, after, Self::SHOWN_MEMBERS).await?;
            after = page.items.last().map(|it| ChatCursor { updated_at: it.chat.updated_at, uri: it.chat.uri });
            for group in page.items.iter().filter(|it| it.chat.kind == ChatKind::Group) {
                match self.change(user, group.chat.uri, ChatCommand::Remove(user)).await {
                    // Somebody else was faster.
                    Ok(()) | Err(ChangeChatError::Refused(ChangeRefused::NotFound)) => {}
                    Err(error) => return Err(error),
                }
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Changes a group's settings. Returns the chat as the caller sees it then, with all its members.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then.
    pub async fn update_settings(
        &self,
        by: UserId,
        uri: ChatUri,
        settings: SettingsChange,
    ) -> Result<ChatSummary, ChangeChatError> {
        self.change(by, uri, ChatCommand::Update(settings)).await?;
        Ok(self.chats.find(uri, by, self.limits.max_members).await?.ok_or(ChangeRefused::NotFound)?)
    }

    /// Gives a member a role, and returns them with it. An owner who makes another the owner becomes an admin.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then.
    pub async fn give_role(
        &self,
        by: UserId,
        uri: ChatUri,
        user: UserId,
        role: Role,
    ) -> Result<Member, ChangeChatError> {
        self.change(by, uri, ChatCommand::GiveRole(user, role)).await?;
        let user = self.users.find(user).await?.ok_or(ChangeRefused::NoSuchMember)?;
        Ok(Member { user: UserRef { id: user.id, username: user.username }, role })
    }

    /// Deletes a group: for everybody, it is as if it had never been, but that its name is not used again.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then.
    pub async fn delete(&self, by: UserId, uri: ChatUri) -> Result<(), ChangeChatError> {
        self.change(by, uri, ChatCommand::Delete).await
    }

    /// The chat as this member sees it, with at most `members` of its members; `None` for outsiders.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, by: UserId, uri: ChatUri, members: u32) -> Result<Option<ChatSummary>, StoreError> {
        self.chats.find(uri, by, members).await
    }

    /// The user's chats, latest activity first, from right behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list(
        &self,
        user: UserId,
        after: Option<ChatCursor>,
        limit: u32,
    ) -> Result<Page<ChatSummary>, StoreError> {
        self.chats.list(user, after, limit).await
    }

    /// The members of a chat: the owner (in a direct chat: who opened it) first, then in the order of joining, from
    /// right behind the member `after`; `None` for outsiders.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_members(
        &self,
        by: UserId,
        uri: ChatUri,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Page<Member>>, StoreError> {
        self.chats.list_members(uri, by, after, limit).await
    }

    /// Notes that the member has read up to `seq`: only forward, and no further than the head. `None` for outsiders.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_read(&self, by: UserId, uri: ChatUri, seq: Seq) -> Result<Option<ReadState>, StoreError> {
        self.chats.mark_read(uri, by, seq).await
    }

    /// The most members that a group may have.
    pub fn limits(&self) -> ChatLimits {
        self.limits
    }

    /// Makes a chat, unless it exists, and returns its name.
    async fn create(&self, creator: UserId, uri: ChatUri, kind: NewChatKind) -> Result<ChatUri, OpenChatError> {
        match self.chats.create(NewChat { uri, creator, kind, at: self.clock.now() }).await? {
            ChatCreation::Created => Ok(uri),
            ChatCreation::Exists(existing) => Ok(existing),
            ChatCreation::UriTaken => Err(OpenChatError::UriTaken),
            ChatCreation::NoCreator => Err(OpenChatError::NotFound),
            ChatCreation::Blocked => Err(OpenChatError::Blocked),
        }
    }

    pub(super) async fn change(&self, by: UserId, uri: ChatUri, command: ChatCommand) -> Result<(), ChangeChatError> {
        let change = ChangeChat { uri, by, command, max_members: self.limits.max_members, at: self.clock.now() };
        Ok(self.chats.change(change).await??)
    }

    async fn new_group(&self, by: UserId, wish: OpenChat) -> Result<NewChatKind, OpenChatError> {
        let names = wish.usernames.unwrap_or_default();
        let max = self.limits.max_members;
        if u32::try_from(names.len()).unwrap_or(u32::MAX) > max {
            return Err(OpenChatError::TooManyMembers { max });
        }
        let keys = names.iter().map(|name| UsernameKey::of(name)).collect();
        let found = self.users.find_by_usernames(keys).await?;
        let mut members: Vec<UserId> = Vec::with_capacity(found.len());
        let mut unknown = Vec::new();
        for (name, user) in names.into_iter().zip(found) {
            match user {
                None => unknown.push(name),
                Some(user) if user.id != by && !members.contains(&user.id) => members.push(user.id),
                Some(_) => {}
            }
        }
        if !unknown.is_empty() {
            return Err(OpenChatError::UnknownMembers(unknown));
        }
        if u32::try_from(members.len()).unwrap_or(u32::MAX) >= max {
            return Err(OpenChatError::TooManyMembers { max });
        }
        Ok(NewChatKind::Group { title: wish.title, joinable: wish.joinable.unwrap_or(true), members })
    }

    async fn find_user(&self, name: &str) -> Result<Option<UserRef>, StoreError> {
        let found = self.users.find_by_usernames(vec![UsernameKey::of(name)]).await?;
        Ok(found.into_iter().next().flatten())
    }

    async fn get_user(&self, id: UserId) -> Result<UserRef, OpenChatError> {
        let user = self.users.find(id).await?.ok_or(OpenChatError::NotFound)?;
        Ok(UserRef { id: user.id, username: user.username })
    }
}

/// The other of a direct chat, unless their account is erased.
fn other_of_direct(summary: &ChatSummary, by: UserId) -> Option<UserId> {
    let other = summary.members.iter().map(|member| member.user.id).find(|user| *user != by);
    other.filter(|user| summary.chat.kind == ChatKind::Direct && *user != UserId::DELETED)
}

fn direct_with(other: &UserRef, wish: &OpenChat) -> Result<NewChatKind, OpenChatError> {
    if wish.title.is_some() || wish.usernames.is_some() || wish.joinable.is_some() {
        return Err(OpenChatError::DirectChatTakesNoSettings);
    }
    Ok(NewChatKind::Direct { with: other.id })
}
