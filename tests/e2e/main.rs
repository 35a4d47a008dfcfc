//! e2e
#![allow(missing_docs)]
#[test]
fn x() {}
