//! The socket over which everything comes at once, and the description of what is said there.

use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL};
use parlor_delivery::CloseCode;
use parlor_domain::UserRef;
use parlor_domain::account::TokenGrant;

use crate::auth::read_grant;
use crate::call::Call;
use crate::live::socket::{Handshake, LiveSocket, SUBPROTOCOL, closing};
use crate::live::{Connection, Known, Live};
use crate::problem::Problem;
use crate::server::Breaker;
use crate::table::Answer;
use crate::wire::json_bytes;

/// Opens a socket. 101, and then whatever the socket is for; 401 for a bad `Authorization`, and no socket.
pub(crate) async fn connect(mut call: Call) -> Answer {
    let handshake = Handshake::read(&call.request)?;
    if !call.edge.cors.allows_socket(call.request.headers()) {
        return Err(Problem::origin_not_allowed());
    }
    let known = prove(&call, handshake.token.as_deref()).await?;
    let breaker = call.request.conn_data::<Rc<Breaker>>().cloned();
    let connection = Connection::open(&call.edge.lane, breaker);
    let socket = LiveSocket::new(connection, call.incoming.take(), known);
    let mut response = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS).upgrade("websocket").body(socket);
    let headers = response.headers_mut();
    headers.insert(SEC_WEBSOCKET_ACCEPT, handshake.accept);
    if handshake.names_protocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok(response)
}

/// Who the handshake proves somebody to be. The header comes first, and a bad one is an answer; a bad token among the
/// protocols is told over the socket, because a page learns nothing of an answer that refuses it one.
async fn prove(call: &Call, token: Option<&str>) -> Result<Result<Option<Known>, CloseCode>, Problem> {
    let accounts = &call.services().accounts;
    if call.request.headers().contains_key(AUTHORIZATION) {
        let grant = read_grant(&call.request, accounts)?;
        return Ok(Ok(Some(known(call, grant).await?)));
    }
    let Some(token) = token else { return Ok(Ok(None)) };
    match accounts.read_access(token) {
        Ok(grant) => Ok(Live::recognise(accounts, grant).await.map(Some)),
        Err(error) => Ok(Err(closing(error))),
    }
}

/// Whose token it is that came with a request.
pub(super) async fn known(call: &Call, grant: TokenGrant) -> Result<Known, Problem> {
    let user = call.services().accounts.find(grant.user).await?;
    let user = user.ok_or_else(|| Problem::token_not_valid("The account of this token is gone."))?;
    Ok(Known { grant, user: UserRef { id: user.id, username: user.username } })
}

/// What is said over the socket, as AsyncAPI.
pub(crate) async fn asyncapi(_: Call) -> Answer {
    Ok(json_bytes(StatusCode::OK, include_bytes!("asyncapi.json").to_vec()))
}
