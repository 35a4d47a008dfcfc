//! Connections to PostgreSQL.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::Text;

use crate::OpenError;

use super::Purpose;

/// Parameters that the URL gets unless it has them (PostgreSQL manual, 34.1.2). In seconds, but for the third: a server
/// that is gone without a word is noticed within 10 seconds.
const PARAMETERS: [(&str, &str); 7] = [
    ("application_name", "parlor"),
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "10000"),
    ("keepalives", "1"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
];

/// What every connection of a database thread needs.
///
/// Nobody waits long: a request that cannot be served in these times is better refused. And every statement has an
/// index to go by: a plan that was made while the tables were small, and is kept with the prepared statement, must not
/// read them whole when they have grown.
const SESSION: &str = "
    SET TIME ZONE 'UTC';
    SET statement_timeout = '5s';
    SET lock_timeout = '2s';
    SET idle_in_transaction_session_timeout = '10s';
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET plan_cache_mode = force_generic_plan;
    SET jit = off;
";

/// A connection that runs migrations: these take the time that they need.
///
/// # Errors
/// [`OpenError::Url`], [`OpenError::NoTls`], [`OpenError::Unreachable`] and [`OpenError::Encoding`].
pub(crate) fn connect_to_migrate(url: &str) -> Result<PgConnection, OpenError> {
    use diesel::RunQueryDsl;
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(OpenError::Url);
    }
    let mut conn = PgConnection::establish(&with_parameters(url)).map_err(explain)?;
    let encoding: String = diesel::select(diesel::dsl::sql::<Text>("current_setting('server_encoding')"))
        .get_result(&mut conn)
        .map_err(|error| OpenError::Unreachable(error.to_string()))?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(encoding));
    }
    let patient = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
    conn.batch_execute(patient).map_err(|error| OpenError::Unreachable(error.to_string()))?;
    Ok(conn)
}

/// A connection of one of the database threads. Readers and the writer need the same.
pub(super) fn connect(url: &str, _: Purpose) -> Result<PgConnection, diesel::ConnectionError> {
    let mut conn = PgConnection::establish(&with_parameters(url))?;
    conn.batch_execute(SESSION).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn with_parameters(url: &str) -> String {
    let own = url.split_once('?').map_or("", |(_, query)| query);
    let has = |name: &str| own.split('&').any(|pair| pair.split('=').next() == Some(name));
    let mut url = url.to_owned();
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in PARAMETERS.iter().filter(|(name, _)| !has(name)) {
        url.push(separator);
        url.push_str(name);
        url.push('=');
        url.push_str(value);
        separator = '&';
    }
    url
}

fn explain(error: diesel::ConnectionError) -> OpenError {
    let said = match error {
        diesel::ConnectionError::BadConnection(said) => said,
        other => other.to_string(),
    };
    // What libpq says to sslmode=require, verify-ca and verify-full when it was compiled without TLS.
    if said.contains("SSL support is not compiled in") {
        return OpenError::NoTls;
    }
    OpenError::Unreachable(said.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_added_where_the_url_has_none_of_its_own() {
        let url = with_parameters("postgres://a@b/c");
        assert!(url.starts_with("postgres://a@b/c?application_name=parlor&connect_timeout=3&"), "{url}");
        let url = with_parameters("postgres://a@b/c?connect_timeout=30&sslmode=disable");
        assert!(
            url.starts_with("postgres://a@b/c?connect_timeout=30&sslmode=disable&application_name=parlor&"),
            "{url}"
        );
        assert_eq!(url.matches("connect_timeout").count(), 1);
    }

    #[test]
    fn a_url_that_asks_for_tls_is_told_so() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let opened = connect_to_migrate(&format!("postgres://127.0.0.1:1/nothing?sslmode={mode}"));
            assert!(matches!(opened, Err(OpenError::NoTls)), "{mode}: {:?}", opened.err());
        }
    }

    #[test]
    fn another_kind_of_url_is_told_so() {
        for other in ["mysql://a/b", "host=localhost", ""] {
            assert!(matches!(connect_to_migrate(other), Err(OpenError::Url)), "{other}");
        }
    }
}
