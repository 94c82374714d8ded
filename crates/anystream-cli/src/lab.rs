//! Measures a workload at its own size and at other sizes, and makes an outcome of it.

use std::io;
use std::time::{Duration, Instant};

use anystream::Backend;
use anystream_measure::{Life, MATTERS, median, order};
use anystream_workload::{Model, Script};
use indicatif::HumanBytes;
use tempfile::NamedTempFile;

use crate::advice::relevance::Wall;
use crate::advice::shift::Contents;
use crate::advice::{Advice, Bench, buffering, capacity, contrast, file, relevance, shift};
use crate::bench::Processes;
use crate::choice::{Wish, choose};
use crate::contender::Contender;
use crate::contestant::Timed;
use crate::goal::Goal;
use crate::interrupt;
use crate::measure::{Effort, race};
use crate::mind;
use crate::results::{Calls, Figures, Outcome, Refusal, Size, standings};
use crate::scaling::scaled;
use crate::script_file;
use crate::shape::{Looked, Most, Shape, look};
use crate::visible::visible_name;
use crate::worker::{Reply, Request, Start, Starter};

/// A script and its origin.
pub(crate) struct Workload {
    /// The measured calls: the whole recording or its beginning.
    pub(crate) script: Script,
    /// Totals of the whole recording.
    pub(crate) calls: Calls,
    /// The shape of the measured calls.
    pub(crate) shape: Shape,
    pub(crate) origin: Option<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) final_len_is_minimum: bool,
    pub(crate) scale: f64,
    pub(crate) skipped: usize,
    /// The wall time of the recorded program, if known.
    pub(crate) wall: Option<Wall>,
    /// Whether the contents are recorded or generated.
    pub(crate) contents: Contents,
    /// Builds the workload at a multiple of its size. Without it, shorter beginnings of the recording are the smaller
    /// sizes.
    pub(crate) at_scale: Option<AtScale>,
}

pub(crate) type AtScale = Box<dyn Fn(f64) -> Option<Script>>;

/// The options of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) goal: Goal,
    pub(crate) life: Life,
    pub(crate) rounds: Option<u32>,
    /// The time limit of each workload.
    pub(crate) time: Duration,
    /// The memory limit in bytes, for all processes that replay at one time.
    pub(crate) memory: u64,
    /// Whether to measure other sizes, too.
    pub(crate) sizes: bool,
}

/// Why a workload cannot be measured.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It has no calls.
    NoCalls,
    /// A replay would take more memory than allowed. In bytes.
    TooLarge { largest_len: u64, wanted: u64, needed: u64, allowed: u64 },
}

impl Workload {
    /// Makes a workload of a recorded script, if a replay of the script or of a long beginning fits into `memory`.
    pub(crate) fn new(mut script: Script, time: Duration, memory: u64) -> Result<Self, Unfit> {
        /// The share of the time for one replay: many replays must fit.
        const REPLAY: f64 = 1.0 / 150.0;
        /// A shorter beginning is not representative.
        const FEWEST: usize = 1000;
        // The name can come from a foreign log and is shown in many places.
        script.name = visible_name(&script.name);
        if script.ops.is_empty() {
            return Err(Unfit::NoCalls);
        }
        let most = Most { nanoseconds: time.as_secs_f64() * 1e9 * REPLAY, len: memory / 4 };
        let Looked { calls, mut shape, part } = look(&script, most);
        if part < script.ops.len() && part >= FEWEST {
            script.ops.truncate(part);
            shape = look(&script, most).shape;
        }
        let workload = Workload {
            script,
            calls,
            shape,
            origin: None,
            notes: Vec::new(),
            final_len_is_minimum: false,
            scale: 1.0,
            skipped: 0,
            wall: None,
            contents: Contents::Generated,
            at_scale: None,
        };
        let rope = Contender::Backend(Backend::Rope);
        let (largest_len, needed) = (shape.largest_len, workload.needed(rope));
        if needed > memory {
            return Err(Unfit::TooLarge { largest_len, wanted: workload.wanted(), needed, allowed: memory });
        }
        Ok(workload)
    }

    /// The number of measured calls, if not all are measured.
    fn measured_calls(&self) -> Option<u64> {
        let measured = self.script.ops.len() as u64;
        (measured < self.calls.total).then_some(measured)
    }

    /// An upper estimate of the memory of a checked replay on `contender`, in bytes.
    fn needed(&self, contender: Contender) -> u64 {
        let held = self.script.initial.len() as u64 + self.given();
        let model = self.shape.largest_len.min(held);
        let stream = match contender {
            Contender::Backend(Backend::Rope) => model,
            Contender::Backend(Backend::Ropey) => self.shape.largest_len.saturating_mul(3),
            // A vector doubles its capacity, and both copies exist meanwhile.
            _ => self.shape.largest_len.saturating_mul(2),
        };
        model.saturating_add(stream).saturating_add(self.wanted())
    }

    /// How many bytes the measured calls write.
    fn given(&self) -> u64 {
        self.script.ops.iter().map(|op| op.bytes_given()).sum()
    }

    /// The length of the longest read in bytes, even past the end: a replay has a buffer of that size.
    fn wanted(&self) -> u64 {
        self.script.ops.iter().map(|op| op.bytes_wanted()).max().unwrap_or_default()
    }

    /// Why `contender` is not started.
    fn unfit(&self, contender: Contender, memory: u64) -> Option<Refusal> {
        /// Filling this many bytes with zeros only proves that zeros take time.
        const HUGE: u64 = 256 << 20;
        const MOSTLY: u64 = 64;
        if let Contender::Backend(Backend::Rope) = contender {
            return None;
        }
        let needed = self.needed(contender);
        let len = self.shape.largest_len;
        if needed > memory {
            return Some(Refusal::Cannot(format!(
                "not replayed: it needs about {} of memory, and the limit is {} (--memory)",
                HumanBytes(needed),
                HumanBytes(memory)
            )));
        }
        // A hole may be written later.
        let written = len.saturating_sub(self.shape.bytes_skipped).max(self.given().min(len));
        (len >= HUGE && len / MOSTLY > written).then(|| {
            Refusal::Cannot(format!(
                "not replayed: it would fill {} with zeros, and only {} are written",
                HumanBytes(len),
                HumanBytes(written)
            ))
        })
    }

    /// Measures the workload and reports the current step and the share done to `progress`.
    ///
    /// # Errors
    /// The file from which workers read the script cannot be written, or an interrupt stopped the writing.
    pub(crate) fn measure(
        &self,
        question: &Question,
        progress: &mut dyn FnMut(&str, f64),
    ) -> io::Result<Outcome> {
        /// The share of the work for the workload at its own size.
        const OWN_SIZE: f64 = 0.8;
        /// On a busy machine sizes are left out from this multiple of the time on.
        const LATEST: f64 = 1.2;
        let began = Instant::now();
        let field = question.contenders.iter().map(|&it| (it, self.unfit(it, question.memory)));
        let field: Vec<(Contender, Option<Refusal>)> = field.collect();
        let able = field.iter().filter(|(_, refusal)| refusal.is_none());
        let together = able.fold(0_u64, |sum, (it, _)| sum.saturating_add(self.needed(*it)));
        let effort = Effort {
            rounds: question.rounds,
            time: question.time,
            life: question.life,
            goal: question.goal,
            largest_len: self.shape.largest_len,
            side_by_side: together <= question.memory,
        };
        let file = file_of(&self.script)?;
        let starter = Starter::new(file.path(), question.memory)?;
        let raced = race(&starter, field, effort, &mut |what, share| progress(what, share * OWN_SIZE));
        let checked = raced.raced.iter().filter_map(|it| Some(&it.outcome.as_ref().ok()?.checked));
        let whole = checked.max_by_key(|checked| checked.calls).cloned();
        let mut calls = self.calls.clone();
        if let (Some(whole), None) = (&whole, self.measured_calls()) {
            calls.final_len = whole.final_len;
        }
        let rounds = raced.rounds;
        let results = standings(raced, self.script.ops.len() as u64);
        let wish = Wish { goal: question.goal, life: question.life };
        let mut outcome = Outcome {
            name: self.script.name.clone(),
            origin: self.origin.clone(),
            scale: self.scale,
            skipped: self.skipped,
            choice: choose(&results, &calls, &self.shape, wish),
            calls,
            shape: self.shape,
            measured_calls: self.measured_calls(),
            final_len_is_minimum: self.final_len_is_minimum,
            notes: self.notes.clone(),
            digest: whole.map(|checked| checked.digest),
            rounds,
            results,
            sizes: Vec::new(),
            advice: Vec::new(),
        };
        outcome.advice = self.advice(&outcome, question, began);
        if question.sizes && outcome.choice.is_some() && !interrupt::requested() {
            let until = began + question.time.mul_f64(LATEST);
            outcome.sizes = self.sizes(&outcome, question, until, &mut |what, share| {
                progress(what, OWN_SIZE + share * (1.0 - OWN_SIZE));
            })?;
        }
        let sizes = &outcome.sizes;
        if let Some(choice) =
            outcome.choice.as_mut().filter(|it| it.decided && question.goal.is_speed_alone())
        {
            choice.otherwise = mind::changes(choice.backend, self.shape.largest_len, sizes);
        }
        Ok(outcome)
    }

    /// Advice beyond the choice. Runs no extra measurements if the user set the number of rounds.
    fn advice(&self, outcome: &Outcome, question: &Question, began: Instant) -> Vec<Advice> {
        /// The share of the workload's time for comparisons.
        const SHARE: f64 = 0.25;
        let Some(choice) = outcome.choice.as_ref().filter(|_| !interrupt::requested()) else {
            return Vec::new();
        };
        let times: Vec<(Contender, f64)> =
            outcome.measured().map(|(contender, figures)| (contender, figures.median)).collect();
        let relevance = self.wall.and_then(|wall| relevance::relevance(&times, choice.backend, wall));
        let mut advice: Vec<Advice> = relevance.into_iter().collect();
        if question.rounds.is_none() {
            let left = question.time.mul_f64(1.0 + SHARE / 2.0).saturating_sub(began.elapsed());
            let mut bench = Processes::new(question.memory, question.time.mul_f64(SHARE).min(left));
            advice.extend(self.compared(outcome, choice.backend, &mut bench));
        }
        advice.sort_by_key(|advice| advice.kind);
        advice
    }

    fn compared(&self, outcome: &Outcome, chosen: Contender, bench: &mut dyn Bench) -> Vec<Advice> {
        let script = &self.script;
        let folder = std::env::temp_dir();
        let rope = Contender::Backend(Backend::Rope);
        let side = |(contender, figures): (Contender, &Figures)| {
            (contender, figures.profile.cost_by_kind.clone(), figures.ratio)
        };
        let measured: Vec<_> = outcome.measured().filter(|(it, _)| !it.is_peer()).map(side).collect();
        let best = measured.iter().find(|(it, _, _)| *it == chosen);
        let slower = measured.iter().filter(|(it, _, ratio)| *it != chosen && *ratio > 1.0 + MATTERS);
        let next = slower.min_by(|(_, _, a), (_, _, b)| a.total_cmp(b));
        let contrast = best.zip(next).and_then(|((best, cost, _), (next, next_cost, _))| {
            let best = contrast::Side { contender: *best, cost_by_kind: cost };
            let next = contrast::Side { contender: *next, cost_by_kind: next_cost };
            contrast::contrast(script, best, next, bench)
        });
        [
            contrast,
            shift::advice(script, self.contents, chosen, rope, bench),
            buffering::buffering(script, &folder, bench),
            capacity::capacity(script, chosen, bench),
            file::memory_or_file(script, chosen, &folder, bench),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Times the workload at other sizes on the backends that are not far slower. Includes the original size.
    fn sizes(
        &self,
        outcome: &Outcome,
        question: &Question,
        until: Instant,
        progress: &mut dyn FnMut(&str, f64),
    ) -> io::Result<Vec<Size>> {
        const SCALES: [f64; 5] = [1.0 / 16.0, 1.0 / 8.0, 1.0 / 4.0, 1.0 / 2.0, 4.0];
        const FAR_SLOWER: f64 = 12.0;
        let scripts: Vec<Script> = match &self.at_scale {
            Some(at_scale) => SCALES.iter().filter_map(|scale| at_scale(self.scale * scale)).collect(),
            None => scaled(&self.script, self.shape.largest_len),
        };
        let able = outcome.measured().filter(|(_, figures)| figures.ratio < FAR_SLOWER);
        let able: Vec<Contender> = able.map(|(contender, _)| contender).collect();
        let mut sizes = vec![Size {
            largest_len: self.shape.largest_len,
            calls: self.script.ops.len() as u64,
            medians: outcome.measured().map(|(contender, figures)| (contender, figures.median)).collect(),
        }];
        let most = question.time.mul_f64(0.1);
        let began = Instant::now();
        for (at, script) in scripts.iter().enumerate() {
            progress(&format!("size {} of {}", at + 1, scripts.len()), at as f64 / scripts.len() as f64);
            if interrupt::requested() || began.elapsed() > most || Instant::now() > until {
                break;
            }
            let looked = look(script, Most { nanoseconds: f64::INFINITY, len: u64::MAX });
            let largest_len = looked.shape.largest_len;
            let fits = largest_len <= Model::LIMIT.min(question.memory / 4);
            if !fits {
                continue;
            }
            let file = file_of(script)?;
            let starter = Starter::new(file.path(), question.memory)?;
            if let Some(medians) = time_each(&starter, &able, most, until) {
                sizes.push(Size { largest_len, calls: script.ops.len() as u64, medians });
            }
        }
        sizes.sort_by_key(|size| (size.largest_len, size.calls));
        Ok(sizes)
    }
}

/// Writes `script` to a file for workers. An interrupt stops the writing with an error.
pub(crate) fn file_of(script: &Script) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix("anystream-")?;
    script_file::write(script, io::BufWriter::new(UntilInterrupt(file.as_file_mut())))?;
    Ok(file)
}

/// A writer that fails after an interrupt: writing a large script can take a second.
struct UntilInterrupt<W>(W);

impl<W: io::Write> io::Write for UntilInterrupt<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const PART: usize = 1 << 20;
        if interrupt::requested() {
            return Err(io::Error::other("interrupted"));
        }
        self.0.write(bytes.get(..PART).unwrap_or(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The median of a few warm samples of each contender, in two processes. A few suffice because sizes differ by factors.
///
/// Returns `None` if it is not done when a process is to start after `until`, so that no size lacks a contender.
fn time_each(
    start: &dyn Start,
    contenders: &[Contender],
    limit: Duration,
    until: Instant,
) -> Option<Vec<(Contender, f64)>> {
    const SAMPLE: f64 = 1e6;
    let mut times: Vec<(Contender, Vec<f64>)> = contenders.iter().map(|it| (*it, Vec::new())).collect();
    for process in 0..2 {
        for at in order(process, times.len()) {
            let Some((contender, times)) = times.get_mut(at) else { continue };
            if Instant::now() > until {
                return None;
            }
            let Ok(mut replayer) = start.start(*contender, Life::Long) else { continue };
            let mut time = |replays| match replayer.ask(&Request::Time { replays, limit }, limit) {
                Ok(Reply::Timed(Timed::Replay(time))) => Some(time),
                _ => None,
            };
            let Some(once) = time(1).and_then(|_| time(1)) else { continue };
            let replays = (SAMPLE / once.max(1.0)).ceil().clamp(1.0, 1e6) as u32;
            times.extend((0..3).map_while(|_| time(replays)));
        }
    }
    let timed = times.into_iter().filter(|(_, times)| !times.is_empty());
    Some(timed.map(|(contender, times)| (contender, median(&times))).collect())
}
