//! Everything that can be done to a rope, in random order, compared with a plain vector.

use std::io::{BufRead, IoSlice, Read, Seek, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};

use super::looking::check_looking;
use super::{Pair, Random};
use crate::chunk::FULL;
use crate::piece::Shared;

/// What is kept while the rope goes on: it must never change.
#[derive(Default)]
struct Kept {
    snapshots: Vec<Pair>,
    values: Vec<(Bytes, Vec<u8>)>,
}

impl Kept {
    fn check(&mut self) {
        self.snapshots.iter_mut().for_each(Pair::check);
        for (value, plain) in &self.values {
            assert!(value == plain, "a value changed");
        }
    }
}

/// Where edits happen: most of them a few bytes from the last, now and then far away, so that both
/// those in the tree and those in the chunk that is checked out of it are met.
struct Place(usize);

impl Place {
    fn next(&mut self, random: &mut Random, len: usize) -> usize {
        self.0 = match random.below(8) {
            0 => random.below(len + 1),
            1 => self.0,
            _ => (self.0 + random.below(9)).saturating_sub(4),
        };
        self.0 = self.0.min(len);
        self.0
    }
}

fn step(random: &mut Random, pair: &mut Pair, place: &mut Place, kept: &mut Kept) {
    let len = pair.plain.len();
    let near = place.next(random, len);
    let far = random.below(len + 1);
    match random.below(34) {
        0..=5 => {
            let data = random.bytes(3);
            pair.splice(near, near, &data);
            place.0 += data.len();
        }
        6..=9 => pair.splice(near, (near + random.below(4)).min(len), b""),
        10 => {
            let data = random.bytes(5);
            pair.splice(near, (near + random.below(6)).min(len), &data);
        }
        11..=12 => {
            let data = random.bytes(2);
            pair.splice(far, (far + random.below(3)).min(len), &data);
        }
        13 => {
            let most = random.one_of([FULL, FULL, 2 * FULL, 20 * FULL]);
            let data = random.bytes(most);
            pair.splice(far, (far + random.below(8)).min(len), &data);
        }
        14 => pair.splice(far, (far + random.below(300)).min(len), b""),
        15..=16 => {
            let data = random.bytes(4);
            pair.write(near, &data);
        }
        17 => {
            let data = random.bytes(3 * FULL);
            pair.write(far, &data);
        }
        18 => {
            let most = random.one_of([3, 10, 10, 12 * FULL]);
            let data = random.bytes(most);
            pair.write(len - random.below(len.min(8) + 1), &data);
        }
        19 => {
            let data = random.bytes(9);
            pair.write(len + random.below(3 * FULL), &data);
        }
        20 => {
            let most = random.one_of([FULL, 4 * FULL, 4 * FULL, 3 * Shared::LONGEST]);
            let data = random.bytes(most);
            let given = pair.write_bytes(random.one_of([len, far, far]), &data);
            // Who gave it may keep it, and must never see it change.
            if random.below(2) == 0 {
                kept.values.push((given, data));
            }
        }
        21 => {
            let (a, b, c) = (random.bytes(30), random.bytes(3), random.bytes(12));
            pair.rope.seek(SeekFrom::Start(far as u64)).unwrap();
            let slices = [&a, &b, &c].map(|data| IoSlice::new(data));
            let n = pair.rope.write_vectored(&slices).unwrap();
            assert_eq!(n, a.len() + b.len() + c.len());
            pair.overwritten(far, &[a, b, c].concat());
        }
        22 => pair.set_len(if random.below(4) == 0 { far } else { len.saturating_sub(random.below(9)) }),
        23 => pair.set_len(len + random.below(3 * FULL)),
        24 => kept.snapshots.push(pair.clone()),
        25 if !kept.snapshots.is_empty() => {
            let index = random.below(kept.snapshots.len());
            let mut snapshot = kept.snapshots.swap_remove(index);
            snapshot.check();
            if random.below(4) == 0 {
                *pair = snapshot;
            }
        }
        26 => kept.values.push((pair.rope.getvalue().unwrap(), pair.plain.clone())),
        27 if !kept.values.is_empty() => {
            let (value, plain) = kept.values.swap_remove(random.below(kept.values.len()));
            assert!(value == plain, "a value changed");
        }
        28 => compose(random, pair, kept),
        29 => {
            let before = pair.rope.memory();
            let snapshot = (random.below(2) == 0).then(|| pair.clone());
            pair.rope.compact().unwrap();
            let after = pair.rope.memory();
            // A few bytes of a `Bytes` that stays, at both ends of each part of it, may be merged into chunks, which
            // makes more of it spare.
            let most = before.spare + after.live / 8 + FULL as u64;
            assert!(after.spare <= most, "{before:?} became {after:?}");
            kept.snapshots.extend(snapshot);
        }
        _ => {}
    }
}

/// Ropes made of ropes: of the kept ones, of new ones, and of itself.
fn compose(random: &mut Random, pair: &mut Pair, kept: &mut Kept) {
    let len = pair.plain.len();
    let start = random.below(len + 1);
    let most = random.one_of([0, 4, len]).min(len - start);
    let end = start + random.below(most + 1);
    let other = match random.below(3) {
        0 => pair.clone(),
        1 if !kept.snapshots.is_empty() => kept.snapshots[random.below(kept.snapshots.len())].clone(),
        _ => Pair::new(&random.bytes(8 * FULL)),
    };
    match random.below(6) {
        0 | 1 => {
            pair.rope.splice_stream(start as u64..end as u64, &other.rope).unwrap();
            pair.plain.splice(start..end, other.plain);
        }
        2 => {
            pair.rope.append(other.rope).unwrap();
            pair.plain.extend(other.plain);
        }
        3 => {
            let rope = pair.rope.split_off(start as u64).unwrap();
            let plain = pair.plain.split_off(start);
            let mut tail = Pair { rope, plain };
            tail.check();
            pair.check();
            // The other half goes on in turn; together they are what they were, in the other order.
            if random.below(2) == 0 {
                std::mem::swap(pair, &mut tail);
            }
            pair.rope.append(tail.rope).unwrap();
            pair.plain.extend(tail.plain);
        }
        4 => {
            let rope = pair.rope.slice(start as u64..end as u64).unwrap();
            let mut cut = Pair { rope, plain: pair.plain[start..end].to_vec() };
            cut.check();
            cut.write(0, b"!");
            cut.check();
        }
        _ => {
            let mut other = other;
            other.rope.splice_stream(0..0, &pair.rope).unwrap();
            other.plain.splice(0..0, pair.plain.iter().copied());
            other.check();
        }
    }
}

/// Reads between edits, so that whatever is remembered of the last read would be seen if it were stale.
fn read(random: &mut Random, pair: &mut Pair) {
    let len = pair.plain.len();
    let mut at = random.below(len + 1);
    for _ in 0..random.below(5) {
        let expected = &pair.plain[at..];
        let mut buf = vec![1; random.below(12)];
        let n = buf.len().min(expected.len());
        match random.below(6) {
            0 => {
                assert_eq!(pair.rope.read_at(at as u64, &mut buf).unwrap(), n);
                assert_eq!(buf[..n], expected[..n]);
            }
            1 => {
                pair.rope.seek(SeekFrom::Start(at as u64)).unwrap();
                let run = pair.rope.fill_buf().unwrap();
                assert_eq!(run.is_empty(), expected.is_empty());
                assert!(expected.starts_with(run), "fill_buf at {at}");
            }
            2 => {
                let byte = random.below(256) as u8;
                pair.rope.seek(SeekFrom::Start(at as u64)).unwrap();
                let mut until = Vec::new();
                pair.rope.read_until(byte, &mut until).unwrap();
                let found = expected.iter().position(|&b| b == byte).map_or(expected.len(), |at| at + 1);
                assert!(until == expected[..found], "read_until at {at}");
            }
            3 => {
                pair.rope.seek(SeekFrom::Start(at as u64)).unwrap();
                let value = pair.rope.read_bytes(n).unwrap();
                assert_eq!(value[..], expected[..n], "read_bytes at {at}");
            }
            _ => {
                pair.rope.seek(SeekFrom::Start(at as u64)).unwrap();
                assert_eq!(pair.rope.read(&mut buf).unwrap(), n);
                assert_eq!(buf[..n], expected[..n], "read at {at}");
            }
        }
        // Going on where the last read ended is what is remembered; now and then a little back.
        at = (at + n).saturating_sub(random.below(5) / 4).min(len);
    }
}

fn run(seed: u64, steps: usize) {
    let mut random = Random(seed);
    let mut pair = match seed % 4 {
        0 => Pair::new(b""),
        1 => Pair::new(&random.bytes(1000)),
        2 => Pair { rope: vec![5; 900].into(), plain: vec![5; 900] },
        _ => Pair { rope: Bytes::from(vec![6; 2500]).into(), plain: vec![6; 2500] },
    };
    let mut place = Place(0);
    let mut kept = Kept::default();
    for number in 0..steps {
        step(&mut random, &mut pair, &mut place, &mut kept);
        pair.check_tree();
        read(&mut random, &mut pair);
        // The full check reads everything, after which little is remembered: not after every step.
        if random.below(3) == 0 {
            pair.check();
        }
        if number % 16 == 0 {
            check_looking(&mut random, &pair);
        }
        if pair.plain.len() > 5000 {
            pair.splice(500, 4500, b"");
        }
        if kept.snapshots.len() > 6 {
            kept.snapshots.remove(0).check();
        }
        if kept.values.len() > 6 {
            kept.values.remove(0);
        }
    }
    pair.check();
    kept.check();
}

#[test]
fn whatever_is_done_a_rope_holds_what_a_vector_holds() {
    for seed in 0..150 {
        run(seed, 400);
    }
}

/// `cargo test -p anystream-rope --release --lib -- --ignored whatever_is_done`
#[test]
#[ignore = "minutes long: for after a change of the tree"]
fn whatever_is_done_for_long_a_rope_holds_what_a_vector_holds() {
    for seed in 1000..11_000 {
        run(seed, 500);
    }
}
