//! The commands, a file each.

mod backends;
mod choose;

use std::fmt;
use std::io;
use std::process::ExitCode;

use anystream_workload::ImportError;
use clap::{Parser, Subcommand};

/// Finds the storage that an in-memory byte stream should have, by replaying what real programs did.
#[derive(Debug, Parser)]
#[command(
    name = "anystream",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  anystream choose                 which backend for the built-in real workloads
  anystream choose my.strace       which backend for what a program of yours did
  anystream backends               what there is, and what each costs"
)]
pub(crate) struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Choose(choose::Choose),
    Backends(backends::Backends),
}

/// Why a command could not do its work: the program's exit code is then 2.
#[derive(Debug)]
pub(crate) enum Error {
    /// A trace that cannot be read as one.
    Import(ImportError),
    /// A trace that says nothing about any backend.
    NoCalls { trace: String },
    /// A trace whose check alone would take more memory than the machine has to give.
    TooLarge { trace: String, largest_len: u64, needed: u64, available: u64 },
    /// The results could not be written. Not so if the reader has gone (`| head`): that is no error.
    Output(io::Error),
}

impl Program {
    pub(crate) fn run(&self) -> Result<ExitCode, Error> {
        match &self.command {
            Command::Choose(choose) => choose.run(),
            Command::Backends(backends) => backends.run(),
        }
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
            Error::NoCalls { trace } => {
                write!(f, "{trace}: no call on a stream is recorded in it; record a longer run")
            }
            Error::TooLarge { trace, largest_len, needed, available } => write!(
                f,
                "{trace}: its stream grows to {largest_len} bytes, checking that takes about {needed} bytes of \
                 memory, and {available} are free; record a shorter run, or use a machine with more memory"
            ),
            Error::Output(error) => write!(f, "cannot write the results: {error}"),
        }
    }
}
