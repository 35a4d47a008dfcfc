//! A client, and the servers that it goes to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Url;

use crate::live::{Live, Place};
use crate::renewal::Renewal;
use crate::{Error, Options, Tokens};

/// What the list of login sessions shows.
const USER_AGENT: &str = concat!("parlor-client/", env!("CARGO_PKG_VERSION"));

/// A client of a Parlor server, for one user. Cheap to clone; all clones share the tokens.
#[derive(Clone)]
pub struct Parlor {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    servers: Box<dyn Fn(u64) -> Url + Send + Sync>,
    /// How often a server could not be reached, or a connection to one broke.
    turn: AtomicU64,
    pub(crate) http: reqwest::Client,
    pub(crate) options: Options,
    pub(crate) renewal: Renewal,
}

impl Parlor {
    /// A client of the server at this address: `http://127.0.0.1:8000`, without `/api/v1`; a path before it stays.
    ///
    /// # Errors
    /// [`Error::Address`] if it is none.
    pub fn new(server: &str) -> Result<Self, Error> {
        Self::with_options(server, Options::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// [`Error::Address`] if it is none.
    pub fn with_options(server: &str, options: Options) -> Result<Self, Error> {
        let url = server.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| Error::Address(server.to_owned()))?;
        Self::among(move |_| url.clone(), options)
    }

    /// A client of several nodes, one at a time. `servers` is asked before each call and each attempt to connect where
    /// to go; it is told how often a node could not be reached so far, or a connection to one broke. So
    /// `move |turn| nodes[turn as usize % nodes.len()].clone()` goes from node to node.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if the system lets nobody out.
    pub fn among(servers: impl Fn(u64) -> Url + Send + Sync + 'static, options: Options) -> Result<Self, Error> {
        let http = match &options.http {
            Some(client) => client.clone(),
            // Live connections are not opened over HTTP/2 this way.
            None => reqwest::Client::builder().http1_only().user_agent(USER_AGENT).build()?,
        };
        let (servers, turn, renewal) = (Box::new(servers), AtomicU64::new(0), Renewal::default());
        Ok(Self { inner: Arc::new(Inner { servers, turn, http, options, renewal }) })
    }

    /// The tokens, if somebody is signed in. They may turn out to be worth nothing.
    pub fn tokens(&self) -> Option<Tokens> {
        self.inner.options.tokens.load()
    }

    /// Follows all chats of the user who is signed in, from this place on; [`Place::default`] is here and now.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn follow(&self, place: Place) -> Live {
        Live::begin(self.clone(), place)
    }

    /// Whose turn it is, and where that one answers a path below `/api/v1/`.
    pub(crate) fn address(&self, path: &str) -> Result<(u64, Url), Error> {
        let turn = self.inner.turn.load(Ordering::Relaxed);
        let server = (self.inner.servers)(turn);
        let address = format!("{}/api/v1/{path}", server.as_str().trim_end_matches('/'));
        let url = address.parse().map_err(|_| Error::Address(address))?;
        Ok((turn, url))
    }

    /// The server of that turn failed: from now on it is another's, unless somebody else has seen it already.
    pub(crate) fn failed(&self, turn: u64) {
        let _ = self.inner.turn.compare_exchange(turn, turn + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl fmt::Debug for Parlor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parlor").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_before_the_api_stays() {
        for server in ["http://127.0.0.1:8000/chat", "http://127.0.0.1:8000/chat/"] {
            let url = Parlor::new(server).unwrap().address("users/me/").unwrap().1;
            assert_eq!(url.as_str(), "http://127.0.0.1:8000/chat/api/v1/users/me/");
        }
    }

    #[test]
    fn no_path_leads_to_another_server() {
        let parlor = Parlor::new("http://127.0.0.1:8000").unwrap();
        for path in ["//elsewhere.example/", "http://elsewhere.example/", "@elsewhere.example/"] {
            assert_eq!(parlor.address(path).unwrap().1.host_str(), Some("127.0.0.1"), "{path}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_at_once() {
        for server in ["", "127.0.0.1:8000", "ws://127.0.0.1:8000"] {
            assert!(matches!(Parlor::new(server), Err(Error::Address(_))), "{server}");
        }
    }

    #[test]
    fn a_server_that_failed_twice_at_once_has_failed_once() {
        let parlor = Parlor::among(|turn| format!("http://node{turn}.example").parse().unwrap(), Options::default());
        let parlor = parlor.unwrap();
        let (turn, _) = parlor.address("").unwrap();
        parlor.failed(turn);
        parlor.failed(turn);
        assert_eq!(parlor.address("").unwrap().1.host_str(), Some("node1.example"));
    }
}
