//! The tree at its edges: chunks and nodes are a few bytes and children large under test, and every
//! step is followed by a check of the tree's invariants.

use anystream_core::{Bytes, Storage};

use crate::RopeStorage;

/// The rope and what it must hold.
struct Pair {
    rope: RopeStorage,
    plain: Vec<u8>,
}

impl Pair {
    fn new(bytes: &[u8]) -> Self {
        Pair { rope: bytes.into(), plain: bytes.to_vec() }
    }

    fn splice(&mut self, start: usize, end: usize, with: &[u8]) {
        self.rope.splice(start as u64..end as u64, with).unwrap();
        self.plain.splice(start..end, with.iter().copied());
    }

    fn write(&mut self, at: usize, data: &[u8]) {
        if !self.rope.write_in_place(at as u64, data) && !data.is_empty() {
            self.rope.write_at(at as u64, data).unwrap();
        }
        self.overwritten(at, data);
    }

    fn write_bytes(&mut self, at: usize, data: &[u8]) {
        self.rope.write_bytes_at(at as u64, Bytes::copy_from_slice(data)).unwrap();
        self.overwritten(at, data);
    }

    fn overwritten(&mut self, at: usize, data: &[u8]) {
        let end = (at + data.len()).min(self.plain.len());
        self.plain.splice(at..end, data.iter().copied());
    }

    fn set_len(&mut self, len: usize) {
        match len.cmp(&self.plain.len()) {
            std::cmp::Ordering::Less => self.rope.truncate(len as u64).unwrap(),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => self.rope.grow(len as u64).unwrap(),
        }
        self.plain.resize(len, 0);
    }

    fn check(&mut self) {
        self.rope.check();
        assert_eq!(self.rope.len(), self.plain.len() as u64);
        let mut read = vec![1; self.plain.len() + 1];
        let n = self.rope.read_at(0, &mut read).unwrap();
        assert_eq!(&read[..n], &self.plain[..]);
        let shared = self.rope.share(0..self.plain.len() as u64).unwrap();
        assert_eq!(&shared[..], &self.plain[..]);
        let mut by_runs = Vec::new();
        while by_runs.len() < self.plain.len() {
            let run = self.rope.run_at(by_runs.len() as u64).unwrap();
            assert!(!run.is_empty());
            by_runs.extend_from_slice(run);
        }
        assert_eq!(by_runs, self.plain);
    }
}

/// A portable generator, so that a failure is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let n = self.below(most + 1);
        (0..n).map(|_| self.below(256) as u8).collect()
    }
}

#[test]
fn random_edits_keep_contents_and_invariants() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let mut pair = Pair::new(&random.bytes(100));
        let mut snapshots = Vec::new();
        for step in 0..300 {
            let len = pair.plain.len();
            let at = random.below(len + 1);
            match random.below(10) {
                0..=2 => {
                    let data = random.bytes(3);
                    pair.splice(at, at, &data);
                }
                3 => {
                    let data = random.bytes(60);
                    pair.splice(at, at, &data);
                }
                4..=5 => {
                    let end = (at + random.below(if step % 7 == 0 { 80 } else { 6 })).min(len);
                    let data = random.bytes(6);
                    pair.splice(at, end, &data);
                }
                6 => {
                    let data = random.bytes(30);
                    pair.write(at, &data);
                }
                7 => {
                    let data = random.bytes(50);
                    pair.write_bytes(at, &data);
                }
                8 => {
                    let len = if random.below(4) == 0 { at } else { len + random.below(40) };
                    pair.set_len(len);
                }
                _ => snapshots.push(Pair { rope: pair.rope.clone(), plain: pair.plain.clone() }),
            }
            pair.check();
        }
        for snapshot in &mut snapshots {
            snapshot.check();
        }
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
fn deleting_from_the_front_leaves_few_pieces() {
    let mut pair = Pair::new(&[7; 4000]);
    while pair.plain.len() > 16 {
        for at in (0..pair.plain.len().min(400)).rev().step_by(2) {
            pair.splice(at, at + 1, b"");
        }
        pair.check();
        assert!(pair.rope.pieces() <= pair.plain.len() / 2 + 2, "{} pieces", pair.rope.pieces());
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
