//! Accounts as their operator sees them.

use super::{Email, User, UserId};
use crate::InvalidValue;

/// An account, and whether it is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub user: User,
    /// Whether nobody can log in to it.
    pub suspended: bool,
}

/// What an operator calls an account by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountName {
    /// Its number.
    Id(UserId),
    /// Its address, in any form.
    Email(Email),
}

impl AccountName {
    /// Reads a number or an address.
    ///
    /// # Errors
    /// [`InvalidValue`]; nobody is called so.
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        match text.parse() {
            Ok(number) => UserId::new(number).map(Self::Id),
            Err(_) => Email::new(text).map(Self::Email),
        }
    }
}

/// What came of opening a login session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is open.
    Opened,
    /// What was verified is not, or no longer, what is kept of the account's password.
    OtherPassword,
    /// The account is suspended.
    Suspended,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_called_by_its_number_or_its_address() {
        assert_eq!(AccountName::new("7"), Ok(AccountName::Id(UserId::new(7).expect("a number"))));
        let email = Email::new("7@example.com").expect("an address");
        assert_eq!(AccountName::new(" 7@example.com"), Ok(AccountName::Email(email)));
        for nobody in ["-7", "mabel", "", "7 7", "99999999999999999999"] {
            assert!(AccountName::new(nobody).is_err(), "{nobody}");
        }
    }
}
