//! A live connection, as the body of the answer to its handshake.
//!
//! actix polls it when the socket has something to read or takes more, and the [lane](crate::live::Lane) when the core
//! has something to send. Each time it reads what has arrived, and writes what waits: many frames at once.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, Stream as _};
use parlor_delivery::{CloseCode, Frame, Hello, Request, RequestId};
use parlor_domain::account::{AuthenticateError, TokenGrant};
use parlor_domain::{Accounts, UserRef};

use super::client::{self, Said};
use super::reader::{FrameReader, Incoming};
use super::writer;
use crate::live::hub::Known;
use crate::live::{Connection, Live};
use crate::problem::Problem;
use crate::wire::{Setting, push_frame};

/// About how much is written at once, in bytes: as much as actix buffers.
const WRITE_BYTES: usize = 32 * 1024;
/// About how much a frame takes beside what it holds.
const FRAME_BYTES: usize = 16;

/// One socket.
pub(crate) struct LiveSocket {
    connection: Connection,
    payload: Payload,
    reader: FrameReader,
    phase: Phase,
    /// What the last ping held that was not answered yet; only that one needs to be (RFC 6455, section 5.5.3).
    pong: Option<Vec<u8>>,
}

/// How far it has come.
enum Phase {
    /// `hello` is awaited. Who it is may be known from the handshake.
    Fresh(Option<Box<Known>>),
    /// `hello` came, and its token is good: whose is it?
    Recognising(Box<Recognising>),
    /// The core knows who it is.
    Begun(UserRef),
    /// Our closing frame is written, theirs is awaited.
    Closing,
    /// Nothing more is read; what is left to write is written.
    Deaf,
    /// All is said.
    Over,
}

struct Recognising {
    known: LocalBoxFuture<'static, Result<Known, CloseCode>>,
    hello: Hello,
}

impl LiveSocket {
    /// A socket of whoever the handshake proved it to be; of nobody yet; or one that is to be closed again.
    pub(crate) fn new(connection: Connection, payload: Payload, known: Result<Option<Known>, CloseCode>) -> Self {
        let known = known.unwrap_or_else(|code| {
            connection.with(|core, id, now| core.close(id, code, now));
            None
        });
        let phase = Phase::Fresh(known.map(Box::new));
        Self { connection, payload, reader: FrameReader::default(), phase, pong: None }
    }

    fn close(&self, code: CloseCode) {
        self.connection.with(|core, id, now| core.close(id, code, now));
    }

    fn request(&self, id: Option<RequestId>, request: Request) {
        self.connection.with(|core, connection, now| core.request(connection, id, request, now));
    }

    fn accounts(&self) -> Option<&Accounts> {
        self.connection.live().ports().map(|ports| &ports.accounts)
    }

    fn read_token(&self, token: &str) -> Result<TokenGrant, CloseCode> {
        let accounts = self.accounts().ok_or(CloseCode::Failed)?;
        accounts.read_access(token).map_err(closing)
    }

    /// Goes on once it is known whose token it was.
    fn recognise(&mut self, cx: &mut Context<'_>) {
        let Phase::Recognising(recognising) = &mut self.phase else { return };
        let Poll::Ready(known) = recognising.known.poll_unpin(cx) else { return };
        let hello = std::mem::take(&mut recognising.hello);
        match known {
            Ok(known) => self.begin(known, hello),
            Err(code) => {
                self.phase = Phase::Fresh(None);
                self.close(code);
            }
        }
    }

    fn begin(&mut self, known: Known, hello: Hello) {
        self.phase = Phase::Begun(known.user.clone());
        let live = self.connection.live();
        self.connection.with(|core, id, now| match live.identity(known) {
            Ok(identity) => core.begin(id, identity, hello, now),
            Err(code) => core.close(id, code, now),
        });
    }

    /// Whether what the client says next is of use now.
    fn reads(&self) -> bool {
        match self.phase {
            Phase::Fresh(_) | Phase::Begun(_) => self.connection.takes_input(),
            Phase::Closing => true,
            Phase::Recognising(_) | Phase::Deaf | Phase::Over => false,
        }
    }

    /// Reads what has arrived, as far as the core takes it.
    fn read(&mut self, cx: &mut Context<'_>, out: &mut Vec<u8>) {
        while self.reads() {
            match self.reader.next() {
                Some(Ok(incoming)) => self.take(incoming, out),
                Some(Err(_)) if matches!(self.phase, Phase::Closing) => self.phase = Phase::Over,
                Some(Err(code)) => {
                    // What follows cannot be told apart any more.
                    self.phase = Phase::Deaf;
                    self.close(code);
                }
                None => match Pin::new(&mut self.payload).poll_next(cx) {
                    Poll::Ready(Some(Ok(chunk))) => self.reader.push(chunk),
                    Poll::Ready(Some(Err(_)) | None) => self.phase = Phase::Over,
                    Poll::Pending => return,
                },
            }
        }
    }

    fn take(&mut self, incoming: Incoming, out: &mut Vec<u8>) {
        match incoming {
            Incoming::Close(code) => {
                if !matches!(self.phase, Phase::Closing) {
                    writer::push_close_answer(out, code);
                }
                self.end();
            }
            _ if matches!(self.phase, Phase::Closing) => {}
            Incoming::Ping(data) => {
                self.pong = Some(data);
                self.connection.with(|core, id, now| core.heard(id, now));
            }
            Incoming::Pong => self.connection.with(|core, id, now| core.heard(id, now)),
            Incoming::Text(text) => match client::parse(&text) {
                Ok(frame) => self.hear(frame.id, frame.said),
                Err(client::Malformed) => self.close(CloseCode::Malformed),
            },
        }
    }

    /// Both sides have closed: the connection need not wait for the client to hang up (RFC 6455, section 7.1.1).
    fn end(&mut self) {
        self.phase = Phase::Over;
        self.connection.end_reading();
    }

    fn hear(&mut self, id: Option<RequestId>, said: Said) {
        match (&mut self.phase, said) {
            (Phase::Fresh(known), Said::Hello(token, hello)) => match known.take() {
                Some(known) => self.begin(*known, hello),
                None => self.hello(token.as_deref(), hello),
            },
            (Phase::Begun(user), Said::Auth(token)) => {
                let user = user.clone();
                self.renew(id, &token, user);
            }
            (Phase::Begun(_), Said::Hello(..)) => self.request(id, Request::Hello),
            (Phase::Begun(_), Said::Request(request)) => self.request(id, request),
            // The first frame is a hello that can be read, or the last.
            _ => self.close(CloseCode::Malformed),
        }
    }

    fn hello(&mut self, token: Option<&str>, hello: Hello) {
        let grant = token.ok_or(CloseCode::Unauthorized).and_then(|token| self.read_token(token));
        let (grant, accounts) = match (grant, self.accounts()) {
            (Ok(grant), Some(accounts)) => (grant, accounts.clone()),
            (Err(code), _) => return self.close(code),
            (_, None) => return self.close(CloseCode::Failed),
        };
        let known = async move { Live::recognise(&accounts, grant).await }.boxed_local();
        self.phase = Phase::Recognising(Box::new(Recognising { known, hello }));
    }

    /// The connection goes on with another token of the same user. A bad one ends nothing: the old one holds until its
    /// end.
    fn renew(&self, id: Option<RequestId>, token: &str, user: UserRef) {
        let renewed = self.read_token(token).map(|grant| Known { user: UserRef { id: grant.user, ..user }, grant });
        let live = self.connection.live();
        self.connection.with(|core, connection, now| match renewed.and_then(|known| live.identity(known)) {
            Ok(identity) => core.renew(connection, id, identity, now),
            Err(_) => {
                let refusal = Problem::token_not_valid("The token is not valid.").into_refusal();
                core.request(connection, id, Request::Refused(refusal), now);
            }
        });
    }

    /// Writes what waits.
    fn write(&mut self, out: &mut Vec<u8>) {
        if matches!(self.phase, Phase::Closing | Phase::Over) {
            return;
        }
        if let Some(data) = self.pong.take() {
            writer::push_pong(out, &data);
        }
        let frames = self.connection.take_frames(WRITE_BYTES);
        let (live, Some(ports)) = (self.connection.live(), self.connection.live().ports()) else { return };
        if frames.is_empty() {
            return;
        }
        out.reserve(frames.iter().map(|frame| FRAME_BYTES + frame.size()).sum());
        let setting = Setting { now: ports.clock.now(), limits: live.limits() };
        for frame in &frames {
            if let Frame::Close(code) = frame {
                writer::push_close(out, *code);
                self.phase = if matches!(self.phase, Phase::Deaf) { Phase::Over } else { Phase::Closing };
                return;
            }
            writer::push_text(out, |out| push_frame(out, frame, &setting));
        }
    }
}

/// How a token that is not taken closes a connection. That of a session that has ended cannot be renewed: its user logs in
/// again.
pub(crate) fn closing(error: AuthenticateError) -> CloseCode {
    match error {
        AuthenticateError::SessionEnded => CloseCode::SessionEnded,
        _ => CloseCode::Unauthorized,
    }
}

impl MessageBody for LiveSocket {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let this = &mut *self;
        this.connection.wakes(cx.waker());
        let mut out = Vec::new();
        this.recognise(cx);
        this.read(cx, &mut out);
        // If a hello was among it: whoever looks up its token is to know whom to wake.
        this.recognise(cx);
        this.write(&mut out);
        if !out.is_empty() {
            return Poll::Ready(Some(Ok(out.into())));
        }
        if matches!(this.phase, Phase::Over) { Poll::Ready(None) } else { Poll::Pending }
    }
}
