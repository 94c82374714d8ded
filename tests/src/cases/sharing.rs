//! V1, I1: what is held elsewhere never changes.

use std::io::{Seek, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};
use anystream_workload::Op;

use crate::Bench;
use crate::pair::assert_same;
use crate::sample::{self, FEW_SIZES, SIZES};

fn at(position: u64) -> Op {
    Op::Seek(SeekFrom::Start(position))
}

/// Each kind of change, one at a time.
fn changes(size: usize) -> Vec<Vec<Op>> {
    let len = size as u64;
    vec![
        vec![at(0), Op::Write("o".into())],
        vec![at(len), Op::Write("appended".into())],
        vec![at(len / 2), Op::Write(sample::other_bytes(5000).into())],
        vec![at(len + 70), Op::Write("behind a gap".into())],
        vec![at(len / 2), Op::WriteBytes(sample::other_bytes(4097).into())],
        vec![at(0), Op::WriteVectored(vec!["two".into(), "pieces".into()])],
        vec![at(len), Op::WriteFmt("text".into())],
        vec![Op::Truncate(len / 2), at(len / 2), Op::Write("over the rest".into())],
        vec![Op::Truncate(0), at(0), Op::Write("anew".into())],
        vec![Op::SetLen(len + 4097)],
        vec![Op::SetLen(len / 2), Op::SetLen(len)],
        vec![Op::Splice { range: 0..0, with: "inserted".into() }],
        vec![Op::Splice { range: len / 3..len / 2, with: "instead".into() }],
        vec![Op::Splice { range: 0..len / 2, with: Bytes::new() }],
    ]
}

pub(crate) fn v1_getvalue(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([u64::MAX]) {
            pair.perform_all([at(position), Op::GetValue, Op::GetValue]);
        }
        pair.perform_all([at(size as u64), Op::Write("more".into()), Op::GetValue]);
    }
}

pub(crate) fn v1_later_writes_do_not_show(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let contents = sample::bytes(size);
        for change in changes(size) {
            let mut pair = bench.pair(&contents);
            let first = pair.stream().getvalue().expect("the contents");
            pair.perform_all(change.clone());
            let changed = pair.contents().to_vec();
            let second = pair.stream().getvalue().expect("the contents");
            pair.perform_all([at(0), Op::Write("again".into()), Op::Truncate(3), Op::SetLen(90)]);
            assert_same(&first, &contents, "a value held through changes (law V1)");
            assert_same(&second, &changed, "a second value held through changes (law V1)");
            drop(pair);
            assert_same(&first, &contents, "a value that outlives its stream (law V1)");
        }
    }
}

pub(crate) fn i1_clones_are_independent(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        for change in changes(size) {
            let mut original = bench.pair(&sample::bytes(size));
            original.perform_all([at(size as u64 / 2), Op::Read(1)]);
            let mut clone = original.fork();
            // A clone of the clone, to be left alone: it is compared once more at the end.
            let mut bystander = clone.fork();
            clone.perform_all(change.clone());
            original.perform_all([Op::Read(1), Op::ReadAt { offset: 0, len: size }]);
            original.perform_all(change.into_iter().rev());
            clone.perform_all([Op::Read(1), Op::GetValue]);
            bystander.perform_all([Op::Read(1), Op::GetValue]);
            drop(original);
            clone.perform_all([at(1), Op::Write("the last one left".into()), Op::GetValue]);
        }
    }
    let mut s = bench.stream(b"hello");
    let mut clone = s.clone_boxed();
    s.seek(SeekFrom::Start(5)).expect("any position is one");
    clone.write_all(b"j").expect("a small write");
    assert_eq!((s.tell(), clone.tell()), (5, 1));
}
