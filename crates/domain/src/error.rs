//! What every error of the domain says of itself.

use std::error::Error;

/// What a caller can do about an error. The list is closed: an edge maps each kind to one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The input breaks a rule; the same input will always fail.
    Invalid,
    /// The caller did not prove who it is.
    Unauthenticated,
    /// The caller may know of the thing and may not do this to it.
    Forbidden,
    /// There is no such thing, or the caller may not know of it: the two look the same.
    NotFound,
    /// The state of the thing does not allow it.
    Conflict,
    /// The caller's condition on the state does not hold.
    PreconditionFailed,
    /// The input is larger than the limit.
    TooLarge,
    /// A queue is full: the same call may work a moment later.
    Busy,
    /// Something that the domain needs cannot be reached.
    Unavailable,
    /// A defect of the program or of its data.
    Internal,
}

/// An error with a [kind](ErrorKind) for machines and a stable code for clients.
pub trait DomainError: Error + Send + Sync + 'static {
    /// What the caller can do about it.
    fn kind(&self) -> ErrorKind;

    /// A stable `snake_case` name, the same in every release.
    fn code(&self) -> &'static str;
}

type Source = Box<dyn Error + Send + Sync>;

/// Why a repository could not do its work. Nothing was stored, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store's queue is full.
    #[error("the store has more work queued than it takes")]
    Busy,
    /// The store cannot be reached, or did not answer in time. A write whose answer was lost on the way may have been
    /// stored: a retry with the same key settles it.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Source),
    /// A stored row does not parse, or the store refused what the domain allows.
    #[error("the store holds what it should not")]
    Corrupt(#[source] Source),
}

impl StoreError {
    /// A store out of reach, with what was seen of it.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A row that does not parse, with the reason.
    pub fn corrupt(source: impl Into<Source>) -> Self {
        Self::Corrupt(source.into())
    }
}

impl DomainError for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Busy,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Corrupt(_) => "internal",
        }
    }
}

/// Defines the error of a use case that the rules refuse, or the store fails.
macro_rules! refused_or_failed {
    ($(#[$meta:meta])* $name:ident($refused:ty)) => {
        $(#[$meta])*
        #[derive(Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum $name {
            /// The rules do not allow it; nothing was stored.
            #[error(transparent)]
            Refused(#[from] $refused),
            /// The store failed.
            #[error(transparent)]
            Store(#[from] $crate::StoreError),
        }

        impl $crate::DomainError for $name {
            fn kind(&self) -> $crate::ErrorKind {
                match self {
                    Self::Refused(refused) => refused.kind(),
                    Self::Store(error) => error.kind(),
                }
            }

            fn code(&self) -> &'static str {
                match self {
                    Self::Refused(refused) => refused.code(),
                    Self::Store(error) => error.code(),
                }
            }
        }
    };
}

pub(crate) use refused_or_failed;
