//! One run under strace, and one without.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use nix::unistd::{getegid, geteuid};

use super::log::{self, Recording};
use super::relay::{self, To};
use super::strace::Strace;
use super::{Failure, ProgramRun, Request, lookup};
use crate::report::note;

/// Runs the program as it runs without this one: the same input and folder, every signal, no limit and no core of
/// this process. Call it before either is set.
pub(crate) fn run(request: &Request<'_>) -> Result<ProgramRun, Failure> {
    let Some((program, arguments)) = request.command.split_first() else {
        return Err(Failure::NotFound { program: String::new() });
    };
    let name = program.to_string_lossy().into_owned();
    let file = lookup::find(program)?;
    let strace = Strace::find()?;
    if loses_rights(&file) {
        note(&format!(
            "{name} is a set-user-ID or set-group-ID program: under strace it runs without those rights, and may \
             behave differently."
        ));
    }

    let mut command = strace.command(&request.log);
    command.arg(program).args(arguments);
    if request.output_to_stderr {
        let stderr = io::stderr().as_fd().try_clone_to_owned();
        command.stdout(stderr.map_err(Failure::system("standard error could not be shared"))?);
    }
    let failed = || Failure::system(format!("{name} could not be run under strace"));
    // Elsewhere, standard error is the program's alone.
    if io::stderr().is_terminal() {
        note(&format!("Running {name} under strace; advice follows when it ends."));
    }
    let begin = Instant::now();
    let status = relay::run(&mut command, To::Traced, &name).map_err(failed())?;
    let traced_wall = begin.elapsed();

    match log::look(&request.log).map_err(Failure::system("the log of strace cannot be read"))? {
        Recording::Complete => {}
        Recording::Nothing => return Err(Failure::NotStarted { program: name }),
        Recording::Refused(why) => {
            return Err(Failure::NotExecutable { why: remedy(&why, &name), program: name });
        }
        Recording::CutOff => {
            let folder = request.log.parent().unwrap_or(Path::new(".")).to_owned();
            return Err(Failure::LogIncomplete { program: name, folder });
        }
    }
    let untraced_wall = match request.repeatable {
        true => again(program, arguments, status, &name)?,
        false => None,
    };
    Ok(ProgramRun { traced_wall, untraced_wall, status, log: request.log.clone() })
}

/// Runs it without strace and returns how long it took.
fn again(
    program: &OsString,
    arguments: &[OsString],
    before: ExitStatus,
    name: &str,
) -> Result<Option<Duration>, Failure> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let failed = || Failure::system(format!("{name} could not be run again without strace"));
    let begin = Instant::now();
    let status = relay::run(&mut command, To::Child, name).map_err(failed())?;
    let wall = begin.elapsed();
    if status != before {
        let ended = super::in_words(status).unwrap_or_else(|| "succeeded".to_owned());
        note(&format!("Without strace {name} {ended}, unlike before: its time without strace is not used."));
        return Ok(None);
    }
    Ok(Some(wall))
}

fn remedy(why: &str, name: &str) -> String {
    match why {
        "Exec format error" => {
            format!("{why}: if it is a script, run it by its interpreter, such as `sh {name}`")
        }
        "No such file or directory" => format!("{why}: its interpreter or loader is missing"),
        _ => format!("{why}: check its permissions"),
    }
}

/// A traced program does not get the rights of its file's owner or group.
fn loses_rights(file: &Path) -> bool {
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2000;
    fs::metadata(file).is_ok_and(|about| {
        (about.mode() & SET_USER != 0 && about.uid() != geteuid().as_raw())
            || (about.mode() & SET_GROUP != 0 && about.gid() != getegid().as_raw())
    })
}
