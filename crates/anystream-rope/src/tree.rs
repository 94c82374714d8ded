//! A B+tree of pieces by position, persistent: clones share nodes, and a change copies only the
//! shared nodes on its path.
//!
//! Everything that changes more than one piece is made of two operations, `split` and `join`, both
//! O(log n), both keeping every node but the root at least half full. No recursion is deeper than the
//! tree is high.

use std::mem;

use triomphe::Arc;

use crate::chunk::Chunk;
use crate::node::{Child, Node, Side, combine};
use crate::piece::Piece;

/// The indices of the children that lead from the root to a piece, the root's first.
pub(crate) type Path = [u8; HIGHEST];

/// More than any memory could fill: a node has at least 16 children (2 under test).
#[cfg(not(test))]
const HIGHEST: usize = 16;
#[cfg(test)]
const HIGHEST: usize = 64;

#[derive(Clone, Default)]
pub(crate) struct Tree {
    /// Never empty itself; and never with one child only, unless that is a piece.
    root: Option<Arc<Node>>,
    /// 1 if the root's children are pieces; 0 if there is none.
    height: u8,
}

/// A chunk on loan from the tree, in which a hole of the same length stands in for it.
pub(crate) struct Loan {
    pub(crate) chunk: Chunk,
    pub(crate) start: u64,
    pub(crate) path: Path,
}

impl Tree {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.len())
    }

    pub(crate) fn of(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut tree = Tree::default();
        for piece in pieces {
            tree.push(piece);
        }
        tree
    }

    /// The piece that holds the byte at `offset`, and where that piece starts. O(log n).
    #[inline]
    pub(crate) fn find(&self, offset: u64) -> Option<(&Piece, u64)> {
        let mut node = self.root.as_ref().filter(|root| offset < root.len())?;
        let mut start = 0;
        loop {
            let index = node.index_of(offset - start);
            start += node.start_of(index);
            match &node.children()[index] {
                Child::Node(child) => node = child,
                Child::Piece(piece) => return Some((piece, start)),
            }
        }
    }

    /// Puts `data` over the bytes from `offset` on, as far as the one chunk there reaches, and
    /// returns how many that were: none if there is no chunk. O(log n), no allocation unless shared.
    pub(crate) fn overwrite(&mut self, offset: u64, data: &[u8]) -> usize {
        if !matches!(self.find(offset), Some((Piece::Chunk(_), _))) {
            return 0;
        }
        let Some(mut node) = self.root.as_mut().map(Arc::make_mut) else { return 0 };
        let mut offset = offset;
        loop {
            let index = node.index_of(offset);
            offset -= node.start_of(index);
            match node.child_mut(index) {
                Child::Node(child) => node = Arc::make_mut(child),
                Child::Piece(Piece::Chunk(chunk)) => {
                    let at = offset as usize;
                    let n = data.len().min(chunk.len() - at);
                    chunk.overwrite(at, &data[..n]);
                    return n;
                }
                Child::Piece(_) => return 0,
            }
        }
    }

    /// Lends the chunk that holds the byte at `offset`, if it is a chunk. O(log n).
    pub(crate) fn lend(&mut self, offset: u64) -> Option<Loan> {
        let (Piece::Chunk(_), start) = self.find(offset)? else { return None };
        let mut path = [0; HIGHEST];
        let mut node = Arc::make_mut(self.root.as_mut()?);
        let mut offset = offset;
        for step in &mut path {
            let index = node.index_of(offset);
            offset -= node.start_of(index);
            *step = index as u8;
            match node.child_mut(index) {
                Child::Node(child) => node = Arc::make_mut(child),
                Child::Piece(piece) => {
                    let stand_in = Piece::Hole(piece.len());
                    let Piece::Chunk(chunk) = mem::replace(piece, stand_in) else { return None };
                    return Some(Loan { chunk, start, path });
                }
            }
        }
        None
    }

    /// Takes a lent chunk back, whose length was `before`. O(log n).
    pub(crate) fn take_back(&mut self, loan: Loan, before: u64) {
        let Loan { chunk, start, path } = loan;
        let after = chunk.len() as u64;
        let piece = Piece::Chunk(chunk);
        if after == 0 || (after < before && self.has_mergeable_neighbour(&path, &piece)) {
            let new = Tree::of((after > 0).then_some(piece));
            self.replace(start, before, new);
            return;
        }
        let Some(mut node) = self.root.as_mut().map(Arc::make_mut) else { return };
        for step in path {
            let index = usize::from(step);
            node.resize(index, before, after);
            match node.child_mut(index) {
                Child::Node(child) => node = Arc::make_mut(child),
                Child::Piece(stand_in) => {
                    *stand_in = piece;
                    return;
                }
            }
        }
    }

    fn has_mergeable_neighbour(&self, path: &Path, piece: &Piece) -> bool {
        let Some(mut node) = self.root.as_ref() else { return false };
        for step in path {
            let index = usize::from(*step);
            match &node.children()[index] {
                Child::Node(child) => node = child,
                Child::Piece(_) => {
                    let piece_at = |i: usize| match node.children().get(i) {
                        Some(Child::Piece(piece)) => Some(piece),
                        _ => None,
                    };
                    let before = index.checked_sub(1).and_then(piece_at);
                    return before.is_some_and(|neighbour| neighbour.should_merge(piece))
                        || piece_at(index + 1).is_some_and(|neighbour| piece.should_merge(neighbour));
                }
            }
        }
        false
    }

    /// Replaces `len` bytes from `start` on, which are there, by `new`. O(log n).
    pub(crate) fn replace(&mut self, start: u64, len: u64, new: Tree) {
        let (before, rest) = mem::take(self).split(start);
        let (_, behind) = rest.split(len);
        *self = before.join(new).join(behind);
    }

    /// Adds a piece at the end, merging it with the last where that is due. O(log n).
    pub(crate) fn push(&mut self, piece: Piece) {
        let merges = self.last().is_some_and(|last| last.should_merge(&piece));
        if merges {
            *self = mem::take(self).join(Tree::single(piece));
        } else if let Some(root) = &mut self.root {
            let beyond = Arc::make_mut(root).graft(self.height, Child::Piece(piece), 0, Side::Right);
            self.grow_root(beyond);
        } else {
            *self = Tree::single(piece);
        }
    }

    /// The bytes before `at` and those from it on. O(log n).
    pub(crate) fn split(self, at: u64) -> (Tree, Tree) {
        match self.root {
            Some(root) if at > 0 && at < root.len() => split_node(root, self.height, at),
            _ if at == 0 => (Tree::default(), self),
            _ => (self, Tree::default()),
        }
    }

    /// These bytes and then those of `right`. O(log n).
    pub(crate) fn join(self, right: Tree) -> Tree {
        let Some((last, first)) = self.last().zip(right.first()) else { return self.concatenate(right) };
        if !last.should_merge(first) {
            return self.concatenate(right);
        }
        let (merged_len, before) = (first.len(), self.len() - last.len());
        let merged = last.clone();
        let first = first.clone();
        let (left, removed) = self.split(before);
        drop(removed); // so that what it held is not shared when it is written
        let (removed, right) = right.split(merged_len);
        drop(removed);
        let merged = Tree::single(merged.merge(first));
        // The merged piece may have become small enough for its other neighbours to join it.
        left.join(merged).join(right)
    }

    /// Every piece in order.
    #[cfg(test)]
    pub(crate) fn pieces(&self) -> Vec<&Piece> {
        fn collect<'a>(node: &'a Node, pieces: &mut Vec<&'a Piece>) {
            for child in node.children() {
                match child {
                    Child::Node(node) => collect(node, pieces),
                    Child::Piece(piece) => pieces.push(piece),
                }
            }
        }
        let mut pieces = Vec::new();
        if let Some(root) = &self.root {
            collect(root, &mut pieces);
        }
        pieces
    }

    fn single(piece: Piece) -> Tree {
        Tree::of_children([Child::Piece(piece)], 1)
    }

    /// A tree of the children of a node of this height; none, one and too few are welcome.
    fn of_children(children: impl IntoIterator<Item = Child>, height: u8) -> Tree {
        let node = Node::of(children);
        match node.children() {
            [] => Tree::default(),
            [Child::Node(only)] => Tree { root: Some(Arc::clone(only)), height: height - 1 },
            _ => Tree { root: Some(Arc::new(node)), height },
        }
    }

    fn first(&self) -> Option<&Piece> {
        self.find(0).map(|(piece, _)| piece)
    }

    pub(crate) fn last(&self) -> Option<&Piece> {
        self.find(self.len().checked_sub(1)?).map(|(piece, _)| piece)
    }

    fn grow_root(&mut self, beyond: Option<Arc<Node>>) {
        if let Some((left, right)) = self.root.take_if(|_| beyond.is_some()).zip(beyond) {
            self.root = Some(Arc::new(Node::of([Child::Node(left), Child::Node(right)])));
            self.height += 1;
        }
    }

    /// As [`join`](Self::join), without merging pieces.
    fn concatenate(self, right: Tree) -> Tree {
        let (left_root, right_root) = match (self.root, right.root) {
            (Some(left), Some(right)) => (left, right),
            (None, root) => return Tree { root, height: right.height },
            (root, None) => return Tree { root, height: self.height },
        };
        let (mut tree, beyond) = if self.height == right.height {
            let (left, beyond) = combine(left_root, right_root);
            (Tree { root: Some(left), height: self.height }, beyond)
        } else if self.height > right.height {
            let mut root = left_root;
            let child = Child::Node(right_root);
            let beyond = Arc::make_mut(&mut root).graft(self.height, child, right.height, Side::Right);
            (Tree { root: Some(root), height: self.height }, beyond)
        } else {
            let mut root = right_root;
            let child = Child::Node(left_root);
            let beyond = Arc::make_mut(&mut root).graft(right.height, child, self.height, Side::Left);
            (Tree { root: Some(root), height: right.height }, beyond)
        };
        tree.grow_root(beyond);
        tree
    }
}

fn split_node(node: Arc<Node>, height: u8, at: u64) -> (Tree, Tree) {
    let index = node.index_of(at);
    let at = at - node.start_of(index);
    let mut children = Arc::unwrap_or_clone(node).into_children().into_iter();
    let before = Tree::of_children(children.by_ref().take(index), height);
    let (left, right) = match children.next() {
        Some(child) if at == 0 => (Tree::default(), Tree::of_children([child], height)),
        Some(Child::Node(child)) => split_node(child, height - 1, at),
        Some(Child::Piece(piece)) => {
            let (left, right) = piece.split(at);
            (Tree::single(left), Tree::single(right))
        }
        None => Default::default(),
    };
    let behind = Tree::of_children(children, height);
    (before.concatenate(left), right.concatenate(behind))
}

#[cfg(test)]
mod invariants {
    use super::*;
    use crate::chunk::LIMIT;
    use crate::node::{FANOUT, FEWEST};

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
    }

    fn check_node(node: &Node, height: u8, root: bool) {
        let children = node.children();
        assert!(children.len() <= FANOUT && !children.is_empty());
        assert!(root || children.len() >= FEWEST, "{} children at height {height}", children.len());
        for (index, child) in children.iter().enumerate() {
            let end = node.start_of(index) + child.len();
            assert_eq!(node.start_of(index + 1), end, "ends are cumulative");
            match child {
                Child::Node(node) => {
                    assert!(height > 1);
                    check_node(node, height - 1, false);
                }
                Child::Piece(piece) => {
                    assert_eq!(height, 1, "all pieces are at the same depth");
                    assert!(piece.len() > 0);
                    if let Piece::Chunk(chunk) = piece {
                        assert!(chunk.len() <= LIMIT);
                    }
                }
            }
        }
    }
}
