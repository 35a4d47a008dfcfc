//! The log, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to log. The framework's own lines on its workers are left out, unless the directives ask for them.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::new(format!("actix_server=warn,{}", config.log));
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    // A log that is set up already is that of an embedding program: it stays.
    let _ = match config.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}
