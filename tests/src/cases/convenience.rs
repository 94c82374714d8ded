//! What `ByteStreamExt` makes of the laws.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use anystream_core::{ByteStream, ByteStreamExt};

use crate::Bench;
use crate::pair::{assert_contents, assert_same};
use crate::sample::{self, FEW_SIZES, SIZES, behind};

pub(crate) fn r5_peek(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            s.seek(SeekFrom::Start(position)).expect("any position is one");
            for length in [0, 1, 1025, size + 1] {
                let mut buf = vec![0; length];
                let n = s.peek(&mut buf).expect("there is nothing to fail");
                let expected = behind(&contents, position);
                assert_same(&buf[..n], &expected[..length.min(expected.len())], "what is ahead");
                assert_eq!(s.tell(), position);
            }
        }
    }
}

pub(crate) fn r1_copy_to_takes_the_rest(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            s.seek(SeekFrom::Start(position)).expect("any position is one");
            let expected = behind(&contents, position);
            let mut copied = Vec::new();
            let n = s.copy_to(&mut copied).expect("a vector takes all");
            assert_eq!((n, s.tell()), (expected.len() as u64, position + expected.len() as u64));
            assert_same(&copied, expected, "what was copied");
        }
    }
}

/// Takes so many bytes and no more, as a disk that is full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let taken = self.0.min(data.len());
        self.0 -= taken;
        if taken == 0 && !data.is_empty() { Err(ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn f1_copy_to_stays_if_the_writer_fails(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        for position in [0, size / 2] {
            for room in [0, 1, size / 3, size.saturating_sub(1)] {
                s.seek(SeekFrom::Start(position as u64)).expect("any position is one");
                let copied = s.copy_to(&mut Full(room));
                if room < size - position {
                    assert_eq!(copied.expect_err("it does not fit").kind(), ErrorKind::StorageFull);
                    assert_eq!(s.tell(), position as u64, "the position after an error (law F1)");
                } else {
                    assert_eq!(copied.expect("it fits"), (size - position) as u64);
                }
                assert_contents(&*s, &contents, "after copy_to");
            }
        }
    }
}

pub(crate) fn r4_readline_is_as_long_as_its_limit(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut contents = sample::other_bytes(size);
        for at in [0, 5, 6, 64, 1023, 4096, 10_000].into_iter().filter(|&at| at < size) {
            contents[at] = b'\n';
        }
        let mut s = bench.stream(&contents);
        for limit in [1, 5, 64, 4096, usize::MAX] {
            s.rewind().expect("it cannot fail");
            assert_eq!(s.readline(0).expect("nothing").len(), 0);
            let mut rest = &contents[..];
            while !rest.is_empty() {
                let line = rest.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
                let expected;
                (expected, rest) = rest.split_at(line.len().min(limit));
                assert_same(&s.readline(limit).expect("a line"), expected, "a line");
                assert_eq!(s.tell(), (size - rest.len()) as u64);
            }
            assert_eq!(s.readline(limit).expect("the end").len(), 0);
            s.rewind().expect("it cannot fail");
            let lines = s.readlines(limit).collect::<io::Result<Vec<_>>>().expect("lines");
            assert_same(&lines.concat(), &contents, "the lines in turn");
        }
        s.seek(SeekFrom::Start(u64::MAX)).expect("any position is one");
        assert_eq!(s.readline(9).expect("past the end").len(), 0);
        assert_eq!(s.tell(), u64::MAX);
    }
}

pub(crate) fn i1_readers_are_independent(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        s.seek(SeekFrom::Start(3)).expect("any position is one");
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            let expected = behind(&contents, position);
            let (mut one, mut other) = (s.reader_at(position), s.reader_at(0));
            let (mut all, mut rest) = (Vec::new(), Vec::new());
            other.read_to_end(&mut all).expect("all of it");
            let shown = one.fill_buf().expect("there is nothing to fail").len();
            assert_eq!(shown == 0, expected.is_empty(), "a run is empty at the end alone (law R3)");
            let mut next = one.clone();
            one.read_to_end(&mut rest).expect("the rest");
            assert_same(&all, &contents, "read from 0");
            assert_same(&rest, expected, "read from the position");
            assert_eq!(one.stream_position().expect("it has one"), position + expected.len() as u64);
            assert_eq!(next.seek(SeekFrom::End(0)).expect("any position is one"), size as u64);
        }
        assert_eq!(s.tell(), 3);
    }
}

pub(crate) fn c1_clear_leaves_nothing_and_goes_to_the_start(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut s = bench.stream(&sample::bytes(size));
        for position in [0, 5, u64::MAX] {
            s.seek(SeekFrom::Start(position)).expect("any position is one");
            s.clear().expect("nothing needs memory");
            assert_eq!((s.tell(), s.len()), (0, 0));
            s.write_all(b"the next").expect("a small write");
            assert_contents(&*s, b"the next", "after clear");
        }
    }
}
