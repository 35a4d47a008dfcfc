//! Chats and their members.

mod change;
mod create;
mod invites;
mod locked;
mod members;
mod read_mark;
mod summary;

use std::sync::Arc;

use parlor_domain::chat_session::{
    ChangeChat, ChangeRefused, ChatCreation, ChatCursor, ChatSummary, Invite, InviteCode, InviteCursor, InviteRefused,
    NewChat, NewInvite, ReadState,
};
use parlor_domain::ports::{ChatRepository, Notifier};
use parlor_domain::{Announcement, ChatUri, Event, Member, Page, Seq, StoreError, UserId, async_trait};

use crate::DieselStore;
use crate::connection::Connected;
use crate::failure::Failure;

pub(crate) use locked::Locked;

/// Announces what was committed on this connection.
pub(crate) fn announce(notifier: &dyn Notifier, connected: &Connected, chat: ChatUri, events: Vec<Event>) {
    if !events.is_empty() {
        let events = events.into_iter().map(Arc::new).collect();
        notifier.announce(Announcement { epoch: connected.epoch.clone(), chat, events });
    }
}

#[async_trait]
impl ChatRepository for DieselStore {
    async fn create(&self, chat: NewChat) -> Result<ChatCreation, StoreError> {
        let notifier = self.notifier();
        let mut doubtful = false;
        self.write_log(move |connected| match create::create(&mut connected.conn, &chat, doubtful) {
            Ok((creation, events)) => {
                announce(notifier.as_ref(), connected, chat.uri, events);
                Ok(creation)
            }
            // Done once more, this finds what became of it, and announces it.
            Err(Failure::CommitLost(error)) if !doubtful => {
                doubtful = true;
                Err(Failure::Lost(error))
            }
            Err(failure) => Err(failure),
        })
        .await
    }

    async fn change(&self, change: ChangeChat) -> Result<Result<(), ChangeRefused>, StoreError> {
        let (clock, notifier) = (self.clock(), self.notifier());
        self.write_log(move |connected| {
            let changed = change::change(&mut connected.conn, clock.as_ref(), &change)?;
            Ok(changed.map(|events| announce(notifier.as_ref(), connected, change.uri, events)))
        })
        .await
    }

    async fn find(&self, uri: ChatUri, viewer: UserId, members: u32) -> Result<Option<ChatSummary>, StoreError> {
        self.read(move |conn| summary::find(conn, uri, viewer, members)).await
    }

    async fn list(&self, user: UserId, after: Option<ChatCursor>, limit: u32) -> Result<Page<ChatSummary>, StoreError> {
        self.read(move |conn| summary::list(conn, user, after, limit)).await
    }

    async fn list_members(
        &self,
        uri: ChatUri,
        viewer: UserId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Option<Page<Member>>, StoreError> {
        self.read(move |conn| members::list(conn, uri, viewer, after, limit)).await
    }

    async fn mark_read(&self, uri: ChatUri, user: UserId, seq: Seq) -> Result<Option<ReadState>, StoreError> {
        self.write(move |conn| read_mark::mark(conn, uri, user, seq)).await
    }

    async fn create_invite(&self, invite: NewInvite) -> Result<Result<Invite, InviteRefused>, StoreError> {
        let clock = self.clock();
        self.write(move |conn| invites::create(conn, clock.as_ref(), &invite)).await
    }

    async fn list_invites(
        &self,
        chat: ChatUri,
        viewer: UserId,
        after: Option<InviteCursor>,
        limit: u32,
    ) -> Result<Result<Page<Invite>, InviteRefused>, StoreError> {
        let clock = self.clock();
        self.read(move |conn| invites::list(conn, clock.as_ref(), chat, viewer, after, limit)).await
    }

    async fn withdraw_invite(
        &self,
        chat: ChatUri,
        by: UserId,
        code: InviteCode,
    ) -> Result<Result<(), InviteRefused>, StoreError> {
        let clock = self.clock();
        self.write(move |conn| invites::withdraw(conn, clock.as_ref(), chat, by, code)).await
    }

    async fn find_invited(&self, code: InviteCode) -> Result<Option<ChatUri>, StoreError> {
        self.read(move |conn| invites::find_chat(conn, code)).await
    }
}
