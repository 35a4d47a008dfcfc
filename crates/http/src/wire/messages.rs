//! Messages.

use parlor_domain::message::Reaction;
use parlor_domain::{ChatUri, Message, Seq};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::time::TimeView;
use super::{UserView, push, push_list};

/// About how many bytes a message takes beside its text.
const FRAME_BYTES: usize = 200;

/// A message as its chat shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView<'a> {
    seq: i64,
    user: UserView<'a>,
    message: &'a str,
    #[schema(required)]
    client_id: Option<&'a str>,
    #[schema(required)]
    reply_to: Option<i64>,
    #[schema(value_type = std::collections::BTreeMap<String, Vec<i64>>)]
    reactions: ReactionsView<'a>,
    #[schema(value_type = String, format = DateTime)]
    created_at: TimeView,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    edited_at: Option<TimeView>,
    deleted: bool,
}

/// The numbers of those who reacted, by emoji: the same for every reader.
struct ReactionsView<'a>(&'a [Reaction]);

impl Serialize for ReactionsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let users = |reaction: &Reaction| reaction.users.iter().map(|user| user.get()).collect::<Vec<i64>>();
        serializer.collect_map(self.0.iter().map(|reaction| (reaction.emoji.as_str(), users(reaction))))
    }
}

impl<'a> From<&'a Message> for MessageView<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            seq: message.seq.get(),
            user: UserView::from(&message.author),
            message: &message.body,
            client_id: message.client_id.as_ref().map(|id| id.as_str()),
            reply_to: message.reply_to.map(Seq::get),
            reactions: ReactionsView(&message.reactions),
            created_at: TimeView(message.created_at),
            edited_at: message.edited_at.map(TimeView),
            deleted: message.deleted,
        }
    }
}

/// One message as bytes.
pub(crate) fn message_bytes(message: &Message) -> Vec<u8> {
    let mut out = Vec::with_capacity(about(std::slice::from_ref(message)));
    push_message(&mut out, message);
    out
}

/// Messages as an array.
pub(crate) fn messages_bytes(messages: &[Message]) -> Vec<u8> {
    let mut out = Vec::with_capacity(about(messages));
    push_list(&mut out, messages, push_message);
    out
}

/// What the API of 2018 answers to a message: the newest ones, this one among them.
pub(crate) fn sent_bytes(uri: ChatUri, seq: Seq, duplicate: bool, messages: &[Message]) -> Vec<u8> {
    let mut out = Vec::with_capacity(about(messages));
    let head = format!(r#"{{"status":"SUCCESS","uri":"{uri}","seq":{seq},"duplicate":{duplicate},"messages":"#);
    out.extend_from_slice(head.as_bytes());
    push_list(&mut out, messages, push_message);
    out.push(b'}');
    out
}

fn about(messages: &[Message]) -> usize {
    messages.iter().map(|message| FRAME_BYTES + message.body.len()).sum()
}

/// Writes what [`MessageView`] would, in whole pieces: serde hands over each key, quote and comma on its own, and pages
/// of messages are what the server writes most.
fn push_message(out: &mut Vec<u8>, message: &Message) {
    let view = MessageView::from(message);
    out.extend_from_slice(b"{\"seq\":");
    push(out, &view.seq);
    out.extend_from_slice(b",\"user\":{\"id\":");
    push(out, &message.author.id.get());
    out.extend_from_slice(b",\"username\":");
    push(out, message.author.username.as_str());
    out.extend_from_slice(b"},\"message\":");
    push(out, view.message);
    out.extend_from_slice(b",\"client_id\":");
    push(out, &view.client_id);
    out.extend_from_slice(b",\"reply_to\":");
    push(out, &view.reply_to);
    out.extend_from_slice(b",\"reactions\":");
    if message.reactions.is_empty() {
        out.extend_from_slice(b"{}");
    } else {
        push(out, &view.reactions);
    }
    out.extend_from_slice(b",\"created_at\":\"");
    out.extend_from_slice(&view.created_at.digits());
    out.extend_from_slice(b"\",\"edited_at\":");
    push(out, &view.edited_at);
    out.extend_from_slice(if view.deleted { b",\"deleted\":true}" } else { b",\"deleted\":false}" });
}

#[cfg(test)]
mod tests {
    use parlor_domain::{ClientId, Emoji, UserId, UserRef, Username};
    use time::OffsetDateTime;

    use super::*;

    fn message(body: &str, more: bool) -> Message {
        let mut message = Message {
            seq: Seq::new(58).expect("a seq"),
            author: UserRef { id: UserId::new(7).expect("an id"), username: Username::new("ma\"bel").expect("a name") },
            body: body.to_owned(),
            client_id: more.then(|| ClientId::new("a\\\"b").expect("a client id")),
            reply_to: more.then(|| Seq::new(3).expect("a seq")),
            reactions: Vec::new(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            edited_at: more.then_some(OffsetDateTime::UNIX_EPOCH),
            deleted: more,
        };
        for (emoji, user) in [("👍", 9), ("❤", 7), ("👍", 2)].into_iter().filter(|_| more) {
            message.add_reaction(Emoji::new(emoji).expect("an emoji"), UserId::new(user).expect("an id"));
        }
        message
    }

    #[test]
    fn the_quick_way_writes_what_the_view_does() {
        let messages: Vec<Message> = ["hello", "\"\\/\u{0}\u{8}\u{1f}\r\n\t", "é😀\u{2028}\u{7f}", ""]
            .iter()
            .flat_map(|body| [message(body, false), message(body, true)])
            .collect();
        for message in &messages {
            let expected = serde_json::to_vec(&MessageView::from(message)).expect("JSON");
            assert_eq!(message_bytes(message), expected);
        }
        let views: Vec<MessageView<'_>> = messages.iter().map(MessageView::from).collect();
        assert_eq!(messages_bytes(&messages), serde_json::to_vec(&views).expect("JSON"));
        assert_eq!(messages_bytes(&[]), b"[]");
    }

    #[test]
    fn reactions_are_the_numbers_of_those_who_reacted_by_emoji() {
        let text = String::from_utf8(message_bytes(&message("hello", true))).expect("UTF-8");
        assert!(text.contains("\"reactions\":{\"👍\":[9,2],\"❤\u{fe0f}\":[7]},"), "{text}");
    }

    #[test]
    fn what_was_sent_comes_with_the_newest() {
        let (uri, seq) = (ChatUri::from_bytes([1; 16]), Seq::new(58).expect("a seq"));
        let messages = [message("a", false)];
        let expected = format!(
            r#"{{"status":"SUCCESS","uri":"{}","seq":58,"duplicate":true,"messages":[{}]}}"#,
            "01".repeat(16),
            String::from_utf8(message_bytes(&messages[0])).expect("UTF-8")
        );
        assert_eq!(sent_bytes(uri, seq, true, &messages), expected.as_bytes());
    }
}
