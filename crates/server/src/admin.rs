//! The operator's commands, on the database of a server that may be running meanwhile.
//!
//! They take no lock of the data directory: SQLite in WAL mode and PostgreSQL let several processes write, one after the
//! other. A running server learns of what they did from the database.

use std::num::NonZeroU32;
use std::sync::Arc;

use clap::Args;
use parlor_domain::account::{Administration, AdministrationPorts};
use parlor_domain::ports::Notifier;
use parlor_domain::{Announcement, SessionId};
use parlor_security::SystemEntropy;
use parlor_store::{Database, DieselStore, StoreOptions};
use time::Duration;

use crate::config::DatabaseConfig;
use crate::error::StartError;
use crate::{SystemClock, print};

/// What `parlor invite` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct InviteCommand {
    /// Where everything is kept.
    #[command(flatten)]
    pub(crate) database: DatabaseConfig,

    /// Accounts that the code is good for.
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) uses: u32,

    /// Days that the code is good for.
    #[arg(long, value_name = "DAYS", default_value = "7", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
}

/// Makes a code that lets people sign up, and prints it.
pub(crate) fn invite(command: &InviteCommand) -> Result<(), StartError> {
    let uses = NonZeroU32::new(command.uses).unwrap_or(NonZeroU32::MIN);
    with_database(&command.database, async |administration| {
        let code = administration.invite(uses, Duration::days(command.days.into())).await?;
        print([code]);
        Ok(())
    })
}

/// Does something with the database, and closes it.
fn with_database<T>(
    config: &DatabaseConfig,
    work: impl AsyncFnOnce(Administration) -> Result<T, StartError>,
) -> Result<T, StartError> {
    let database = config.database()?;
    if let Database::Sqlite(file) = &database
        && !file.exists()
    {
        return Err(StartError::NoDatabase(file.clone()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(StartError::Server)?;
    let options = StoreOptions { readers: 1, ..StoreOptions::default() };
    let store =
        DieselStore::open(&database, options, Arc::new(Nobody), Arc::new(SystemClock)).map_err(StartError::Database)?;
    let ports = AdministrationPorts { codes: Arc::new(store.clone()), entropy: Arc::new(SystemEntropy) };
    let done = runtime.block_on(work(Administration::new(ports)));
    store.close();
    done
}

/// Who is told of what was stored: the servers look for it in the database.
struct Nobody;

impl Notifier for Nobody {
    fn announce(&self, _: Announcement) {}

    fn sessions_ended(&self, _: Vec<SessionId>) {}
}
