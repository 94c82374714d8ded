//! Errors that say what was wrong, where, and what to do.

use std::fmt;
use std::io;
use std::ops::Range;

use crate::memory;

/// Why a call on a stream was refused. It travels inside the [`io::Error`], whose kind the laws fix.
///
/// Whatever the fault, the stream is as it was before the call (law F1). Where there is no memory left even
/// for the fault, the error has its kind alone.
///
/// ```
/// use anystream::VecStream;
/// use anystream_core::Fault;
/// use std::io::{ErrorKind, Seek, SeekFrom};
///
/// let mut s = VecStream::from(b"hello");
/// let error = s.seek(SeekFrom::Current(-8)).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert_eq!(
///     error.to_string(),
///     "cannot seek by -8 from byte 0: that lies before the start of the stream; the position is unchanged \
///      (rewind goes to the start, SeekFrom::Start anywhere)"
/// );
/// let fault = error.get_ref().and_then(|e| e.downcast_ref::<Fault>());
/// assert!(matches!(fault, Some(Fault::SeekOutside { base: 0, by: -8 })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A relative seek from `base` by `by` bytes that ends below 0 or above `u64::MAX` (law S2).
    SeekOutside {
        /// What the seek was relative to: the position or the length.
        base: u64,
        /// By how many bytes.
        by: i64,
    },
    /// `read_exact` of more bytes than are left (law R2).
    EndReached {
        /// The position, which stays.
        position: u64,
        /// How many bytes were asked for.
        wanted: usize,
        /// How many there are from the position on.
        left: u64,
    },
    /// The contents would end past what the storage, or a `u64`, can address (law W6).
    TooLarge {
        /// How long the contents would be, in bytes; `None` if past `u64::MAX`.
        len: Option<u64>,
        /// The greatest length that this storage can address.
        limit: u64,
    },
    /// The contents would grow past the limit that the user set (law W6): see [`Limited`](crate::Limited).
    OverLimit {
        /// Where the refused bytes were to go: the position of a write, the start of a splice, the end for
        /// `set_len`.
        at: u64,
        /// The length of the contents, which stays.
        len: u64,
        /// How long they would be, in bytes.
        wanted: u64,
        /// The greatest length to which they may grow.
        limit: u64,
    },
    /// There was no memory for what a call needed (law W6).
    NoMemory {
        /// Where: the position, or the start of a splice.
        at: u64,
        /// The length of the contents, which stays.
        len: u64,
        /// How many bytes they would have had, or a value.
        wanted: u64,
    },
    /// A range that does not lie within the contents (law E1).
    RangeOutside {
        /// The range that was given.
        range: Range<u64>,
        /// The length of the contents.
        len: u64,
    },
    /// The bytes to be read as text are not UTF-8 (law F1: none of them is consumed).
    NotUtf8 {
        /// Where the first bad byte lies.
        offset: u64,
    },
    /// A `Display` implementation given to `write!` reported an error of its own.
    Formatting,
}

impl Fault {
    /// The kind that the law prescribes.
    ///
    /// ```
    /// use anystream_core::Fault;
    /// let fault = Fault::RangeOutside { range: 4..9, len: 5 };
    /// assert_eq!(fault.kind(), std::io::ErrorKind::InvalidInput);
    /// ```
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Fault::SeekOutside { .. } | Fault::RangeOutside { .. } => io::ErrorKind::InvalidInput,
            Fault::EndReached { .. } => io::ErrorKind::UnexpectedEof,
            Fault::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            Fault::OverLimit { .. } => io::ErrorKind::QuotaExceeded,
            Fault::NoMemory { .. } => io::ErrorKind::OutOfMemory,
            Fault::NotUtf8 { .. } => io::ErrorKind::InvalidData,
            Fault::Formatting => io::ErrorKind::Other,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::SeekOutside { base, by } => {
                let side = if *by < 0 {
                    "before the start of the stream"
                } else {
                    "past the last position, u64::MAX"
                };
                write!(
                    f,
                    "cannot seek by {by} from byte {base}: that lies {side}; the position is unchanged \
                     (rewind goes to the start, SeekFrom::Start anywhere)"
                )
            }
            Fault::EndReached { position, wanted, left } => write!(
                f,
                "wanted {wanted} bytes at position {position}, but only {left} are left; the position is \
                 unchanged (after a write it is behind what was written: seek back to read that)"
            ),
            Fault::TooLarge { len, limit } => {
                // What no storage can do has no remedy.
                let remedy = match len {
                    Some(len) => {
                        write!(f, "the contents would be {len} bytes long")?;
                        " (a rope holds gaps for nothing, and addresses them all)"
                    }
                    None => {
                        write!(f, "the contents would end past the last position, {}", u64::MAX)?;
                        ""
                    }
                };
                write!(
                    f,
                    ", more than the {limit} that this storage can address; nothing was changed{remedy}"
                )
            }
            Fault::OverLimit { at, len, wanted, limit } => write!(
                f,
                "at byte {at} of {len}: the contents would be {wanted} bytes long, past their limit of {limit}; \
                 nothing was changed (refuse what comes, make room with truncate or remove, or raise the limit)"
            ),
            Fault::NoMemory { at, len, wanted } => write!(
                f,
                "at byte {at} of {len}: there is no memory for {wanted} bytes; nothing was changed (free some and try \
                 again; a rope needs none for gaps, and grows without moving what is there)"
            ),
            Fault::RangeOutside { range, len } => write!(
                f,
                "the range {}..{} does not lie within the {len} bytes of contents: it needs start <= end <= {len}; \
                 nothing was changed",
                range.start, range.end
            ),
            Fault::NotUtf8 { offset } => write!(
                f,
                "the byte at {offset} is not valid UTF-8; nothing was consumed, so the bytes can still be read \
                 with read_to_end or read_until"
            ),
            Fault::Formatting => {
                f.write_str("a Display implementation reported an error; nothing was written")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// What a storage reports has a kind alone. Where that is a lack of memory, this says for what.
    #[cold]
    pub(crate) fn with_memory_asked_for(error: io::Error, at: u64, len: u64, wanted: u64) -> io::Error {
        match error.get_ref() {
            None if error.kind() == io::ErrorKind::OutOfMemory => Fault::NoMemory { at, len, wanted }.into(),
            _ => error,
        }
    }
}

impl From<Fault> for io::Error {
    /// The fault itself where there is memory for it, else its kind alone.
    #[cold]
    fn from(fault: Fault) -> Self {
        let kind = fault.kind();
        // What `io::Error` allocates: the fault, and a kind beside the two words of a `dyn Error`.
        match memory::expect_room([size_of::<Fault>(), 3 * size_of::<usize>()]) {
            Ok(()) => io::Error::new(kind, fault),
            Err(_) => kind.into(),
        }
    }
}
