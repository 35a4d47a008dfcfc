//! What the tests stand on: databases, server processes, and clients. Nothing here knows a crate of the project but
//! `parlor-client`, which knows none of the others either.

mod answer;
mod browser;
mod client;
mod command;
mod database;
mod live;
mod person;
mod proxy;
mod raw;
mod routes;
mod server;
mod services;
mod shapes;
mod shared;
mod subscriber;

pub(crate) use answer::Answer;
pub(crate) use browser::chromium;
pub(crate) use client::{Call, Client, ORIGIN};
pub(crate) use command::{Outcome, PATIENCE, Run, run, run_with_input};
pub(crate) use database::{Database, SECRET, Storage};
pub(crate) use live::{Live, event_of};
pub(crate) use person::{PASSWORD, Person, unique};
pub(crate) use proxy::Proxy;
pub(crate) use raw::{Connection, raw};
pub(crate) use routes::{Place, Route, routes};
pub(crate) use server::Server;
pub(crate) use services::{OwnNats, OwnPort, OwnPostgres, needed};
pub(crate) use shapes::*;
pub(crate) use shared::shared;
pub(crate) use subscriber::{Nodes, Subscriber, client_of, quick, seq_of};

/// Runs each of the tests, `async fn(Database)`, on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test($crate::harness::Database::Sqlite).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test($crate::harness::Database::Postgres).await;
                }
            )+
        }
    };
}
pub(crate) use on_both_databases;
