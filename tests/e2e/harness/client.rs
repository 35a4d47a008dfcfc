//! A client with one method per endpoint, on a page of another origin.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN as ORIGIN_HEADER};
use reqwest::{Method, redirect};
use serde_json::{Value, json};

use super::command::PATIENCE;
use super::{
    Answer, Card, Chat, ChatAnswer, Found, Hello, Invite, Me, Member, Message, ReadState, Sent, Session, SignedIn,
    Tokens,
};

/// Where the page that calls the API was loaded from.
pub(crate) const ORIGIN: &str = "http://chat.example:8080";

/// Somebody's client, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).timeout(PATIENCE).no_proxy();
        Self { http: http.build().unwrap(), address, token: None }
    }

    /// The same client with this access token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client, signed out.
    pub(crate) fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub(crate) fn hello(&self) -> Call<Hello> {
        self.get("users/hello/")
    }

    pub(crate) fn signup(&self, body: Value) -> Call<SignedIn> {
        self.api(Method::POST, "users/signup/").json(body)
    }

    pub(crate) fn login(&self, body: Value) -> Call<SignedIn> {
        self.api(Method::POST, "users/login/").json(body)
    }

    pub(crate) fn refresh(&self, refresh: &str) -> Call<Tokens> {
        self.api(Method::POST, "users/refresh/").json(json!({"refresh": refresh}))
    }

    pub(crate) fn logout(&self) -> Call {
        self.api(Method::POST, "users/logout/")
    }

    pub(crate) fn me(&self) -> Call<Me> {
        self.get("users/me/")
    }

    /// Changes one's profile.
    pub(crate) fn change_me(&self, body: Value) -> Call<Me> {
        self.api(Method::PATCH, "users/me/").json(body)
    }

    pub(crate) fn change_password(&self, password: &str, new: &str) -> Call {
        let body = json!({"password": password, "new_password": new});
        self.api(Method::POST, "users/me/password/").json(body)
    }

    /// One's login sessions; `query` as in `?limit=2`, or empty.
    pub(crate) fn sessions(&self, query: &str) -> Call<Vec<Session>> {
        self.get(&format!("users/sessions/{query}"))
    }

    pub(crate) fn end_session(&self, id: &str) -> Call {
        self.api(Method::DELETE, &format!("users/sessions/{id}/"))
    }

    pub(crate) fn end_other_sessions(&self) -> Call {
        self.api(Method::DELETE, "users/sessions/")
    }

    pub(crate) fn card(&self, id: u64) -> Call<Card> {
        self.get(&format!("users/{id}/"))
    }

    /// Erases the account.
    pub(crate) fn erase(&self, password: &str) -> Call {
        self.erase_with(json!({"password": password}))
    }

    /// The same with any body.
    pub(crate) fn erase_with(&self, body: Value) -> Call {
        self.api(Method::DELETE, "users/me/").json(body)
    }

    /// The directory; `query` as in `?search=a&limit=2`, or empty.
    pub(crate) fn directory(&self, query: &str) -> Call<Vec<Card>> {
        self.get(&format!("users/{query}"))
    }

    /// The directory under the name that the old API had for it.
    pub(crate) fn signup_directory(&self, query: &str) -> Call<Vec<Card>> {
        self.get(&format!("users/signup/{query}"))
    }

    /// Whom the caller has blocked.
    pub(crate) fn blocks(&self, query: &str) -> Call<Vec<Card>> {
        self.get(&format!("users/me/blocks/{query}"))
    }

    pub(crate) fn block(&self, id: u64) -> Call {
        self.api(Method::PUT, &format!("users/me/blocks/{id}/"))
    }

    pub(crate) fn unblock(&self, id: u64) -> Call {
        self.api(Method::DELETE, &format!("users/me/blocks/{id}/"))
    }

    pub(crate) fn chats(&self, query: &str) -> Call<Vec<Chat>> {
        self.get(&format!("chats/{query}"))
    }

    pub(crate) fn open_chat(&self, body: Value) -> Call<ChatAnswer> {
        self.api(Method::POST, "chats/").json(body)
    }

    pub(crate) fn open_chat_at(&self, uri: &str, body: Value) -> Call<ChatAnswer> {
        self.api(Method::POST, &format!("chats/{uri}/")).json(body)
    }

    /// Joins, or adds somebody.
    pub(crate) fn join(&self, uri: &str, body: Value) -> Call<ChatAnswer> {
        self.api(Method::PATCH, &format!("chats/{uri}/")).json(body)
    }

    /// The same call with the uri in the body.
    pub(crate) fn join_by_body(&self, body: Value) -> Call<ChatAnswer> {
        self.api(Method::PATCH, "chats/").json(body)
    }

    /// Says that one writes, or has stopped.
    pub(crate) fn types(&self, uri: &str, body: Value) -> Call {
        self.api(Method::POST, &format!("chats/{uri}/typing/")).json(body)
    }

    pub(crate) fn chat(&self, uri: &str) -> Call<Chat> {
        self.get(&format!("chats/{uri}/"))
    }

    pub(crate) fn members(&self, uri: &str, query: &str) -> Call<Vec<Member>> {
        self.get(&format!("chats/{uri}/members/{query}"))
    }

    /// Removes a member, or leaves.
    pub(crate) fn remove_member(&self, uri: &str, id: u64) -> Call {
        self.api(Method::DELETE, &format!("chats/{uri}/members/{id}/"))
    }

    /// Gives a member a role.
    pub(crate) fn give_role(&self, uri: &str, id: u64, role: &str) -> Call<Member> {
        self.api(Method::PATCH, &format!("chats/{uri}/members/{id}/")).json(json!({"role": role}))
    }

    pub(crate) fn settings(&self, uri: &str, body: Value) -> Call<Chat> {
        self.api(Method::PATCH, &format!("chats/{uri}/settings/")).json(body)
    }

    pub(crate) fn delete_chat(&self, uri: &str) -> Call {
        self.api(Method::DELETE, &format!("chats/{uri}/"))
    }

    pub(crate) fn invite(&self, uri: &str, body: Value) -> Call<Invite> {
        self.api(Method::POST, &format!("chats/{uri}/invites/")).json(body)
    }

    pub(crate) fn invites(&self, uri: &str, query: &str) -> Call<Vec<Invite>> {
        self.get(&format!("chats/{uri}/invites/{query}"))
    }

    pub(crate) fn withdraw_invite(&self, uri: &str, code: &str) -> Call {
        self.api(Method::DELETE, &format!("chats/{uri}/invites/{code}/"))
    }

    /// Joins by an invite.
    pub(crate) fn accept_invite(&self, code: &str) -> Call<ChatAnswer> {
        self.api(Method::POST, &format!("invites/{code}/"))
    }

    pub(crate) fn messages(&self, uri: &str, query: &str) -> Call<Vec<Message>> {
        self.get(&format!("chats/{uri}/messages/{query}"))
    }

    pub(crate) fn send(&self, uri: &str, body: Value) -> Call<Sent> {
        self.api(Method::POST, &format!("chats/{uri}/messages/")).json(body)
    }

    /// The same call, answered with the one message alone.
    pub(crate) fn send_minimal(&self, uri: &str, body: Value) -> Call<Message> {
        let call = self.api(Method::POST, &format!("chats/{uri}/messages/"));
        call.json(body).header("Prefer", "return=minimal")
    }

    pub(crate) fn message(&self, uri: &str, seq: u64) -> Call<Message> {
        self.get(&format!("chats/{uri}/messages/{seq}/"))
    }

    /// Gives a message another text.
    pub(crate) fn edit_message(&self, uri: &str, seq: u64, text: &str) -> Call<Message> {
        self.api(Method::PATCH, &format!("chats/{uri}/messages/{seq}/")).json(json!({"message": text}))
    }

    pub(crate) fn delete_message(&self, uri: &str, seq: u64) -> Call {
        self.api(Method::DELETE, &format!("chats/{uri}/messages/{seq}/"))
    }

    /// Puts an emoji under a message; it is written into the path as it is given.
    pub(crate) fn react(&self, uri: &str, seq: u64, emoji: &str) -> Call<Message> {
        self.api(Method::PUT, &format!("chats/{uri}/messages/{seq}/reactions/{emoji}/"))
    }

    pub(crate) fn unreact(&self, uri: &str, seq: u64, emoji: &str) -> Call<Message> {
        self.api(Method::DELETE, &format!("chats/{uri}/messages/{seq}/reactions/{emoji}/"))
    }

    /// Searches one's chats for these words; `more` as in `&limit=2`, or empty.
    pub(crate) fn search(&self, words: &str, more: &str) -> Call<Vec<Found>> {
        let words: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("search/?q={words}{more}"))
    }

    /// The log; `query` as in `?after=3&wait=5`, or empty.
    pub(crate) fn events(&self, uri: &str, query: &str) -> Call {
        self.get(&format!("chats/{uri}/events/{query}"))
    }

    pub(crate) fn mark_read(&self, uri: &str, seq: u64) -> Call<ReadState> {
        self.api(Method::PUT, &format!("chats/{uri}/read/")).json(json!({"seq": seq}))
    }

    pub(crate) fn healthz(&self) -> Call {
        self.call(Method::GET, "/healthz")
    }

    pub(crate) fn readyz(&self) -> Call {
        self.call(Method::GET, "/readyz")
    }

    /// Any call, by the path behind `/api/v1/`.
    pub(crate) fn api<T>(&self, method: Method, path: &str) -> Call<T> {
        self.call(method, &format!("/api/v1/{path}"))
    }

    /// Any call, by its whole path or by a link.
    pub(crate) fn call<T>(&self, method: Method, target: &str) -> Call<T> {
        let url = if target.starts_with('/') { format!("http://{}{target}", self.address) } else { target.to_owned() };
        let mut headers = HeaderMap::from_iter([(ORIGIN_HEADER, HeaderValue::from_static(ORIGIN))]);
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        let name = format!("{method} {target}");
        Call { http: self.http.clone(), name, method, url, headers, body: None, shape: PhantomData }
    }

    fn get<T>(&self, path: &str) -> Call<T> {
        self.api(Method::GET, path)
    }
}

/// A call that is about to be made: awaiting it makes it.
#[derive(Debug, Clone)]
pub(crate) struct Call<T = Value> {
    http: reqwest::Client,
    name: String,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    shape: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    /// Sets a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        self.headers.insert(HeaderName::try_from(name).unwrap(), value);
        self
    }

    /// Leaves a header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sends this object.
    #[expect(clippy::needless_pass_by_value, reason = "callers write the object in place")]
    pub(crate) fn json(self, body: Value) -> Self {
        self.body(body.to_string())
    }

    /// Sends these bytes as `application/json`.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// Sends no body at all.
    pub(crate) fn without_body(mut self) -> Self {
        self.body = None;
        self.without(CONTENT_TYPE.as_str())
    }

    /// Makes the call; fails when there is no answer.
    pub(crate) async fn attempt(self) -> Result<Answer<T>, reqwest::Error> {
        let mut request = self.http.request(self.method, &self.url).headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer::new(&self.name, status, headers, response.bytes().await?.to_vec());
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "a browser hides this answer: {answer}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{answer}");
        Ok(answer)
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Answer<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let name = self.name.clone();
        Box::pin(async move { self.attempt().await.unwrap_or_else(|error| panic!("{name}: {error:?}")) })
    }
}
