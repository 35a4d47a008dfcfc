//! A WebSocket that is read and written at the same time.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, StreamExt};
use reqwest::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL};
use reqwest::header::{SEC_WEBSOCKET_VERSION, UPGRADE};
use reqwest::{StatusCode, Upgraded, Url};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// A page of events is about 256 KiB, and what is said first has some hundred bytes for each chat.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Why there is no connection, or none any more: the close code, if there is one.
pub(super) type Closed = Option<u16>;

/// An open connection.
pub(super) struct Socket {
    stream: WebSocketStream<Upgraded>,
    /// What is to be said.
    outgoing: VecDeque<String>,
}

impl Socket {
    /// Connects over the HTTP client, which knows of proxies and certificates, with this token (RFC 6455, section 4.1).
    pub(super) async fn connect(http: &reqwest::Client, url: Url, access: &str) -> Result<Box<Self>, Closed> {
        let key = generate_key();
        let request = http.get(url).bearer_auth(access).header(CONNECTION, "Upgrade");
        let request = request.header(UPGRADE, "websocket").header(SEC_WEBSOCKET_VERSION, "13");
        let request = request.header(SEC_WEBSOCKET_KEY, &key).header(SEC_WEBSOCKET_PROTOCOL, "chat.v1");
        let answer = request.send().await.map_err(|_| None)?;
        let accept = answer.headers().get(SEC_WEBSOCKET_ACCEPT).map(|accept| accept.as_bytes().to_vec());
        match answer.status() {
            StatusCode::UNAUTHORIZED => Err(Some(4401)),
            StatusCode::SWITCHING_PROTOCOLS if accept == Some(derive_accept_key(key.as_bytes()).into_bytes()) => {
                let upgraded = answer.upgrade().await.map_err(|_| None)?;
                let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE_BYTES));
                let stream = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await;
                Ok(Box::new(Self { stream, outgoing: VecDeque::new() }))
            }
            _ => Err(None),
        }
    }

    /// Says this when the connection takes it; [`hear`](Self::hear) sees to that.
    pub(super) fn say(&mut self, frame: String) {
        self.outgoing.push_back(frame);
    }

    /// Says what is to be said, and waits for what the other side says.
    pub(super) async fn hear(&mut self) -> Result<String, Closed> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<String, Closed>> {
        // What cannot be written now is written later; that the other side is gone shows when reading.
        let _ = self.poll_say(context);
        loop {
            match ready!(self.stream.poll_next_unpin(context)) {
                Some(Ok(Message::Text(text))) => return Poll::Ready(Ok(text.to_string())),
                Some(Ok(Message::Close(frame))) => return Poll::Ready(Err(frame.map(|frame| frame.code.into()))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(Err(None)),
            }
        }
    }

    fn poll_say(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while !self.outgoing.is_empty() {
            ready!(self.stream.poll_ready_unpin(context))?;
            if let Some(frame) = self.outgoing.pop_front() {
                self.stream.start_send_unpin(Message::text(frame))?;
            }
        }
        self.stream.poll_flush_unpin(context)
    }
}
