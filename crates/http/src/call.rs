//! One request on its way through a handler.

use std::rc::Rc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, USER_AGENT};
use actix_web::web::Bytes;
use parlor_domain::account::Device;
use parlor_domain::chat_session::InviteCode;
use parlor_domain::{ChatUri, Emoji, InvalidValue, Seq, SessionId, UserId};
use percent_encoding::percent_decode_str;

use crate::body;
use crate::edge::{Edge, Incoming};
use crate::paging::Query;
use crate::problem::Problem;
use crate::server::Services;
use crate::table::{Resource, Segments};

/// A request that found its route.
pub(crate) struct Call {
    pub(crate) request: HttpRequest,
    pub(crate) incoming: Incoming,
    pub(crate) edge: Rc<Edge>,
    pub(crate) resource: &'static Resource,
    pub(crate) segments: Segments,
}

impl Call {
    /// The services of the domain.
    pub(crate) fn services(&self) -> &Services {
        &self.edge.services
    }

    /// The body; see [`body::receive`].
    pub(crate) async fn body(&mut self) -> Result<Bytes, Problem> {
        body::receive(&self.request, &mut self.incoming.payload, self.edge.body_timeout).await
    }

    /// The query.
    pub(crate) fn query(&self) -> Query<'_> {
        Query::new(self.request.query_string())
    }

    /// The chat in the path. What cannot be one is none.
    pub(crate) fn uri(&self) -> Result<ChatUri, Problem> {
        self.picked_uri().map_err(|_| Problem::not_found())
    }

    /// The chat in the path, or why it cannot be one.
    pub(crate) fn picked_uri(&self) -> Result<ChatUri, InvalidValue> {
        self.param("uri").parse()
    }

    /// The file in the path.
    pub(crate) fn file(&self) -> &str {
        self.param("file")
    }

    /// The file of the web client in the path.
    pub(crate) fn asset(&self) -> &str {
        self.param("asset")
    }

    /// The place in the log in the path.
    pub(crate) fn seq(&self) -> Result<Seq, Problem> {
        let number = plain_number(self.param("seq")).ok_or_else(Problem::not_found)?;
        Seq::new(number).map_err(|_| Problem::not_found())
    }

    /// The code of an invite in the path. What cannot be one is none.
    pub(crate) fn code(&self) -> Result<InviteCode, Problem> {
        self.param("code").parse().map_err(|_| Problem::not_found())
    }

    /// The user in the path.
    pub(crate) fn user_id(&self) -> Result<UserId, Problem> {
        let number = plain_number(self.param("id")).ok_or_else(Problem::not_found)?;
        UserId::new(number).map_err(|_| Problem::not_found())
    }

    /// The login session in the path.
    pub(crate) fn session_id(&self) -> Result<SessionId, Problem> {
        self.param("id").parse().map_err(|_| Problem::not_found())
    }

    /// The emoji in the path. What stands there is percent-encoded, or an emoji as it is.
    pub(crate) fn emoji(&self) -> Result<Emoji, Problem> {
        emoji(self.param("emoji")).map_err(|error| Problem::field("emoji", error.to_string()))
    }

    /// A header that may come several times.
    pub(crate) fn headers(&self, name: HeaderName) -> impl Iterator<Item = &[u8]> {
        self.request.headers().get_all(name).map(|value| value.as_bytes())
    }

    /// What the client tells of itself.
    pub(crate) fn device(&self) -> Device {
        let user_agent = self
            .headers(USER_AGENT)
            .next()
            .map(|bytes| String::from_utf8_lossy(bytes).chars().take(Device::MAX_USER_AGENT_CHARS).collect());
        Device { user_agent, address: self.request.peer_addr().map(|peer| peer.ip().to_string()) }
    }

    fn param(&self, name: &str) -> &str {
        self.resource.param(name, self.request.uri().path(), &self.segments).unwrap_or_default()
    }
}

/// The emoji that a part of a path is. What does not decode is none.
fn emoji(encoded: &str) -> Result<Emoji, InvalidValue> {
    let mut after = encoded.split('%').skip(1);
    if !after.all(|digits| digits.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2) {
        return Err(InvalidValue::NotAnEmoji);
    }
    let decoded = percent_decode_str(encoded).decode_utf8().map_err(|_| InvalidValue::NotAnEmoji)?;
    Emoji::new(decoded)
}

/// The number that this is the usual way to write: digits, without a zero in front.
fn plain_number(text: &str) -> Option<i64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_in_a_path_is_decoded_strictly_and_once() {
        let is = |encoded, expected: &str| assert_eq!(emoji(encoded).expect(encoded).as_str(), expected);
        is("%F0%9F%91%8D", "👍");
        is("%f0%9f%91%8d", "👍");
        is("%E2%9D%A4", "❤\u{fe0f}");
        is("1%EF%B8%8F%E2%83%A3", "1\u{fe0f}\u{20e3}");
        for bad in ["%", "%F0%9F%91%8", "%F0%9F%91", "%FF", "%25F0%259F%2591%258D", "%00", "%zz", "a", "1", "%31", "+"]
        {
            assert_eq!(emoji(bad), Err(InvalidValue::NotAnEmoji), "{bad}");
        }
    }

    #[test]
    fn a_number_in_a_path_is_written_in_one_way() {
        assert_eq!(plain_number("0"), Some(0));
        assert_eq!(plain_number("42"), Some(42));
        for bad in ["", "-1", "+1", "007", "1.0", "x", "%31", "99999999999999999999", "٣"] {
            assert_eq!(plain_number(bad), None, "{bad}");
        }
    }
}
