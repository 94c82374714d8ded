//! The figures as text, as Markdown and as JSON.

use std::fmt::Write as _;

use anystream_benches::{CURSOR, NOT_MEASURED};
use comfy_table::{CellAlignment, Table, TableStyle, presets};
use serde::Serialize;

use crate::bar::{Holds, Verdict};
use crate::machine::Machine;
use crate::measure::{Case, Measured};

#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) rounds: u32,
    pub(crate) cases: Vec<Case>,
    pub(crate) bars: Vec<Verdict>,
}

/// How tables and headings are drawn.
struct Look {
    heading: &'static str,
    table: TableStyle,
    quote: &'static str,
}

const TEXT: Look = Look { heading: "", table: presets::NOTHING, quote: "" };
const MARKDOWN: Look = Look { heading: "## ", table: presets::ASCII_MARKDOWN, quote: "`" };

const PREFACE: &str = "\
# Benchmarks

This page is the output of one command:

```sh
cargo run --release -p anystream-benches --bin bars -- --markdown > docs/BENCHMARKS.md
```

Every contender does the same work, written once and generic over it, and its result is verified against plain vectors
before it is timed. Contenders take turns in one process on one core, each time on fresh state, and what lies in memory where
is shifted from run to run. `Cursor<Vec<u8>> again` is a control: by how much it differs from the first cursor is
noise. Compare within a table only; between machines and runs nothing but ratios carries over.
";

impl Report {
    pub(crate) fn text(&self) -> String {
        self.drawn(&TEXT)
    }

    /// All of `docs/BENCHMARKS.md`.
    pub(crate) fn markdown(&self) -> String {
        format!("{PREFACE}\n{}", self.drawn(&MARKDOWN))
    }

    fn drawn(&self, look: &Look) -> String {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = self.draw(look, &mut out);
        out
    }

    fn draw(&self, look: &Look, out: &mut String) -> std::fmt::Result {
        let machine = &self.machine;
        let core =
            machine.core.map_or("not pinned to a core".to_owned(), |core| format!("pinned to core {core}"));
        let crates: Vec<_> =
            machine.crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
        writeln!(
            out,
            "{}, {} cores, {core}; {}; {}.",
            machine.cpu, machine.cores, machine.rustc, machine.date
        )?;
        writeln!(out, "{}.", crates.join(", "))?;
        writeln!(
            out,
            "Up to {} rounds a case, fewer where they take long, every contender once a round. Speed: the time of {q}{CURSOR}{q}, both of them together, through \
             that of the contender, so more is better.",
            self.rounds,
            q = look.quote
        )?;
        for group in self.cases.chunk_by(|a, b| a.group == b.group) {
            writeln!(out, "\n{}{}\n\n{}", look.heading, group[0].group, figures(group, look))?;
            for (contender, _, why) in NOT_MEASURED.iter().filter(|(_, of, _)| *of == group[0].group) {
                writeln!(out, "\n{q}{contender}{q} is not here: {why}.", q = look.quote)?;
            }
        }
        if !self.bars.is_empty() {
            writeln!(out, "\n{}Bars\n\n{}", look.heading, verdicts(&self.bars, look))?;
            let count = |holds| self.bars.iter().filter(|verdict| verdict.holds == holds).count();
            writeln!(
                out,
                "\n{} of {} bars hold, {} cannot be told from noise (the slower cursor misses them by as much), {} do not.",
                count(Holds::Yes),
                self.bars.len(),
                count(Holds::WithinNoise),
                count(Holds::No)
            )?;
        }
        Ok(())
    }
}

fn figures(cases: &[Case], look: &Look) -> Table {
    let header = ["case", "contender", "best", "median", "ns/op", "MB/s", "speed by best", "speed by median"];
    let mut table = table(&header, 2, look);
    for case in cases {
        for one in &case.results {
            table.add_row([
                case.case.clone(),
                format!("{q}{}{q}", one.contender, q = look.quote),
                time(one.best_ns),
                time(one.median_ns),
                number(one.median_ns_per_operation),
                megabytes_a_second(case, one),
                number(one.speed_by_best),
                number(one.speed_by_median),
            ]);
        }
    }
    table
}

fn verdicts(bars: &[Verdict], look: &Look) -> Table {
    let header = [
        "contender",
        "group",
        "case",
        "at least",
        "speed by best",
        "speed by median",
        "slower cursor",
        "holds",
    ];
    let mut table = table(&header, 3, look);
    for bar in bars {
        table.add_row([
            format!("{q}{}{q}", bar.contender, q = look.quote),
            bar.group.to_owned(),
            bar.case.clone(),
            number(bar.bar),
            number(bar.speed_by_best),
            number(bar.speed_by_median),
            number(bar.control),
            match bar.holds {
                Holds::Yes => "yes",
                Holds::WithinNoise => "within noise",
                Holds::No => "NO",
            }
            .to_owned(),
        ]);
    }
    table
}

/// A table whose first `words` columns are words, and the others figures.
fn table(header: &[&str], words: usize, look: &Look) -> Table {
    let mut table = Table::new();
    table.load_style(look.table).set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn megabytes_a_second(case: &Case, one: &Measured) -> String {
    match case.bytes {
        0 => String::new(),
        bytes => format!("{:.0}", bytes as f64 * 1e3 / one.median_ns),
    }
}

fn time(ns: f64) -> String {
    match ns {
        1e6.. => format!("{} ms", number(ns / 1e6)),
        1e3.. => format!("{} us", number(ns / 1e3)),
        _ => format!("{} ns", number(ns)),
    }
}

/// Three digits or more.
fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        0.01.. => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
