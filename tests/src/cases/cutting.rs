//! C1, C2, E1.

use std::io::{ErrorKind, SeekFrom};

use anystream_core::{ByteStream, Bytes};
use anystream_workload::{Expected, Op};

use crate::Bench;
use crate::sample::{self, FEW_SIZES, SIZES};

fn at(position: u64) -> Op {
    Op::Seek(SeekFrom::Start(position))
}

fn lengths(size: usize) -> [u64; 7] {
    let len = size as u64;
    [0, 1, len / 2, len.saturating_sub(1), len, len + 1, len + 5000]
}

pub(crate) fn c1_truncate(bench: &Bench<'_>) {
    for &size in SIZES {
        for length in lengths(size).into_iter().chain([u64::MAX]) {
            let position = size as u64 / 2;
            bench.compare(
                &sample::bytes(size),
                [
                    at(position),
                    Op::Truncate(length),
                    Op::Read(2),
                    Op::Truncate(length),
                    Op::Write("x".into()),
                ],
            );
        }
    }
}

pub(crate) fn c2_set_len(bench: &Bench<'_>) {
    for &size in SIZES {
        for length in lengths(size) {
            let position = size as u64 / 2;
            bench.compare(
                &sample::bytes(size),
                [
                    at(position),
                    Op::SetLen(length),
                    Op::Read(2),
                    Op::SetLen(length),
                    Op::Write("x".into()),
                    Op::GetValue,
                ],
            );
        }
    }
}

pub(crate) fn e1_splice(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let len = size as u64;
        for range in [0..0, 0..len, len..len, len / 3..len / 2, len / 2..len, 0..len.min(1), len / 2..len / 2]
        {
            for with in [0, 1, size / 6, 64, 4097] {
                let with = Bytes::from(sample::other_bytes(with));
                bench.compare(
                    &sample::bytes(size),
                    [
                        at(len / 2),
                        Op::Splice { range: range.clone(), with: with.clone() },
                        Op::Read(3),
                        Op::GetValue,
                    ],
                );
            }
        }
    }
    // Many small edits in one place and its neighbourhood, as an editor makes them.
    let mut pair = bench.pair(&sample::bytes(9000));
    for i in 0..200 {
        let start = 4000 + i * 7 % 300;
        pair.perform(&Op::Splice { range: start..start, with: "typed".into() });
        pair.perform(&Op::Splice { range: start + 1..start + 4, with: Bytes::new() });
        pair.perform(&Op::Splice { range: start..start + 2, with: "!?".into() });
    }
}

pub(crate) fn e1_insert_and_remove(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut s = bench.stream(&sample::bytes(size));
        let mut expected = sample::bytes(size);
        for at in [0, size / 2, size] {
            s.insert(at as u64, b"inserted").expect("within the contents");
            expected.splice(at..at, *b"inserted");
            s.insert(at as u64, b"").expect("within the contents");
        }
        crate::pair::assert_contents(&*s, &expected, "after inserts");
        let middle = size / 4..size / 4 + 9;
        s.remove(middle.start as u64..middle.end as u64).expect("within the contents");
        expected.drain(middle);
        s.remove(3..3).expect("within the contents");
        crate::pair::assert_contents(&*s, &expected, "after a remove");
        s.remove(0..expected.len() as u64).expect("all of it");
        assert_eq!((s.len(), s.tell()), (0, 0));
    }
}

#[allow(clippy::reversed_empty_ranges)] // the point of it
pub(crate) fn e1_ranges_are_checked(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let len = size as u64;
        let mut pair = bench.pair(&sample::bytes(size));
        for range in
            [1..0, len..len + 1, len + 1..len + 1, 0..u64::MAX, u64::MAX..u64::MAX, u64::MAX..0, 0..1 << 63]
        {
            for with in [Bytes::new(), "x".into()] {
                let splice = Op::Splice { range: range.clone(), with };
                pair.perform_expecting(&splice, &Expected::Error(ErrorKind::InvalidInput), "law E1");
            }
            let wrong = [pair.stream().remove(1..0), pair.stream().insert(len + 1, b"x")];
            for error in wrong {
                let error = error.expect_err("not within the contents");
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
            }
        }
    }
}
