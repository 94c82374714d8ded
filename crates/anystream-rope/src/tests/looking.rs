//! All ways to look at a rope that leave it as it is.

use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};

use super::{Pair, Random};
use crate::chunk::FULL;

/// Panics unless chunks, readers, `write_to` and `memory` all tell of the right contents.
pub(super) fn check_looking(random: &mut Random, pair: &Pair) {
    let chunks: Vec<_> = pair.rope.chunks().collect();
    assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
    assert!(chunks.concat() == pair.plain, "chunks");
    check_reader(random, pair);
    check_write_to(random, pair);
    check_memory(pair);
}

fn check_reader(random: &mut Random, pair: &Pair) {
    let len = pair.plain.len();
    let start = random.below(len + 3);
    let mut reader = pair.rope.reader_at(start as u64);
    let mut plain = io::Cursor::new(&pair.plain[..]);
    plain.set_position(start as u64);
    for _ in 0..12 {
        match random.below(8) {
            0 => {
                let to = SeekFrom::Start(random.below(len + 5) as u64);
                assert_eq!(reader.seek(to).unwrap(), plain.seek(to).unwrap());
            }
            1 => {
                let to = SeekFrom::Current(random.below(60) as i64 - 30);
                assert_eq!(reader.seek(to).ok(), plain.seek(to).ok());
            }
            2 => {
                let to = SeekFrom::End(random.below(90) as i64 - 80);
                assert_eq!(reader.seek(to).ok(), plain.seek(to).ok());
            }
            3 => {
                let run = reader.fill_buf().unwrap();
                let rest = plain.fill_buf().unwrap();
                assert!(rest.starts_with(run) && run.is_empty() == rest.is_empty());
                let n = random.below(run.len() + 1);
                reader.consume(n);
                plain.consume(n);
            }
            4 => {
                let mut buf = vec![0; random.below(FULL)];
                let mut expected = buf.clone();
                let left = (len as u64).saturating_sub(plain.position());
                if reader.read_exact(&mut buf).is_ok() {
                    plain.read_exact(&mut expected).unwrap();
                    assert_eq!(buf, expected);
                } else {
                    assert!((buf.len() as u64) > left);
                }
            }
            5 if random.below(4) == 0 => {
                let (mut rest, mut expected) = (vec![1, 2], vec![1, 2]);
                reader.read_to_end(&mut rest).unwrap();
                plain.read_to_end(&mut expected).unwrap();
                assert!(rest == expected, "read_to_end");
            }
            _ => {
                let mut buf = vec![0; random.below(4 * FULL)];
                let mut expected = buf.clone();
                assert_eq!(reader.read(&mut buf).unwrap(), plain.read(&mut expected).unwrap());
                assert_eq!(buf, expected);
            }
        }
        assert_eq!(reader.tell(), plain.position());
    }
}

/// Takes as few bytes at a time as it likes, and is sometimes interrupted.
struct Reluctant<'a> {
    random: &'a mut Random,
    most: usize,
    taken: Vec<u8>,
}

impl Write for Reluctant<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(data)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if self.random.below(6) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let limit = 1 + self.random.below(self.most);
        let before = self.taken.len();
        for slice in slices {
            let left = limit - (self.taken.len() - before);
            self.taken.extend(slice.iter().take(left));
        }
        Ok(self.taken.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_write_to(random: &mut Random, pair: &Pair) {
    let most = random.one_of([1, 10, 5 * FULL, 10_000]);
    let mut out = Reluctant { random, most, taken: Vec::new() };
    assert_eq!(pair.rope.write_to(&mut out).unwrap(), pair.plain.len() as u64);
    assert!(out.taken == pair.plain, "write_to");
}

fn check_memory(pair: &Pair) {
    let memory = pair.rope.memory();
    let len = pair.plain.len() as u64;
    assert_eq!(memory.live + memory.holes, len, "{memory:?}");
    assert!(memory.shared <= memory.live, "{memory:?}");
    let snapshot = pair.clone();
    let shared = pair.rope.memory();
    assert_eq!((shared.live, shared.holes), (memory.live, memory.holes));
    let own = pair.rope.0.storage().short().len() as u64;
    assert_eq!(shared.shared, shared.live - own, "a clone sees all but what lies in the stream itself");
    assert_eq!((shared.spare, shared.tree), (memory.spare, memory.tree));
    drop(snapshot);
    assert_eq!(pair.rope.memory(), memory, "dropping a clone gives everything back");
}

#[test]
fn nothing_is_shared_that_nobody_else_sees() {
    let mut rope = crate::RopeStream::from(&[7; 500]);
    assert_eq!(rope.memory().shared, 0);
    rope.insert(250, b"an edit").unwrap();
    assert_eq!(rope.memory().shared, 0);
    let snapshot = rope.clone();
    rope.insert(10, b"another").unwrap();
    assert!(rope.memory().shared > 0);
    drop(snapshot);
    assert_eq!(rope.memory().shared, 0);
}

/// What a rope remembers of the last read shares memory with its own tree: that is nobody else.
#[test]
fn nothing_is_shared_because_it_was_read() {
    let mut rope = crate::RopeStream::from(&[7; 500]);
    let mut buf = [0; 5];
    for _ in 0..10 {
        rope.read_exact(&mut buf).unwrap();
        assert_eq!(rope.memory().shared, 0);
    }
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(0)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = Pair::new(&[7; 100]).rope.write_to(&mut Full).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
    assert_eq!(crate::RopeStream::new().write_to(&mut Full).unwrap(), 0);
}

/// A small part of a large value keeps all of it, visibly, until it is asked to let go.
#[test]
fn compact_lets_go_of_what_is_hardly_used() {
    let whole = Bytes::from(vec![7; 1000]);
    let mut rope = crate::RopeStream::from(whole.clone());
    rope.remove(30..950).unwrap();
    let memory = rope.memory();
    assert_eq!((memory.live, memory.spare), (80, 920));
    let mut snapshot = rope.clone();
    rope.compact().unwrap();
    let memory = rope.memory();
    assert_eq!((memory.live, memory.spare), (80, 0));
    assert_eq!(snapshot.memory().spare, 920, "the snapshot keeps it");
    drop((rope, snapshot.getvalue().unwrap()));
    assert!(!whole.is_unique());
    drop(snapshot);
    assert!(whole.is_unique());
}
