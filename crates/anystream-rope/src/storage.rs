//! The tree, and the one chunk that is being edited.

use std::alloc::{Layout, handle_alloc_error};
use std::io;
use std::ops::Range;

use anystream_core::{Resident, Storage, memory};
use bytes::Bytes;
use prefetch_index::prefetch_index;
use triomphe::Arc;

use crate::NoMemory;
use crate::chunk::{BULK, Chunk, FULL, LARGEST, SMALL};
use crate::node::{Child, Node};
use crate::piece::{Piece, Shared, Whole};
use crate::short::Short;
use crate::tree::{Loan, Tree, piece_at};

/// The bytes of a [`RopeStream`](crate::RopeStream).
#[derive(Default)]
pub(crate) struct RopeStorage {
    len: u64,
    /// All of the contents while they are a few bytes: then there is no tree and no hot chunk.
    short: Short,
    /// The contents, but for what `hot` holds.
    tree: Tree,
    /// The chunk last edited, checked out of the tree: edits there touch nothing else, and the
    /// tree hears of them when another place is edited.
    hot: Option<Hot>,
    /// What is being appended, behind everything else. There is no hot chunk then.
    tail: Option<Tail>,
    /// Where the last read was, so that the next one there need not search. Never kept over a change of
    /// the tree, because it shares a node with it. Edits of the hot chunk are none.
    near: Option<Near>,
    /// Where the run of `near` lies in the contents; empty once an edit may have moved it.
    near_start: u64,
    near_len: u64,
    /// The piece that was last searched for, by its place in the tree: a read that goes on there is one of
    /// several, for which it pays to keep `near`.
    seen: Range<u64>,
    /// Where the last edit of the tree ended.
    edited: u64,
    /// How long the contents were then: if they still are, nothing has been edited since.
    edited_len: u64,
}

#[derive(Clone)]
pub(crate) struct Hot {
    pub(crate) chunk: Chunk,
    pub(crate) start: u64,
    /// The length of the hole that stands in for the chunk in the tree; 0 if it is new and behind
    /// everything.
    pub(crate) in_tree: u64,
}

/// Memory that fills up. It is made when bytes are appended behind a full piece, goes into the tree as it is once it is
/// full, and as a chunk if something else than an append comes before.
#[derive(Clone)]
pub(crate) struct Tail {
    pub(crate) bytes: Shared,
    pub(crate) start: u64,
}

/// A piece and the leaf that it is in.
struct Near {
    leaf: Arc<Node>,
    index: usize,
    /// Where the piece starts in the tree, which edits of the hot chunk do not move.
    in_tree: u64,
    memory: Memory,
    /// Where in its memory the run is that was read; empty in a hole, which has none.
    run: Range<usize>,
}

/// What a run lies in.
enum Memory {
    Chunk(Arc<[u8]>),
    Shared(Arc<Whole>),
    /// A hole has none.
    None,
}

/// What is overwritten in a piece that cannot be is cut out of it in windows of this many bytes, a
/// chunk each, so that more writes nearby find it.
const WINDOW: u64 = FULL as u64;

/// As far from the last edit as the next one is still said to be at the same place, in bytes.
const NEAR_LAST: u64 = 256;

/// So many bytes ahead of a read the processor is told to fetch what is there: by itself it looks less far, so that a
/// sequential reader would wait for memory.
const AHEAD: usize = 2048;

impl Hot {
    #[inline]
    fn len(&self) -> u64 {
        self.chunk.len() as u64
    }

    #[inline]
    fn end(&self) -> u64 {
        self.start + self.len()
    }

    #[inline]
    fn holds(&self, offset: u64) -> bool {
        offset.wrapping_sub(self.start) < self.len()
    }

    /// Replaces `range`, which lies in this chunk, by `with`, for which it has room.
    fn splice(&mut self, range: &Range<u64>, with: &[u8]) -> Result<(), NoMemory> {
        let at = |offset: u64| (offset - self.start) as usize;
        self.chunk.splice(at(range.start)..at(range.end), with)
    }
}

impl Tail {
    /// As it belongs into the tree.
    fn piece(&self) -> Result<Piece, NoMemory> {
        Ok(if self.bytes.room() == 0 {
            Piece::Shared(self.bytes.clone())
        } else {
            Piece::Chunk(Chunk::of(self.bytes.as_slice())?)
        })
    }
}

impl Near {
    fn at(leaf: Arc<Node>, index: usize, in_tree: u64) -> Self {
        let memory = match piece_at(&leaf, index) {
            Piece::Chunk(chunk) => Memory::Chunk(chunk.memory().clone()),
            Piece::Shared(shared) => Memory::Shared(shared.whole().clone()),
            Piece::Hole(_) => Memory::None,
        };
        Near { leaf, index, in_tree, memory, run: 0..0 }
    }

    /// Finds the run in which the byte at `at` of the piece lies, which is at `offset` of the contents, and returns
    /// where in the contents it starts, and its length.
    fn aim(&mut self, offset: u64, at: u64) -> (u64, u64) {
        let start;
        (start, self.run) = match self.piece() {
            Piece::Chunk(chunk) => chunk.place_of_run(at as usize),
            Piece::Shared(shared) => (0, shared.part()),
            Piece::Hole(_) => (0, 0..0),
        };
        (offset - (at - start as u64), self.run.len() as u64)
    }

    fn piece(&self) -> &Piece {
        piece_at(&self.leaf, self.index)
    }

    /// Has the processor fetch the beginning of the next chunk while this one is being read. Without that, the
    /// step to it waits for memory: to count one more owner in a cache line that is not there yet.
    fn touch_next(&self) {
        if let Some(Child::Piece(next)) = self.leaf.children().get(self.index + 1) {
            next.prefetch();
        }
    }

    /// The bytes of the piece from `at` on, if they are one run.
    #[inline(always)]
    fn run_from(&self, at: usize) -> &[u8] {
        let memory = match &self.memory {
            Memory::Chunk(memory) => memory,
            Memory::Shared(whole) => whole.as_slice(),
            Memory::None => &[],
        };
        match memory.get(self.run.start + at..self.run.end) {
            Some(run) => {
                prefetch_index(run, AHEAD);
                run
            }
            None => nothing(),
        }
    }
}

/// No bytes, where there always are some: a branch that is never taken is cheaper than choosing without one.
#[cold]
fn nothing() -> &'static [u8] {
    &[]
}

/// Whether contents of this length leave room for all that could be inserted into a chunk, so that the short
/// ways need not look whether a length fits into 64 bits.
fn may_be_hot(len: u64) -> bool {
    len <= u64::MAX - LARGEST as u64
}

/// Whether `range` can be replaced by `with` bytes within a chunk of this start and length.
#[inline]
fn can_edit(start: u64, len: u64, range: &Range<u64>, with: usize) -> bool {
    start <= range.start
        && range.end - start <= len
        && len - (range.end - range.start) + with as u64 <= LARGEST as u64
}

/// Looking.
impl RopeStorage {
    /// The contiguous bytes from `offset` on; empty at or past the end.
    #[inline]
    fn run(&self, offset: u64) -> &[u8] {
        if offset >= self.len {
            return &[];
        }
        let Some(in_tree) = self.in_tree(offset) else { return self.run_beside_tree(offset) };
        match self.tree.find(in_tree) {
            Some(found) => found.piece().run_from(in_tree - found.start),
            None => self.short_run(offset),
        }
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(crate) fn hot(&self) -> Option<&Hot> {
        self.hot.as_ref()
    }

    pub(crate) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    pub(crate) fn short(&self) -> &[u8] {
        self.short.as_slice()
    }

    /// Whether a read left a reference to this node behind.
    pub(crate) fn remembers_leaf(&self, node: &Arc<Node>) -> bool {
        self.near.as_ref().is_some_and(|near| Arc::ptr_eq(&near.leaf, node))
    }

    /// Whether a read left a reference to this memory behind.
    pub(crate) fn remembers_memory(&self, memory: &Arc<[u8]>) -> bool {
        matches!(&self.near, Some(Near { memory: Memory::Chunk(near), .. }) if Arc::ptr_eq(near, memory))
    }

    /// Whether a read left a reference to this whole behind.
    pub(crate) fn remembers_whole(&self, whole: &Arc<Whole>) -> bool {
        matches!(&self.near, Some(Near { memory: Memory::Shared(near), .. }) if Arc::ptr_eq(near, whole))
    }

    /// Where the byte at `offset`, which is less than `len`, lies by what the tree knows; `None` if it lies in
    /// the hot chunk or the tail.
    #[inline]
    pub(crate) fn in_tree(&self, offset: u64) -> Option<u64> {
        match &self.hot {
            Some(hot) if hot.holds(offset) => None,
            Some(hot) if offset >= hot.start => Some(offset - hot.len() + hot.in_tree),
            None if self.tail.as_ref().is_some_and(|tail| offset >= tail.start) => None,
            _ => Some(offset),
        }
    }

    /// The contiguous bytes from `offset` on, which the hot chunk or the tail holds.
    #[inline]
    fn run_beside_tree(&self, offset: u64) -> &[u8] {
        match (&self.hot, &self.tail) {
            (Some(hot), _) => hot.chunk.run_from((offset - hot.start) as usize),
            (None, Some(tail)) => &tail.bytes.as_slice()[(offset - tail.start) as usize..],
            (None, None) => &[],
        }
    }

    /// The bytes from `offset`, which is less than `len`, on, which neither the tree nor a hot chunk holds.
    #[inline]
    fn short_run(&self, offset: u64) -> &[u8] {
        self.short.as_slice().get(offset as usize..).unwrap_or_default()
    }

    /// As [`run`](Self::run); remembers where it was if it is one of several there.
    #[inline(never)]
    fn search(&mut self, offset: u64) -> &[u8] {
        if offset >= self.len {
            return &[];
        }
        let Some(in_tree) = self.in_tree(offset) else { return self.run_beside_tree(offset) };
        if let Some(near) = &self.near {
            let at = in_tree.wrapping_sub(near.in_tree);
            let len = near.piece().len();
            if at < len {
                return self.aim_near(offset, at);
            }
            if at == len
                && near.index + 1 < near.leaf.children().len()
                && let Some(Near { leaf, index, .. }) = self.near.take()
            {
                self.near.insert(Near::at(leaf, index + 1, in_tree)).touch_next();
                return self.aim_near(offset, 0);
            }
        }
        let Some(found) = self.tree.find(in_tree) else { return self.short_run(offset) };
        let piece = found.piece();
        let at = in_tree - found.start;
        if self.seen.start <= in_tree && in_tree <= self.seen.end {
            let near = self.near.insert(Near::at(found.leaf.clone(), found.index, found.start));
            (self.near_start, self.near_len) = near.aim(offset, at);
        }
        self.seen = found.start..found.start + piece.len();
        piece.run_from(at)
    }

    /// The bytes from `offset` on, which are those from `at` on in the piece of `near`.
    fn aim_near(&mut self, offset: u64, at: u64) -> &[u8] {
        let Some(near) = &mut self.near else { return &[] };
        (self.near_start, self.near_len) = near.aim(offset, at);
        near.piece().run_from(at)
    }

    #[inline]
    fn forget_near(&mut self) {
        if self.near.is_some() {
            self.near = None;
            self.near_len = 0;
        }
    }

    /// Where the hole ends in which `offset`, which is less than `len`, lies, if it lies in one.
    fn hole_end(&self, offset: u64) -> Option<u64> {
        let in_tree = self.in_tree(offset)?;
        let found = self.tree.find(in_tree)?;
        match found.piece() {
            Piece::Hole(len) => Some(offset - (in_tree - found.start) + len),
            _ => None,
        }
    }

    /// The piece that holds all of `range`, which is not empty, and where it starts.
    fn piece_around(&self, range: &Range<u64>) -> Option<(Piece, u64)> {
        let (piece, start) = match self.in_tree(range.start) {
            Some(in_tree) => {
                let found = self.tree.find(in_tree)?;
                (found.piece().clone(), range.start - (in_tree - found.start))
            }
            None => {
                let hot = self.hot.as_ref()?;
                (Piece::Chunk(hot.chunk.clone()), hot.start)
            }
        };
        (range.end <= start + piece.len()).then_some((piece, start))
    }
}

/// Changing. What returns an error has changed no contents.
impl RopeStorage {
    /// Puts the hot chunk back, or the tail, so that the tree knows everything. To be called before any change of the
    /// tree but `overwrite`.
    pub(crate) fn settle(&mut self) -> Result<(), NoMemory> {
        self.forget_near();
        self.leave_short()?;
        if let Some(tail) = &self.tail {
            self.tree.push(tail.piece()?)?;
            self.tail = None;
            return Ok(());
        }
        let Some(Hot { mut chunk, start, in_tree }) = self.hot.take() else { return Ok(()) };
        chunk.release_spare();
        if in_tree == 0 && chunk.len() == 0 {
            return Ok(());
        }
        let mut chunk = Some(chunk);
        let settled = match &chunk {
            Some(new) if in_tree == 0 => self.tree.push(Piece::Chunk(new.clone())),
            _ => self.tree.take_back(&mut chunk, start, in_tree),
        };
        if settled.is_err() {
            self.hot = chunk.map(|chunk| Hot { chunk, start, in_tree });
        }
        settled
    }

    /// Replaces `range` by `with` if the contents are short and stay so. The caller adjusts the length.
    #[inline]
    fn splice_short(&mut self, range: Range<u64>, with: &[u8]) -> bool {
        let is_short = self.short.as_slice().len() as u64 == self.len && self.hot.is_none();
        is_short && self.short.splice(range, with)
    }

    /// Makes a chunk of short contents.
    fn leave_short(&mut self) -> Result<(), NoMemory> {
        let short = self.short.as_slice();
        if !short.is_empty() {
            self.hot = Some(Hot { chunk: Chunk::of(short)?, start: 0, in_tree: 0 });
            self.short = Short::default();
        }
        Ok(())
    }

    /// The tree, which knows everything now and may be changed.
    fn settled_tree(&mut self) -> Result<&mut Tree, NoMemory> {
        self.settle()?;
        Ok(&mut self.tree)
    }

    /// Changes the tree when it knows everything, and with it the length.
    pub(crate) fn change_tree<R>(
        &mut self,
        change: impl FnOnce(&mut Tree) -> Result<R, NoMemory>,
    ) -> Result<R, NoMemory> {
        let result = change(self.settled_tree()?);
        self.len = self.tree.len();
        result
    }

    /// Takes the chunk out of the tree in which `range` can be replaced by `with` bytes, if there is one.
    fn heat(&mut self, range: &Range<u64>, with: usize) -> Result<(), NoMemory> {
        if !may_be_hot(self.len) {
            return Ok(());
        }
        let loan = self.tree.lend(range, |start, len| can_edit(start, len, range, with))?;
        if let Some(Loan { chunk, start }) = loan {
            let in_tree = chunk.len() as u64;
            self.hot = Some(Hot { chunk, start, in_tree });
        }
        Ok(())
    }

    /// Whatever a splice can be but one for which the hot chunk has the room, in memory of its own.
    #[inline(never)]
    fn splice_elsewhere(&mut self, range: &Range<u64>, with: &[u8]) -> Result<(), NoMemory> {
        if let Some(hot) = &mut self.hot
            && can_edit(hot.start, hot.len(), range, with.len())
            && !hot.chunk.is_costly_to_copy()
        {
            // There is not enough memory, or clones share it.
            self.near_len = 0;
            return hot.splice(range, with);
        }
        if self.splice_short(range.clone(), with) {
            return Ok(());
        }
        if range.start == self.len {
            return self.append(with);
        }
        self.settle()?;
        // Where edits come alone, each is made in the tree, in one descent. Where one is followed by others,
        // the chunk is taken out for them.
        let near_last = range.start.abs_diff(self.edited).min(range.end.abs_diff(self.edited)) <= NEAR_LAST;
        let last_was_alone = self.edited_len == self.len;
        self.edited = range.start + with.len() as u64;
        self.edited_len = self.len - (range.end - range.start) + with.len() as u64;
        if near_last || !last_was_alone {
            self.heat(range, with.len())?;
            if let Some(hot) = &mut self.hot {
                return hot.splice(range, with);
            }
        }
        if self.tree.splice(range, with)? {
            return Ok(());
        }
        if let Some(window) = self.worth_carving(range, with.len()) {
            self.carve(window)?;
            if self.tree.splice(range, with)? {
                return Ok(());
            }
        }
        self.tree.replace_by(range, with)
    }

    /// The bytes around a small edit in a piece that cannot be edited: as a chunk, they can, and so can
    /// they be the next time.
    fn worth_carving(&self, range: &Range<u64>, with: usize) -> Option<Range<u64>> {
        let near = WINDOW / 4;
        let found = self.tree.find(range.start)?;
        let end = found.start + found.piece().len();
        let fits = range.end <= end && range.end - range.start < near && (with as u64) < near;
        let follows_chunk = range.is_empty() && range.start == found.start;
        let shared = matches!(found.piece(), Piece::Shared(_));
        (shared && fits && !follows_chunk)
            .then(|| range.start.saturating_sub(near).max(found.start)..(range.end + near).min(end))
    }

    /// Makes chunks of `range`, which lies in one piece, is not empty and a few chunks long at most.
    fn carve(&mut self, range: Range<u64>) -> Result<(), NoMemory> {
        self.settle()?;
        let Some(found) = self.tree.find(range.start) else { return Ok(()) };
        let mut window = Vec::new();
        window.try_reserve_exact((range.end - range.start) as usize).map_err(|_| NoMemory)?;
        let mut at = range.start;
        while at < range.end {
            let run = found.piece().run_from(at - found.start);
            let take = run.len().min((range.end - at) as usize);
            window.extend_from_slice(&run[..take]);
            at += take as u64;
        }
        self.tree.replace_by(&range, &window)
    }

    /// A write that needs no more than copying `data` to one place in memory, but for appending to the tail; else
    /// nothing has changed.
    #[inline(never)]
    fn write_elsewhere_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        if let Some(hot) = &mut self.hot {
            // An offset before the chunk becomes one far behind it.
            let at = offset.wrapping_sub(hot.start);
            if offset == self.len {
                let added = hot.chunk.insert_at_gap(at, data);
                self.len += if added { data.len() as u64 } else { 0 };
                return added;
            }
            if hot.chunk.write_in_place(at, data) {
                return true;
            }
        }
        if let Some(tail) = &mut self.tail
            && tail.bytes.write_in_place(offset.wrapping_sub(tail.start), data)
        {
            return true;
        }
        offset < self.len && self.overwrite_in_tree(offset, data)
    }

    /// Overwrites what lies in one chunk of the tree, without taking it out. If it does not, or there is no
    /// memory to copy what is shared, nothing has changed.
    #[inline(never)]
    fn overwrite_in_tree(&mut self, offset: u64, data: &[u8]) -> bool {
        let Some(in_tree) = self.in_tree(offset) else { return false };
        self.forget_near();
        self.tree.overwrite_within(in_tree, data).unwrap_or(false)
    }

    fn overwrite(&mut self, offset: u64, data: &[u8]) -> Result<(), NoMemory> {
        if self.hot.as_ref().is_some_and(|hot| hot.chunk.is_costly_to_copy()) {
            self.settle()?;
            if self.tree.overwrite_within(offset, data)? {
                return Ok(());
            }
        }
        let range = offset..offset + data.len() as u64;
        if !self.prepare(range.clone())? {
            self.settle()?;
            return self.tree.replace_by(&range, data);
        }
        self.copy_over(offset, data)
    }

    /// Makes everything in `range` pieces that can be written, so that overwriting it cannot fail; unless it is
    /// cheaper to replace them: then it returns `false`.
    fn prepare(&mut self, range: Range<u64>) -> Result<bool, NoMemory> {
        self.forget_near();
        let replaceable = range.end - range.start >= WINDOW;
        let mut at = range.start;
        while at < range.end {
            if let Some(hot) = self.hot.as_mut().filter(|hot| hot.holds(at)) {
                hot.chunk.unshare()?;
                at = hot.end();
                continue;
            }
            if let Some(tail) = self.tail.as_ref().filter(|tail| at >= tail.start) {
                if !tail.bytes.is_unique() {
                    self.heat_tail()?;
                }
                break;
            }
            let Some(in_tree) = self.in_tree(at) else { break };
            match self.tree.prepare(in_tree, !replaceable)? {
                Some(n) => at += n,
                None if replaceable => return Ok(false),
                None => {
                    self.settle()?;
                    let Some(found) = self.tree.find(at) else { break };
                    let end = found.start + found.piece().len();
                    let window_end = range.end.checked_next_multiple_of(WINDOW).unwrap_or(end).min(end);
                    let window = (at - at % WINDOW).max(found.start)..window_end;
                    self.carve(window)?;
                }
            }
        }
        Ok(true)
    }

    /// Puts `data` over bytes that were [prepared](Self::prepare).
    fn copy_over(&mut self, mut offset: u64, mut data: &[u8]) -> Result<(), NoMemory> {
        while !data.is_empty() {
            let n = match (self.in_tree(offset), &mut self.hot, &mut self.tail) {
                (Some(in_tree), ..) => self.tree.overwrite(in_tree, data)?,
                (None, Some(hot), _) => {
                    let n = data.len().min((hot.end() - offset) as usize);
                    if hot.chunk.overwrite((offset - hot.start) as usize, &data[..n]) { n } else { 0 }
                }
                (None, None, Some(tail)) => {
                    let at = (offset - tail.start) as usize;
                    if tail.bytes.overwrite(at, data) { data.len() } else { 0 }
                }
                (None, None, None) => 0,
            };
            if n == 0 {
                break;
            }
            offset += n as u64;
            data = &data[n..];
        }
        Ok(())
    }

    /// Adds `data` at the end. The caller adjusts the length.
    fn append(&mut self, data: &[u8]) -> Result<(), NoMemory> {
        let len = self.len;
        self.leave_short()?;
        if let Some(tail) = &self.tail {
            if tail.bytes.room() > 0 && !tail.bytes.is_unique() {
                self.heat_tail()?;
            }
        } else if self.hot.as_ref().is_none_or(|hot| hot.end() != len) {
            self.settle()?;
            self.heat_last()?;
        }
        let (now, later);
        let bulk = data.len() >= BULK / 2;
        // A tail that is full enough and has no room is left alone by a piece that makes a chunk by itself: to
        // divide the piece would copy the tail, too.
        let has_room = |chunk: &Chunk| chunk.len() < BULK / 2 || chunk.len() + chunk.spare() >= BULK;
        if let Some(tail) = &mut self.tail {
            (now, later) = data.split_at(data.len().min(tail.bytes.room()));
            tail.bytes.append(now);
        } else if let Some(hot) = self.hot.as_mut().filter(|hot| !bulk || has_room(&hot.chunk)) {
            (now, later) = data.split_at(data.len().min(BULK.saturating_sub(hot.chunk.len())));
            if !now.is_empty() {
                hot.splice(&(len..len), now)?;
            }
        } else {
            later = data;
        }
        if later.is_empty() {
            return Ok(());
        }
        let pushed = self.settle().and_then(|()| self.push_chunks(later, bulk));
        if pushed.is_err() {
            self.cut_back(len)?;
        }
        pushed
    }

    /// Adds chunks of `data` at the end of the tree. After an error, some may be there.
    fn push_chunks(&mut self, data: &[u8], bulk: bool) -> Result<(), NoMemory> {
        let (chunks, left) = Chunk::bulk(data);
        for chunk in chunks {
            self.tree.push(Piece::Chunk(chunk?))?;
        }
        if left.is_empty() {
            return Ok(());
        }
        let start = self.tree.len();
        // Behind a full piece another is likely to fill up; else memory grows with need.
        let is_full = |piece: &Piece| !matches!(piece, Piece::Hole(_)) && piece.len() >= BULK as u64;
        let behind_full = self.tree.last().is_some_and(is_full);
        if !may_be_hot(start) {
            return self.tree.push(Piece::Chunk(Chunk::of(left)?));
        }
        if behind_full && !bulk {
            self.tail = Some(Tail { bytes: Shared::with_room(left, BULK)?, start });
            return Ok(());
        }
        let chunk = if behind_full { Chunk::with_room(left, FULL)? } else { Chunk::of(left)? };
        self.hot = Some(Hot { chunk, start, in_tree: 0 });
        Ok(())
    }

    /// Takes back what was appended behind `len`. Nobody shares it, so no memory is needed.
    fn cut_back(&mut self, len: u64) -> Result<(), NoMemory> {
        self.forget_near();
        // One of both is there if settling failed; else all is in the tree.
        match (&mut self.hot, &mut self.tail) {
            (Some(hot), _) => {
                let end = hot.end();
                hot.splice(&(len..end), &[])
            }
            (None, Some(tail)) => {
                tail.bytes.truncate((len - tail.start) as usize);
                Ok(())
            }
            (None, None) if self.tree.len() > len => self.tree.truncate(len),
            (None, None) => Ok(()),
        }
    }

    /// Makes the tail the hot chunk, because clones share it.
    fn heat_tail(&mut self) -> Result<(), NoMemory> {
        if let Some(tail) = &self.tail {
            self.hot = Some(Hot { chunk: Chunk::of(tail.bytes.as_slice())?, start: tail.start, in_tree: 0 });
            self.tail = None;
        }
        Ok(())
    }

    /// Makes the last chunk the hot one, if it has room for more.
    fn heat_last(&mut self) -> Result<(), NoMemory> {
        let end = self.tree.len();
        if !may_be_hot(end) {
            return Ok(());
        }
        let loan = self.tree.lend(&(end..end), |_, len| len < BULK as u64)?;
        self.hot = loan.map(|Loan { chunk, start }| Hot { in_tree: chunk.len() as u64, chunk, start });
        Ok(())
    }

    /// Replaces what `range` of the tree holds by all of `pieces`.
    fn put(&mut self, range: Range<u64>, pieces: &[Piece]) -> Result<(), NoMemory> {
        let tree = self.settled_tree()?;
        match pieces {
            [one] if range.start == tree.len() => tree.push(one.clone()),
            few => tree.replace(range, few),
        }
    }
}

/// Keeps a chunk's memory alive inside a `Bytes`.
struct ChunkValue(Arc<[u8]>);

impl AsRef<[u8]> for ChunkValue {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Resident for RopeStorage {
    #[inline]
    fn chunk_at(&self, offset: u64) -> &[u8] {
        let at = offset.wrapping_sub(self.near_start);
        match &self.near {
            Some(near) if at < self.near_len => near.run_from(at as usize),
            _ => self.run(offset),
        }
    }
}

impl Storage for RopeStorage {
    #[inline]
    fn len(&self) -> u64 {
        self.len
    }

    /// All of `u64`: holes take no memory.
    #[inline]
    fn max_len(&self) -> u64 {
        u64::MAX
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            // A search for each piece: to set up a walk over all of them costs more than a few searches.
            match self.run(offset + done as u64) {
                [] => break,
                run => done += memory::copy_from(run, &mut buf[done..]),
            }
        }
        Ok(done)
    }

    #[inline(always)]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        let at = offset.wrapping_sub(self.near_start);
        if at >= self.near_len {
            return Ok(self.search(offset));
        }
        Ok(self.near.as_ref().map_or(&[], |near| near.run_from(at as usize)))
    }

    #[inline(always)]
    fn splice_in_place(&mut self, range: &Range<u64>, with: &[u8]) -> bool {
        let Some(hot) = &mut self.hot else { return false };
        // An offset before the chunk becomes one far behind it.
        let from = range.start.wrapping_sub(hot.start);
        let to = range.end.wrapping_sub(hot.start);
        // Two short ways for what typing is made of, each shorter than one for both.
        if with.is_empty() {
            if hot.chunk.remove_at_gap(from, to) {
                self.len -= to - from;
                self.near_len = 0;
                return true;
            }
        } else if from == to && hot.chunk.insert_at_gap(from, with) {
            self.len += with.len() as u64;
            self.near_len = 0;
            return true;
        }
        false
    }

    #[inline]
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let in_hot = self.hot.as_mut().is_some_and(|hot| {
            let (from, to) = (range.start.wrapping_sub(hot.start), range.end.wrapping_sub(hot.start));
            hot.chunk.splice_in_place(from, to, with)
        });
        if in_hot {
            self.near_len = 0;
        } else {
            self.splice_elsewhere(&range, with)?;
        }
        self.len = self.len - (range.end - range.start) + with.len() as u64;
        Ok(())
    }

    #[inline(always)]
    fn write_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        // What fills the tail is short enough to be made part of the caller, as long as nothing else is.
        if let Some(tail) = &mut self.tail
            && offset == self.len
            && tail.bytes.append(data)
        {
            self.len += data.len() as u64;
            return true;
        }
        self.write_elsewhere_in_place(offset, data)
    }

    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset + data.len() as u64;
        if self.splice_short(offset..end.min(self.len), data) {
            // In the stream itself.
        } else if self.len == 0 && self.hot.is_none() && data.len() <= FULL {
            // No more than a chunk needs no tree: a short stream is one allocation.
            self.hot = Some(Hot { chunk: Chunk::of(data)?, start: 0, in_tree: 0 });
        } else if offset == self.len {
            self.append(data)?;
        } else if end <= self.len {
            self.overwrite(offset, data)?;
        } else {
            let (over, beyond) = data.split_at((self.len - offset) as usize);
            if self.prepare(offset..self.len)? {
                self.append(beyond)?;
                self.copy_over(offset, over)?;
            } else {
                self.settle()?;
                self.tree.replace_by(&(offset..self.len), data)?;
            }
        }
        self.len = self.len.max(end);
        Ok(())
    }

    fn write_bytes_at(&mut self, offset: u64, data: Bytes) -> io::Result<()> {
        if data.len() <= FULL {
            return self.write_at(offset, &data);
        }
        let end = offset + data.len() as u64;
        let range = offset..end.min(self.len);
        if data.len() <= Shared::LONGEST {
            self.put(range, &[Piece::Shared(Shared::of(data)?)])?;
        } else {
            let tree = Tree::of(shared(data))?;
            self.settled_tree()?.replace_by_tree(range, tree)?;
        }
        self.len = self.len.max(end);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        if self.splice_short(len..self.len, &[]) {
            self.len = len;
            return Ok(());
        }
        match (&mut self.hot, &mut self.tail) {
            (Some(hot), _) if len > hot.start && hot.end() == self.len => {
                let end = hot.end();
                hot.splice(&(len..end), &[])?;
            }
            (_, Some(tail)) if len > tail.start => tail.bytes.truncate((len - tail.start) as usize),
            // What is new and behind everything is given up without the tree having heard of it, because taking
            // back what `grow` added must not need memory.
            (Some(Hot { in_tree: 0, start, .. }), _) | (_, Some(Tail { start, .. })) => {
                let start = *start;
                self.forget_near();
                if len < start {
                    self.tree.truncate(len)?;
                }
                (self.hot, self.tail) = (None, None);
            }
            _ => self.settled_tree()?.truncate(len)?,
        }
        self.len = len;
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let extra = len - self.len;
        if extra <= SMALL as u64 {
            let zeros = &[0; SMALL][..extra as usize];
            if !self.splice_short(self.len..self.len, zeros) {
                self.append(zeros)?;
            }
        } else {
            self.settled_tree()?.push(Piece::Hole(extra))?;
        }
        self.len = len;
        Ok(())
    }

    fn find(&mut self, byte: u8, from: u64) -> io::Result<Option<u64>> {
        let mut offset = from;
        while offset < self.len {
            if let Some(end) = self.hole_end(offset).filter(|_| byte != 0) {
                offset = end;
                continue;
            }
            let run = self.run(offset);
            match memory::find(run, byte) {
                Some(at) => return Ok(Some(offset + at as u64)),
                None => offset += run.len() as u64,
            }
        }
        Ok(None)
    }

    fn share(&mut self, range: Range<u64>) -> io::Result<Bytes> {
        let len = range.end - range.start;
        if len == 0 {
            return Ok(Bytes::new());
        }
        match self.piece_around(&range) {
            Some((Piece::Shared(shared), start)) => {
                let at = (range.start - start) as usize;
                return shared.value(at..at + len as usize);
            }
            // A value keeps the whole chunk alive: only where it shows most of it.
            Some((Piece::Chunk(chunk), start)) if len >= chunk.len() as u64 / 2 => {
                if let Some((bytes, shown)) = chunk.contiguous() {
                    let at = shown.start + (range.start - start) as usize;
                    memory::expect_room_to_share()?;
                    let value = Bytes::from_owner(ChunkValue(bytes.clone()));
                    return Ok(value.slice(at..at + len as usize));
                }
            }
            _ => {}
        }
        self.copy(range)
    }
}

/// O(1): everything is shared, and copied piece by piece where one of the two is written.
impl Clone for RopeStorage {
    fn clone(&self) -> Self {
        RopeStorage {
            len: self.len,
            short: self.short,
            tree: self.tree.clone(),
            hot: self.hot.clone(),
            tail: self.tail.clone(),
            near: None,
            near_start: 0,
            near_len: 0,
            seen: self.seen.clone(),
            edited: self.edited,
            edited_len: self.edited_len,
        }
    }
}

impl RopeStorage {
    fn few(bytes: &[u8]) -> Result<Self, NoMemory> {
        let mut storage = RopeStorage::default();
        if !storage.splice_short(0..0, bytes) {
            storage.append(bytes)?;
        }
        storage.len = bytes.len() as u64;
        Ok(storage)
    }
}

impl From<Tree> for RopeStorage {
    fn from(tree: Tree) -> Self {
        RopeStorage { len: tree.len(), tree, ..RopeStorage::default() }
    }
}

impl From<Bytes> for RopeStorage {
    fn from(bytes: Bytes) -> Self {
        if bytes.len() <= FULL {
            return bytes[..].into();
        }
        let len = bytes.len();
        or_abort(Tree::of(shared(bytes)), len).into()
    }
}

impl From<Vec<u8>> for RopeStorage {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&[u8]> for RopeStorage {
    fn from(bytes: &[u8]) -> Self {
        if bytes.len() <= FULL {
            return or_abort(RopeStorage::few(bytes), bytes.len());
        }
        or_abort(Tree::of_bytes(bytes), bytes.len()).into()
    }
}

/// `bytes` as they are.
fn shared(bytes: Bytes) -> impl Iterator<Item = Result<Piece, NoMemory>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(Shared::LONGEST));
        (!piece.is_empty()).then(|| Shared::of(piece).map(Piece::Shared))
    })
}

/// `From` cannot fail: as `Vec::from` does, it gives up where there is no memory.
fn or_abort<T>(made: Result<T, NoMemory>, len: usize) -> T {
    made.unwrap_or_else(|NoMemory| {
        handle_alloc_error(Layout::array::<u8>(len).unwrap_or(Layout::new::<u8>()))
    })
}

#[cfg(any(test, fuzzing))]
impl RopeStorage {
    pub(crate) fn check(&self) {
        self.tree.check();
        let mut settled = self.clone();
        settled.settle().unwrap();
        settled.tree.check();
        assert_eq!(settled.tree.len(), self.len);
    }

    #[cfg(test)]
    pub(crate) fn pieces(&self) -> usize {
        let mut settled = self.clone();
        settled.settle().unwrap();
        settled.tree.pieces_from(0).count()
    }
}
