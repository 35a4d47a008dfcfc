//! What holds for every call: paths, methods, headers, other origins, and who may do what.

mod cors;
mod headers;
mod health;
mod matrix;
mod methods;
mod openapi;
mod paths;
mod web_client;
