//! What tests of Parlor share: in-memory adapters of every port, a stopped clock, and the contract suites that each
//! adapter of a repository port passes.

mod fixture;
mod recording;

pub use fixture::{Repositories, StoreFixture};
pub use recording::RecordingNotifier;
