//! What a backend author writes: bytes at an offset, nothing about positions.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use crate::memory;

/// Bytes at an offset: the one thing a backend implements.
///
/// [`Stream`](crate::Stream) puts a position on top and keeps every law of
/// [`ByteStream`](crate::ByteStream). It calls a storage only with arguments that it has checked, so
/// an implementation never does offset arithmetic that could overflow, never sees a range outside
/// the contents, and never sees an end past [`max_len`](Self::max_len).
///
/// Four methods are required. The provided ones are correct as they stand, built on `splice`; they
/// are there to be overridden where the storage can do better.
///
/// # Laws for implementers
///
/// - **All or nothing.** A method that returns an error has changed nothing. Reserve first.
/// - **No panic, no abort.** Allocate with `try_reserve` and report
///   [`OutOfMemory`](io::ErrorKind::OutOfMemory).
/// - **Runs are maximal where that is cheap, and never empty before the end.**
/// - **Clones are independent.**
///
/// ```
/// use anystream_core::{Storage, Stream, memory};
/// use std::{io, ops::Range};
///
/// /// The smallest honest backend.
/// #[derive(Default, Clone)]
/// struct Plain(Vec<u8>);
///
/// impl Storage for Plain {
///     fn len(&self) -> u64 {
///         self.0.len() as u64
///     }
///     fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
///         Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
///     }
///     fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
///         Ok(memory::tail(&self.0, offset))
///     }
///     fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
///         self.0.try_reserve(with.len())?;
///         self.0.splice(range.start as usize..range.end as usize, with.iter().copied());
///         Ok(())
///     }
/// }
///
/// use std::io::{Read, Seek, Write};
/// let mut s = Stream::<Plain>::default();
/// write!(s, "hello")?;
/// s.rewind()?;
/// assert_eq!(io::read_to_string(&mut s)?, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Storage {
    /// The number of bytes held. O(1).
    fn len(&self) -> u64;

    /// Copies bytes from `offset` on into `buf` and returns how many: `min(buf.len(), len - offset)`,
    /// and 0 if `offset >= len`. However the storage is divided, it is short only at the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// The contiguous bytes from `offset` on that can be shown without copying; empty exactly when
    /// `offset >= len`.
    ///
    /// `&mut self` so that a storage may remember the place, decode or fetch; the contents stay.
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]>;

    /// Replaces the bytes in `range` with `with`.
    ///
    /// The caller has checked `range.start <= range.end <= len` and that the new length is at most
    /// `max_len`.
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()>;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The greatest length that this storage could ever address. A write past it is refused as
    /// `FileTooLarge` before the storage is asked.
    fn max_len(&self) -> u64 {
        memory::MAX_CONTIGUOUS
    }

    /// Writes `data` at `offset` if that needs no more than copying it into memory which is there, and
    /// returns whether it did. If not, nothing has changed, and the checked way is gone:
    /// [`write_at`](Self::write_at).
    ///
    /// This is the short way that most small writes take, so it is tried before anything is checked:
    /// `offset` may be anything, and `data` empty. What it must refuse: an `offset` past `len` (a gap), an
    /// end past `max_len`, and whatever would allocate. The provided version refuses everything.
    #[inline]
    fn write_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        let _ = (offset, data);
        false
    }

    /// Replaces the bytes in `range` by `with` if that needs no more than copying into memory which is there,
    /// and returns whether it did. If not, nothing has changed, and the checked way is gone:
    /// [`splice`](Self::splice).
    ///
    /// As [`write_in_place`](Self::write_in_place), it is tried before anything is checked: `range` may be
    /// any, and must be refused if it ends before it starts or past `len`. The provided version refuses
    /// everything.
    #[inline]
    fn splice_in_place(&mut self, range: &Range<u64>, with: &[u8]) -> bool {
        let _ = (range, with);
        false
    }

    /// Overwrites from `offset` on, then extends. The caller has checked `offset <= len` and that
    /// `data` is not empty.
    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = (offset + data.len() as u64).min(self.len());
        self.splice(offset..end, data)
    }

    /// As [`write_at`](Self::write_at), but may keep the memory of `data`.
    fn write_bytes_at(&mut self, offset: u64, data: Bytes) -> io::Result<()> {
        self.write_at(offset, &data)
    }

    /// As one [`write_at`](Self::write_at) of the concatenation of `pieces`, which is `total` bytes
    /// long.
    ///
    /// The provided version gathers the pieces first, because writing them one by one could fail
    /// half-way. A storage that can reserve for all of them up front need not.
    fn write_pieces_at(&mut self, offset: u64, pieces: &[io::IoSlice<'_>], total: usize) -> io::Result<()> {
        let mut gathered = Vec::new();
        gathered.try_reserve_exact(total)?;
        for piece in pieces {
            gathered.extend_from_slice(piece);
        }
        self.write_at(offset, &gathered)
    }

    /// Keeps the first `len` bytes. The caller has checked `len < self.len()`.
    ///
    /// Taking back what [`grow`](Self::grow) just added must not fail.
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.splice(len..self.len(), &[])
    }

    /// Adds zeros until there are `len` bytes. The caller has checked `self.len() < len <= max_len`.
    ///
    /// The provided version asks for as much memory as the zeros are long, gives it back, and splices
    /// them in. A storage that can have holes, or can reserve, overrides it.
    fn grow(&mut self, len: u64) -> io::Result<()> {
        static ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
        let before = self.len();
        // Asked for first, so that what cannot be is refused before memory is full of zeros.
        memory::expect_room([memory::length(len - before)?])?;
        while self.len() < len {
            let missing = usize::try_from(len - self.len()).unwrap_or(usize::MAX);
            let end = self.len();
            if let Err(error) = self.splice(end..end, &ZEROS[..missing.min(ZEROS.len())]) {
                if self.len() > before {
                    self.truncate(before)?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// The bytes in `range`, which the caller has checked, as a value in which later changes never
    /// show.
    ///
    /// The provided version copies. A storage that can share memory overrides it, and falls back on
    /// [`copy`](Self::copy).
    fn share(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        self.copy(range)
    }

    /// Where the first `byte` at or behind `from` is, if there is one.
    ///
    /// The provided version searches run by run. A storage with holes overrides it, to pass over them.
    fn find(&mut self, byte: u8, from: u64) -> io::Result<Option<u64>> {
        let mut offset = from;
        loop {
            let run = self.run_at(offset)?;
            if run.is_empty() {
                return Ok(None);
            }
            match memory::find(run, byte) {
                Some(at) => return Ok(Some(offset + at as u64)),
                None => offset += run.len() as u64,
            }
        }
    }

    /// A copy of the bytes in `range`, which the caller has checked.
    fn copy(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(memory::length(range.end - range.start)?)?;
        memory::append_runs(self, range, &mut copy)?;
        Ok(copy.into())
    }
}
