//! Invites: codes that let people into a group, also into one that is not joinable by its uri.

use time::{Duration, OffsetDateTime};

use super::{Action, ChatKind, ChatUri, Role};
use crate::account::{UserId, UserRef};
use crate::hex_id::hex_id;
use crate::{DomainError, ErrorKind, InvalidValue};

hex_id! {
    /// What lets somebody in: 128 random bits. Whoever knows it may use it.
    InviteCode
}

/// For how long an invite works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteLifetime(i64);

impl InviteLifetime {
    /// The shortest, in seconds.
    pub const MIN_SECONDS: i64 = 60;
    /// The longest, in seconds: a year.
    pub const MAX_SECONDS: i64 = 31_536_000;

    /// Reads a number of seconds.
    ///
    /// # Errors
    /// [`InvalidValue::Range`].
    pub fn new(seconds: i64) -> Result<Self, InvalidValue> {
        in_range(seconds, Self::MIN_SECONDS, Self::MAX_SECONDS).map(Self)
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::seconds(self.0)
    }
}

/// How many may join by an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteUses(u32);

impl InviteUses {
    /// The most.
    pub const MAX: i64 = 100_000;

    /// Reads a number of uses.
    ///
    /// # Errors
    /// [`InvalidValue::Range`].
    pub fn new(uses: i64) -> Result<Self, InvalidValue> {
        let out_of_range = |_| InvalidValue::Range { min: 1, max: Self::MAX };
        u32::try_from(in_range(uses, 1, Self::MAX)?).map(Self).map_err(out_of_range)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

fn in_range(value: i64, min: i64, max: i64) -> Result<i64, InvalidValue> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(InvalidValue::Range { min, max }) }
}

/// What an invite is wished to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InviteTerms {
    /// For how long it works; for ever, unless said otherwise.
    pub lifetime: Option<InviteLifetime>,
    /// How many may join by it; any number, unless said otherwise.
    pub uses: Option<InviteUses>,
}

/// An invite that works: it has neither expired nor been used up or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its code.
    pub code: InviteCode,
    /// Who made it.
    pub by: UserRef,
    /// When, by the store's clock.
    pub created_at: OffsetDateTime,
    /// From when on it does not work any more.
    pub expires_at: Option<OffsetDateTime>,
    /// How many may still join by it.
    pub uses_left: Option<u32>,
}

/// A place in the list of a group's invites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteCursor {
    /// When the invite at that place was made.
    pub created_at: OffsetDateTime,
    /// Its code, for those that were made at the same time.
    pub code: InviteCode,
}

/// What an invite is worth that has neither expired nor been withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    /// It lets in whoever may come in.
    Works,
    /// As many have joined by it as could.
    UsedUp,
}

impl InviteState {
    /// That of an invite by which so many may still join.
    pub fn of(uses_left: Option<u32>) -> Self {
        if uses_left == Some(0) { Self::UsedUp } else { Self::Works }
    }
}

/// An invite that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewInvite {
    /// To which chat.
    pub chat: ChatUri,
    /// Its code.
    pub code: InviteCode,
    /// Who makes it.
    pub by: UserId,
    /// For how long it works, from when it is stored.
    pub lifetime: Option<Duration>,
    /// How many may join by it.
    pub uses: Option<u32>,
}

/// What the decision on a new invite needs to know, read under the chat's lock in the transaction that stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteContext {
    /// The chat's kind.
    pub kind: ChatKind,
    /// The caller's role; none for outsiders.
    pub caller: Option<Role>,
    /// How many of the chat's invites work.
    pub working: u32,
}

/// Why an invite was not made, shown or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InviteRefused {
    /// There is no such chat, or it is not the caller's to know of; or no such invite.
    #[error("there is no such invite")]
    NotFound,
    /// Nobody is invited to a direct chat.
    #[error("a direct chat always has the same two members")]
    DirectChat,
    /// The caller's role does not allow it.
    #[error("your role in this chat does not allow this")]
    NotAllowed,
    /// The chat has as many invites as it may have.
    #[error("this chat has as many working invites as it can have")]
    TooMany,
}

impl DomainError for InviteRefused {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::DirectChat | Self::NotAllowed => ErrorKind::Forbidden,
            Self::TooMany => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::DirectChat => "direct_chat",
            Self::NotAllowed => "not_allowed",
            Self::TooMany => "too_many_invites",
        }
    }
}

impl NewInvite {
    /// The most working invites of a chat.
    pub const MAX_WORKING: u32 = 100;

    /// Whether it is made.
    ///
    /// # Errors
    /// [`InviteRefused`].
    pub fn decide(&self, context: &InviteContext) -> Result<(), InviteRefused> {
        Self::allow(context.kind, context.caller)?;
        if context.working >= Self::MAX_WORKING { Err(InviteRefused::TooMany) } else { Ok(()) }
    }

    /// Whether somebody of this role has to do with a chat's invites: makes, sees and withdraws them.
    ///
    /// # Errors
    /// [`InviteRefused`].
    pub fn allow(kind: ChatKind, caller: Option<Role>) -> Result<(), InviteRefused> {
        let caller = caller.ok_or(InviteRefused::NotFound)?;
        if kind == ChatKind::Direct {
            return Err(InviteRefused::DirectChat);
        }
        if caller.may(Action::Invite) { Ok(()) } else { Err(InviteRefused::NotAllowed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(kind: ChatKind, caller: Option<Role>, working: u32) -> Result<(), InviteRefused> {
        let (chat, code) = (ChatUri::from_bytes([1; 16]), InviteCode::from_bytes([2; 16]));
        let invite = NewInvite { chat, code, by: UserId::DELETED, lifetime: None, uses: None };
        invite.decide(&InviteContext { kind, caller, working })
    }

    #[test]
    fn owner_and_admins_invite_to_a_group() {
        use ChatKind::{Direct, Group};
        for role in [Role::Admin, Role::Owner] {
            assert_eq!(decide(Group, Some(role), 99), Ok(()));
            assert_eq!(decide(Group, Some(role), 100), Err(InviteRefused::TooMany));
        }
        for working in [0, 100] {
            assert_eq!(decide(Group, Some(Role::Member), working), Err(InviteRefused::NotAllowed));
            assert_eq!(decide(Direct, Some(Role::Member), working), Err(InviteRefused::DirectChat));
            assert_eq!(decide(Group, None, working), Err(InviteRefused::NotFound));
            assert_eq!(decide(Direct, None, working), Err(InviteRefused::NotFound));
        }
    }

    #[test]
    fn terms_have_their_limits() {
        for seconds in [60, 31_536_000] {
            assert_eq!(InviteLifetime::new(seconds).map(InviteLifetime::duration), Ok(Duration::seconds(seconds)));
        }
        for seconds in [i64::MIN, -60, 0, 59, 31_536_001, i64::MAX] {
            let range = InvalidValue::Range { min: 60, max: 31_536_000 };
            assert_eq!(InviteLifetime::new(seconds), Err(range));
        }
        for uses in [1, 100_000] {
            assert_eq!(InviteUses::new(uses).map(|uses| i64::from(uses.get())), Ok(uses));
        }
        for uses in [i64::MIN, -1, 0, 100_001, i64::MAX] {
            assert_eq!(InviteUses::new(uses), Err(InvalidValue::Range { min: 1, max: 100_000 }));
        }
    }

    #[test]
    fn an_invite_without_a_limit_is_never_used_up() {
        assert_eq!(InviteState::of(None), InviteState::Works);
        assert_eq!(InviteState::of(Some(1)), InviteState::Works);
        assert_eq!(InviteState::of(Some(0)), InviteState::UsedUp);
    }
}
