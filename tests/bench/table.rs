//! The table of figures.

use std::fmt::Write as _;
use std::process::Command;

pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) place: &'static str,
    pub(crate) figure: String,
    /// What was measured beside it.
    pub(crate) beside: String,
    pub(crate) goal: String,
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn add(&mut self, row: Row) {
        println!("  {}: {} {}", row.what, row.figure, row.beside);
        self.rows.push(row);
    }

    pub(crate) fn render(&self) -> String {
        let mut text = String::from("| what | database | figure | beside | goal |\n|---|---|---|---|---|\n");
        for Row { what, place, figure, beside, goal } in &self.rows {
            let _ = writeln!(text, "| {what} | {place} | {figure} | {beside} | {goal} |");
        }
        text
    }

    /// Writes the table to docs/BENCHMARKS.md.
    pub(crate) fn write(&self) {
        let text = format!(
            "# Benchmarks\n\nWritten by `make bench`, a release build, server and load on one machine. {} processors, \
             {}, {}.\nNothing here is a promise: walls are noisy, so compare ratios, and tables of one machine.\n\n{}",
            std::thread::available_parallelism().map_or(0, usize::from),
            said_by("date", &["-u", "+%Y-%m-%d"]),
            said_by("rustc", &["--version"]),
            self.render()
        );
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/BENCHMARKS.md");
        std::fs::write(file, text).expect("docs/BENCHMARKS.md can be written");
    }
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
