//! Signing up, in and out, tokens, and the directory.

mod directory;
mod erasing;
mod login;
mod own_sessions;
mod sessions;
mod signup;
