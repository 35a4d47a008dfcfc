//! Codes that let people sign up.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use parlor_domain::account::{NewRegistrationCode, NewSession, NewUser, RegistrationRefused};
use parlor_domain::ports::{Clock, RegistrationRepository};
use parlor_domain::{RegistrationCode, StoreError, User, async_trait};

use crate::connection::{self, AnyConnection};
use crate::failure::Failure;
use crate::schema::registration_codes;
use crate::statement::statement;
use crate::{DieselStore, times, users};

statement! {
    /// Locks a code until the end of the transaction, so that of signups at once each sees the uses that the others left.
    struct LockCode<'a> for diesel::pg::Pg { code: &'a str } -> (BigInt,);
    "SELECT uses_left FROM registration_codes WHERE code = " [code: Text]
    " FOR UPDATE"
}

/// Whether the code is good for one account more.
fn is_good(conn: &mut AnyConnection, clock: &dyn Clock, code: &str) -> Result<bool, Failure> {
    let now = times::shared_now(conn, clock)?;
    let good = registration_codes::table
        .find(code)
        .filter(registration_codes::uses_left.gt(0_i64))
        .filter(registration_codes::expires_at.gt(now));
    Ok(diesel::select(diesel::dsl::exists(good)).get_result(conn)?)
}

fn add_code(conn: &mut AnyConnection, clock: &dyn Clock, new: &NewRegistrationCode) -> Result<(), Failure> {
    connection::write(conn, |conn| {
        let now = times::shared_now(conn, clock)?;
        // Those that nobody can use any more go at this occasion.
        diesel::delete(registration_codes::table.filter(registration_codes::expires_at.le(now))).execute(conn)?;
        diesel::insert_into(registration_codes::table)
            .values((
                registration_codes::code.eq(new.code.to_string()),
                registration_codes::uses_left.eq(i64::from(new.uses.get())),
                registration_codes::expires_at.eq(now + new.lifetime),
            ))
            .execute(conn)?;
        Ok(())
    })
}

fn create_with_code(
    conn: &mut AnyConnection,
    clock: &dyn Clock,
    code: &str,
    user: &NewUser,
    session: &NewSession,
) -> Result<Result<User, RegistrationRefused>, Failure> {
    connection::write(conn, |conn| {
        if let AnyConnection::Postgres(conn) = conn {
            LockCode { code }.execute(conn)?;
        }
        // A later statement than the one that waited for the lock sees what was committed meanwhile.
        if !is_good(conn, clock, code)? {
            return Ok(Err(RegistrationRefused::InvalidCode));
        }
        let made = users::insert(conn, clock, user, Some(session))?;
        if made.is_ok() {
            let used = registration_codes::uses_left.eq(registration_codes::uses_left - 1_i64);
            diesel::update(registration_codes::table.find(code)).set(used).execute(conn)?;
        }
        Ok(made.map_err(RegistrationRefused::Taken))
    })
}

#[async_trait]
impl RegistrationRepository for DieselStore {
    async fn add_code(&self, code: NewRegistrationCode) -> Result<(), StoreError> {
        let clock = self.clock();
        self.write(move |conn| add_code(conn, clock.as_ref(), &code)).await
    }

    async fn is_good(&self, code: RegistrationCode) -> Result<bool, StoreError> {
        let (clock, code) = (self.clock(), code.to_string());
        self.read(move |conn| is_good(conn, clock.as_ref(), &code)).await
    }

    async fn create_with_code(
        &self,
        code: RegistrationCode,
        user: NewUser,
        session: NewSession,
    ) -> Result<Result<User, RegistrationRefused>, StoreError> {
        let (clock, code) = (self.clock(), code.to_string());
        self.write(move |conn| create_with_code(conn, clock.as_ref(), &code, &user, &session)).await
    }
}
