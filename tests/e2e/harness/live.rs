//! One live connection, frame by frame.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::command::PATIENCE;
use super::{Person, Server};

/// A WebSocket at `/api/v1/live/`.
pub(crate) struct Live {
    socket: WebSocketStream<TcpStream>,
    /// The answer to the handshake.
    pub(crate) handshake: Response<Option<Vec<u8>>>,
    /// Frames that came while a certain one was waited for.
    kept: VecDeque<Value>,
    requests: u32,
    /// What was said on both sides, if that is recorded.
    record: Option<Vec<Value>>,
}

impl Live {
    /// Opens a connection with these headers; the status and body if it is refused.
    pub(crate) async fn attempt(at: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        let mut request = format!("ws://{at}/api/v1/live/").into_client_request().unwrap();
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).unwrap();
            request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
        }
        let stream = TcpStream::connect(at).await.map_err(|error| (0, error.to_string()))?;
        stream.set_nodelay(true).unwrap();
        match timeout(PATIENCE, client_async(request, stream)).await.expect("an answer to the handshake") {
            Ok((socket, handshake)) => Ok(Self { socket, handshake, kept: VecDeque::new(), requests: 0, record: None }),
            Err(Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err((answer.status().as_u16(), String::from_utf8(body).unwrap()))
            }
            Err(error) => Err((0, error.to_string())),
        }
    }

    /// Opens a connection without any proof of who it is.
    pub(crate) async fn open(server: &Server) -> Self {
        Self::attempt(server.address(), &[]).await.expect("the connection is taken")
    }

    /// A connection that has said hello with the person's token and these cursors, and its `ready`.
    pub(crate) async fn resume(server: &Server, person: &Person, cursors: Value, epoch: Option<&str>) -> (Self, Value) {
        let mut live = Self::open(server).await;
        live.say(json!({"type": "hello", "token": person.access, "cursors": cursors, "epoch": epoch})).await;
        let ready = live.next_of("ready").await;
        (live, ready)
    }

    /// A connection that is ready, without cursors.
    pub(crate) async fn of(server: &Server, person: &Person) -> Self {
        Self::resume(server, person, json!({}), None).await.0
    }

    /// From now on, what is said on both sides is recorded.
    pub(crate) fn record(&mut self) {
        self.record = Some(Vec::new());
    }

    /// What was recorded.
    pub(crate) fn recorded(&self) -> &[Value] {
        self.record.as_deref().unwrap_or_default()
    }

    /// Sends a frame.
    pub(crate) async fn say(&mut self, frame: Value) {
        if let Some(record) = &mut self.record {
            record.push(frame.clone());
        }
        self.send(Message::text(frame.to_string())).await;
    }

    /// Sends any message of the WebSocket protocol. That the other side is gone shows when reading.
    pub(crate) async fn send(&mut self, message: Message) {
        let _ = timeout(PATIENCE, self.socket.send(message)).await.expect("the server reads");
    }

    /// The next frame; `Err` with the close code when the connection ends (0: without one).
    pub(crate) async fn try_next(&mut self) -> Result<Value, u16> {
        if let Some(frame) = self.kept.pop_front() {
            return Ok(frame);
        }
        self.read().await
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Value {
        self.try_next().await.unwrap_or_else(|code| panic!("the connection was closed with {code}"))
    }

    /// The next frame of this type; others that come before it are kept for later.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        self.next_where(kind, |frame| frame["type"] == kind).await
    }

    /// The next event as the log shows it, without the type of its frame; signals, pings and the like that come before it are dropped.
    pub(crate) async fn next_event(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            match frame["type"].as_str().unwrap() {
                "event" => return event_of(frame),
                "signal" | "ping" => {}
                other => panic!("{other} instead of an event: {frame}"),
            }
        }
    }

    /// Sends a request, and waits for its reply; frames that come before it are kept for later.
    pub(crate) async fn ask(&mut self, mut frame: Value) -> Value {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        frame["id"] = json!(id);
        self.say(frame).await;
        self.next_where("a reply", |frame| frame["type"] == "reply" && frame["id"] == json!(id)).await
    }

    /// The result of a request that succeeds.
    pub(crate) async fn ask_ok(&mut self, frame: Value) -> Value {
        let reply = self.ask(frame).await;
        assert_eq!(reply["ok"], true, "{reply}");
        reply["result"].clone()
    }

    /// The code of a request that is refused.
    pub(crate) async fn ask_refused(&mut self, frame: Value) -> String {
        let reply = self.ask(frame).await;
        assert_eq!(reply["ok"], false, "{reply}");
        assert!(reply["error"]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{reply}");
        reply["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of the connection: its close code, and the frames that came before.
    pub(crate) async fn closed(&mut self) -> (u16, Vec<Value>) {
        let mut frames = Vec::new();
        loop {
            match self.try_next().await {
                Ok(frame) => frames.push(frame),
                Err(code) => return (code, frames),
            }
        }
    }

    /// Nothing but pings is there for this connection: whatever was under way has come by the time of the answer.
    pub(crate) async fn is_quiet(&mut self) {
        self.say(json!({"type": "ping"})).await;
        self.next_where("pong", |frame| frame["type"] == "pong").await;
        let kept: Vec<_> = self.kept.drain(..).filter(|frame| frame["type"] != "ping").collect();
        assert!(kept.is_empty(), "{kept:?}");
    }

    async fn next_where(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            match self.read().await {
                Ok(frame) if wanted(&frame) => return frame,
                Ok(frame) => self.kept.push_back(frame),
                Err(code) => panic!("closed with {code} instead of {what}; before: {:?}", self.kept),
            }
        }
    }

    async fn read(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("a frame, or the end") {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
                    if let Some(record) = &mut self.record {
                        record.push(frame.clone());
                    }
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("not a text frame: {other:?}"),
                Some(Err(_)) | None => return Err(0),
            }
        }
    }
}

/// An event as the log shows it: without the type of its frame.
pub(crate) fn event_of(mut frame: Value) -> Value {
    frame.as_object_mut().expect("a frame is an object").remove("type");
    frame
}
