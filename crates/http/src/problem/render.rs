//! From a problem to the answer and the log.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use parlor_domain::Seq;
use serde::Serialize;

use super::{FieldErrors, Problem};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The body. The order of the fields is part of the contract: a known client shows its users the first one.
#[derive(Serialize)]
struct ProblemView<'a> {
    detail: &'a str,
    code: &'a str,
    status: u16,
    title: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "FieldErrors::is_empty")]
    errors: &'a FieldErrors,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<i64>,
}

impl Problem {
    /// The answer to the request of this id.
    pub(crate) fn render(self, request_id: &str) -> HttpResponse {
        let status = self.0.status;
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        // What is left of the body will not be read: the connection is of no further use.
        if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            response.force_close();
        }
        let body = self.body(request_id);
        if let Some(header) = self.0.header {
            response.insert_header(header);
        }
        response.body(body)
    }

    pub(crate) fn body(&self, request_id: &str) -> Vec<u8> {
        let view = ProblemView {
            detail: &self.0.detail,
            code: self.0.code,
            status: self.0.status.as_u16(),
            title: self.0.status.canonical_reason().unwrap_or("Error"),
            request_id,
            errors: &self.0.errors,
            floor: self.0.log.and_then(|log| log.floor).map(Seq::get),
            head: self.0.log.map(|log| log.head.get()),
        };
        serde_json::to_vec(&view).expect("strings and numbers always serialise")
    }

    /// Writes down what the answer keeps to itself.
    pub(crate) fn log(&self, request_id: &str) {
        let Some(source) = &self.0.source else { return };
        let mut reason = source.to_string();
        let mut next = source.source();
        while let Some(cause) = next {
            reason.push_str(": ");
            reason.push_str(&cause.to_string());
            next = cause.source();
        }
        match self.0.status {
            StatusCode::SERVICE_UNAVAILABLE => tracing::warn!(request_id, reason, "a request could not be served"),
            _ => tracing::error!(request_id, reason, "a request met a defect"),
        }
    }
}
