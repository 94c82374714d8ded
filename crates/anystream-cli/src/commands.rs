//! The commands, a file each.

mod backends;
mod choose;
mod compare;
mod completions;
mod import;
mod man;
mod rank;
mod record;
mod recording;
mod workloads;

pub(crate) use import::ImportedTrace;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anystream_workload::{ImportError, StandardError};
use clap::{CommandFactory, Parser, Subcommand};
use indicatif::HumanBytes;

use crate::lab::Unfit;
use crate::output::Unwritable;
use crate::own::Unusable;
use crate::program::{Failure, OWN_FAILURE};
use crate::report;
use crate::saved::Unreadable;

/// Finds the storage that an in-memory byte stream should have, by replaying what real programs did.
#[derive(Debug, Parser)]
#[command(
    name = "anystream",
    version = env!("ANYSTREAM_VERSION"),
    max_term_width = 100,
    after_help = "\
Examples:
  anystream choose                 which backend for the built-in real workloads
  anystream choose -- PROGRAM      which backend for the files that a program of yours uses
  anystream record -o LOG -- PROGRAM   the same, keeping the log of what the program did
  anystream choose my.strace       which backend for what a program of yours did
  anystream workloads              what is built in, and who does such things
  anystream import LOG -o TRACE    makes a small trace of a long log
  anystream backends               what there is, and what each costs
  anystream compare OLD NEW        what became slower between two `choose --save`
  anystream rank FILE...           all that was saved, in one ranking
  anystream completions bash       what a shell needs to complete all of this
  anystream man | man -l -         all of this as a manual"
)]
pub(crate) struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Choose(choose::Choose),
    Backends(backends::Backends),
    Compare(compare::Compare),
    Completions(completions::Completions),
    Import(import::Import),
    Man(man::Manual),
    Rank(rank::Rank),
    Record(record::Record),
    Workloads(workloads::Workloads),
}

/// Why a command could not do its work: the program's exit code is then 2.
#[derive(Debug)]
pub(crate) enum Error {
    /// A trace that cannot be read as one.
    Import(ImportError),
    /// A described workload that cannot be made.
    Standard(StandardError),
    /// A program could not be run or recorded.
    Program(Failure),
    /// There is no advice for a file of a program that ran.
    NoAdvice { why: String },
    /// A program was named where a trace belongs.
    NotATrace { program: String },
    /// A log is about several files, and not exactly one of them matters.
    WhichFile { log: String, files: usize, command: String },
    /// The input of `import` is a trace already.
    TraceAlready { path: PathBuf },
    /// No built-in workload has this name.
    NoSuchWorkload { name: String },
    /// No command has this name.
    NoSuchPage { name: String },
    /// A file that the user named cannot be read.
    Unreadable { path: PathBuf, source: io::Error },
    /// A trace that cannot be measured.
    Unfit { trace: String, why: Unfit },
    /// The file that the measuring processes read the calls from cannot be written.
    NoScriptFile(io::Error),
    /// The backends that the program was given cannot take part.
    Own(Unusable),
    /// Results that were saved earlier and cannot be read.
    Saved(Unreadable),
    /// An output path that cannot be written to, found before anything was done.
    Unwritable(Unwritable),
    /// A file that the user named cannot be written.
    File { path: PathBuf, source: io::Error },
    /// The results could not be written. A closed pipe (`| head`) is not an error.
    Output(io::Error),
}

impl Program {
    /// Parses the arguments. Help, the version and bad usage are printed and end the process.
    pub(crate) fn of_arguments() -> Self {
        Program::try_parse().unwrap_or_else(|error| {
            // With a program to run, its exit codes are kept for it.
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--") {
                let _ = error.print();
                std::process::exit(OWN_FAILURE.into());
            }
            error.exit()
        })
    }

    pub(crate) fn run(&self) -> Result<ExitCode, Error> {
        match &self.command {
            Command::Choose(choose) => choose.run(),
            Command::Backends(backends) => backends.run(),
            Command::Compare(compare) => compare.run(),
            Command::Completions(completions) => completions.run(Program::command()),
            Command::Import(import) => import.run(),
            Command::Man(manual) => manual.run(Program::command()),
            Command::Rank(rank) => rank.run(),
            Command::Record(record) => Ok(record.run()),
            Command::Workloads(workloads) => workloads.run(),
        }
    }
}

impl Error {
    fn unfit(trace: &str, why: Unfit) -> Self {
        Error::Unfit { trace: trace.to_owned(), why }
    }

    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Error::File { path: path.to_owned(), source }
    }
}

/// Says why a command that runs a program failed, and returns the exit code for that.
fn failed(error: &Error) -> ExitCode {
    report::error(error);
    ExitCode::from(if let Error::Program(failure) = error { failure.code() } else { OWN_FAILURE })
}

/// A closed pipe is not an error.
fn unless_gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

impl From<Unreadable> for Error {
    fn from(error: Unreadable) -> Self {
        Error::Saved(error)
    }
}

impl From<Unwritable> for Error {
    fn from(error: Unwritable) -> Self {
        Error::Unwritable(error)
    }
}

impl From<StandardError> for Error {
    fn from(error: StandardError) -> Self {
        Error::Standard(error)
    }
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        Error::Import(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Output(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Import(error) => error.fmt(f),
            Error::Unfit { trace, why: Unfit::NoCalls } => {
                write!(f, "{trace}: no call on a stream is recorded in it; record a longer run")
            }
            Error::Unfit { trace, why: Unfit::TooLarge { largest_len, wanted, needed, allowed } } => write!(
                f,
                "{trace}: not enough memory for the replay: it takes about {}, because its stream grows to {largest_len} \
                 bytes and a call reads up to {wanted} bytes, and {} are allowed; allow more (--memory), or record a \
                 shorter run",
                HumanBytes(*needed),
                HumanBytes(*allowed)
            ),
            Error::NoScriptFile(error) => write!(
                f,
                "a temporary file cannot be written: {error}; make room there, or name another folder (TMPDIR)"
            ),
            Error::Standard(error) => error.fmt(f),
            Error::Program(failure) => failure.fmt(f),
            Error::NoAdvice { why } => f.write_str(why),
            Error::NotATrace { program } => write!(
                f,
                "there is no trace {program}; to run the program of this name, put -- before it: \
                 `anystream choose -- {program}`"
            ),
            Error::WhichFile { log, files, command } => {
                write!(f, "{log} is about {files} files; name one of them with --file:\n  {command}")
            }
            Error::TraceAlready { path } => {
                write!(
                    f,
                    "{0}: this is a trace already; replay it with `anystream choose {0}`",
                    path.display()
                )
            }
            Error::NoSuchWorkload { name } => {
                write!(f, "there is no built-in workload {name:?}; `anystream workloads` lists them")
            }
            Error::NoSuchPage { name } => write!(
                f,
                "there is no command {name:?}: `anystream --help` lists them; to write all pages into a folder, use \
                 `anystream man --all {name}`"
            ),
            Error::Unreadable { path, source } => {
                write!(f, "{}: it cannot be read: {source}; check the path", path.display())
            }
            Error::Own(error) => error.fmt(f),
            Error::Saved(error) => error.fmt(f),
            Error::Unwritable(error) => error.fmt(f),
            Error::File { path, source } => {
                write!(f, "{}: it cannot be written: {source}; name another file", path.display())
            }
            Error::Output(error) => write!(f, "cannot write the results: {error}"),
        }
    }
}
