//! How to record a log that can be imported.

/// The options of strace that record everything an import needs.
///
/// `-y` prints the path of each descriptor, `-f` follows child processes, `-s 0` omits the data. The
/// calls include `mprotect`, because a program that makes shared memory writable changes a file unseen.
///
/// ```
/// let mut strace = std::process::Command::new("strace");
/// strace.args(anystream_workload::STRACE_OPTIONS).args(["-o", "my.strace", "true"]);
/// ```
pub const STRACE_OPTIONS: &[&str] = &["-f", "-y", "-s", "0", "-e", "trace=file,desc,process,mprotect"];

/// The command that records a log, as messages show it: [`STRACE_OPTIONS`] with a log and a program.
///
/// ```
/// assert!(anystream_workload::RECORD.contains(&anystream_workload::STRACE_OPTIONS.join(" ")));
/// ```
pub const RECORD: &str = "`strace -f -y -s 0 -e trace=file,desc,process,mprotect -o LOG PROGRAM`";
