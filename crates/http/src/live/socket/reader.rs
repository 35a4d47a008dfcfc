//! WebSocket frames as they arrive (RFC 6455, section 5).
//!
//! A frame is judged by its header, before anything of it is kept: however long a client says that its frame is, no more
//! than one message of [`MAX_FRAME_BYTES`] is ever held.

use bytes::{Buf as _, Bytes};
use parlor_delivery::CloseCode;

use crate::wire::MAX_FRAME_BYTES;

/// The most that a control frame may hold, in bytes (RFC 6455, section 5.5).
pub(super) const MAX_CONTROL_BYTES: usize = 125;

/// The largest header: two bytes, a length of eight and a mask of four.
const MAX_HEADER_BYTES: usize = 14;

/// What the kinds of frames are called (RFC 6455, section 5.2).
pub(super) mod opcode {
    pub(in super::super) const CONTINUATION: u8 = 0;
    pub(in super::super) const TEXT: u8 = 1;
    pub(in super::super) const BINARY: u8 = 2;
    pub(in super::super) const CLOSE: u8 = 8;
    pub(in super::super) const PING: u8 = 9;
    pub(in super::super) const PONG: u8 = 10;
}

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Incoming {
    /// A whole text message, its fragments joined.
    Text(String),
    /// A ping, whose data a pong must give back.
    Ping(Vec<u8>),
    /// A pong.
    Pong,
    /// The client closes, with this code if it gave one.
    Close(Option<u16>),
}

/// Puts messages together from chunks, however the bytes were split.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    /// What has arrived and was not looked at yet.
    rest: Bytes,
    /// The header, as far as it is known.
    header: [u8; MAX_HEADER_BYTES],
    header_len: u8,
    /// The frame under way.
    frame: Option<Frame>,
    /// The data of the message under way; more fragments may follow.
    message: Vec<u8>,
    /// Whether a message is under way.
    fragmented: bool,
    /// The data of the control frame under way.
    control: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: u8,
    fin: bool,
    mask: [u8; 4],
    len: usize,
    read: usize,
}

impl FrameReader {
    /// Takes the next chunk. What came before must have been read.
    pub(super) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.rest.is_empty(), "a chunk is read before the next is taken");
        self.rest = chunk;
    }

    /// The next message or control frame; `None` until more has arrived. After an error there is nothing more to read.
    pub(super) fn next(&mut self) -> Option<Result<Incoming, CloseCode>> {
        loop {
            let frame = match self.frame {
                Some(frame) => frame,
                None => match self.read_header() {
                    Ok(Some(frame)) => frame,
                    Ok(None) => return None,
                    Err(code) => return Some(Err(code)),
                },
            };
            let frame = self.read_data(frame);
            if frame.read < frame.len {
                self.frame = Some(frame);
                return None;
            }
            self.frame = None;
            if let Some(incoming) = self.finish(frame).transpose() {
                return Some(incoming);
            }
        }
    }

    /// How much of messages is held, in bytes.
    #[cfg(test)]
    fn held(&self) -> usize {
        self.message.len() + self.control.len()
    }

    fn read_header(&mut self) -> Result<Option<Frame>, CloseCode> {
        loop {
            let known = usize::from(self.header_len);
            let needed = match known {
                0 | 1 => 2,
                _ => {
                    check_start(self.header[0], self.header[1], self.fragmented)?;
                    header_len(self.header[1])
                }
            };
            if known == needed {
                self.header_len = 0;
                return self.judge(needed).map(Some);
            }
            if self.rest.is_empty() {
                return Ok(None);
            }
            let taken = self.rest.len().min(needed - known);
            self.rest.copy_to_slice(&mut self.header[known..known + taken]);
            self.header_len += u8::try_from(taken).expect("a header is short");
        }
    }

    /// The frame that a whole header announces, if it may come.
    fn judge(&self, header_len: usize) -> Result<Frame, CloseCode> {
        let (first, second) = (self.header[0], self.header[1]);
        let extended = &self.header[2..header_len - 4];
        let len = match extended.len() {
            0 => u64::from(second & 0x7f),
            _ => extended.iter().fold(0, |len, &byte| (len << 8) | u64::from(byte)),
        };
        // The shortest way to write a length is the only one, and its highest bit is 0.
        if (extended.len() == 2 && len < 126) || (extended.len() == 8 && (len <= 0xffff || len >> 63 == 1)) {
            return Err(CloseCode::Protocol);
        }
        let before = if is_control(first & 0xf) { 0 } else { self.message.len() };
        let len = usize::try_from(len).map_err(|_| CloseCode::TooLarge)?;
        if len > MAX_FRAME_BYTES - before {
            return Err(CloseCode::TooLarge);
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.header[header_len - 4..header_len]);
        Ok(Frame { opcode: first & 0xf, fin: first & 0x80 != 0, mask, len, read: 0 })
    }

    /// Takes what is there of a frame's data.
    fn read_data(&mut self, mut frame: Frame) -> Frame {
        let data = self.rest.split_to(self.rest.len().min(frame.len - frame.read));
        let into = if is_control(frame.opcode) { &mut self.control } else { &mut self.message };
        let start = into.len();
        into.extend_from_slice(&data);
        for (at, byte) in into[start..].iter_mut().enumerate() {
            *byte ^= frame.mask[(frame.read + at) % 4];
        }
        frame.read += data.len();
        frame
    }

    /// What a whole frame says; nothing, if it is not the last of its message.
    fn finish(&mut self, frame: Frame) -> Result<Option<Incoming>, CloseCode> {
        match frame.opcode {
            opcode::PING => Ok(Some(Incoming::Ping(std::mem::take(&mut self.control)))),
            opcode::PONG => {
                self.control = Vec::new();
                Ok(Some(Incoming::Pong))
            }
            opcode::CLOSE => close_of(&std::mem::take(&mut self.control)).map(|code| Some(Incoming::Close(code))),
            _ if !frame.fin => {
                self.fragmented = true;
                Ok(None)
            }
            _ => {
                self.fragmented = false;
                let text = String::from_utf8(std::mem::take(&mut self.message)).map_err(|_| CloseCode::BadText)?;
                Ok(Some(Incoming::Text(text)))
            }
        }
    }
}

fn is_control(opcode: u8) -> bool {
    opcode & 8 != 0
}

/// How long the header is whose second byte this is, with its mask.
fn header_len(second: u8) -> usize {
    match second & 0x7f {
        126 => 2 + 2 + 4,
        127 => 2 + 8 + 4,
        _ => 2 + 4,
    }
}

/// Judges a frame by its first two bytes. `fragmented`: a message is under way.
fn check_start(first: u8, second: u8, fragmented: bool) -> Result<(), CloseCode> {
    let (fin, reserved, kind) = (first & 0x80 != 0, first & 0x70 != 0, first & 0xf);
    let (masked, len) = (second & 0x80 != 0, usize::from(second & 0x7f));
    let fits = match kind {
        opcode::CONTINUATION => fragmented,
        opcode::TEXT | opcode::BINARY => !fragmented,
        opcode::CLOSE | opcode::PING | opcode::PONG => fin && len <= MAX_CONTROL_BYTES,
        _ => false,
    };
    if reserved || !masked || !fits {
        return Err(CloseCode::Protocol);
    }
    if kind == opcode::BINARY { Err(CloseCode::Unsupported) } else { Ok(()) }
}

/// The code in a close frame (RFC 6455, sections 5.5.1 and 7.4).
fn close_of(data: &[u8]) -> Result<Option<u16>, CloseCode> {
    let Some((code, reason)) = data.split_first_chunk::<2>() else {
        return if data.is_empty() { Ok(None) } else { Err(CloseCode::Protocol) };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(CloseCode::Protocol);
    }
    std::str::from_utf8(reason).map_err(|_| CloseCode::BadText)?;
    Ok(Some(code))
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
