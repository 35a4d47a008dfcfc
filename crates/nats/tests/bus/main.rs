//! The bus over real NATS servers: its contract, outages, forgeries, limits and TLS.
//!
//! `tests/with-services` says where they are; cases that stop or kill a server start one of their own.

mod contract;
mod hostile;
mod limits;
mod node;
mod outages;
mod server;
mod tls;
