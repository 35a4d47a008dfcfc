//! The one door that every request passes.

pub(crate) mod cors;
mod incoming;
mod refuse;
mod request_id;
mod stamp;

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use parlor_domain::UserId;

use crate::auth::authenticate;
use crate::call::Call;
use crate::live::Lane;
use crate::problem::Problem;
use crate::server::{HttpOptions, Services};
use crate::table::{Answer, Found, Handler, Resource, Segments, find};
use cors::Cors;
pub(crate) use incoming::Incoming;
use request_id::RequestId;

/// What every request of a worker thread needs.
pub(crate) struct Edge {
    pub(crate) services: Services,
    pub(crate) body_timeout: Duration,
    pub(crate) lane: Rc<Lane>,
    pub(crate) cors: Cors,
}

/// What the log says of a request beside its answer.
struct Trail {
    id: RequestId,
    begun: Instant,
    route: &'static str,
    caller: Option<UserId>,
}

impl Edge {
    /// For the worker thread that calls this.
    pub(crate) fn new(services: Services, options: &HttpOptions) -> Rc<Self> {
        let cors = Cors::new(options.cors_origins.clone());
        let lane = Lane::open(services.live.clone());
        Rc::new(Self { services, body_timeout: options.body_timeout, lane, cors })
    }

    /// Answers a request. Nothing that happens on the way is anything but an answer.
    pub(crate) async fn serve(self: Rc<Self>, request: ServiceRequest) -> ServiceResponse {
        let begun = Instant::now();
        let (request, payload) = request.into_parts();
        let id = RequestId::of(request.headers(), &*self.services.entropy);
        let mut trail = Trail { id, begun, route: "none", caller: None };

        let (incoming, unread) = Incoming::new(&request, payload);
        let answered = AssertUnwindSafe(self.answer(&request, incoming, &mut trail)).catch_unwind().await;
        let mut response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => {
                problem.log(trail.id.as_str());
                problem.render(trail.id.as_str())
            }
            Err(panic) => {
                let reason = panic_message(&*panic);
                tracing::error!(request_id = trail.id.as_str(), reason, "a handler panicked");
                Problem::internal().render(trail.id.as_str())
            }
        };
        stamp::stamp(response.headers_mut(), trail.id.header());
        self.cors.stamp(request.headers(), response.headers_mut());
        trail.log(&request, response.status());
        if let Some(unread) = unread {
            response = unread.held_by(response);
        }
        ServiceResponse::new(request, response)
    }

    async fn answer(self: &Rc<Self>, request: &HttpRequest, incoming: Incoming, trail: &mut Trail) -> Answer {
        if cors::is_preflight(request) {
            return Ok(self.cors.preflight(request.headers()));
        }
        match find(request.method(), request.uri().path()) {
            Found::Route(resource, handler, segments) => {
                trail.route = resource.path;
                self.run(request, incoming, trail, resource, handler, segments).await
            }
            Found::Options(resource) => Ok(stamp::options(resource.allow.clone())),
            Found::WrongMethod(resource) => Err(Problem::method_not_allowed(resource.allow.clone())),
            Found::Nothing => Err(Problem::not_found()),
        }
    }

    async fn run(
        self: &Rc<Self>,
        request: &HttpRequest,
        incoming: Incoming,
        trail: &mut Trail,
        resource: &'static Resource,
        handler: Handler,
        segments: Segments,
    ) -> Answer {
        let call = |request: &HttpRequest| Call {
            request: request.clone(),
            incoming,
            edge: Rc::clone(self),
            resource,
            segments,
        };
        match handler {
            Handler::Open(handle) => handle(call(request)).await,
            Handler::SignedIn(handle) => {
                let caller = authenticate(request, &self.services.accounts)?;
                trail.caller = Some(caller.user);
                handle(caller, call(request)).await
            }
        }
    }
}

impl Trail {
    /// One line per request. Never a body, a token or a query.
    fn log(&self, request: &HttpRequest, status: StatusCode) {
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(
            target: "parlor_http::request",
            request_id = self.id.as_str(),
            method = request.method().as_str(),
            route = self.route,
            status = status.as_u16(),
            micros,
            user = self.caller.map(UserId::get),
            "answered"
        );
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("of no known kind")
}

/// An answer without a body.
pub(crate) fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
