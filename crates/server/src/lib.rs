//! The program around the chat: configuration, wiring, signals and exit codes. No rule of the chat lives here.
//!
//! `parlor serve` reads a [`Config`] once, gives every port of the domain its adapter, and runs the HTTP server until a
//! signal ends it. A start that fails says why in one sentence, and names the variable or flag that can change it.

mod admin;
mod cli;
mod clock;
mod config;
mod data_dir;
mod ended;
mod error;
mod logging;
mod secret;
mod serve;
mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use cli::Action;
pub use clock::SystemClock;
pub use config::{Config, DatabaseConfig, HashingConfig, LogFormat, RegistrationSetting, Sensitive};
pub use error::{CommandError, ConfigError, StartError};
use parlor_http::Access;

/// Runs the program, with the arguments and environment of the process. Exit code 0 after an orderly end, 2 for a wrong
/// setting, 1 for everything else.
pub fn main() -> ExitCode {
    let action = match cli::read(std::env::args_os()) {
        Ok(action) => action,
        Err(error) => return cli::refuse(&error),
    };
    let done = match action {
        Action::Serve(config) => serve::serve(&config),
        Action::Migrate(database) => migrate(&database),
        Action::Invite(command) => admin::invite(&command),
        Action::User(command) => admin::user(&command),
        Action::Chat(command) => admin::chat(&command),
        Action::Routes => {
            print_routes();
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlor: {}", error.sentence());
            ExitCode::from(error.exit_code())
        }
    }
}

fn migrate(config: &DatabaseConfig) -> Result<(), StartError> {
    let database = config.database()?;
    if config.is_embedded() {
        data_dir::create(&config.data_dir)?;
    }
    let applied = parlor_store::migrate(&database).map_err(StartError::Database)?;
    match applied.is_empty() {
        true => print(["The database is up to date."]),
        false => print(applied.iter().map(|name| format!("applied {name}"))),
    };
    Ok(())
}

fn print_routes() {
    print(parlor_http::routes().iter().map(|route| {
        let who = match route.access {
            Access::Open => "everybody",
            Access::SignedIn => "signed-in",
            Access::Member => "member",
        };
        format!("{} {} {who}", route.method, route.path)
    }));
}

/// Prints lines, if anybody reads them: a reader who has seen enough, as `head` has, is no error.
fn print(lines: impl IntoIterator<Item = impl std::fmt::Display>) -> bool {
    let mut out = io::stdout().lock();
    lines.into_iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush()).is_ok()
}
