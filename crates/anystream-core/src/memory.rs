//! Small helpers for storages: offsets into slices, and copying out of runs.

use std::io;
use std::ops::Range;

use crate::Storage;

/// The greatest length of one contiguous allocation: `isize::MAX` bytes.
///
/// ```
/// assert_eq!(anystream_core::memory::MAX_CONTIGUOUS, isize::MAX as u64);
/// ```
pub const MAX_CONTIGUOUS: u64 = isize::MAX as u64;

/// The bytes of `all` from `offset` on; empty if it lies at or past the end. O(1).
///
/// ```
/// use anystream_core::memory::tail;
/// assert_eq!(tail(b"hello", 3), b"lo");
/// assert_eq!(tail(b"hello", u64::MAX), b"");
/// ```
#[inline]
#[must_use]
pub fn tail(all: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset).ok().and_then(|start| all.get(start..)).unwrap_or(&[])
}

/// Copies as much of `run` as fits into `buf` and returns how much that was.
///
/// ```
/// let mut buf = [0; 3];
/// assert_eq!(anystream_core::memory::copy_from(b"hello", &mut buf), 3);
/// assert_eq!(&buf, b"hel");
/// ```
#[inline]
pub fn copy_from(run: &[u8], buf: &mut [u8]) -> usize {
    let n = run.len().min(buf.len());
    buf[..n].copy_from_slice(&run[..n]);
    n
}

/// As a length in memory, or `OutOfMemory` if no memory could be that long.
pub(crate) fn length(len: u64) -> io::Result<usize> {
    usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Appends the bytes in `range`, which are there, to `buf`, run by run. After an error `buf` is as it
/// was, but for its capacity.
pub(crate) fn append_runs<S: Storage + ?Sized>(
    storage: &mut S,
    range: Range<u64>,
    buf: &mut Vec<u8>,
) -> io::Result<()> {
    let before = buf.len();
    buf.try_reserve(length(range.end - range.start)?)?;
    let mut offset = range.start;
    while offset < range.end {
        match storage.run_at(offset) {
            Ok(run) => {
                let take = usize::try_from(range.end - offset).map_or(run.len(), |left| left.min(run.len()));
                buf.extend_from_slice(&run[..take]);
                offset += take as u64;
            }
            Err(error) => {
                buf.truncate(before);
                return Err(error);
            }
        }
    }
    Ok(())
}
