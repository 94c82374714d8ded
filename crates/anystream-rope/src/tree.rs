//! A B+tree of pieces by position, persistent: clones share nodes, and a change copies only the
//! shared nodes on its path.
//!
//! Every node but the root and those on the right edge is at least half full; the right edge is exempt, so
//! that appending leaves full nodes behind. Small changes are made in the leaf where they lie. All others
//! are made of `split` and `join`, both O(log n), on a copy that shares everything with the original,
//! which is replaced only when all is done: what returns an error has changed nothing. No recursion is
//! deeper than the tree is high.

use std::mem;
use std::ops::Range;

use arrayvec::ArrayVec;
use triomphe::Arc;

use crate::NoMemory;
use crate::chunk::{COPIED, Chunk, FULL, SMALL, SPILL};
use crate::node::{Child, Edge, FANOUT, FEWEST, Node, allocate, combine, unshare};
use crate::piece::Piece;

#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Never empty itself; and never with one child only, unless that is a piece.
    root: Option<Arc<Node>>,
    /// 1 if the root's children are pieces; 0 if there is none. A whole word, because padding is copied byte by
    /// byte, which a tiny stream would feel.
    height: usize,
}

/// Where a piece is.
pub(crate) struct Found<'a> {
    /// The node that it is a child of.
    pub(crate) leaf: &'a Arc<Node>,
    /// Which child it is, and where it starts.
    pub(crate) index: usize,
    pub(crate) start: u64,
}

/// Where a piece is, to be changed.
struct Place<'a> {
    leaf: &'a mut Node,
    index: usize,
    start: u64,
    /// Whether the leaf may be divided.
    may_divide: bool,
}

/// What was done to a leaf: the answer, and the node to its right that it was divided into.
type Changed<R> = (R, Option<Arc<Node>>);

/// Whether a change was made where it was tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Yes,
    /// The leaf must be divided, but the nodes above are full: with spare nodes it can be.
    NeedsSpares,
    /// The chunk here is full, but the splice is an insert at its end, and the next may have room.
    TryNext,
    /// It takes more than one leaf, or more than chunks.
    No,
}

/// Empty nodes, allocated before a change, so that nothing can fail once it has begun.
type Spares = ArrayVec<Arc<Node>, HIGHEST>;

/// A chunk on loan from the tree, in which a hole of the same length stands in for it.
pub(crate) struct Loan {
    pub(crate) chunk: Chunk,
    pub(crate) start: u64,
}

/// The most pieces that a change within one leaf brings, with those that it divides.
const FEW: usize = 8;

impl<'a> Found<'a> {
    #[inline]
    pub(crate) fn piece(&self) -> &'a Piece {
        piece_at(self.leaf, self.index)
    }
}

/// A child of a node of height 1.
#[inline]
pub(crate) fn piece_at(leaf: &Node, index: usize) -> &Piece {
    match leaf.child(index) {
        Child::Piece(piece) => piece,
        _ => &Piece::Hole(0),
    }
}

impl Tree {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.len())
    }

    /// # Errors
    /// One of the pieces' own, or there is no memory.
    pub(crate) fn of(pieces: impl IntoIterator<Item = Result<Piece, NoMemory>>) -> Result<Self, NoMemory> {
        let mut tree = Tree::default();
        for piece in pieces {
            tree.push(piece?)?;
        }
        Ok(tree)
    }

    /// `bytes` in chunks.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Result<Self, NoMemory> {
        let (chunks, left) = Chunk::bulk(bytes);
        let mut tree = Tree::of(chunks.map(|chunk| chunk.map(Piece::Chunk)))?;
        if !left.is_empty() {
            tree.push(Piece::Chunk(Chunk::of(left)?))?;
        }
        Ok(tree)
    }

    /// Where the piece is that holds the byte at `offset`. O(log n).
    #[inline]
    pub(crate) fn find(&self, offset: u64) -> Option<Found<'_>> {
        let mut leaf = self.root.as_ref().filter(|root| offset < root.len())?;
        let mut start = 0;
        for _ in 1..self.height {
            let index = leaf.index_of(offset - start);
            start += leaf.start_of(index);
            let Child::Node(child) = leaf.child(index) else { return None };
            leaf = child;
        }
        let index = leaf.piece_index_of(offset - start);
        Some(Found { leaf, index, start: start + leaf.start_of(index) })
    }

    pub(crate) fn last(&self) -> Option<&Piece> {
        let mut node = self.root.as_ref()?;
        loop {
            match node.children().last()? {
                Child::Node(child) => node = child,
                Child::Piece(piece) => return Some(piece),
                Child::Nothing => return None,
            }
        }
    }

    fn first(&self) -> Option<&Piece> {
        self.find(0).map(|found| found.piece())
    }

    /// Puts `data` over the bytes from `offset` on, as far as the one piece there reaches, and returns how
    /// many that were: none if that needs new memory. O(log n).
    pub(crate) fn overwrite(&mut self, offset: u64, data: &[u8]) -> Result<usize, NoMemory> {
        let Some((piece, at)) = self.piece_mut(offset)? else { return Ok(0) };
        let n = usize::try_from(piece.len() - at).map_or(data.len(), |left| left.min(data.len()));
        Ok(if piece.overwrite(at as usize, &data[..n]) { n } else { 0 })
    }

    /// Puts all of `data` over the bytes from `offset` on, if the one piece there has as many and can be
    /// written, and returns whether that was so. O(log n), no allocation unless shared.
    pub(crate) fn overwrite_within(&mut self, offset: u64, data: &[u8]) -> Result<bool, NoMemory> {
        let Some((piece, at)) = self.piece_mut(offset)? else { return Ok(false) };
        if data.len() as u64 > piece.len() - at {
            return Ok(false);
        }
        if piece.overwrite(at as usize, data) {
            return Ok(true);
        }
        let done = self.change(offset, |place| place.overwrite_shared(at as usize, data))?;
        Ok(done == Done::Yes)
    }

    /// Sees to it that the piece that holds the byte at `offset` can be written, by copying what is shared of
    /// the way there and, if it is a chunk and `may_copy`, of itself. Returns how many bytes it has from there
    /// on, if it can. O(log n).
    pub(crate) fn prepare(&mut self, offset: u64, may_copy: bool) -> Result<Option<u64>, NoMemory> {
        let Some((piece, at)) = self.piece_mut(offset)? else { return Ok(None) };
        if let Piece::Chunk(chunk) = piece
            && may_copy
        {
            chunk.unshare()?;
        }
        Ok(piece.is_writable().then(|| piece.len() - at))
    }

    /// The piece that holds the byte at `offset`, to be changed without changing its length; and where in it
    /// that byte is.
    #[inline(always)]
    fn piece_mut(&mut self, offset: u64) -> Result<Option<(&mut Piece, u64)>, NoMemory> {
        let Some(mut node) = self.root.as_mut().filter(|root| offset < root.len()) else { return Ok(None) };
        let mut offset = offset;
        for _ in 1..self.height {
            let inner = unshare(node)?;
            let index = inner.index_of(offset);
            offset -= inner.start_of(index);
            let Child::Node(child) = inner.child_mut(index) else { return Ok(None) };
            node = child;
        }
        let leaf = unshare(node)?;
        let index = leaf.piece_index_of(offset);
        offset -= leaf.start_of(index);
        match leaf.child_mut(index) {
            Child::Piece(piece) => Ok(Some((piece, offset))),
            _ => Ok(None),
        }
    }

    /// Lends the chunk in which `range` can be replaced by `with` bytes, if there is such a chunk: if it is
    /// an insert between two, the first. O(log n).
    pub(crate) fn lend(
        &mut self,
        range: &Range<u64>,
        can_edit: impl Fn(u64, u64) -> bool,
    ) -> Result<Option<Loan>, NoMemory> {
        let probe = if range.is_empty() { range.start.saturating_sub(1) } else { range.start };
        let loan = self.edit(probe, |place| Ok((place.lend(&can_edit)?, None)))?.flatten();
        match loan {
            None if probe < range.start => {
                Ok(self.edit(range.start, |place| Ok((place.lend(&can_edit)?, None)))?.flatten())
            }
            loan => Ok(loan),
        }
    }

    /// Replaces `range` by `with` if that is a matter of one chunk, or of dividing it, and returns whether it
    /// was. O(log n).
    pub(crate) fn splice(&mut self, range: &Range<u64>, with: &[u8]) -> Result<bool, NoMemory> {
        let probe = if range.is_empty() { range.start.saturating_sub(1) } else { range.start };
        let mut done = self.change(probe, |place| place.splice(range, with))?;
        if done == Done::TryNext {
            done = self.change(range.start, |place| place.splice(range, with))?;
        }
        Ok(done == Done::Yes)
    }

    /// Takes a lent chunk back, whose length was `before`. O(log n). After an error the caller has it
    /// still.
    pub(crate) fn take_back(
        &mut self,
        chunk: &mut Option<Chunk>,
        start: u64,
        before: u64,
    ) -> Result<(), NoMemory> {
        let Some(after) = chunk.as_ref().map(|chunk| chunk.len() as u64) else { return Ok(()) };
        let in_place = self.edit(start, |place| {
            let in_place = after >= before || after > 0 && !place.merges_as(after);
            if in_place && let Some(chunk) = chunk.take() {
                let Place { leaf, index, .. } = place;
                *leaf.child_mut(index) = Child::Piece(Piece::Chunk(chunk));
                leaf.shift_ends(index, before, after);
            }
            Ok((in_place, None))
        })?;
        if in_place != Some(true) {
            let piece = chunk.clone().filter(|_| after > 0).map(Piece::Chunk);
            self.replace(start..start + before, piece.as_slice())?;
            *chunk = None;
        }
        Ok(())
    }

    /// Replaces the bytes in `range`, which are there, by `new`. O(log n).
    pub(crate) fn replace(&mut self, range: Range<u64>, new: &[Piece]) -> Result<(), NoMemory> {
        if new.len() <= FEW && range.start < self.len() {
            let only = self.height == 1;
            let replaced = self.change(range.start, |place| place.replace(&range, new, only))?;
            if replaced == Done::Yes {
                self.drop_empty_root();
                return Ok(());
            }
        }
        self.replace_by_tree(range, Tree::of(new.iter().cloned().map(Ok))?)
    }

    /// Replaces the bytes in `range`, which are there, by `bytes`. O(log n + bytes).
    pub(crate) fn replace_by(&mut self, range: &Range<u64>, bytes: &[u8]) -> Result<(), NoMemory> {
        if bytes.len() > FEW * FULL {
            return self.replace_by_tree(range.clone(), Tree::of_bytes(bytes)?);
        }
        let mut pieces = ArrayVec::<Piece, FEW>::new();
        for bytes in bytes.chunks(FULL) {
            pieces.push(Piece::Chunk(Chunk::of(bytes)?));
        }
        self.replace(range.clone(), &pieces)
    }

    /// Replaces the bytes in `range`, which are there, by `new`. O(log n).
    pub(crate) fn replace_by_tree(&mut self, range: Range<u64>, new: Tree) -> Result<(), NoMemory> {
        let (before, rest) = self.split(range.start)?;
        let (_, behind) = rest.split(range.end - range.start)?;
        drop(rest);
        *self = before.join(new)?.join(behind)?;
        Ok(())
    }

    /// Adds a piece at the end, merging it with the last where that is due. O(log n).
    pub(crate) fn push(&mut self, piece: Piece) -> Result<(), NoMemory> {
        let Some(last) = self.last() else {
            self.root = Some(allocate(Node::of([Child::Piece(piece)]))?);
            self.height = 1;
            return Ok(());
        };
        if last.should_merge(&piece) {
            let merged = last.merged(&piece)?;
            let last = self.len() - 1;
            self.edit(last, |Place { leaf, index, .. }| {
                leaf.replace(index..index + 1, [Child::Piece(merged)]);
                Ok(((), None))
            })?;
            return Ok(());
        }
        self.push_unmerged(Child::Piece(piece))
    }

    fn push_unmerged(&mut self, piece: Child) -> Result<(), NoMemory> {
        let Some(root) = &mut self.root else { return Ok(()) };
        if let Some(beyond) = push_into(root, piece)? {
            *root = allocate(Node::of([Child::Node(root.clone()), beyond]))?;
            self.height += 1;
        }
        Ok(())
    }

    /// Keeps the first `at` bytes, of which there are more. O(log n). Needs no memory if nothing on the way
    /// is shared and no chunk divided.
    pub(crate) fn truncate(&mut self, at: u64) -> Result<(), NoMemory> {
        match &mut self.root {
            Some(root) if at > 0 => cut(root, at)?,
            _ => *self = Tree::default(),
        }
        self.lower_root();
        Ok(())
    }

    /// The bytes before `at` and those from it on. O(log n).
    pub(crate) fn split(&self, at: u64) -> Result<(Tree, Tree), NoMemory> {
        match &self.root {
            Some(root) if at > 0 && at < root.len() => split_node(root, self.height, at),
            _ if at == 0 => Ok((Tree::default(), self.clone())),
            _ => Ok((self.clone(), Tree::default())),
        }
    }

    /// These bytes and then those of `right`. O(log n).
    pub(crate) fn join(self, right: Tree) -> Result<Tree, NoMemory> {
        let (mut left, mut right) = (self, right);
        while let Some((last, first)) = left.last().zip(right.first())
            && last.should_merge(first)
        {
            // What is merged may have become small enough for its other neighbours to join it.
            let merged = last.merged(first)?;
            let (before, behind) = (left.len() - last.len(), first.len());
            left.truncate(before)?;
            left.push(merged)?;
            right = right.split(behind)?.1;
        }
        left.concatenate(right)
    }

    /// Every piece in order, from the one on that holds the byte at `offset`, and where it starts.
    pub(crate) fn pieces_from(&self, offset: u64) -> Pieces<'_> {
        let mut pieces = Pieces { path: [None; HIGHEST], depth: 0, start: 0 };
        let mut node = self.root.as_deref().filter(|root| offset < root.len());
        while let Some(inner) = node {
            let index = inner.index_of(offset - pieces.start);
            pieces.start += inner.start_of(index);
            pieces.push(inner, index);
            node = match &inner.children()[index] {
                Child::Node(child) => Some(child),
                _ => None,
            };
        }
        pieces
    }

    pub(crate) fn root(&self) -> Option<&Arc<Node>> {
        self.root.as_ref()
    }

    /// Makes a change that may divide a leaf; with spare nodes, if it turns out to need them.
    #[inline]
    fn change(
        &mut self,
        offset: u64,
        change: impl Fn(Place<'_>) -> Result<Changed<Done>, NoMemory>,
    ) -> Result<Done, NoMemory> {
        let done = self.edit(offset, &change)?.unwrap_or(Done::No);
        if done != Done::NeedsSpares {
            return Ok(done);
        }
        let mut spares = Spares::new();
        for _ in 0..=self.height {
            spares.push(allocate(Node::empty())?);
        }
        Ok(self.edit_with(offset, &mut spares, &change)?.unwrap_or(Done::No))
    }

    /// Calls `change` with the leaf of the piece that holds the byte at `offset`, if there is one, and
    /// hands the change of its length up.
    #[inline(always)]
    fn edit<R>(
        &mut self,
        offset: u64,
        change: impl FnOnce(Place<'_>) -> Result<Changed<R>, NoMemory>,
    ) -> Result<Option<R>, NoMemory> {
        self.edit_with(offset, &mut Spares::new(), change)
    }

    #[inline(always)]
    fn edit_with<R>(
        &mut self,
        offset: u64,
        spares: &mut Spares,
        change: impl FnOnce(Place<'_>) -> Result<Changed<R>, NoMemory>,
    ) -> Result<Option<R>, NoMemory> {
        let Some(root) = self.root.as_mut().filter(|root| offset < root.len()) else { return Ok(None) };
        let (result, beyond) = edit_node(root, self.height, offset, 0, false, spares, change)?;
        if let Some((beyond, mut above)) = beyond.zip(spares.pop())
            && let Some(node) = Arc::get_mut(&mut above)
        {
            node.push(Child::Node(root.clone()));
            node.push(Child::Node(beyond));
            *root = above;
            self.height += 1;
        }
        Ok(Some(result))
    }

    /// A tree of the children of a node of this height; none, one and too few are welcome.
    fn of_children(children: impl IntoIterator<Item = Child>, height: usize) -> Result<Tree, NoMemory> {
        let node = Node::of(children);
        Ok(match node.children() {
            [] => Tree::default(),
            [Child::Node(only)] => Tree { root: Some(Arc::clone(only)), height: height - 1 }.normal(),
            _ => Tree { root: Some(allocate(node)?), height },
        })
    }

    fn lower_root(&mut self) {
        while let Some([Child::Node(only)]) = self.root.as_ref().map(|root| root.children()) {
            self.root = Some(Arc::clone(only));
            self.height -= 1;
        }
    }

    fn drop_empty_root(&mut self) {
        if self.root.as_ref().is_some_and(|root| root.children().is_empty()) {
            *self = Tree::default();
        }
    }

    /// The same with every node half full, on the right edge too, so that more can come behind it.
    fn strict(self) -> Result<Tree, NoMemory> {
        if self.is_strict() {
            return Ok(self);
        }
        let Some((root, Some(Child::Node(edge)))) =
            self.root.as_ref().map(|root| (root, root.children().last()))
        else {
            return Ok(self);
        };
        let edge = Tree { root: Some(Arc::clone(edge)), height: self.height - 1 }.normal().strict()?;
        let others = root.children()[..root.children().len() - 1].iter().cloned();
        Tree::of_children(others, self.height)?.concatenate_as(edge, Edge::Strict)
    }

    /// A root with one node below it is none.
    fn normal(mut self) -> Tree {
        self.lower_root();
        self
    }

    fn is_strict(&self) -> bool {
        let mut node = self.root.as_ref();
        while let Some(Child::Node(last)) = node.and_then(|node| node.children().last()) {
            if last.children().len() < FEWEST {
                return false;
            }
            node = Some(last);
        }
        true
    }

    /// As [`join`](Self::join), without merging pieces.
    fn concatenate(self, right: Tree) -> Result<Tree, NoMemory> {
        self.concatenate_as(right, Edge::MayBeShort)
    }

    fn concatenate_as(self, right: Tree, edge: Edge) -> Result<Tree, NoMemory> {
        if right.root.is_none() {
            return Ok(self);
        }
        let left = self.strict()?;
        let (left_root, right_root) = match (left.root, right.root) {
            (Some(left), Some(right)) => (left, right),
            (None, root) | (root, None) => return Ok(Tree { root, height: left.height.max(right.height) }),
        };
        let height = left.height.max(right.height);
        let (root, beyond) = match left.height.cmp(&right.height) {
            std::cmp::Ordering::Equal => combine(left_root, right_root, edge)?,
            std::cmp::Ordering::Greater => {
                let mut root = left_root;
                let beyond = append(&mut root, height - right.height, right_root, edge)?;
                (root, beyond)
            }
            std::cmp::Ordering::Less => {
                let mut root = right_root;
                let beyond = prepend(&mut root, height - left.height, left_root)?;
                (root, beyond)
            }
        };
        match beyond {
            None => Ok(Tree { root: Some(root), height }.normal()),
            Some(beyond) => {
                let both = Node::of([Child::Node(root), Child::Node(beyond)]);
                Ok(Tree { root: Some(allocate(both)?), height: height + 1 })
            }
        }
    }
}

impl Place<'_> {
    fn lend(self, can_edit: impl Fn(u64, u64) -> bool) -> Result<Option<Loan>, NoMemory> {
        let Place { leaf, index, start, .. } = self;
        let Child::Piece(piece) = leaf.child_mut(index) else { return Ok(None) };
        let len = piece.len();
        if let Piece::Shared(shared) = piece
            && can_edit(start, len)
            && let Some(chunk) = shared.as_chunk()?
        {
            *piece = Piece::Chunk(chunk);
        }
        let Piece::Chunk(chunk) = piece else { return Ok(None) };
        if chunk.is_costly_to_copy() || !can_edit(start, len) {
            return Ok(None);
        }
        chunk.unhide()?;
        Ok(match mem::replace(piece, Piece::Hole(len)) {
            Piece::Chunk(chunk) => Some(Loan { chunk, start }),
            _ => None,
        })
    }

    /// Replaces the bytes in `range`, the first of which is at this place, by `new`, if that can be done
    /// in this leaf. `only` says that this leaf is the root.
    fn replace(self, range: &Range<u64>, new: &[Piece], only: bool) -> Result<Changed<Done>, NoMemory> {
        let Place { leaf, index, start, may_divide } = self;
        let count = leaf.children().len();
        let leaf_start = start - leaf.start_of(index);
        if range.end > leaf_start + leaf.len() {
            return Ok((Done::No, None));
        }
        let mut pieces = ArrayVec::<Piece, { FEW + 2 }>::new();
        if range.start > start {
            pieces.push(piece_at(leaf, index).slice(0..range.start - start)?);
        }
        pieces.extend(new.iter().cloned());
        // Up to which child pieces are replaced, and what is left of that one.
        let mut replaced = index..index;
        if range.end > start {
            let last = leaf.index_of(range.end - 1 - leaf_start);
            let last_start = leaf_start + leaf.start_of(last);
            let last_piece = piece_at(leaf, last);
            if range.end < last_start + last_piece.len() {
                pieces.push(last_piece.slice(range.end - last_start..last_piece.len())?);
            }
            replaced.end = last + 1;
        }
        let mut merged = ArrayVec::<Piece, { FEW + 2 }>::new();
        let before = replaced.start.checked_sub(1).map(|before| piece_at(leaf, before));
        if let Some(before) = before
            && let Some(first) =
                pieces.first().or((replaced.end < count).then(|| piece_at(leaf, replaced.end)))
            && before.should_merge(first)
        {
            // With nothing in between, the piece behind is merged as the last one below.
            replaced.start -= 1;
            merged.push(before.clone());
        }
        for piece in pieces {
            join_last(&mut merged, piece)?;
        }
        if replaced.end < count
            && let Some(last) = merged.last()
            && last.should_merge(piece_at(leaf, replaced.end))
        {
            join_last(&mut merged, piece_at(leaf, replaced.end).clone())?;
            replaced.end += 1;
        }
        let now = count - replaced.len() + merged.len();
        if now > 2 * FANOUT || now < FEWEST && now < count && !only {
            return Ok((Done::No, None));
        }
        if now > FANOUT && !may_divide {
            return Ok((Done::NeedsSpares, None));
        }
        let spare = leaf.spare_for(now)?;
        let beyond = leaf.replace_or_divide(replaced, merged.into_iter().map(Child::Piece), spare);
        Ok((Done::Yes, beyond))
    }

    /// Whether the chunk here would be merged with a neighbour in this leaf if it were so long.
    #[inline]
    fn merges_as(&self, len: u64) -> bool {
        let merges_with = |index: usize| {
            let neighbour = self.leaf.start_of(index + 1) - self.leaf.start_of(index);
            piece_at(self.leaf, index).should_merge_with_chunk(len, neighbour)
        };
        self.index > 0 && merges_with(self.index - 1)
            || self.index + 1 < self.leaf.children().len() && merges_with(self.index + 1)
    }

    /// Puts `data` over bytes from `at` on of the piece here, which clones share: copies what is around them,
    /// and shows the rest where it is.
    fn overwrite_shared(mut self, at: usize, data: &[u8]) -> Result<Changed<Done>, NoMemory> {
        if let Some(done) = self.splice_shared(at..at + data.len(), data)? {
            return Ok(done);
        }
        self.make_chunk()?;
        let Child::Piece(Piece::Chunk(chunk)) = self.leaf.child_mut(self.index) else {
            return Ok((Done::No, None));
        };
        chunk.unshare()?;
        chunk.overwrite(at, data);
        Ok((Done::Yes, None))
    }

    /// Replaces `range` of the piece here, which clones share, by `with`: copies what is around it, and shows the
    /// rest where it is. `None`, and nothing has changed, if that is not worth it.
    fn splice_shared(&mut self, range: Range<usize>, with: &[u8]) -> Result<Option<Changed<Done>>, NoMemory> {
        let Child::Piece(piece) = self.leaf.child(self.index) else { return Ok(None) };
        // No side is left so short that it would be merged again.
        let (len, side) = (usize::try_from(piece.len()).unwrap_or(0), 2 * SMALL);
        let start = if range.start < side { 0 } else { range.start - range.start % COPIED };
        let end = (start + COPIED + range.len().saturating_sub(with.len())).max(range.end);
        let end = if len - end.min(len) < side { len } else { end };
        let around = end - start - range.len();
        let is_worth_it = len > 2 * COPIED && (SMALL..=FULL).contains(&(around + with.len()));
        if !is_worth_it {
            return Ok(None);
        }
        let Some((left, mut copied, right)) = piece.divided(start, end)? else { return Ok(None) };
        if self.leaf.children().len() + 2 > FANOUT && !self.may_divide {
            return Ok(Some((Done::NeedsSpares, None)));
        }
        let (from, to) = (range.start - start, range.end - start);
        if with.len() == range.len() {
            copied.overwrite(from, with);
        } else {
            copied.splice(from..to, with)?;
        }
        let pieces = [left, Piece::Chunk(copied), right].into_iter().filter(|piece| piece.len() > 0);
        let pieces: ArrayVec<Child, 3> = pieces.map(Child::Piece).collect();
        let spare = self.leaf.spare_for(self.leaf.children().len() - 1 + pieces.len())?;
        let beyond = self.leaf.replace_or_divide(self.index..self.index + 1, pieces, spare);
        Ok(Some((Done::Yes, beyond)))
    }

    /// Makes a chunk of what was appended little by little, if that is what is here; returns whether it did.
    fn make_chunk(&mut self) -> Result<bool, NoMemory> {
        let Child::Piece(Piece::Shared(shared)) = self.leaf.child(self.index) else { return Ok(false) };
        let Some(chunk) = shared.as_chunk()? else { return Ok(false) };
        *self.leaf.child_mut(self.index) = Child::Piece(Piece::Chunk(chunk));
        Ok(true)
    }

    /// Replaces `range` by `with` in the chunk here, dividing it if it has no room.
    #[inline]
    fn splice(mut self, range: &Range<u64>, with: &[u8]) -> Result<Changed<Done>, NoMemory> {
        const NO: Changed<Done> = (Done::No, None);
        let Place { index, start, .. } = self;
        let Child::Piece(Piece::Chunk(chunk)) = &self.leaf.children()[index] else {
            if range.end <= start + piece_at(self.leaf, index).len() && self.make_chunk()? {
                return self.splice(range, with);
            }
            let next = range.is_empty() && start < range.start;
            return Ok((if next { Done::TryNext } else { Done::No }, None));
        };
        let before = chunk.len() as u64;
        if range.end > start + before {
            return Ok(NO);
        }
        let within = (range.start - start) as usize..(range.end - start) as usize;
        if chunk.is_costly_to_copy()
            && let Some(done) = self.splice_shared(within.clone(), with)?
        {
            return Ok(done);
        }
        let Child::Piece(Piece::Chunk(chunk)) = self.leaf.child(index) else { return Ok(NO) };
        let after = before - (range.end - range.start) + with.len() as u64;
        // One that has become larger where it was typed into has the room that it has.
        if after > FULL.max(chunk.len() + chunk.spare()) as u64 {
            let at_end = range.start == start + before;
            let more_behind = index + 1 < self.leaf.children().len();
            return if at_end && more_behind { Ok((Done::TryNext, None)) } else { self.divide(range, with) };
        }
        // What is to be merged or taken out is done in one with the change.
        if after < before && (after == 0 || self.merges_as(after)) {
            return Ok(NO);
        }
        if let Child::Piece(Piece::Chunk(chunk)) = self.leaf.child_mut(index) {
            chunk.splice(within, with)?;
            if after < before {
                chunk.release_spare();
            }
        }
        self.leaf.shift_ends(index, before, after);
        Ok((Done::Yes, None))
    }

    /// As [`splice`](Self::splice), where the chunk has no room: some of it goes to a new one. Of a full
    /// chunk that is what is nearest to the edit, or what makes room there with the fewest bytes moved.
    fn divide(self, range: &Range<u64>, with: &[u8]) -> Result<Changed<Done>, NoMemory> {
        const NO: Changed<Done> = (Done::No, None);
        let Place { leaf, index, start, may_divide } = self;
        if with.len() > FULL / 2 {
            return Ok(NO);
        }
        if leaf.is_full() && !may_divide {
            return Ok((Done::NeedsSpares, None));
        }
        let count = leaf.children().len();
        let Child::Piece(Piece::Chunk(chunk)) = leaf.child_mut(index) else { return Ok(NO) };
        let before = chunk.len();
        let (from, to) = ((range.start - start) as usize, (range.end - start) as usize);
        let spill = before / SPILL;
        // What the new chunk takes of the old one, what is removed of that, and whether it lies behind.
        let (moved, behind) = if before - to <= spill {
            (from..before, true)
        } else if from <= spill {
            (0..to, false)
        } else if before - to <= from {
            (before - spill..before, true)
        } else {
            (0..spill, false)
        };
        let edited_moves = moved.start <= from && to <= moved.end;
        let left = before - moved.len();
        let new_len = if edited_moves { moved.len() - (to - from) + with.len() } else { moved.len() };
        let neighbour = if behind { Some(index + 1) } else { index.checked_sub(1) };
        if neighbour
            .filter(|&at| at < count)
            .map(|at| piece_at(leaf, at))
            .is_some_and(|piece| piece.should_merge_with_chunk(new_len as u64, piece.len()))
        {
            return Ok(NO);
        }
        let Child::Piece(Piece::Chunk(chunk)) = leaf.child_mut(index) else { return Ok(NO) };
        let room = chunk.len() + chunk.spare();
        let stays = if edited_moves { left } else { left - (to - from) + with.len() };
        if !edited_moves && (moved.start < to && from < moved.end) || stays > FULL.max(room) {
            return Ok(NO);
        }
        let new = if edited_moves {
            let (head, tail) = (chunk.slice(moved.start..from)?, chunk.slice(to..moved.end)?);
            let parts = head.runs().into_iter().chain([with]).chain(tail.runs());
            Chunk::concatenated(parts, 0)?
        } else {
            chunk.slice(moved.clone())?
        };
        chunk.reserve(stays)?;
        let spare = leaf.spare_for(leaf.children().len() + 1)?;
        // From here on nothing can fail: the memory is this chunk's own, and has the room.
        if let Child::Piece(Piece::Chunk(chunk)) = leaf.child_mut(index) {
            chunk.splice(moved.clone(), &[])?;
            if !edited_moves {
                let moved_before = if behind { 0 } else { moved.len() };
                chunk.splice(from - moved_before..to - moved_before, with)?;
            }
            let after = chunk.len() as u64;
            leaf.shift_ends(index, before as u64, after);
        }
        let place = index + usize::from(behind);
        let new = Child::Piece(Piece::Chunk(new));
        Ok((Done::Yes, leaf.replace_or_divide(place..place, [new], spare)))
    }
}

fn join_last<const N: usize>(pieces: &mut ArrayVec<Piece, N>, piece: Piece) -> Result<(), NoMemory> {
    match pieces.last_mut() {
        Some(last) if last.should_merge(&piece) => *last = last.merged(&piece)?,
        _ => pieces.push(piece),
    }
    Ok(())
}

fn edit_node<R>(
    node: &mut Arc<Node>,
    height: usize,
    offset: u64,
    start: u64,
    may_divide: bool,
    spares: &mut Spares,
    change: impl FnOnce(Place<'_>) -> Result<Changed<R>, NoMemory>,
) -> Result<Changed<R>, NoMemory> {
    let node = unshare(node)?;
    if height == 1 {
        let index = node.piece_index_of(offset - start);
        let start = start + node.start_of(index);
        return change(Place { leaf: node, index, start, may_divide: may_divide || !spares.is_empty() });
    }
    let index = node.index_of(offset - start);
    let start = start + node.start_of(index);
    let has_room = !node.is_full();
    let before = node.start_of(index + 1) - node.start_of(index);
    let Child::Node(child) = node.child_mut(index) else { return Err(NoMemory) };
    let (result, beyond) = edit_node(child, height - 1, offset, start, has_room, spares, change)?;
    let after = child.len();
    if after != before {
        node.shift_ends(index, before, after);
    }
    let Some(beyond) = beyond else { return Ok((result, None)) };
    let spare = if has_room { None } else { spares.pop() };
    Ok((result, node.replace_or_divide(index + 1..index + 1, [Child::Node(beyond)], spare)))
}

/// Adds `piece` behind everything under `node`; if all nodes there are full, nothing has changed, and
/// what is returned belongs behind `node`.
fn push_into(node: &mut Arc<Node>, piece: Child) -> Result<Option<Child>, NoMemory> {
    let last = node.children().len().saturating_sub(1);
    let mut new = piece;
    if let Some(Child::Node(_)) = node.children().last() {
        let inner = unshare(node)?;
        if let Child::Node(child) = inner.child_mut(last) {
            let before = child.len();
            let beyond = push_into(child, new)?;
            let after = child.len();
            match beyond {
                Some(beyond) => new = beyond,
                None => {
                    inner.shift_ends(last, before, after);
                    return Ok(None);
                }
            }
        }
    }
    if node.is_full() {
        return Ok(Some(Child::Node(allocate(Node::of([new]))?)));
    }
    unshare(node)?.push(new);
    Ok(None)
}

/// Keeps the first `at` bytes under `node`, which are not none.
fn cut(node: &mut Arc<Node>, at: u64) -> Result<(), NoMemory> {
    let node = unshare(node)?;
    let index = node.index_of(at - 1);
    let keep = at - node.start_of(index);
    let before = node.start_of(index + 1) - node.start_of(index);
    if keep < before {
        match node.child_mut(index) {
            Child::Node(child) => cut(child, keep)?,
            Child::Piece(Piece::Chunk(chunk)) if chunk.is_unique() => {
                chunk.splice(keep as usize..before as usize, &[])?;
                chunk.release_spare();
            }
            // Without memory, because what was appended is taken back like this when there is no more.
            Child::Piece(Piece::Shared(shared)) => shared.truncate(keep as usize),
            Child::Piece(piece) => *piece = piece.slice(0..keep)?,
            Child::Nothing => {}
        }
        node.shift_ends(index, before, keep);
    }
    node.truncate(index + 1);
    Ok(())
}

fn split_node(node: &Arc<Node>, height: usize, at: u64) -> Result<(Tree, Tree), NoMemory> {
    let index = node.index_of(at);
    let at = at - node.start_of(index);
    let children = node.children();
    let before = Tree::of_children(children[..index].iter().cloned(), height)?;
    let behind = Tree::of_children(children[index + 1..].iter().cloned(), height)?;
    let (left, right) = match &children[index] {
        child if at == 0 => (Tree::default(), Tree::of_children([child.clone()], height)?),
        Child::Nothing => Default::default(),
        Child::Node(child) => split_node(child, height - 1, at)?,
        Child::Piece(piece) => {
            let part = |range| Tree::of([piece.slice(range)]);
            (part(0..at)?, part(at..piece.len())?)
        }
    };
    Ok((before.concatenate(left)?, right.concatenate(behind)?))
}

/// Adds `new`, which is `levels` lower than `node`, as its last descendant of that height. Returns what
/// does not fit, as [`Node::insert`] does. `node` must be half full on its right edge.
fn append(
    node: &mut Arc<Node>,
    levels: usize,
    new: Arc<Node>,
    edge: Edge,
) -> Result<Option<Arc<Node>>, NoMemory> {
    let node = unshare(node)?;
    let last = node.children().len() - 1;
    let Child::Node(child) = node.child_mut(last) else { return Ok(None) };
    let beyond = if levels > 1 {
        let before = child.len();
        let beyond = append(child, levels - 1, new, edge)?;
        let after = child.len();
        node.shift_ends(last, before, after);
        beyond
    } else {
        let (left, right) = combine(child.clone(), new, edge)?;
        node.replace(last..last + 1, [Child::Node(left)]);
        right
    };
    match beyond {
        Some(beyond) => node.insert(last + 1, Child::Node(beyond)),
        None => Ok(None),
    }
}

/// Adds `new`, which is `levels` lower than `node` and may have too few children, as its first descendant
/// of that height. Returns what does not fit, as [`Node::insert`] does.
fn prepend(node: &mut Arc<Node>, levels: usize, new: Arc<Node>) -> Result<Option<Arc<Node>>, NoMemory> {
    let node = unshare(node)?;
    let Child::Node(first) = node.child_mut(0) else { return Ok(None) };
    if levels > 1 {
        let before = first.len();
        let beyond = prepend(first, levels - 1, new)?;
        let after = first.len();
        node.shift_ends(0, before, after);
        return match beyond {
            Some(beyond) => node.insert(1, Child::Node(beyond)),
            None => Ok(None),
        };
    }
    let (left, right) = combine(new, first.clone(), Edge::Strict)?;
    node.replace(0..1, [Child::Node(left)]);
    match right {
        Some(right) => node.insert(1, Child::Node(right)),
        None => Ok(None),
    }
}

/// The pieces of a tree in order, and where each starts.
#[derive(Clone)]
pub(crate) struct Pieces<'a> {
    /// The nodes that lead to the next piece, and which child each goes to: the first `depth` of these. Not an
    /// `ArrayVec`, which could be dropped and so would hold on to what it borrows for as long as it is there.
    path: [Option<(&'a Node, usize)>; HIGHEST],
    depth: usize,
    start: u64,
}

/// More than any memory could fill: a node has at least 16 children (2 under test).
const HIGHEST: usize = if cfg!(any(test, fuzzing)) { 64 } else { 16 };

impl<'a> Iterator for Pieces<'a> {
    type Item = (u64, &'a Piece);

    #[inline]
    fn next(&mut self) -> Option<(u64, &'a Piece)> {
        let (leaf, index) = self.here()?;
        let start = self.start;
        self.start += leaf.start_of(index + 1) - leaf.start_of(index);
        self.depth -= 1;
        self.push(leaf, index + 1);
        if index + 1 == leaf.children().len() {
            self.climb();
        }
        Some((start, piece_at(leaf, index)))
    }
}

impl<'a> Pieces<'a> {
    fn here(&self) -> Option<(&'a Node, usize)> {
        self.path.get(self.depth.checked_sub(1)?).copied().flatten()
    }

    fn push(&mut self, node: &'a Node, index: usize) {
        if let Some(place) = self.path.get_mut(self.depth) {
            *place = Some((node, index));
            self.depth += 1;
        }
    }

    /// From the end of a node to the beginning of the next leaf.
    #[cold]
    fn climb(&mut self) {
        while self.here().is_some_and(|(node, index)| index == node.children().len()) {
            self.depth -= 1;
            if let Some((above, index)) = self.here() {
                self.depth -= 1;
                self.push(above, index + 1);
            }
        }
        while let Some((node, index)) = self.here() {
            match &node.children()[index] {
                Child::Node(child) => self.push(child, 0),
                _ => return,
            }
        }
    }
}

#[cfg(any(test, fuzzing))]
mod invariants {
    use super::*;

    impl Tree {
        /// Panics unless the tree is as it must be between any two operations.
        pub(crate) fn check(&self) {
            let Some(root) = &self.root else {
                assert_eq!(self.height, 0);
                return;
            };
            assert!(root.children().len() > 1 || self.height == 1, "a root with one node below it");
            check_node(root, self.height, true);
        }

        #[cfg(test)]
        pub(crate) fn height(&self) -> usize {
            self.height
        }
    }

    fn check_node(node: &Node, height: usize, right_edge: bool) {
        let children = node.children();
        assert!(children.len() <= FANOUT && !children.is_empty());
        assert!(right_edge || children.len() >= FEWEST, "{} children at height {height}", children.len());
        for (index, child) in children.iter().enumerate() {
            let end = node.start_of(index) + child.len();
            assert_eq!(node.start_of(index + 1), end, "ends are cumulative");
            match child {
                Child::Node(node) => {
                    assert!(height > 1);
                    check_node(node, height - 1, right_edge && index + 1 == children.len());
                }
                Child::Piece(piece) => {
                    assert_eq!(height, 1, "all pieces are at the same depth");
                    assert!(piece.len() > 0);
                    if let Piece::Chunk(chunk) = piece {
                        assert!(chunk.len() <= crate::chunk::LARGEST);
                    }
                }
                Child::Nothing => panic!("nothing among the children"),
            }
        }
    }
}
