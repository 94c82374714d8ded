//! The figures as text, as Markdown and as JSON.

use std::fmt::Write as _;

use anystream_benches::{CURSOR, Fact, NOT_MEASURED};
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
    pub(crate) facts: Vec<Fact>,
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
before it is timed. Each case has a process of its own, in which contenders take turns on one core, each time on fresh
state and after a rest of a millisecond (behind somebody who moved much memory, the core is slower for a while), and what lies in memory
where is shifted from run to run. On a cold heap each sample is a run in a process of its own, which gets all its memory from
the system. Heap is counted in another program, at each allocation. `Cursor<Vec<u8>> again` is a control: by how much
it differs from the first cursor is noise. Compare within a table only; between machines and runs nothing but ratios carries over.
";

impl Report {
    pub(crate) fn text(&self) -> String {
        self.drawn(&TEXT)
    }

    /// All of `docs/BENCHMARKS.md`.
    pub(crate) fn markdown(&self) -> String {
        format!("{PREFACE}\n{}", self.drawn(&MARKDOWN))
    }

    /// The bars alone.
    pub(crate) fn bars(&self) -> String {
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = self.draw_machine(&TEXT, &mut out).and_then(|()| self.draw_bars(&TEXT, &mut out));
        out
    }

    /// Whether no bar is missed.
    pub(crate) fn holds(&self) -> bool {
        self.bars.iter().all(|bar| bar.holds != Holds::No) && self.facts.iter().all(|fact| fact.holds)
    }

    fn drawn(&self, look: &Look) -> String {
        let mut out = String::new();
        let _ = self.draw(look, &mut out);
        out
    }

    fn draw_machine(&self, look: &Look, out: &mut String) -> std::fmt::Result {
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
             that of the contender, so more is better. Where there is no cursor, it is that of the first contender through that of the others.",
            self.rounds,
            q = look.quote
        )
    }

    fn draw(&self, look: &Look, out: &mut String) -> std::fmt::Result {
        self.draw_machine(look, out)?;
        for group in self.cases.chunk_by(|a, b| a.group == b.group) {
            writeln!(out, "\n{}{}\n\n{}", look.heading, group[0].group, figures(group, look))?;
            for one in NOT_MEASURED.iter().filter(|one| one.groups.contains(&group[0].group.as_str())) {
                let names: Vec<_> =
                    one.contenders.iter().map(|name| format!("{q}{name}{q}", q = look.quote)).collect();
                writeln!(out, "\nNot here: {} ({}).", names.join(", "), one.why)?;
            }
        }
        self.draw_bars(look, out)
    }

    fn draw_bars(&self, look: &Look, out: &mut String) -> std::fmt::Result {
        if self.bars.is_empty() && self.facts.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}Bars", look.heading)?;
        if !self.bars.is_empty() {
            writeln!(out, "\n{}", verdicts(&self.bars, look))?;
        }
        if !self.facts.is_empty() {
            writeln!(out, "\n{}", facts(&self.facts, look))?;
        }
        let missed = self.bars.iter().filter(|bar| bar.holds == Holds::No).count()
            + self.facts.iter().filter(|fact| !fact.holds).count();
        let unsure = self.bars.iter().filter(|bar| bar.holds == Holds::WithinNoise).count();
        let all = self.bars.len() + self.facts.len();
        writeln!(
            out,
            "\n{} of {all} bars hold, {unsure} cannot be told from noise (the slower cursor misses them by as much), {missed} do not.",
            all - missed - unsure
        )
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
    let header =
        ["contender", "group", "case", "beside", "bar", "by best", "by median", "slower cursor", "holds"];
    let mut table = table(&header, 4, look);
    for bar in bars {
        let quoted = |name| format!("{q}{name}{q}", q = look.quote);
        let (peer, limit, control) = match bar.peer {
            Some(CURSOR) => (quoted(CURSOR), format!(">= {}", number(bar.bar)), number(bar.control)),
            Some(peer) => (quoted(peer), format!(">= {}", number(bar.bar)), String::new()),
            None => (String::new(), format!("<= {} us each", number(bar.bar)), String::new()),
        };
        table.add_row([
            quoted(bar.contender),
            bar.group.to_owned(),
            bar.case.clone(),
            peer,
            limit,
            number(bar.by_best),
            number(bar.by_median),
            control,
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

fn facts(facts: &[Fact], look: &Look) -> Table {
    let mut table = table(&["work", "bar", "figure", "holds"], 3, look);
    for fact in facts {
        let holds = if fact.holds { "yes" } else { "NO" };
        table.add_row([&fact.work, &fact.bar, &fact.figure, holds]);
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
