//! W1, W2, W3, W4, W5.

use std::io::{IoSlice, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};
use anystream_workload::Op;

use crate::Bench;
use crate::pair::{assert_contents, assert_same};
use crate::sample::{self, FEW_SIZES, SIZES};

fn at(position: u64) -> Op {
    Op::Seek(SeekFrom::Start(position))
}

fn write(len: usize) -> Op {
    Op::Write(sample::other_bytes(len).into())
}

pub(crate) fn w1_overwrites_then_extends(bench: &Bench<'_>) {
    for &size in SIZES {
        for length in [1, 64, 65, size / 2, size, size + 1, 4096] {
            let contents = sample::bytes(size);
            for position in [0, size as u64 / 2, size as u64] {
                bench.compare(
                    &contents,
                    [at(position), write(length), Op::Read(8), write(1), at(0), Op::ReadToEnd],
                );
            }
        }
        let text = "déjà vu ".repeat(size / 8);
        bench.compare(&sample::bytes(size), [at(size as u64 / 3), Op::WriteFmt(text)]);
    }
}

pub(crate) fn w1_many_appends(bench: &Bench<'_>) {
    let mut s = bench.stream(b"");
    let mut expected = Vec::new();
    for i in 0..3000_usize {
        let piece = &i.to_le_bytes()[..i % 8];
        s.write_all(piece).expect("a small write");
        expected.extend_from_slice(piece);
    }
    assert_contents(&*s, &expected, "after many appends");
    assert_eq!(s.tell(), expected.len() as u64);
}

pub(crate) fn w2_gap_becomes_zeros(bench: &Bench<'_>) {
    for &size in SIZES {
        for gap in [1, 63, 64, 1024, 4097, 3 * 4096 + 1] {
            let behind = (size + gap) as u64;
            bench.compare(
                &sample::bytes(size),
                [at(behind), write(1), at(size as u64), Op::ReadToEnd, Op::GetValue],
            );
        }
        let behind = (size + 70) as u64;
        bench.compare(&sample::bytes(size), [at(behind), Op::WriteBytes("shared".into())]);
        bench.compare(
            &sample::bytes(size),
            [at(behind), Op::WriteVectored(vec!["two".into(), "pieces".into()])],
        );
        bench.compare(&sample::bytes(size), [at(behind), Op::WriteFmt("text".into())]);
    }
}

/// What a buffer held before the contents were cut never comes back.
pub(crate) fn w2_no_stale_bytes(bench: &Bench<'_>) {
    for &size in SIZES {
        let size64 = size as u64;
        for cut in [0, size64 / 2, size64.saturating_sub(1)] {
            let contents = sample::other_bytes(size);
            bench.compare(&contents, [Op::Truncate(cut), at(size64), write(1)]);
            bench.compare(&contents, [Op::Truncate(cut), Op::SetLen(size64 + 3), at(cut), Op::ReadToEnd]);
            bench.compare(&contents, [Op::SetLen(cut), Op::SetLen(size64), Op::GetValue]);
            let remove = Op::Splice { range: cut..size64, with: Bytes::new() };
            bench.compare(&contents, [remove, Op::SetLen(size64), Op::GetValue]);
        }
    }
}

pub(crate) fn w3_empty_writes_change_nothing(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let contents = sample::bytes(size);
        let mut pair = bench.pair(&contents);
        for position in [0, size as u64 / 2, size as u64, size as u64 + 1, size as u64 + 4096, u64::MAX] {
            pair.perform_all([
                at(position),
                Op::Write(Bytes::new()),
                Op::WriteFmt(String::new()),
                Op::WriteBytes(Bytes::new()),
                Op::WriteVectored(vec![]),
                Op::WriteVectored(vec![Bytes::new(), Bytes::new()]),
            ]);
            let s = pair.stream();
            s.write_all(b"").expect("nothing to write");
            s.write_fmt(format_args!("")).expect("nothing to write");
            s.flush().expect("nothing to flush");
            assert_eq!((s.tell(), s.len()), (position, size as u64));
        }
    }
}

pub(crate) fn w4_write_vectored(bench: &Bench<'_>) {
    let piece = |len: usize| Bytes::from(sample::other_bytes(len));
    for &size in SIZES {
        for position in [0, size as u64 / 2, size as u64, size as u64 + 65] {
            for pieces in [
                vec![piece(5)],
                vec![piece(0), piece(3), piece(0), piece(4)],
                vec![piece(63), piece(2)],
                vec![piece(size / 2), piece(size / 2 + 2)],
                vec![piece(4096), piece(1), piece(4096)],
            ] {
                bench.compare(&sample::bytes(size), [at(position), Op::WriteVectored(pieces), Op::Read(4)]);
            }
        }
    }
    let mut s = bench.stream(b"");
    let same = sample::bytes(100);
    let n = s.write_vectored(&vec![IoSlice::new(&same); 50]).expect("one piece, named often");
    assert_eq!(n, 5000);
    assert_contents(&*s, &same.repeat(50), "after one piece named often");
}

pub(crate) fn w5_write_bytes(bench: &Bench<'_>) {
    for &size in SIZES {
        for length in [1, 65, 4097, 70_000] {
            let held = Bytes::from(sample::other_bytes(length));
            for position in [0, size as u64 / 2, size as u64] {
                let mut pair = bench.pair(&sample::bytes(size));
                pair.perform_all([
                    at(position),
                    Op::WriteBytes(held.clone()),
                    write(3),
                    at(position),
                    write(2),
                ]);
            }
            assert_same(&held, &sample::other_bytes(length), "bytes that were given and then overwritten");
        }
    }
}

/// A stream that is given what it lent out.
pub(crate) fn w5_own_value(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let contents = sample::bytes(size);
        let mut pair = bench.pair(&contents);
        for _ in 0..3 {
            let value = pair.stream().getvalue().expect("the contents");
            pair.perform_all([Op::Seek(SeekFrom::End(0)), Op::WriteBytes(value.clone())]);
            pair.perform_all([at(1), Op::WriteBytes(value.clone())]);
            let half = value.slice(..value.len() / 2);
            pair.perform_all([Op::Splice { range: 0..0, with: half.clone() }, at(0), Op::WriteBytes(half)]);
        }
    }
}
