//! N1, N2, T1.

use std::io::{Seek, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};
use anystream_workload::Op;

use crate::pair::assert_contents;
use crate::sample::{self, SIZES};
use crate::{Bench, Pair};

pub(crate) fn n1_new_is_empty(bench: &Bench<'_>) {
    let mut s = bench.candidate().empty();
    assert_eq!((s.tell(), s.len(), s.is_empty()), (0, 0, true));
    assert_eq!(&s.getvalue().expect("nothing to copy")[..], b"");
    assert_eq!(s.read(&mut [0; 8]).expect("nothing to read"), 0);
}

/// Whatever kind of bytes they are given as.
pub(crate) fn n2_from_bytes_begins_at_0(bench: &Bench<'_>) {
    let candidate = bench.candidate();
    for &size in SIZES {
        let contents = sample::bytes(size);
        for s in [
            candidate.with_vec(contents.clone()),
            candidate.with_vec(with_spare_capacity(&contents)),
            candidate.with_slice(&contents),
            candidate.with_bytes(contents.clone().into()),
        ] {
            let mut pair = Pair::new(s, &contents);
            pair.perform_all([Op::Write("overwritten".into()), Op::ReadToEnd, Op::GetValue]);
        }
    }
}

fn with_spare_capacity(contents: &[u8]) -> Vec<u8> {
    let mut roomy = Vec::with_capacity(contents.len() + 500);
    roomy.extend_from_slice(contents);
    roomy
}

pub(crate) fn n2_bytes_taken_over_are_not_written(bench: &Bench<'_>) {
    for &size in SIZES {
        let contents = sample::bytes(size);
        let held = Bytes::from(contents.clone());
        let mut s = bench.candidate().with_bytes(held.clone());
        s.write_all(b"overwritten").expect("a small write");
        s.seek(SeekFrom::End(0)).expect("seeking to the end");
        s.write_all(b"appended").expect("a small write");
        assert_eq!(held, contents);
    }
}

pub(crate) fn t1_tell_and_len(bench: &Bench<'_>) {
    for &size in SIZES {
        let mut s = bench.stream(&sample::bytes(size));
        for position in [0, 1, size as u64, size as u64 + 1, 1 << 63, u64::MAX] {
            s.seek(SeekFrom::Start(position)).expect("any position is one");
            assert_eq!((s.tell(), s.len(), s.is_empty()), (position, size as u64, size == 0));
            assert_eq!(s.stream_position().expect("it cannot fail"), position);
        }
        assert_contents(&*s, &sample::bytes(size), "after seeks");
    }
}
