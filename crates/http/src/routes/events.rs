//! The log of a chat: in pages, by waiting for what comes next, and as server-sent events.

use std::rc::Rc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use parlor_delivery::CloseCode;
use parlor_domain::log::LogPage;
use parlor_domain::{Caller, ChatUri, Seq, Snapshot};

use super::live::known;
use crate::auth::read_grant;
use crate::call::Call;
use crate::live::Connection;
use crate::live::stream::{EventStream, Waited, next_event};
use crate::paging::{Limits, whole_number};
use crate::problem::Problem;
use crate::server::Breaker;
use crate::table::Answer;
use crate::wire::{json_bytes, log_bytes};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
/// The longest that a call waits for an event, in seconds: proxies give up after 30 at the soonest.
pub(crate) const MAX_WAIT_SECONDS: u32 = 25;

/// A part of the log, in whichever way the caller asks for it. 404 for outsiders.
pub(crate) async fn list(caller: Caller, call: Call) -> Answer {
    let uri = call.uri()?;
    let mut query = call.query();
    let (after, limit) = (query.seq("after", 0), query.limit(Limits::USUAL));
    let wait = query.seconds("wait", MAX_WAIT_SECONDS);
    let (Some(after), Some(limit), Some(wait)) = (after, limit, wait) else { return Err(query.problem()) };
    if wants_stream(&call) {
        return stream(caller, &call, uri, last_event_id(&call)?.or(after)).await;
    }
    let place = Place { uri, after, limit };
    let page = read(caller, &call, &place).await?;
    let waits = wait > 0 && page.events.is_empty();
    let page = if waits { wait_for(caller, &call, &place, page, wait).await? } else { page };
    Ok(json_bytes(StatusCode::OK, log_bytes(&page.epoch, &page.value)))
}

/// What part of which log is read.
struct Place {
    uri: ChatUri,
    after: Option<Seq>,
    limit: u32,
}

/// A page from there, if the log has such a place.
async fn read(caller: Caller, call: &Call, place: &Place) -> Result<Snapshot<LogPage>, Problem> {
    let messaging = &call.services().messaging;
    let from = place.after.unwrap_or(Seq::START);
    let page = messaging.read_log(caller.user, place.uri, from, place.limit).await?.ok_or_else(Problem::not_found)?;
    match place.after {
        Some(after) if after > page.head => Err(Problem::cursor_ahead(page.head)),
        Some(after) if after.next() < page.floor => Err(Problem::log_pruned(page.floor, page.head)),
        _ => Ok(page),
    }
}

/// The page that is there as soon as there is something, or the empty one once the time is up.
async fn wait_for(
    caller: Caller,
    call: &Call,
    place: &Place,
    empty: Snapshot<LogPage>,
    wait: u32,
) -> Result<Snapshot<LogPage>, Problem> {
    let head = Snapshot { epoch: empty.epoch.clone(), value: empty.head };
    let connection = follow(call, place.uri, head).await?;
    match next_event(&connection, Duration::from_secs(wait.into())).await {
        Waited::Nothing | Waited::Closed(CloseCode::GoingAway | CloseCode::Restart) => Ok(empty),
        Waited::Event => read(caller, call, place).await,
        Waited::Closed(CloseCode::Unauthorized) => Err(Problem::token_not_valid("The token has expired.")),
        Waited::Closed(_) if call.services().accounts.has_ended(caller.session) => {
            Err(Problem::token_not_valid("The session of this token has ended."))
        }
        // Whoever is no member any more is told as everywhere.
        Waited::Closed(_) => read(caller, call, place).await,
    }
}

/// Server-sent events from right behind `after`, or from the head.
async fn stream(caller: Caller, call: &Call, uri: ChatUri, after: Option<Seq>) -> Answer {
    let page = read(caller, call, &Place { uri, after, limit: 1 }).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, EVENT_STREAM));
    if call.request.method() == Method::HEAD {
        // A body without end is one even where nobody is sent it.
        return Ok(response.finish());
    }
    let after = after.unwrap_or(page.head);
    let connection = follow(call, uri, Snapshot { epoch: page.epoch, value: after }).await?;
    Ok(response.body(EventStream::new(connection, after)))
}

async fn follow(call: &Call, uri: ChatUri, after: Snapshot<Seq>) -> Result<Connection, Problem> {
    let known = known(call, read_grant(&call.request, &call.services().accounts)?).await?;
    let identity = call.services().live.identity(known).map_err(|code| match code {
        CloseCode::SessionEnded => Problem::token_not_valid("The session of this token has ended."),
        _ => Problem::starting(),
    })?;
    let breaker = call.request.conn_data::<Rc<Breaker>>().cloned();
    Ok(Connection::follow(&call.edge.lane, identity, uri, after, breaker))
}

/// Whether the caller asks for server-sent events by name.
fn wants_stream(call: &Call) -> bool {
    call.headers(ACCEPT).flat_map(|list| list.split(|&byte| byte == b',')).any(|range| {
        let media_type = range.split(|&byte| byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(EVENT_STREAM.as_bytes())
    })
}

/// Where a browser's stream broke off; an empty one is none.
fn last_event_id(call: &Call) -> Result<Option<Seq>, Problem> {
    let Some(value) = call.headers(LAST_EVENT_ID).next().filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = std::str::from_utf8(value).ok().and_then(whole_number).and_then(|number| i64::try_from(number).ok());
    let seq = number.and_then(|number| Seq::new(number).ok());
    seq.map(Some).ok_or_else(|| Problem::invalid("The Last-Event-ID header is no seq."))
}
