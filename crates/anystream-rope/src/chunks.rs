//! The contents as they lie in memory.

use std::io::{self, IoSlice, Write};
use std::iter::FusedIterator;

use crate::RopeStream;
use crate::runs::Runs;

/// The contents of a rope in order, as the runs of bytes that lie side by side in memory: what
/// [`RopeStream::chunks`] returns.
///
/// ```
/// use anystream_rope::RopeStream;
/// let rope = RopeStream::from(b"hello");
/// assert_eq!(rope.chunks().map(<[u8]>::len).sum::<usize>(), 5);
/// ```
#[derive(Clone)]
pub struct Chunks<'a>(Runs<'a>);

/// As many pieces as one call of `writev` takes on every system.
const BATCH: usize = 64;

impl RopeStream {
    /// The contents in order, as the runs of bytes that lie side by side in memory, wherever the position is:
    /// nothing is copied. No run is empty. A hole shows as runs of zeros, up to 16 KiB each. O(log L), then
    /// O(1) a run.
    ///
    /// ```
    /// use anystream_core::{Bytes, ByteStream};
    /// use anystream_rope::RopeStream;
    ///
    /// let mut rope = RopeStream::from(b"head ");
    /// rope.append(RopeStream::from(Bytes::from(vec![b'.'; 1 << 20])))?;
    /// let lengths: Vec<_> = rope.chunks().map(<[u8]>::len).collect();
    /// assert_eq!(lengths, [5, 1 << 20]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks(Runs::from(self.0.storage(), 0))
    }

    /// Writes all of the contents to `out`, wherever the position is, and returns how many bytes that were.
    /// By vectored writes from where the bytes lie: nothing is copied or made contiguous. O(L).
    ///
    /// # Errors
    /// What `out` reports, but for `Interrupted`, which is tried again; `WriteZero` if it takes no more. The
    /// rope never changes; what was written until then is.
    ///
    /// ```
    /// use anystream_rope::RopeStream;
    /// let rope = RopeStream::from(b"hello");
    /// let mut out = Vec::new();
    /// assert_eq!(rope.write_to(&mut out)?, 5);
    /// assert_eq!(out, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to<W: Write + ?Sized>(&self, out: &mut W) -> io::Result<u64> {
        let mut chunks = self.chunks();
        let mut written = 0;
        loop {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let mut count = 0;
            for (slice, chunk) in slices.iter_mut().zip(&mut chunks) {
                *slice = IoSlice::new(chunk);
                written += chunk.len() as u64;
                count += 1;
            }
            if count == 0 {
                return Ok(written);
            }
            write_all_vectored(out, &mut slices[..count])?;
        }
    }
}

fn write_all_vectored<W: Write + ?Sized>(out: &mut W, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        match out.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut slices, n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.next()
    }
}

impl FusedIterator for Chunks<'_> {}

impl std::fmt::Debug for Chunks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}
