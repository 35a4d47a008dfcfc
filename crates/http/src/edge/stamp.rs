//! The headers that every answer has.

use actix_web::HttpResponse;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS};

use super::no_content;
use super::request_id::X_REQUEST_ID;

const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// What has a tag may be kept, by the one who asked, and is asked for again.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Adds them.
pub(super) fn stamp(headers: &mut HeaderMap, request_id: HeaderValue) {
    let cache = if headers.contains_key(ETAG) { PRIVATE } else { NO_STORE };
    headers.insert(X_REQUEST_ID, request_id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.insert(CACHE_CONTROL, cache);
}

/// Which methods a path has.
pub(super) fn options(allow: HeaderValue) -> HttpResponse {
    let mut response = no_content();
    response.headers_mut().insert(ALLOW, allow);
    response
}
