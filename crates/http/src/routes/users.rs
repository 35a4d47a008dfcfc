//! Signing up, in and out, and the directory.

use actix_web::http::StatusCode;
use parlor_domain::account::{DirectoryQuery, RegisterError, RegistrationMode, Signup, SignupError, Taken};
use parlor_domain::{Caller, Email, InvalidValue, Password, PasswordAttempt, RegistrationCode, Username, UsernameKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::Form;
use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::{FieldErrors, Problem};
use crate::table::Answer;
use crate::wire::{CardView, ProfileView, SignedInView, TokensView, json, json_list};

#[derive(Serialize, ToSchema)]
#[schema(as = Greeting)]
pub(crate) struct Greeting {
    message: &'static str,
}

/// What the API of 2018 says to whoever looks for it.
pub(crate) async fn hello(_: Call) -> Answer {
    Ok(json(StatusCode::OK, &Greeting { message: "Hello, World!" }))
}

/// Makes an account, if this server is open to whoever calls. 201 with the account and its tokens; 400 when the address or
/// the name is taken, or where a code is asked for and this is none; 403 where nobody may.
pub(crate) async fn sign_up(mut call: Call) -> Answer {
    let body = call.body().await?;
    let registration = &call.services().registration;
    let mut form = Form::read(&body)?;
    let code = match registration.mode() {
        RegistrationMode::Open => Some(None),
        RegistrationMode::ByCode => read_code(&mut form).map(Some),
        RegistrationMode::Closed => return Err(RegisterError::Closed.into()),
    };
    let (signup, code) = read_signup(form, code)?;
    let signed_in = registration.sign_up(signup, code, call.device()).await.map_err(signup_problem)?;
    Ok(json(StatusCode::CREATED, &SignedInView::from(&signed_in)))
}

/// Whatever is no code is as good as an unknown one.
fn read_code(form: &mut Form<'_>) -> Option<RegistrationCode> {
    let text = form.text("invite", |text| if text.is_empty() { Err(InvalidValue::Blank) } else { Ok(text) })?;
    let code = text.trim().parse().ok();
    if code.is_none() {
        form.refuse("invite", INVALID_CODE);
    }
    code
}

const INVALID_CODE: &str = "This invitation is not valid.";

fn read_signup(
    mut form: Form<'_>,
    code: Option<Option<RegistrationCode>>,
) -> Result<(Signup, Option<RegistrationCode>), Problem> {
    let email = form.text("email", |text| Email::new(&text));
    let username = form.text("username", |text| Username::new(&text));
    let password = form.text("password", |text| Password::new(text.into_owned()));
    let repeated = form.text("password2", |text| if text.is_empty() { Err(InvalidValue::Blank) } else { Ok(text) });
    if let (Some(password), Some(repeated)) = (&password, &repeated)
        && password.expose() != repeated
    {
        form.refuse("password2", "Passwords must match.");
        return Err(form.problem());
    }
    match (email, username, password, repeated, code) {
        (Some(email), Some(username), Some(password), Some(_), Some(code)) => {
            Ok((Signup { email, username, password }, code))
        }
        _ => Err(form.problem()),
    }
}

fn signup_problem(error: RegisterError) -> Problem {
    match error {
        RegisterError::InvalidCode => Problem::field("invite", INVALID_CODE),
        RegisterError::Signup(SignupError::Taken(taken)) => taken_problem(taken),
        other => other.into(),
    }
}

/// Which names are somebody else's.
pub(super) fn taken_problem(Taken { email, username }: Taken) -> Problem {
    let mut errors = FieldErrors::default();
    if email {
        errors.add("email", "user with this email already exists.");
    }
    if username {
        errors.add("username", "user with this username already exists.");
    }
    Problem::fields(errors)
}

/// Signs in. 200 with the account and new tokens; 401, the same and as late, for a wrong password and an unknown address.
pub(crate) async fn log_in(mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    // What cannot be an address is nobody's address: that is no mistake of form, and takes as long to refuse.
    let email = form.text("email", |text| match Email::new(&text) {
        Err(InvalidValue::Blank) => Err(InvalidValue::Blank),
        other => Ok(other.ok()),
    });
    let attempt = form.text("password", |text| PasswordAttempt::new(text.into_owned()));
    let (Some(email), Some(attempt)) = (email, attempt) else { return Err(form.problem()) };
    let accounts = &call.services().accounts;
    let signed_in = match email {
        Some(email) => accounts.log_in(&email, attempt, call.device()).await?,
        None => accounts.refuse_log_in(attempt).await?,
    };
    Ok(json(StatusCode::OK, &SignedInView::from(&signed_in)))
}

/// Exchanges a refresh token for the next pair of tokens.
pub(crate) async fn refresh(mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let token = form.text("refresh", |text| if text.is_empty() { Err(InvalidValue::Blank) } else { Ok(text) });
    let Some(token) = token else { return Err(form.problem()) };
    let tokens = call.services().accounts.refresh(&token).await?;
    Ok(json(StatusCode::OK, &TokensView::from(&tokens)))
}

/// Ends the caller's session. 204, whatever the body holds.
pub(crate) async fn log_out(caller: Caller, call: Call) -> Answer {
    call.services().accounts.log_out(caller).await?;
    Ok(no_content())
}

/// The caller's own account.
pub(crate) async fn me(caller: Caller, call: Call) -> Answer {
    let user = call.services().accounts.find(caller.user).await?;
    // The token outlived the account.
    let user = user.ok_or_else(|| Problem::token_not_valid("The account of this token is gone."))?;
    Ok(json(StatusCode::OK, &ProfileView::from(&user)))
}

/// Erases the caller's account. 204; 403 for a wrong password.
pub(crate) async fn erase(caller: Caller, mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let attempt = form.text("password", |text| PasswordAttempt::new(text.into_owned()));
    let Some(attempt) = attempt else { return Err(form.problem()) };
    call.services().erasure.erase(caller, attempt).await?;
    Ok(no_content())
}

/// The directory, by name, in pages.
pub(crate) async fn directory(_: Caller, call: Call) -> Answer {
    list_directory(&call, Limits::USUAL).await
}

/// The directory under the name that it had in 2018, when it came whole.
pub(crate) async fn directory_of_2018(_: Caller, call: Call) -> Answer {
    list_directory(&call, Limits::LONG).await
}

async fn list_directory(call: &Call, limits: Limits) -> Answer {
    let mut query = call.query();
    let (search, after, limit) = (query.text("search"), query.cursor(), query.limit(limits));
    let (Some(search), Some(after), Some(limit)) = (search, after, limit) else { return Err(query.problem()) };
    let prefix = search.map(|text| UsernameKey::of(&text)).filter(|key| !key.as_str().is_empty());
    let page = call.services().accounts.list_directory(DirectoryQuery { prefix, after, limit }).await?;
    let last = page.items.last().filter(|_| page.more).map(|card| card.username.key());
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, CardView::from, link))
}
