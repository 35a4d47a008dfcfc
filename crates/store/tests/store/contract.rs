//! Every promise of the repository ports, on both databases.

use std::sync::Arc;

use parlor_domain::ports::Clock;
use parlor_store::DieselStore;
use parlor_testkit::{RecordingNotifier, Repositories, RunningClock, StoreFixture};

use crate::connections::cut;
use crate::fixture::TestDatabase;

/// Closes the stores before their database is dropped.
struct Cleanup {
    stores: [DieselStore; 2],
    _database: Arc<TestDatabase>,
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        self.stores.iter().for_each(DieselStore::close);
    }
}

/// Two stores on an empty database.
fn two_stores(database: TestDatabase) -> StoreFixture {
    let database = Arc::new(database);
    let clock: Arc<dyn Clock> = Arc::new(RunningClock::default());
    let (announced, peer_announced) = (Arc::<RecordingNotifier>::default(), Arc::<RecordingNotifier>::default());
    let store = database.open("store", announced.clone(), clock.clone());
    let peer = database.open("peer", peer_announced.clone(), clock);
    let to_cut = database.clone();
    StoreFixture {
        store: Repositories::of(Arc::new(store.clone())),
        announced,
        peer: Repositories::of(Arc::new(peer.clone())),
        peer_announced,
        cut_connections: Box::new(move || {
            if let TestDatabase::Postgres { .. } = *to_cut {
                cut(&to_cut, "store");
            }
        }),
        cleanup: Box::new(Cleanup { stores: [store, peer], _database: database }),
    }
}

mod sqlite {
    use super::*;

    async fn fresh() -> StoreFixture {
        two_stores(TestDatabase::sqlite())
    }

    parlor_testkit::store_contract!(fresh);
}

mod postgres {
    use super::*;

    async fn fresh() -> StoreFixture {
        two_stores(TestDatabase::postgres())
    }

    parlor_testkit::store_contract!(fresh);
}
