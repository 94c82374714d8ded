//! Whether a log is complete.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// How a recording went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recording {
    /// The log reaches to the end of the last process.
    Complete,
    /// The log stops before that.
    CutOff,
    /// The system refused to run the program: its error, such as `Exec format error`.
    Refused(String),
    /// Nothing was recorded.
    Nothing,
}

/// Looks at the first and the last line of the log at `path`.
pub(super) fn look(path: &Path) -> io::Result<Recording> {
    let mut log = BufReader::new(File::open(path)?);
    let first = line(&mut log)?;
    if !first.contains("execve(") {
        return Ok(if first.is_empty() { Recording::Nothing } else { Recording::CutOff });
    }
    if let Some((_, error)) = first.rsplit_once(") = -1 ") {
        let words =
            error.trim().split_once('(').map_or(error.trim(), |(_, words)| words.trim_end_matches(')'));
        return Ok(Recording::Refused(words.to_owned()));
    }
    // The last line is short: no data, only how the last process ended.
    const ENOUGH: u64 = 512;
    let len = log.seek(SeekFrom::End(0))?;
    log.seek(SeekFrom::Start(len.saturating_sub(ENOUGH)))?;
    let mut end = Vec::new();
    log.read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    let last = end.strip_suffix('\n').map(|end| end.rsplit('\n').next().unwrap_or_default());
    let ended = last.is_some_and(|last| last.contains("+++ exited with ") || last.contains("+++ killed by "));
    Ok(if ended { Recording::Complete } else { Recording::CutOff })
}

/// The first line, no more of it than a page.
fn line(log: &mut impl BufRead) -> io::Result<String> {
    const MOST: u64 = 64 << 10;
    let mut line = Vec::new();
    log.take(MOST).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn looked(log: &str) -> Recording {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let path = folder.path().join("log");
        fs::write(&path, log).expect("a log");
        look(&path).expect("a readable log")
    }

    #[test]
    fn a_log_is_complete_when_its_last_process_has_ended() {
        const BEGIN: &str = "7 execve(\"/bin/sh\", [...], 0x7f /* 3 vars */) = 0\n";
        assert_eq!(looked(&format!("{BEGIN}7 +++ exited with 3 +++\n")), Recording::Complete);
        assert_eq!(looked(&format!("{BEGIN}7 +++ killed by SIGKILL +++\n")), Recording::Complete);
        assert_eq!(looked(&format!("{BEGIN}7 read(3</a>, \"\"..., 9) = 9\n")), Recording::CutOff);
        assert_eq!(looked(&format!("{BEGIN}7 +++ exited with 3 +++")), Recording::CutOff);
        assert_eq!(looked(""), Recording::Nothing);
    }

    #[test]
    fn a_program_that_the_system_refuses_is_told_with_its_reason() {
        let log = "7 execve(\"./x\", [...], 0x7f /* 3 vars */) = -1 ENOEXEC (Exec format error)\n7 +++ exited with 1 +++\n";
        assert_eq!(looked(log), Recording::Refused("Exec format error".to_owned()));
    }
}
