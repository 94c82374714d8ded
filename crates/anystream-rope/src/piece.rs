//! What a rope is a sequence of.

use std::io;
use std::mem;
use std::ops::Range;

use anystream_core::memory;
use bytes::Bytes;
use triomphe::Arc;

use crate::NoMemory;
use crate::chunk::{Chunk, FULL, LARGEST, SMALL};

/// A stretch of the contents, never empty while it is in the tree.
#[derive(Clone)]
pub(crate) enum Piece {
    /// Up to a few kilobytes that can be edited.
    Chunk(Chunk),
    /// Bytes kept as they were given.
    Shared(Shared),
    /// This many zeros, which take no memory.
    Hole(u64),
}

/// Part of what was given to be kept. All parts of it know it as a whole, so that it can be seen how much
/// memory they keep alive.
#[derive(Clone)]
pub(crate) struct Shared {
    whole: Arc<Bytes>,
    start: u32,
    len: u32,
}

/// What a hole shows of itself: as long as is still fast to copy from.
pub(crate) static ZEROS: [u8; 32 * 1024] = [0; 32 * 1024];

impl Shared {
    /// As many bytes as one piece can have: fewer under test, to be met there.
    pub(crate) const LONGEST: usize = if cfg!(any(test, fuzzing)) { 1 << 10 } else { 1 << 31 };

    /// All of `bytes`, which are at most [`LONGEST`](Self::LONGEST).
    pub(crate) fn of(bytes: Bytes) -> Result<Shared, NoMemory> {
        debug_assert!(bytes.len() <= Self::LONGEST);
        let len = bytes.len() as u32;
        Ok(Shared { whole: Arc::try_new(bytes).map_err(|_| NoMemory)?, start: 0, len })
    }

    fn part(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.whole[self.part()]
    }

    /// The bytes in `range` as a value that shares the memory.
    pub(crate) fn value(&self, range: Range<usize>) -> io::Result<Bytes> {
        if Bytes::is_unique(&self.whole) {
            memory::expect_room_to_share()?;
        }
        let start = self.start as usize;
        Ok(self.whole.slice(start + range.start..start + range.end))
    }

    /// What was given, of which this is a part.
    pub(crate) fn whole(&self) -> &Arc<Bytes> {
        &self.whole
    }

    /// Whether nobody else, no other part either, sees the memory, so that it can be written.
    fn is_unique(&self) -> bool {
        self.whole.is_unique() && Bytes::is_unique(&self.whole)
    }

    /// Puts `data` over as many bytes from `at` on, which are there, if nobody else sees them, and returns
    /// whether nobody does.
    #[inline(never)]
    fn overwrite(&mut self, at: usize, data: &[u8]) -> bool {
        let start = self.start as usize + at;
        let Some(whole) = Arc::get_mut(&mut self.whole) else { return false };
        match mem::take(whole).try_into_mut() {
            Ok(mut memory) => {
                memory[start..start + data.len()].copy_from_slice(data);
                *whole = memory.freeze();
                true
            }
            Err(shared) => {
                *whole = shared;
                false
            }
        }
    }

    fn slice(&self, range: Range<usize>) -> Shared {
        let (start, len) = (self.start + range.start as u32, range.len() as u32);
        Shared { whole: self.whole.clone(), start, len }
    }
}

impl Piece {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        match self {
            Piece::Chunk(chunk) => chunk.len() as u64,
            Piece::Shared(shared) => u64::from(shared.len),
            Piece::Hole(len) => *len,
        }
    }

    /// The contiguous bytes from `at`, which is less than `len`, on.
    #[inline]
    pub(crate) fn run_from(&self, at: u64) -> &[u8] {
        match self {
            Piece::Chunk(chunk) => chunk.run_from(at as usize),
            Piece::Shared(shared) => &shared.as_slice()[at as usize..],
            Piece::Hole(len) => {
                let left = len - at;
                &ZEROS[..usize::try_from(left).map_or(ZEROS.len(), |left| left.min(ZEROS.len()))]
            }
        }
    }

    /// Whether bytes can be put over these without new memory.
    pub(crate) fn is_writable(&self) -> bool {
        match self {
            Piece::Chunk(chunk) => chunk.is_unique(),
            Piece::Shared(shared) => shared.is_unique(),
            Piece::Hole(_) => false,
        }
    }

    /// Puts `data` over as many bytes from `at` on, which are there, and returns whether that could be done
    /// without new memory.
    #[inline(always)]
    pub(crate) fn overwrite(&mut self, at: usize, data: &[u8]) -> bool {
        match self {
            Piece::Chunk(chunk) => chunk.overwrite(at, data),
            Piece::Shared(shared) => shared.overwrite(at, data),
            Piece::Hole(_) => false,
        }
    }

    /// The bytes in `range`, which is not empty. Copied only if they are part of a chunk.
    pub(crate) fn slice(&self, range: Range<u64>) -> Result<Piece, NoMemory> {
        let within = range.start as usize..range.end as usize;
        Ok(match self {
            whole if range == (0..whole.len()) => whole.clone(),
            Piece::Chunk(chunk) => Piece::Chunk(chunk.slice(within)?),
            Piece::Shared(shared) => Piece::Shared(shared.slice(within)),
            Piece::Hole(_) => Piece::Hole(range.end - range.start),
        })
    }

    /// Whether two neighbours should be one piece: two holes; or if one is small and both fit into a full
    /// chunk, or into a larger one that one of them is already. So no two neighbours are both mostly empty, and a
    /// rope of tiny pieces cannot arise.
    pub(crate) fn should_merge(&self, next: &Piece) -> bool {
        match (self, next) {
            (Piece::Hole(_), Piece::Hole(_)) => true,
            (Piece::Chunk(chunk), other) | (other, Piece::Chunk(chunk)) => {
                other.should_merge_with_chunk(chunk.len() as u64, other.len())
            }
            (one, other) => fit(one.len(), other.len(), FULL),
        }
    }

    /// As [`should_merge`](Self::should_merge), with a chunk of length `chunk` beside this piece, whose length is
    /// `len`.
    #[inline]
    pub(crate) fn should_merge_with_chunk(&self, chunk: u64, len: u64) -> bool {
        let is_larger = |len: u64| len > FULL as u64;
        let may_be_larger = is_larger(chunk) || is_larger(len) && matches!(self, Piece::Chunk(_));
        fit(chunk, len, if may_be_larger { LARGEST } else { FULL })
    }

    /// One piece of the two; see [`should_merge`](Self::should_merge).
    pub(crate) fn merged(&self, next: &Piece) -> Result<Piece, NoMemory> {
        if let (Piece::Hole(a), Piece::Hole(b)) = (self, next) {
            return Ok(Piece::Hole(a + b));
        }
        let parts = self.short_runs().into_iter().chain(next.short_runs());
        Ok(Piece::Chunk(Chunk::concatenated(parts, 0)?))
    }

    /// All bytes of a piece that is no longer than a chunk.
    fn short_runs(&self) -> [&[u8]; 2] {
        match self {
            Piece::Chunk(chunk) => chunk.runs(),
            Piece::Shared(shared) => [shared.as_slice(), &[]],
            Piece::Hole(len) => [&ZEROS[..*len as usize], &[]],
        }
    }
}

/// Whether one of two is small and both fit into a chunk of `most` bytes.
#[inline]
fn fit(a: u64, b: u64, most: usize) -> bool {
    a.min(b) < SMALL as u64 && a.saturating_add(b) <= most as u64
}

const _: () = assert!(LARGEST <= ZEROS.len());
