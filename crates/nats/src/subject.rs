//! The subjects that nodes meet on.

use std::fmt;

use parlor_domain::{ChatUri, Epoch, Topic, UserId};

/// Who is addressed by a message. An epoch has no dots ([`Epoch::new`]), so each reads in one way only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// `parlor.<epoch>.chat.<uri>` and `parlor.<epoch>.user.<id>`: whoever follows the topic.
    Topic(Epoch, Topic),
    /// `parlor.<epoch>.crowd`: every node, on behalf of the many users that an event is about.
    Crowd(Epoch),
    /// `parlor.<epoch>.presence`: every node.
    Presence(Epoch),
    /// `parlor.sessions`: every node.
    Sessions,
}

/// What every node always hears, in the lives of all databases: who is told learns which life it is.
pub(crate) const HEARD_BY_ALL: [&str; 3] = ["parlor.sessions", "parlor.*.presence", "parlor.*.crowd"];

/// Below this the server answers requests of a node to itself.
pub(crate) const INBOX: &str = "parlor.inbox";

/// The two kinds of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// Chats.
    Chats,
    /// Users.
    Users,
}

impl Class {
    /// The class of a topic.
    pub(crate) fn of(topic: Topic) -> Self {
        match topic {
            Topic::Chat(_) => Self::Chats,
            Topic::User(_) => Self::Users,
        }
    }

    /// The subject of all topics of the class.
    pub(crate) fn wildcard(self, epoch: &Epoch) -> String {
        match self {
            Self::Chats => format!("parlor.{epoch}.chat.*"),
            Self::Users => format!("parlor.{epoch}.user.*"),
        }
    }
}

impl Subject {
    /// Reads a subject.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("parlor.")?;
        if rest == "sessions" {
            return Some(Self::Sessions);
        }
        let (epoch, rest) = rest.split_once('.')?;
        let epoch = Epoch::new(epoch).ok()?;
        match rest.split_once('.') {
            None if rest == "presence" => Some(Self::Presence(epoch)),
            None if rest == "crowd" => Some(Self::Crowd(epoch)),
            Some(("chat", uri)) => Some(Self::Topic(epoch, Topic::Chat(uri.parse().ok()?))),
            Some(("user", id)) => Some(Self::Topic(epoch, Topic::User(UserId::new(id.parse().ok()?).ok()?))),
            _ => None,
        }
    }

    /// The subject of a chat.
    pub(crate) fn chat(epoch: &Epoch, chat: ChatUri) -> Self {
        Self::Topic(epoch.clone(), Topic::Chat(chat))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(epoch, Topic::Chat(uri)) => write!(f, "parlor.{epoch}.chat.{uri}"),
            Self::Topic(epoch, Topic::User(id)) => write!(f, "parlor.{epoch}.user.{}", id.get()),
            Self::Crowd(epoch) => write!(f, "parlor.{epoch}.crowd"),
            Self::Presence(epoch) => write!(f, "parlor.{epoch}.presence"),
            Self::Sessions => f.write_str("parlor.sessions"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_as_it_is_written_and_nothing_else_is_one() {
        let epoch = Epoch::new("4fa0-17").unwrap();
        let uri = ChatUri::from_bytes([7; 16]);
        let subjects = [
            Subject::chat(&epoch, uri),
            Subject::Topic(epoch.clone(), Topic::User(UserId::new(12).unwrap())),
            Subject::Crowd(epoch.clone()),
            Subject::Presence(epoch),
            Subject::Sessions,
        ];
        for subject in subjects {
            assert_eq!(Subject::parse(&subject.to_string()), Some(subject));
        }
        for foreign in ["", "parlor", "parlor.e", "parlor.e.chat", "parlor.e.chat.7", "parlor.e.user.-1", "x.e.crowd"] {
            assert_eq!(Subject::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_epoch_named_like_a_subject_is_not_mistaken_for_it() {
        let epoch = Epoch::new("sessions").unwrap();
        assert_eq!(Subject::parse("parlor.sessions.crowd"), Some(Subject::Crowd(epoch)));
    }
}
