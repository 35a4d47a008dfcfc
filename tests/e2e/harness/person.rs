//! Somebody with an account.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::{ChatAnswer, Client, Server, SignedIn, UserRef};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A name that nothing else in this run has, nor begins with.
pub(crate) fn unique(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{stem}{:06}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Somebody who has just signed up, with the client that they use.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
    client: Client,
}

impl Deref for Person {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Person {
    /// Somebody new, called `stem` and a number.
    pub(crate) async fn new(server: &Server, stem: &str) -> Self {
        let username = unique(stem);
        let email = format!("{username}@example.com");
        let client = server.client();
        let body = json!({"email": email, "username": username, "password": PASSWORD, "password2": PASSWORD});
        let signed_in = client.signup(body).await.created();
        Self::signed_in(&client, signed_in)
    }

    /// The same person from another device, or on another node.
    pub(crate) async fn again(&self, server: &Server) -> Self {
        let client = server.client();
        let signed_in = client.login(json!({"email": self.email, "password": PASSWORD})).await.ok();
        Self::signed_in(&client, signed_in)
    }

    /// The same person with the same tokens, talking to another server on the same data.
    pub(crate) fn on(&self, server: &Server) -> Self {
        Self { client: server.client().with_token(&self.access), ..self.clone() }
    }

    /// How others see them.
    pub(crate) fn reference(&self) -> UserRef {
        UserRef { id: self.id, username: self.username.clone() }
    }

    /// A new group of this person and these others.
    pub(crate) async fn group(&self, others: &[&Self]) -> ChatAnswer {
        let names: Vec<&str> = others.iter().map(|other| other.username.as_str()).collect();
        self.open_chat(json!({"usernames": names})).await.ok()
    }

    /// A new group that nobody else can join by its uri.
    pub(crate) async fn closed_group(&self, others: &[&Self]) -> ChatAnswer {
        let names: Vec<&str> = others.iter().map(|other| other.username.as_str()).collect();
        self.open_chat(json!({"usernames": names, "joinable": false})).await.ok()
    }

    /// The direct chat with the other.
    pub(crate) async fn direct(&self, other: &Self) -> ChatAnswer {
        self.open_chat(json!({"username": other.username})).await.ok()
    }

    /// Sends a text; returns its seq.
    pub(crate) async fn says(&self, uri: &str, text: &str) -> u64 {
        self.send(uri, json!({"message": text})).await.ok().seq
    }

    fn signed_in(client: &Client, answer: SignedIn) -> Self {
        let SignedIn { id, email, username, access, refresh } = answer;
        Self { id, username, email, client: client.with_token(&access), access, refresh }
    }
}
