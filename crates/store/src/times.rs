//! Times as they are stored: UTC, in microseconds.

use diesel::sql_types::Timestamp;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

use parlor_domain::ports::Clock;

use crate::connection::{AnyConnection, MultiBackend};
use crate::failure::Failure;
use crate::statement::statement;

statement! {
    /// The time of PostgreSQL's clock; the transaction's beginning is of no use behind a lock.
    struct DatabaseTime for MultiBackend {} -> (Timestamp,);
    "SELECT clock_timestamp() AT TIME ZONE 'UTC'"
}

/// As it is stored: PostgreSQL keeps microseconds (PostgreSQL manual, 8.5) and would round what goes beyond.
pub(crate) fn stored(time: OffsetDateTime) -> PrimitiveDateTime {
    let utc = time.to_offset(UtcOffset::UTC);
    let beyond = Duration::nanoseconds(i64::from(utc.nanosecond() % 1000));
    PrimitiveDateTime::new(utc.date(), utc.time()) - beyond
}

/// As the domain has it.
pub(crate) fn read(time: PrimitiveDateTime) -> OffsetDateTime {
    time.assume_utc()
}

/// What time it is for all who use the database: on PostgreSQL by its own clock, on SQLite by this machine's.
pub(crate) fn shared_now(conn: &mut AnyConnection, clock: &dyn Clock) -> Result<PrimitiveDateTime, Failure> {
    use diesel::RunQueryDsl;
    match conn {
        AnyConnection::Sqlite(_) => Ok(stored(clock.now())),
        AnyConnection::Postgres(_) => Ok(DatabaseTime {}.get_result::<(PrimitiveDateTime,)>(conn)?.0),
    }
}
