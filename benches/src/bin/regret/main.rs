//! `regret`: judges the advice of `anystream choose` on logs of real programs by an independent timer.
//!
//! The timer shares the log and its importer with `choose`, and nothing else. See `benches/README.md`.

mod advice;
mod backend;
mod child;
mod facts;
mod judgement;
mod logs;
mod replay;
mod report;
mod stats;
mod truth;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use advice::{Advice, Program};
use backend::Backend;
use judgement::{Bars, Judged, judge};
use logs::Log;
use truth::{Effort, Truth};

/// Measures how much slower the backends that `anystream choose` picks are than the fastest ones.
///
/// Regret is the time of the chosen backend divided by that of the fastest backend, both taken by this program. Exits
/// with 1 if a bar fails.
#[derive(Parser)]
#[command(name = "regret")]
struct Arguments {
    /// Logs to judge: paths, or names in the folder of --programs [default: all logs of that folder].
    #[arg(value_name = "LOG")]
    logs: Vec<String>,

    /// The program to judge [default: `anystream` in the folder of this program].
    #[arg(long, value_name = "PATH")]
    choose: Option<PathBuf>,

    /// How many times each log is given to `choose`; 0 only measures the times of the backends.
    #[arg(long, value_name = "N", default_value_t = 1)]
    runs: u32,

    /// Passed to `choose --time`.
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,

    /// The folder of the logs. PROGRAMS.tsv in it names the file for logs about several files.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/anystream-workload/tests/data/programs"))]
    programs: PathBuf,

    /// Reads measured times from this file and appends new ones, as JSON lines. Delete it after changing a backend.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,

    /// Writes one line per log.
    #[arg(long, value_name = "OUT.csv")]
    table: Option<PathBuf>,

    /// Applies the bars of a loaded machine: 1.05 on average and 1.3 at worst.
    #[arg(long)]
    loaded: bool,

    /// In how many processes each backend replays each log.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    processes: u32,

    /// How long each of these processes replays, in seconds. It always finishes two replays.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.4)]
    replay: f64,

    /// Replays the only log on this backend and prints JSON: what this program asks of itself.
    #[arg(long, value_name = "BACKEND", hide = true)]
    child: Option<Backend>,

    /// With --child: the file in the log.
    #[arg(long, value_name = "NAME", hide = true)]
    file: Option<String>,

    /// With --child: the seconds after which the first replay is abandoned.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, hide = true)]
    patience: f64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("regret: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether every bar holds.
fn run(arguments: &Arguments) -> Result<bool> {
    if let Some(backend) = arguments.child {
        let path = arguments.logs.first().context("--child needs a log")?;
        let file = arguments.file.clone();
        let replayed = child::run(backend, path.as_ref(), file, arguments.replay, arguments.patience)?;
        println!("{}", serde_json::to_string(&replayed)?);
        return Ok(true);
    }

    let logs = logs::find(&arguments.programs, &arguments.logs)?;
    let truths = truths(arguments, &logs)?;
    let advice = advice(arguments, &logs)?;
    let judged: Vec<Judged> = logs
        .into_iter()
        .zip(truths)
        .zip(advice)
        .map(|((log, truth), advice)| Judged { log: log.name, truth, advice })
        .collect();

    if let Some(path) = &arguments.table {
        std::fs::write(path, report::csv(&judged)).with_context(|| format!("writing {}", path.display()))?;
    }
    let bars = if arguments.loaded { Bars::LOADED } else { Bars::QUIET };
    let verdict = (arguments.runs > 0).then(|| judge(&judged, &bars));
    print!("{}", report::text(&judged, verdict.as_ref()));
    Ok(verdict.is_none_or(|verdict| verdict.holds()))
}

/// The times of all backends on each log, or why the log cannot be replayed.
fn truths(arguments: &Arguments, logs: &[Log]) -> Result<Vec<Result<Truth, String>>> {
    let effort = Effort { processes: arguments.processes, seconds: arguments.replay };
    let mut known = truth::Known::open(arguments.truth.as_deref())?;
    let mut truths = Vec::new();
    for (index, log) in logs.iter().enumerate() {
        eprintln!("timing {} ({} of {})", log.name, index + 1, logs.len());
        truths.push(match facts::of_log(log) {
            Ok(facts) => Ok(known.times(log, &facts, &effort)?),
            Err(refusal) => Err(format!("{refusal:#}")),
        });
    }
    Ok(truths)
}

/// What the program answers on each log, once per run. The runs of one log are spread over the whole time, so flips
/// that slow changes of the machine cause are seen.
fn advice(arguments: &Arguments, logs: &[Log]) -> Result<Vec<Vec<Advice>>> {
    let mut advice = vec![Vec::new(); logs.len()];
    if arguments.runs == 0 {
        return Ok(advice);
    }
    let beside = || Ok(env::current_exe().context("finding this program")?.with_file_name("anystream"));
    let path = arguments.choose.clone().map_or_else(beside, anyhow::Ok)?;
    let program = Program { path, time: arguments.time };
    for run in 1..=arguments.runs {
        for (log, answers) in logs.iter().zip(&mut advice) {
            let answer = program.ask(log)?;
            eprintln!("run {run} of {}: {}: {answer}", arguments.runs, log.name);
            answers.push(answer);
        }
    }
    Ok(advice)
}
