//! Opening, joining, showing and listing chats, their settings, and deleting them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use parlor_domain::chat_session::{ChangeChatError, ChatCursor, ChatSummary, OpenChat, OpenChatError, SettingsChange};
use parlor_domain::{Caller, ChatTitle, ChatUri, InvalidValue, Seq, UserRef};

use crate::body::{Form, Null};
use crate::call::Call;
use crate::edge::no_content;
use crate::paging::{Limits, Links};
use crate::problem::{FieldErrors, Problem, sentence};
use crate::table::Answer;
use crate::wire::{ChatView, OpenedView, ReadView, json, json_list};

/// The caller's chats, latest activity first, in pages.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let mut query = call.query();
    let (after, limit) = (query.cursor(), query.limit(Limits::USUAL));
    let (Some(after), Some(limit)) = (after, limit) else { return Err(query.problem()) };
    let page = call.services().chats.list(caller.user, after, limit).await?;
    let last = page.items.last().filter(|_| page.more).map(|summary| &summary.chat);
    let last = last.map(|chat| ChatCursor { updated_at: chat.updated_at, uri: chat.uri });
    let link = Links::from(&call.request).next(last, limit).header();
    Ok(json_list(&page.items, ChatView::from, link))
}

/// One chat, with all its members. 404 for outsiders.
pub(crate) async fn show(caller: Caller, call: Call) -> Answer {
    let chats = &call.services().chats;
    let found = chats.find(caller.user, call.uri()?, chats.limits().max_members).await?;
    let summary = found.ok_or_else(Problem::not_found)?;
    Ok(json(StatusCode::OK, &ChatView::from(&summary)))
}

/// Opens a direct chat or a new group.
pub(crate) async fn open(caller: Caller, mut call: Call) -> Answer {
    open_wished(caller, &mut call, None).await
}

/// The same under a uri that the client picked, so that it can be repeated.
pub(crate) async fn open_at(caller: Caller, mut call: Call) -> Answer {
    let uri = call.picked_uri().map_err(|error| Problem::field("uri", error.to_string()))?;
    open_wished(caller, &mut call, Some(uri)).await
}

async fn open_wished(caller: Caller, call: &mut Call, uri: Option<ChatUri>) -> Answer {
    let body = call.body().await?;
    let wish = OpenChat { uri, ..read_wish(Form::read(&body)?)? };
    let (summary, user) = call.services().chats.open(caller.user, wish).await.map_err(open_problem)?;
    Ok(opened(&summary, &user))
}

fn read_wish(mut form: Form<'_>) -> Result<OpenChat, Problem> {
    let username = form.optional_text("username", Null::Refused, |text| name(&text));
    let title = form.optional_text("title", Null::Absent, |text| ChatTitle::new(text.into_owned()));
    let usernames = form.optional_texts("usernames", Null::Refused, |text| name(&text));
    let joinable = form.optional_bool("joinable", Null::Refused);
    match (username, title, usernames, joinable) {
        (Some(username), Some(title), Some(usernames), Some(joinable)) => {
            Ok(OpenChat { uri: None, username, title, usernames, joinable })
        }
        _ => Err(form.problem()),
    }
}

/// The name of somebody who may or may not exist. No store can be asked for what holds U+0000.
fn name(text: &str) -> Result<String, InvalidValue> {
    if text.trim().is_empty() {
        return Err(InvalidValue::Blank);
    }
    if text.contains('\0') { Err(InvalidValue::Nul) } else { Ok(text.to_owned()) }
}

fn open_problem(error: OpenChatError) -> Problem {
    match &error {
        OpenChatError::UnknownUser | OpenChatError::DirectChatTakesNoSettings => {
            Problem::field("username", sentence(&error.to_string()))
        }
        OpenChatError::UnknownMembers(names) => {
            let mut errors = FieldErrors::default();
            for name in names {
                errors.add("usernames", format!("Nobody has the username \"{name}\"."));
            }
            Problem::fields(errors)
        }
        OpenChatError::TooManyMembers { .. } => Problem::field("usernames", sentence(&error.to_string())),
        _ => error.into(),
    }
}

/// Joins a chat, or adds somebody to it. 404 where the caller may do neither.
pub(crate) async fn join(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let username = form.optional_text("username", Null::Refused, |text| name(&text));
    let Some(username) = username else { return Err(form.problem()) };
    join_named(caller, &call, uri, username).await
}

/// The same, with the uri in the body.
pub(crate) async fn join_by_body(caller: Caller, mut call: Call) -> Answer {
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let uri = form.text("uri", |text| Ok(text.parse().ok()));
    let username = form.optional_text("username", Null::Refused, |text| name(&text));
    let (Some(uri), Some(username)) = (uri, username) else { return Err(form.problem()) };
    join_named(caller, &call, uri.ok_or_else(Problem::not_found)?, username).await
}

async fn join_named(caller: Caller, call: &Call, uri: ChatUri, username: Option<String>) -> Answer {
    let joined = call.services().chats.join(caller.user, uri, username.as_deref()).await;
    let (summary, user) = joined.map_err(|error| match error {
        ChangeChatError::UnknownUser => Problem::field("username", sentence(&error.to_string())),
        _ => error.into(),
    })?;
    Ok(opened(&summary, &user))
}

fn opened(summary: &ChatSummary, user: &UserRef) -> HttpResponse {
    json(StatusCode::OK, &OpenedView::of(summary, user))
}

/// Changes a group's settings, and answers the chat as it is then. 403 where the role does not allow it; 404 for
/// outsiders.
pub(crate) async fn update_settings(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let title = form.nullable_text("title", |text| ChatTitle::new(text.into_owned()));
    let joinable = form.optional_bool("joinable", Null::Refused);
    let (Some(title), Some(joinable)) = (title, joinable) else { return Err(form.problem()) };
    let settings = SettingsChange { title, joinable };
    let summary = call.services().chats.update_settings(caller.user, uri, settings).await?;
    Ok(json(StatusCode::OK, &ChatView::from(&summary)))
}

/// Deletes a group for everybody. 204; 403 for whoever does not own it; 404 for outsiders.
pub(crate) async fn delete(caller: Caller, call: Call) -> Answer {
    call.services().chats.delete(caller.user, call.uri()?).await?;
    Ok(no_content())
}

/// Notes how far the caller has read. 404 for outsiders.
pub(crate) async fn mark_read(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let seq = form.integer("seq", Seq::new);
    let Some(seq) = seq else { return Err(form.problem()) };
    let state = call.services().chats.mark_read(caller.user, uri, seq).await?;
    let state = state.ok_or_else(Problem::not_found)?;
    call.services().live.tell_of_reading(caller.user, uri, state.read);
    Ok(json(StatusCode::OK, &ReadView::from(state)))
}

/// Tells the others that the caller writes, or with `"on": false` that they have stopped. 204; 404 for outsiders.
pub(crate) async fn tell_of_typing(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let Some(on) = form.optional_bool("on", Null::Refused) else { return Err(form.problem()) };
    call.services().chats.find(caller.user, uri, 0).await?.ok_or_else(Problem::not_found)?;
    call.services().live.tell_of_typing(caller.user, uri, on.unwrap_or(true));
    Ok(no_content())
}
