//! Whether the server has taken in all that was sent to it.

use std::time::Duration;

use async_nats::{Client, Request, RequestErrorKind};
use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::connection::Target;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// How many questions may go unanswered before somebody is set up who answers them.
const UNANSWERED: u32 = 2;

/// Asks the server something that it answers after everything sent before, subscriptions too.
///
/// `flush` of async-nats means only that the bytes have left, and a PING of one's own cannot be sent through it. But a
/// server answers a request that nobody listens to (status 503, "no responders", since nats-server 2.2), and handles what
/// comes over a connection in order. If somebody does listen, to `>` for instance, to see what goes on, there is no such
/// answer; then a second connection of this node gives it.
pub(crate) struct Probe {
    client: Client,
    target: Target,
    subject: String,
    unanswered: u32,
}

impl Probe {
    pub(crate) fn new(client: Client, target: Target) -> Self {
        // A random name, below the prefix of the bus.
        let subject = client.new_inbox();
        Self { client, target, subject, unanswered: 0 }
    }

    /// Whether the server has answered, within a second.
    pub(crate) async fn answered(&mut self) -> bool {
        let request = Request::new().payload(Bytes::new()).timeout(Some(PATIENCE));
        let answer = tokio::time::timeout(2 * PATIENCE, self.client.send_request(self.subject.clone(), request)).await;
        match answer {
            Ok(Ok(_)) => true,
            Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => true,
            Ok(Err(error)) if error.kind() != RequestErrorKind::TimedOut => {
                tokio::time::sleep(PATIENCE).await;
                false
            }
            _ => {
                self.unanswered += 1;
                if self.unanswered == UNANSWERED {
                    tokio::spawn(answer_all(self.target.clone(), self.subject.clone()));
                }
                false
            }
        }
    }
}

/// Answers the questions on this subject, over a connection of its own.
async fn answer_all(target: Target, subject: String) {
    let client = target.connect_beside().await;
    let Ok(mut questions) = client.subscribe(subject).await else { return };
    while let Some(question) = questions.next().await {
        if let Some(reply) = question.reply
            && client.publish(reply, Bytes::new()).await.is_err()
        {
            return;
        }
    }
}
