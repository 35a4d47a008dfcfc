//! Request bodies: how they are received, parsed and turned into values.

mod form;
mod json;

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;

pub(crate) use form::{Form, Null};

use crate::problem::Problem;

/// The largest body, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// Receives the body: nothing, or what claims to be one JSON text.
pub(crate) async fn receive(request: &HttpRequest, payload: &mut Payload, timeout: Duration) -> Result<Bytes, Problem> {
    let headers = request.headers();
    let declared = declared_length(headers);
    if declared.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(Problem::payload_too_large(MAX_BODY_BYTES));
    }
    if declared.is_some_and(|length| length > 0) {
        check_media(headers)?;
    }
    let body = match tokio::time::timeout(timeout, collect(payload)).await {
        Ok(body) => body?,
        Err(_) => return Err(Problem::request_timeout()),
    };
    // Only now is it known whether a body of undeclared length is one.
    if declared.is_none() && !body.is_empty() {
        check_media(headers)?;
    }
    Ok(body)
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Collects the chunks; a body that comes in one piece is not copied.
async fn collect(payload: &mut Payload) -> Result<Bytes, Problem> {
    let Some(first) = payload.next().await else { return Ok(Bytes::new()) };
    let first = within_limit(first.map_err(|error| broken(&error))?, 0)?;
    let Some(second) = payload.next().await else { return Ok(first) };
    let mut whole = BytesMut::from(&first[..]);
    whole.extend_from_slice(&within_limit(second.map_err(|error| broken(&error))?, whole.len())?);
    while let Some(chunk) = payload.next().await {
        whole.extend_from_slice(&within_limit(chunk.map_err(|error| broken(&error))?, whole.len())?);
    }
    Ok(whole.freeze())
}

fn within_limit(chunk: Bytes, before: usize) -> Result<Bytes, Problem> {
    if before + chunk.len() > MAX_BODY_BYTES { Err(Problem::payload_too_large(MAX_BODY_BYTES)) } else { Ok(chunk) }
}

fn broken(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::payload_too_large(MAX_BODY_BYTES),
        _ => Problem::invalid("The body did not arrive whole."),
    }
}

fn check_media(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::unsupported_media_type("A body may not have a Content-Encoding."));
    }
    let mut types = headers.get_all(CONTENT_TYPE);
    match (types.next(), types.next()) {
        (Some(only), None) if is_json(only.as_bytes()) => Ok(()),
        _ => Err(Problem::unsupported_media_type("A body needs the Content-Type application/json.")),
    }
}

/// Whether a `Content-Type` (RFC 9110, section 8.3) names JSON, with whatever parameters.
fn is_json(media_type: &[u8]) -> bool {
    let essence = media_type.split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_known_with_whatever_parameters() {
        for good in ["application/json", "Application/JSON ; charset=utf-8", "application/json;charset=latin1;x"] {
            assert!(is_json(good.as_bytes()), "{good}");
        }
        for bad in ["", "text/plain", "application/json5", "application/jsonp", "application/ld+json", ";"] {
            assert!(!is_json(bad.as_bytes()), "{bad}");
        }
    }
}
