//! Sending, changing and reading messages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use parlor_domain::message::{Draft, MessageCommand, MessageCondition, SendError, SendRefused, Sent};
use parlor_domain::{Caller, ChatUri, ClientId, Emoji, InvalidValue, MessageBody, Seq, SeqRange};

use crate::body::{Form, Null};
use crate::call::Call;
use crate::edge::no_content;
use crate::etag::{self, IfMatch};
use crate::paging::{Limits, Links};
use crate::problem::{Problem, sentence};
use crate::table::Answer;
use crate::wire::{json_bytes, message_bytes, messages_bytes, sent_bytes};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How many messages the answer to a message shows.
const SHOWN_MESSAGES: u32 = 50;

/// A part of the messages, oldest first. 304 for those who have it; 404 for outsiders.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let uri = call.uri()?;
    let mut query = call.query();
    let (before, after, limit) = (query.seq("before", 1), query.seq("after", 0), query.limit(Limits::LONG));
    let (Some(before), Some(after), Some(limit)) = (before, after, limit) else { return Err(query.problem()) };
    let range = SeqRange { after, before, limit };
    let page = call.services().messaging.list(caller.user, uri, range).await?.ok_or_else(Problem::not_found)?;
    let ends = page.items.first().zip(page.items.last()).map(|(first, last)| (first.seq.get(), last.seq.get()));
    let link = Links::from(&call.request).of_log(range, ends, page.more).header();
    Ok(etag::answer(&call.request, messages_bytes(&page.items), link))
}

/// One message. 304 for those who have it; 404 where there is none, and for outsiders.
pub(crate) async fn show(caller: Caller, call: Call) -> Answer {
    let (uri, seq) = (call.uri()?, call.seq()?);
    let message = call.services().messaging.find(caller.user, uri, seq).await?.ok_or_else(Problem::not_found)?;
    Ok(etag::answer(&call.request, message_bytes(&message), None))
}

/// Edits one's own message: the message as it is now. 403 for those of others; 404 where there is none, and for
/// outsiders; 409 for one that was deleted; 412 where `If-Match` names another tag.
pub(crate) async fn edit(caller: Caller, mut call: Call) -> Answer {
    let (uri, seq) = (call.uri()?, call.seq()?);
    let body = call.body().await?;
    let mut form = Form::read(&body)?;
    let Some(text) = form.text("message", MessageBody::new) else { return Err(form.problem()) };
    let (command, condition) = (MessageCommand::Edit(text), if_match(&call));
    let changed = call.services().messaging.change(caller.user, uri, seq, command, condition).await?;
    Ok(etag::tagged(message_bytes(&changed.message)))
}

/// Deletes a message: one's own, or as owner or admin of a group anybody's. 204, also when it was deleted before; 403,
/// 404 and 412 as for editing.
pub(crate) async fn delete(caller: Caller, call: Call) -> Answer {
    let (uri, seq) = (call.uri()?, call.seq()?);
    let condition = if_match(&call);
    call.services().messaging.change(caller.user, uri, seq, MessageCommand::Delete, condition).await?;
    Ok(no_content())
}

/// Puts an emoji under a message: the message as it is now, also when it was there before. 400 for what is no emoji; 404
/// as for editing; 409 for a message that was deleted, or that has too many different ones.
pub(crate) async fn react(caller: Caller, call: Call) -> Answer {
    set_reaction(caller, call, MessageCommand::React).await
}

/// Takes the caller's emoji away from a message: the message as it is now, also when it was not there. 400 and 404 as for
/// reacting.
pub(crate) async fn unreact(caller: Caller, call: Call) -> Answer {
    set_reaction(caller, call, MessageCommand::Unreact).await
}

async fn set_reaction(caller: Caller, call: Call, command: fn(Emoji) -> MessageCommand) -> Answer {
    let (uri, seq) = (call.uri()?, call.seq()?);
    let command = command(call.emoji()?);
    let changed = call.services().messaging.change(caller.user, uri, seq, command, None).await?;
    Ok(etag::tagged(message_bytes(&changed.message)))
}

/// That the message still is what the caller has read, if the request says what that was.
fn if_match(call: &Call) -> Option<MessageCondition> {
    let tags = IfMatch::of(call.request.headers())?;
    Some(MessageCondition::new(move |message| tags.holds(&message_bytes(message))))
}

/// Sends a message. The newest messages, or with `Prefer: return=minimal` this one; 404 for outsiders.
pub(crate) async fn send(caller: Caller, mut call: Call) -> Answer {
    let uri = call.uri()?;
    let body = call.body().await?;
    let draft = read_draft(&call, Form::read(&body)?)?;
    let sent = call.services().messaging.send(caller.user, uri, draft).await.map_err(send_problem)?;
    let mut response = match prefers_minimal(&call) {
        true => minimal(uri, &sent),
        false => newest(caller, &call, uri, &sent).await,
    };
    if sent.duplicate {
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn read_draft(call: &Call, mut form: Form<'_>) -> Result<Draft, Problem> {
    let body = form.text("message", MessageBody::new);
    let client_id = form.optional_text("client_id", Null::Absent, ClientId::new);
    let reply_to = form.optional_integer("reply_to", Null::Absent, Seq::new);
    let key = idempotency_key(call, &mut form);
    let (Some(body), Some(client_id), Some(reply_to), Some(key)) = (body, client_id, reply_to, key) else {
        return Err(form.problem());
    };
    if client_id.is_some() && key.is_some() && client_id != key {
        form.refuse("client_id", "The client_id and the Idempotency-Key header differ.");
        return Err(form.problem());
    }
    Ok(Draft { body, client_id: client_id.or(key), reply_to })
}

/// The header's value, exactly as it is: the same thing as `client_id` in the body.
fn idempotency_key(call: &Call, form: &mut Form<'_>) -> Option<Option<ClientId>> {
    let mut values = call.headers(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Some(None) };
    if values.any(|other| other != value) {
        form.refuse("client_id", "There are different Idempotency-Key headers.");
        return None;
    }
    let key = std::str::from_utf8(value).map_err(|_| InvalidValue::NotPrintableAscii).and_then(ClientId::new);
    key.map_err(|error| form.refuse("client_id", error.to_string())).ok().map(Some)
}

pub(crate) fn send_problem(error: SendError) -> Problem {
    match error {
        SendError::Refused(refused @ SendRefused::NoSuchReplyTarget) => {
            Problem::field("reply_to", sentence(&refused.to_string()))
        }
        error => error.into(),
    }
}

/// Whether the client wants no more than it needs (RFC 7240, section 4.2). The first `return` decides.
fn prefers_minimal(call: &Call) -> bool {
    call.headers(PREFER).flat_map(|list| list.split(|&byte| byte == b',')).find_map(returned).unwrap_or(false)
}

/// What a preference says of what to return, if it speaks of that: whether it is the least.
fn returned(preference: &[u8]) -> Option<bool> {
    let preference = preference.split(|&byte| byte == b';').next()?;
    let at = preference.iter().position(|&byte| byte == b'=')?;
    let (name, value) = (preference[..at].trim_ascii(), preference[at + 1..].trim_ascii());
    name.eq_ignore_ascii_case(b"return").then_some(matches!(value, b"minimal" | b"\"minimal\""))
}

fn minimal(uri: ChatUri, sent: &Sent) -> HttpResponse {
    let status = if sent.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = json_bytes(status, message_bytes(&sent.message));
    let location = format!("/api/v1/chats/{uri}/messages/{}/", sent.message.seq);
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::try_from(location).expect("digits and slashes"));
    headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("return=minimal"));
    response
}

/// The newest messages. The message is stored by now: when they cannot be read, an error would make the client send it
/// once more, so it alone is shown.
async fn newest(caller: Caller, call: &Call, uri: ChatUri, sent: &Sent) -> HttpResponse {
    let page = call.services().messaging.list(caller.user, uri, SeqRange::newest(SHOWN_MESSAGES)).await;
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            tracing::warn!(%error, "the newest messages could not be read after a message was stored");
            None
        }
    };
    let messages = page.as_ref().map_or(std::slice::from_ref(&sent.message), |page| &page.items);
    json_bytes(StatusCode::OK, sent_bytes(uri, sent.message.seq, sent.duplicate, messages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_read_as_rfc_7240_has_it() {
        for minimal in ["return=minimal", "Return = minimal", "return=\"minimal\"", "return=minimal; foo=bar"] {
            assert_eq!(returned(minimal.as_bytes()), Some(true), "{minimal}");
        }
        for other in ["return=representation", "return=", "return=minimally", "return=a;b=minimal"] {
            assert_eq!(returned(other.as_bytes()), Some(false), "{other}");
        }
        for no_word in ["respond-async", "wait=10", "", "minimal"] {
            assert_eq!(returned(no_word.as_bytes()), None, "{no_word}");
        }
    }
}
