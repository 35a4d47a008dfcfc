//! The shapes of answers that are written piece by piece, for the schemas.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use crate::wire::{MessageView, UserView};

/// What the API of 2018 answers to a message.
#[derive(ToSchema)]
#[schema(as = Sent)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(super) struct SentView<'a> {
    status: &'a str,
    #[schema(pattern = "^[0-9a-f]{32}$")]
    uri: &'a str,
    seq: i64,
    duplicate: bool,
    messages: Vec<MessageView<'a>>,
}

/// A part of a log.
#[derive(ToSchema)]
#[schema(as = EventPage)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(super) struct EventPageView<'a> {
    epoch: &'a str,
    events: Vec<EventView<'a>>,
    head: i64,
    floor: i64,
    reached: bool,
}

/// One durable change of a chat. What `data` holds depends on the kind: see AsyncAPI.
#[derive(ToSchema)]
#[schema(as = Event)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(super) struct EventView<'a> {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    chat: &'a str,
    seq: i64,
    kind: &'a str,
    #[schema(format = DateTime)]
    at: &'a str,
    by: UserView<'a>,
    data: BTreeMap<String, Value>,
}
