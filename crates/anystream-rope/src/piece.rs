//! What a rope is a sequence of.

use std::io;
use std::mem;
use std::ops::Range;
use std::slice;

use anystream_core::memory;
use bytes::Bytes;
use prefetch_index::prefetch_index;
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

/// Part of a whole. All parts of it know it, so that it can be seen how much memory they keep alive.
#[derive(Clone)]
pub(crate) struct Shared {
    whole: Arc<Whole>,
    start: u32,
    len: u32,
}

/// Memory that is kept as it is, and not edited.
pub(crate) enum Whole {
    /// What was given to be kept.
    Given(Bytes),
    /// What was appended little by little, at most [`FULL`] bytes: unlike a chunk's, this memory need not be filled with
    /// zeros before it is filled with contents, which costs half as much again as those.
    Appended(Vec<u8>),
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
        Ok(Shared { whole: Arc::try_new(Whole::Given(bytes)).map_err(|_| NoMemory)?, start: 0, len })
    }

    /// `bytes`, with room for `capacity` in all.
    pub(crate) fn with_room(bytes: &[u8], capacity: usize) -> Result<Shared, NoMemory> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(capacity).map_err(|_| NoMemory)?;
        memory.extend_from_slice(bytes);
        let whole = Arc::try_new(Whole::Appended(memory)).map_err(|_| NoMemory)?;
        Ok(Shared { whole, start: 0, len: bytes.len() as u32 })
    }

    /// Where it is in the whole.
    pub(crate) fn part(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.whole.as_slice()[self.part()]
    }

    /// The bytes in `range` as a value that shares the memory.
    pub(crate) fn value(&self, range: Range<usize>) -> io::Result<Bytes> {
        let start = self.start as usize;
        let within = start + range.start..start + range.end;
        match &*self.whole {
            Whole::Given(bytes) => {
                if bytes.is_unique() {
                    memory::expect_room_to_share()?;
                }
                Ok(bytes.slice(within))
            }
            Whole::Appended(_) => {
                memory::expect_room_to_share()?;
                Ok(Bytes::from_owner(WholeValue(self.whole.clone())).slice(within))
            }
        }
    }

    /// What this is a part of.
    pub(crate) fn whole(&self) -> &Arc<Whole> {
        &self.whole
    }

    /// Whether nobody else, no other part either, sees the memory, so that it can be written.
    pub(crate) fn is_unique(&self) -> bool {
        self.is_seen_by(1)
    }

    /// Whether nobody sees the memory but so many parts of this rope.
    pub(crate) fn is_seen_by(&self, parts: usize) -> bool {
        let is_ours = match &*self.whole {
            Whole::Given(bytes) => bytes.is_unique(),
            Whole::Appended(_) => true,
        };
        is_ours && Arc::count(&self.whole) == parts
    }

    /// A chunk of it with room for edits, if it is what was appended little by little.
    pub(crate) fn as_chunk(&self) -> Result<Option<Chunk>, NoMemory> {
        self.was_appended().then(|| Chunk::with_room(self.as_slice(), FULL)).transpose()
    }

    /// How many more bytes [`append`](Self::append) could add, if nobody else sees the memory.
    pub(crate) fn room(&self) -> usize {
        self.whole.size() - self.len as usize
    }

    /// Adds `data` to what was appended, of which this must be all, if there is room in memory that nobody else sees;
    /// else it does nothing.
    #[inline(always)]
    pub(crate) fn append(&mut self, data: &[u8]) -> bool {
        let Some(Whole::Appended(memory)) = Arc::get_mut(&mut self.whole) else { return false };
        if memory.len() != self.len as usize {
            // What was cut off while others saw it is still there.
            memory.truncate(self.len as usize);
        }
        let fits = data.len() <= memory.capacity() - memory.len();
        if fits {
            memory.extend_from_slice(data);
            self.len = memory.len() as u32;
        }
        fits
    }

    /// Puts `data` over bytes from `at` on, if that needs no more than copying it to one place in memory that nobody
    /// else sees; else it does nothing. `at` may be anything.
    pub(crate) fn write_in_place(&mut self, at: u64, data: &[u8]) -> bool {
        let part = self.part();
        let Some(Whole::Appended(memory)) = Arc::get_mut(&mut self.whole) else { return false };
        let shown = memory.get_mut(part).unwrap_or_default();
        let place = usize::try_from(at).ok().and_then(|at| shown.get_mut(at..)?.get_mut(..data.len()));
        match place {
            Some(place) => memory::copy(place, data),
            None => return false,
        }
        true
    }

    /// Puts `data` over as many bytes from `at` on, which are there, if nobody else sees them, and returns
    /// whether nobody does.
    #[inline(never)]
    pub(crate) fn overwrite(&mut self, at: usize, data: &[u8]) -> bool {
        let start = self.start as usize + at;
        let Some(whole) = Arc::get_mut(&mut self.whole) else { return false };
        let bytes = match whole {
            Whole::Given(bytes) => bytes,
            Whole::Appended(memory) => {
                memory[start..start + data.len()].copy_from_slice(data);
                return true;
            }
        };
        match mem::take(bytes).try_into_mut() {
            Ok(mut memory) => {
                memory[start..start + data.len()].copy_from_slice(data);
                *bytes = memory.freeze();
                true
            }
            Err(shared) => {
                *bytes = shared;
                false
            }
        }
    }

    /// Keeps the first `len` bytes. Needs no memory, and gives none back.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len as u32;
        if let Some(Whole::Appended(memory)) = Arc::get_mut(&mut self.whole) {
            memory.truncate(self.start as usize + len);
        }
    }

    /// Part of it: a copy, if what it is a part of is no more than a chunk, and would only be kept in memory by it.
    fn slice(&self, range: Range<usize>) -> Result<Piece, NoMemory> {
        Ok(if self.was_appended() {
            Piece::Chunk(Chunk::of(&self.as_slice()[range])?)
        } else {
            Piece::Shared(self.view(range))
        })
    }

    /// Part of it, with the same memory.
    fn view(&self, range: Range<usize>) -> Shared {
        let (start, len) = (self.start + range.start as u32, range.len() as u32);
        Shared { whole: self.whole.clone(), start, len }
    }

    fn was_appended(&self) -> bool {
        matches!(&*self.whole, Whole::Appended(_))
    }
}

impl Whole {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Whole::Given(bytes) => bytes,
            Whole::Appended(memory) => memory,
        }
    }

    /// How many bytes of memory it keeps.
    pub(crate) fn size(&self) -> usize {
        match self {
            Whole::Given(bytes) => bytes.len(),
            Whole::Appended(memory) => memory.capacity(),
        }
    }
}

/// Keeps a whole alive inside a `Bytes`.
struct WholeValue(Arc<Whole>);

impl AsRef<[u8]> for WholeValue {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
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

    /// Has the processor fetch what is looked at first when it is read.
    pub(crate) fn prefetch(&self) {
        match self {
            Piece::Chunk(chunk) => chunk.prefetch(),
            Piece::Shared(shared) => prefetch_index(slice::from_ref(&*shared.whole), 0),
            Piece::Hole(_) => {}
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

    /// The bytes in `range`, which is not empty. Copied only if they are part of no more than a chunk.
    pub(crate) fn slice(&self, range: Range<u64>) -> Result<Piece, NoMemory> {
        let within = range.start as usize..range.end as usize;
        Ok(match self {
            whole if range == (0..whole.len()) => whole.clone(),
            Piece::Chunk(chunk) => Piece::Chunk(chunk.slice(within)?),
            Piece::Shared(shared) => shared.slice(within)?,
            Piece::Hole(_) => Piece::Hole(range.end - range.start),
        })
    }

    /// What is before `at` and from `to` on, as pieces that share the memory with this one, and a copy of what is between
    /// them. `None` for pieces of which copies are not made little by little.
    pub(crate) fn divided(&self, at: usize, to: usize) -> Result<Option<(Piece, Chunk, Piece)>, NoMemory> {
        let (left, right) = match self {
            Piece::Chunk(chunk) => match chunk.views(at, to) {
                Some((left, right)) => (Piece::Chunk(left), Piece::Chunk(right)),
                None => return Ok(None),
            },
            Piece::Shared(shared) if shared.was_appended() => {
                let len = shared.len as usize;
                (Piece::Shared(shared.view(0..at)), Piece::Shared(shared.view(to..len)))
            }
            _ => return Ok(None),
        };
        let copied = match self {
            Piece::Chunk(chunk) => chunk.slice(at..to)?,
            other => Chunk::of(&other.run_from(0)[at..to])?,
        };
        Ok(Some((left, copied, right)))
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
