//! What one run is like: drawn from its seed, so that runs differ in kind and not only in detail.

use parlor_delivery::{Limits, Millis};

use super::random::Random;

/// What one run is like. Chances are in percent.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) limits: Limits,
    pub(super) users: u64,
    /// At most so many devices of one user.
    pub(super) devices: u64,
    pub(super) streams: u64,
    pub(super) chats: u64,
    /// How long things happen before they calm down.
    pub(super) lasts: Millis,
    /// The longest pause between two of them.
    pub(super) pace: u64,
    /// How likely a bus message is lost, and how likely it comes twice.
    pub(super) loses: u64,
    pub(super) repeats: u64,
    /// The longest that the bus and the database take.
    pub(super) bus_delay: u64,
    pub(super) read_delay: u64,
    /// How likely the bus never says that it follows, and how likely it then does not.
    pub(super) never_follows: u64,
    /// How likely the database does not answer.
    pub(super) fails: u64,
    /// How likely a node dies right after a commit.
    pub(super) dies: u64,
    /// Whether nodes are killed and shut down, cut off from the bus, and from the database.
    pub(super) kills: bool,
    pub(super) partitions: bool,
    pub(super) outages: bool,
    /// Whether sockets are cut, and readers stall.
    pub(super) cuts: bool,
    pub(super) stalls: bool,
    /// Whether logs are pruned, and how old what is pruned must be.
    pub(super) prunes: bool,
    pub(super) retention: Millis,
    /// Whether a backup is restored.
    pub(super) restores: Restores,
}

/// Whether a backup is restored in a run, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restores {
    /// Never.
    Never,
    /// As a new life.
    NewLife,
    /// Under the name of the old life.
    SameName,
}

impl Plan {
    pub(super) fn draw(random: &mut Random) -> Self {
        let mut often = |times| random.percent(times);
        let (kills, partitions, outages, cuts) = (often(50), often(40), often(30), often(75));
        let (stalls, prunes, bad_bus, bad_reads) = (often(60), often(25), often(70), often(40));
        let restores = match random.below(20) {
            0..=3 => Restores::NewLife,
            4..=5 => Restores::SameName,
            _ => Restores::Never,
        };
        Self {
            limits: limits(random),
            users: random.between(3, 8),
            devices: random.between(1, 3),
            streams: random.below(3),
            chats: random.between(1, 5),
            lasts: Millis::seconds(random.between(15, 60)),
            pace: random.between(20, 400),
            loses: if bad_bus { random.between(0, 30) } else { 0 },
            repeats: if bad_bus { random.between(0, 20) } else { 0 },
            bus_delay: if bad_bus { random.between(5, 2000) } else { 20 },
            read_delay: random.pick(&[5, 50, 400, 1500]).unwrap_or(50),
            never_follows: if bad_bus { random.between(0, 30) } else { 0 },
            fails: if bad_reads { random.between(1, 20) } else { 0 },
            dies: if kills { random.between(0, 2) } else { 0 },
            kills,
            partitions,
            outages,
            cuts,
            stalls,
            prunes,
            retention: Millis::seconds(random.pick(&[1, 5, 25]).unwrap_or(25)),
            restores,
        }
    }
}

/// Those of the contract, or far smaller ones, which are met more often.
fn limits(random: &mut Random) -> Limits {
    let defaults = Limits::default();
    if random.percent(25) {
        return defaults;
    }
    let resume_events = random.between(2, 24);
    Limits {
        queue_frames: usize::try_from(resume_events + random.between(4, 24)).unwrap_or(32),
        queue_bytes: usize::try_from(random.between(8, 32) * 1024).unwrap_or(16 * 1024),
        resume_per_chat: random.between(1, resume_events),
        resume_events,
        resume_bytes: usize::try_from(random.between(1, 8) * 1024).unwrap_or(4096),
        ready_chats: usize::try_from(random.between(1, 8)).unwrap_or(4),
        sync_events: u32::try_from(random.between(4, 20)).unwrap_or(10),
        sync_bytes: usize::try_from(random.between(4, 16) * 1024).unwrap_or(4096),
        tail_events: usize::try_from(random.between(0, 16)).unwrap_or(8),
        tail_bytes: usize::try_from(random.between(1, 8) * 1024).unwrap_or(4096),
        log_page: u32::try_from(random.between(4, 30)).unwrap_or(10),
        heads_page: usize::try_from(random.between(1, 4)).unwrap_or(2),
        small_chat: u32::try_from(random.between(2, 6)).unwrap_or(4),
        connections_per_user: usize::try_from(random.between(3, 10)).unwrap_or(10),
        ..defaults
    }
}
