//! Many callers at once, on one node or on several.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::harness::{Database, Server, Storage};

/// How many call at once.
pub(super) const CALLERS: usize = 16;

/// Nodes for the callers to go round: two on PostgreSQL, and the one there can be on SQLite.
pub(super) struct Nodes {
    pub(super) nodes: Vec<Server>,
    _storage: Storage,
}

impl Nodes {
    pub(super) async fn start(on: Database) -> Self {
        let storage = Storage::new(on);
        let mut nodes = vec![Server::start(&storage).await];
        if on == Database::Postgres {
            nodes.push(Server::start(&storage).await);
        }
        Self { nodes, _storage: storage }
    }

    pub(super) fn first(&self) -> &Server {
        &self.nodes[0]
    }

    pub(super) fn of(&self, caller: usize) -> &Server {
        &self.nodes[caller % self.nodes.len()]
    }
}

/// Makes all the calls at once; what came of them, by caller.
pub(super) async fn together<F: Future<Output: Send + 'static> + Send + 'static>(
    call: impl Fn(usize) -> F,
) -> Vec<F::Output> {
    let start = Arc::new(Barrier::new(CALLERS));
    let mut calls = JoinSet::new();
    for caller in 0..CALLERS {
        let (start, call) = (start.clone(), call(caller));
        calls.spawn(async move {
            start.wait().await;
            (caller, call.await)
        });
    }
    let mut answers = calls.join_all().await;
    answers.sort_by_key(|(caller, _)| *caller);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
