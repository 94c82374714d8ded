//! Traces: files of what was done to a stream. `docs/TRACE-FORMAT.md` describes the format.

mod error;
mod extent;
mod frames;
mod header;
mod reader;
mod record;
mod recorder;
mod recording;
mod script;
mod varint;
mod wire;
mod writer;

pub use error::TraceError;
pub use extent::Extent;
pub use header::TraceHeader;
pub use reader::TraceReader;
pub use record::{Outcome, Record, RecordedOp};
pub use recorder::Recorder;
pub use recording::{Recording, record};
pub(crate) use script::TraceOps;
pub use script::{TraceScript, read_script};
pub use writer::TraceWriter;

/// What every LZ4 frame, and so every trace, begins with.
const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Whether a file that begins with `first_bytes` is a trace, or another LZ4 file, which
/// [`TraceReader`] then tells apart. Of fewer than four bytes, whether it may still be one; of none, no.
///
/// ```
/// use anystream_workload::is_trace;
/// assert!(is_trace(&[0x04, 0x22, 0x4d, 0x18, 0x64]));
/// assert!(!is_trace(b"openat(AT_FDCWD"));
/// assert!(!is_trace(b""));
/// ```
#[must_use]
pub fn is_trace(first_bytes: &[u8]) -> bool {
    !first_bytes.is_empty() && (first_bytes.starts_with(&MAGIC) || MAGIC.starts_with(first_bytes))
}
