//! WebSocket frames as they are sent: whole, and without a mask (RFC 6455, section 5.1).

use parlor_delivery::CloseCode;

use super::reader::{MAX_CONTROL_BYTES, opcode};
use crate::wire::reason;

/// The largest header of a frame of ours: two bytes and a length of eight.
const MAX_HEADER_BYTES: usize = 10;

/// Writes a text frame; `write` writes its text.
pub(super) fn push_text(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    // The text is written behind room for the largest header, and moved once when its length is known.
    let start = out.len();
    out.resize(start + MAX_HEADER_BYTES, 0);
    write(out);
    let len = out.len() - start - MAX_HEADER_BYTES;
    let (header, header_len) = header(opcode::TEXT, len);
    let text = start + MAX_HEADER_BYTES;
    out[start..start + header_len].copy_from_slice(&header[..header_len]);
    out.copy_within(text.., start + header_len);
    out.truncate(start + header_len + len);
}

/// Writes a pong that gives back a ping's data.
pub(super) fn push_pong(out: &mut Vec<u8>, data: &[u8]) {
    debug_assert!(data.len() <= MAX_CONTROL_BYTES, "a ping is short");
    let (header, header_len) = header(opcode::PONG, data.len());
    out.extend_from_slice(&header[..header_len]);
    out.extend_from_slice(data);
}

/// Writes the closing frame, with the code and what it means.
pub(super) fn push_close(out: &mut Vec<u8>, code: CloseCode) {
    push_close_data(out, &[&code.number().to_be_bytes(), reason(code).as_bytes()].concat());
}

/// Writes the answer to a client's closing frame: the same code.
pub(super) fn push_close_answer(out: &mut Vec<u8>, code: Option<u16>) {
    push_close_data(out, &code.map(u16::to_be_bytes).unwrap_or_default()[..if code.is_some() { 2 } else { 0 }]);
}

fn push_close_data(out: &mut Vec<u8>, data: &[u8]) {
    let (header, header_len) = header(opcode::CLOSE, data.len());
    out.extend_from_slice(&header[..header_len]);
    out.extend_from_slice(data);
}

fn header(opcode: u8, len: usize) -> ([u8; MAX_HEADER_BYTES], usize) {
    let mut header = [0; MAX_HEADER_BYTES];
    header[0] = 0x80 | opcode;
    if let Some(len) = u8::try_from(len).ok().filter(|&len| len < 126) {
        header[1] = len;
        return (header, 2);
    }
    if let Ok(len) = u16::try_from(len) {
        header[1] = 126;
        header[2..4].copy_from_slice(&len.to_be_bytes());
        return (header, 4);
    }
    header[1] = 127;
    header[2..10].copy_from_slice(&(len as u64).to_be_bytes());
    (header, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(len: usize) -> Vec<u8> {
        let mut out = vec![7];
        push_text(&mut out, |out| out.extend(std::iter::repeat_n(b'x', len)));
        assert_eq!(out.remove(0), 7, "what was there before stays");
        out
    }

    #[test]
    fn lengths_are_written_in_the_shortest_way() {
        for (len, header) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 255, 255]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            assert_eq!(text(len), [header, &vec![b'x'; len]].concat(), "{len}");
        }
    }

    #[test]
    fn control_frames_are_short() {
        let mut out = Vec::new();
        push_pong(&mut out, b"hi");
        push_close(&mut out, CloseCode::TimedOut);
        push_close_answer(&mut out, None);
        push_close_answer(&mut out, Some(1000));
        let expected: [&[u8]; 4] =
            [&[0x8a, 2, b'h', b'i'], b"\x88\x0a\x11\x38too slow", &[0x88, 0], &[0x88, 2, 0x03, 0xe8]];
        assert_eq!(out, expected.concat());
    }
}
