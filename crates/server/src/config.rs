//! What can be set, by flag or by environment variable.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use parlor_delivery::Limits;
use parlor_domain::account::{RegistrationMode, TokenLifetimes};
use parlor_http::CorsOrigins;
use parlor_store::Database;
use time::Duration;
use tracing_subscriber::EnvFilter;

use crate::error::ConfigError;

/// Everything that a server can be told, read once at its start. The docs of the fields are what `--help` prints.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "PARLOR_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000",
          value_parser = address)]
    pub listen: SocketAddr,

    /// Where everything is kept.
    #[command(flatten)]
    pub database: DatabaseConfig,

    /// Secret that tokens are signed with, 32 bytes or more. Needed with an external database, the same on every node;
    /// with the embedded one, a random secret is made at the first start and kept in the data directory.
    #[arg(long, env = "PARLOR_SECRET", value_name = "TEXT", hide_env_values = true)]
    pub secret: Option<Sensitive>,

    /// File that holds the secret, instead of --secret; line breaks at its end do not count.
    #[arg(long, env = "PARLOR_SECRET_FILE", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// NATS that the nodes on one database tell each other by what happens: nats://… or tls://…, several servers of
    /// one cluster separated by commas. Without it they see it in the database, a few seconds later.
    #[arg(long, env = "PARLOR_NATS_URL", value_name = "URL", hide_env_values = true)]
    pub nats_url: Option<Sensitive>,

    /// Web origins that may call from a browser, separated by commas; * for all.
    #[arg(long, env = "PARLOR_CORS_ORIGINS", value_name = "ORIGINS", default_value = "*")]
    pub cors_origins: CorsOrigins,

    /// Who may sign up: everybody, whoever has a code that `parlor invite` made, or nobody.
    #[arg(long, env = "PARLOR_REGISTRATION", value_name = "WHO", default_value = "open", value_enum)]
    pub registration: RegistrationSetting,

    /// Threads that answer requests [default: one per core].
    #[arg(long, env = "PARLOR_WORKERS", value_name = "COUNT", value_parser = whole(1..=1024))]
    pub workers: Option<NonZeroUsize>,

    /// Database connections that read, each with a thread of its own; one more writes [default: 3, with PostgreSQL 4].
    #[arg(long, env = "PARLOR_DATABASE_READERS", value_name = "COUNT", value_parser = whole(1..=256))]
    pub database_readers: Option<NonZeroUsize>,

    /// Lifetime of an access token, in minutes.
    #[arg(long, env = "PARLOR_ACCESS_TOKEN_MINUTES", value_name = "MINUTES", default_value = "60",
          value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub access_token_minutes: u32,

    /// Lifetime of a refresh token, in days: whoever stays away for longer logs in again.
    #[arg(long, env = "PARLOR_REFRESH_TOKEN_DAYS", value_name = "DAYS", default_value = "30",
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub refresh_token_days: u32,

    /// How passwords are hashed.
    #[command(flatten)]
    pub hashing: HashingConfig,

    /// Passwords that are hashed at once [default: one per core].
    #[arg(long, env = "PARLOR_PASSWORD_THREADS", value_name = "COUNT", value_parser = whole(1..=256))]
    pub password_threads: Option<NonZeroUsize>,

    /// Passwords that may wait to be hashed, before logging in is answered with 503.
    #[arg(long, env = "PARLOR_PASSWORD_QUEUE", value_name = "COUNT", default_value = "128", value_parser = whole(1..=65_536))]
    pub password_queue: NonZeroUsize,

    /// Most members that a group may have.
    #[arg(long, env = "PARLOR_MAX_MEMBERS", value_name = "COUNT", default_value = "1000",
          value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub max_members: u32,

    /// Bounds on a client's frames a second, and on the live connections of a user; off for load tests.
    #[arg(long, env = "PARLOR_RATE_LIMITS", value_name = "SWITCH", default_value = "on", value_enum)]
    pub rate_limits: Switch,

    /// Whether people who share a small chat see that the others are here.
    #[arg(long, env = "PARLOR_PRESENCE", value_name = "SWITCH", default_value = "on", value_enum)]
    pub presence: Switch,

    /// Most members of a chat whose members see each other's presence, and how far the others have read.
    #[arg(long, env = "PARLOR_SMALL_CHAT_MEMBERS", value_name = "COUNT", default_value = "50",
          value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub small_chat_members: u32,

    /// Seconds that requests in flight get to finish in when the server is told to end.
    #[arg(long, env = "PARLOR_SHUTDOWN_TIMEOUT", value_name = "SECONDS", default_value = "20",
          value_parser = clap::value_parser!(u16).range(1..=25))]
    pub shutdown_timeout: u16,

    /// What is logged: error, warn, info, debug, trace or off; levels of single modules may follow, as in
    /// `info,parlor_http=debug`.
    #[arg(long, env = "PARLOR_LOG", value_name = "LEVEL", default_value = "info", value_parser = log_directives)]
    pub log: String,

    /// Form of the log lines.
    #[arg(long, env = "PARLOR_LOG_FORMAT", value_name = "FORMAT", default_value = "text", value_enum)]
    pub log_format: LogFormat,
}

/// Where everything is kept.
#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// Directory of the embedded database and the generated secret; made if missing.
    #[arg(long, env = "PARLOR_DATA_DIR", value_name = "DIRECTORY", default_value = "./data")]
    pub data_dir: PathBuf,

    /// URL of a PostgreSQL database, postgres://…; without one, an embedded SQLite in the data directory is used.
    #[arg(long, env = "PARLOR_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<Sensitive>,
}

/// How passwords are hashed.
#[derive(Debug, Clone, Args)]
pub struct HashingConfig {
    /// Cost of hashing a password, 4 to 16: 12 takes a quarter of a second, and each step doubles it.
    #[arg(long, env = "PARLOR_BCRYPT_COST", value_name = "COST", default_value = "12",
          value_parser = clap::value_parser!(u32).range(4..=16))]
    pub bcrypt_cost: u32,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RegistrationSetting {
    /// Everybody.
    Open,
    /// Whoever has a code.
    Invite,
    /// Nobody.
    Closed,
}

impl From<RegistrationSetting> for RegistrationMode {
    fn from(setting: RegistrationSetting) -> Self {
        match setting {
            RegistrationSetting::Open => Self::Open,
            RegistrationSetting::Invite => Self::ByCode,
            RegistrationSetting::Closed => Self::Closed,
        }
    }
}

/// A text that is never shown: a secret, or a URL that holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(String);

impl Sensitive {
    /// Hides a text.
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text in clear.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sensitive {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where the signing secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretSource<'a> {
    /// The setting itself.
    Setting(&'a Sensitive),
    /// A file that was named.
    File(&'a Path),
    /// The data directory, where one is made if there is none.
    DataDir,
}

impl Config {
    /// Where the signing secret comes from.
    pub(crate) fn secret_source(&self) -> Result<SecretSource<'_>, ConfigError> {
        match (&self.secret, &self.secret_file) {
            (Some(_), Some(_)) => Err(ConfigError::TwoSecrets),
            (Some(secret), None) => Ok(SecretSource::Setting(secret)),
            (None, Some(file)) => Ok(SecretSource::File(file)),
            (None, None) if self.database.is_embedded() => Ok(SecretSource::DataDir),
            (None, None) => Err(ConfigError::NoSecret),
        }
    }

    /// Where NATS is, if there is one.
    pub(crate) fn nats_url(&self) -> Option<&str> {
        self.nats_url.as_ref().map(Sensitive::expose).filter(|url| !url.is_empty())
    }

    /// The bounds on live connections.
    pub(crate) fn live_limits(&self) -> Limits {
        let defaults =
            Limits { presence: self.presence == Switch::On, small_chat: self.small_chat_members, ..Limits::default() };
        match self.rate_limits {
            Switch::On => defaults,
            Switch::Off => Limits { frame_rate: 0, connections_per_user: usize::MAX, ..defaults },
        }
    }

    /// How long tokens live.
    pub(crate) fn token_lifetimes(&self) -> TokenLifetimes {
        TokenLifetimes {
            access: Duration::minutes(self.access_token_minutes.into()),
            refresh: Duration::days(self.refresh_token_days.into()),
        }
    }
}

impl DatabaseConfig {
    /// The file of the embedded database, in the data directory.
    const FILE: &str = "parlor.db";

    /// The database that this names.
    ///
    /// # Errors
    /// [`ConfigError::DatabaseUrl`] for a URL of anything but PostgreSQL.
    pub fn database(&self) -> Result<Database, ConfigError> {
        match self.url() {
            None => Ok(Database::Sqlite(self.data_dir.join(Self::FILE))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Database::Postgres(url.to_owned()))
            }
            Some(_) => Err(ConfigError::DatabaseUrl),
        }
    }

    /// Whether the database is the embedded one.
    pub fn is_embedded(&self) -> bool {
        self.url().is_none()
    }

    fn url(&self) -> Option<&str> {
        self.database_url.as_ref().map(Sensitive::expose).filter(|url| !url.is_empty())
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "it is no IP address with a port, such as 127.0.0.1:8000 or [::1]:8000")
}

/// Reads a whole number in `range`.
fn whole(
    range: std::ops::RangeInclusive<usize>,
) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number: &NonZeroUsize| range.contains(&number.get()));
        number.ok_or_else(|| format!("it is no whole number from {} to {}", range.start(), range.end()))
    }
}

/// Directives as `EnvFilter` reads them, but without its reading of a lone word as the name of a module: who mistypes a
/// level shall not lose the log.
fn log_directives(text: &str) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let known = |part: &str| part.contains('=') || LEVELS.contains(&part.to_ascii_lowercase().as_str());
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    if let Some(unknown) = parts.iter().find(|part| !known(part)) {
        return Err(format!("'{unknown}' is none of {}", LEVELS.join(", ")));
    }
    let directives = parts.join(",");
    match EnvFilter::try_new(&directives) {
        Ok(_) => Ok(directives),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
