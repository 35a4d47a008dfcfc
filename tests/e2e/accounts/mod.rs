//! Signing up, in and out, tokens, and the directory.

mod directory;
mod erasing;
mod login;
mod sessions;
mod signup;
