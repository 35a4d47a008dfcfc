//! A node of a simulation: a core, and what the programme around it keeps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parlor_delivery::{ConnectionId, Core, Millis};
use parlor_domain::{Epoch, Event};

use super::bus::Ear;

/// A node.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// None while it is down.
    pub(super) core: Option<Core>,
    /// How many times it was started.
    pub(super) run: u32,
    /// It was told to shut down.
    pub(super) leaving: bool,
    /// The sockets by their connections.
    pub(super) sockets: BTreeMap<ConnectionId, usize>,
    /// What was committed here and not announced yet.
    pub(super) own: VecDeque<(Epoch, Arc<Event>)>,
    /// When the last of them will be.
    pub(super) own_until: Millis,
    /// When the bus has done all that it was asked to.
    pub(super) bus_until: Millis,
    pub(super) ear: Ear,
    /// The database cannot be reached from here.
    pub(super) outage: bool,
    /// Parts of logs that the core asked for.
    pub(super) log_reads: u64,
}
