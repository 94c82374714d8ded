//! strace on this machine: whether it works, and with which options.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anystream_workload::STRACE_OPTIONS;

use super::Failure;

const STRACE: &str = "strace";

/// Options that leave the log as useful and make the program faster or the log shorter. Older versions lack them.
///
/// Ends of processes stay in the log: the last one shows that the log is complete.
const EXTRAS: [&str; 3] = ["--seccomp-bpf", "-e", "quiet=attach,personality"];

/// strace as it works here.
#[derive(Debug)]
pub(super) struct Strace {
    extras: &'static [&'static str],
}

impl Strace {
    /// Tries it on a program that certainly exists: on itself, printing its version.
    pub(super) fn find() -> Result<Self, Failure> {
        for extras in [&EXTRAS[..], &[]] {
            let strace = Strace { extras };
            let mut command = strace.command(Path::new("/dev/null"));
            command.args([STRACE, "-V"]).stdin(Stdio::null());
            let output = command.output().map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Failure::NoStrace,
                _ => Failure::system("strace could not be run")(error),
            })?;
            let said = String::from_utf8_lossy(&output.stderr);
            if output.status.success() && said.trim().is_empty() {
                return Ok(strace);
            }
            // A warning is no reason to give up, once the options are the plain ones.
            if extras.is_empty() {
                return if output.status.success() { Ok(strace) } else { Err(failed(&said)) };
            }
        }
        Ok(Strace { extras: &[] })
    }

    /// A command that records in `log` what the program does whose name and arguments are added to it.
    pub(super) fn command(&self, log: &Path) -> Command {
        let mut command = Command::new(STRACE);
        command.args(self.extras).args(STRACE_OPTIONS).arg("-o").arg(log).arg(OsStr::new("--"));
        command
    }
}

/// Why strace failed, by its message.
fn failed(said: &str) -> Failure {
    let forbidden = ["Operation not permitted", "Permission denied"];
    let is_forbidden = |line: &&str| forbidden.iter().any(|words| line.contains(words));
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    match lines().find(is_forbidden) {
        Some(line) => Failure::Forbidden { said: line.to_owned() },
        None => Failure::Unusable { said: lines().next().unwrap_or("it printed nothing").to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_tracing_is_told_from_other_failures() {
        let refused = "strace: test_ptrace_get_syscall_info: PTRACE_TRACEME: Operation not permitted\n";
        assert!(matches!(failed(refused), Failure::Forbidden { said } if said.contains("PTRACE_TRACEME")));
        let old = "strace: invalid system call 'mprotect'\n";
        assert!(matches!(failed(old), Failure::Unusable { said } if said.contains("mprotect")));
        assert!(matches!(failed(""), Failure::Unusable { .. }));
    }
}
