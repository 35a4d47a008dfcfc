//! Users and tokens.

use parlor_domain::account::{RunningSession, SignedIn, TokenPair};
use parlor_domain::{Caller, DisplayName, SessionId, User, UserCard, UserRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::as_text;
use super::time::TimeView;

/// A user as others meet them.
#[derive(Serialize, ToSchema)]
#[schema(as = UserRef)]
pub(crate) struct UserView<'a> {
    id: i64,
    username: &'a str,
}

impl<'a> From<&'a UserRef> for UserView<'a> {
    fn from(user: &'a UserRef) -> Self {
        Self { id: user.id.get(), username: user.username.as_str() }
    }
}

/// A user in the directory.
#[derive(Serialize, ToSchema)]
#[schema(as = Card)]
pub(crate) struct CardView<'a> {
    id: i64,
    username: &'a str,
    #[schema(required)]
    display_name: Option<&'a str>,
}

impl<'a> From<&'a UserCard> for CardView<'a> {
    fn from(card: &'a UserCard) -> Self {
        let display_name = card.display_name.as_ref().map(DisplayName::as_str);
        Self { id: card.id.get(), username: card.username.as_str(), display_name }
    }
}

/// A user as they see themselves.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView<'a> {
    id: i64,
    email: &'a str,
    username: &'a str,
    #[schema(required)]
    display_name: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
}

impl<'a> From<&'a User> for ProfileView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.get(),
            email: user.email.as_str(),
            username: user.username.as_str(),
            display_name: user.display_name.as_ref().map(DisplayName::as_str),
            created_at: TimeView(user.created_at),
        }
    }
}

/// A login session, as the one whose it is sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionView<'a> {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    #[serde(serialize_with = "as_text")]
    id: SessionId,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
    #[schema(value_type = String, format = DateTime)]
    last_used_at: TimeView,
    #[schema(required)]
    user_agent: Option<&'a str>,
    #[schema(required)]
    address: Option<&'a str>,
    current: bool,
}

impl<'a> SessionView<'a> {
    pub(crate) fn of(session: &'a RunningSession, caller: Caller) -> Self {
        Self {
            id: session.id,
            created_at: TimeView(session.created_at),
            last_used_at: TimeView(session.last_used_at),
            user_agent: session.device.user_agent.as_deref(),
            address: session.device.address.as_deref(),
            current: session.id == caller.session,
        }
    }
}

/// Somebody who has just signed up or in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInView<'a> {
    id: i64,
    email: &'a str,
    username: &'a str,
    access: &'a str,
    refresh: &'a str,
}

impl<'a> From<&'a SignedIn> for SignedInView<'a> {
    fn from(SignedIn { user, tokens }: &'a SignedIn) -> Self {
        Self {
            id: user.id.get(),
            email: user.email.as_str(),
            username: user.username.as_str(),
            access: tokens.access.expose(),
            refresh: tokens.refresh.expose(),
        }
    }
}

/// The next pair of tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub(crate) struct TokensView<'a> {
    access: &'a str,
    refresh: &'a str,
}

impl<'a> From<&'a TokenPair> for TokensView<'a> {
    fn from(tokens: &'a TokenPair) -> Self {
        Self { access: tokens.access.expose(), refresh: tokens.refresh.expose() }
    }
}
