//! Adversaries: deletes and inserts in orders that would ruin a tree which is not kept in shape. Every
//! one is followed by a check of depth, occupancy and all other invariants.

use anystream_core::Bytes;

use super::{Pair, Random, check_occupancy, leaves};
use crate::RopeStream;
use crate::chunk::FULL;

/// Which byte goes next.
#[derive(Debug, Clone, Copy)]
enum Order {
    First,
    Last,
    Middle,
    EverySecond,
    AlternatingEnds,
    BitReversed,
    Random,
    /// Down to one byte a piece.
    ShavePieces,
    /// Down to one piece a leaf.
    HollowLeaves,
}

impl Order {
    const ALL: [Order; 9] = [
        Order::First,
        Order::Last,
        Order::Middle,
        Order::EverySecond,
        Order::AlternatingEnds,
        Order::BitReversed,
        Order::Random,
        Order::ShavePieces,
        Order::HollowLeaves,
    ];

    /// `done` bytes of a rope that had `before` are gone.
    fn next(self, pair: &Pair, done: usize, before: usize, random: &mut Random) -> usize {
        let len = pair.plain.len();
        match self {
            Order::First => 0,
            Order::Last => len - 1,
            Order::Middle => len / 2,
            // Passes over what is left: deleting at i makes i + 1 the one after the next.
            Order::EverySecond => done % len,
            Order::AlternatingEnds => (done % 2) * (len - 1),
            Order::BitReversed => {
                let bits = before.next_power_of_two().trailing_zeros();
                let reversed = (done as u64).reverse_bits() >> (64 - bits);
                (reversed as usize * len) >> bits
            }
            Order::Random => random.below(len),
            Order::ShavePieces => {
                let pieces = leaves(pair).concat();
                let long = pieces.iter().filter(|piece| piece.len() > 1).min_by_key(|piece| piece.len());
                long.map_or(0, |piece| piece.start + 1)
            }
            Order::HollowLeaves => {
                let leaves = leaves(pair);
                let fullest = leaves.iter().filter(|leaf| leaf.len() > 1).min_by_key(|leaf| leaf.len());
                fullest.map_or(0, |leaf| leaf[1].start)
            }
        }
    }
}

/// `len` bytes that have come about in one of several ways.
fn shaped(shape: usize, len: usize, random: &mut Random) -> Pair {
    let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
    match shape % 5 {
        0 => Pair::new(&bytes),
        1 => Pair { rope: Bytes::from(bytes.clone()).into(), plain: bytes },
        2 => {
            let mut pair = Pair::new(b"");
            for byte in bytes {
                let at = random.below(pair.plain.len() + 1);
                pair.splice(at, at, &[byte]);
            }
            pair
        }
        3 => {
            let mut pair = Pair::new(b"");
            for (index, few) in bytes.chunks(FULL + FULL / 2).enumerate() {
                let end = pair.plain.len();
                if index % 2 == 0 { drop(pair.write_bytes(end, few)) } else { pair.write(end, few) }
            }
            pair
        }
        _ => {
            let mut rope = RopeStream::new();
            for few in bytes.chunks(len / 7 + 1) {
                rope.append(few.into()).unwrap();
            }
            Pair { rope, plain: bytes }
        }
    }
}

/// Deletes everything, byte by byte, in each order, from ropes of each shape.
#[test]
fn a_million_deletes_in_adversarial_order_keep_the_tree_balanced_and_full() {
    const DELETES: usize = 1_000_000;
    let mut random = Random(7);
    let mut done = 0;
    for round in 0.. {
        for order in Order::ALL {
            let len = if round % 3 == 0 { 1800 } else { 300 + random.below(500) };
            let mut pair = shaped(round, len, &mut random);
            let snapshot = (round % 4 == 3).then(|| pair.clone());
            for step in 0..len {
                let at = order.next(&pair, step, len, &mut random);
                pair.splice(at, at + 1, b"");
                pair.check_tree();
                check_occupancy(&pair);
                if step % 64 == 0 {
                    pair.check();
                }
            }
            assert_eq!(pair.storage().pieces(), 0);
            if let Some(mut snapshot) = snapshot {
                snapshot.check();
            }
            done += len;
        }
        if done >= DELETES {
            return;
        }
    }
}

#[test]
fn inserts_in_adversarial_order_keep_the_tree_balanced_and_full() {
    type Place = fn(usize, usize) -> usize;
    let places: [(&str, Place); 6] = [
        ("at the front", |_, _| 0),
        ("at the end", |len, _| len),
        ("in the middle", |len, _| len / 2),
        ("at both ends in turn", |len, step| len * (step % 2)),
        ("before the last byte and at the front in turn", |len, step| len.saturating_sub(1) * (step % 2)),
        ("all over", |len, step| (step * 7919) % (len + 1)),
    ];
    for (name, place) in places {
        for (prefix, size) in [(0, 1), (700, 1), (700, 5), (700, FULL / 2 + 1)] {
            let mut pair = Pair::new(&vec![1; prefix]);
            for step in 0..500 {
                let at = place(pair.plain.len(), step);
                pair.splice(at, at, &vec![step as u8; size]);
                pair.check_tree();
                let (pieces, len) = (pair.storage().pieces(), pair.plain.len());
                assert!(pieces * FULL <= 6 * len + FULL, "{name}: {pieces} pieces for {len} bytes");
            }
            pair.check();
        }
    }
}

/// The next insert always goes to the chunk that is fullest, at a given distance from its end, and each
/// is far from the last, so that none is made in the chunk that is checked out.
#[test]
fn inserts_into_the_fullest_chunk_leave_no_trail_of_tiny_ones() {
    for distance in 0..=FULL {
        let mut pair = Pair::new(&[1; 2000]);
        let mut other_end = false;
        for _ in 0..600 {
            let pieces = leaves(&pair).concat();
            let half = pieces.len() / 2;
            let pieces = if other_end { &pieces[half + 15..] } else { &pieces[..half - 15] };
            other_end = !other_end;
            let fullest = pieces.iter().max_by_key(|piece| piece.len()).unwrap();
            let at = fullest.end.saturating_sub(distance).max(fullest.start);
            pair.splice(at, at, b"x");
            pair.check_tree();
            check_occupancy(&pair);
        }
        pair.check();
    }
}

/// Each chunk that is divided near its end is filled up again at its start: two inserts for each division.
#[test]
fn dividing_one_chunk_again_and_again_leaves_no_trail_of_tiny_ones() {
    for distance in 0..=FULL {
        let mut pair = Pair::new(&[1; 2000]);
        // The 10th chunk starts at the same place all the time; the far edit before each insert is undone by
        // the one that follows.
        let start = 10 * FULL;
        for step in 0..500 {
            pair.splice(1500, 1501, &[step as u8]);
            let pieces = leaves(&pair).concat();
            let chunk = pieces.iter().find(|piece| piece.end > start).unwrap().clone();
            let at = if chunk.len() < FULL { chunk.start + 1 } else { chunk.end.saturating_sub(distance) };
            pair.splice(at.max(chunk.start), at.max(chunk.start), b"x");
            pair.check_tree();
            check_occupancy(&pair);
        }
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
        check_occupancy(&pair);
    }
}

/// Both a removal that takes all but little of every chunk at once and one that goes chunk by chunk.
#[test]
fn removing_most_of_every_chunk_leaves_few_pieces() {
    for keep in 1..FULL {
        let mut pair = Pair::new(&[7; 3000]);
        let chunks = pair.plain.len() / FULL;
        for chunk in (0..chunks).rev() {
            pair.splice(chunk * FULL + keep, (chunk + 1) * FULL, b"");
            pair.check_tree();
            check_occupancy(&pair);
        }
        pair.check();
    }
}
