//! The operator's commands, on the database of a server that may be running meanwhile.
//!
//! They take no lock of the data directory: SQLite in WAL mode and PostgreSQL let several processes write, one after the
//! other. A running server learns of what they did from the database.

use std::io::{self, BufRead};
use std::num::NonZeroU32;
use std::sync::Arc;

use clap::{Args, Subcommand};
use parlor_domain::account::{
    AccountName, AccountState, Administration, AdministrationError, AdministrationPorts, Signup, SignupError, Taken,
};
use parlor_domain::chat_session::Chat;
use parlor_domain::ports::Notifier;
use parlor_domain::{Announcement, Email, InvalidValue, Page, Password, SessionId, StoreError, Username};
use parlor_security::{BcryptHasher, BcryptOptions, SystemEntropy};
use parlor_store::{Database, DieselStore, StoreOptions};
use time::{Duration, OffsetDateTime};

use crate::config::{DatabaseConfig, HashingConfig};
use crate::data_dir::without_line_end;
use crate::error::{CommandError, StartError};
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

/// What is done with accounts.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UserCommand {
    /// List the accounts, by number: columns separated by tabs, below a line that names them.
    List(DatabaseConfig),
    /// Make an account, whoever may sign up, and print its number. Its password is the first line of standard input.
    Create(CreateUser),
    /// End all sessions of an account, and let nobody log in to it. What it wrote stays, and it stays in its chats.
    Suspend(OneUser),
    /// Take a suspension back.
    Unsuspend(OneUser),
    /// Give an account a new password, the first line of standard input, and end all its sessions.
    ResetPassword(ResetPassword),
}

/// A new account.
#[derive(Debug, Clone, Args)]
pub(crate) struct CreateUser {
    /// Where everything is kept.
    #[command(flatten)]
    database: DatabaseConfig,

    /// How its password is hashed.
    #[command(flatten)]
    hashing: HashingConfig,

    /// Its e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// Its user name.
    #[arg(long, value_name = "NAME")]
    username: String,
}

/// One account.
#[derive(Debug, Clone, Args)]
pub(crate) struct OneUser {
    /// Where everything is kept.
    #[command(flatten)]
    database: DatabaseConfig,

    /// Number or e-mail address of the account.
    #[arg(value_name = "ID|EMAIL")]
    account: String,
}

/// One account that gets a new password.
#[derive(Debug, Clone, Args)]
pub(crate) struct ResetPassword {
    /// Which.
    #[command(flatten)]
    user: OneUser,

    /// How its password is hashed.
    #[command(flatten)]
    hashing: HashingConfig,
}

/// What is done with chats.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ChatCommand {
    /// List the chats that have members, by uri: columns separated by tabs, below a line that names them.
    List(DatabaseConfig),
}

/// How many rows of a list are read at once.
const PAGE: u32 = 500;

/// Makes a code that lets people sign up, and prints it.
pub(crate) fn invite(command: &InviteCommand) -> Result<(), StartError> {
    let uses = NonZeroU32::new(command.uses).unwrap_or(NonZeroU32::MIN);
    with_database(&command.database, None, async |administration| {
        let code = administration.invite(uses, Duration::days(command.days.into())).await?;
        print([code]);
        Ok(())
    })
}

/// Does something with accounts.
pub(crate) fn user(command: &UserCommand) -> Result<(), StartError> {
    match command {
        UserCommand::List(database) => with_database(database, None, list_users),
        UserCommand::Create(new) => create_user(new),
        UserCommand::Suspend(user) => with_database(&user.database, None, async |administration| {
            Ok(administration.suspend(user.name()?).await.map_err(|error| user.failed(error))?)
        }),
        UserCommand::Unsuspend(user) => with_database(&user.database, None, async |administration| {
            Ok(administration.unsuspend(user.name()?).await.map_err(|error| user.failed(error))?)
        }),
        UserCommand::ResetPassword(ResetPassword { user, hashing }) => {
            let name = user.name()?;
            let password = Password::new(read_password()?).map_err(|wrong| refused([("password", wrong)]))?;
            with_database(&user.database, Some(hashing), async |administration| {
                Ok(administration.reset_password(name, password).await.map_err(|error| user.failed(error))?)
            })
        }
    }
}

/// Does something with chats.
pub(crate) fn chat(command: &ChatCommand) -> Result<(), StartError> {
    let ChatCommand::List(database) = command;
    with_database(database, None, list_chats)
}

fn create_user(new: &CreateUser) -> Result<(), StartError> {
    let (email, username) = (Email::new(&new.email), Username::new(&new.username));
    let password = Password::new(read_password()?);
    let signup = match (email, username, password) {
        (Ok(email), Ok(username), Ok(password)) => Signup { email, username, password },
        (email, username, password) => {
            let wrong = [("email", email.err()), ("username", username.err()), ("password", password.err())];
            return Err(refused(wrong.into_iter().filter_map(|(field, wrong)| Some((field, wrong?)))).into());
        }
    };
    with_database(&new.database, Some(&new.hashing), async |administration| {
        let user = administration.create_account(signup).await.map_err(not_made)?;
        print([user.id.get()]);
        Ok(())
    })
}

/// All that is wrong with what was given, in the words of the API.
fn refused(wrong: impl IntoIterator<Item = (&'static str, InvalidValue)>) -> CommandError {
    let said: Vec<String> = wrong.into_iter().map(|(field, wrong)| format!("{field}: {wrong}")).collect();
    CommandError::Invalid(said.join(" "))
}

/// Which names are taken, in the words of the API.
fn not_made(error: SignupError) -> CommandError {
    let SignupError::Taken(Taken { email, username }) = error else { return error.into() };
    let taken = [("email", email), ("username", username)].into_iter().filter(|(_, taken)| *taken);
    let said: Vec<String> =
        taken.map(|(field, _)| format!("{field}: user with this {field} already exists.")).collect();
    CommandError::Invalid(said.join(" "))
}

/// The first line of standard input, exactly as it is but for its end.
fn read_password() -> Result<String, CommandError> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(CommandError::Password)?;
    Ok(without_line_end(line))
}

impl OneUser {
    fn name(&self) -> Result<AccountName, CommandError> {
        AccountName::new(&self.account).map_err(|_| CommandError::NoAccount(self.account.clone()))
    }

    fn failed(&self, error: AdministrationError) -> CommandError {
        match error {
            AdministrationError::NoAccount => CommandError::NoAccount(self.account.clone()),
            error => CommandError::Account(error),
        }
    }
}

async fn list_users(administration: Administration) -> Result<(), StartError> {
    let row = |AccountState { user, suspended }: &AccountState| {
        let standing = if *suspended { "suspended" } else { "active" };
        let created_at = shown(user.created_at);
        [&user.id.get().to_string(), user.username.as_str(), user.email.as_str(), &created_at, standing].join("\t")
    };
    let pages =
        async |last: Option<AccountState>| administration.list_accounts(last.map(|state| state.user.id), PAGE).await;
    list(["id", "username", "email", "created_at", "standing"], pages, row).await
}

async fn list_chats(administration: Administration) -> Result<(), StartError> {
    let row = |chat: &Chat| {
        let title = chat.title.as_ref().map_or("", |title| title.as_str());
        let (members, head) = (chat.member_count.to_string(), chat.head.get().to_string());
        let (uri, updated_at) = (chat.uri.to_string(), shown(chat.updated_at));
        [uri.as_str(), chat.kind.as_str(), title, &members, &head, &updated_at].join("\t")
    };
    let pages = async |last: Option<Chat>| administration.list_chats(last.map(|chat| chat.uri), PAGE).await;
    list(["uri", "kind", "title", "members", "head", "updated_at"], pages, row).await
}

/// Prints a list, page by page, below a line that names its columns.
async fn list<T, const COLUMNS: usize>(
    columns: [&str; COLUMNS],
    page: impl AsyncFn(Option<T>) -> Result<Page<T>, StoreError>,
    row: impl Fn(&T) -> String,
) -> Result<(), StartError> {
    let mut goes_on = print([columns.join("\t")]);
    let mut last = None;
    while goes_on {
        let Page { mut items, more } = page(last).await?;
        goes_on = print(items.iter().map(&row)) && more;
        last = items.pop();
    }
    Ok(())
}

/// RFC 3339, in UTC, to the microsecond, as in the API.
fn shown(time: OffsetDateTime) -> String {
    let (hour, minute, second, micro) = time.to_hms_micro();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z", time.date())
}

/// Does something with the database, and closes it. `hashing` is of use to what stores a password.
fn with_database(
    config: &DatabaseConfig,
    hashing: Option<&HashingConfig>,
    work: impl AsyncFnOnce(Administration) -> Result<(), StartError>,
) -> Result<(), StartError> {
    let database = config.database()?;
    if let Database::Sqlite(file) = &database
        && !file.exists()
    {
        return Err(StartError::NoDatabase(file.clone()));
    }
    let defaults = BcryptOptions::default();
    let cost = hashing.map_or(defaults.cost, |hashing| hashing.bcrypt_cost);
    let hasher = BcryptHasher::new(BcryptOptions { cost, threads: 1, ..defaults })?;
    let clock = Arc::new(SystemClock);
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(StartError::Server)?;
    let options = StoreOptions { readers: 1, ..StoreOptions::default() };
    let store = DieselStore::open(&database, options, Arc::new(Nobody), clock.clone()).map_err(StartError::Database)?;
    let adapter = Arc::new(store.clone());
    let ports = AdministrationPorts {
        users: adapter.clone(),
        admin: adapter.clone(),
        codes: adapter,
        hasher: Arc::new(hasher),
        clock,
        entropy: Arc::new(SystemEntropy),
    };
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
