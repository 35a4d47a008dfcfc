//! Erasing accounts in memory.

use std::sync::Arc;

use parlor_domain::account::{Erasing, HELD_AFTER_ERASURE};
use parlor_domain::log::EventKind;
use parlor_domain::ports::ErasureRepository;
use parlor_domain::{ChatKind, StoreError, UserId, UserRef, async_trait};

use super::{Chat, MemoryStore};

impl Chat {
    /// Puts another in the place of a user, wherever the log names them.
    pub(super) fn rename(&mut self, user: UserId, to: &UserRef) {
        let rename = |named: &mut UserRef| {
            if named.id == user {
                named.clone_from(to);
            }
        };
        for (_, reacted) in self.reactions.values_mut().flatten().filter(|(_, reacted)| *reacted == user) {
            *reacted = to.id;
        }
        for event in &mut self.log {
            let event = Arc::make_mut(event);
            rename(&mut event.by);
            match &mut event.kind {
                EventKind::ChatCreated { members, .. } => members.iter_mut().for_each(|it| rename(&mut it.user)),
                EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) | EventKind::MemberRole(member) => {
                    rename(&mut member.user);
                }
                _ => {}
            }
        }
    }
}

#[async_trait]
impl ErasureRepository for MemoryStore {
    async fn erase(&self, user: UserId) -> Result<Erasing, StoreError> {
        let now = self.clock.now();
        let mut data = self.lock();
        if data.chats.values().any(|chat| chat.kind == ChatKind::Group && chat.membership(user).is_some()) {
            return Ok(Erasing::InGroup);
        }
        let Some(account) = data.users.remove(&user) else { return Ok(Erasing::Erased) };
        data.erased.insert(user);
        let (email, username) = (account.user.email.key(), account.user.username.key());
        data.emails.remove(&email);
        data.usernames.remove(&username);
        data.held_emails.insert(email, now + HELD_AFTER_ERASURE);
        data.held_usernames.insert(username, now + HELD_AFTER_ERASURE);
        data.chats.values_mut().for_each(|chat| chat.rename(user, &UserRef::deleted()));
        data.blocks.retain(|(_, by, blocked)| *by != user && *blocked != user);
        let ended = data.end_others(user, None, now);
        if !ended.is_empty() {
            self.notifier.sessions_ended(ended);
        }
        Ok(Erasing::Erased)
    }
}
