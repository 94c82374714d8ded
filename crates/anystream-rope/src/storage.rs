//! The tree, and the one chunk that is being edited.

use std::io;
use std::ops::Range;

use anystream_core::{Storage, memory};
use bytes::Bytes;

use crate::chunk::{Chunk, FULL, LIMIT, SMALL};
use crate::piece::Piece;
use crate::tree::{Loan, Path, Tree};

/// The bytes of a [`RopeStream`](crate::RopeStream).
#[derive(Default)]
pub struct RopeStorage {
    len: u64,
    /// The contents, but for what `hot` holds.
    tree: Tree,
    /// The chunk last edited, checked out of the tree: edits there touch nothing else, and the
    /// tree hears of them when another place is edited.
    hot: Option<Hot>,
    /// The piece last read, so that the next read there need not search. Never kept over a write,
    /// because it shares memory with the tree.
    near: Option<Near>,
}

#[derive(Clone)]
struct Hot {
    chunk: Chunk,
    start: u64,
    /// Where it belongs in the tree; nowhere yet, if it is new and behind everything.
    slot: Option<Slot>,
}

/// In the tree a hole of this length stands in for the hot chunk.
#[derive(Clone)]
struct Slot {
    path: Path,
    len: u64,
}

struct Near {
    piece: Piece,
    start: u64,
}

/// A large write asks for its memory first, because the chunks' allocations would abort without it.
const LARGE: usize = 1 << 20;

/// What is overwritten in a piece that cannot be is cut out of it in windows of this many bytes, a
/// chunk each, so that more writes nearby find it.
const WINDOW: u64 = FULL as u64;

impl Hot {
    fn len(&self) -> u64 {
        self.chunk.len() as u64
    }

    fn end(&self) -> u64 {
        self.start + self.len()
    }

    fn len_in_tree(&self) -> u64 {
        self.slot.as_ref().map_or(0, |slot| slot.len)
    }

    /// Whether replacing `range` by `with` bytes can be done in this chunk alone.
    #[inline]
    fn can(&self, range: &Range<u64>, with: usize) -> bool {
        can_edit(self.start, self.len(), range, with)
    }

    #[inline(always)]
    fn splice(&mut self, range: &Range<u64>, with: &[u8]) {
        let at = |offset: u64| (offset - self.start) as usize;
        self.chunk.splice(at(range.start)..at(range.end), with);
    }
}

#[inline]
fn can_edit(start: u64, len: u64, range: &Range<u64>, with: usize) -> bool {
    start <= range.start
        && range.end - start <= len
        && len - (range.end - range.start) + with as u64 <= LIMIT as u64
}

impl RopeStorage {
    /// The contiguous bytes from `offset` on; empty at or past the end.
    #[inline]
    fn run(&self, offset: u64) -> &[u8] {
        if offset >= self.len {
            return &[];
        }
        match self.hot_at(offset) {
            Some(run) => run,
            None => match self.tree.find(self.in_tree(offset)) {
                Some((piece, start)) => piece.run_from(self.in_tree(offset) - start),
                None => &[],
            },
        }
    }

    #[inline]
    fn hot_at(&self, offset: u64) -> Option<&[u8]> {
        let hot = self.hot.as_ref()?;
        let at = offset.checked_sub(hot.start).filter(|&at| at < hot.len())?;
        Some(hot.chunk.run_from(at as usize))
    }

    /// Where the byte at `offset`, which is less than `len` and not in the hot chunk, lies by what the
    /// tree knows.
    #[inline]
    fn in_tree(&self, offset: u64) -> u64 {
        match &self.hot {
            Some(hot) if offset >= hot.start => offset - hot.len() + hot.len_in_tree(),
            _ => offset,
        }
    }

    /// Puts the hot chunk back, so that the tree knows everything.
    fn settle(&mut self) {
        self.near = None;
        let Some(Hot { mut chunk, start, slot }) = self.hot.take() else { return };
        chunk.release_spare();
        match slot {
            Some(Slot { path, len }) => self.tree.take_back(Loan { chunk, start, path }, len),
            None if chunk.len() > 0 => self.tree.push(Piece::Chunk(chunk)),
            None => {}
        }
    }

    /// Makes the chunk in which the edit can be done the hot one, if there is such a chunk.
    #[inline]
    fn heat_for(&mut self, range: &Range<u64>, with: usize) -> Option<&mut Hot> {
        if !self.hot.as_ref().is_some_and(|hot| hot.can(range, with)) {
            self.heat_another(range, with)?;
        }
        self.near = None;
        self.hot.as_mut()
    }

    #[inline(never)]
    fn heat_another(&mut self, range: &Range<u64>, with: usize) -> Option<()> {
        self.settle();
        // An insert between two chunks continues the first, if that has room.
        let before = range.start.checked_sub(1).filter(|_| range.is_empty());
        let mut candidates = before.into_iter().chain([range.start]);
        let found = candidates.find(|&offset| match self.tree.find(offset) {
            Some((piece @ Piece::Chunk(_), start)) => can_edit(start, piece.len(), range, with),
            _ => false,
        })?;
        self.lend(found)
    }

    fn lend(&mut self, offset: u64) -> Option<()> {
        let Loan { chunk, start, path } = self.tree.lend(offset)?;
        let len = chunk.len() as u64;
        self.hot = Some(Hot { chunk, start, slot: Some(Slot { path, len }) });
        Some(())
    }

    fn overwrite(&mut self, mut offset: u64, mut data: &[u8]) {
        self.near = None;
        while !data.is_empty() {
            let n = match &mut self.hot {
                Some(hot) if (hot.start..hot.end()).contains(&offset) => {
                    let n = data.len().min((hot.end() - offset) as usize);
                    hot.chunk.overwrite((offset - hot.start) as usize, &data[..n]);
                    n
                }
                _ => {
                    let in_tree = self.in_tree(offset);
                    match self.tree.overwrite(in_tree, data) {
                        0 => self.replace_some(offset, data),
                        n => n,
                    }
                }
            };
            offset += n as u64;
            data = &data[n..];
        }
    }

    /// Overwrites as far as one piece reaches that is no chunk, by putting chunks in its place.
    fn replace_some(&mut self, offset: u64, data: &[u8]) -> usize {
        self.settle();
        let Some((piece, start)) = self.tree.find(offset) else { return data.len() };
        let end = start + piece.len();
        let n = usize::try_from(end - offset).map_or(data.len(), |left| left.min(data.len()));
        if n >= FULL {
            self.tree.replace(offset, n as u64, chunks_of(&data[..n]));
            return n;
        }
        let aligned_start = offset - offset % WINDOW;
        let window_start = aligned_start.max(start);
        let window_end = end.min((offset + n as u64).checked_next_multiple_of(WINDOW).unwrap_or(end));
        let mut window = Vec::with_capacity((window_end - window_start) as usize);
        let mut at = window_start;
        while at < window_end {
            let run = piece.run_from(at - start);
            let take = run.len().min((window_end - at) as usize);
            window.extend_from_slice(&run[..take]);
            at += take as u64;
        }
        let from = (offset - window_start) as usize;
        window[from..from + n].copy_from_slice(&data[..n]);
        self.tree.replace(window_start, window.len() as u64, chunks_of(&window));
        n
    }

    /// Replaces `range` where that is more than an edit of one chunk. The caller adjusts the length.
    #[inline(never)]
    fn splice_pieces(&mut self, range: &Range<u64>, with: &[u8]) -> io::Result<()> {
        expect_room(with.len())?;
        if range.start == self.len {
            self.append(with);
        } else {
            self.settle();
            self.tree.replace(range.start, range.end - range.start, chunks_of(with));
        }
        Ok(())
    }

    /// Adds `data` at the end. The caller adjusts the length.
    fn append(&mut self, mut data: &[u8]) {
        let len = self.len;
        self.near = None;
        if self.hot.as_ref().is_none_or(|hot| hot.end() != len) {
            self.settle();
            self.heat_last();
        }
        // A tail that is full enough is left alone by a piece that makes a chunk by itself: to divide the
        // piece would cost a second copy.
        let bulk = data.len() >= FULL / 2;
        if let Some(hot) = self.hot.as_mut().filter(|hot| !bulk || hot.chunk.len() < FULL / 2) {
            let (now, later) = data.split_at(data.len().min(FULL.saturating_sub(hot.chunk.len())));
            hot.chunk.splice(hot.chunk.len()..hot.chunk.len(), now);
            data = later;
        }
        if data.is_empty() {
            return;
        }
        self.settle();
        while data.len() >= FULL {
            let (now, later) = data.split_at(if data.len() <= LIMIT { data.len() } else { FULL });
            self.tree.push(Piece::Chunk(Chunk::of(now)));
            data = later;
        }
        let rest = data;
        if rest.is_empty() {
            return;
        }
        let start = self.tree.len();
        // Behind a full chunk another is likely to fill up; else memory grows with need.
        let behind_full = matches!(self.tree.last(), Some(Piece::Chunk(chunk)) if chunk.len() >= FULL);
        let chunk = if behind_full && !bulk { Chunk::with_room(rest, FULL) } else { Chunk::of(rest) };
        self.hot = Some(Hot { chunk, start, slot: None });
    }

    /// Makes the last chunk the hot one, if it has room for more.
    fn heat_last(&mut self) {
        let Some(last) = self.tree.len().checked_sub(1) else { return };
        if matches!(self.tree.find(last), Some((Piece::Chunk(chunk), _)) if chunk.len() < FULL) {
            self.lend(last);
        }
    }

    /// The piece that holds all of `range`, which is not empty, and where it starts.
    fn piece_around(&self, range: &Range<u64>) -> Option<(Piece, u64)> {
        let (piece, start) = match &self.hot {
            Some(hot) if (hot.start..hot.end()).contains(&range.start) => {
                (Piece::Chunk(hot.chunk.clone()), hot.start)
            }
            _ => {
                let in_tree = self.in_tree(range.start);
                let (piece, start) = self.tree.find(in_tree)?;
                (piece.clone(), range.start - (in_tree - start))
            }
        };
        (range.end <= start + piece.len()).then_some((piece, start))
    }
}

impl RopeStorage {
    /// Where the hole ends in which `offset`, which is less than `len`, lies, if it lies in one.
    fn hole_end(&self, offset: u64) -> Option<u64> {
        if self.hot_at(offset).is_some() {
            return None;
        }
        let in_tree = self.in_tree(offset);
        match self.tree.find(in_tree)? {
            (Piece::Hole(len), start) => Some(offset - (in_tree - start) + len),
            _ => None,
        }
    }
}

/// Data in full chunks.
fn chunks_of(data: &[u8]) -> Tree {
    Tree::of(data.chunks(FULL).map(|bytes| Piece::Chunk(Chunk::of(bytes))))
}

fn expect_room(len: usize) -> io::Result<()> {
    if len >= LARGE {
        Vec::<u8>::new().try_reserve_exact(len)?;
    }
    Ok(())
}

/// Keeps a chunk's memory alive inside a `Bytes`.
struct ChunkValue(triomphe::Arc<[u8]>);

impl AsRef<[u8]> for ChunkValue {
    fn as_ref(&self) -> &[u8] {
        &self.0
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
            let Some(offset) = offset.checked_add(done as u64) else { break };
            let run = self.run(offset);
            if run.is_empty() {
                break;
            }
            done += memory::copy_from(run, &mut buf[done..]);
        }
        Ok(done)
    }

    #[inline]
    fn run_at(&mut self, offset: u64) -> io::Result<&[u8]> {
        if offset >= self.len {
            return Ok(&[]);
        }
        let within = |near: &Near| offset >= near.start && offset - near.start < near.piece.len();
        if !self.near.as_ref().is_some_and(within) {
            self.near = match self.hot_at(offset) {
                Some(_) => None,
                None => {
                    let in_tree = self.in_tree(offset);
                    let found = self.tree.find(in_tree);
                    found.map(|(piece, start)| Near {
                        piece: piece.clone(),
                        start: offset - (in_tree - start),
                    })
                }
            };
        }
        Ok(match &self.near {
            Some(near) => near.piece.run_from(offset - near.start),
            None => self.hot_at(offset).unwrap_or(&[]),
        })
    }

    #[inline]
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let len = self.len - (range.end - range.start) + with.len() as u64;
        match self.heat_for(&range, with.len()) {
            Some(hot) => hot.splice(&range, with),
            None => self.splice_pieces(&range, with)?,
        }
        self.len = len;
        Ok(())
    }

    #[inline]
    fn write_in_place(&mut self, offset: u64, data: &[u8]) -> bool {
        let Some(hot) = &mut self.hot else { return false };
        let Some(at) = offset.checked_sub(hot.start) else { return false };
        let may_grow = offset == self.len && data.len() as u64 <= u64::MAX - self.len;
        match hot.chunk.write_in_place(at, data, may_grow) {
            Some(added) => {
                self.len += added as u64;
                true
            }
            None => false,
        }
    }

    fn write_at(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        expect_room(data.len())?;
        let before_end = usize::try_from(self.len() - offset).map_or(data.len(), |left| left.min(data.len()));
        let (over, beyond) = data.split_at(before_end);
        self.overwrite(offset, over);
        if !beyond.is_empty() {
            self.append(beyond);
            self.len += beyond.len() as u64;
        }
        Ok(())
    }

    fn write_pieces_at(&mut self, offset: u64, pieces: &[io::IoSlice<'_>], total: usize) -> io::Result<()> {
        expect_room(total)?;
        let mut at = offset;
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            self.write_at(at, piece)?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    fn write_bytes_at(&mut self, offset: u64, data: Bytes) -> io::Result<()> {
        if data.len() <= FULL {
            return self.write_at(offset, &data);
        }
        self.settle();
        let over = (self.len - offset).min(data.len() as u64);
        self.len += data.len() as u64 - over;
        if over == 0 {
            self.tree.push(Piece::shared(data));
        } else {
            self.tree.replace(offset, over, Tree::of([Piece::shared(data)]));
        }
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.near = None;
        match &mut self.hot {
            Some(hot) if hot.slot.is_none() && len > hot.start => hot.splice(&(len..hot.end()), &[]),
            _ => {
                self.settle();
                let (kept, _) = std::mem::take(&mut self.tree).split(len);
                self.tree = kept;
            }
        }
        self.len = len;
        Ok(())
    }

    fn grow(&mut self, len: u64) -> io::Result<()> {
        let extra = len - self.len;
        if extra <= SMALL as u64 {
            self.append(&[0; SMALL][..extra as usize]);
        } else {
            self.settle();
            self.tree.push(Piece::Hole(extra));
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
            Some((Piece::Shared(bytes), start)) => {
                let at = (range.start - start) as usize;
                return Ok(bytes.slice(at..at + len as usize));
            }
            // A value keeps the whole chunk alive: only where it shows most of it.
            Some((Piece::Chunk(chunk), start)) if len >= chunk.len() as u64 / 2 => {
                if let Some(memory) = chunk.contiguous() {
                    let at = (range.start - start) as usize;
                    let value = Bytes::from_owner(ChunkValue(memory.clone()));
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
        RopeStorage { len: self.len, tree: self.tree.clone(), hot: self.hot.clone(), near: None }
    }
}

impl From<Tree> for RopeStorage {
    fn from(tree: Tree) -> Self {
        RopeStorage { len: tree.len(), tree, hot: None, near: None }
    }
}

impl From<Bytes> for RopeStorage {
    fn from(bytes: Bytes) -> Self {
        if bytes.len() <= LIMIT {
            return bytes[..].into();
        }
        Tree::of([Piece::shared(bytes)]).into()
    }
}

impl From<Vec<u8>> for RopeStorage {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&[u8]> for RopeStorage {
    fn from(bytes: &[u8]) -> Self {
        if bytes.is_empty() || bytes.len() > LIMIT {
            return chunks_of(bytes).into();
        }
        // One chunk needs no tree: a short stream is one allocation.
        let hot = Hot { chunk: Chunk::of(bytes), start: 0, slot: None };
        RopeStorage { len: bytes.len() as u64, hot: Some(hot), ..RopeStorage::default() }
    }
}

#[cfg(test)]
impl RopeStorage {
    pub(crate) fn check(&self) {
        self.tree.check();
        let mut settled = self.clone();
        settled.settle();
        settled.tree.check();
        assert_eq!(settled.tree.len(), self.len);
    }

    pub(crate) fn pieces(&self) -> usize {
        let mut settled = self.clone();
        settled.settle();
        settled.tree.pieces().len()
    }
}
