//! F1, W6: what fails, fails whole, and says why.

use std::fmt;
use std::io::{BufRead, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};

use anystream_core::{ByteStream, Bytes};
use anystream_workload::Op;

use crate::Bench;
use crate::pair::{assert_contents, is_too_much};
use crate::sample::{self, FEW_SIZES};

const TIB: u64 = 1 << 40;

fn at(position: u64) -> Op {
    Op::Seek(SeekFrom::Start(position))
}

pub(crate) fn f1_failing_calls_change_nothing(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let len = size as u64;
        let mut pair = bench.pair(&sample::other_bytes(size)); // not UTF-8
        for position in [0, len / 2, len, len + 5] {
            pair.perform_all([
                at(position),
                Op::Seek(SeekFrom::Current(i64::MIN)),
                Op::Seek(SeekFrom::End(i64::MIN)),
                Op::ReadExact(size + 1),
                Op::ReadToString,
                at(position),
                Op::ReadLine,
                at(position),
                Op::Splice { range: 0..len + 1, with: "x".into() },
                Op::Splice { range: u64::MAX..u64::MAX, with: "x".into() },
                Op::SetLen(u64::MAX),
                Op::SetLen(TIB),
            ]);
            pair.perform_all([at(u64::MAX), Op::Write("x".into()), at(TIB), Op::Write("x".into())]);
        }
    }
}

/// Whatever a `Display` wrote before it failed, none of it is written.
pub(crate) fn f1_failing_display(bench: &Bench<'_>) {
    struct Failing(usize);
    impl fmt::Display for Failing {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for _ in 0..self.0 {
                f.write_str("written and then regretted ")?;
            }
            Err(fmt::Error)
        }
    }
    for &size in FEW_SIZES {
        let contents = sample::bytes(size);
        let mut s = bench.stream(&contents);
        for position in [0, size as u64 / 2, size as u64, size as u64 + 9] {
            for pieces in [0, 1, 1000] {
                s.seek(SeekFrom::Start(position)).expect("any position is one");
                s.write_fmt(format_args!("{}", Failing(pieces))).expect_err("its Display fails");
                assert_eq!((s.tell(), s.len()), (position, size as u64));
                assert_contents(&*s, &contents, "after a Display that failed");
            }
        }
    }
}

/// What the caller had in a buffer stays there when nothing is read into it.
pub(crate) fn f1_callers_text_stays(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let contents = [&[b'a'; 10][..], &sample::other_bytes(size + 1)].concat();
        let mut s = bench.stream(&contents);
        for before in ["", "what the caller had"] {
            let mut text = String::from(before);
            assert_eq!(s.read_to_string(&mut text).expect_err("not UTF-8").kind(), ErrorKind::InvalidData);
            assert_eq!(s.read_line(&mut text).expect_err("not UTF-8").kind(), ErrorKind::InvalidData);
            assert_eq!((text.as_str(), s.tell()), (before, 0));
        }
    }
}

pub(crate) fn w6_past_the_last_offset(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in [u64::MAX, u64::MAX - 1] {
            pair.perform_all([
                at(position),
                Op::Write("two".into()),
                Op::WriteFmt("two".into()),
                Op::WriteBytes("two".into()),
                Op::WriteVectored(vec!["t".into(), "wo".into()]),
            ]);
            let error = pair.stream().write_all(b"two").expect_err("its end lies past u64::MAX");
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        }
        pair.perform_all([at(size as u64), Op::Write("and it still writes".into())]);
    }
}

/// A stream that can be that long at all fills up to the last offset, and refuses what goes past it
/// even where memory is at hand.
pub(crate) fn w6_append_up_to_the_last_offset(bench: &Bench<'_>) {
    for left in [2_usize, 11, 5000] {
        let mut s = bench.stream(b"start");
        if let Err(error) = s.set_len(u64::MAX - left as u64) {
            assert!(is_too_much(error.kind()), "{error:?}");
            continue;
        }
        s.seek(SeekFrom::End(0)).expect("the end is a position");
        s.write_all(b"a").expect("there is room for it");
        for mut s in [s.clone_boxed(), s] {
            let (position, len) = (s.tell(), s.len());
            for extra in [left, left + 1, 2 * left] {
                let error = s.write_all(&vec![7; extra]).expect_err("its end lies past u64::MAX");
                assert_eq!(error.kind(), ErrorKind::FileTooLarge);
                assert_eq!((s.tell(), s.len()), (position, len));
            }
            s.write_all(&vec![7; left - 1]).expect("it ends at the last offset");
            assert_eq!((s.tell(), s.len()), (u64::MAX, u64::MAX));
            assert_eq!(s.read(&mut [0; 4]).expect("the end"), 0);
            assert_eq!(s.skip_until(7).expect("the end"), 0);
            s.seek(SeekFrom::Start(3)).expect("any position is one");
            assert_eq!(s.skip_until(b'a').expect("behind the hole"), usize::MAX - 3 - (left - 1));
        }
    }
}

/// A gap is filled before the data is written. If then there is no memory for the data, the gap goes again.
pub(crate) fn f1_gap_is_taken_back(bench: &Bench<'_>) {
    // More bytes than an address space has, without holding them: the same ones, again and again.
    let zeros = vec![0; 1 << 30];
    let pieces = vec![IoSlice::new(&zeros); 1 << 18];
    let contents = sample::bytes(65);
    let mut s = bench.stream(&contents);
    for position in [0, 65, 66, 5000] {
        s.seek(SeekFrom::Start(position)).expect("any position is one");
        let error = s.write_vectored(&pieces).expect_err("no memory holds so much");
        assert!(is_too_much(error.kind()), "{error:?}");
        assert_eq!((s.tell(), s.len()), (position, 65));
        assert_contents(&*s, &contents, "after a write that no memory holds");
    }
}

/// Lengths that no machine has memory for: a stream has no need of it (a hole), or refuses.
pub(crate) fn w6_more_than_memory(bench: &Bench<'_>) {
    let too_much =
        [u64::MAX, u64::MAX - 1, 1 << 63, isize::MAX as u64, isize::MAX as u64 / 2, 1 << 62, 1 << 50, TIB];
    for &size in FEW_SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for length in too_much {
            pair.perform_all([
                Op::SetLen(length),
                at(length),
                Op::Write("x".into()),
                Op::WriteFmt("x".into()),
                Op::WriteBytes("x".into()),
                Op::WriteVectored(vec!["x".into(), "y".into()]),
                at(0),
            ]);
            // What did succeed is as the laws say: zeros up to there.
            let mut clone = pair.stream().clone_boxed();
            clone.seek(SeekFrom::Start(length)).expect("any position is one");
            match clone.write_all(b"x") {
                Err(error) => assert!(is_too_much(error.kind()), "{error:?}"),
                Ok(()) => {
                    assert_eq!((clone.tell(), clone.len()), (length + 1, length + 1));
                    clone.seek(SeekFrom::Start(length - 5)).expect("any position is one");
                    let mut end = [1; 8];
                    assert_eq!(clone.read(&mut end).expect("the end"), 6);
                    assert_eq!(&end[..6], b"\0\0\0\0\0x");
                    assert_eq!(clone.read_at(size as u64, &mut end).expect("the hole"), 8);
                    assert_eq!(end, [0; 8]);
                }
            }
        }
        pair.perform_all([at(size as u64), Op::WriteBytes(Bytes::from_static(b"and it still writes"))]);
    }
}
