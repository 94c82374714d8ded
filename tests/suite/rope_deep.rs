//! However a rope came about, nothing that is done with it goes deep: all of it fits a stack of 64 KiB.

use std::io::{self, Seek, SeekFrom, Write};
use std::thread;

use anystream::{ByteStream, Bytes, RopeStream};

const STACK: usize = 64 << 10;

/// Runs `work` in a thread with a small stack. If that overflows, the whole test program ends.
fn on_a_small_stack(work: impl FnOnce() -> io::Result<()> + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    thread.join().expect("no panic").expect("no error");
}

/// Everything there is, and dropping it.
fn use_and_drop(mut rope: RopeStream) -> io::Result<()> {
    let (len, middle) = (rope.len(), rope.len() / 2);
    let memory = rope.memory();
    assert_eq!(memory.live + memory.holes, len);

    let snapshot = rope.clone();
    rope.insert(middle, b"x")?;
    rope.remove(middle / 2..middle / 2 + 10)?;
    rope.seek(SeekFrom::Start(middle))?;
    rope.write_all(&[7; 20_000])?;
    rope.write_bytes(Bytes::from(vec![7; 20_000]))?;
    rope.compact()?;
    let tail = rope.split_off(middle)?;
    rope.splice_stream(middle / 2..middle / 2, &tail)?;
    rope.append(snapshot.clone())?;
    drop(rope);

    assert_eq!(io::copy(&mut snapshot.reader_at(0), &mut io::sink())?, len);
    assert_eq!(snapshot.write_to(&mut io::sink())?, len);
    let (left, right) = (snapshot.slice(0..middle)?, snapshot.slice(middle..len)?);
    assert_eq!(left.len() + right.len(), len);
    drop((left, right, tail));
    // The last owner of all that is left.
    drop(snapshot);
    Ok(())
}

#[test]
fn p1_a_million_tiny_edits_leave_nothing_that_overflows_a_stack() {
    on_a_small_stack(|| {
        let mut random = fastrand::Rng::with_seed(7);
        let mut rope = RopeStream::from(vec![1; 1 << 20]);
        for _ in 0..1_000_000 {
            let at = random.u64(..rope.len());
            if random.bool() { rope.insert(at, b"xy")? } else { rope.remove(at..at + 1)? }
        }
        use_and_drop(rope)
    });
}

#[test]
fn p1_a_long_chain_of_appended_ropes_leaves_nothing_that_overflows_a_stack() {
    on_a_small_stack(|| {
        let link = RopeStream::from(Bytes::from(vec![2; 10_000]));
        let mut front = RopeStream::new();
        let mut back = RopeStream::new();
        for step in 0..100_000 {
            // Parts of one value each, so that none is merged with the one before.
            let part = link.slice(step % 100..5000)?;
            front.append(part.clone())?;
            back.splice_stream(0..0, &part)?;
        }
        assert_eq!(front.len(), back.len());
        front.append(back)?;
        use_and_drop(front)
    });
}

#[test]
fn p1_a_rope_doubled_by_itself_leaves_nothing_that_overflows_a_stack() {
    on_a_small_stack(|| {
        let mut rope = RopeStream::from(&[3; 10_000]);
        for _ in 0..13 {
            let half = rope.clone();
            let middle = rope.len() / 2;
            rope.splice_stream(middle..middle, &half)?;
            rope.insert(middle, b"so that no two halves are alike")?;
        }
        use_and_drop(rope)
    });
}

#[test]
fn p1_pieces_and_holes_in_turn_leave_nothing_that_overflows_a_stack() {
    on_a_small_stack(|| {
        let mut rope = RopeStream::new();
        let piece = Bytes::from(vec![4; 9000]);
        for _ in 0..10_000 {
            rope.write_bytes(piece.clone())?;
            rope.seek(SeekFrom::Current(2000))?;
        }
        use_and_drop(rope)
    });
}
