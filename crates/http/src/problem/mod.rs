//! Errors as clients see them: `application/problem+json` (RFC 9457).

mod codes;
mod fields;
mod render;

use std::borrow::Cow;
use std::error::Error;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, HeaderName, HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use parlor_delivery::Refusal;
use parlor_domain::{DomainError, ErrorKind, Seq};

pub use codes::{CODES, Code};
pub(crate) use fields::FieldErrors;

/// After how many seconds a client may try again what a full queue or an absent database refused.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");
/// The challenge for callers without a token (RFC 6750, section 3).
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");
/// The challenge for callers with a bad one (RFC 6750, section 3.1).
const BEARER_INVALID: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// Why a request was not served.
#[derive(Debug)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: FieldErrors,
    header: Option<(HeaderName, HeaderValue)>,
    /// Where a log begins and ends, for a cursor that lies outside.
    log: Option<LogBounds>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Where a log begins, if that matters, and where it ends.
#[derive(Debug, Clone, Copy)]
struct LogBounds {
    floor: Option<Seq>,
    head: Seq,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        debug_assert!(CODES.iter().any(|known| known.name == code), "{code} is not one of the codes");
        let detail = detail.into();
        Self(Box::new(Inner {
            status,
            code,
            detail,
            errors: FieldErrors::default(),
            header: None,
            log: None,
            source: None,
        }))
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The input breaks a rule that is not about one of its fields.
    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// Fields of the input break rules.
    pub(crate) fn fields(errors: FieldErrors) -> Self {
        let mut problem = Self::invalid(errors.summary());
        problem.0.errors = errors;
        problem
    }

    /// One field of the input breaks a rule.
    pub(crate) fn field(name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let mut errors = FieldErrors::default();
        errors.add(name, message);
        Self::fields(errors)
    }

    /// There is no such thing, or the caller may not know of it. Always the same words: they tell nothing.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found.")
    }

    /// The path knows other methods only; `allow` lists them.
    pub(crate) fn method_not_allowed(allow: HeaderValue) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This method is not allowed here.")
            .with_header(ALLOW, allow)
    }

    /// There is no access token.
    pub(crate) fn not_authenticated() -> Self {
        let detail = "Authentication credentials were not provided.";
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", detail).with_header(WWW_AUTHENTICATE, BEARER)
    }

    /// The access token proves nothing.
    pub(crate) fn token_not_valid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "token_not_valid", detail).with_header(WWW_AUTHENTICATE, BEARER_INVALID)
    }

    /// The body did not come in time.
    pub(crate) fn request_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The body took too long to arrive.")
    }

    /// The head did not come in time.
    pub(crate) fn head_timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The head of the request took too long to arrive.")
    }

    /// The body is larger than `max` bytes.
    pub(crate) fn payload_too_large(max: usize) -> Self {
        let detail = format!("The body may have at most {max} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
    }

    /// The body is not plain `application/json`.
    pub(crate) fn unsupported_media_type(detail: &'static str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// The cursor lies above the head of its log.
    pub(crate) fn cursor_ahead(head: Seq) -> Self {
        Self::outside_log("cursor_ahead", "The cursor lies above the head.", None, head)
    }

    /// The cursor lies before what is kept of its log.
    pub(crate) fn log_pruned(floor: Seq, head: Seq) -> Self {
        Self::outside_log("log_pruned", "What follows the cursor is no longer kept.", Some(floor), head)
    }

    fn outside_log(code: &'static str, detail: &'static str, floor: Option<Seq>, head: Seq) -> Self {
        let mut problem = Self::new(StatusCode::CONFLICT, code, detail);
        problem.0.log = Some(LogBounds { floor, head });
        problem
    }

    /// The page's origin is not one of those that may open a socket.
    pub(crate) fn origin_not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "origin_not_allowed", "Pages of this origin may not open a socket here.")
    }

    /// The path is that of a socket (RFC 9110, section 15.5.22).
    pub(crate) fn upgrade_required() -> Self {
        let detail = "This is a WebSocket: ask for the upgrade with a GET of HTTP/1.1.";
        Self::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
            .with_header(UPGRADE, HeaderValue::from_static("websocket"))
    }

    /// The handshake is of another version (RFC 6455, section 4.4).
    pub(crate) fn websocket_version() -> Self {
        Self::invalid("The only version of the WebSocket protocol is 13.")
            .with_header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
    }

    /// The server takes requests and is not ready for this one yet.
    pub(crate) fn starting() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Live delivery has not started yet.")
            .with_header(RETRY_AFTER, RETRY_AFTER_SECONDS)
    }

    /// The same for a request over a socket, in whose reply there are no statuses. What only the log is told is logged.
    pub(crate) fn into_refusal(self) -> Refusal {
        self.log("live");
        let Inner { code, detail, header, .. } = *self.0;
        if code == "invalid" {
            return Refusal::Invalid(detail.into_owned());
        }
        let retry_after = header.filter(|(name, _)| *name == RETRY_AFTER);
        let retry_after = retry_after.and_then(|(_, seconds)| seconds.to_str().ok()?.parse().ok());
        Refusal::Failed { code, detail: detail.into_owned(), retry_after }
    }

    /// A defect of the program.
    pub(crate) fn internal() -> Self {
        let detail = "Something went wrong here. It was written to the log under this request id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

impl<E: DomainError> From<E> for Problem {
    fn from(error: E) -> Self {
        let refused = |status| Self::new(status, error.code(), sentence(&error.to_string()));
        match error.kind() {
            ErrorKind::Invalid => refused(StatusCode::BAD_REQUEST),
            ErrorKind::Unauthenticated => refused(StatusCode::UNAUTHORIZED).with_header(WWW_AUTHENTICATE, BEARER),
            ErrorKind::Forbidden => refused(StatusCode::FORBIDDEN),
            ErrorKind::NotFound => Self::not_found(),
            ErrorKind::Conflict => refused(StatusCode::CONFLICT),
            ErrorKind::PreconditionFailed => refused(StatusCode::PRECONDITION_FAILED),
            ErrorKind::TooLarge => refused(StatusCode::PAYLOAD_TOO_LARGE),
            ErrorKind::Busy | ErrorKind::Unavailable => refused(StatusCode::SERVICE_UNAVAILABLE)
                .with_header(RETRY_AFTER, RETRY_AFTER_SECONDS)
                .with_source(error),
            ErrorKind::Internal => Self::internal().with_source(error),
        }
    }
}

/// The text of a domain error as a sentence for a person.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests;
