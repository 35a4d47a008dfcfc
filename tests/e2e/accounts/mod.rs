//! Signing up, in and out, tokens, the directory, blocks, and exports.

mod blocks;
mod directory;
mod erasing;
mod exporting;
mod login;
mod own_sessions;
mod profile;
mod sessions;
mod signup;
