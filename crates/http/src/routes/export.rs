//! All that is stored of the caller, as they take it with them.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use bytes::Bytes;
use futures_util::stream::{Stream, try_unfold};
use parlor_domain::export::{Export, ExportRecord};
use parlor_domain::{Accounts, Caller, SessionId};

use crate::call::Call;
use crate::problem::Problem;
use crate::table::Answer;
use crate::wire::{push_end, push_record};

/// One JSON object in a line (jsonlines.org).
const JSON_LINES: HeaderValue = HeaderValue::from_static("application/jsonl");
const ATTACHMENT: HeaderValue = HeaderValue::from_static("attachment; filename=\"parlor-export.jsonl\"");

/// All that is stored of the caller, a line for each record, written as it is read.
pub(crate) async fn export(caller: Caller, call: Call) -> Answer {
    let services = call.services();
    let mut export = services.exports.of(caller.user);
    let Some(first) = export.next().await? else {
        return Err(Problem::token_not_valid("The account of this token is gone."));
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, JSON_LINES)).insert_header((CONTENT_DISPOSITION, ATTACHMENT));
    if call.request.method() == Method::HEAD {
        // A body without end is one even where nobody is sent it.
        return Ok(response.finish());
    }
    let accounts = services.accounts.clone();
    Ok(response.streaming(lines(Lines { export, first: Some(first), accounts, session: caller.session, written: 0 })))
}

/// An export on its way.
struct Lines {
    export: Export,
    /// What was read to see that there is an account.
    first: Option<Vec<ExportRecord>>,
    accounts: Accounts,
    session: SessionId,
    written: u64,
}

/// The parts as they are read. Whoever reads them slowly has them read slowly.
fn lines(lines: Lines) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold(Some(lines), |lines| async {
        let Some(mut lines) = lines else { return Ok(None) };
        loop {
            let mut out = Vec::new();
            if !lines.write(&mut out).await? {
                return Ok(Some((out.into(), None)));
            }
            // Without a byte there is nothing to send.
            if !out.is_empty() {
                return Ok(Some((out.into(), Some(lines))));
            }
        }
    })
}

impl Lines {
    /// Writes the next part; whether there are more. What fails breaks the answer off: its last line is missing then.
    async fn write(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if self.accounts.has_ended(self.session) {
            return Err(io::Error::other("the session of this export has ended"));
        }
        let part = match self.first.take() {
            Some(first) => Some(first),
            None => self.export.next().await.map_err(io::Error::other)?,
        };
        let Some(records) = part else {
            push_end(out, self.written);
            return Ok(false);
        };
        for record in &records {
            push_record(out, record);
            self.written += 1;
        }
        Ok(true)
    }
}
