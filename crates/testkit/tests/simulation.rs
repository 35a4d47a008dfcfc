//! Live delivery with everything going wrong, over and over: see [`parlor_testkit::simulation`].
//!
//! `make simulate SEEDS=n` plays n seeds, `make simulate SEED=n` plays one and tells all that happens in it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use parlor_delivery::Sabotage;
use parlor_testkit::simulation::{Failure, Simulation};

/// How many seeds are played unless `PARLOR_SIMULATION_SEEDS` says otherwise.
const SEEDS: u64 = 500;
/// Within how many seeds a broken rule must be noticed.
const SEEDS_TO_NOTICE: u64 = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Plays the seeds up to this one on all processors, until one fails.
fn play(seeds: u64, what: impl Fn(u64) -> Simulation + Sync) -> Option<Failure> {
    let (next, stop) = (AtomicU64::new(1), AtomicBool::new(false));
    let worker = || {
        let mut seed = next.fetch_add(1, Ordering::Relaxed);
        while seed <= seeds && !stop.load(Ordering::Relaxed) {
            if let Err(failure) = what(seed).run() {
                stop.store(true, Ordering::Relaxed);
                return Some(failure);
            }
            seed = next.fetch_add(1, Ordering::Relaxed);
        }
        None
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let failures = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("panics of a core are caught")).collect::<Vec<_>>()
    });
    failures.into_iter().flatten().min_by_key(|failure| failure.seed)
}

#[test]
fn whatever_goes_wrong_every_client_gets_all_of_its_chats_in_order() {
    if let Some(seed) = number("PARLOR_SIMULATION_SEED") {
        return match Simulation::of(seed).traced().run() {
            Ok(report) => println!("{report:?}"),
            Err(failure) => panic!("{failure}"),
        };
    }
    let seeds = number("PARLOR_SIMULATION_SEEDS").unwrap_or(SEEDS);
    if let Some(failure) = play(seeds, Simulation::of) {
        panic!("{failure}");
    }
}

#[test]
fn a_seed_plays_again_exactly() {
    for seed in 1..=20 {
        assert_eq!(Simulation::of(seed).run(), Simulation::of(seed).run(), "seed {seed}");
    }
}

/// The simulator has teeth: a core that breaks this rule is noticed.
fn is_noticed(rule: Sabotage) {
    let failure = play(SEEDS_TO_NOTICE, |seed| Simulation::of(seed).sabotaged(rule));
    let failure = failure.unwrap_or_else(|| panic!("{rule:?} went unnoticed in {SEEDS_TO_NOTICE} seeds"));
    println!("{rule:?}, with seed {}: {}", failure.seed, failure.what);
}

#[test]
fn a_core_that_skips_holes_is_noticed() {
    is_noticed(Sabotage::SkipHoles);
}

#[test]
fn a_core_that_keeps_removed_members_is_noticed() {
    is_noticed(Sabotage::KeepRemoved);
}

#[test]
fn a_core_that_takes_old_snapshots_for_new_is_noticed() {
    is_noticed(Sabotage::StaleSnapshot);
}

#[test]
fn a_core_without_bounds_is_noticed() {
    is_noticed(Sabotage::UnboundedQueue);
}

#[test]
fn a_core_that_mixes_lives_is_noticed() {
    is_noticed(Sabotage::TrustEveryLife);
}
