//! Everything that is stored of oneself.

use serde::Deserialize;
use serde_json::Value;

use crate::call::Call;
use crate::{Error, Parlor};

/// An export, record by record.
#[derive(Debug)]
pub struct Export {
    answer: reqwest::Response,
    /// What has come of the next lines.
    buffer: Vec<u8>,
    is_whole: bool,
}

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// Its kind: `account`, `session`, `block`, `invite`, `chat`, `event`, or `end`, which is the last.
    pub record: String,
    /// What else is in it.
    #[serde(flatten)]
    pub fields: serde_json::Map<String, Value>,
}

impl Parlor {
    /// Everything that is stored of oneself, as it is read.
    ///
    /// # Errors
    /// [`Error`]: all calls fail in the same ways.
    pub async fn export(&self) -> Result<Export, Error> {
        let answer = self.respond(&Call::get("users/me/export/")).await?;
        Ok(Export { answer, buffer: Vec::new(), is_whole: false })
    }
}

impl Export {
    /// The next record; none after the last.
    ///
    /// # Errors
    /// [`Error::Unreachable`] or [`Error::Disconnected`] if it breaks off: what came is not the whole.
    pub async fn next(&mut self) -> Result<Option<Record>, Error> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let record: Record = serde_json::from_slice(&line)?;
                self.is_whole = record.record == "end";
                return Ok(Some(record));
            }
            match self.answer.chunk().await? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None if self.is_whole => return Ok(None),
                None => return Err(Error::Disconnected),
            }
        }
    }
}
