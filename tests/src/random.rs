//! Scripts of random calls with extreme arguments, the same for the same seed on every machine.

use std::io::SeekFrom;

use anystream_core::Bytes;
use anystream_workload::{Model, Op, Script};
use fastrand::Rng;

use crate::sample;

/// How many calls a [`script`] makes.
pub const CALLS: usize = 2500;

/// A script of random calls on a stream with sample contents.
///
/// ```
/// use anystream_tests::random;
/// assert_eq!(random::script(7), random::script(7));
/// assert_eq!(random::script(7).ops.len(), random::CALLS);
/// ```
#[must_use]
pub fn script(seed: u64) -> Script {
    let contents = sample::bytes(5000);
    let mut script = Script::new(format!("random calls, seed {seed}"), contents.clone());
    // The model goes along, so that the arguments lie where the contents are.
    let (mut model, mut random) = (Model::new(&contents), Random::new(seed));
    for _ in 0..CALLS {
        let op = random.op(model.contents().len());
        model.apply(&op);
        script.ops.push(op);
    }
    script
}

/// A source of random calls.
///
/// ```
/// use anystream_tests::random::Random;
/// assert_eq!(Random::new(7).op(100), Random::new(7).op(100));
/// ```
#[derive(Debug, Clone)]
pub struct Random {
    rng: Rng,
}

impl Random {
    /// Contents stay about below this length, in bytes: what grows beyond is cut.
    pub const LENGTH: usize = 20_000;

    /// The same calls for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Random { rng: Rng::with_seed(seed) }
    }

    /// The next call, for a stream of `len` bytes.
    pub fn op(&mut self, len: usize) -> Op {
        if len > Self::LENGTH {
            return Op::Truncate(self.rng.u64(0..Self::LENGTH as u64));
        }
        match self.rng.u8(0..24) {
            0..=3 => Op::Seek(self.seek(len)),
            4 => Op::Read(self.length()),
            5 => Op::ReadVectored((0..self.rng.usize(0..5)).map(|_| self.length()).collect()),
            6 => Op::ReadExact(self.length()),
            7 => self.rarely(Op::ReadToEnd, Op::ReadToString),
            8 => Op::ReadUntil(self.rng.u8(..)),
            9 => Op::SkipUntil(self.rng.u8(..)),
            10 => Op::ReadLine,
            11 => Op::FillBuf,
            12 => Op::Consume(self.unbounded_length()),
            13 => Op::ReadBytes(self.unbounded_length()),
            14 => Op::ReadAt { offset: self.offset(len), len: self.length() },
            15 | 16 => Op::Write(self.data()),
            17 => Op::WriteVectored((0..self.rng.usize(0..5)).map(|_| self.data()).collect()),
            18 => Op::WriteFmt("añy ".repeat(self.rng.usize(0..80))),
            19 => Op::WriteBytes(self.data()),
            20 => Op::Truncate(self.offset(len)),
            21 => Op::SetLen(self.offset(len)),
            22 => Op::Splice { range: self.offset(len)..self.offset(len), with: self.data() },
            _ => {
                // A range that lies within the contents, which two random offsets seldom make.
                let start = self.rng.usize(0..=len);
                let end = self.rng.usize(start..=len.min(start + 2000));
                let splice = Op::Splice { range: start as u64..end as u64, with: self.data() };
                self.rarely(Op::GetValue, splice)
            }
        }
    }

    fn rarely(&mut self, rare: Op, common: Op) -> Op {
        if self.rng.u8(0..4) == 0 { rare } else { common }
    }

    fn seek(&mut self, len: usize) -> SeekFrom {
        let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX];
        let by = match self.rng.u8(0..8) {
            0 => extremes[self.rng.usize(0..extremes.len())],
            _ => self.rng.i64(-(len as i64) - 2..=len as i64 / 2 + 2),
        };
        match self.rng.u8(0..4) {
            0 => SeekFrom::Current(by),
            1 => SeekFrom::End(by),
            _ => SeekFrom::Start(self.offset(len)),
        }
    }

    /// Within the contents mostly, at an edge or a little behind it often, anywhere seldom.
    fn offset(&mut self, len: usize) -> u64 {
        let len = len as u64;
        match self.rng.u8(0..32) {
            0 => u64::MAX - self.rng.u64(0..3),
            1 => (1 << self.rng.u32(40..64)) - self.rng.u64(0..2),
            2..=4 => len + self.rng.u64(0..3000),
            5..=7 => len,
            8 | 9 => 0,
            _ => self.rng.u64(0..=len),
        }
    }

    /// Of what a buffer is allocated for.
    fn length(&mut self) -> usize {
        match self.rng.u8(0..8) {
            0 => 0,
            1 => 1,
            2 => self.rng.usize(0..30_000),
            _ => self.rng.usize(0..600),
        }
    }

    fn unbounded_length(&mut self) -> usize {
        match self.rng.u8(0..6) {
            0 => usize::MAX - self.rng.usize(0..2),
            _ => self.length(),
        }
    }

    fn data(&mut self) -> Bytes {
        let len = match self.rng.u8(0..8) {
            0 => 0,
            1 => 1,
            2 => self.rng.usize(1020..1030),
            3 => self.rng.usize(4030..4100),
            _ => self.rng.usize(0..200),
        };
        // Text, other bytes, or zeros, so that some of what is read is UTF-8.
        match self.rng.u8(0..4) {
            0 => (0..len).map(|_| self.rng.u8(..)).collect(),
            1 => vec![0; len].into(),
            _ => (0..len)
                .map(|_| self.rng.u8(b' '..=b'~'))
                .map(|b| if b == b'~' { b'\n' } else { b })
                .collect(),
        }
    }
}
