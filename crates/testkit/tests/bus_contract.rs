//! The bus in memory keeps the contract that it stands in for others by.

use parlor_testkit::bus::BusFixture;

async fn fresh() -> BusFixture {
    BusFixture::in_memory()
}

parlor_testkit::bus_contract!(fresh);
