//! Times the contenders of each case in turn, in one process for each case and all on one core, and says
//! whether the promised bars hold.
//!
//! Criterion times one contender after the other; on a machine that others use too, what happens in
//! between moves their ratio by more than the bars leave. Here each round times every contender
//! once, in another order each time. What is no speed comes from two lists of facts: one that is timed
//! here, and one from the program `heap`.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use anystream_benches::{Benchmark, CONTROL, CURSOR, Fact, ROPE, answer_as_child, benchmarks, timed_facts};
use clap::Parser;

mod bar;
mod heap;
mod isolated;
mod machine;
mod measure;
mod report;

/// Times backends and peers in turn, and says whether the promised bars hold.
///
/// Exit codes: 0 every bar that was measured holds, 1 one does not, or a result was wrong, 2 bad
/// usage.
#[derive(Parser)]
struct Arguments {
    /// Only cases whose `group/case` contains this, such as `append` or `read/4 KiB`; `facts` are what is
    /// no speed beside a peer. May be repeated.
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,

    /// Only these contenders, beside the cursor, by the beginning of their names. May be repeated.
    #[arg(long, value_name = "NAME")]
    contender: Vec<String>,

    /// Only what the bars of the rope need, and only those bars.
    #[arg(long, conflicts_with_all = ["contender", "markdown"])]
    rope: bool,

    /// How many times each contender is timed.
    #[arg(long, default_value_t = 101, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Print one JSON object.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Print Markdown, as docs/BENCHMARKS.md has it.
    #[arg(long)]
    markdown: bool,

    /// Only this case, as JSON: what this program asks of itself.
    #[arg(long, hide = true)]
    case: Option<String>,
}

/// What the facts are to `--filter`.
const FACTS: &str = "facts";

impl Arguments {
    fn selects(&self, one: &Benchmark) -> bool {
        let case = name(one);
        self.matches(&case, &one.contender)
            && (!self.rope || bar::is_for_the_rope(one))
            && self.case.as_ref().is_none_or(|only| *only == case)
    }

    fn matches(&self, case: &str, contender: &str) -> bool {
        let any = |texts: &[String], matches: &dyn Fn(&str) -> bool| {
            texts.is_empty() || texts.iter().any(|text| matches(text))
        };
        any(&self.filter, &|text| case.contains(text))
            && (contender == CURSOR
                || contender == CONTROL
                || any(&self.contender, &|name| contender.starts_with(name)))
    }
}

/// What filters match.
fn name(one: &Benchmark) -> String {
    format!("{}/{}", one.group, one.case)
}

fn main() -> ExitCode {
    let held = match answer_as_child() {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => measured(&Arguments::parse()),
        Err(error) => Err(error),
    };
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("bars: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// Measures and prints; says whether every bar holds.
fn measured(arguments: &Arguments) -> Result<bool> {
    let mut selected = benchmarks()?;
    selected.retain(|one| arguments.selects(one));
    let with_facts = arguments.matches(FACTS, ROPE);
    ensure!(with_facts || !selected.is_empty(), "no case matches --filter {}", arguments.filter.join(" or "));

    let core = machine::pin();
    if arguments.case.is_some() {
        println!("{}", serde_json::to_string(&measure::case(&selected, arguments.rounds)?)?);
        return Ok(true);
    }
    let facts = if with_facts { facts()? } else { Vec::new() };
    let mut cases = Vec::new();
    for case in selected.chunk_by(|a, b| (a.group, &a.case) == (b.group, &b.case)) {
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K{}", name(&case[0]));
        }
        cases.push(isolated::measure(&name(&case[0]))?);
    }
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }

    let report = report::Report {
        machine: machine::Machine::this(core)?,
        rounds: arguments.rounds,
        bars: bar::judge(&cases),
        cases,
        facts,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else if arguments.markdown {
        print!("{}", report.markdown());
    } else if arguments.rope {
        print!("{}", report.bars());
    } else {
        print!("{}", report.text());
    }
    Ok(report.holds())
}

fn facts() -> Result<Vec<Fact>> {
    let mut facts = timed_facts()?;
    facts.extend(heap::facts()?);
    Ok(facts)
}
