//! One's own account: its profile, its password, the sessions that it is signed in by; and what others see of it.

use actix_web::http::StatusCode;
use parlor_domain::account::{ChangeAccountError, ProfileChange, SessionCursor};
use parlor_domain::{Caller, DisplayName, Email, Password, PasswordAttempt, Username};

use crate::body::{Form, Null};
use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{CardView, ProfileView, SessionView, json, json_list};

use super::users::taken_problem;

/// Changes the caller's profile, and answers it as it is then. 400 for names that are taken; 403 for a wrong password.
pub(crate) async fn change_profile(caller: Caller, mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let display_name = form.nullable_text("display_name", |text| DisplayName::new(&text));
    let email = form.optional_text("email", Null::Refused, |text| Email::new(&text));
    let username = form.optional_text("username", Null::Refused, |text| Username::new(&text));
    let password = form.optional_text("password", Null::Refused, |text| PasswordAttempt::new(text.into_owned()));
    let needs_password = !matches!((&email, &username), (Some(None), Some(None)));
    if needs_password && matches!(password, Some(None)) {
        form.refuse("password", "This field is required.");
        return Err(form.problem());
    }
    let (Some(display_name), Some(email), Some(username), Some(password)) = (display_name, email, username, password)
    else {
        return Err(form.problem());
    };
    let change = ProfileChange { display_name, email, username };
    let user = call.services().accounts.change_profile(caller, change, password).await.map_err(problem)?;
    Ok(json(StatusCode::OK, &ProfileView::from(&user)))
}

/// Changes the caller's password, and ends all their other sessions. 204; 403 for a wrong password.
pub(crate) async fn change_password(caller: Caller, mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let password = form.text("password", |text| PasswordAttempt::new(text.into_owned()));
    let new = form.text("new_password", |text| Password::new(text.into_owned()));
    let (Some(password), Some(new)) = (password, new) else { return Err(form.problem()) };
    call.services().accounts.change_password(caller, password, new).await?;
    Ok(no_content())
}

fn problem(error: ChangeAccountError) -> Problem {
    match error {
        ChangeAccountError::Taken(taken) => taken_problem(taken),
        error => error.into(),
    }
}

/// The caller's running sessions, latest use first, in pages.
pub(crate) async fn list_sessions(caller: Caller, call: Call) -> Answer {
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().accounts.list_sessions(caller, after, limit).await?;
    let last = page.items.last().filter(|_| page.more);
    let last = last.map(|session| SessionCursor { last_used_at: session.last_used_at, id: session.id });
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, |session| SessionView::of(session, caller), link))
}

/// Ends a running session of the caller. 204; 404 for what is none.
pub(crate) async fn end_session(caller: Caller, call: Call) -> Answer {
    let session = call.session_id()?;
    if !call.services().accounts.end_session(caller, session).await? {
        return Err(Problem::not_found());
    }
    Ok(no_content())
}

/// Ends all sessions of the caller but the one that they call in. 204.
pub(crate) async fn end_other_sessions(caller: Caller, call: Call) -> Answer {
    call.services().accounts.end_other_sessions(caller).await?;
    Ok(no_content())
}

/// A user as everybody may see them. 404 for a number that is nobody's.
pub(crate) async fn show_card(_: Caller, call: Call) -> Answer {
    let card = call.services().accounts.find_card(call.user_id()?).await?;
    Ok(json(StatusCode::OK, &CardView::from(&card.ok_or_else(Problem::not_found)?)))
}
