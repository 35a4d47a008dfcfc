//! The command line.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::admin::{ChatCommand, InviteCommand, UserCommand};
use crate::config::{Config, DatabaseConfig};

/// A chat backend: accounts, chats and messages over HTTP.
///
/// Without a command it serves. Each option is an environment variable too; an empty variable counts as unset, and an
/// option given here goes before its variable.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API until SIGTERM or SIGINT.
    Serve(Box<Config>),
    /// Bring the database up to date, as each start of the server does too.
    Migrate(DatabaseConfig),
    /// Make a code that lets people sign up where that is by invitation, and print it.
    Invite(InviteCommand),
    /// List, make, suspend and unsuspend accounts, and reset their passwords; beside a running server, too.
    #[command(subcommand)]
    User(UserCommand),
    /// List chats; beside a running server, too.
    #[command(subcommand)]
    Chat(ChatCommand),
    /// List what is served, a line each: method, path, and who may call it.
    Routes,
}

/// What the program shall do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Serve.
    Serve(Box<Config>),
    /// Migrate the database.
    Migrate(DatabaseConfig),
    /// Make a code to sign up with.
    Invite(InviteCommand),
    /// Do something with accounts.
    User(UserCommand),
    /// Do something with chats.
    Chat(ChatCommand),
    /// List the routes.
    Routes,
}

/// Reads the command line, and the environment for what it leaves open.
pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Action, clap::Error> {
    parse(without_empty_variables(Cli::command()), args)
}

fn parse(mut command: clap::Command, args: impl IntoIterator<Item = OsString>) -> Result<Action, clap::Error> {
    let matches = command.try_get_matches_from_mut(args)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    Ok(match cli.command {
        None => Action::Serve(Box::new(cli.config)),
        Some(Command::Serve(config)) => Action::Serve(config),
        Some(Command::Migrate(database)) => Action::Migrate(database),
        Some(Command::Invite(command)) => Action::Invite(command),
        Some(Command::User(command)) => Action::User(command),
        Some(Command::Chat(command)) => Action::Chat(command),
        Some(Command::Routes) => Action::Routes,
    })
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| if arg.get_env().is_some_and(is_empty) { arg.env(Resettable::Reset) } else { arg })
        .mut_subcommands(without_empty_variables)
}

/// Says what is wrong with the command line, in one sentence; or what `--help` and `--version` ask for.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nobody may be reading it.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    eprintln!("parlor: {}", sentence(error));
    ExitCode::from(2)
}

/// The first paragraph of what clap says, on one line, with the variables of the options that it names.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let mut sentence = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut command = Cli::command();
    command.build();
    for arg in command.get_arguments() {
        if let (Some(option), Some(variable)) = (arg.get_long(), arg.get_env()) {
            sentence = sentence.replace(&format!("'{arg}'"), &format!("--{option} ({})", variable.display()));
        }
    }
    sentence
}

/// Reads arguments alone, without the environment that a test happens to run in.
#[cfg(test)]
pub(crate) fn read_arguments(args: &[&str]) -> Result<Action, clap::Error> {
    fn without_variables(command: clap::Command) -> clap::Command {
        command.mut_args(|arg| arg.env(Resettable::Reset)).mut_subcommands(without_variables)
    }
    let args = std::iter::once("parlor").chain(args.iter().copied()).map(OsString::from);
    parse(without_variables(Cli::command()), args)
}
