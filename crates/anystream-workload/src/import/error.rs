//! Why a record could not be imported, and what to do.

use std::io;

use super::lines::LONGEST_LINE;
use super::recipe::RECORD;
use super::uses::{FileUse, busiest};

/// Why a record could not be imported. Each message names the record, the line where there is one,
/// and what to do.
///
/// ```
/// use anystream_workload::{ImportError, ImportOptions, import_bytes};
///
/// let log = b"openat(AT_FDCWD, \"a\", O_RDWR) = 3\nread(3, \"\"..., 5) = 5\nlorem ipsum\n";
/// let error = import_bytes("a.strace", log, &ImportOptions::default()).unwrap_err();
/// assert!(matches!(error, ImportError::Line { line: 3, .. }));
/// assert!(error.to_string().starts_with("a.strace, line 3: "), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The record could not be opened, or reading it failed.
    #[error("{record}: reading failed{}: {source}{}", after(*line), remedy_for(source))]
    Unreadable {
        /// The record.
        record: String,
        /// How many lines were read before that; 0 if that is not known.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The record holds nothing.
    #[error("{record} is empty: record again, for example with {RECORD}")]
    Empty {
        /// The record.
        record: String,
    },
    /// The record is neither an strace log nor an editing trace.
    #[error(
        "{record}, line {line}: this is neither an strace log nor an editing trace: {text:?}{}; \
         give a text log that {RECORD} wrote, an editing trace (.jsonl or .jsonl.gz), or a trace that \
         `anystream_workload::record` wrote", in_brackets(*looks_like)
    )]
    Unrecognised {
        /// The record.
        record: String,
        /// The first line that says so, counted from 1.
        line: u64,
        /// That line, shortened if it is long.
        text: String,
        /// What it may be instead, if that shows.
        looks_like: Option<&'static str>,
    },
    /// A line is longer than any that is read.
    #[error(
        "{record}, line {line}: this line is longer than {LONGEST_LINE} bytes, which no log's line is: give a text log \
         with line ends, for example one that {RECORD} wrote"
    )]
    LineTooLong {
        /// The record.
        record: String,
        /// Counted from 1.
        line: u64,
    },
    /// A record that comes through a pipe is read more than once, so it is copied to a temporary file,
    /// and that failed.
    #[error(
        "{record} cannot be copied to a temporary file: {source}; make room there, name another folder \
         (TMPDIR), or save the record as a file and give its path"
    )]
    NoCopy {
        /// The record.
        record: String,
        /// Why.
        source: io::Error,
    },
    /// The [`Sink`](crate::Sink) did not take what was imported.
    #[error(
        "{record}: what was imported could not be passed on: {source}; what was passed on before is incomplete"
    )]
    Refused {
        /// The record.
        record: String,
        /// What the sink answered.
        source: io::Error,
    },
    /// A line could not be understood, or contradicts the lines before it.
    #[error(
        "{record}, line {line}: {reason}: {text:?}; a lenient import (--lenient) skips and counts such lines"
    )]
    Line {
        /// The record.
        record: String,
        /// Counted from 1.
        line: u64,
        /// The line, shortened if it is long.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The log is about several files, and which one was not said, or not clearly.
    #[error("{record} is about several files; choose one (--file): {}", busiest(files))]
    SeveralFiles {
        /// The record.
        record: String,
        /// Those it is about, the busiest first.
        files: Vec<FileUse>,
    },
    /// The log is not about the file that was asked for.
    #[error("{record} has no calls on {wanted:?}{}; it is about: {}", told(cause), busiest(files))]
    NoSuchFile {
        /// The record.
        record: String,
        /// What was asked for.
        wanted: String,
        /// Why that may be, if the log tells; else empty.
        cause: String,
        /// Those it is about, the busiest first.
        files: Vec<FileUse>,
    },
    /// The record has no operations on any file.
    #[error(
        "{record} has no operations on any file ({lines} lines): {cause}; record again with {RECORD}, then name the \
         file (--file NAME)"
    )]
    NothingDone {
        /// The record.
        record: String,
        /// How many lines it has.
        lines: u64,
        /// Why that may be.
        cause: String,
    },
    /// The given initial length contradicts the log.
    #[error(
        "{record}: the file had {}{logged} bytes before the log began, by what the log shows, and not {given} \
         (--initial-len): give the right length, or none", if *is_minimum { "at least " } else { "" }
    )]
    InitialLength {
        /// The record.
        record: String,
        /// [`ImportOptions::initial_len`](crate::ImportOptions::initial_len).
        given: u64,
        /// What the log tells.
        logged: u64,
        /// Whether the log tells only that it was at least so much.
        is_minimum: bool,
    },
    /// The file may be another file of the log, whose calls would change the result.
    #[error(
        "{record}: {path} may be {other}, because the log does not tell the directory of one of them: record again with \
         {RECORD}"
    )]
    MayBeAnother {
        /// The record.
        record: String,
        /// The file's path.
        path: String,
        /// What else it may be.
        other: String,
    },
    /// There is no memory for the data that has to be generated.
    #[error("{record}: no memory for {bytes} bytes of data; choose a record with less")]
    OutOfMemory {
        /// The record.
        record: String,
        /// How much was wanted.
        bytes: u64,
    },
    /// The record is a trace of this crate's own format, and cannot be read.
    #[error(transparent)]
    Trace(#[from] crate::TraceError),
    /// The edits of an editing trace do not lead to the end that it states.
    #[error("{record}: {reason}: the trace is damaged or cut off; get it again")]
    WrongEnd {
        /// The record.
        record: String,
        /// What differs.
        reason: String,
    },
}

fn told(cause: &str) -> String {
    if cause.is_empty() { String::new() } else { format!(": {cause}; record again with {RECORD}") }
}

fn in_brackets(looks_like: Option<&str>) -> String {
    looks_like.map(|what| format!(" ({what})")).unwrap_or_default()
}

fn after(line: u64) -> String {
    match line {
        0 => String::new(),
        line => format!(" after line {line}"),
    }
}

fn remedy_for(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "; check the path",
        io::ErrorKind::PermissionDenied => "; check its permissions",
        io::ErrorKind::IsADirectory => "; name a file in it",
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            "; its compressed data is cut off or damaged: get it again"
        }
        _ => "; copy it to a disk that can be read, and try again",
    }
}
