//! Times on the wire: RFC 3339 in UTC, ending in `Z`, with six digits of a second.

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset};

/// A time as it is shown.
pub(super) struct TimeView(pub(super) OffsetDateTime);

impl TimeView {
    /// Writes by hand: a page shows a thousand of these. Years have four digits (RFC 3339, section 1).
    pub(super) fn digits(&self) -> [u8; 27] {
        let time = self.0.to_offset(UtcOffset::UTC);
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let (hour, minute, second, micro) = time.to_hms_micro();
        put(&mut text[0..4], time.year().unsigned_abs());
        put(&mut text[5..7], u32::from(u8::from(time.month())));
        put(&mut text[8..10], u32::from(time.day()));
        put(&mut text[11..13], u32::from(hour));
        put(&mut text[14..16], u32::from(minute));
        put(&mut text[17..19], u32::from(second));
        put(&mut text[20..26], micro);
        text
    }
}

/// Writes a number over zeros, from the right.
fn put(zeros: &mut [u8], mut number: u32) {
    for digit in zeros.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
}

impl Serialize for TimeView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.digits()).expect("digits are ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn is_rfc_3339_in_utc() {
        for (time, expected) in [
            (OffsetDateTime::UNIX_EPOCH, "1970-01-01T00:00:00.000000Z"),
            (datetime!(2026-11-24 08:09:07.123456 UTC), "2026-11-24T08:09:07.123456Z"),
            (datetime!(2024-02-29 23:59:59.000001 UTC), "2024-02-29T23:59:59.000001Z"),
            (datetime!(2025-01-01 01:30:00 +2), "2024-12-31T23:30:00.000000Z"),
        ] {
            assert_eq!(std::str::from_utf8(&TimeView(time).digits()), Ok(expected));
        }
    }
}
