//! What holds while many call at once, while nodes share a database, and while something fails.

mod crash;
mod crowd;
mod outage;
mod overload;
mod races;
mod senders;
mod two_nodes;
