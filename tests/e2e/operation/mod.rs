//! Starting, configuring and stopping the binary, and what it writes meanwhile.

mod admin;
mod command_line;
mod logs;
mod registration;
mod secrets;
mod start;
mod stop;
