//! The rules of live delivery, one by one: a core over the model database, at a stopped clock.

mod closing;
mod members;
mod overflow;
mod requests;
mod resuming;
mod signals;
mod storms;
mod streams;
mod syncing;
