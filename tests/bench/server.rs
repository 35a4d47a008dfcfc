//! The server that is measured, and where it keeps its data.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// A kind of database.
pub(crate) enum Place {
    Sqlite,
    /// With the URL of the server that holds the databases.
    Postgres(String),
}

/// An empty database.
pub(crate) struct Data {
    directory: TempDir,
    url: Option<String>,
}

impl Place {
    /// SQLite, and PostgreSQL where there is one.
    pub(crate) fn all() -> Vec<Self> {
        let postgres = std::env::var("PARLOR_TEST_POSTGRES").ok().map(Self::Postgres);
        [Self::Sqlite].into_iter().chain(postgres).collect()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    pub(crate) fn make(&self) -> Data {
        let directory = TempDir::new().expect("a temporary directory");
        let url = match self {
            Self::Sqlite => None,
            Self::Postgres(url) => {
                let name = format!("bench_{}", directory.path().file_name().expect("a name").to_string_lossy())
                    .replace(['.', '-'], "_")
                    .to_lowercase();
                run_psql(url, &format!("CREATE DATABASE {name}"));
                let (server, _) = url.rsplit_once('/').expect("a URL with a database");
                Some(format!("{server}/{name}"))
            }
        };
        Data { directory, url }
    }

    /// What the database does by itself, in a second: one row in a transaction, from as many connections.
    pub(crate) fn baseline(&self) -> String {
        let Self::Postgres(url) = self else { return String::new() };
        run_psql(url, "CREATE TABLE IF NOT EXISTS bench_rows (chat bigint, seq bigint, body text)");
        let script = std::env::temp_dir().join("parlor-bench-insert.sql");
        fs::write(&script, "\\set chat random(1, 64)\nINSERT INTO bench_rows VALUES (:chat, 1, repeat('m', 100));\n")
            .expect("a temporary file");
        let output = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-c", "64", "-j", "2", "-T", "5", "-f"])
            .arg(&script)
            .arg(url)
            .output();
        match output {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
                let tps = tps.and_then(|rest| rest.split([' ', '.']).next()).unwrap_or("?");
                format!("pgbench, one row a transaction: {tps}/s")
            }
            Err(error) => format!("no pgbench: {error}"),
        }
    }
}

fn run_psql(url: &str, sql: &str) {
    let done = Command::new("psql").args(["-q", "-d", url, "-c", sql]).stderr(Stdio::null()).status();
    assert!(done.expect("psql is installed").success(), "{sql}");
}

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn start(data: &mut Data) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data.directory.path())
            .env("PARLOR_SECRET", "a secret that is long enough for a benchmark")
            .env("PARLOR_BCRYPT_COST", "4")
            .env("PARLOR_LOG", "warn")
            .env("PARLOR_RATE_LIMITS", "off")
            .stdout(Stdio::piped());
        if let Some(url) = &data.url {
            command.args(["--database-url", url]);
        }
        Self::spawn(command)
    }

    /// The server that live delivery is measured against.
    pub(crate) fn bare() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg(crate::bare::ARGUMENT).stdout(Stdio::piped());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the built server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().rsplit('/').next().and_then(|text| text.parse().ok());
        Self { child, address: address.unwrap_or_else(|| panic!("no address in {line:?}")) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time so far, user and system.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(self.proc("stat")).expect("a running process");
        let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
        // Fields 14 and 15 of proc(5), in hundredths of a second.
        let ticks: u64 = [11, 12].map(|index: usize| fields[index].parse::<u64>().expect("a number")).iter().sum();
        Duration::from_millis(ticks * 10)
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(self.proc("status")).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a number") / 1024.0
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("it ends");
    }

    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").arg(pid).status();
        assert!(asked.expect("kill is installed").success());
        self.child.wait().expect("the server ends");
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}
