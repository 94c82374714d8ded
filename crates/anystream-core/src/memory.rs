//! Small helpers for storages: fallible allocation and copying out of runs.

use std::io;

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

/// `len` zeros, or `OutOfMemory` where `vec![0; len]` would abort the process.
///
/// # Errors
/// `OutOfMemory`, also where `len` is more than a vector can hold.
///
/// ```
/// use anystream_core::memory::zeroed;
/// assert_eq!(zeroed(3)?, [0, 0, 0]);
/// assert_eq!(zeroed(u64::MAX).unwrap_err().kind(), std::io::ErrorKind::OutOfMemory);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn zeroed(len: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(len)?;
    zeros.resize(len, 0);
    Ok(zeros)
}
