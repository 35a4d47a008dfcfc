//! What answers look like. Each view borrows what it shows and is written straight to bytes.

#[cfg(test)]
pub(crate) mod asyncapi;
mod chats;
mod events;
mod export;
mod live;
mod messages;
mod search;
mod time;
mod users;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, LINK};
use serde::{Serialize, Serializer};

pub(crate) use chats::{ChatView, InviteView, MemberView, OpenedView, ReadView};
pub(crate) use events::{event_of_page, live_event, log_bytes};
pub(crate) use export::{push_end, push_record};
pub(crate) use live::{MAX_FRAME_BYTES, Setting, push_frame, reason};
pub(crate) use messages::{MessageView, message_bytes, messages_bytes, sent_bytes};
pub(crate) use search::FoundView;
pub(crate) use users::{CardView, ProfileView, SessionView, SignedInView, TokensView, UserView};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// About how many bytes an item of a list takes.
const ITEM_BYTES: usize = 256;

/// An answer of this status with a view as its body.
pub(crate) fn json(status: StatusCode, view: &impl Serialize) -> HttpResponse {
    let mut body = Vec::with_capacity(ITEM_BYTES);
    push(&mut body, view);
    json_bytes(status, body)
}

/// An answer of this status with JSON that is written already.
pub(crate) fn json_bytes(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, JSON)).body(body)
}

/// 200 with an array, and the links to its neighbours.
pub(crate) fn json_list<'a, T, V: Serialize>(
    items: &'a [T],
    view: impl Fn(&'a T) -> V,
    link: Option<HeaderValue>,
) -> HttpResponse {
    let mut body = Vec::with_capacity(2 + items.len() * ITEM_BYTES);
    push_list(&mut body, items, |out, item| push(out, &view(item)));
    let mut response = json_bytes(StatusCode::OK, body);
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// Writes a value as JSON.
fn push<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("views hold nothing that JSON cannot");
}

/// Writes an array, item by item.
fn push_list<'a, T>(out: &mut Vec<u8>, items: &'a [T], push_item: impl Fn(&mut Vec<u8>, &'a T)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_item(out, item);
    }
    out.push(b']');
}

/// Any `Display` as a JSON string.
fn as_text<T: std::fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
