//! The small storage of **anystream**: [`SmallStream`].

use std::io;
use std::ops::Range;

use anystream_core::{Storage, memory, stream_type};
use bytes::Bytes;
use smallvec::{CollectionAllocErr, SmallVec};

stream_type! {
    /// A byte stream that holds up to `N` bytes inside itself, with no allocation at all, and moves to
    /// the heap when it outgrows them.
    ///
    /// For the many streams that stay tiny: a message, a header, a number being formatted. The stream
    /// itself is about `N` bytes large, wherever it is kept or moved.
    ///
    /// | operation | cost |
    /// |---|---|
    /// | create, write, read, drop, up to `N` bytes | no allocation |
    /// | beyond `N` bytes | as a vector |
    /// | `getvalue`, `read_bytes`, `clone` | O(bytes): always a copy |
    /// | insert, remove, `splice` | O(L): the tail moves |
    ///
    /// ```
    /// use anystream_core::ByteStream;
    /// use anystream_small::SmallStream;
    /// use std::io::Write;
    ///
    /// let mut s = SmallStream::<16>::new();
    /// write!(s, "{}", 1234)?;
    /// assert!(s.inline());
    /// write!(s, " and more than sixteen")?;
    /// assert!(!s.inline());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub struct SmallStream<const N: usize = 64>(SmallStorage<N>);
}

impl<const N: usize> SmallStream<N> {
    /// Whether the bytes lie inside the stream itself, without an allocation.
    ///
    /// Once on the heap they stay there, so that a stream that is truncated and filled again does
    /// not allocate again.
    ///
    /// ```
    /// use anystream_small::SmallStream;
    /// assert!(SmallStream::<4>::from(b"four").inline());
    /// assert!(!SmallStream::<4>::from(b"seven..").inline());
    /// ```
    #[inline]
    #[must_use]
    pub fn inline(&self) -> bool {
        !self.0.storage().0.spilled()
    }

    /// The whole contents, wherever the position is. O(1).
    ///
    /// ```
    /// use anystream_small::SmallStream;
    /// assert_eq!(SmallStream::<8>::from(b"hello").as_slice(), b"hello");
    /// ```
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0.storage().0
    }

    /// The whole contents as a vector. O(1) if they are on the heap, else a copy of at most `N` bytes.
    ///
    /// ```
    /// use anystream_small::SmallStream;
    /// assert_eq!(SmallStream::<8>::from(b"hello").into_vec(), b"hello");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0.into_storage().0.into_vec()
    }
}

/// The bytes of a [`SmallStream`].
#[derive(Default, Clone)]
pub struct SmallStorage<const N: usize>(SmallVec<[u8; N]>);

/// Checked by the cursor: within the contents, and so within a `usize`.
#[inline]
fn index(offset: u64) -> usize {
    offset as usize
}

impl<const N: usize> SmallStorage<N> {
    #[inline]
    fn reserve(&mut self, extra: usize) -> io::Result<()> {
        // Both of its errors, overflow of the capacity and refusal by the allocator, mean no memory.
        let no_memory = |_: CollectionAllocErr| io::ErrorKind::OutOfMemory.into();
        self.0.try_reserve(extra).map_err(no_memory)
    }
}

impl<const N: usize> Storage for SmallStorage<N> {
    #[inline]
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(&self.0, offset), buf))
    }

    #[inline]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(memory::tail(&self.0, offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let (start, end) = (index(range.start), index(range.end));
        let removed = end - start;
        self.reserve(with.len().saturating_sub(removed))?;
        let before = self.0.len();
        let new_end = start + with.len();
        if with.len() > removed {
            self.0.resize(before + with.len() - removed, 0);
        }
        self.0.copy_within(end..before, new_end);
        self.0[start..new_end].copy_from_slice(with);
        self.0.truncate(before - removed + with.len());
        Ok(())
    }

    #[inline]
    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let start = index(offset);
        let (over, beyond) = data.split_at(data.len().min(self.0.len() - start));
        self.reserve(beyond.len())?;
        self.0[start..start + over.len()].copy_from_slice(over);
        self.0.extend_from_slice(beyond);
        Ok(())
    }

    fn write_pieces_at(&mut self, offset: u64, pieces: &[io::IoSlice<'_>], total: usize) -> io::Result<()> {
        self.reserve((index(offset) + total).saturating_sub(self.0.len()))?;
        let mut at = offset;
        for piece in pieces {
            self.write_at(at, piece)?; // room for all of them is reserved: it cannot fail now
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.truncate(index(len));
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        self.reserve(index(len) - self.0.len())?;
        self.0.resize(index(len), 0);
        Ok(())
    }
}

impl<const N: usize> From<Vec<u8>> for SmallStorage<N> {
    fn from(bytes: Vec<u8>) -> Self {
        // A vector that fits inline is not kept, however much it had reserved.
        if bytes.len() <= N { bytes.as_slice().into() } else { SmallStorage(SmallVec::from_vec(bytes)) }
    }
}

impl<const N: usize> From<&[u8]> for SmallStorage<N> {
    fn from(bytes: &[u8]) -> Self {
        SmallStorage(SmallVec::from_slice(bytes))
    }
}

impl<const N: usize> From<Bytes> for SmallStorage<N> {
    fn from(bytes: Bytes) -> Self {
        if bytes.len() <= N { bytes[..].into() } else { Vec::from(bytes).into() }
    }
}
