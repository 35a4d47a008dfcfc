//! Sending, changing and reading messages, and reacting to them.

mod caching;
mod changing;
mod paging;
mod reacting;
mod resending;
mod sending;
mod texts;
