//! A fixed piece of plain work on a plain vector: what the machine can do just now.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;

use crate::pattern;

/// What the streams' work is without streams: cells made, copied to and from random places in more memory than
/// the caches hold, and checked.
pub(crate) struct Calibration {
    memory: Vec<u8>,
    random: fastrand::Rng,
    pub(crate) pieces: u64,
    pub(crate) time: Duration,
}

const MEMORY: usize = 256 << 20;
const CELL: usize = 509;
/// Pieces of work each time: some hundredths of a second.
const PIECES: u32 = 20_000;

impl Calibration {
    pub(crate) fn new() -> Self {
        let random = fastrand::Rng::with_seed(1);
        Calibration { memory: vec![1; MEMORY], random, pieces: 0, time: Duration::ZERO }
    }

    pub(crate) fn run(&mut self) {
        let begun = ThreadTime::now();
        let mut cell = [0; CELL];
        for stamp in 1..=PIECES {
            pattern::fill(stamp, &mut cell);
            let at = self.random.usize(..MEMORY - CELL);
            self.memory[at..at + CELL].copy_from_slice(&cell);
            for _ in 0..3 {
                let from = self.random.usize(..MEMORY - CELL);
                cell.copy_from_slice(&self.memory[from..from + CELL]);
                black_box(pattern::is_whole(stamp, &cell));
            }
            black_box(pattern::is_whole(stamp, &self.memory[at..at + CELL]));
        }
        self.pieces += u64::from(PIECES);
        self.time += begun.elapsed();
    }
}
