//! The store in memory keeps the contract that it is used to check others by.

use parlor_testkit::{MemoryStore, StoreFixture};

async fn fresh() -> StoreFixture {
    MemoryStore::fixture()
}

parlor_testkit::store_contract!(fresh);
