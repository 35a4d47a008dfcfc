//! Invites in memory: each lies in its chat.

use std::cmp::Reverse;

use parlor_domain::chat_session::{
    Invite, InviteCode, InviteContext, InviteCursor, InviteRefused, InviteState, NewInvite,
};
use parlor_domain::{ChatUri, Page, StoreError, UserId};
use time::OffsetDateTime;

use super::{Chat, Data, MemoryStore, StoredInvite};

impl StoredInvite {
    fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    fn works(&self, now: OffsetDateTime) -> bool {
        !self.has_expired(now) && InviteState::of(self.uses_left) == InviteState::Works
    }
}

impl Chat {
    pub(super) fn invite_state(&self, code: InviteCode, now: OffsetDateTime) -> Option<InviteState> {
        let invite = self.invites.get(&code).filter(|invite| !invite.has_expired(now))?;
        Some(InviteState::of(invite.uses_left))
    }

    /// Takes one of the invite's uses.
    pub(super) fn use_invite(&mut self, code: InviteCode) {
        if let Some(left) = self.invites.get_mut(&code).and_then(|invite| invite.uses_left.as_mut()) {
            *left -= 1;
        }
    }

    fn allow(&self, by: UserId) -> Result<(), InviteRefused> {
        NewInvite::allow(self.kind, self.membership(by).map(|member| member.role))
    }
}

impl Data {
    pub(super) fn shown(&self, code: InviteCode, invite: &StoredInvite) -> Result<Invite, StoreError> {
        let StoredInvite { by, created_at, expires_at, uses_left } = *invite;
        Ok(Invite { code, by: self.user_ref(by)?, created_at, expires_at, uses_left })
    }
}

impl MemoryStore {
    pub(super) fn store_invite(&self, new: NewInvite) -> Result<Result<Invite, InviteRefused>, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        let Some(chat) = data.chats.get_mut(&new.chat) else { return Ok(Err(InviteRefused::NotFound)) };
        let working = chat.invites.values().filter(|invite| invite.works(now)).count();
        let context = InviteContext {
            kind: chat.kind,
            caller: chat.membership(new.by).map(|member| member.role),
            working: u32::try_from(working).unwrap_or(u32::MAX),
        };
        if let Err(refused) = new.decide(&context) {
            return Ok(Err(refused));
        }
        let expires_at = new.lifetime.map(|lifetime| now + lifetime);
        let invite = StoredInvite { by: new.by, created_at: now, expires_at, uses_left: new.uses };
        chat.invites.insert(new.code, invite);
        data.shown(new.code, &invite).map(Ok)
    }

    pub(super) fn shown_invites(
        &self,
        uri: ChatUri,
        viewer: UserId,
        after: Option<InviteCursor>,
        limit: u32,
    ) -> Result<Result<Page<Invite>, InviteRefused>, StoreError> {
        let now = self.clock.now();
        let data = self.lock();
        let Some(chat) = data.chats.get(&uri) else { return Ok(Err(InviteRefused::NotFound)) };
        if let Err(refused) = chat.allow(viewer) {
            return Ok(Err(refused));
        }
        let mut shown = Vec::new();
        for (code, invite) in chat.invites.iter().filter(|(_, invite)| invite.works(now)) {
            shown.push(data.shown(*code, invite)?);
        }
        shown.retain(|it| after.is_none_or(|after| (it.created_at, it.code) < (after.created_at, after.code)));
        shown.sort_by_key(|it| Reverse((it.created_at, it.code)));
        Ok(Ok(Page::cut(shown, limit)))
    }

    pub(super) fn remove_invite(&self, uri: ChatUri, by: UserId, code: InviteCode) -> Result<(), InviteRefused> {
        let now = self.clock.now();
        let mut data = self.lock();
        let chat = data.chats.get_mut(&uri).ok_or(InviteRefused::NotFound)?;
        chat.allow(by)?;
        if chat.invite_state(code, now) != Some(InviteState::Works) {
            return Err(InviteRefused::NotFound);
        }
        chat.invites.remove(&code);
        Ok(())
    }

    pub(super) fn invited(&self, code: InviteCode) -> Option<ChatUri> {
        let data = self.lock();
        data.chats.iter().find(|(_, chat)| chat.invites.contains_key(&code)).map(|(uri, _)| *uri)
    }
}
