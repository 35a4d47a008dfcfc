//! What clients say over a socket, parsed as strictly as bodies are.

use std::collections::HashMap;

use parlor_delivery::{Hello, Refusal, Request, RequestId};
use parlor_domain::message::{Draft, MessageCommand};
use parlor_domain::{ChatUri, ClientId, Emoji, Epoch, InvalidValue, MessageBody, Seq};

use crate::body::{Form, Null};

/// The longest name of a request, in characters.
const MAX_ID_CHARS: usize = 64;

/// One frame of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClientFrame {
    /// The request's own name.
    pub(super) id: Option<RequestId>,
    pub(super) said: Said,
}

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// `hello`, with a token unless one came before.
    Hello(Option<String>, Hello),
    /// `auth`, with a new token.
    Auth(String),
    /// All that the core takes as it is; a frame that cannot be taken is to be refused there too.
    Request(Request),
}

/// Not one object with a `type`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads a frame.
pub(super) fn parse(text: &str) -> Result<ClientFrame, Malformed> {
    let mut form = Form::read(text.as_bytes()).map_err(|_| Malformed)?;
    // Nothing is an object without fields for a body; a frame is never nothing.
    let kind = form.text("type", Ok).filter(|_| !text.is_empty()).ok_or(Malformed)?;
    let Some(id) = form.optional_text("id", Null::Absent, |id| request_id(&id)) else {
        return Ok(ClientFrame { id: None, said: refused(form) });
    };
    let said = match &*kind {
        "hello" => hello(&mut form),
        "auth" => form.text("token", |token| Ok(Said::Auth(token.into_owned()))),
        "send" => send(&mut form),
        "edit" => edit(&mut form),
        "delete" => delete(&mut form),
        "react" => react(&mut form),
        "sync" => sync(&mut form),
        "read" => read(&mut form),
        "typing" => typing(&mut form),
        "ping" => Some(Said::Request(Request::Ping)),
        "pong" => Some(Said::Request(Request::Pong)),
        other => Some(refusal(Refusal::UnknownType(other.to_owned()))),
    };
    Ok(ClientFrame { id, said: said.unwrap_or_else(|| refused(form)) })
}

fn request_id(id: &str) -> Result<RequestId, InvalidValue> {
    if id.chars().count() > MAX_ID_CHARS {
        return Err(InvalidValue::TooLong { max: MAX_ID_CHARS });
    }
    Ok(id.into())
}

fn refusal(refusal: Refusal) -> Said {
    Said::Request(Request::Refused(refusal))
}

/// What is wrong with the fields.
fn refused(form: Form<'_>) -> Said {
    refusal(form.problem().into_refusal())
}

fn hello(form: &mut Form<'_>) -> Option<Said> {
    let token = form.optional_text("token", Null::Absent, |token| Ok(token.into_owned()));
    let cursors = form.optional_numbers::<HashMap<_, _>, _, _>("cursors", Null::Absent, str::parse, Seq::new);
    let epoch = form.optional_text("epoch", Null::Absent, |name| Ok(Epoch::new(&name).ok()));
    let (token, cursors, epoch) = (token?, cursors?.unwrap_or_default(), epoch?);
    let hello = match epoch {
        None => Hello { cursors, epoch: None },
        Some(Some(epoch)) => Hello { cursors, epoch: Some(epoch) },
        // No life has such a name: the cursors are of none.
        Some(None) => Hello::default(),
    };
    Some(Said::Hello(token, hello))
}

/// A chat. What cannot be one is none, as it is in paths.
fn chat(form: &mut Form<'_>) -> Option<Option<ChatUri>> {
    form.text("chat", |uri| Ok(uri.parse().ok()))
}

fn in_chat(chat: Option<ChatUri>, request: impl FnOnce(ChatUri) -> Request) -> Option<Said> {
    Some(chat.map_or_else(|| refusal(Refusal::NotFound), |chat| Said::Request(request(chat))))
}

fn send(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let body = form.text("message", MessageBody::new);
    let client_id = form.text("client_id", ClientId::new);
    let reply_to = form.optional_integer("reply_to", Null::Absent, Seq::new);
    let draft = Draft { body: body?, client_id: Some(client_id?), reply_to: reply_to? };
    in_chat(chat?, |chat| Request::Send { chat, draft })
}

fn edit(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let target = form.integer("seq", Seq::new);
    let body = form.text("message", MessageBody::new);
    let (target, command) = (target?, MessageCommand::Edit(body?));
    in_chat(chat?, |chat| Request::Change { chat, target, command })
}

fn delete(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let target = form.integer("seq", Seq::new)?;
    in_chat(chat?, |chat| Request::Change { chat, target, command: MessageCommand::Delete })
}

fn react(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let target = form.integer("seq", Seq::new);
    let emoji = form.text("emoji", Emoji::new);
    let on = form.bool("on");
    let (target, emoji) = (target?, emoji?);
    let command = if on? { MessageCommand::React(emoji) } else { MessageCommand::Unreact(emoji) };
    in_chat(chat?, |chat| Request::Change { chat, target, command })
}

fn sync(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let after = form.integer("after", Seq::new);
    let limit = form.optional_integer("limit", Null::Absent, limit);
    let (after, limit) = (after?, limit?);
    in_chat(chat?, |chat| Request::Sync { chat, after, limit })
}

/// More than the core gives at once counts as that much.
fn limit(number: i64) -> Result<u32, InvalidValue> {
    if number < 1 {
        return Err(InvalidValue::Range { min: 1, max: Seq::MAX });
    }
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn read(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let seq = form.integer("seq", Seq::new)?;
    in_chat(chat?, |chat| Request::Read { chat, seq })
}

fn typing(form: &mut Form<'_>) -> Option<Said> {
    let chat = chat(form);
    let on = form.bool("on")?;
    in_chat(chat?, |chat| Request::Typing { chat, on })
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
