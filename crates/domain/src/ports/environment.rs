//! What there is around the domain: whether its store answers, time, and chance.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::StoreError;

/// Whether the store can be used.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// Asks the database something small.
    async fn check(&self) -> Result<(), StoreError>;
}

/// What time it is.
#[cfg_attr(test, mockall::automock)]
pub trait Clock: Send + Sync + 'static {
    /// Now, in UTC, cut to microseconds: PostgreSQL keeps no more (PostgreSQL manual, 8.5).
    fn now(&self) -> OffsetDateTime;
}

/// Where random numbers come from.
#[cfg_attr(test, mockall::automock)]
pub trait Entropy: Send + Sync + 'static {
    /// 16 bytes that nobody can guess.
    fn bytes(&self) -> [u8; 16];
}
