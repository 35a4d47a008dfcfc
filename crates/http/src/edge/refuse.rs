//! Answers to what never became a request, written byte by byte.

use actix_web::body::MessageBody as _;
use actix_web::http::header::HeaderMap;

use super::request_id::RequestId;
use super::{Edge, stamp};
use crate::problem::Problem;

impl Edge {
    /// The whole answer, for the connection to end with, in the place of the one that actix wrote (whose date it keeps).
    pub(crate) fn refuse(&self, problem: Problem, written: &[u8]) -> Vec<u8> {
        let none = HeaderMap::new();
        let id = RequestId::of(&none, &*self.services.entropy);
        let mut response = problem.render(id.as_str());
        stamp::stamp(response.headers_mut(), id.header());
        self.cors.stamp(&none, response.headers_mut());
        let status = response.status();
        tracing::info!(
            target: "parlor_http::request",
            request_id = id.as_str(),
            status = status.as_u16(),
            "refused before it was a request"
        );
        let reason = status.canonical_reason().unwrap_or_default();
        let mut answer = format!("HTTP/1.1 {} {reason}\r\nconnection: close\r\n", status.as_u16()).into_bytes();
        answer.extend_from_slice(date_line(written));
        for (name, value) in response.headers() {
            answer.extend_from_slice(name.as_str().as_bytes());
            answer.extend_from_slice(b": ");
            answer.extend_from_slice(value.as_bytes());
            answer.extend_from_slice(b"\r\n");
        }
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        answer.extend_from_slice(&body);
        answer
    }
}

/// The line of a head that holds its date, with the line break; empty, if there is none.
fn date_line(head: &[u8]) -> &[u8] {
    head.split_inclusive(|&byte| byte == b'\n').find(|line| line.starts_with(b"date: ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_found_or_left_out() {
        assert_eq!(date_line(b"HTTP/1.1 400 x\r\ndate: now\r\nx: y\r\n\r\n"), b"date: now\r\n");
        assert_eq!(date_line(b"HTTP/1.1 400 x\r\n\r\n"), b"");
    }
}
