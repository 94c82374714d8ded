//! Times two variants of a workload against each other, for advice.

use std::time::{Duration, Instant};

use anystream_measure::{Life, Ratio, median, order};
use tempfile::NamedTempFile;

use crate::advice::{Bench, Compared, Variant};
use crate::contestant::Timed;
use crate::interrupt;
use crate::lab::file_of;
use crate::measure::{WarmedUp, replays_a_sample, warm_up};
use crate::worker::{Replayer, Reply, Request, Starter};

/// Compares variants in separate processes until the time is over.
pub(crate) struct Processes {
    memory: u64,
    /// The deadline of all comparisons.
    until: Instant,
    /// The time limit of one comparison.
    time: Duration,
}

/// Enough that two or three disturbed processes don't decide.
const GENERATIONS: usize = 5;
const ROUNDS: u32 = 7;

impl Processes {
    /// Allows `time` for all comparisons together. Each process is limited to `memory` bytes.
    pub(crate) fn new(memory: u64, time: Duration) -> Self {
        Processes { memory, until: Instant::now() + time, time: time / 6 }
    }

    fn starter(&self, variant: &Variant<'_>) -> Option<(NamedTempFile, Starter)> {
        let file = file_of(&variant.script).ok()?;
        let starter = Starter::new(file.path(), self.memory).ok()?;
        Some((file, starter))
    }
}

impl Bench for Processes {
    fn compare(&mut self, base: &Variant<'_>, other: &Variant<'_>) -> Option<Compared> {
        let began = Instant::now();
        let (_base_file, base_starter) = self.starter(base)?;
        let (_other_file, other_starter) = self.starter(other)?;
        let mut times: [Vec<Vec<f64>>; 2] = Default::default();
        for generation in 0..GENERATIONS {
            let late = Instant::now() > self.until || (generation >= 3 && began.elapsed() > self.time);
            if late || interrupt::requested() {
                break;
            }
            let pair = [(&base_starter, &base.on), (&other_starter, &other.on)];
            let mut processes: Vec<Process> = Vec::new();
            for (starter, setup) in pair {
                processes.push(Process::started(starter.start_on(setup, Life::Long).ok()?, self.time)?);
            }
            let left = self.time / GENERATIONS as u32;
            let generation_began = Instant::now();
            for round in 0..ROUNDS {
                for at in order(generation + round as usize, 2) {
                    processes.get_mut(at)?.sample(self.time)?;
                }
                if generation_began.elapsed() > left {
                    break;
                }
            }
            for (times, process) in times.iter_mut().zip(processes) {
                times.push(process.times);
            }
        }
        let [base, other] = times;
        let of = |times: &[Vec<f64>]| median(&times.iter().map(|rounds| median(rounds)).collect::<Vec<_>>());
        let Ratio { value, low, high } = Ratio::of(&base, &other)?;
        Some(Compared { base_ns: of(&base), other_ns: of(&other), ratio: value, low, high })
    }
}

struct Process {
    replayer: Box<dyn Replayer>,
    replays: u32,
    times: Vec<f64>,
}

impl Process {
    fn started(mut replayer: Box<dyn Replayer>, limit: Duration) -> Option<Self> {
        match warm_up(&mut *replayer, limit) {
            WarmedUp::Replay(time) => {
                Some(Process { replayer, replays: replays_a_sample(time), times: Vec::new() })
            }
            WarmedUp::Longer(_) | WarmedUp::Silent(_) => None,
        }
    }

    fn sample(&mut self, limit: Duration) -> Option<()> {
        match self.replayer.ask(&Request::Time { replays: self.replays, limit }, limit) {
            Ok(Reply::Timed(Timed::Replay(time))) => {
                self.times.push(time);
                Some(())
            }
            _ => None,
        }
    }
}
