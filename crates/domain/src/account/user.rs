//! Users, and how they are shown.

use time::OffsetDateTime;

use super::{DisplayName, Email, PasswordHash, Username, UsernameKey};
use crate::InvalidValue;

/// A user's number. 0 stands for every erased account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(i64);

impl UserId {
    /// The number under which all erased accounts appear.
    pub const DELETED: Self = Self(0);
    /// The largest number: JSON readers keep whole numbers up to 2^53 exact (RFC 8259, section 6).
    pub const MAX: i64 = (1 << 53) - 1;

    /// The user with this number.
    ///
    /// # Errors
    /// [`InvalidValue::Range`] outside 0 … 2^53 - 1.
    pub fn new(number: i64) -> Result<Self, InvalidValue> {
        if (0..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidValue::Range { min: 0, max: Self::MAX })
        }
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A user as others meet them in a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// The number.
    pub id: UserId,
    /// Today's name.
    pub username: Username,
}

/// A user as the directory shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCard {
    /// The number.
    pub id: UserId,
    /// Today's name.
    pub username: Username,
    /// The name that they chose to be shown by, if any.
    pub display_name: Option<DisplayName>,
}

impl From<User> for UserCard {
    fn from(user: User) -> Self {
        Self { id: user.id, username: user.username, display_name: user.display_name }
    }
}

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub id: UserId,
    /// The address; shown to nobody else.
    pub email: Email,
    /// The name.
    pub username: Username,
    /// The name that they chose to be shown by, if any.
    pub display_name: Option<DisplayName>,
    /// When the account was made.
    pub created_at: OffsetDateTime,
}

/// An account that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The address, unique by its key.
    pub email: Email,
    /// The name, unique by its key.
    pub username: Username,
    /// What is kept of the password.
    pub password: PasswordHash,
    /// When the account is made.
    pub created_at: OffsetDateTime,
}

/// Which of a new account's names belong to somebody already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// The e-mail address does.
    pub email: bool,
    /// The user name does.
    pub username: bool,
}

impl Taken {
    /// Whether either does.
    pub fn any(self) -> bool {
        self.email || self.username
    }
}

/// What is needed to check a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose they are.
    pub user: User,
    /// What is kept of the password.
    pub password: PasswordHash,
}

/// Which part of the directory to read; it is ordered by user name key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryQuery {
    /// Only names that begin so.
    pub prefix: Option<UsernameKey>,
    /// Only names that come later in the order.
    pub after: Option<UsernameKey>,
    /// At most so many.
    pub limit: u32,
}
