//! Frames in few words, for tests to compare and traces to show.

use parlor_delivery::{BehindReason, Done, Frame, Refusal};
use parlor_domain::{EventKind, SignalKind};

/// A frame in few words.
pub(super) fn words(frame: &Frame) -> String {
    match frame {
        Frame::Ready(ready) => {
            let chats =
                ready.chats.iter().map(|chat| format!("{} {}", chat.head, if chat.live { "live" } else { "behind" }));
            let gone = ready.gone.iter().map(|_| "gone".to_owned());
            let more = ready.more.then(|| "more".to_owned());
            std::iter::once("ready".to_owned()).chain(chats).chain(gone).chain(more).collect::<Vec<_>>().join(" ")
        }
        Frame::Event(event) => match &event.event.kind {
            EventKind::MessageCreated { .. } => format!("event {}", event.event.seq),
            kind => format!("{} {}", kind.as_str(), event.event.seq),
        },
        Frame::Signal(signal) => match &signal.kind {
            SignalKind::Typing { on, .. } => format!("typing {} {on}", signal.by.id.get()),
            SignalKind::Read { seq, .. } => format!("read {} {seq}", signal.by.id.get()),
            SignalKind::Presence { online, .. } => format!("presence {} {online}", signal.by.id.get()),
        },
        Frame::Behind { head, reason: BehindReason::Resume, .. } => format!("behind {head} resume"),
        Frame::Behind { head, reason: BehindReason::Overflow, .. } => format!("behind {head} overflow"),
        Frame::Gone { .. } => "gone".into(),
        Frame::Reply { id, outcome } => {
            let id = id.as_deref().unwrap_or("-");
            match outcome {
                Ok(Done::Sent { seq, duplicate: false }) => format!("{id}: {seq}"),
                Ok(Done::Sent { seq, duplicate: true }) => format!("{id}: {seq} again"),
                Ok(Done::Page(page)) => {
                    let seqs: Vec<_> = page.events.iter().map(|event| event.event.seq.get()).collect();
                    let range = match (seqs.first(), seqs.last()) {
                        (Some(first), Some(last)) => format!("{first}-{last}"),
                        _ => "nothing".into(),
                    };
                    format!("{id}: {range} of {}{}", page.head, if page.reached { ", reached" } else { "" })
                }
                Ok(Done::Changed { event: Some(seq) }) => format!("{id}: changed by {seq}"),
                Ok(Done::Changed { event: None }) => format!("{id}: so already"),
                Ok(Done::Read(state)) => format!("{id}: read {}", state.read),
                Ok(Done::Typing) => format!("{id}: typing"),
                Ok(Done::Renewed { .. }) => format!("{id}: renewed"),
                Err(Refusal::CursorAhead { head }) => format!("{id}: ahead of {head}"),
                Err(Refusal::LogPruned { floor, head }) => format!("{id}: pruned to {floor} of {head}"),
                Err(refusal) => format!("{id}: {refusal:?}"),
            }
        }
        Frame::Ping => "ping".into(),
        Frame::Pong => "pong".into(),
        Frame::AuthExpiring { .. } => "auth.expiring".into(),
        Frame::Bye { code, .. } => format!("bye {}", code.number()),
        Frame::Close(code) => format!("close {}", code.number()),
    }
}
