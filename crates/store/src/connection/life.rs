//! In which life of the database a connection is.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use parlor_domain::Epoch;

use crate::failure::Failure;
use crate::statement::statement;

use super::AnyConnection;

statement! {
    /// The stored name, and the timeline that the server writes: a promoted standby and a recovery to a point in time
    /// begin a new one (PostgreSQL manual, 26.3.6). The first eight digits of a WAL file's name are that timeline.
    /// `pg_control_checkpoint()` would tell the old one until the first checkpoint after a promotion. A server that is
    /// still a standby gives an error: it could be promoted under a connection that holds.
    struct FindLifePg for Pg {} -> (Text,);
    "SELECT name || '-' || ltrim(left(pg_walfile_name(pg_current_wal_lsn()), 8), '0')
     FROM database_life WHERE id = 1"
}

statement! {
    /// The stored name: a file has no timelines.
    struct FindLifeSqlite for Sqlite {} -> (Text,);
    "SELECT name FROM database_life WHERE id = 1"
}

/// A connection, and the life of the database that it leads to. It cannot lead from one into the next: a life ends with
/// the server that lived it, and so do the connections to that server.
pub(crate) struct Connected {
    /// The connection.
    pub(crate) conn: AnyConnection,
    /// The life, read when the connection was made.
    pub(crate) epoch: Epoch,
}

impl Connected {
    /// Asks a new connection for the life that it leads to.
    pub(super) fn new(mut conn: AnyConnection) -> Result<Self, diesel::result::Error> {
        let name = find_life(&mut conn)?;
        let broken = |error| diesel::result::Error::DeserializationError(Box::new(error));
        Ok(Self { epoch: Epoch::new(&name).map_err(broken)?, conn })
    }

    /// Asks for the life of this moment.
    ///
    /// # Errors
    /// [`Failure`], if it cannot be had.
    pub(crate) fn ask_epoch(&mut self) -> Result<Epoch, Failure> {
        let epoch = Epoch::new(&find_life(&mut self.conn)?).map_err(Failure::corrupt)?;
        self.epoch = epoch.clone();
        Ok(epoch)
    }
}

fn find_life(conn: &mut AnyConnection) -> diesel::QueryResult<String> {
    let (name,) = match conn {
        AnyConnection::Postgres(conn) => FindLifePg {}.get_result(conn)?,
        AnyConnection::Sqlite(conn) => FindLifeSqlite {}.get_result(conn)?,
    };
    Ok(name)
}
