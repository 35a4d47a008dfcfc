//! Sending, changing, reading and finding messages, and reacting to them.

mod caching;
mod changing;
mod paging;
mod reacting;
mod resending;
mod searching;
mod sending;
mod texts;
