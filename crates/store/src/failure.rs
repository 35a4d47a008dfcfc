//! What can go wrong with a statement, and what it means for the caller.

use diesel::result::{DatabaseErrorKind, Error};

use parlor_domain::StoreError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a piece of work was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The connection was lost before anything was committed: the same work can be done on another.
    #[error("the connection to the database was lost")]
    Lost(#[source] Error),
    /// The connection was lost while the commit was on its way: it may have happened.
    #[error("the connection to the database was lost during a commit")]
    CommitLost(#[source] Error),
    /// A row was refused.
    #[error("the database refused a row")]
    Refused(#[source] Error),
    /// The database could not do it now: a lock was not to be had in time, the disk is full.
    #[error("the database did not do it")]
    Unable(#[source] Error),
    /// A row does not say what it should.
    #[error("a stored row does not parse")]
    Corrupt(#[source] Source),
}

impl Failure {
    pub(crate) fn corrupt(source: impl Into<Source>) -> Self {
        Self::Corrupt(source.into())
    }

    /// The same failure, met at the end of a transaction.
    pub(crate) fn at_commit(self) -> Self {
        match self {
            Self::Lost(error) => Self::CommitLost(error),
            other => other,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use DatabaseErrorKind as Kind;
        match &error {
            Error::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _)
            | Error::BrokenTransactionManager
            | Error::AlreadyInTransaction
            | Error::NotInTransaction => Self::Lost(error),
            Error::DatabaseError(
                Kind::UniqueViolation
                | Kind::ForeignKeyViolation
                | Kind::NotNullViolation
                | Kind::CheckViolation
                | Kind::RestrictViolation
                | Kind::ExclusionViolation,
                _,
            )
            | Error::SerializationError(_)
            | Error::InvalidCString(_) => Self::Refused(error),
            Error::DeserializationError(_) | Error::NotFound => Self::Corrupt(error.into()),
            // Everything else that a database says: no lock in time, no room, shutting down, not writable.
            _ => Self::Unable(error),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost(_) | Failure::CommitLost(_) | Failure::Unable(_) => Self::unavailable(failure),
            Failure::Refused(_) => Self::corrupt(failure),
            Failure::Corrupt(source) => Self::Corrupt(source),
        }
    }
}
