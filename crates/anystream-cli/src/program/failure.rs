//! Why a program could not be run or recorded, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

use anystream_workload::RECORD;

use super::install;

/// The exit code when this program fails, not the one it runs; as `env` and `timeout` have it.
pub(crate) const OWN_FAILURE: u8 = 125;
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

#[derive(Debug)]
#[expect(dead_code, reason = "each system constructs only some of them")]
pub(crate) enum Failure {
    /// strace exists on Linux only.
    NotLinux,
    NoStrace,
    /// The system does not let strace trace; with what strace printed.
    Forbidden {
        said: String,
    },
    /// strace does not work here; with its own message.
    Unusable {
        said: String,
    },
    /// No such program.
    NotFound {
        program: String,
    },
    /// The program is no file that the system can run.
    NotExecutable {
        program: String,
        why: String,
    },
    /// strace ended before the program began.
    NotStarted {
        program: String,
    },
    /// strace was killed, or its log did not fit on the disk.
    LogIncomplete {
        program: String,
        folder: PathBuf,
    },
    /// What failed, as the beginning of a sentence.
    System {
        what: String,
        source: io::Error,
    },
}

impl Failure {
    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Failure {
        let what = what.into();
        |source| Failure::System { what, source }
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::NotFound { .. } => NOT_FOUND,
            Failure::NotExecutable { .. } => NOT_EXECUTABLE,
            _ => OWN_FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotLinux => write!(
                f,
                "running a program needs strace, which exists on Linux only: record the stream inside the program \
                 with `anystream_workload::record`, or record a log on Linux with {RECORD}"
            ),
            Failure::NoStrace => write!(
                f,
                "strace is not installed: install it ({}), then run this command again",
                install::command()
            ),
            Failure::Forbidden { said } => {
                write!(f, "the system does not allow tracing ({said}): {}", install::permission())
            }
            Failure::Unusable { said } => {
                write!(
                    f,
                    "strace does not work here ({said}): update strace, or record elsewhere with {RECORD}"
                )
            }
            Failure::NotFound { program } if program.contains('/') => {
                write!(f, "{program}: no such file: check the path of the program")
            }
            Failure::NotFound { program } => write!(
                f,
                "{program}: no such program in any folder of PATH: check its name, or give its path as ./{program}"
            ),
            Failure::NotExecutable { program, why } => write!(f, "{program} cannot be run: {why}"),
            Failure::NotStarted { program } => {
                write!(f, "strace failed before {program} began; it says why above")
            }
            Failure::LogIncomplete { program, folder } => write!(
                f,
                "the log of {program} is incomplete: strace was killed, or the disk of {} is full; make room there \
                 or set TMPDIR to another folder, then run this command again",
                folder.display()
            ),
            Failure::System { what, source } => write!(f, "{what}: {source}"),
        }
    }
}
