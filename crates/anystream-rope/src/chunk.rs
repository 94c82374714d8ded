//! A few kilobytes that can be edited: shared memory with a gap in it.

use std::ops::Range;

use triomphe::Arc;

/// How many bytes a chunk made of plain contents holds, so that its allocation (two counters, the
/// allocator's own header) is one page.
#[cfg(not(test))]
pub(crate) const FULL: usize = 4072;
/// A few bytes under test, so that every edge is met.
#[cfg(test)]
pub(crate) const FULL: usize = 8;

/// The most that a chunk grows to by inserts, before it is divided.
pub(crate) const LIMIT: usize = FULL + FULL / 8;

/// Below this a chunk is merged with a neighbour if both fit into one.
pub(crate) const SMALL: usize = FULL / 4;

/// So much room to spare is worth nobody's while to give back.
const SPARE_AT_LEAST: usize = 64;

/// Bytes in memory that clones share and that is copied when it is written while shared. A gap, whose
/// bytes are not part of the contents, stands where the last insert was, so that the next one there
/// moves nothing.
#[derive(Clone)]
pub(crate) struct Chunk {
    memory: Arc<[u8]>,
    gap_start: u32,
    gap_len: u32,
}

impl Chunk {
    /// A chunk of exactly `bytes`, with no room to spare.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        debug_assert!(bytes.len() <= LIMIT);
        Chunk { memory: Arc::from(bytes), gap_start: bytes.len() as u32, gap_len: 0 }
    }

    /// An empty chunk with room for `capacity` bytes.
    fn with_capacity(capacity: usize) -> Self {
        Chunk { memory: zeros(capacity), gap_start: 0, gap_len: capacity as u32 }
    }

    /// A chunk of `bytes` with room for `capacity` in all.
    pub(crate) fn with_room(bytes: &[u8], capacity: usize) -> Self {
        let mut chunk = Chunk::with_capacity(capacity);
        chunk.splice(0..0, bytes);
        chunk
    }

    /// The concatenation of `parts`.
    pub(crate) fn concatenated<'a>(parts: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let len = parts.clone().map(<[u8]>::len).sum::<usize>();
        let mut chunk = Chunk::with_capacity(len);
        for part in parts {
            chunk.splice(chunk.len()..chunk.len(), part);
        }
        chunk
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.memory.len() - self.gap_len as usize
    }

    /// How many bytes could be inserted without new memory.
    pub(crate) fn spare(&self) -> usize {
        self.gap_len as usize
    }

    #[inline]
    fn gap(&self) -> Range<usize> {
        self.gap_start as usize..self.gap_start as usize + self.gap_len as usize
    }

    /// The bytes before the gap and those behind it.
    pub(crate) fn runs(&self) -> [&[u8]; 2] {
        let gap = self.gap();
        [&self.memory[..gap.start], &self.memory[gap.end..]]
    }

    /// The contiguous bytes from `at`, which is less than `len`, on.
    #[inline]
    pub(crate) fn run_from(&self, at: usize) -> &[u8] {
        let gap = self.gap();
        if at < gap.start { &self.memory[at..gap.start] } else { &self.memory[at + gap.len()..] }
    }

    /// If no gap divides the bytes, the memory that holds them, from its start on.
    pub(crate) fn contiguous(&self) -> Option<&Arc<[u8]>> {
        (self.gap_len == 0 || self.gap_start as usize == self.len()).then_some(&self.memory)
    }

    /// Puts `data` over as many bytes from `at` on, which are there.
    #[inline]
    pub(crate) fn overwrite(&mut self, at: usize, data: &[u8]) {
        let gap = self.gap();
        let before = data.len().min(gap.start.saturating_sub(at));
        let memory = self.writable();
        memory[at..at + before].copy_from_slice(&data[..before]);
        if before < data.len() {
            let start = at + before + gap.len();
            memory[start..start + data.len() - before].copy_from_slice(&data[before..]);
        }
    }

    /// Puts `data` over bytes from `at` on that are there; or, if `may_grow`, into the gap at the end of
    /// the chunk. Returns by how many bytes it grew; `None`, having done nothing, if that needs more than
    /// copying into memory that nobody shares.
    #[inline]
    pub(crate) fn write_in_place(&mut self, at: u64, data: &[u8], may_grow: bool) -> Option<usize> {
        let gap = self.gap();
        let at = usize::try_from(at).ok()?;
        if may_grow && at == gap.start && at == self.len() {
            let end = at + data.len();
            Arc::get_mut(&mut self.memory)?.get_mut(at..end)?.copy_from_slice(data);
            self.gap_start = end as u32;
            self.gap_len -= data.len() as u32;
            return Some(data.len());
        }
        let start = if at < gap.start { at } else { at.checked_add(gap.len())? };
        let end = start.checked_add(data.len())?;
        if start < gap.start && end > gap.start {
            return None;
        }
        Arc::get_mut(&mut self.memory)?.get_mut(start..end)?.copy_from_slice(data);
        Some(0)
    }

    /// Replaces `range` by `with`. The caller sees to it that the result is at most [`LIMIT`] long.
    #[inline(always)]
    pub(crate) fn splice(&mut self, range: Range<usize>, with: &[u8]) {
        if !self.splice_at_gap(&range, with) {
            self.splice_elsewhere(&range, with);
        }
    }

    #[inline(never)]
    fn splice_elsewhere(&mut self, range: &Range<usize>, with: &[u8]) {
        self.move_gap(range, with.len());
        self.splice_at_gap(range, with);
    }

    /// Does it, unless the gap lies elsewhere or is too small, or clones share the memory.
    #[inline(always)]
    fn splice_at_gap(&mut self, range: &Range<usize>, with: &[u8]) -> bool {
        let gap = self.gap();
        if range.start > gap.start || gap.start > range.end {
            return false;
        }
        // The gap swallows what is to be removed.
        let end = gap.end + (range.end - gap.start);
        let start = range.start + with.len();
        if start > end {
            return false;
        }
        let Some(place) =
            Arc::get_mut(&mut self.memory).and_then(|memory| memory.get_mut(range.start..start))
        else {
            return false;
        };
        copy_short(place, with);
        self.gap_start = start as u32;
        self.gap_len = (end - start) as u32;
        true
    }

    /// Moves the gap into `range` or to an edge of it, and makes room for `len` bytes instead of it, in
    /// memory that can be written.
    fn move_gap(&mut self, range: &Range<usize>, len: usize) {
        let needed = len.saturating_sub(self.gap_len as usize + range.len());
        if needed > 0 {
            self.grow_by(needed);
        }
        let mut gap = self.gap();
        let memory = self.writable();
        if range.end < gap.start {
            let moved = gap.start - range.end;
            memory.copy_within(range.end..gap.start, gap.end - moved);
            gap = range.end..gap.end - moved;
        } else if range.start > gap.start {
            let moved = range.start - gap.start;
            memory.copy_within(gap.end..gap.end + moved, gap.start);
            gap = range.start..gap.end + moved;
        }
        self.gap_start = gap.start as u32;
    }

    /// The bytes before `at` and those from it on.
    pub(crate) fn split(mut self, at: usize) -> (Chunk, Chunk) {
        let len = self.len();
        let right = Chunk::concatenated(self.runs_from(at).into_iter());
        self.splice(at..len, &[]);
        self.release_spare();
        (self, right)
    }

    fn runs_from(&self, at: usize) -> [&[u8]; 2] {
        let [before, behind] = self.runs();
        match at.checked_sub(before.len()) {
            None => [&before[at..], behind],
            Some(at) => [&[], &behind[at..]],
        }
    }

    /// Gives memory back if a good part of it is unused: more than inserts leave.
    pub(crate) fn release_spare(&mut self) {
        if self.spare() > self.len() / 4 + SPARE_AT_LEAST {
            *self = Chunk::concatenated(self.runs().into_iter());
        }
    }

    /// The memory, copied first if clones share it.
    #[inline]
    fn writable(&mut self) -> &mut [u8] {
        if !self.memory.is_unique() {
            self.memory = Arc::from(&self.memory[..]);
        }
        Arc::get_mut(&mut self.memory).unwrap_or_default()
    }

    #[cold]
    fn grow_by(&mut self, needed: usize) {
        let capacity = self.memory.len();
        // By a quarter up to a full one; a full one that gets inserts gets an eighth more, and only it:
        // slack everywhere would slow bulk reads and cost memory. Never by so much that
        // `release_spare` would take it back.
        let (more, most) =
            if capacity < FULL { ((capacity / 4).max(SPARE_AT_LEAST), FULL) } else { (FULL / 8, LIMIT) };
        let mut memory = zeros((capacity + more).min(most).max(capacity + needed));
        let gap = self.gap();
        let added = memory.len() - capacity;
        if let Some(writable) = Arc::get_mut(&mut memory) {
            writable[..gap.start].copy_from_slice(&self.memory[..gap.start]);
            writable[gap.end + added..].copy_from_slice(&self.memory[gap.end..]);
        }
        self.memory = memory;
        self.gap_len += added as u32;
    }
}

/// `copy_from_slice`, without a call for the few bytes that a keystroke brings.
#[inline]
fn copy_short(to: &mut [u8], from: &[u8]) {
    match (to, from) {
        ([to], [from]) => *to = *from,
        (to, from) => to.copy_from_slice(from),
    }
}

fn zeros(len: usize) -> Arc<[u8]> {
    Arc::from(&[0; LIMIT][..len])
}
