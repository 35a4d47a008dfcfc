//! Signing up, in and out, tokens, the directory, and blocks.

mod blocks;
mod directory;
mod erasing;
mod login;
mod own_sessions;
mod profile;
mod sessions;
mod signup;
