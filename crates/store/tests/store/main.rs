//! The store over real databases: the contract of the ports, and what only a database can get wrong.

mod batches;
mod connections;
mod contract;
mod deletions;
mod fixture;
mod kinds;
mod lost_answers;
mod migrations;
mod people;
mod races;
mod sqlite_file;
