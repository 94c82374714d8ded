//! R1, R2, R3, R4, R5.

use std::io::{BufRead, IoSliceMut, Read, Seek, SeekFrom, Write};

use anystream_core::ByteStream;
use anystream_workload::Op;

use crate::Bench;
use crate::pair::assert_same;
use crate::sample::{self, FEW_SIZES, SIZES};

fn at(position: u64) -> Op {
    Op::Seek(SeekFrom::Start(position))
}

/// The lengths worth reading from contents of `size` bytes.
fn lengths(size: usize) -> [usize; 6] {
    [0, 1, 1025, size / 2, size, size + 1]
}

pub(crate) fn r1_short_only_at_the_end(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size) {
            for length in lengths(size) {
                pair.perform_all([at(position), Op::Read(length)]);
            }
            pair.perform_all([at(position), Op::ReadVectored(vec![])]);
            pair.perform_all([at(position), Op::ReadVectored(vec![1, 0, size / 2, 4096])]);
            pair.perform_all([at(position), Op::ReadVectored(vec![0, size, 7])]);
        }
    }
}

pub(crate) fn r1_to_the_end(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            pair.perform_all([at(position), Op::ReadToEnd, Op::ReadToEnd, Op::Read(1)]);
        }
    }
}

pub(crate) fn r1_appends_to_the_buffer(bench: &Bench<'_>) {
    let mut s = bench.stream(b"one\ntwo\nthree");
    let (mut bytes, mut text) = (b"before ".to_vec(), String::from("before "));
    assert_eq!(s.read_until(b'\n', &mut bytes).expect("a line"), 4);
    assert_eq!(s.read_line(&mut text).expect("a line"), 4);
    assert_eq!((&bytes[..], text.as_str()), (&b"before one\n"[..], "before two\n"));
    assert_eq!(s.read_to_string(&mut text).expect("the rest"), 5);
    s.rewind().expect("it cannot fail");
    assert_eq!(s.read_to_end(&mut bytes).expect("all of it"), 13);
    assert_eq!((&bytes[..], text.as_str()), (&b"before one\none\ntwo\nthree"[..], "before two\nthree"));
}

pub(crate) fn r2_read_exact(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            for length in lengths(size) {
                pair.perform_all([at(position), Op::ReadExact(length)]);
            }
        }
    }
}

pub(crate) fn r3_runs_make_up_the_contents(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        for step in [usize::MAX, 1000, 1] {
            let mut s = bench.stream(&contents);
            let mut found = Vec::new();
            loop {
                let run = s.fill_buf().expect("a run");
                let taken = run.len().min(step);
                found.extend_from_slice(&run[..taken]);
                if taken == 0 {
                    break;
                }
                s.consume(taken);
                assert_eq!(s.tell(), found.len() as u64);
            }
            assert_same(&found, &contents, "the runs in turn");
        }
    }
}

pub(crate) fn r3_consume_stops_at_the_end(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            for n in [0, 1, size, usize::MAX] {
                // A stream must not rely on `fill_buf` having been called, nor on its length.
                pair.perform_all([at(position), Op::Consume(n), Op::FillBuf, Op::Consume(n)]);
            }
        }
    }
}

pub(crate) fn r3_read_until_across_chunks(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut contents = sample::other_bytes(size);
        let delimiters = [0, 63, 64, 1023, 1024, 4095, 4096, 10_000, 65_536];
        for at in delimiters.into_iter().filter(|&at| at < size) {
            contents[at] = b'\n';
        }
        let mut pair = bench.pair(&contents);
        for _ in 0..=delimiters.len() {
            pair.perform(&Op::ReadUntil(b'\n'));
        }
        pair.perform(&at(0));
        for _ in 0..=delimiters.len() {
            pair.perform(&Op::SkipUntil(b'\n'));
        }
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            pair.perform_all([at(position), Op::ReadUntil(b'\n'), at(position), Op::SkipUntil(0xF3)]);
        }
    }
}

pub(crate) fn r4_read_bytes(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            for length in lengths(size).into_iter().chain([usize::MAX]) {
                pair.perform_all([at(position), Op::ReadBytes(length)]);
            }
        }
    }
}

pub(crate) fn r4_later_writes_do_not_show(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        let (first, second) = contents.split_at(size / 2);
        let held = (
            s.read_bytes(size / 2).expect("the first half"),
            s.read_bytes(usize::MAX).expect("the second half"),
        );
        s.rewind().expect("it cannot fail");
        s.write_all(&sample::other_bytes(size + 10)).expect("overwriting all of it");
        s.truncate(1).expect("cutting it off");
        s.insert(0, b"in front").expect("inserting");
        assert_same(&held.0, first, "the first half, held (law R4)");
        assert_same(&held.1, second, "the second half, held (law R4)");
    }
}

pub(crate) fn r5_read_at(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        pair.perform(&at(3));
        for offset in sample::positions(size).into_iter().chain([1 << 63, u64::MAX]) {
            for length in lengths(size) {
                pair.perform(&Op::ReadAt { offset, len: length });
            }
        }
        // Into several buffers, by way of std.
        let (mut left, mut right) = ([0; 2], [0; 2]);
        let n = pair.stream().read_vectored(&mut [IoSliceMut::new(&mut left), IoSliceMut::new(&mut right)]);
        assert_eq!(n.expect("a short read"), size.saturating_sub(3).min(4));
    }
}
