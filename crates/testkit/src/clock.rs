//! Clocks for tests.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use parlor_domain::ports::Clock;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// When both clocks begin, unless told otherwise.
const START: OffsetDateTime = datetime!(2026-01-02 03:04:05.678901 UTC);

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct StoppedClock {
    now: Mutex<OffsetDateTime>,
}

impl StoppedClock {
    /// A clock that shows this time, cut to microseconds.
    pub fn new(now: OffsetDateTime) -> Self {
        Self { now: Mutex::new(cut(now)) }
    }

    /// Sets it to this time, forward or back, cut to microseconds.
    pub fn set(&self, now: OffsetDateTime) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = cut(now);
    }

    /// Moves it by so much; a negative time moves it back.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

impl Default for StoppedClock {
    /// A clock that shows some time of the year 2026.
    fn default() -> Self {
        Self::new(START)
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that begins at a time of its own and then runs as time passes.
#[derive(Debug)]
pub struct RunningClock {
    started: Instant,
}

impl Default for RunningClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for RunningClock {
    fn now(&self) -> OffsetDateTime {
        cut(START + self.started.elapsed())
    }
}

fn cut(time: OffsetDateTime) -> OffsetDateTime {
    time - Duration::nanoseconds(i64::from(time.nanosecond() % 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_told() {
        let clock = StoppedClock::default();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.advance(Duration::seconds(-5));
        assert_eq!(clock.now(), before - Duration::seconds(5));
        clock.set(before + Duration::nanoseconds(1999));
        assert_eq!(clock.now(), before + Duration::MICROSECOND, "cut to microseconds");
    }

    #[test]
    fn a_running_clock_never_runs_back() {
        let clock = RunningClock::default();
        let before = clock.now();
        assert!(clock.now() >= before);
        assert_eq!(clock.now().nanosecond() % 1000, 0);
    }
}
