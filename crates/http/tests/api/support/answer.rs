//! Answers, and what holds of all of them.

use serde_json::Value;

use parlor_http::CODES;

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no whole head in {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).expect("a head of ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status: status.expect("a status"), headers, body: bytes[end + 4..].to_vec() }
    }

    /// The only header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} comes once");
        value
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    /// The first message about a field.
    pub(crate) fn about(&self, field: &str) -> String {
        let message = self.json()["errors"][field][0].as_str().map(str::to_owned);
        message.unwrap_or_else(|| panic!("nothing about {field} in {}", self.text()))
    }

    /// The address behind a relation of `Link`.
    pub(crate) fn link(&self, relation: &str) -> Option<String> {
        let links = self.header("link")?.split(", ");
        let wanted = links.filter_map(|link| link.strip_suffix(&format!(">; rel=\"{relation}\""))).next()?;
        Some(wanted.strip_prefix('<').expect("an address in brackets").to_owned())
    }

    /// Checks what the contract says of every answer.
    pub(crate) fn check(&self, method: &str) {
        let about = format!("{method} {} {:?} {}", self.status, self.headers, self.text());
        let id = self.header("x-request-id").unwrap_or_else(|| panic!("no request id: {about}"));
        assert!((1..=64).contains(&id.len()), "{about}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{about}");
        let cache = if self.header("etag").is_some() { "private, no-cache" } else { "no-store" };
        assert_eq!(self.header("cache-control"), Some(cache), "{about}");
        assert_eq!(self.header("server"), None, "{about}");
        assert_eq!(self.header("access-control-allow-credentials"), None, "{about}");
        if matches!(self.status, 204 | 304) || method == "HEAD" {
            assert!(self.body.is_empty(), "{about}");
            return;
        }
        if self.header("transfer-encoding") == Some("chunked") {
            // What is written as it is read.
            assert_eq!((self.status, self.header("content-type")), (200, Some("application/jsonl")), "{about}");
            assert!(self.body.ends_with(b"\r\n0\r\n\r\n"), "it comes to its end: {about}");
            return;
        }
        assert_eq!(self.header("content-length"), Some(self.body.len().to_string().as_str()), "{about}");
        if self.header("content-security-policy").is_some() {
            // A page, or what one is made of.
            assert!(self.header("content-type").is_some_and(|it| it.starts_with("text/")), "{about}");
        } else if self.status < 400 {
            assert_eq!(self.header("content-type"), Some("application/json"), "{about}");
        } else {
            self.check_problem(id, &about);
        }
    }

    fn check_problem(&self, id: &str, about: &str) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{about}");
        let problem = self.json();
        let text = self.text();
        let at = |key: &str| text.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key}: {about}"));
        assert!(text.starts_with("{\"detail\":\""), "{about}");
        assert!(["detail", "code", "status", "title", "request_id"].map(at).is_sorted(), "{about}");
        assert_eq!(problem["request_id"], id, "{about}");
        assert_eq!(problem["status"], self.status, "{about}");
        let known = CODES.iter().find(|code| problem["code"] == code.name).expect("a code of the list");
        assert_eq!(known.status, self.status, "{about}");
        match self.status {
            401 => assert!(self.header("www-authenticate").expect("a challenge").starts_with("Bearer"), "{about}"),
            405 => assert!(self.header("allow").is_some(), "{about}"),
            503 => assert_eq!(self.header("retry-after"), Some("1"), "{about}"),
            _ => {}
        }
    }
}
