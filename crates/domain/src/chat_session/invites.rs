//! Making, listing and withdrawing invites, and joining by one.

use super::{
    ChangeChatError, ChangeRefused, ChatCommand, ChatSessions, ChatSummary, ChatUri, Invite, InviteCode, InviteCursor,
    InviteError, InviteLifetime, InviteTerms, InviteUses, NewInvite,
};
use crate::Page;
use crate::account::{UserId, UserRef};

impl ChatSessions {
    /// Makes an invite to a group.
    ///
    /// # Errors
    /// [`InviteError`]; nothing was made then.
    pub async fn invite(&self, by: UserId, chat: ChatUri, terms: InviteTerms) -> Result<Invite, InviteError> {
        let code = InviteCode::from_bytes(self.entropy.bytes());
        let lifetime = terms.lifetime.map(InviteLifetime::duration);
        let new = NewInvite { chat, code, by, lifetime, uses: terms.uses.map(InviteUses::get) };
        Ok(self.chats.create_invite(new).await??)
    }

    /// The invites of a group that work, latest made first, from right behind `after`.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn list_invites(
        &self,
        by: UserId,
        chat: ChatUri,
        after: Option<InviteCursor>,
        limit: u32,
    ) -> Result<Page<Invite>, InviteError> {
        Ok(self.chats.list_invites(chat, by, after, limit).await??)
    }

    /// Withdraws an invite: from now on nobody joins by it.
    ///
    /// # Errors
    /// [`InviteError`].
    pub async fn withdraw_invite(&self, by: UserId, chat: ChatUri, code: InviteCode) -> Result<(), InviteError> {
        Ok(self.chats.withdraw_invite(chat, by, code).await??)
    }

    /// Makes the caller a member of the group that the invite leads to. Returns it as the caller sees it, and the caller.
    ///
    /// # Errors
    /// [`ChangeChatError`]; nothing changed then, and the invite has as many uses left as before.
    pub async fn join_by_invite(
        &self,
        by: UserId,
        code: InviteCode,
    ) -> Result<(ChatSummary, UserRef), ChangeChatError> {
        // Where a code leads never changes; whether it still works is asked under the chat's lock.
        let uri = self.chats.find_invited(code).await?.ok_or(ChangeRefused::NotFound)?;
        self.change(by, uri, ChatCommand::JoinByInvite(code)).await?;
        let user = self.users.find(by).await?.ok_or(ChangeRefused::NotFound)?;
        let summary = self.chats.find(uri, by, Self::SHOWN_MEMBERS).await?.ok_or(ChangeRefused::NotFound)?;
        Ok((summary, UserRef { id: user.id, username: user.username }))
    }
}
