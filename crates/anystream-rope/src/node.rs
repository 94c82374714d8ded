//! A node of the tree: up to [`FANOUT`] children and where each ends.

use std::ops::Range;

use arrayvec::ArrayVec;
use triomphe::Arc;

use crate::NoMemory;
use crate::piece::Piece;

/// The most children a node has.
pub(crate) const FANOUT: usize = BLOCK * BLOCKS;

/// The fewest that a node has, unless it is the root or on the right edge of the tree.
pub(crate) const FEWEST: usize = FANOUT / 2;

#[cfg(not(test))]
const BLOCK: usize = 8;
#[cfg(not(test))]
const BLOCKS: usize = 4;
#[cfg(test)]
const BLOCK: usize = 2;
#[cfg(test)]
const BLOCKS: usize = 2;

/// Children in order, all of the same height. The cumulative ends lie side by side, so that a search
/// touches nothing else; they are searched in two steps without a branch, so they come in blocks.
#[derive(Clone)]
pub(crate) struct Node {
    /// Behind the last child: `u64::MAX`.
    ends: [[u64; BLOCK]; BLOCKS],
    children: ArrayVec<Child, FANOUT>,
}

/// Of a node of height 1: a piece. Of a higher one: a node, one lower.
#[derive(Clone)]
pub(crate) enum Child {
    Piece(Piece),
    Node(Arc<Node>),
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
        }
    }
}

/// The node, to be changed: copied first if clones share it.
#[inline]
pub(crate) fn unshare(node: &mut Arc<Node>) -> Result<&mut Node, NoMemory> {
    if !node.is_unique() {
        *node = allocate(Node::clone(node))?;
    }
    Arc::get_mut(node).ok_or(NoMemory)
}

pub(crate) fn allocate(node: Node) -> Result<Arc<Node>, NoMemory> {
    Arc::try_new(node).map_err(|_| NoMemory)
}

impl Node {
    pub(crate) fn of(children: impl IntoIterator<Item = Child>) -> Self {
        let mut node = Node { ends: [[u64::MAX; BLOCK]; BLOCKS], children: ArrayVec::new() };
        for child in children {
            node.push(child);
        }
        node
    }

    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.start_of(self.children.len())
    }

    #[inline]
    pub(crate) fn children(&self) -> &[Child] {
        &self.children
    }

    pub(crate) fn is_full(&self) -> bool {
        self.children.is_full()
    }

    /// Which child holds the byte at `offset`, which is less than `len`.
    #[inline]
    pub(crate) fn index_of(&self, offset: u64) -> usize {
        let ends_before = |ends: &[u64]| ends.iter().map(|&end| usize::from(end <= offset)).sum::<usize>();
        let mut block = 0;
        for ends in &self.ends[..BLOCKS - 1] {
            block += usize::from(ends[BLOCK - 1] <= offset);
        }
        block * BLOCK + ends_before(&self.ends[block])
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
        let children = self.children.len();
        for end in &mut self.ends.as_flattened_mut()[index..children] {
            *end = end.wrapping_add(by);
        }
    }

    /// Adds a child, for which there is room, at the end.
    pub(crate) fn push(&mut self, child: Child) {
        let end = self.len() + child.len();
        self.ends.as_flattened_mut()[self.children.len()] = end;
        self.children.push(child);
    }

    /// Keeps the first `count` children.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.children.truncate(count);
        self.ends.as_flattened_mut()[count..].fill(u64::MAX);
    }

    /// Replaces the children in `range` by `new`, for which there is room.
    pub(crate) fn replace(&mut self, range: Range<usize>, new: impl IntoIterator<Item = Child>) {
        let behind: ArrayVec<Child, FANOUT> = self.children.drain(range.end..).collect();
        self.truncate(range.start);
        for child in new.into_iter().chain(behind) {
            self.push(child);
        }
    }

    /// Adds a child at `index`. If there is no room, half of the children go to a new node to the
    /// right, which is returned.
    pub(crate) fn insert(&mut self, index: usize, child: Child) -> Result<Option<Arc<Node>>, NoMemory> {
        if !self.is_full() {
            self.replace(index..index, [child]);
            return Ok(None);
        }
        let mut right = Node::of(self.children[FEWEST..].iter().cloned());
        if index > FEWEST {
            right.replace(index - FEWEST..index - FEWEST, [child]);
            let right = allocate(right)?;
            self.truncate(FEWEST);
            return Ok(Some(right));
        }
        let right = allocate(right)?;
        self.truncate(FEWEST);
        self.replace(index..index, [child]);
        Ok(Some(right))
    }
}

/// The children of two neighbours of one height in one node; or evenly in two, if they are too many.
/// Nothing moves where the left one has enough, and the right one too or it may be short.
pub(crate) fn combine(
    left: Arc<Node>,
    right: Arc<Node>,
    edge: Edge,
) -> Result<(Arc<Node>, Option<Arc<Node>>), NoMemory> {
    let enough = |node: &Node| node.children.len() >= FEWEST;
    if enough(&left) && (edge == Edge::MayBeShort || enough(&right)) {
        return Ok((left, Some(right)));
    }
    let total = left.children.len() + right.children.len();
    let mut all = left.children.iter().chain(&right.children).cloned();
    if total <= FANOUT {
        return Ok((allocate(Node::of(all))?, None));
    }
    let first = allocate(Node::of(all.by_ref().take(total / 2)))?;
    Ok((first, Some(allocate(Node::of(all))?)))
}
