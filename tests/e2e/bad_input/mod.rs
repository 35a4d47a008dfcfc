//! Bad input on every door: never a failure of the server, always a problem, and nothing changed (I7).

mod bodies;
mod doors;
mod fields;
mod headers;
mod limits;
mod queries;
mod sizes;

pub(crate) use fields::fields_of;
