//! Tells cargo that the migrations are part of this crate: `embed_migrations!` reads them, but cargo does not see that.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
