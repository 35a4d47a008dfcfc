//! Accounts, and the login sessions of one's own.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::call::Call;
use crate::{Error, Page, Parlor, Tokens};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The number that the user is known by.
    pub id: u64,
    /// The e-mail address, which nobody else is shown.
    pub email: String,
    /// The name that others see.
    pub username: String,
}

/// One's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The number that the user is known by.
    pub id: u64,
    /// The e-mail address, which nobody else is shown.
    pub email: String,
    /// The name that others see.
    pub username: String,
    /// A longer or shorter name, if one is set.
    pub display_name: Option<String>,
    /// When the account was made.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
}

/// What is to be changed of a profile.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProfileChange {
    /// Another display name; `Some(None)` takes it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Option<String>>,
    /// Another e-mail address. Needs `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Another user name. Needs `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A new account.
#[derive(Debug, Clone, Default)]
pub struct SignUp {
    /// The e-mail address to log in with.
    pub email: String,
    /// The name that others see.
    pub username: String,
    /// The password, 8 to 128 characters.
    pub password: String,
    /// A code of the operator, where signing up is by invitation.
    pub invite: Option<String>,
}

/// One of one's own login sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// What it is named by.
    pub id: String,
    /// When it began.
    #[serde(with = "crate::timestamp")]
    pub created_at: OffsetDateTime,
    /// When it last got new tokens.
    #[serde(with = "crate::timestamp")]
    pub last_used_at: OffsetDateTime,
    /// What the program called itself that logged in.
    pub user_agent: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Whether this client is in it.
    pub current: bool,
}

#[derive(Deserialize)]
struct SignedIn {
    #[serde(flatten)]
    account: Account,
    #[serde(flatten)]
    tokens: Tokens,
}

/// All of them fail with an [`Error`].
impl Parlor {
    /// Whether there is a server.
    pub async fn hello(&self) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Hello {
            message: String,
        }
        Ok(self.ask::<Hello>(Call::get("users/hello/")).await?.message)
    }

    /// Makes an account, and signs in.
    pub async fn sign_up(&self, form: SignUp) -> Result<Account, Error> {
        let SignUp { email, username, password, invite } = form;
        let mut body = json!({"email": email, "username": username, "password": password, "password2": password});
        if let Some(invite) = invite {
            body["invite"] = invite.into();
        }
        self.sign_in("users/signup/", &body).await
    }

    /// Begins a login session.
    pub async fn log_in(&self, email: &str, password: &str) -> Result<Account, Error> {
        self.sign_in("users/login/", &json!({"email": email, "password": password})).await
    }

    async fn sign_in(&self, path: &str, body: &Value) -> Result<Account, Error> {
        let answer = self.make(&Call::new(Method::POST, path).json(body), None).await?;
        let SignedIn { account, tokens } = answer.read()?;
        self.inner.options.tokens.save(Some(&tokens));
        Ok(account)
    }

    /// Forgets the tokens, and tells the server if it can be reached: a session that has ended already is forgotten too.
    pub async fn log_out(&self) -> Result<(), Error> {
        let told = match self.tokens() {
            Some(_) => self.ask(Call::new(Method::POST, "users/logout/")).await,
            None => Ok(()),
        };
        self.inner.options.tokens.save(None);
        match told {
            Err(Error::Unreachable(_)) => Ok(()),
            Err(error) if error.is_signed_out() => Ok(()),
            told => told,
        }
    }

    /// One's own account.
    pub async fn me(&self) -> Result<Profile, Error> {
        self.ask(Call::get("users/me/")).await
    }

    /// Changes one's own account.
    pub async fn change_me(&self, change: &ProfileChange) -> Result<Profile, Error> {
        self.ask(Call::new(Method::PATCH, "users/me/").json(change)).await
    }

    /// Sets another password, and ends all other sessions.
    pub async fn change_password(&self, password: &str, new: &str) -> Result<(), Error> {
        let body = json!({"password": password, "new_password": new});
        self.ask(Call::new(Method::POST, "users/me/password/").json(&body)).await
    }

    /// Erases one's own account, for ever, and forgets the tokens.
    pub async fn erase_me(&self, password: &str) -> Result<(), Error> {
        let call = Call::new(Method::DELETE, "users/me/").json(&json!({"password": password}));
        self.ask::<()>(call).await?;
        self.inner.options.tokens.save(None);
        Ok(())
    }

    /// One's own login sessions, latest use first.
    pub async fn sessions(&self, limit: Option<u32>) -> Result<Page<Session>, Error> {
        self.list(Call::get("users/sessions/").query("limit", limit)).await
    }

    /// Ends one of one's own login sessions.
    pub async fn end_session(&self, id: &str) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, format!("users/sessions/{}/", crate::call::encoded(id)))).await
    }

    /// Ends all of one's own login sessions but this.
    pub async fn end_other_sessions(&self) -> Result<(), Error> {
        self.ask(Call::new(Method::DELETE, "users/sessions/")).await
    }
}
