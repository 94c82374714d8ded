//! S1, S2.

use std::io::{Seek, SeekFrom};

use anystream_core::ByteStream;
use anystream_workload::Op;

use crate::Bench;
use crate::sample::{self, FEW_SIZES};

const EXTREMES: &[i64] = &[i64::MIN, i64::MIN + 1, -70_001, -1, 0, 1, 70_001, i64::MAX - 1, i64::MAX];

pub(crate) fn s1_every_position(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for position in sample::positions(size).into_iter().chain([
            u64::from(u32::MAX),
            i64::MAX as u64,
            1 << 63,
            u64::MAX - 1,
            u64::MAX,
        ]) {
            pair.perform_all([Op::Seek(SeekFrom::Start(position)), Op::FillBuf, Op::Read(3)]);
            pair.stream().rewind().expect("it cannot fail");
            assert_eq!(pair.stream().tell(), 0);
            pair.perform(&Op::Seek(SeekFrom::Start(0)));
        }
    }
}

pub(crate) fn s2_relative_seeks_are_checked(bench: &Bench<'_>) {
    for &size in FEW_SIZES {
        let mut pair = bench.pair(&sample::bytes(size));
        for from in [0, size as u64, size as u64 + 1, i64::MAX as u64, 1 << 63, u64::MAX] {
            for &by in EXTREMES {
                pair.perform(&Op::Seek(SeekFrom::Start(from)));
                pair.perform(&Op::Seek(SeekFrom::Current(by)));
                pair.perform(&Op::Seek(SeekFrom::End(by)));

                pair.perform(&Op::Seek(SeekFrom::Start(from)));
                let moved = pair.stream().seek_relative(by);
                match from.checked_add_signed(by) {
                    Some(to) => {
                        moved.expect("it ends within a u64");
                        assert_eq!(pair.stream().tell(), to);
                    }
                    None => {
                        assert_eq!(
                            moved.expect_err("it ends nowhere").kind(),
                            std::io::ErrorKind::InvalidInput
                        );
                        assert_eq!(pair.stream().tell(), from);
                    }
                }
                pair.perform(&Op::Seek(SeekFrom::Start(from)));
            }
        }
    }
}
