//! What was measured, lap by lap, and what the last tenth is beside the first.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use serde::Serialize;

use crate::fleet::{self, PLANS};
use crate::meter::Spent;
use crate::work::Work;

/// What the counts were at some time.
#[derive(Clone)]
struct Counts {
    calls: u64,
    processor: Duration,
    pieces: u64,
    calibrating: Duration,
    groups: Vec<Spent>,
}

/// Some time of work.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Span {
    /// When it ended, in seconds since the work began.
    pub(crate) end: f64,
    pub(crate) laps: u64,
    pub(crate) calls: u64,
    /// Of the working thread, without the calibration, in seconds.
    pub(crate) processor_seconds: f64,
    pub(crate) calls_per_second: f64,
    /// Pieces of plain work in a second of the processor.
    pub(crate) calibration: f64,
    /// Calls for each piece of plain work.
    pub(crate) relative: f64,
    /// The mean and the most of what the system counted, in bytes; none where it cannot be asked.
    pub(crate) resident: Option<u64>,
    pub(crate) resident_most: Option<u64>,
    /// The sum of the lengths of all streams at the end, in bytes.
    pub(crate) length: u64,
    /// For each group, calls for each piece of plain work, in its steps alone.
    pub(crate) groups: Vec<f64>,
}

pub(crate) struct Ledger {
    begun: Instant,
    processor: ThreadTime,
    last: Counts,
    pub(crate) laps: Vec<Lap>,
}

/// What one lap added.
pub(crate) struct Lap {
    end: Duration,
    added: Counts,
    resident: Vec<u64>,
    length: u64,
}

impl Ledger {
    pub(crate) fn begin(work: &Work) -> Self {
        let (begun, processor) = (Instant::now(), ThreadTime::now());
        Ledger { begun, processor, last: counts(work, Duration::ZERO), laps: Vec::new() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn note(&mut self, work: &mut Work) {
        let now = counts(work, self.processor.elapsed());
        let last = std::mem::replace(&mut self.last, now.clone());
        let groups = now.groups.iter().zip(&last.groups);
        let added = Counts {
            calls: now.calls - last.calls,
            processor: now.processor - last.processor,
            pieces: now.pieces - last.pieces,
            calibrating: now.calibrating - last.calibrating,
            groups: groups
                .map(|(now, last)| Spent { calls: now.calls - last.calls, time: now.time - last.time })
                .collect(),
        };
        let resident = std::mem::take(&mut work.resident);
        self.laps.push(Lap {
            end: self.begun.elapsed(),
            added,
            resident,
            length: fleet::length(&work.groups),
        });
    }

    /// The laps that ended after `from` and not after `to`; none if there is not one.
    pub(crate) fn span(&self, from: f64, to: f64) -> Option<Span> {
        let within = |lap: &&Lap| (from..to).contains(&lap.end.as_secs_f64());
        let laps: Vec<&Lap> = self.laps.iter().filter(within).collect();
        let last = laps.last()?;
        let sum = |of: fn(&Counts) -> Duration| {
            laps.iter().map(|lap| of(&lap.added)).sum::<Duration>().as_secs_f64()
        };
        let calls: u64 = laps.iter().map(|lap| lap.added.calls).sum();
        let pieces: u64 = laps.iter().map(|lap| lap.added.pieces).sum();
        let (processor, calibrating) = (sum(|counts| counts.processor), sum(|counts| counts.calibrating));
        let calibration = pieces as f64 / calibrating;
        let working = processor - calibrating;
        let groups = (0..PLANS.len()).map(|group| {
            let calls: u64 = laps.iter().map(|lap| lap.added.groups[group].calls).sum();
            let time: Duration = laps.iter().map(|lap| lap.added.groups[group].time).sum();
            calls as f64 / time.as_secs_f64() / calibration
        });
        let resident = || laps.iter().flat_map(|lap| &lap.resident).copied();
        Some(Span {
            end: last.end.as_secs_f64(),
            laps: laps.len() as u64,
            calls,
            processor_seconds: working,
            calls_per_second: calls as f64 / working,
            calibration,
            relative: calls as f64 / working / calibration,
            resident: resident().sum::<u64>().checked_div(resident().count() as u64),
            resident_most: resident().max(),
            length: last.length,
            groups: groups.collect(),
        })
    }

    /// The `number`th of ten equal parts of the time until the last lap ended.
    pub(crate) fn tenth(&self, number: usize) -> Option<Span> {
        let tenth = self.laps.last()?.end.as_secs_f64() / 10.0;
        let to = if number == 9 { f64::INFINITY } else { tenth * (number + 1) as f64 };
        self.span(tenth * number as f64, to)
    }
}

fn counts(work: &Work, processor: Duration) -> Counts {
    Counts {
        calls: work.tools.meter.total(),
        processor,
        pieces: work.calibration.pieces,
        calibrating: work.calibration.time,
        groups: work.steps.clone(),
    }
}
