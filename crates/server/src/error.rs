//! Why a start fails.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use parlor_domain::StoreError;
use parlor_domain::account::{AdministrationError, SignupError};
use parlor_nats::NatsError;
use parlor_security::{HasherSetupError, WeakSecret};
use parlor_store::OpenError;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Both ways to name the secret were used.
    #[error("PARLOR_SECRET and PARLOR_SECRET_FILE (--secret, --secret-file) are both set; give one of them")]
    TwoSecrets,
    /// No secret, and no place where one could be kept.
    #[error(
        "PARLOR_SECRET or PARLOR_SECRET_FILE (--secret, --secret-file) must be set when PARLOR_DATABASE_URL names an \
         external database, the same on every node"
    )]
    NoSecret,
    /// The secret is too short.
    #[error("PARLOR_SECRET (--secret) cannot be used")]
    WeakSecret(#[source] WeakSecret),
    /// The secret in the named file is too short.
    #[error("the secret in {}, named by PARLOR_SECRET_FILE (--secret-file), cannot be used", file.display())]
    WeakSecretFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: WeakSecret,
    },
    /// The named file cannot be read as text.
    #[error("{}, named by PARLOR_SECRET_FILE (--secret-file), cannot be read", file.display())]
    SecretFile {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Not a URL of a database that is supported.
    #[error("PARLOR_DATABASE_URL (--database-url) must begin with postgres://, or be empty for the embedded database")]
    DatabaseUrl,
}

/// Why a command of the operator was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// Something that was given breaks a rule: what and which, in the words of the API.
    #[error("{0}")]
    Invalid(String),
    /// Standard input cannot be read as text.
    #[error("the password cannot be read from standard input")]
    Password(#[source] io::Error),
    /// No account is called so.
    #[error("there is no account with the number or e-mail address '{0}'")]
    NoAccount(String),
    /// The account was not changed.
    #[error(transparent)]
    Account(#[from] AdministrationError),
    /// The account was not made.
    #[error(transparent)]
    Signup(#[from] SignupError),
}

/// Why a server did not start, or ended before it was told to; or why a command was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something in the data directory cannot be made, read or locked.
    #[error("{} (the data directory is set by PARLOR_DATA_DIR, --data-dir) cannot be used", path.display())]
    DataDir {
        /// The directory, or the file in it.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The secret that was kept is damaged.
    #[error("the secret that was kept in {} cannot be used", file.display())]
    KeptSecret {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: WeakSecret,
    },
    /// Another server has the data directory.
    #[error("another Parlor server uses the data directory {} (set by PARLOR_DATA_DIR, --data-dir)", .0.display())]
    InUse(PathBuf),
    /// The database cannot be opened.
    #[error("the database, set by PARLOR_DATABASE_URL or PARLOR_DATA_DIR, cannot be opened")]
    Database(#[source] OpenError),
    /// A command was given for a database that is not there.
    #[error(
        "there is no database {} (the data directory is set by PARLOR_DATA_DIR, --data-dir); `parlor migrate` and the \
         first start of a server make one",
        .0.display()
    )]
    NoDatabase(PathBuf),
    /// The database does not answer.
    #[error("the database cannot be read or written")]
    Store(#[from] StoreError),
    /// A command was not done.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Hasher(#[from] HasherSetupError),
    /// NATS cannot be used.
    #[error("NATS, set by PARLOR_NATS_URL (--nats-url), cannot be used")]
    Nats(#[source] NatsError),
    /// The address cannot be listened on.
    #[error("{address} (PARLOR_LISTEN, --listen) cannot be listened on")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The server broke down.
    #[error("the server broke down")]
    Server(#[source] io::Error),
}

impl StartError {
    /// 2 for a wrong setting, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            // Whether a server is there does not matter at the start: only its URL can be wrong.
            Self::Config(_) | Self::Nats(NatsError::Url(_)) => 2,
            _ => 1,
        }
    }

    /// The error and what led to it, on one line.
    pub fn sentence(&self) -> String {
        let mut sentence = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some libraries say in their own text what their source says again.
            if !sentence.contains(&text) {
                sentence.push_str(": ");
                sentence.push_str(&text);
            }
            cause = error.source();
        }
        sentence.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
