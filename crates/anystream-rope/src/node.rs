//! A node of the tree: up to [`FANOUT`] children and where each ends.

use std::mem;
use std::ops::Range;

use arrayvec::ArrayVec;
use triomphe::Arc;

use crate::NoMemory;
use crate::chunk::BULK;
use crate::piece::Piece;

/// The most children a node has.
pub(crate) const FANOUT: usize = BLOCK * BLOCKS;

/// The fewest that a node has, unless it is the root or on the right edge of the tree.
pub(crate) const FEWEST: usize = FANOUT / 2;

#[cfg(not(any(test, fuzzing)))]
const BLOCK: usize = 8;
#[cfg(not(any(test, fuzzing)))]
const BLOCKS: usize = 4;
#[cfg(any(test, fuzzing))]
const BLOCK: usize = 2;
#[cfg(any(test, fuzzing))]
const BLOCKS: usize = 2;

/// Children in order, all of the same height. A search compares an offset with the ends of the blocks and
/// then with those in one block, without a branch, and touches few cache lines.
#[derive(Clone)]
#[repr(C)]
pub(crate) struct Node {
    /// Where each child ends, from the start of the node on; behind the last: `u64::MAX`.
    ends: [[u64; BLOCK]; BLOCKS],
    /// The last of each block.
    block_ends: [u64; BLOCKS],
    count: usize,
    /// [`Child::Nothing`] behind the first `count`. Not an `ArrayVec`, whose count would be one more cache line
    /// to look at.
    children: [Child; FANOUT],
}

/// Of a node of height 1: a piece. Of a higher one: a node, one lower.
#[derive(Clone)]
pub(crate) enum Child {
    Piece(Piece),
    Node(Arc<Node>),
    Nothing,
}

/// Whether a node may have fewer than [`FEWEST`] children, because it will be on the right edge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    MayBeShort,
    Strict,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Child>() == 24);

impl Child {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Child::Piece(piece) => piece.len(),
            Child::Node(node) => node.len(),
            Child::Nothing => 0,
        }
    }
}

/// The node, to be changed: copied first if clones share it.
#[inline(always)]
pub(crate) fn unshare(node: &mut Arc<Node>) -> Result<&mut Node, NoMemory> {
    if !node.is_unique() {
        copy(node)?;
    }
    Arc::get_mut(node).ok_or(NoMemory)
}

#[cold]
#[inline(never)]
fn copy(node: &mut Arc<Node>) -> Result<(), NoMemory> {
    *node = allocate(Node::clone(node))?;
    Ok(())
}

pub(crate) fn allocate(node: Node) -> Result<Arc<Node>, NoMemory> {
    Arc::try_new(node).map_err(|_| NoMemory)
}

impl Node {
    pub(crate) fn empty() -> Self {
        Node {
            ends: [[u64::MAX; BLOCK]; BLOCKS],
            block_ends: [u64::MAX; BLOCKS],
            count: 0,
            children: [const { Child::Nothing }; FANOUT],
        }
    }

    pub(crate) fn of(children: impl IntoIterator<Item = Child>) -> Self {
        let mut node = Node::empty();
        for child in children {
            node.push(child);
        }
        node
    }

    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.start_of(self.count)
    }

    #[inline]
    pub(crate) fn children(&self) -> &[Child] {
        &self.children[..self.count]
    }

    /// The child at `index`.
    #[inline(always)]
    pub(crate) fn child(&self, index: usize) -> &Child {
        &self.children[index]
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count == FANOUT
    }

    /// Which child holds the byte at `offset`, which is less than `len`.
    #[inline(always)]
    pub(crate) fn index_of(&self, offset: u64) -> usize {
        let ends_before = |ends: &[u64]| ends.iter().map(|&end| usize::from(end <= offset)).sum::<usize>();
        let block = ends_before(&self.block_ends[..BLOCKS - 1]);
        block * BLOCK + ends_before(&self.ends[block][..BLOCK - 1])
    }

    /// As [`index_of`](Self::index_of), in a node of height 1, whose children are often full chunks: a guess
    /// that is right lets the processor go on to the child before it has seen the ends.
    #[inline(always)]
    pub(crate) fn piece_index_of(&self, offset: u64) -> usize {
        let guess = offset / BULK as u64;
        if guess < FANOUT as u64 {
            let guess = guess as usize;
            if self.start_of(guess) <= offset && offset < self.ends.as_flattened()[guess] {
                return guess;
            }
        }
        self.index_of(offset)
    }

    /// Where a child starts.
    #[inline]
    pub(crate) fn start_of(&self, index: usize) -> u64 {
        match index.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.as_flattened()[before],
        }
    }

    /// A child, to be changed. If that changes its length, [`shift_ends`](Self::shift_ends) is due.
    #[inline]
    pub(crate) fn child_mut(&mut self, index: usize) -> &mut Child {
        &mut self.children[index]
    }

    /// Moves the ends from child `index` on, whose length has changed from `before` to `after`.
    #[inline]
    pub(crate) fn shift_ends(&mut self, index: usize, before: u64, after: u64) {
        let by = after.wrapping_sub(before);
        let count = self.count;
        for end in &mut self.ends.as_flattened_mut()[index..count] {
            *end = end.wrapping_add(by);
        }
        self.refresh_block_ends();
    }

    #[inline]
    fn refresh_block_ends(&mut self) {
        for (block_end, ends) in self.block_ends.iter_mut().zip(&self.ends) {
            *block_end = ends[BLOCK - 1];
        }
    }

    /// Adds a child, for which there is room, at the end.
    pub(crate) fn push(&mut self, child: Child) {
        let end = self.len() + child.len();
        let index = self.count;
        self.ends.as_flattened_mut()[index] = end;
        self.block_ends[index / BLOCK] = self.ends[index / BLOCK][BLOCK - 1];
        self.children[index] = child;
        self.count += 1;
    }

    /// Keeps the first `count` children.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.children[count..].fill(Child::Nothing);
        self.count = count;
        self.ends.as_flattened_mut()[count..].fill(u64::MAX);
        self.refresh_block_ends();
    }

    /// Replaces the children in `range` by `new`, for which there is room.
    pub(crate) fn replace(&mut self, range: Range<usize>, new: impl IntoIterator<Item = Child>) {
        let behind = self.take(range.end);
        self.truncate(range.start);
        for child in new.into_iter().chain(behind) {
            self.push(child);
        }
    }

    /// The children from `index` on, which are no longer here.
    fn take(&mut self, index: usize) -> ArrayVec<Child, FANOUT> {
        let taken = self.children[index..self.count].iter_mut();
        let taken = taken.map(|child| mem::replace(child, Child::Nothing)).collect();
        self.count = index;
        taken
    }

    /// Adds a child at `index`. If there is no room, half of the children go to a new node to the right, which
    /// is returned. After an error nothing has changed.
    pub(crate) fn insert(&mut self, index: usize, child: Child) -> Result<Option<Arc<Node>>, NoMemory> {
        let spare = self.spare_for(self.count + 1)?;
        Ok(self.replace_or_divide(index..index, [child], spare))
    }

    /// What it takes to have so many children: nothing, or a new node.
    pub(crate) fn spare_for(&self, children: usize) -> Result<Option<Arc<Node>>, NoMemory> {
        (children > FANOUT).then(|| allocate(Node::empty())).transpose()
    }

    /// Replaces the children in `range` by `new`. If there is a `spare` node, half of them all go there, and
    /// it is returned: it belongs to the right of this one.
    pub(crate) fn replace_or_divide<I>(
        &mut self,
        range: Range<usize>,
        new: I,
        spare: Option<Arc<Node>>,
    ) -> Option<Arc<Node>>
    where
        I: IntoIterator<Item = Child, IntoIter: ExactSizeIterator>,
    {
        let new = new.into_iter();
        let Some(mut beyond) = spare else {
            self.replace(range, new);
            return None;
        };
        let half = (self.count - range.len() + new.len()) / 2;
        let behind = self.take(range.end);
        self.truncate(range.start);
        let kept = range.start.min(half);
        let moved = self.take(kept);
        self.truncate(kept);
        let right = Arc::get_mut(&mut beyond)?;
        for child in moved.into_iter().chain(new).chain(behind) {
            if self.count < half { self.push(child) } else { right.push(child) }
        }
        Some(beyond)
    }
}

/// The children of two neighbours of one height in one node; or evenly in two, if they are too many.
/// Nothing moves where the left one has enough, and the right one too or it may be short.
pub(crate) fn combine(
    left: Arc<Node>,
    right: Arc<Node>,
    edge: Edge,
) -> Result<(Arc<Node>, Option<Arc<Node>>), NoMemory> {
    let enough = |node: &Node| node.count >= FEWEST;
    if enough(&left) && (edge == Edge::MayBeShort || enough(&right)) {
        return Ok((left, Some(right)));
    }
    let total = left.count + right.count;
    let mut all = left.children().iter().chain(right.children()).cloned();
    if total <= FANOUT {
        return Ok((allocate(Node::of(all))?, None));
    }
    let first = allocate(Node::of(all.by_ref().take(total / 2)))?;
    Ok((first, Some(allocate(Node::of(all))?)))
}
