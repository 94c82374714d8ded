//! `anystream choose`: replays traces on every backend and says which to take.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anystream_workload::{ImportError, RECORD, Standard, import};
use clap::Args;

use super::recording::{ProgramOptions, Recording, looks_like_a_program};
use super::{Error, failed};
use crate::catalogue::{self, Entry};
use crate::contender::Contender;
use crate::goal::Goal;
use crate::lab::{AtScale, Question, Workload};
use crate::machine::{self, Machine};
use crate::measure::Effort;
use crate::program::{self, OWN_FAILURE};
use crate::report::files::Files;
use crate::report::note;
use crate::report::progress::Progress;
use crate::report::{json, table};
use crate::results::Outcome;
use crate::selection::RULE;
use crate::{interrupt, memory_limit, overall, profile};

/// Replays workloads on every backend and says which to take.
///
/// With `-- PROGRAM ARGS...`, runs the program under strace, with its own input, output and signals; lists its files;
/// and gives advice for the important ones. With --json the program's output goes to standard error.
///
/// Each workload is replayed once on every backend with every answer checked, then timed in interleaved
/// rounds, call by call, and at other sizes. Without a TRACE it uses the real workloads that are built in:
/// sqlite, zip, wav, hdf5, mp4, tar and editing sessions.
///
/// It also says what would change the choice, where something would: the size of the contents from which on
/// another backend is faster, as measured at other sizes; and the share of a kind of call (inserts, reads), which is
/// computed from what each kind of call took, the others keeping their proportions, and not measured by a run of
/// its own.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Choose {
    /// What a program did: a trace that was recorded with anystream, an strace log, an editing trace (.jsonl or
    /// .jsonl.gz); or a workload that you describe (.toml); - is standard input
    #[arg(value_name = "TRACE", group = "recorded")]
    traces: Vec<PathBuf>,

    /// Built-in workloads by name, separated by commas; `anystream workloads` lists them
    #[arg(long = "workload", value_name = "NAMES", value_delimiter = ',', conflicts_with = "traces")]
    named: Vec<String>,

    /// How large the workloads are that can be scaled (standard ones, and .toml), as a multiple
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    scale: f64,

    /// Who is compared, separated by commas: backends, and the peers cursor and bytesmut [default: all]
    #[arg(long = "backend", value_name = "LIST", value_delimiter = ',')]
    contenders: Vec<Contender>,

    /// What matters: speed, memory, latency, or weights such as speed=2,memory=1
    #[arg(long = "for", value_name = "WHAT", default_value_t = Goal::SPEED)]
    goal: Goal,

    /// How many rounds to time [default: what fits into a few seconds]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,

    /// What data that a log does not hold is generated from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Skip and count lines of a trace that cannot be understood
    #[arg(long, requires = "recorded")]
    lenient: bool,

    /// Do not measure how the choice depends on size; how it depends on the share of a kind of call is said still
    #[arg(long)]
    no_sizes: bool,

    /// Write all of it as a page to look at and to pass on
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write tables for a document, between the marks of an earlier call if the file has them
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Add the results to a file of JSON lines, for `compare` and `rank`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    program: ProgramOptions,
}

/// What the rounds of all workloads should take together, and of one at most.
const TIME_FOR_ALL: Duration = Duration::from_secs(7);
const TIME_FOR_ONE: Duration = Duration::from_secs(3);

fn after_help() -> String {
    format!(
        "\
Examples:
  anystream choose
  anystream choose -- sqlite3 my.db 'VACUUM'
  anystream choose --file out.db -- ./app --once
  anystream choose my.strace other.strace
  anystream choose --workload text-editing,tiny-messages --scale 4
  anystream choose --for memory my.strace
  anystream choose --for speed=2,latency=1 --backend vec,rope --rounds 50 my.strace
  anystream choose --html report.html my.strace
  anystream choose --save before.jsonl; anystream compare before.jsonl after.jsonl
  anystream choose --file out.db my.strace
  anystream choose --json | jq -r '.workloads[] | .name + \" \" + .choice'

{RULE}

Record a log elsewhere, then choose one of its files:
  {}
  anystream choose LOG --file NAME

Exit codes: 0 done, 1 a backend failed verification, 2 bad input or usage, 130 interrupted.
With PROGRAM its own code, 128 + n if signal n killed it; 125 if anystream fails, 126 if PROGRAM cannot be run, \
         127 if it does not exist, 130 if the measurement is interrupted.",
        RECORD.trim_matches('`')
    )
}

impl Choose {
    pub(super) fn run(&self) -> Result<ExitCode, Error> {
        if self.program.runs() {
            return Ok(self.run_program().map_or_else(|error| failed(&error), ExitCode::from));
        }
        let recordings = self.program.logs(&self.traces);
        let code = self.advise(&self.files()?, (!recordings.is_empty()).then_some(&recordings[..]))?;
        Ok(ExitCode::from(code))
    }

    /// Runs the program before anything that it would inherit is set, and returns its exit code.
    fn run_program(&self) -> Result<u8, Error> {
        let files = self.files()?;
        let ran = self.program.run(self.json)?;
        let code = program::exit_code(ran.run.status);
        if ran.recordings.is_empty() && !self.json {
            return Ok(code);
        }
        match self.advise(&files, Some(&ran.recordings)) {
            Ok(0) => Ok(code),
            Ok(interrupt::CODE) => Ok(interrupt::CODE),
            Ok(_) => Ok(OWN_FAILURE),
            Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(code),
            Err(error) => Err(error),
        }
    }

    fn files(&self) -> Result<Files, Error> {
        let inputs = self.traces.iter().map(PathBuf::as_path);
        let (html, markdown, save) = (self.html.as_deref(), self.markdown.as_deref(), self.save.as_deref());
        Ok(Files::check(inputs, html, markdown, save)?)
    }

    /// Measures the recordings, or the built-in workloads, and returns an exit code.
    fn advise(&self, files: &Files, recordings: Option<&[Recording]>) -> Result<u8, Error> {
        let workloads = self.workloads(recordings, memory_limit::set())?;
        let machine = Machine::here(machine::pin(), profile::clock());
        let question = self.question(&machine, workloads.len());
        interrupt::catch();

        let mut progress = Progress::of(workloads.len());
        let mut outcomes = Vec::new();
        for workload in &workloads {
            if interrupt::requested() {
                break;
            }
            progress.begin(&workload.script.name);
            let outcome = workload.measure(&question, &mut |what, share| progress.show(what, share));
            files.unless_gone(progress.end(|| if self.json { Ok(()) } else { table::workload(&outcome) }))?;
            outcomes.push(outcome);
        }
        drop(progress);

        let ranks = overall::rank(&outcomes);
        files.unless_gone(if self.json {
            json::choose(&machine, &outcomes, &ranks)
        } else {
            table::overall(&machine, &outcomes, &ranks)
        })?;
        files.write(&machine, &outcomes, &ranks)?;
        if interrupt::requested() {
            return Ok(interrupt::CODE);
        }
        Ok(u8::from(outcomes.iter().any(Outcome::failed)))
    }

    fn question(&self, machine: &Machine, workloads: usize) -> Question {
        Question {
            contenders: self.contenders(),
            goal: self.goal,
            effort: Effort {
                rounds: self.rounds,
                time: (TIME_FOR_ALL / workloads.max(1) as u32).min(TIME_FOR_ONE),
                clock: Duration::from_nanos(machine.clock_ns),
            },
            sizes: !self.no_sizes,
        }
    }

    /// Every workload, before anything is measured: one that is bad stops them all.
    fn workloads(&self, recordings: Option<&[Recording]>, available: u64) -> Result<Vec<Workload>, Error> {
        if let Some(recordings) = recordings {
            return self.recorded(recordings, available);
        }
        let entries = catalogue::find(&self.named).map_err(|name| Error::NoSuchWorkload { name })?;
        let workloads = entries.into_iter().map(|entry| match entry {
            Entry::Recorded(builtin) => {
                let workload = Workload::new(builtin.script(self.seed)?, available);
                let workload = workload.map_err(|why| Error::unfit(builtin.name, why))?;
                Ok(Workload { origin: Some(builtin.origin.to_owned()), ..workload })
            }
            Entry::Standard(standard) => self.scaled(standard.clone(), available),
        });
        workloads.collect()
    }

    fn recorded(&self, recordings: &[Recording], available: u64) -> Result<Vec<Workload>, Error> {
        let mut workloads = Vec::new();
        let mut all_failed = !recordings.is_empty();
        for recording in recordings {
            match self.file(recording, available) {
                Ok(workload) => {
                    workloads.push(workload);
                    all_failed = false;
                }
                // The other files of the program are still measured.
                Err(error) if recording.run.is_some() && recordings.len() > 1 => {
                    note(&recording.explained(&error));
                }
                Err(error) if recording.run.is_some() => {
                    return Err(Error::NoAdvice { why: recording.explained(&error) });
                }
                Err(error) => return Err(error),
            }
        }
        if all_failed {
            return Err(Error::NoAdvice {
                why: "none of the files that matter can be replayed; see above".to_owned(),
            });
        }
        Ok(workloads)
    }

    fn file(&self, recording: &Recording, available: u64) -> Result<Workload, Error> {
        let trace = &recording.log;
        if trace.extension().is_some_and(|ending| ending == "toml") {
            let unreadable = |source| Error::Unreadable { path: trace.to_owned(), source };
            let text = fs::read_to_string(trace).map_err(unreadable)?;
            let standard = Standard::parse(&trace.display().to_string(), &text)?;
            return self.scaled(standard, available);
        }
        if looks_like_a_program(trace) {
            return Err(Error::NotATrace { program: trace.display().to_string() });
        }
        self.program.list(recording, self.json)?;
        let options = |file| self.program.import_options(file, self.seed, self.lenient);
        let mut imported = match import(trace, &options(recording.file.clone())) {
            Err(ImportError::SeveralFiles { files, .. }) => {
                let file = self.program.only_that_matters(recording, &files, self.json)?;
                import(trace, &options(Some(file)))?
            }
            imported => imported?,
        };
        if let Some(name) = &recording.name {
            imported.script.name.clone_from(name);
        }
        let name = imported.script.name.clone();
        let workload = Workload::new(imported.script, available).map_err(|why| Error::unfit(&name, why))?;
        let cut_off = "its end is missing: it is still being recorded, or the program was killed";
        let origin = if imported.complete { recording.origin() } else { Some(cut_off.to_owned()) };
        Ok(Workload { origin, skipped: imported.skipped.len(), ..workload })
    }

    fn scaled(&self, standard: Standard, available: u64) -> Result<Workload, Error> {
        let (scale, seed) = (self.scale, self.seed);
        let script = standard.script(scale, seed)?;
        let workload = Workload::new(script, available).map_err(|why| Error::unfit(&standard.name, why))?;
        let origin = Some(format!("{} ({})", standard.who, standard.what));
        let at_scale: AtScale = Box::new(move |scale| standard.script(scale, seed).ok());
        Ok(Workload { origin, scale, at_scale: Some(at_scale), ..workload })
    }

    /// Each once, in the order given.
    fn contenders(&self) -> Vec<Contender> {
        if self.contenders.is_empty() {
            return Contender::all().collect();
        }
        let mut contenders = Vec::new();
        for &contender in &self.contenders {
            if !contenders.contains(&contender) {
                contenders.push(contender);
            }
        }
        contenders
    }
}
