//! The rope at its edges: chunks and nodes are a few bytes and children large under test, and every
//! step is followed by a check of the tree's invariants.

mod balance;
mod chunks;
mod edges;
mod looking;
mod model;
mod random;

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anystream_core::{ByteStream, Bytes, Storage};

use crate::chunk::{FULL, SMALL};
use crate::node::{Child, FANOUT, Node};
use crate::tree::Tree;
use crate::{RopeStorage, RopeStream};

/// A rope and what it must hold.
#[derive(Clone)]
struct Pair {
    rope: RopeStream,
    plain: Vec<u8>,
}

impl Pair {
    fn new(bytes: &[u8]) -> Self {
        Pair { rope: bytes.into(), plain: bytes.to_vec() }
    }

    fn storage(&self) -> &RopeStorage {
        self.rope.0.storage()
    }

    /// The tree when it knows everything.
    fn settled(&self) -> Tree {
        let mut storage = self.storage().clone();
        storage.settle().unwrap();
        storage.tree().clone()
    }

    fn splice(&mut self, start: usize, end: usize, with: &[u8]) {
        self.rope.splice(start as u64..end as u64, with).unwrap();
        self.plain.splice(start..end, with.iter().copied());
    }

    /// May leave a gap.
    fn write(&mut self, at: usize, data: &[u8]) {
        self.rope.seek(SeekFrom::Start(at as u64)).unwrap();
        self.rope.write_all(data).unwrap();
        self.overwritten(at, data);
    }

    /// Returns what was given to be kept.
    fn write_bytes(&mut self, at: usize, data: &[u8]) -> Bytes {
        let given = Bytes::copy_from_slice(data);
        self.rope.seek(SeekFrom::Start(at as u64)).unwrap();
        self.rope.write_bytes(given.clone()).unwrap();
        self.overwritten(at, data);
        given
    }

    fn overwritten(&mut self, at: usize, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.plain.resize(self.plain.len().max(at), 0);
        let end = (at + data.len()).min(self.plain.len());
        self.plain.splice(at..end, data.iter().copied());
    }

    fn set_len(&mut self, len: usize) {
        self.rope.set_len(len as u64).unwrap();
        self.plain.resize(len, 0);
    }

    /// Panics unless the tree is balanced and full enough, and the rope has the right length.
    fn check_tree(&self) {
        let storage = self.storage();
        storage.check();
        assert_eq!(storage.len(), self.plain.len() as u64);
        // The first child of the root and all below it have enough children each.
        let height = storage.tree().height() as u32;
        let fewest = height.checked_sub(1).map_or(0, |below| (FANOUT / 2).pow(below));
        let pieces = storage.tree().pieces_from(0).count();
        assert!(pieces >= fewest, "height {height} for {pieces} pieces");
    }

    /// Panics unless every way to look at the contents shows the right ones.
    fn check(&mut self) {
        self.check_tree();
        let len = self.plain.len();
        let mut read = vec![1; len + 1];
        let n = self.rope.read_at(0, &mut read).unwrap();
        assert!(read[..n] == self.plain[..], "read_at");
        let value = self.rope.getvalue().unwrap();
        assert!(value[..] == self.plain[..], "getvalue");
        let mut by_runs = Vec::new();
        while by_runs.len() < len {
            let run = self.rope.0.storage_mut().run_at(by_runs.len() as u64).unwrap();
            assert!(!run.is_empty());
            by_runs.extend_from_slice(run);
        }
        assert!(by_runs == self.plain, "run_at");
    }
}

/// Panics if there is a trail of pieces so small that they should have been merged: four in a row. (Two may
/// meet where two leaves do, and two such pairs when the leaves become one.) So pieces are [`SMALL`] bytes
/// long on average, whatever was done.
fn check_occupancy(pair: &Pair) {
    let (mut pieces, mut small) = (0, 0);
    for (_, piece) in pair.settled().pieces_from(0) {
        small = if piece.len() < SMALL as u64 { small + 1 } else { 0 };
        pieces += 1;
        assert!(small < 4, "small pieces in a row");
    }
    let len = pair.plain.len();
    assert!(pieces * SMALL <= len + FULL, "{pieces} pieces for {len} bytes");
}

/// The pieces of each leaf, by the bytes that they hold.
fn leaves(pair: &Pair) -> Vec<Vec<Range<usize>>> {
    fn add(node: &Node, start: usize, leaves: &mut Vec<Vec<Range<usize>>>) {
        let mut leaf = Vec::new();
        let mut at = start;
        for child in node.children() {
            let end = at + child.len() as usize;
            match child {
                Child::Node(node) => add(node, at, leaves),
                _ => leaf.push(at..end),
            }
            at = end;
        }
        leaves.extend((!leaf.is_empty()).then_some(leaf));
    }
    let mut leaves = Vec::new();
    if let Some(root) = pair.settled().root() {
        add(root, 0, &mut leaves);
    }
    leaves
}

/// A portable generator, so that a failure is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    fn one_of<const N: usize>(&mut self, choices: [usize; N]) -> usize {
        choices[self.below(N)]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let n = self.below(most + 1);
        (0..n).map(|_| self.below(256) as u8).collect()
    }
}

#[test]
fn typing_and_deleting_at_one_place_stays_balanced() {
    let mut pair = Pair::new(&[7; 200]);
    for i in 0..500 {
        pair.splice(100 + i, 100 + i, &[i as u8]);
        pair.check();
    }
    for i in (0..600).rev() {
        pair.splice(i, i + 1, b"");
        pair.check();
    }
}

#[test]
fn a_hole_of_any_length_is_one_piece() {
    let mut rope = RopeStorage::default();
    rope.grow(1 << 40).unwrap();
    rope.write_at(1 << 40, b"!").unwrap();
    rope.write_at(1 << 39, b"?").unwrap();
    rope.check();
    assert!(rope.pieces() <= 5);
    let mut buf = [9; 3];
    assert_eq!(rope.read_at((1 << 39) - 1, &mut buf).unwrap(), 3);
    assert_eq!(&buf, b"\0?\0");
    rope.grow(u64::MAX).unwrap();
    assert_eq!(rope.len(), u64::MAX);
}

/// Positions and lengths near `u64::MAX` meet the ends of the nodes, which are `u64::MAX` where there is no
/// child.
#[test]
fn a_rope_as_long_as_a_length_can_be_is_edited_at_its_end() {
    let mut rope = RopeStream::from(b"head");
    rope.set_len(u64::MAX).unwrap();
    for (at, data) in [(u64::MAX - 1, "z"), (u64::MAX - 3, "xy"), (u64::MAX - 100, "a few bytes"), (2, "--")]
    {
        rope.seek(SeekFrom::Start(at)).unwrap();
        rope.write_all(data.as_bytes()).unwrap();
        rope.0.storage().check();
    }
    assert!(rope.write_all(&[1; 10]).is_ok(), "at 4");
    assert!(rope.insert(7, b"x").is_err());
    rope.remove(0..3).unwrap();
    rope.insert(u64::MAX - 3, b"end").unwrap();
    rope.0.storage().check();
    assert_eq!(rope.len(), u64::MAX);
    assert!(rope.insert(u64::MAX, b"x").is_err());
    rope.seek(SeekFrom::End(-6)).unwrap();
    let mut tail = Vec::new();
    rope.read_to_end(&mut tail).unwrap();
    assert_eq!(tail, b"xyzend");
}
