//! Signing up, in and out, tokens, and the directory.

mod directory;
mod erasing;
mod login;
mod own_sessions;
mod profile;
mod sessions;
mod signup;
