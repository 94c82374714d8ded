//! `anystream choose`: replays traces on every backend and says which to take.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anystream::Backend;
use anystream_workload::{ImportOptions, Model, Script, Summary, builtin, import};
use clap::Args;

use super::Error;
use crate::choice::choose;
use crate::contestant::contestant;
use crate::measure::{Effort, measure};
use crate::report::progress::Progress;
use crate::report::{json, table};
use crate::results::Outcome;
use crate::shape::Shape;
use crate::{memory_limit, overall};

/// Replays workloads on every backend and says which to take.
///
/// Each workload is replayed once on every backend with every answer checked, then timed in interleaved
/// rounds. Without a TRACE it uses the real workloads that are built in: sqlite, zip, wav, hdf5, mp4, tar
/// and editing sessions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream choose
  anystream choose my.strace other.strace
  anystream choose --backend vec,rope --rounds 50 my.strace
  anystream choose --file out.db my.strace
  anystream choose --json | jq -r '.workloads[] | .name + \" \" + .choice'

Record a trace of what a program does to a file:
  strace -f -s 0 -P FILE -e trace=file,desc -o my.strace PROGRAM

Exit codes: 0 done, 1 a backend failed verification, 2 bad input or usage.")]
pub(super) struct Choose {
    /// What a program did: an strace log, or an editing trace (.jsonl or .jsonl.gz)
    #[arg(value_name = "TRACE")]
    traces: Vec<PathBuf>,

    /// The file to look at, if an strace log is about several
    #[arg(long, value_name = "NAME", requires = "traces")]
    file: Option<String>,

    /// The backends to compare, separated by commas [default: all]
    #[arg(long = "backend", value_name = "LIST", value_delimiter = ',')]
    backends: Vec<Backend>,

    /// How many rounds to time [default: what fits into a few seconds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,

    /// What data that a log does not hold is generated from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Skip and count lines of a trace that cannot be understood
    #[arg(long, requires = "traces")]
    lenient: bool,

    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

/// What the rounds of all workloads should take together, and of one at most.
const TIME_FOR_ALL: Duration = Duration::from_secs(8);
const TIME_FOR_ONE: Duration = Duration::from_secs(3);

/// How many times its length a stream may take while it is checked: the model, the stream, which may
/// have doubled to grow, and what either returned.
const MEMORY_FOR_CHECKING: u64 = 5;

/// A script, and what is known about where it comes from.
struct Workload {
    script: Script,
    shape: Shape,
    origin: Option<&'static str>,
    skipped: usize,
}

impl Choose {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        let workloads = self.workloads(memory_limit::set())?;
        let backends = self.backends();
        let effort = Effort {
            rounds: self.rounds,
            time: (TIME_FOR_ALL / workloads.len().max(1) as u32).min(TIME_FOR_ONE),
        };

        let mut progress = Progress::of(workloads.len());
        let mut outcomes = Vec::new();
        for workload in &workloads {
            progress.begin(&workload.script.name);
            let outcome = workload.measure(&backends, effort, &progress);
            progress.end(|| if self.json { Ok(()) } else { table::workload(&outcome) })?;
            outcomes.push(outcome);
        }
        drop(progress);

        let ranks = overall::rank(&outcomes);
        if self.json {
            json::choose(&outcomes, &ranks)?;
        } else {
            table::overall(&outcomes, &ranks)?;
        }
        Ok(ExitCode::from(u8::from(outcomes.iter().any(Outcome::failed))))
    }

    /// Every workload, before anything is measured: one that is bad stops them all.
    fn workloads(&self, available: u64) -> Result<Vec<Workload>, Error> {
        if self.traces.is_empty() {
            let scripts = builtin()
                .iter()
                .map(|builtin| Workload::new(builtin.script(self.seed)?, Some(builtin.origin), 0, available));
            return scripts.collect();
        }
        let options = ImportOptions { seed: self.seed, lenient: self.lenient, file: self.file.clone() };
        let scripts = self.traces.iter().map(|trace| {
            let imported = import(trace, &options)?;
            Workload::new(imported.script, None, imported.skipped.len(), available)
        });
        scripts.collect()
    }

    /// Each once, in the order given.
    fn backends(&self) -> Vec<Backend> {
        let asked = if self.backends.is_empty() { Backend::ALL } else { &self.backends };
        let mut backends = Vec::new();
        for &backend in asked {
            if !backends.contains(&backend) {
                backends.push(backend);
            }
        }
        backends
    }
}

impl Workload {
    fn new(
        script: Script,
        origin: Option<&'static str>,
        skipped: usize,
        available: u64,
    ) -> Result<Self, Error> {
        if script.ops.is_empty() {
            return Err(Error::NoCalls { trace: script.name });
        }
        let shape = Shape::of(&script);
        let needed = shape.largest_len.min(Model::LIMIT).saturating_mul(MEMORY_FOR_CHECKING);
        if needed > available {
            let largest_len = shape.largest_len;
            return Err(Error::TooLarge { trace: script.name, largest_len, needed, available });
        }
        Ok(Workload { script, shape, origin, skipped })
    }

    fn measure(&self, backends: &[Backend], effort: Effort, progress: &Progress) -> Outcome {
        let summary = Summary::of(&self.script);
        let contestants = backends.iter().map(|&backend| (backend, contestant(backend))).collect();
        let measured =
            measure(&self.script, contestants, effort, &mut |what, share| progress.show(what, share));
        Outcome {
            name: self.script.name.clone(),
            origin: self.origin,
            skipped: self.skipped,
            choice: choose(&measured.results, &summary, &self.shape),
            summary,
            largest_len: self.shape.largest_len,
            verified: measured.verified,
            rounds: measured.rounds,
            results: measured.results,
        }
    }
}
