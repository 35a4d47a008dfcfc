//! Sending, changing and reading messages.

mod caching;
mod changing;
mod paging;
mod resending;
mod sending;
mod texts;
