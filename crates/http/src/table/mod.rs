//! The table of routes: the only place where a route is made, and what finds the route of a request.
//!
//! It matches the path as it was sent, without decoding anything: no route has a character that needs encoding, so an
//! encoded path, like a doubled slash, is simply none of ours. A slash at the end may be left out.

mod find;

use actix_web::HttpResponse;
use futures_util::future::LocalBoxFuture;
use parlor_domain::Caller;

use crate::call::Call;
use crate::problem::Problem;
use crate::routes::{
    accounts, blocks, chats, docs, events, export, health, invites, live, members, messages, search, users, web,
};

pub(crate) use find::{Found, Resource, Segments, find};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Everybody; an `Authorization` header is not looked at (but for the socket, which tells by it whose it is).
    Open,
    /// Everybody with an access token.
    SignedIn,
    /// The members of the chat; for everybody else there is no such chat (but see each route for who may enter it).
    Member,
}

/// One call of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method. Where there is a `GET`, `HEAD` works too.
    pub method: &'static str,
    /// The path, with names in braces for what varies; the slash at the end is canonical.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// What a handler comes to.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// What runs for a route. A handler that needs a caller cannot stand in an open route, nor the other way round.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Open(fn(Call) -> LocalBoxFuture<'static, Answer>),
    SignedIn(fn(Caller, Call) -> LocalBoxFuture<'static, Answer>),
}

macro_rules! handler {
    (Open, $handler:path) => {
        Handler::Open(|call| Box::pin($handler(call)))
    };
    ($signed_in:ident, $handler:path) => {
        Handler::SignedIn(|caller, call| Box::pin($handler(caller, call)))
    };
}

macro_rules! table {
    ($($method:ident $path:literal $access:ident => $handler:path,)*) => {
        const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path, access: Access::$access }),*];
        /// In the order of [`ROUTES`].
        const HANDLERS: &[Handler] = &[$(handler!($access, $handler)),*];
    };
}

table! {
    GET "/healthz/" Open => health::alive,
    GET "/readyz/" Open => health::ready,
    GET "/" Open => web::index,
    GET "/web/{asset}/" Open => web::asset,
    GET "/parlor-client.js/" Open => web::client_module,
    GET "/parlor-client.d.ts/" Open => web::client_types,
    GET "/docs/" Open => docs::index,
    GET "/docs/{file}/" Open => docs::file,

    GET "/api/v1/live/" Open => live::connect,
    GET "/api/v1/asyncapi.json/" Open => live::asyncapi,
    GET "/api/v1/openapi.json/" Open => docs::openapi,

    GET "/api/v1/users/hello/" Open => users::hello,
    POST "/api/v1/users/signup/" Open => users::sign_up,
    POST "/api/v1/users/login/" Open => users::log_in,
    POST "/api/v1/users/refresh/" Open => users::refresh,
    POST "/api/v1/users/logout/" SignedIn => users::log_out,
    GET "/api/v1/users/signup/" SignedIn => users::directory_of_2018,
    GET "/api/v1/users/me/" SignedIn => users::me,
    PATCH "/api/v1/users/me/" SignedIn => accounts::change_profile,
    DELETE "/api/v1/users/me/" SignedIn => users::erase,
    GET "/api/v1/users/me/export/" SignedIn => export::export,
    POST "/api/v1/users/me/password/" SignedIn => accounts::change_password,
    GET "/api/v1/users/sessions/" SignedIn => accounts::list_sessions,
    DELETE "/api/v1/users/sessions/" SignedIn => accounts::end_other_sessions,
    DELETE "/api/v1/users/sessions/{id}/" SignedIn => accounts::end_session,
    GET "/api/v1/users/{id}/" SignedIn => accounts::show_card,
    GET "/api/v1/users/me/blocks/" SignedIn => blocks::list,
    PUT "/api/v1/users/me/blocks/{id}/" SignedIn => blocks::block,
    DELETE "/api/v1/users/me/blocks/{id}/" SignedIn => blocks::unblock,
    GET "/api/v1/users/" SignedIn => users::directory,

    GET "/api/v1/search/" SignedIn => search::messages,

    GET "/api/v1/chats/" SignedIn => chats::list,
    POST "/api/v1/chats/" SignedIn => chats::open,
    PATCH "/api/v1/chats/" SignedIn => chats::join_by_body,
    GET "/api/v1/chats/{uri}/" Member => chats::show,
    POST "/api/v1/chats/{uri}/" SignedIn => chats::open_at,
    PATCH "/api/v1/chats/{uri}/" SignedIn => chats::join,
    DELETE "/api/v1/chats/{uri}/" Member => chats::delete,
    PATCH "/api/v1/chats/{uri}/settings/" Member => chats::update_settings,
    PUT "/api/v1/chats/{uri}/read/" Member => chats::mark_read,
    POST "/api/v1/chats/{uri}/typing/" Member => chats::tell_of_typing,

    GET "/api/v1/chats/{uri}/members/" Member => members::list,
    PATCH "/api/v1/chats/{uri}/members/{id}/" Member => members::give_role,
    DELETE "/api/v1/chats/{uri}/members/{id}/" Member => members::remove,

    GET "/api/v1/chats/{uri}/invites/" Member => invites::list,
    POST "/api/v1/chats/{uri}/invites/" Member => invites::create,
    DELETE "/api/v1/chats/{uri}/invites/{code}/" Member => invites::withdraw,
    POST "/api/v1/invites/{code}/" SignedIn => invites::join,

    GET "/api/v1/chats/{uri}/events/" Member => events::list,
    GET "/api/v1/chats/{uri}/messages/" Member => messages::list,
    POST "/api/v1/chats/{uri}/messages/" Member => messages::send,
    GET "/api/v1/chats/{uri}/messages/{seq}/" Member => messages::show,
    PATCH "/api/v1/chats/{uri}/messages/{seq}/" Member => messages::edit,
    DELETE "/api/v1/chats/{uri}/messages/{seq}/" Member => messages::delete,
    PUT "/api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/" Member => messages::react,
    DELETE "/api/v1/chats/{uri}/messages/{seq}/reactions/{emoji}/" Member => messages::unreact,
}

/// All routes.
pub fn routes() -> &'static [Route] {
    ROUTES
}
