//! A request's body until somebody reads it.

use std::cell::Cell;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

/// The body as it arrives. Of a chunked one, what is not read goes back to [`Unread`].
pub(crate) struct Incoming {
    pub(crate) payload: Payload,
    unread: Option<Unread>,
}

/// The rest of a chunked body.
///
/// actix reads on, for as long as it comes, when nobody holds a chunked body any more; while the answer holds it, the
/// connection ends soon after the answer, as it does for bodies of declared length.
#[derive(Clone, Default)]
pub(super) struct Unread(Rc<Cell<Option<Payload>>>);

impl Incoming {
    /// The body of this request, and where its rest will be.
    pub(super) fn new(request: &HttpRequest, payload: Payload) -> (Self, Option<Unread>) {
        let unread = request.chunked().unwrap_or(false).then(Unread::default);
        (Self { payload, unread: unread.clone() }, unread)
    }

    /// What comes over the connection after the request, for an answer that goes on reading.
    pub(crate) fn take(&mut self) -> Payload {
        mem::replace(&mut self.payload, Payload::None)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Some(unread) = &self.unread {
            unread.0.set(Some(mem::replace(&mut self.payload, Payload::None)));
        }
    }
}

impl Unread {
    /// Lets the answer hold the rest.
    pub(super) fn held_by(self, answer: HttpResponse) -> HttpResponse {
        let unread = self.0.take();
        answer.map_body(|_, body| BoxBody::new(Holding { body, _unread: unread }))
    }
}

/// An answer's body that holds what is left of the request's.
struct Holding {
    body: BoxBody,
    _unread: Option<Payload>,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
