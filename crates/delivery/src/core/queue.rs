//! What waits for one connection.

use std::collections::VecDeque;

use parlor_domain::{ChatUri, EventKind, UserId};

use crate::{Frame, Limits};

/// The frames that wait for one connection, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    frames: VecDeque<Frame>,
    bytes: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether one more frame of so many bytes keeps the bounds. An empty queue takes anything.
    pub(super) fn has_room(&self, bytes: usize, limits: &Limits) -> bool {
        self.is_empty() || (self.len() < limits.queue_frames && self.bytes + bytes <= limits.queue_bytes)
    }

    /// Whether there is room for one more frame of so many bytes, once signals have made place if need be.
    pub(super) fn makes_room(&mut self, bytes: usize, limits: &Limits) -> bool {
        if !self.has_room(bytes, limits) {
            self.keep(|frame| !matches!(frame, Frame::Signal(_)));
        }
        self.has_room(bytes, limits)
    }

    /// Whether more waits than may: what was asked for comes on top of the bounds.
    pub(super) fn is_overfull(&self, limits: &Limits) -> bool {
        self.len() > limits.queue_frames || self.bytes > limits.queue_bytes
    }

    /// Whether a signal is still worth its place: they may not fill more than half of the queue.
    pub(super) fn has_room_for_signal(&self, limits: &Limits) -> bool {
        self.len() < limits.queue_frames / 2 && self.bytes < limits.queue_bytes / 2
    }

    pub(super) fn push(&mut self, frame: Frame) {
        self.bytes += frame.size();
        self.frames.push_back(frame);
    }

    pub(super) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.size();
        if self.frames.is_empty() && self.frames.capacity() > 16 {
            // Most connections are idle most of the time: a burst leaves nothing behind.
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// Drops the events of a chat, but for those that must arrive: that `user` was removed, or that the chat is no more.
    pub(super) fn drop_chat(&mut self, chat: ChatUri, user: UserId) {
        self.keep(|frame| match frame {
            Frame::Event(event) if event.event.chat == chat => ends_membership(&event.event.kind, user),
            Frame::Behind { chat: behind, .. } => *behind != chat,
            _ => true,
        });
    }

    /// Drops all but replies: the connection is about to be closed.
    pub(super) fn keep_replies(&mut self) {
        self.keep(|frame| matches!(frame, Frame::Reply { .. }));
    }

    fn keep(&mut self, wanted: impl Fn(&Frame) -> bool) {
        self.frames.retain(wanted);
        self.bytes = self.frames.iter().map(Frame::size).sum();
    }
}

/// Whether an event of this kind ends the membership of `user`.
pub(super) fn ends_membership(kind: &EventKind, user: UserId) -> bool {
    match kind {
        EventKind::MemberRemoved(member) => member.user.id == user,
        EventKind::ChatDeleted => true,
        _ => false,
    }
}
