//! An inner node: up to [`FANOUT`] children and where each ends.

use arrayvec::ArrayVec;
use triomphe::Arc;

use crate::piece::Piece;

/// The most children a node has.
#[cfg(not(test))]
pub(crate) const FANOUT: usize = 32;
#[cfg(test)]
pub(crate) const FANOUT: usize = 4;

/// The fewest that every node but the root has.
pub(crate) const FEWEST: usize = FANOUT / 2;

/// Children in order, all of the same height. The cumulative ends lie side by side, so that a search
/// touches nothing else.
#[derive(Clone, Default)]
pub(crate) struct Node {
    ends: ArrayVec<u64, FANOUT>,
    children: ArrayVec<Child, FANOUT>,
}

/// Of a node of height 1: a piece. Of a higher one: a node, one lower.
#[derive(Clone)]
pub(crate) enum Child {
    Piece(Piece),
    Node(Arc<Node>),
}

/// Which end of a node something is added at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Child {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Child::Piece(piece) => piece.len(),
            Child::Node(node) => node.len(),
        }
    }
}

impl Node {
    pub(crate) fn of(children: impl IntoIterator<Item = Child>) -> Self {
        let mut node = Node::default();
        for child in children {
            node.push(child);
        }
        node
    }

    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn children(&self) -> &[Child] {
        &self.children
    }

    pub(crate) fn into_children(self) -> ArrayVec<Child, FANOUT> {
        self.children
    }

    /// Which child holds the byte at `offset`, which is less than `len`.
    #[inline]
    pub(crate) fn index_of(&self, offset: u64) -> usize {
        self.ends.partition_point(|&end| end <= offset)
    }

    /// Where a child starts.
    #[inline]
    pub(crate) fn start_of(&self, index: usize) -> u64 {
        if index == 0 { 0 } else { self.ends[index - 1] }
    }

    /// A child, to be changed without changing its length.
    #[inline]
    pub(crate) fn child_mut(&mut self, index: usize) -> &mut Child {
        &mut self.children[index]
    }

    /// Moves the ends from child `index` on, whose length changes from `before` to `after`.
    #[inline]
    pub(crate) fn resize(&mut self, index: usize, before: u64, after: u64) {
        for end in &mut self.ends[index..] {
            *end = *end - before + after;
        }
    }

    fn push(&mut self, child: Child) {
        self.ends.push(self.len() + child.len());
        self.children.push(child);
    }

    fn refresh_ends(&mut self, from: usize) {
        self.ends.truncate(from);
        for child in &self.children[from..] {
            let end = self.ends.last().copied().unwrap_or(0) + child.len();
            self.ends.push(end);
        }
    }

    /// Adds a child at `index`; if there is no room, half of the children go to a new node to the
    /// right, which is returned.
    fn insert(&mut self, index: usize, child: Child) -> Option<Arc<Node>> {
        if self.children.len() < FANOUT {
            self.children.insert(index, child);
            self.refresh_ends(index);
            return None;
        }
        let mut right = self.split_off(FANOUT / 2);
        if index <= FANOUT / 2 {
            self.insert(index, child);
        } else {
            right.insert(index - FANOUT / 2, child);
        }
        Some(Arc::new(right))
    }

    fn split_off(&mut self, index: usize) -> Node {
        let right = Node::of(self.children.drain(index..));
        self.ends.truncate(index);
        right
    }

    /// Adds `child`, which is `child_height` high, at one end of this node, which is `height` high and
    /// higher. `child` may have too few children of its own. Returns what does not fit, as
    /// [`insert`](Self::insert) does.
    pub(crate) fn graft(
        &mut self,
        height: u8,
        child: Child,
        child_height: u8,
        side: Side,
    ) -> Option<Arc<Node>> {
        let edge = if side == Side::Left { 0 } else { self.children.len() - 1 };
        if height > child_height + 1 {
            let Child::Node(inner) = &mut self.children[edge] else { unreachable!("pieces are 0 high") };
            let beyond = Arc::make_mut(inner).graft(height - 1, child, child_height, side);
            self.refresh_ends(edge);
            return beyond.and_then(|node| self.insert(edge + 1, Child::Node(node)));
        }
        let Child::Node(node) = child else { return self.insert_at(side, child) };
        if node.children.len() >= FEWEST {
            return self.insert_at(side, Child::Node(node));
        }
        let Child::Node(neighbour) = self.children.remove(edge) else { unreachable!("one height, one kind") };
        let (left, right) = if side == Side::Left { (node, neighbour) } else { (neighbour, node) };
        let (left, right) = combine(left, right);
        self.children.insert(edge, Child::Node(left));
        self.refresh_ends(edge);
        right.and_then(|node| self.insert(edge + 1, Child::Node(node)))
    }

    fn insert_at(&mut self, side: Side, child: Child) -> Option<Arc<Node>> {
        let index = if side == Side::Left { 0 } else { self.children.len() };
        self.insert(index, child)
    }
}

/// The children of two neighbours of one height in one node; or evenly in two, if they are too many.
/// Nothing moves where both have enough.
pub(crate) fn combine(left: Arc<Node>, right: Arc<Node>) -> (Arc<Node>, Option<Arc<Node>>) {
    if left.children.len() >= FEWEST && right.children.len() >= FEWEST {
        return (left, Some(right));
    }
    let total = left.children.len() + right.children.len();
    let children = Arc::unwrap_or_clone(left).children;
    let mut all = children.into_iter().chain(Arc::unwrap_or_clone(right).children);
    if total <= FANOUT {
        return (Arc::new(Node::of(all)), None);
    }
    let first = Node::of(all.by_ref().take(total / 2));
    (Arc::new(first), Some(Arc::new(Node::of(all))))
}
