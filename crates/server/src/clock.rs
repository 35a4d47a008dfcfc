//! The clock on the wall.

use parlor_domain::ports::Clock;
use time::{Duration, OffsetDateTime};

/// The operating system's time, in UTC, cut to microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the Clock port is for")]
        let now = OffsetDateTime::now_utc();
        now - Duration::nanoseconds(i64::from(now.nanosecond() % 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_whole_microseconds_of_utc_and_goes_on() {
        let first = SystemClock.now();
        assert_eq!(first.nanosecond() % 1000, 0);
        assert!(first.offset().is_utc());
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(SystemClock.now() > first);
    }
}
