//! What the domain needs from outside, as object-safe traits.
//!
//! Each call is one atomic step. What a doc promises here is one case of the contract suite in `parlor-testkit`, which
//! every adapter passes.

mod accounts;
mod chats;
mod environment;
mod live;
mod security;

pub use accounts::*;
pub use chats::*;
pub use environment::*;
pub use live::*;
pub use security::*;
