//! The gap of a rope's chunk follows the edits over every distance, in memory as large as it really is.
//!
//! The rope's own tests have chunks of a few bytes, in which a gap is never moved block by block.

use anystream::{ByteStream, RopeStream};

/// Inserts make a gap; the next edit, so many bytes before or behind it, moves that many bytes to its other side.
fn edit_at_distance(before: usize, after: usize, with: &[u8]) {
    let mut plain: Vec<u8> = (0..3000_usize).map(|i| (i ^ (i >> 8)).wrapping_mul(167) as u8).collect();
    let mut rope = RopeStream::from(&plain[..]);
    for at in [before, before + 1, after, after + with.len(), before] {
        rope.insert(at as u64, with).expect("there is memory");
        plain.splice(at..at, with.iter().copied());
    }
    rope.remove(after as u64..after as u64 + 1).expect("it lies within the contents");
    plain.remove(after);
    let found = rope.getvalue().expect("there is memory");
    let difference = found.iter().zip(&plain).position(|(found, expected)| found != expected);
    assert!(found == plain, "from {before} to {after}: the first difference is at {difference:?}");
}

#[test]
fn a_gap_moves_over_any_distance() {
    for distance in (0..70).chain((120..640).step_by(7)).chain([511, 512, 513, 575, 576, 577, 1900]) {
        for with in [&b"x"[..], b"seven..", &[b'-'; 65]] {
            edit_at_distance(40, 40 + distance, with);
            edit_at_distance(40 + distance, 40, with);
            edit_at_distance(2900, 2900 - distance, with);
            edit_at_distance(2900 - distance, 2900, with);
        }
    }
}
