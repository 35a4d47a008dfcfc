//! Tokens are renewed one renewal at a time, over a server that counts them.
#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parlor_client::{Error, Options, Parlor, Tokens};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with whoever presents a refresh token.
#[derive(Clone, Copy)]
enum Renewal {
    Grant,
    Refuse,
    HangUp,
}

/// A server that takes the access token `new` only. It answers a renewal once so many calls were refused.
struct Server {
    renewal: Renewal,
    wait_for: u32,
    refused: AtomicU32,
    renewals: AtomicU32,
}

impl Server {
    async fn start(renewal: Renewal, wait_for: u32) -> (Arc<Self>, Parlor) {
        let server = Arc::new(Self { renewal, wait_for, refused: AtomicU32::new(0), renewals: AtomicU32::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tokens = Tokens { access: "old".to_owned(), refresh: "once".to_owned() };
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let options = Options::default().http(http).tokens(tokens);
        let parlor = Parlor::with_options(&format!("http://{}", listener.local_addr().unwrap()), options).unwrap();
        let there = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(there.clone().serve(stream));
            }
        });
        (server, parlor)
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) -> Option<()> {
        let mut request = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
            request.extend_from_slice(&part[..read]);
            let text = String::from_utf8_lossy(&request).to_lowercase();
            let is_whole = text.contains("\r\n\r\n") && (text.starts_with("get") || text.ends_with('}'));
            if is_whole {
                let answer = self.answer(&text).await?;
                stream.write_all(answer.as_bytes()).await.ok()?;
                request.clear();
            }
        }
    }

    async fn answer(&self, request: &str) -> Option<String> {
        let refused = r#"{"detail": "No.", "code": "token_not_valid"}"#;
        let (status, body) = if request.contains("users/refresh/") {
            self.renewals.fetch_add(1, Ordering::SeqCst);
            while self.refused.load(Ordering::SeqCst) < self.wait_for {
                tokio::task::yield_now().await;
            }
            match self.renewal {
                Renewal::Grant => (200, r#"{"access": "new", "refresh": "next"}"#),
                Renewal::Refuse => (401, refused),
                Renewal::HangUp => return None,
            }
        } else if request.contains("authorization: bearer new") {
            (200, r#"{"message": "Hello"}"#)
        } else {
            self.refused.fetch_add(1, Ordering::SeqCst);
            (401, refused)
        };
        Some(format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    fn renewals(&self) -> u32 {
        self.renewals.load(Ordering::SeqCst)
    }
}

/// Five calls at once, and what became of each.
async fn five(parlor: &Parlor) -> Vec<Result<String, Error>> {
    futures_util::future::join_all((0..5).map(|_| parlor.hello())).await
}

#[tokio::test]
async fn calls_that_are_refused_at_once_share_one_renewal() {
    let (server, parlor) = Server::start(Renewal::Grant, 5).await;
    for outcome in five(&parlor).await {
        assert_eq!(outcome.unwrap(), "Hello");
    }
    assert_eq!(server.renewals(), 1);
    assert_eq!(parlor.tokens(), Some(Tokens { access: "new".to_owned(), refresh: "next".to_owned() }));
}

#[tokio::test]
async fn a_session_that_has_ended_signs_out() {
    let (server, parlor) = Server::start(Renewal::Refuse, 5).await;
    for outcome in five(&parlor).await {
        let error = outcome.unwrap_err();
        assert!(error.is_code("token_not_valid") || matches!(error, Error::SignedOut), "{error:?}");
    }
    assert_eq!((server.renewals(), parlor.tokens()), (1, None));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_costs_nobody_the_session() {
    let (_server, parlor) = Server::start(Renewal::HangUp, 1).await;
    assert!(matches!(parlor.hello().await, Err(Error::Unreachable(_))));
    assert_eq!(parlor.tokens().unwrap().refresh, "once");
}

#[tokio::test]
async fn a_renewal_goes_on_when_its_call_is_given_up() {
    let (server, parlor) = Server::start(Renewal::Grant, 2).await;
    let given_up = tokio::spawn({
        let parlor = parlor.clone();
        async move { parlor.hello().await }
    });
    while server.renewals() == 0 {
        tokio::task::yield_now().await;
    }
    given_up.abort();
    assert_eq!(parlor.hello().await.unwrap(), "Hello");
    assert_eq!(server.renewals(), 1);
}
