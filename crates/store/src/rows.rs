//! From columns to the domain's values.

use parlor_domain::account::UserRef;
use parlor_domain::{Seq, UserId, Username};

use crate::failure::Failure;

pub(crate) fn user_id(id: i64) -> Result<UserId, Failure> {
    UserId::new(id).map_err(Failure::corrupt)
}

/// The user of a row; no living one is called what the erased are.
pub(crate) fn user_ref(id: i64, username: String) -> Result<UserRef, Failure> {
    if username == Username::DELETED {
        return Ok(UserRef::deleted());
    }
    Ok(UserRef { id: user_id(id)?, username: Username::stored(username) })
}

pub(crate) fn seq(number: i64) -> Result<Seq, Failure> {
    Seq::new(number).map_err(Failure::corrupt)
}

/// A value that is stored as its name.
pub(crate) fn named<T>(name: &str) -> Result<T, Failure>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    name.parse().map_err(Failure::corrupt)
}

/// A number that is never negative.
pub(crate) fn count(number: i64) -> Result<u32, Failure> {
    u32::try_from(number).map_err(Failure::corrupt)
}

/// How many rows there are.
pub(crate) fn length(rows: usize) -> Result<i64, Failure> {
    i64::try_from(rows).map_err(Failure::corrupt)
}

/// How many rows to read for a page of at most `limit`: one more tells whether there are more.
pub(crate) fn page_rows(limit: u32) -> i64 {
    i64::from(limit) + 1
}
