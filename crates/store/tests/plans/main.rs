//! How the databases go about the statements of the store: by an index, and with the same work in a long chat as in a
//! short one.

#[path = "../store/fixture.rs"]
mod fixture;
#[path = "../store/people.rs"]
mod people;
mod postgres;
mod scenario;
mod sqlite;
