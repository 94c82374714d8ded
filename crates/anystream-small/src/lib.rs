//! The small storage of **anystream**: [`SmallStream`].

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

use std::io;
use std::ops::Range;

use anystream_core::{Resident, Storage, memory, stream_type};
use bytes::Bytes;

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
    /// Memory: a refused allocation is `OutOfMemory`, and nothing has changed (law F1). What cannot return an
    /// error aborts the process instead, as `Vec` does: `From` and `clone` of more than `N` bytes where they copy,
    /// and [`into_vec`](Self::into_vec). To be told, write to an empty stream.
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
    pub struct SmallStream<const N: usize = 64>(SmallStorage<N>): Resident;
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
        matches!(self.0.storage().0, Place::Inline { .. })
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
        self.0.storage().as_slice()
    }

    /// The whole contents as a vector. O(1) if they are on the heap, else a copy of at most `N` bytes.
    ///
    /// ```
    /// use anystream_small::SmallStream;
    /// assert_eq!(SmallStream::<8>::from(b"hello").into_vec(), b"hello");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        match self.0.into_storage().0 {
            Place::Inline { bytes, len } => bytes[..len].to_vec(),
            Place::Heap(vec) => vec,
        }
    }
}

/// The bytes of a [`SmallStream`].
///
/// An array and a vector in safe code, rather than a small-vector crate: those reach the spare part of
/// their array through `unsafe` and with a `memmove` call for each append, which made a tiny stream
/// twice as slow. See `docs/decisions/0002-small.md`.
#[derive(Clone)]
struct SmallStorage<const N: usize>(Place<N>);

#[derive(Clone)]
enum Place<const N: usize> {
    /// The first `len` bytes of `bytes`; what lies behind them is left over from before.
    Inline {
        bytes: [u8; N],
        len: usize,
    },
    Heap(Vec<u8>),
}

/// Checked by the cursor: within the contents, and so within a `usize`.
#[inline]
fn index(offset: u64) -> usize {
    offset as usize
}

impl<const N: usize> SmallStorage<N> {
    #[inline]
    fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Place::Inline { bytes, len } => &bytes[..*len],
            Place::Heap(vec) => vec,
        }
    }

    /// The vector on the heap, where the bytes are moved to if they are not there, with room for
    /// `extra` more.
    #[cold]
    #[allow(clippy::unreachable, reason = "what was inline has just been moved")]
    fn on_heap(&mut self, extra: usize) -> io::Result<&mut Vec<u8>> {
        if let Place::Inline { .. } = self.0 {
            let mut vec = Vec::new();
            memory::reserve(&mut vec, self.as_slice().len().saturating_add(extra))?;
            vec.extend_from_slice(self.as_slice());
            self.0 = Place::Heap(vec);
        }
        let Place::Heap(vec) = &mut self.0 else { unreachable!("it was moved there") };
        memory::reserve(vec, extra)?;
        Ok(vec)
    }
}

impl<const N: usize> Default for SmallStorage<N> {
    #[inline]
    fn default() -> Self {
        SmallStorage(Place::Inline { bytes: [0; N], len: 0 })
    }
}

impl<const N: usize> Resident for SmallStorage<N> {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        memory::tail(self.as_slice(), offset)
    }
}

impl<const N: usize> Storage for SmallStorage<N> {
    #[inline]
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(memory::copy_from(memory::tail(self.as_slice(), offset), buf))
    }

    #[inline]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        Ok(memory::tail(self.as_slice(), offset))
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let range = index(range.start)..index(range.end);
        if let Place::Inline { bytes, len } = &mut self.0 {
            let after = *len - range.len() + with.len();
            if after <= N {
                bytes.copy_within(range.end..*len, range.start + with.len());
                bytes[range.start..range.start + with.len()].copy_from_slice(with);
                *len = after;
                return Ok(());
            }
        }
        let extra = with.len().saturating_sub(range.len());
        memory::splice(self.on_heap(extra)?, range, with)
    }

    #[inline]
    fn write_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        match &mut self.0 {
            Place::Inline { bytes, len } if offset <= *len as u64 => {
                let start = index(offset);
                match bytes.get_mut(start..start + data.len()) {
                    Some(place) => {
                        place.copy_from_slice(data);
                        *len = (*len).max(start + data.len());
                        true
                    }
                    None => false,
                }
            }
            Place::Inline { .. } => false,
            Place::Heap(vec) => memory::write_in_place(vec, offset, data),
        }
    }

    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        if self.write_in_place(offset, data) {
            return Ok(());
        }
        let extra = (index(offset) + data.len()).saturating_sub(self.as_slice().len());
        memory::write_at(self.on_heap(extra)?, index(offset), data)
    }

    fn write_pieces_at(&mut self, offset: u64, pieces: &[io::IoSlice<'_>], total: usize) -> io::Result<()> {
        let start = index(offset);
        if !matches!(self.0, Place::Inline { .. }) || start + total > N {
            let extra = (start + total).saturating_sub(self.as_slice().len());
            return memory::write_pieces_at(self.on_heap(extra)?, start, pieces, total);
        }
        let mut at = offset;
        for piece in pieces {
            self.write_at(at, piece)?; // all of them fit inline: it cannot fail
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn truncate(&mut self, to: u64) -> io::Result<()> {
        match &mut self.0 {
            Place::Inline { len, .. } => *len = index(to),
            Place::Heap(vec) => vec.truncate(index(to)),
        }
        Ok(())
    }

    fn grow(&mut self, to: u64) -> io::Result<()> {
        let to = index(to);
        match &mut self.0 {
            Place::Inline { bytes, len } if to <= N => {
                bytes[*len..to].fill(0);
                *len = to;
            }
            _ => {
                let extra = to - self.as_slice().len();
                self.on_heap(extra)?.resize(to, 0);
            }
        }
        Ok(())
    }
}

impl<const N: usize> From<Vec<u8>> for SmallStorage<N> {
    fn from(bytes: Vec<u8>) -> Self {
        // A vector that fits inline is not kept, however much it had reserved.
        if bytes.len() <= N { bytes.as_slice().into() } else { SmallStorage(Place::Heap(bytes)) }
    }
}

impl<const N: usize> From<&[u8]> for SmallStorage<N> {
    fn from(from: &[u8]) -> Self {
        let mut bytes = [0; N];
        match bytes.get_mut(..from.len()) {
            Some(place) => {
                place.copy_from_slice(from);
                SmallStorage(Place::Inline { bytes, len: from.len() })
            }
            None => SmallStorage(Place::Heap(from.to_vec())),
        }
    }
}

impl<const N: usize> From<Bytes> for SmallStorage<N> {
    fn from(bytes: Bytes) -> Self {
        if bytes.len() <= N { bytes[..].into() } else { SmallStorage(Place::Heap(bytes.into())) }
    }
}
