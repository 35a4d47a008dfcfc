//! Opaque cursors: the place in a list behind its last item, as base64url (RFC 4648, section 5).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parlor_domain::account::SessionCursor;
use parlor_domain::blocking::BlockPlace;
use parlor_domain::chat_session::{ChatCursor, InviteCode, InviteCursor};
use parlor_domain::search::SearchCursor;
use parlor_domain::{ChatUri, Seq, SessionId, UserId, UsernameKey};
use time::OffsetDateTime;

/// A place in a list. A cursor of one list is none of another: each begins with a letter of its own.
pub(crate) trait Cursor: Sized {
    const KIND: u8;

    fn write(&self, out: &mut Vec<u8>);

    fn read(bytes: &[u8]) -> Option<Self>;

    fn encode(&self) -> String {
        let mut bytes = vec![Self::KIND];
        self.write(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Self::read(bytes.strip_prefix(&[Self::KIND])?)
    }
}

/// In the list of one's chats: what the last item showed as `updated_at` and `uri`.
impl Cursor for ChatCursor {
    const KIND: u8 = b'c';

    fn write(&self, out: &mut Vec<u8>) {
        write_time(out, self.updated_at);
        out.extend_from_slice(&self.uri.to_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (updated_at, uri) = read_time(bytes)?;
        Some(Self { updated_at, uri: ChatUri::from_bytes(uri.try_into().ok()?) })
    }
}

/// In the list of a chat's invites: what the last item showed as `created_at` and `code`.
impl Cursor for InviteCursor {
    const KIND: u8 = b'i';

    fn write(&self, out: &mut Vec<u8>) {
        write_time(out, self.created_at);
        out.extend_from_slice(&self.code.to_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (created_at, code) = read_time(bytes)?;
        Some(Self { created_at, code: InviteCode::from_bytes(code.try_into().ok()?) })
    }
}

/// In the list of one's sessions: what the last item showed as `last_used_at` and `id`.
impl Cursor for SessionCursor {
    const KIND: u8 = b's';

    fn write(&self, out: &mut Vec<u8>) {
        write_time(out, self.last_used_at);
        out.extend_from_slice(&self.id.to_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (last_used_at, id) = read_time(bytes)?;
        Some(Self { last_used_at, id: SessionId::from_bytes(id.try_into().ok()?) })
    }
}

fn write_time(out: &mut Vec<u8>, time: OffsetDateTime) {
    let micros = i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or_default();
    out.extend_from_slice(&micros.to_be_bytes());
}

/// A time, and the bytes behind it. Databases do not keep all the times that fit: nothing here happened before 1970.
fn read_time(bytes: &[u8]) -> Option<(OffsetDateTime, &[u8])> {
    let (micros, rest) = bytes.split_first_chunk::<8>()?;
    let micros = i64::from_be_bytes(*micros);
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?;
    (micros >= 0).then_some((time, rest))
}

/// In what a search found: when the last message was sent, its chat and its place there.
impl Cursor for SearchCursor {
    const KIND: u8 = b'f';

    fn write(&self, out: &mut Vec<u8>) {
        ChatCursor { updated_at: self.created_at, uri: self.chat }.write(out);
        out.extend_from_slice(&self.seq.get().to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (place, seq) = bytes.split_last_chunk::<8>()?;
        let ChatCursor { updated_at, uri } = ChatCursor::read(place)?;
        Some(Self { created_at: updated_at, chat: uri, seq: Seq::new(i64::from_be_bytes(*seq)).ok()? })
    }
}

/// In the list of a chat's members: the last one's id.
impl Cursor for UserId {
    const KIND: u8 = b'm';

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.get().to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::new(i64::from_be_bytes(bytes.try_into().ok()?)).ok()
    }
}

/// In the list of those whom one has blocked: the last one's place.
impl Cursor for BlockPlace {
    const KIND: u8 = b'b';

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let place = i64::from_be_bytes(bytes.try_into().ok()?);
        (place >= 0).then_some(Self(place))
    }
}

/// In the directory: the last one's name, as names are compared.
impl Cursor for UsernameKey {
    const KIND: u8 = b'u';

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_str().as_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let key = Self::of(text);
        (!text.contains('\0') && key.as_str() == text).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_decodes() {
        let updated_at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).expect("a time");
        let chat = ChatCursor { updated_at, uri: ChatUri::from_bytes([7; 16]) };
        assert_eq!(ChatCursor::decode(&chat.encode()), Some(chat));
        let invite = InviteCursor { created_at: updated_at, code: InviteCode::from_bytes([8; 16]) };
        assert_eq!(InviteCursor::decode(&invite.encode()), Some(invite));
        assert_eq!(InviteCursor::decode(&chat.encode()), None, "of another list");
        let session = SessionCursor { last_used_at: updated_at, id: SessionId::from_bytes([8; 16]) };
        assert_eq!(SessionCursor::decode(&session.encode()), Some(session));
        let found = SearchCursor { created_at: updated_at, chat: chat.uri, seq: Seq::new(5).expect("a seq") };
        assert_eq!(SearchCursor::decode(&found.encode()), Some(found));
        let user = UserId::new(12).expect("an id");
        assert_eq!(UserId::decode(&user.encode()), Some(user));
        let place = BlockPlace(41);
        assert_eq!(BlockPlace::decode(&place.encode()), Some(place));
        let key = UsernameKey::of("Zoë B");
        assert_eq!(UsernameKey::decode(&key.encode()), Some(key));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        for bad in ["", "!", "abc=", "YQ==", "a b", "é"] {
            assert_eq!(UserId::decode(bad), None, "{bad}");
            assert_eq!(ChatCursor::decode(bad), None, "{bad}");
            assert_eq!(SearchCursor::decode(bad), None, "{bad}");
            assert_eq!(UsernameKey::decode(bad), None, "{bad}");
        }
        assert_eq!(UserId::decode(&encode(b"m\xff\xff\xff\xff\xff\xff\xff\xff")), None, "below zero");
        assert_eq!(BlockPlace::decode(&encode(b"b\xff\xff\xff\xff\xff\xff\xff\xff")), None, "below zero");
        assert_eq!(UserId::decode(&UsernameKey::of("abcdefgh").encode()), None, "of another list");
        assert_eq!(UsernameKey::decode(&encode(b"uA")), None, "no key");
        assert_eq!(UsernameKey::decode(&encode(b"ua\0")), None, "NUL");
        assert_eq!(UsernameKey::decode(&encode(b"u\xff")), None, "not UTF-8");
        let times = [i64::MIN, -1, i64::MAX];
        for micros in times {
            let bytes = [&b"c"[..], &micros.to_be_bytes(), &[0; 16]].concat();
            assert_eq!(ChatCursor::decode(&encode(&bytes)), None, "{micros}");
            let bytes = [&b"s"[..], &micros.to_be_bytes(), &[0; 16]].concat();
            assert_eq!(SessionCursor::decode(&encode(&bytes)), None, "{micros}");
        }
    }
}
