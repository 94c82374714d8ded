//! `anystream record`: runs a program under strace and keeps the log.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anystream_workload::{ImportOptions, files};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::recording::{chosen_of, temporary_folder, to_type, what_ran};
use super::{Error, failed};
use crate::output::{Output, Paths, Writing};
use crate::program::{self, Failure, Request};
use crate::report::note;
use crate::report::used::Listing;

/// Runs a program under strace and keeps the log of its calls on files.
///
/// Input, output, signals and the exit code are the program's own. Messages about the recording go to standard
/// error. The log is written whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  anystream record --output app.strace -- ./app --once
  anystream record -o app.strace.gz -- sh -c './app < input > output'
  anystream choose app.strace --file out.db

Exit codes: those of PROGRAM, 128 + n if signal n killed it; 125 if anystream fails, 126 if PROGRAM cannot be
run, 127 if it does not exist.")]
pub(super) struct Record {
    /// The log to write; compressed if the name ends in .gz
    #[arg(short, long, value_name = "LOG")]
    output: PathBuf,

    /// The program to run, and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

impl Record {
    pub(super) fn run(&self) -> ExitCode {
        self.record().map_or_else(|error| failed(&error), ExitCode::from)
    }

    fn record(&self) -> Result<u8, Error> {
        let output = Paths::default().output(&self.output)?;
        let unwritable = |source| Error::file(&self.output, source);
        let mut out = output.begin().map_err(unwritable)?;
        let is_compressed = self.output.extension().is_some_and(|ending| ending == "gz");
        let folder = temporary_folder()?;
        // A plain log is recorded where it stays, so that it needs its room only once.
        let in_place = out.unfinished().filter(|_| !is_compressed).map(Path::to_owned);
        let log = match &in_place {
            // strace takes a name that begins with | or ! for a command.
            Some(path) => std::path::absolute(path).map_err(unwritable)?,
            None => folder.path().join("strace.log"),
        };
        let request = Request {
            command: &self.program,
            log: log.clone(),
            output_to_stderr: output.is_standard_output(),
            repeatable: false,
        };
        let run = program::run(&request)?;
        let used = files(&log, &ImportOptions { lenient: true, ..ImportOptions::default() })?;
        if in_place.is_none() {
            copy(&log, &mut out, is_compressed).map_err(unwritable)?;
        }
        out.finish().map_err(unwritable)?;

        let chosen = chosen_of(&used);
        let title = what_ran(&self.program, &run);
        // Nobody may be there to read it; the log is written.
        let listing =
            Listing { title: &title, files: &used, chosen: &chosen, all: false, next: None, to_stderr: true };
        let _ = listing.print();
        note(&next(&output, &to_type(&self.output, &used, &chosen)));
        Ok(program::exit_code(run.status))
    }
}

fn copy(log: &Path, out: &mut Writing, is_compressed: bool) -> io::Result<()> {
    let mut log = File::open(log)?;
    if !is_compressed {
        return io::copy(&mut log, out).map(drop);
    }
    let mut encoder = GzEncoder::new(out, Compression::default());
    io::copy(&mut log, &mut encoder)?;
    encoder.finish().map(drop)
}

fn next(output: &Output, command: &str) -> String {
    match output.file() {
        Some(_) => format!("wrote {}; for advice:\n  {command}", output.path().display()),
        None => String::new(),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Program(failure)
    }
}
