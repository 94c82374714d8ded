//! A few kilobytes that can be edited: shared memory with a gap in it.

use std::mem;
use std::ops::Range;

use prefetch_index::prefetch_index;
use triomphe::{Arc, HeaderSlice};

use crate::NoMemory;
use crate::piece::ZEROS;

/// The most bytes that a chunk is made of, and that edits here and there let it become. Its allocation (with a
/// counter, and the allocator's own header) is an odd number of cache lines, so that the counters of many chunks
/// do not compete for a few places in the caches. Under test a few bytes, so that every edge is met.
pub(crate) const FULL: usize = if cfg!(any(test, fuzzing)) { 24 } else { 8112 };

/// The most bytes that a chunk holds: so many if one edit follows another there. The longer it is, the more of them
/// it takes without the tree; but an edit that comes alone moves a third of a chunk.
pub(crate) const LARGEST: usize = if cfg!(any(test, fuzzing)) { 3 * FULL } else { 4 * FULL + 112 };

/// How many bytes a chunk made of plain contents holds.
pub(crate) const BULK: usize = FULL - SLACK;

/// What a chunk of bulk data has to spare, so that the first inserts into it move bytes and ask for no memory.
const SLACK: usize = if cfg!(any(test, fuzzing)) { 3 } else { FULL / 16 };

/// This part of a full chunk goes elsewhere when something is inserted into it.
pub(crate) const SPILL: usize = 6;

/// When a few bytes are put over a chunk that clones share, so many around them are copied, not all.
pub(crate) const COPIED: usize = FULL / 8;

/// Below this a chunk is merged with a neighbour if both fit into a full one. Less than what is spilled, so that
/// it does not come back at once.
pub(crate) const SMALL: usize = FULL / 8;

/// A gap is moved by a copy of this many bytes, if that is enough: what it has too much ends in the gap.
const BLOCK: usize = 128;

/// So much room to spare is worth nobody's while to give back.
const SPARE_AT_LEAST: usize = 64;

/// Bytes in memory that clones share and that is copied when it is written while shared. A gap, whose
/// bytes are not part of the contents, stands where the last insert was, so that the next one there
/// moves nothing. Other bytes that are not part of the contents may lie hidden in front: room for inserts that does
/// not lie in the way of what reads ahead, or what another chunk shows of memory that both share.
///
/// What returns an error has changed nothing.
#[derive(Clone)]
pub(crate) struct Chunk {
    memory: Arc<[u8]>,
    /// How many bytes of the memory are hidden in front: none in a chunk that is on loan from the tree.
    hidden: u16,
    /// From the start of the memory on, both.
    gap_start: u16,
    gap_end: u16,
    _niche: Niche,
}

/// A byte with one valid value: an enum around a chunk keeps its tag in the others, which makes a child
/// of a node 24 bytes long instead of 32.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Niche {
    Only = 0,
}

const _: () = assert!(LARGEST <= u16::MAX as usize);

impl Chunk {
    fn new(memory: Arc<[u8]>, hidden: usize, gap: Range<usize>) -> Self {
        let (gap_start, gap_end) = (gap.start as u16, gap.end as u16);
        Chunk { memory, hidden: hidden as u16, gap_start, gap_end, _niche: Niche::Only }
    }

    /// A chunk of exactly `bytes`, with no room to spare.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, NoMemory> {
        debug_assert!(bytes.len() <= LARGEST);
        Ok(Chunk::new(copy_of(bytes)?, 0, bytes.len()..bytes.len()))
    }

    /// Chunks of [`BULK`] bytes each, with room for [`FULL`]; and what is left of `bytes`, which is less.
    pub(crate) fn bulk(bytes: &[u8]) -> (impl Iterator<Item = Result<Self, NoMemory>>, &[u8]) {
        let left = &bytes[bytes.len() - bytes.len() % BULK..];
        let chunks = (0..bytes.len() / BULK).map(move |index| {
            // Memory that is filled in one go is filled the fastest: what is hidden is what comes before.
            let start = index * BULK;
            let hidden = start.min(SLACK);
            let end = bytes.len().min(start - hidden + FULL);
            let memory = copy_of(&bytes[start - hidden..end])?;
            let gap = hidden + BULK..memory.len();
            Ok(Chunk::new(memory, hidden, gap))
        });
        (chunks, left)
    }

    /// A chunk of `bytes` with room for `capacity` in all.
    pub(crate) fn with_room(bytes: &[u8], capacity: usize) -> Result<Self, NoMemory> {
        Chunk::concatenated([bytes].into_iter(), capacity)
    }

    /// The concatenation of `parts`, with room for `capacity` bytes if they are fewer.
    pub(crate) fn concatenated<'a>(
        parts: impl Iterator<Item = &'a [u8]> + Clone,
        capacity: usize,
    ) -> Result<Self, NoMemory> {
        let len = parts.clone().map(<[u8]>::len).sum::<usize>();
        let mut memory = zeros(len.max(capacity))?;
        let capacity = memory.len();
        let mut rest = Arc::get_mut(&mut memory).unwrap_or_default();
        for part in parts {
            let (place, behind) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = behind;
        }
        Ok(Chunk::new(memory, 0, len..capacity))
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.memory.len() - self.spare()
    }

    /// How many bytes could be inserted without new memory.
    pub(crate) fn spare(&self) -> usize {
        usize::from(self.gap_end - self.gap_start) + usize::from(self.hidden)
    }

    /// Whether nobody else holds the memory.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.memory.is_unique()
    }

    /// Has the processor fetch the beginning of the memory and the counter of owners before it.
    pub(crate) fn prefetch(&self) {
        prefetch_index(&*self.memory, 0);
    }

    /// Whether it has become larger by typing and somebody else holds the memory: a clone that a program keeps of
    /// each state would otherwise cost as much as all that was typed here.
    pub(crate) fn is_costly_to_copy(&self) -> bool {
        self.len() > FULL && !self.is_unique()
    }

    #[inline]
    fn gap(&self) -> Range<usize> {
        self.gap_start.into()..self.gap_end.into()
    }

    /// The bytes before the gap and those behind it.
    pub(crate) fn runs(&self) -> [&[u8]; 2] {
        let gap = self.gap();
        [&self.memory[self.hidden.into()..gap.start], &self.memory[gap.end..]]
    }

    /// The contiguous bytes from `at`, which is less than `len`, on.
    #[inline]
    pub(crate) fn run_from(&self, at: usize) -> &[u8] {
        let (at, gap) = (at + usize::from(self.hidden), self.gap());
        if at < gap.start { &self.memory[at..gap.start] } else { &self.memory[at + gap.len()..] }
    }

    /// If no gap divides the bytes, the memory that holds them, and where in it they are.
    pub(crate) fn contiguous(&self) -> Option<(&Arc<[u8]>, Range<usize>)> {
        let (start, end, gap) = (self.hidden.into(), self.memory.len(), self.gap());
        let shown = if gap.end == end {
            start..gap.start
        } else if gap.start == start {
            gap.end..end
        } else if gap.is_empty() {
            start..end
        } else {
            return None;
        };
        Some((&self.memory, shown))
    }

    /// Where the run starts that the byte at `at`, which is less than `len`, is in; and where in the memory it is.
    pub(crate) fn place_of_run(&self, at: usize) -> (usize, Range<usize>) {
        if let Some((_, run)) = self.contiguous() {
            return (0, run);
        }
        let gap = self.gap();
        let before = gap.start - usize::from(self.hidden);
        if at < before { (0, self.hidden.into()..gap.start) } else { (before, gap.end..self.memory.len()) }
    }

    /// A copy of the bytes in `range`, with no room to spare.
    pub(crate) fn slice(&self, range: Range<usize>) -> Result<Chunk, NoMemory> {
        let [before, behind] = self.runs();
        let part = |run: &'_ [u8], start: usize| {
            let clamp = |at: usize| at.saturating_sub(start).min(run.len());
            clamp(range.start)..clamp(range.end)
        };
        match (part(before, 0), part(behind, before.len())) {
            (first, second) if second.is_empty() => Chunk::of(&before[first]),
            (first, second) if first.is_empty() => Chunk::of(&behind[second]),
            (first, second) => Chunk::concatenated([&before[first], &behind[second]].into_iter(), 0),
        }
    }

    /// Makes the memory this chunk's own, by copying it if clones share it.
    #[inline(always)]
    pub(crate) fn unshare(&mut self) -> Result<(), NoMemory> {
        if !self.memory.is_unique() {
            self.copy_memory()?;
        }
        Ok(())
    }

    /// Makes the memory this chunk's own, and large enough for `len` bytes.
    pub(crate) fn reserve(&mut self, len: usize) -> Result<(), NoMemory> {
        if len <= self.memory.len() {
            self.unshare()?;
        }
        // What was copied was perhaps copied without its room.
        match len.checked_sub(self.memory.len()) {
            Some(needed) if needed > 0 => self.grow_by(needed),
            _ => Ok(()),
        }
    }

    #[cold]
    #[inline(never)]
    fn copy_memory(&mut self) -> Result<(), NoMemory> {
        if self.is_sparse() {
            *self = Chunk::concatenated(self.runs().into_iter(), 0)?;
        } else {
            self.memory = copy_of(&self.memory)?;
        }
        Ok(())
    }

    /// The bytes before `at` and those from `to` on, each as a chunk that shares this one's memory: what is
    /// not shown is hidden, or lies in its gap. `None` if a gap divides them.
    pub(crate) fn views(&self, at: usize, to: usize) -> Option<(Chunk, Chunk)> {
        let (memory, shown) = self.contiguous()?;
        let view = |shown: Range<usize>| Chunk::new(memory.clone(), shown.start, shown.end..memory.len());
        Some((view(shown.start..shown.start + at), view(shown.start + to..shown.end)))
    }

    /// Adds what is hidden to the gap, so that it is room to insert.
    #[inline]
    pub(crate) fn unhide(&mut self) -> Result<(), NoMemory> {
        if self.hidden > 0 { self.move_behind_hidden() } else { Ok(()) }
    }

    #[inline(never)]
    fn move_behind_hidden(&mut self) -> Result<(), NoMemory> {
        if self.gap().is_empty() {
            (self.gap_start, self.gap_end) = (0, mem::take(&mut self.hidden));
            return Ok(());
        }
        self.unshare()?;
        let (hidden, gap) = (usize::from(self.hidden), self.gap());
        if let Some(memory) = Arc::get_mut(&mut self.memory) {
            memory.copy_within(hidden..gap.start, 0);
            self.gap_start -= mem::take(&mut self.hidden);
        }
        Ok(())
    }

    /// Puts `data` over as many bytes from `at` on, which are there, and returns whether it did: not if clones
    /// share the memory.
    #[inline(always)]
    pub(crate) fn overwrite(&mut self, at: usize, data: &[u8]) -> bool {
        let (at, gap) = (at + usize::from(self.hidden), self.gap());
        let Some(memory) = Arc::get_mut(&mut self.memory) else { return false };
        let (first, second) = data.split_at(data.len().min(gap.start.saturating_sub(at)));
        if !first.is_empty() {
            copy_short(&mut memory[at..at + first.len()], first);
        }
        if !second.is_empty() {
            let start = at + first.len() + gap.len();
            copy_short(&mut memory[start..start + second.len()], second);
        }
        true
    }

    /// Puts `data` over bytes from `at` on that are there, if that needs no more than copying it to one place in
    /// memory that nobody shares; else it does nothing. `at` may be anything.
    #[inline(always)]
    pub(crate) fn write_in_place(&mut self, at: u64, data: &[u8]) -> bool {
        debug_assert_eq!(self.hidden, 0);
        let gap = self.gap();
        let Ok(at) = usize::try_from(at) else { return false };
        let start = if at < gap.start { at } else { at.saturating_add(gap.len()) };
        let end = start.saturating_add(data.len());
        if start < gap.start && end > gap.start {
            return false;
        }
        let Some(place) = Arc::get_mut(&mut self.memory).and_then(|memory| memory.get_mut(start..end)) else {
            return false;
        };
        copy_short(place, data);
        true
    }

    /// Inserts `data`, if that needs no more than copying it into the gap of memory that nobody shares; else it
    /// does nothing. `at` may be anything.
    #[inline(always)]
    pub(crate) fn insert_at_gap(&mut self, at: u64, data: &[u8]) -> bool {
        debug_assert_eq!(self.hidden, 0);
        let gap = self.gap();
        let end = gap.start + data.len();
        if at != gap.start as u64 || end > gap.end {
            return false;
        }
        let Some(place) = Arc::get_mut(&mut self.memory).and_then(|memory| memory.get_mut(gap.start..end))
        else {
            return false;
        };
        self.gap_start = end as u16;
        copy_short(place, data);
        true
    }

    /// Removes the bytes from `from` to `to`, if they lie around the gap; else it does nothing. `from` and `to`
    /// may be anything. The memory is not touched, so it may be shared.
    #[inline(always)]
    pub(crate) fn remove_at_gap(&mut self, from: u64, to: u64) -> bool {
        debug_assert_eq!(self.hidden, 0);
        let before = u64::from(self.gap_start);
        let behind = self.memory.len() as u64 - u64::from(self.gap_end);
        // If `to` lies before the gap, the difference is more than any chunk holds.
        if from > before || to.wrapping_sub(before) > behind {
            return false;
        }
        self.gap_start = from as u16;
        self.gap_end += (to - before) as u16;
        true
    }

    /// Replaces the bytes from `from` to `to` by `with`, if there is room in memory that nobody shares; else it does
    /// nothing. `from` and `to` may be anything.
    #[inline(always)]
    pub(crate) fn splice_in_place(&mut self, from: u64, to: u64, with: &[u8]) -> bool {
        debug_assert_eq!(self.hidden, 0);
        let gap = self.gap();
        let gap_len = gap.end - gap.start;
        if from > to || to > (self.memory.len() - gap_len) as u64 {
            return false;
        }
        let range = from as usize..to as usize;
        if with.len() > gap_len + (range.end - range.start) {
            return false;
        }
        let Some(memory) = Arc::get_mut(&mut self.memory) else { return false };
        move_gap(memory, gap, &range);
        // The gap swallows what is to be removed.
        if let Some(gap) = memory.get_mut(range.start..range.end + gap_len) {
            copy_few(gap, with);
        }
        self.gap_start = (range.start + with.len()) as u16;
        self.gap_end = (range.end + gap_len) as u16;
        true
    }

    /// Replaces `range` by `with`. The caller sees to it that the result is at most [`LARGEST`] long.
    pub(crate) fn splice(&mut self, range: Range<usize>, with: &[u8]) -> Result<(), NoMemory> {
        self.unhide()?;
        self.reserve(self.len() - range.len() + with.len())?;
        let spliced = self.splice_in_place(range.start as u64, range.end as u64, with);
        debug_assert!(spliced);
        Ok(())
    }

    /// Whether a good part of the memory is unused: more than inserts leave.
    pub(crate) fn is_sparse(&self) -> bool {
        self.spare() > self.len() / 4 + SPARE_AT_LEAST
    }

    pub(crate) fn memory(&self) -> &Arc<[u8]> {
        &self.memory
    }

    /// Gives memory back if a good part of it is unused. Without memory for that, it stays as it is.
    #[inline]
    pub(crate) fn release_spare(&mut self) {
        if self.is_sparse()
            && let Ok(smaller) = Chunk::concatenated(self.runs().into_iter(), 0)
        {
            *self = smaller;
        }
    }

    #[cold]
    fn grow_by(&mut self, needed: usize) -> Result<(), NoMemory> {
        let capacity = self.memory.len();
        // By a quarter: never by so much that `release_spare` would take it back.
        let more = (capacity / 4).max(SPARE_AT_LEAST);
        let most = if capacity + needed <= FULL { FULL } else { LARGEST };
        let mut memory = zeros((capacity + more).min(most).max(capacity + needed))?;
        let gap = self.gap();
        let added = memory.len() - capacity;
        if let Some(writable) = Arc::get_mut(&mut memory) {
            writable[..gap.start].copy_from_slice(&self.memory[..gap.start]);
            writable[gap.end + added..].copy_from_slice(&self.memory[gap.end..]);
        }
        self.memory = memory;
        self.gap_end += added as u16;
        Ok(())
    }
}

/// Moves the gap of `memory` into `range` or to an edge of it.
#[inline]
fn move_gap(memory: &mut [u8], gap: Range<usize>, range: &Range<usize>) {
    let to_left = gap.start.saturating_sub(range.end);
    let to_right = range.start.saturating_sub(gap.start);
    let distance = to_left + to_right;
    // Which way is not foreseeable, nor whether at all: a choice without a branch.
    let place =
        |len| if to_left > 0 { (gap.start.wrapping_sub(len), gap.end - len) } else { (gap.end, gap.start) };
    if distance <= BLOCK && gap.len() >= BLOCK {
        let (from, to) = place(BLOCK);
        if from <= memory.len() - BLOCK {
            memory.copy_within(from..from + BLOCK, to);
            return;
        }
    }
    let (from, to) = place(distance);
    memory.copy_within(from..from + distance, to);
}

/// `copy_from_slice`, without a call for the one byte that a keystroke brings, for the none of a removal, and for
/// what short records are made of.
#[inline(always)]
fn copy_short(to: &mut [u8], from: &[u8]) {
    match (to, from) {
        ([], []) => {}
        ([to], [from]) => *to = *from,
        (to, from) => anystream_core::memory::copy(to, from),
    }
}

/// Copies `from` to the beginning of `to`, which has room for it and whose other bytes may become any, without a
/// call for a few bytes or a branch between none and three.
#[inline(always)]
fn copy_few(to: &mut [u8], from: &[u8]) {
    let from = if from.is_empty() { &[0] } else { from };
    let len = from.len();
    let Some(to) = to.get_mut(..len) else { return };
    match len {
        0..=3 => {
            to[0] = from[0];
            to[len / 2] = from[len / 2];
            to[len - 1] = from[len - 1];
        }
        4..=7 => {
            to[..4].copy_from_slice(&from[..4]);
            to[len - 4..].copy_from_slice(&from[len - 4..]);
        }
        _ => anystream_core::memory::copy(to, from),
    }
}

fn copy_of(bytes: &[u8]) -> Result<Arc<[u8]>, NoMemory> {
    let memory: Arc<HeaderSlice<(), [u8]>> =
        Arc::try_from_header_and_slice((), bytes).map_err(|_| NoMemory)?;
    Ok(memory.into())
}

/// So many zeros, at most [`LARGEST`]. Copied, because triomphe takes three times as long to write them one by one.
fn zeros(len: usize) -> Result<Arc<[u8]>, NoMemory> {
    debug_assert!(len <= LARGEST);
    copy_of(&ZEROS[..len])
}
