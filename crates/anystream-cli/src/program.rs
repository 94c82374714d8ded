//! Runs a program under strace, for `choose -- PROGRAM` and `record`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

mod failure;
mod install;
#[cfg(target_os = "linux")]
mod log;
mod lookup;
#[cfg(target_os = "linux")]
mod relay;
#[cfg(target_os = "linux")]
mod run;
mod status;
#[cfg(target_os = "linux")]
mod strace;

pub(crate) use failure::{Failure, OWN_FAILURE};
#[cfg(target_os = "linux")]
pub(crate) use run::run;
pub(crate) use status::{exit_code, in_words};

/// How a program is run.
#[derive(Debug)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) struct Request<'a> {
    /// The program and its arguments.
    pub(crate) command: &'a [OsString],
    /// Where strace writes its log.
    pub(crate) log: PathBuf,
    /// Whether the program's standard output goes to standard error.
    pub(crate) output_to_stderr: bool,
    /// Whether the program runs a second time without strace, with no input and its output discarded.
    pub(crate) repeatable: bool,
}

/// A program that ran under strace.
#[derive(Debug, Clone)]
pub(crate) struct ProgramRun {
    /// How long it ran, with everything it started, slowed down by strace.
    pub(crate) traced_wall: Duration,
    /// How long it ran without strace; nothing if it was not run again or ended differently then.
    pub(crate) untraced_wall: Option<Duration>,
    /// How it ended under strace.
    pub(crate) status: ExitStatus,
    pub(crate) log: PathBuf,
}

/// Whether there is a program of this name.
pub(crate) fn exists(program: &std::ffi::OsStr) -> bool {
    lookup::find(program).is_ok()
}

/// strace exists on Linux only.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_request: &Request<'_>) -> Result<ProgramRun, Failure> {
    Err(Failure::NotLinux)
}
