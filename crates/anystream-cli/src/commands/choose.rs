//! `anystream choose`: replays traces on every backend and says which to take.

use std::fs;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anystream_measure::{Life, free_memory};
use anystream_workload::{ImportError, RECORD, Standard, TraceReader};
use clap::{Args, ValueEnum};

use super::recording::{ProgramOptions, Recording, looks_like_a_program};
use super::{Error, failed};
use crate::advice::relevance::Wall;
use crate::advice::shift::Contents;
use crate::bounded::{Cut, Imported, import_bounded};
use crate::catalogue::{self, Entry};
use crate::contender::Contender;
use crate::goal::Goal;
use crate::lab::{AtScale, Question, Workload};
use crate::listed::{self, Wanted};
use crate::machine::Machine;
use crate::program::{self, OWN_FAILURE};
use crate::report::files::Files;
use crate::report::note;
use crate::report::progress::Progress;
use crate::report::{json, table};
use crate::results::Outcome;
use crate::selection::RULE;
use crate::{interrupt, overall, size};

/// Replays workloads on every backend and says which to take.
///
/// With `-- PROGRAM ARGS...`, runs the program under strace, with its own input, output and signals; lists its files;
/// and gives advice for the important ones. With --json the program's output goes to standard error.
///
/// Each backend replays the workload in separate processes: first with every answer checked, then timed, interleaved with
/// the other backends. Backends that are certainly slower drop out early. The choice uses times on a warm heap, as in a
/// long-running service; with --life short, times of the first use in a fresh process. Without a TRACE, it measures the
/// built-in recordings: sqlite, zip, wav, hdf5, mp4, tar and editing sessions.
///
/// If the choice changes with the size of the contents, the advice names the size.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Choose {
    /// A recording: a trace made with anystream, an strace log, an editing trace (.jsonl or .jsonl.gz), or a workload
    /// that you describe (.toml); - is standard input
    #[arg(value_name = "TRACE", group = "recorded")]
    traces: Vec<PathBuf>,

    /// Built-in workloads by name, separated by commas; `anystream workloads` lists them
    #[arg(long = "workload", value_name = "NAMES", value_delimiter = ',', conflicts_with = "traces")]
    named: Vec<String>,

    /// The size of scalable workloads (standard ones, and .toml), as a multiple
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    scale: f64,

    /// Backends to compare, separated by commas; cursor and bytesmut are peers [default: all]
    #[arg(long = "backend", value_name = "LIST", value_delimiter = ',', value_parser = listed::contenders(),
        hide_possible_values = true)]
    contenders: Vec<Wanted>,

    /// What matters: speed, memory, latency, or weights such as speed=2,memory=1
    #[arg(long = "for", value_name = "WHAT", default_value_t = Goal::SPEED, value_parser = listed::goals(),
        hide_possible_values = true)]
    goal: Goal,

    /// How long to measure each workload at most, in seconds; it ends earlier when the choice is decided
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = 20.0)]
    time: f64,

    /// How much memory replays may take [default: half of the free memory]
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    memory: Option<u64>,

    /// Whether the program runs long, with a warm heap, or is short, with a fresh heap
    #[arg(long, value_name = "LIFE", value_enum, default_value = "long")]
    life: ProgramLife,

    /// How many rounds to time [default: until the choice is decided]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,

    /// The seed of generated data, where a log has lengths but no contents
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Skip and count lines of a trace that are not understood
    #[arg(long, requires = "recorded")]
    lenient: bool,

    /// Don't measure other sizes of the contents
    #[arg(long)]
    no_sizes: bool,

    /// Write a page with all results, to look at and to share
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

/// How long the program that makes these calls lives.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProgramLife {
    /// A service: its heap keeps its memory
    Long,
    /// A command: its heap is fresh
    Short,
}

impl From<ProgramLife> for Life {
    fn from(life: ProgramLife) -> Self {
        match life {
            ProgramLife::Long => Life::Long,
            ProgramLife::Short => Life::Short,
        }
    }
}

/// Seconds from a tenth to an hour.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0.1 to 3600, such as 60".to_owned()),
    }
}

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

    /// Runs the program before this process changes anything that it would inherit. Returns its exit code.
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
        let memory = self.memory();
        let workloads = self.workloads(recordings, memory)?;
        let machine = Machine::here();
        let question = self.question(memory);
        interrupt::catch();

        files.unless_gone(if self.json { Ok(()) } else { table::begin(&workloads, &question) })?;
        let mut progress = Progress::of(workloads.len());
        let mut outcomes = Vec::new();
        for workload in &workloads {
            if interrupt::requested() {
                break;
            }
            progress.begin(&workload.script.name);
            let measured = workload.measure(&question, &mut |what, share| progress.show(what, share));
            // An interrupt also ends the writing of the script file with an error.
            if interrupt::requested() && !measured.as_ref().is_ok_and(Outcome::is_decided) {
                break;
            }
            let outcome = measured.map_err(Error::NoScriptFile)?;
            files.unless_gone(progress.end(|| if self.json { Ok(()) } else { table::workload(&outcome) }))?;
            outcomes.push(outcome);
        }
        drop(progress);

        let ranks = overall::rank(&outcomes);
        files.unless_gone(if self.json {
            json::choose(&machine, &outcomes, &ranks)
        } else {
            table::overall(&machine, &outcomes, &ranks, recordings.is_none())
        })?;
        files.write(&machine, &outcomes, &ranks)?;
        if interrupt::requested() {
            return Ok(interrupt::CODE);
        }
        Ok(u8::from(outcomes.iter().any(Outcome::failed)))
    }

    fn question(&self, memory: u64) -> Question {
        Question {
            contenders: self.contenders(),
            goal: self.goal,
            life: self.life.into(),
            rounds: self.rounds,
            time: self.time(),
            memory,
            sizes: !self.no_sizes,
        }
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.time)
    }

    /// The memory limit of all replays at one time, in bytes.
    fn memory(&self) -> u64 {
        self.memory.unwrap_or_else(|| free_memory() / 2)
    }

    /// Loads every workload before measuring the first, so a bad workload stops the run early.
    fn workloads(&self, recordings: Option<&[Recording]>, memory: u64) -> Result<Vec<Workload>, Error> {
        if let Some(recordings) = recordings {
            return self.recorded(recordings, memory);
        }
        let entries = catalogue::find(&self.named).map_err(|name| Error::NoSuchWorkload { name })?;
        let workloads = entries.into_iter().map(|entry| match entry {
            Entry::Recorded(builtin) => {
                let workload = Workload::new(builtin.script(self.seed)?, self.time(), memory);
                let workload = workload.map_err(|why| Error::unfit(builtin.name, why))?;
                Ok(Workload { origin: Some(builtin.origin.to_owned()), ..workload })
            }
            Entry::Standard(standard) => self.scaled(standard.clone(), memory),
        });
        workloads.collect()
    }

    fn recorded(&self, recordings: &[Recording], memory: u64) -> Result<Vec<Workload>, Error> {
        let mut workloads = Vec::new();
        let mut all_failed = !recordings.is_empty();
        for recording in recordings {
            match self.file(recording, memory) {
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

    fn file(&self, recording: &Recording, memory: u64) -> Result<Workload, Error> {
        let trace = &recording.log;
        if trace.extension().is_some_and(|ending| ending == "toml") {
            let unreadable = |source| Error::Unreadable { path: trace.to_owned(), source };
            let text = fs::read_to_string(trace).map_err(unreadable)?;
            let standard = Standard::parse(&trace.display().to_string(), &text)?;
            return self.scaled(standard, memory);
        }
        if looks_like_a_program(trace) {
            return Err(Error::NotATrace { program: trace.display().to_string() });
        }
        self.program.list(recording, self.json)?;
        let options = |file| self.program.import_options(file, self.seed, self.lenient);
        // Each process that measures has a copy.
        let import = |file| import_bounded(trace, &options(file), memory / 8);
        let imported = match import(recording.file.clone()) {
            Err(ImportError::SeveralFiles { files, .. }) => {
                let file = self.program.only_that_matters(recording, &files, self.json)?;
                import(Some(file))?
            }
            imported => imported?,
        };
        let Imported { mut script, summary, skipped, cut } = imported;
        if let Some(name) = &recording.name {
            script.name.clone_from(name);
        }
        let name = script.name.clone();
        let workload = Workload::new(script, self.time(), memory).map_err(|why| Error::unfit(&name, why))?;
        let cut_off = "its end is missing: it is still being recorded, or the program was killed";
        let origin = if summary.complete { recording.origin() } else { Some(cut_off.to_owned()) };
        let notes = summary.notes.into_iter().chain(cut.map(Cut::note)).collect();
        let final_len_is_minimum = summary.final_len_is_minimum;
        let wall = recording.run.as_ref().map(|run| Wall {
            ns: run.untraced_wall.unwrap_or(run.traced_wall).as_secs_f64() * 1e9,
            traced: run.untraced_wall.is_none(),
        });
        let contents = if has_contents(trace) { Contents::Recorded } else { Contents::Generated };
        Ok(Workload { origin, skipped, notes, final_len_is_minimum, wall, contents, ..workload })
    }

    fn scaled(&self, standard: Standard, memory: u64) -> Result<Workload, Error> {
        let (scale, seed) = (self.scale, self.seed);
        let script = standard.script(scale, seed)?;
        let workload =
            Workload::new(script, self.time(), memory).map_err(|why| Error::unfit(&standard.name, why))?;
        let origin = Some(format!("{} ({})", standard.who, standard.what));
        let at_scale: AtScale = Box::new(move |scale| standard.script(scale, seed).ok());
        Ok(Workload { origin, scale, at_scale: Some(at_scale), ..workload })
    }

    /// The contenders without duplicates, in the given order.
    fn contenders(&self) -> Vec<Contender> {
        let wanted = if self.contenders.is_empty() { &[Wanted::All][..] } else { &self.contenders };
        let mut contenders = Vec::new();
        for wanted in wanted {
            let some: Vec<Contender> = match wanted {
                Wanted::All => Contender::all().collect(),
                Wanted::One(contender) => vec![*contender],
            };
            for contender in some {
                if !contenders.contains(&contender) {
                    contenders.push(contender);
                }
            }
        }
        contenders
    }
}

/// Whether this is a trace of our own that was recorded with contents.
fn has_contents(trace: &Path) -> bool {
    let Ok(file) = fs::File::open(trace).map(BufReader::new) else { return false };
    trace.is_file() && TraceReader::new("", file).is_ok_and(|reader| reader.header().contents)
}
