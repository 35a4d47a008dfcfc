//! What people do with the services, from beginning to end, over adapters in memory.

mod accounts;
mod administering;
mod erasing;
mod exporting;
mod governing;
mod groups;
mod messages;
mod opening;
mod registering;
mod sessions;

use parlor_domain::chat_session::{ChatSummary, OpenChat};
use parlor_domain::message::{Draft, Sent};
use parlor_domain::{ChatUri, ClientId, MessageBody, UserId};
use parlor_testkit::Application;

/// Signs up these people, in this order.
async fn people<const N: usize>(application: &Application, names: [&str; N]) -> [UserId; N] {
    let mut people = [UserId::DELETED; N];
    for (person, name) in people.iter_mut().zip(names) {
        *person = application.sign_up(name).await.user.id;
    }
    people
}

/// A wish for the direct chat with somebody.
fn with(name: &str) -> OpenChat {
    OpenChat { username: Some(name.into()), ..OpenChat::default() }
}

/// A wish for a group of these people.
fn group(names: &[&str]) -> OpenChat {
    OpenChat { usernames: Some(names.iter().map(|name| (*name).to_owned()).collect()), ..OpenChat::default() }
}

async fn open(application: &Application, by: UserId, wish: OpenChat) -> ChatUri {
    application.chats.open(by, wish).await.expect("the chat opens").0.chat.uri
}

fn draft(text: &str) -> Draft {
    Draft { body: MessageBody::new(text).expect("a text"), client_id: None, reply_to: None }
}

fn named(client_id: &str, text: &str) -> Draft {
    Draft { client_id: Some(ClientId::new(client_id).expect("a client's name")), ..draft(text) }
}

async fn send(application: &Application, author: UserId, chat: ChatUri, text: &str) -> Sent {
    application.messaging.send(author, chat, draft(text)).await.expect("a member")
}

/// The names of the members with the first letter of their roles: `mabel/o stanley/m`.
fn members(summary: &ChatSummary) -> String {
    let shown = summary
        .members
        .iter()
        .map(|member| format!("{}/{}", member.user.username.as_str(), &member.role.as_str()[..1]));
    shown.collect::<Vec<_>>().join(" ")
}
