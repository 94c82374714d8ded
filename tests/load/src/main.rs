//! Mixed work on gigabytes of streams for an hour: nothing may be lost, and throughput and memory must stay.
//!
//! `cargo run --release -p anystream-load -- --minutes 60 --gigabytes 10`
//!
//! **What is worked on.** The groups in `fleet.rs`: of each backend, and of `AnyStream`s that are converted, some
//! large streams and many small ones. Every call goes through `AnyStream`, which hands it on to the backend; the
//! calls that only a rope has go to the rope inside. One thread; the order of the work is that of the seed.
//!
//! **How a lost byte is found.** A stream is made of cells of 7 to 509 bytes. What a cell holds is a function of its
//! stamp, which is another one for each cell ever written, and the stamps of a stream's cells are kept in order beside it
//! (`cells.rs`). So every byte that is read, anywhere, is compared with what was last written there, and a byte that is
//! lost, old, doubled or in another place is seen. What is read: whatever a call returns; both ends of each insert, remove,
//! splice and seam; half of what was overwritten; clones and values that were held while their streams were written; and an
//! eighth of all streams in each lap (the patrol), so that nothing is wrong for longer than eight laps unseen. At
//! the end all streams are read from end to end. After each call its length and position are compared too.
//!
//! **What a lap is.** The same work each time, some seconds at 10 GB: `steps` of mixed small calls on every group, clones
//! of large streams and the value of the large vector held meanwhile, ropes cut and put together, streams converted and
//! compacted, the patrol. Calls are counted per second of the thread's processor time, with all the checking; and, because
//! a machine's speed drifts, per piece of plain work on a plain vector, which is timed many times in each lap.
//! Streams just filled lie in order in memory, and calls on them are faster until they have been edited: in a run of a
//! few minutes that is all of the first tenth, and throughput may be said to have fallen.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use ledger::Ledger;
use report::Report;
use subject::Subject;
use work::Work;

mod calibration;
mod cells;
mod fleet;
mod ledger;
mod meter;
mod pattern;
mod report;
mod resident;
mod subject;
mod work;

/// Works on gigabytes of streams, checks every byte, and says whether throughput and memory stay.
///
/// Exit code 1: something was lost, or throughput fell or memory grew by over a tenth.
#[derive(Parser)]
struct Arguments {
    /// How long to work; filling the streams before and checking them after is extra
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The sum of all streams' lengths, in 10^9 bytes; from 0.05 on. Memory needed: about half as much again
    #[arg(long, default_value_t = 1.0)]
    gigabytes: f64,
    /// Chooses the work; the same again gives the same order of calls
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
    /// Prints the result as JSON; progress goes to the error output
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) if report.wrong().is_empty() => ExitCode::SUCCESS,
        Ok(report) => {
            eprintln!("{}", report.wrong().join(" "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("With seed {}: {error:#}.", arguments.seed);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<Report> {
    let say = |line: &str| if arguments.json { eprintln!("{line}") } else { println!("{line}") };
    ensure!(arguments.minutes > 0.0, "--minutes must be more than 0");
    ensure!((0.05..=1e6).contains(&arguments.gigabytes), "--gigabytes must be from 0.05 to 1000000");
    let bytes = (arguments.gigabytes * 1e9) as u64;
    say(&format!(
        "seed {}, {} minutes, {bytes} bytes, groups of streams:",
        arguments.seed, arguments.minutes
    ));
    let mut work = Work::begin(arguments.seed, bytes)?;
    for (plan, streams) in fleet::PLANS.iter().zip(&work.groups) {
        let length = streams.iter().map(Subject::stream_length).sum::<u64>();
        say(&format!("  {:<18} {:>9.1} MB", plan.name, length as f64 / 1e6));
    }
    say("filled; ropey has a fiftieth, for its memory and its slow reads\n");
    say(report::HEADING);

    let mut ledger = Ledger::begin(&work);
    let mut minutes = Vec::new();
    let mut shown = 0.0;
    while ledger.elapsed().as_secs_f64() < arguments.minutes * 60.0 {
        work.lap()?;
        ledger.note(&mut work);
        let minute = (ledger.elapsed().as_secs_f64() / 60.0).floor();
        if minute * 60.0 > shown
            && let Some(span) = ledger.span(shown, f64::INFINITY)
        {
            say(&report::line(minute as usize, &span));
            shown = span.end + 1e-9;
            minutes.push(span);
        }
    }
    let begun = std::time::Instant::now();
    work.check_all().context("the check of everything")?;
    let check = begun.elapsed().as_secs_f64();
    let report = Report::new(arguments.seed, bytes, minutes, &ledger, &work, check);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.text());
    }
    Ok(report)
}
