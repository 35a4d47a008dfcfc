//! What the core asks the database and the use cases.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::try_join;
use parlor_delivery::{Answer, Command, Done, LiveEvent, LivePage, Millis, Outcome, Output, Refusal, Ticket};
use parlor_domain::log::LogPage;
use parlor_domain::{DomainError as _, ErrorKind, Snapshot, StoreError};
use time::Duration;

use super::{Live, LivePorts};
use crate::problem::Problem;
use crate::routes::messages::send_problem;
use crate::wire::live_event;

/// The answer to a question; nothing, for what is none.
pub(super) async fn answer(live: &Live, ports: &LivePorts, output: Output) -> Option<(Ticket, Answer)> {
    let repository = &ports.repository;
    let (ticket, read) = match output {
        Output::LoadMemberships { ticket, user } => {
            let read = try_join(repository.memberships(user), repository.blocked(vec![user])).await;
            (ticket, read.map(|(memberships, blocked)| Answer::Memberships { memberships, blocked }))
        }
        Output::LoadMembership { ticket, chat, user } => {
            (ticket, repository.membership(chat, user).await.map(Answer::Membership))
        }
        Output::ReadLog { ticket, chat, after, limit } => {
            (ticket, repository.events(chat, after, limit).await.map(|read| Answer::Log(log(read))))
        }
        Output::ReadHeads { ticket, chats } => (ticket, repository.heads(chats).await.map(Answer::Heads)),
        Output::ReadJoined { ticket, users, within } => {
            (ticket, repository.joined(users, duration(within)).await.map(Answer::Joined))
        }
        Output::ReadBlocked { ticket, users } => (ticket, repository.blocked(users).await.map(Answer::Blocked)),
        Output::ReadEpoch { ticket } => (ticket, repository.epoch().await.map(Answer::Epoch)),
        Output::Run { ticket, command } => return Some((ticket, Answer::Outcome(run(ports, command).await))),
        Output::Follow { .. } | Output::Unfollow { .. } | Output::Publish { .. } | Output::Abort(_) => return None,
    };
    Some((ticket, read_or_failed(live, read)))
}

/// An answer that is no answer is one too: the core asks again in its own time.
fn read_or_failed(live: &Live, read: Result<Answer, StoreError>) -> Answer {
    match read {
        Ok(answer) => {
            if live.0.failing.swap(false, Ordering::Relaxed) {
                tracing::info!("Live delivery can read the store again.");
            }
            answer
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            if live.0.failing.swap(true, Ordering::Relaxed) {
                tracing::debug!(%error, cause, "live delivery still cannot read the store");
            } else {
                tracing::warn!(%error, cause, "Live delivery cannot read the store; trying on.");
            }
            Answer::Failed
        }
    }
}

fn log(read: Snapshot<Option<LogPage>>) -> Snapshot<Option<LivePage>> {
    let value = read.value.map(|LogPage { events, head, floor }| {
        let live = |event| LiveEvent { wire: live_event(&event), event: Arc::new(event) };
        LivePage { events: events.into_iter().map(live).collect(), head, floor }
    });
    Snapshot { epoch: read.epoch, value }
}

async fn run(ports: &LivePorts, command: Command) -> Outcome {
    match command {
        Command::Send { author, chat, draft } => match ports.messaging.send(author, chat, draft).await {
            Ok(sent) => Ok(Done::Sent { seq: sent.message.seq, duplicate: sent.duplicate }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Refusal::NotFound),
            Err(error) => Err(send_problem(error).into_refusal()),
        },
        Command::Change { user, chat, target, command } => {
            match ports.messaging.change(user, chat, target, command, None).await {
                Ok(changed) => Ok(Done::Changed { event: changed.event }),
                Err(error) if error.kind() == ErrorKind::NotFound => Err(Refusal::NotFound),
                Err(error) => Err(Problem::from(error).into_refusal()),
            }
        }
        Command::Read { user, chat, seq } => match ports.chats.mark_read(user, chat, seq).await {
            Ok(Some(state)) => Ok(Done::Read(state)),
            Ok(None) => Err(Refusal::NotFound),
            Err(error) => Err(Problem::from(error).into_refusal()),
        },
    }
}

fn duration(millis: Millis) -> Duration {
    Duration::milliseconds(i64::try_from(millis.0).unwrap_or(i64::MAX))
}
