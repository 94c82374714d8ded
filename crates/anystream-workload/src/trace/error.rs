//! Why a trace could not be read, and what to do.

use std::io;

use super::Extent;

/// Why a trace could not be read. Each message names the trace, the place, and what to do.
///
/// A trace that ends in the middle is no error: see [`TraceReader::complete`](crate::TraceReader::complete).
///
/// ```
/// use anystream_workload::{TraceError, TraceReader};
/// let error = TraceReader::new("notes.txt", &b"lorem ipsum"[..]).unwrap_err();
/// assert!(matches!(error, TraceError::NotATrace { .. }));
/// assert!(error.to_string().starts_with("notes.txt is not a trace"), "{error}");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// Reading failed.
    #[error("{trace}: reading failed after byte {offset}: {source}; check the disk and its permissions")]
    Unreadable {
        /// The trace.
        trace: String,
        /// How many bytes of the file had been read.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("{trace} is empty: record again, and let the program end or call `finish`")]
    Empty {
        /// The trace.
        trace: String,
    },
    /// The file is something else.
    #[error("{trace} is not a trace: {reason}; give a file that `anystream_workload::record` wrote")]
    NotATrace {
        /// The trace.
        trace: String,
        /// What shows it.
        reason: String,
    },
    /// The trace is of a later version than this program knows.
    #[error(
        "{trace} is a trace of version {version}, but this program knows only version {}: update it",
        super::header::VERSION
    )]
    Newer {
        /// The trace.
        trace: String,
        /// Its version.
        version: u64,
    },
    /// The file ends before the first operation can have been recorded.
    #[error(
        "{trace} ends after {bytes} bytes, before the first session begins: the program was stopped while it \
         started to record; delete the file and record again"
    )]
    CutOff {
        /// The trace.
        trace: String,
        /// How long the file is.
        bytes: u64,
    },
    /// A frame cannot be decompressed, or its checksum is wrong.
    #[error(
        "{trace}, frame at byte {offset}, after record {record}: {reason}: the file is damaged; get it again, \
         or cut it off at that byte to keep what lies before"
    )]
    Frame {
        /// The trace.
        trace: String,
        /// Where in the file the frame begins.
        offset: u64,
        /// How many records lie before it.
        record: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record is not what the format says.
    #[error(
        "{trace}, record {record}, in the frame at byte {offset}: {reason}: what wrote this trace does not keep to \
         the format; update it and record again"
    )]
    Record {
        /// The trace.
        trace: String,
        /// Counted from 1.
        record: u64,
        /// Where in the file its frame begins.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record says what cannot have happened to a stream of this length at this position.
    #[error(
        "{trace}, record {record}: {reason}: the recorded stream broke the laws, or its contents were changed \
         past the recorder; verify the stream, or record it from its outermost wrapper"
    )]
    Contradiction {
        /// The trace.
        trace: String,
        /// Counted from 1.
        record: u64,
        /// What cannot be.
        reason: String,
    },
    /// A session does not begin where the one before it ended.
    #[error(
        "{trace}, after record {record}: session {session} begins at {found}, but the one before it ended at \
         {expected}: appending goes on with the same stream; record into a file of its own what is another one"
    )]
    Seam {
        /// The trace.
        trace: String,
        /// Which session, counted from 1.
        session: u64,
        /// How many records lie before it.
        record: u64,
        /// Where the session before it ended.
        expected: Extent,
        /// Where this one begins.
        found: Extent,
    },
    /// The trace has no operations.
    #[error("{trace} has no operations: check that the program used the stream, and record again")]
    NothingDone {
        /// The trace.
        trace: String,
    },
    /// There is no memory for the data.
    #[error("{trace}: no memory for {bytes} bytes of data; choose a trace with less")]
    OutOfMemory {
        /// The trace.
        trace: String,
        /// How much was wanted.
        bytes: u64,
    },
}
