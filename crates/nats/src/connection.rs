//! The connection to the servers: how it is made, and what is noticed of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;

use crate::options::{NatsError, NatsOptions};
use crate::shared::Shared;
use crate::subject::INBOX;

/// How often a silent server is asked whether it is there. The third question that would go unanswered ends the
/// connection (`MAX_PENDING_PINGS` of async-nats): a server that is gone without a word is noticed after 6 s.
const PING: Duration = Duration::from_secs(2);

/// How long connecting may take, TLS included.
const CONNECT: Duration = Duration::from_secs(3);

/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Commands that async-nats queues. It repeats them all after a reconnect, and blocks when it has so many: both are
/// wanted small (its own default is 2,048).
const COMMANDS: usize = 256;

/// Where to connect to, and as whom.
#[derive(Clone)]
pub(crate) struct Target {
    servers: Vec<ServerAddr>,
    options: NatsOptions,
}

impl Target {
    pub(crate) fn new(options: NatsOptions) -> Result<Self, NatsError> {
        Ok(Self { servers: servers(&options.url)?, options })
    }

    /// The client of the bus. It connects in the background, and again and again; what `shared` is about is told there.
    pub(crate) async fn connect(self, shared: Arc<Shared>) -> Client {
        let silent = Arc::new(AtomicBool::new(false));
        let options = self.options().no_echo().event_callback(move |event| {
            notice(&shared, &silent, &event);
            std::future::ready(())
        });
        Self::open(self.servers, options).await
    }

    /// One more connection, which nobody hears of.
    pub(crate) async fn connect_beside(self) -> Client {
        Self::open(self.servers.clone(), self.options()).await
    }

    async fn open(servers: Vec<ServerAddr>, options: ConnectOptions) -> Client {
        options.connect(servers).await.expect("addresses that were parsed, and no waiting for the first connection")
    }

    fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::new()
            .name("parlor")
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(pause)
            .connection_timeout(CONNECT)
            .ping_interval(PING)
            .client_capacity(COMMANDS)
            .subscription_capacity(self.options.limits.undelivered)
            .custom_inbox_prefix(INBOX);
        for path in &self.options.root_certificates {
            options = options.add_root_certificates(path.clone());
        }
        // async-nats leaves the credentials in the URL unused.
        let Some(named) = self.servers.iter().find(|server| server.has_user_pass()) else { return options };
        let text = |part: Option<&str>| percent_decode_str(part.unwrap_or_default()).decode_utf8_lossy().into_owned();
        match named.password() {
            Some(password) => options.user_and_password(text(named.username()), text(Some(password))),
            None => options.token(text(named.username())),
        }
    }
}

/// How long to wait before the nth attempt: not at all, then longer and longer.
fn pause(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(2)).unwrap_or(u32::MAX);
    let pause = Duration::from_millis(50).saturating_mul(2u32.saturating_pow(doublings));
    if attempt < 2 { Duration::ZERO } else { pause.min(LONGEST_PAUSE) }
}

/// Takes note of what async-nats says of the connection. It may leave something out when much happens at once, so that
/// the keeper looks for itself too.
fn notice(shared: &Shared, silent: &AtomicBool, event: &Event) {
    match event {
        Event::Connected => silent.store(false, Ordering::Relaxed),
        Event::Disconnected | Event::Closed => {
            shared.up.send_replace(false);
        }
        Event::SlowConsumer(_) => return shared.overflowed.notify_one(),
        _ => {}
    }
    let wrong = !matches!(event, Event::Connected | Event::LameDuckMode | Event::Draining);
    if wrong && !silent.swap(true, Ordering::Relaxed) {
        tracing::warn!(reason = %event, "The bus between the nodes is not well; it is tried again and again.");
    }
    shared.turned.notify_one();
}

/// The servers that a URL names.
pub(crate) fn servers(url: &str) -> Result<Vec<ServerAddr>, NatsError> {
    let parse = |url: &str| url.trim().parse::<ServerAddr>().map_err(|error| NatsError::Url(Some(error)));
    let servers = url.split(',').map(parse).collect::<Result<Vec<_>, _>>()?;
    // async-nats takes ws:// for plain TCP when it is built without WebSockets.
    let plain = servers.iter().all(|server| !server.is_websocket() && !server.host().is_empty());
    if plain { Ok(servers) } else { Err(NatsError::Url(None)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_two_seconds() {
        let pauses = [0, 1, 2, 3, 4, 7, 8, 1000].map(|attempt| pause(attempt).as_millis());
        assert_eq!(pauses, [0, 0, 50, 100, 200, 1600, 2000, 2000]);
    }

    #[test]
    fn only_urls_of_nats_servers_are_taken() {
        for good in ["nats://a:4222", "tls://ann:pass@a", "nats://token@a,nats://b:1", "a:4222"] {
            assert!(Target::new(NatsOptions::new(good, "secret")).is_ok(), "{good}");
        }
        for bad in ["", "http://a", "ws://a", "nats://", "nats://a,", "nats://a:x"] {
            assert!(Target::new(NatsOptions::new(bad, "secret")).is_err(), "{bad}");
        }
    }
}
