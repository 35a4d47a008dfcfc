//! Sending and reading messages.

mod caching;
mod paging;
mod resending;
mod sending;
mod texts;
