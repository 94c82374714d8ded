//! Trees whose right edge is short: made by appending, cut, joined and split at every place.

use super::{Pair, Random};
use crate::chunk::{Chunk, FULL};
use crate::node::FANOUT;
use crate::piece::Piece;
use crate::tree::Tree;

/// What is in a tree, in order.
fn bytes(tree: &Tree) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (start, piece) in tree.pieces_from(0) {
        assert_eq!(start, bytes.len() as u64);
        let mut at = 0;
        while at < piece.len() {
            let run = piece.run_from(at);
            bytes.extend_from_slice(run);
            at += run.len() as u64;
        }
    }
    bytes
}

/// A tree of so many pieces of `len` bytes, made by appending one by one. No two of them are merged.
fn appended(pieces: usize, len: usize, first: u8) -> Tree {
    Tree::of(
        (0..pieces).map(|index| Ok(Piece::Chunk(Chunk::of(&vec![first.wrapping_add(index as u8); len])?))),
    )
    .unwrap()
}

/// Numbers of pieces at which a tree has just become higher, is as full as can be, and a little around.
fn telling_counts() -> Vec<usize> {
    let mut counts = vec![0, 1, 2, 3];
    let mut full = FANOUT;
    while full <= FANOUT.pow(4) {
        counts.extend([full / 2, full - 1, full, full + 1, full + FANOUT + 1]);
        full *= FANOUT;
    }
    counts
}

#[test]
fn appending_leaves_full_nodes_behind() {
    let mut tree = Tree::default();
    let mut height = 0;
    for count in 1..=FANOUT.pow(5) {
        tree.push(Piece::Chunk(Chunk::of(&[count as u8; FULL]).unwrap())).unwrap();
        tree.check();
        if FANOUT.pow(height) < count {
            height += 1;
        }
        assert_eq!(tree.height() as u32, height.max(1), "{count} pieces");
    }
}

#[test]
fn trees_of_all_heights_are_joined() {
    for &left in &telling_counts() {
        for &right in &telling_counts() {
            let (left, right) = (appended(left, FULL, 1), appended(right, FULL, 101));
            let joined = left.clone().join(right.clone()).unwrap();
            joined.check();
            assert!(bytes(&joined) == [bytes(&left), bytes(&right)].concat());
            assert!(joined.height() <= left.height().max(right.height()) + 1);
            left.check();
            right.check();
        }
    }
}

#[test]
fn trees_are_split_everywhere_and_joined_again() {
    for &count in &telling_counts() {
        let tree = appended(count, FULL - 1, 1);
        let plain = bytes(&tree);
        let step = if count > 100 { 5 } else { 1 };
        for at in (0..=plain.len()).step_by(step) {
            let (left, right) = tree.split(at as u64).unwrap();
            left.check();
            right.check();
            assert!(bytes(&left) == plain[..at] && bytes(&right) == plain[at..], "split at {at}");
            let joined = left.join(right).unwrap();
            joined.check();
            assert!(bytes(&joined) == plain, "joined again at {at}");
            assert!(joined.height() <= tree.height() + 1);
        }
    }
}

/// What is cut off leaves a right edge as short as can be; what comes behind it makes it an inner one.
#[test]
fn trees_are_cut_everywhere_and_go_on() {
    for &count in &telling_counts() {
        let whole = appended(count, FULL, 1);
        let plain = bytes(&whole);
        let tails =
            [appended(1, FULL, 7), appended(FANOUT + 1, FULL, 8), appended(FANOUT.pow(2) + 1, FULL, 9)];
        let step = if count > 70 { 11 } else { 3 };
        for at in (1..plain.len()).step_by(step) {
            let mut tree = whole.clone();
            tree.truncate(at as u64).unwrap();
            tree.check();
            assert!(bytes(&tree) == plain[..at], "cut at {at}");
            let mut pushed = tree.clone();
            for _ in 0..FANOUT + 1 {
                pushed.push(Piece::Chunk(Chunk::of(&[3; FULL]).unwrap())).unwrap();
                pushed.check();
            }
            for tail in &tails {
                let joined = tree.clone().join(tail.clone()).unwrap();
                joined.check();
                assert!(bytes(&joined) == [&plain[..at], &bytes(tail)].concat());
                let other = tail.clone().join(tree.clone()).unwrap();
                other.check();
                assert!(bytes(&other) == [&bytes(tail), &plain[..at]].concat());
            }
        }
        assert!(bytes(&whole) == plain);
    }
}

/// Removing a stretch joins two trees, each with an edge of its own.
#[test]
fn every_stretch_is_removed_and_replaced() {
    for &count in telling_counts().iter().filter(|&&count| count <= FANOUT.pow(3)) {
        let plain = vec![1; count * FULL];
        let step = FULL / 2 + (plain.len() / 40);
        for start in (0..plain.len()).step_by(step) {
            for end in (start..=plain.len()).step_by(step) {
                for with in [0, 1, FULL + 1, 12 * FULL] {
                    let mut pair = Pair::new(&plain);
                    pair.splice(start, end, &vec![2; with]);
                    pair.check();
                }
            }
        }
    }
}

#[test]
fn joining_and_splitting_at_every_place_keeps_every_node_full_enough() {
    for left in (0..300).step_by(7) {
        for right in (0..300).step_by(11) {
            let mut pair = Pair::new(&vec![1; left + right]);
            pair.splice(left, left, &[2; 90]);
            pair.splice(left / 2, left / 2 + 45, b"");
            pair.check();
        }
    }
}

/// A rope that is doubled by itself shares every node twice; edits must not show in both halves.
#[test]
fn a_rope_made_of_itself_is_edited_in_one_place_only() {
    let mut random = Random(3);
    let mut pair = Pair::new(&random.bytes(90));
    for _ in 0..7 {
        let half = pair.clone();
        pair.rope.append(half.rope).unwrap();
        pair.plain.extend(half.plain);
        pair.check();
        for _ in 0..8 {
            let at = random.below(pair.plain.len());
            match random.below(3) {
                0 => pair.write(at, b"?"),
                1 => pair.splice(at, at, b"!"),
                _ => pair.splice(at, at + 1, b""),
            }
            pair.check();
        }
    }
}
