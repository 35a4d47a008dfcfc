//! Parlor's HTTP API on actix-web.
//!
//! Here live the [routes](routes()), the wire types, the bodies of errors, paging, CORS, request ids and the server that
//! listens. Rules do not: a handler reads a request into values of `parlor_domain`, calls one of its services and
//! renders what comes back.
//!
//! Every request passes one door (`edge`): it names the request, finds the route in one table, authenticates, runs the
//! handler, turns whatever goes wrong into `application/problem+json`, and stamps the headers that all answers have.
//!
//! ```
//! use parlor_http::{Access, CorsOrigins, routes};
//!
//! let send = routes().iter().find(|route| route.path.ends_with("/messages/") && route.method == "POST");
//! assert_eq!(send.expect("messages are sent").access, Access::Member);
//!
//! let origins: CorsOrigins = "https://chat.example, http://localhost:5173".parse().expect("two origins");
//! assert!("https://chat.example/path".parse::<CorsOrigins>().is_err());
//! assert_ne!(origins, CorsOrigins::Any);
//! ```

mod auth;
mod body;
mod call;
mod edge;
mod etag;
mod live;
mod openapi;
mod paging;
mod problem;
mod routes;
mod server;
mod table;
mod wire;

pub use edge::cors::{CorsOrigins, InvalidOrigin};
pub use live::{Live, LivePorts};
pub use problem::{CODES, Code};
pub use server::{BusCheck, HttpOptions, HttpServer, Services};
pub use table::{Access, Route, routes};
