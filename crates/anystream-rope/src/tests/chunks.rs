//! The quick ways of chunks and of what was appended, everywhere in small ones. Where one does nothing, another does it, with more work: no law
//! tells whether they are taken, and only the time would.

use super::*;
use crate::chunk::Chunk;
use crate::piece::Shared;

const CAPACITY: usize = 7;

/// A chunk with its gap at `gap`, and what it shows.
fn chunk(gap: &Range<usize>) -> (Chunk, Vec<u8>) {
    let mut plain: Vec<u8> = (1..=CAPACITY as u8).collect();
    plain.drain(gap.clone());
    let mut chunk = Chunk::with_room(&plain, CAPACITY).unwrap();
    // An edit brings the gap to where it is.
    assert!(chunk.splice_in_place(gap.start as u64, gap.start as u64, b""));
    (chunk, plain)
}

fn shown(chunk: &Chunk) -> Vec<u8> {
    chunk.runs().concat()
}

/// Has `act` change what each chunk holds from a place to a place, by so many bytes; where it says that it did, it must
/// have, and it must where `can` says so. Else nothing changes.
fn everywhere(
    act: impl Fn(&mut Chunk, Range<u64>, &[u8]) -> bool,
    can: impl Fn(&Range<usize>, &Range<usize>, &[u8]) -> bool,
) {
    let data = [91, 92, 93, 94, 95, 96, 97, 98];
    let ranges = || (0..=CAPACITY + 1).flat_map(|start| (start..=CAPACITY + 1).map(move |end| start..end));
    for gap in ranges().filter(|gap| gap.end <= CAPACITY) {
        for range in ranges() {
            for with in (0..=data.len()).map(|len| &data[..len]) {
                let (mut chunk, mut plain) = chunk(&gap);
                let within = range.end <= plain.len();
                let did = act(&mut chunk, range.start as u64..range.end as u64, with);
                assert_eq!(did, within && can(&gap, &range, with), "{with:?} at {range:?}, gap {gap:?}");
                if did {
                    plain.splice(range.clone(), with.iter().copied());
                }
                assert_eq!(shown(&chunk), plain, "{with:?} at {range:?}, gap {gap:?}");
            }
        }
    }
}

#[test]
fn what_lies_on_one_side_of_the_gap_is_written_in_place() {
    everywhere(
        |chunk, range, data| {
            let same_len = range.end - range.start == data.len() as u64;
            same_len && chunk.write_in_place(range.start, data)
        },
        |gap, range, data| range.len() == data.len() && (range.end <= gap.start || gap.start <= range.start),
    );
}

#[test]
fn what_fits_into_the_gap_is_inserted_there() {
    everywhere(
        |chunk, range, data| range.is_empty() && chunk.insert_at_gap(range.start, data),
        |gap, range, data| range.is_empty() && range.start == gap.start && data.len() <= gap.len(),
    );
}

#[test]
fn what_lies_around_the_gap_is_removed_by_making_that_wider() {
    everywhere(
        |chunk, range, data| data.is_empty() && chunk.remove_at_gap(range.start, range.end),
        |gap, range, data| data.is_empty() && range.start <= gap.start && gap.start <= range.end,
    );
}

#[test]
fn what_there_is_room_for_is_spliced_in_place() {
    everywhere(
        |chunk, range, data| chunk.splice_in_place(range.start, range.end, data),
        |gap, range, data| data.len() <= gap.len() + range.len(),
    );
}

#[test]
fn memory_that_others_see_is_not_written_in_place() {
    let (mut chunk, plain) = chunk(&(2..5));
    let clone = chunk.clone();
    assert!(!chunk.write_in_place(0, b"x"));
    assert!(!chunk.insert_at_gap(2, b"x"));
    assert!(!chunk.splice_in_place(0, 1, b"x"));
    assert!(!chunk.overwrite(0, b"x"));
    assert_eq!(shown(&chunk), plain);
    assert_eq!(shown(&clone), plain);
    assert!(chunk.remove_at_gap(1, 3), "nothing is written");
    assert_eq!(shown(&chunk), [1, 7]);
    assert_eq!(shown(&clone), plain);
}

#[test]
fn what_was_appended_little_by_little_is_written_in_place() {
    let mut tail = Shared::with_room(b"abcd", 9).unwrap();
    assert!(tail.write_in_place(0, b"AB"));
    assert!(tail.write_in_place(2, b"CD"));
    assert!(tail.append(b"efghi"), "just what there is room for");
    assert!(!tail.append(b"j"));
    for (at, data) in [(8, "xx"), (10, ""), (10, "x"), (u64::MAX, "x")] {
        assert!(!tail.write_in_place(at, data.as_bytes()), "{data:?} at {at}, which is not all there");
    }
    let other = tail.clone();
    assert!(!tail.write_in_place(0, b"x") && !tail.append(b""));
    assert_eq!((tail.as_slice(), other.as_slice()), (&b"ABCDefghi"[..], &b"ABCDefghi"[..]));
}

/// Also of one that shows a part of its memory, as what is left of a chunk that was divided.
#[test]
fn every_byte_lies_in_the_run_that_is_told_for_it() {
    for end in 0..=CAPACITY {
        for gap in (0..=end).flat_map(|start| (start..=end).map(move |end| start..end)) {
            let (whole, plain) = chunk(&gap);
            let mut chunks = vec![(whole.clone(), plain.clone())];
            if let Some((left, right)) = whole.views(plain.len() / 2, plain.len() / 2) {
                let (first, second) = plain.split_at(plain.len() / 2);
                chunks.extend([(left, first.to_vec()), (right, second.to_vec())]);
            }
            for (chunk, plain) in chunks {
                for (at, byte) in plain.iter().enumerate() {
                    let (start, run) = chunk.place_of_run(at);
                    assert!((start..start + run.len()).contains(&at), "{at}, gap {gap:?}");
                    assert_eq!(chunk.memory()[run][at - start], *byte, "{at}, gap {gap:?}");
                    assert_eq!(chunk.run_from(at)[0], *byte, "{at}, gap {gap:?}");
                }
            }
        }
    }
}
