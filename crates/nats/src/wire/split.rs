//! An announcement in messages that NATS takes.

use std::io::Write as _;
use std::ops::Range;

use parlor_domain::{Announcement, Epoch, Event, EventKind, Topic, UserId};

use super::event::WireEvent;
use crate::seal::Seal;
use crate::subject::Subject;

/// The most bytes that a message has. A NATS server takes 1 MiB unless told otherwise (`max_payload`), and advises
/// against more than a few hundred KiB. One event alone may be larger, if a group began with thousands of members.
pub(crate) const MESSAGE_BYTES: usize = 256 << 10;

/// Above so many users an event goes to all nodes once, instead of to each user's subject.
const CROWD: usize = 8;

const TAIL: &[u8] = b"]}}";

/// A message that is not signed yet.
pub(crate) struct Part {
    /// Whom it goes to.
    pub(crate) subject: Subject,
    /// The body, behind the room for its header.
    pub(crate) message: Vec<u8>,
}

/// The messages of an announcement: its events for those who follow the chat, and those that change who is in it for
/// the users concerned too. Ends before the first event of a kind that this form does not know.
pub(crate) fn announcement(announcement: &Announcement) -> Vec<Part> {
    let Announcement { epoch, chat, events } = announcement;
    let head = format!(r#"{{"events":{{"chat":"{chat}","events":["#);
    let mut encoded = Vec::new();
    let mut places: Vec<Range<usize>> = Vec::with_capacity(events.len());
    for event in events {
        let Some(wire) = WireEvent::of(event) else { break };
        let start = encoded.len();
        serde_json::to_writer(&mut encoded, &wire).expect("an event is JSON, and memory takes it");
        places.push(start..encoded.len());
    }
    let room = MESSAGE_BYTES - Seal::fresh().len() - head.len() - TAIL.len();
    let mut parts = Vec::new();
    for group in groups(&places, room) {
        let events = group.iter().map(|place| &encoded[place.clone()]);
        parts.push(Part { subject: Subject::chat(epoch, *chat), message: message(&head, events) });
    }
    for (event, place) in events.iter().zip(&places) {
        for subject in concerned(epoch, event) {
            parts.push(Part { subject, message: message(&head, [&encoded[place.clone()]].into_iter()) });
        }
    }
    parts
}

fn message<'a>(head: &str, events: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut message = Seal::fresh();
    write!(message, "{head}").expect("memory takes it");
    for (number, event) in events.enumerate() {
        if number > 0 {
            message.push(b',');
        }
        message.extend_from_slice(event);
    }
    message.extend_from_slice(TAIL);
    message
}

/// Neighbours that fit into `room` together, commas included.
fn groups(places: &[Range<usize>], room: usize) -> Vec<&[Range<usize>]> {
    let mut groups = Vec::new();
    let mut rest = places;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fit = rest.iter().take_while(|place| {
            bytes += place.len() + 1;
            bytes <= room + 1
        });
        let (group, others) = rest.split_at(fit.count().max(1));
        groups.push(group);
        rest = others;
    }
    groups
}

/// Where those are addressed who become or cease to be members by an event.
fn concerned(epoch: &Epoch, event: &Event) -> Vec<Subject> {
    let users = concerned_users(event);
    if users.len() > CROWD {
        return vec![Subject::Crowd(epoch.clone())];
    }
    users.into_iter().map(|user| Subject::Topic(epoch.clone(), Topic::User(user))).collect()
}

/// Who becomes or ceases to be a member by an event.
pub(crate) fn concerned_users(event: &Event) -> Vec<UserId> {
    match &event.kind {
        EventKind::ChatCreated { members, .. } => members.iter().map(|member| member.user.id).collect(),
        EventKind::MemberAdded(member) | EventKind::MemberRemoved(member) => vec![member.user.id],
        _ => Vec::new(),
    }
}
