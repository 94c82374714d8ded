//! Measures one script on several contenders, each in processes of its own.
//!
//! - **Checked first.** One process of each contender replays the script, compares every answer with the laws, and
//!   measures the heap and the latency of single calls.
//! - **Warm.** A generation is one process of each contender. Their rounds are interleaved, so a drift of the machine
//!   affects all of them equally. Several generations show how processes differ.
//! - **Racing.** A contender that is certainly slower leaves the race.
//! - **Cold.** The first replay of a fresh process, in several processes.

mod cold;
mod warm_up;

use std::time::{Duration, Instant};

use anystream_measure::{Life, MATTERS, Ratio, Silence, Verdict, median, order};

pub(crate) use self::warm_up::{WarmedUp, replays_a_sample, warm_up};
use crate::contender::Contender;
use crate::contestant::Timed;
use crate::goal::Goal;
use crate::interrupt;
use crate::results::Refusal;
use crate::worker::{Checked, Replayer, Reply, Request, Start};

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// The number of rounds. Without it, rounds run until the choice is decided or `time` is over.
    pub(crate) rounds: Option<u32>,
    /// The time limit of one workload.
    pub(crate) time: Duration,
    /// The life whose figures decide.
    pub(crate) life: Life,
    pub(crate) goal: Goal,
    /// The greatest length of the contents, in bytes: comparing long contents also takes time.
    pub(crate) largest_len: u64,
    /// Whether the processes of a generation may exist at the same time, which adds up their memory.
    pub(crate) side_by_side: bool,
}

/// The times of one contender, or the reason why it has none.
pub(crate) struct Raced {
    pub(crate) contender: Contender,
    pub(crate) outcome: Result<Times, Refusal>,
}

/// Times per replay, in nanoseconds.
pub(crate) struct Times {
    pub(crate) checked: Checked,
    /// One list per generation, with one time per round.
    pub(crate) warm: Vec<Vec<f64>>,
    /// One list per process.
    pub(crate) cold: Vec<Vec<f64>>,
    /// The p99.9 latency of a call, per generation. Empty unless latency counts.
    pub(crate) p999: Vec<Vec<f64>>,
    /// The fastest replay during warm-up.
    pub(crate) fastest: f64,
    /// Whether it left the race because it was certainly slower.
    pub(crate) dropped: bool,
    /// Whether a replay was stopped at a limit, so its times are lower bounds.
    pub(crate) at_least: bool,
}

/// The number of timed rounds, and every contender.
pub(crate) struct Race {
    pub(crate) rounds: u32,
    pub(crate) raced: Vec<Raced>,
}

/// Fewer generations don't show how much processes differ.
const GENERATIONS: usize = 5;
/// A contender leaves the race if its first replay takes this many times as long as the fastest.
const FAR_SLOWER: f64 = 12.0;
const MOST_ROUNDS: u32 = 25;

/// The share of the time for checking.
const CHECKING: f64 = 0.25;

/// Races `field`; contenders with a refusal are not started. Reports the current step and the share done to
/// `progress`.
pub(crate) fn race(
    start: &dyn Start,
    field: Vec<(Contender, Option<Refusal>)>,
    effort: Effort,
    progress: &mut dyn FnMut(&str, f64),
) -> Race {
    let mut race = Running { start, effort, rounds: 0, raced: Vec::new(), began: Instant::now() };
    race.check(field, progress);
    race.warm(progress);
    race.cold(progress);
    Race { rounds: race.rounds, raced: race.raced }
}

struct Running<'a> {
    start: &'a dyn Start,
    effort: Effort,
    rounds: u32,
    raced: Vec<Raced>,
    began: Instant,
}

/// A process of a generation.
struct Entrant {
    at: usize,
    process: Box<dyn Replayer>,
    /// Replays a sample.
    replays: u32,
    /// A sample, in nanoseconds.
    sample: f64,
    times: Vec<f64>,
}

impl Running<'_> {
    fn check(&mut self, field: Vec<(Contender, Option<Refusal>)>, progress: &mut dyn FnMut(&str, f64)) {
        const FEWEST: Duration = Duration::from_millis(200);
        let count = field.len().max(1) as u32;
        let share = self.effort.time.mul_f64(CHECKING) / count;
        /// Bytes per second: every machine compares and hashes faster than this.
        const SLOWEST: f64 = 100e6;
        let comparing = Duration::from_secs_f64(self.effort.largest_len as f64 / SLOWEST);
        let latency = if self.effort.goal.latency > 0.0 { 4 } else { 1 };
        let request = Request::Check {
            verify: (share / 2).max(FEWEST),
            replay: (share / 4).max(FEWEST),
            profile: (share / 8 * latency).min(FEWEST),
        };
        for (at, (contender, refusal)) in field.into_iter().enumerate() {
            if interrupt::requested() {
                break;
            }
            progress(&format!("checking {contender}"), CHECKING * at as f64 / f64::from(count));
            let outcome = match refusal {
                Some(refusal) => Err(refusal),
                None => match self.ask(contender, Life::Long, &request, share.max(3 * FEWEST) + comparing) {
                    Ok(Reply::Checked(checked)) => Ok(Times::of(*checked)),
                    Ok(Reply::Refused(refusal)) => Err(refusal),
                    Ok(Reply::Timed(_)) => Err(Refusal::Failed("it answered another question".to_owned())),
                    Err(Silence::Interrupted) => break,
                    Err(silence) => Err(refused(&silence)),
                },
            };
            self.raced.push(Raced { contender, outcome });
        }
    }

    /// Asks a process that is started for this request only.
    fn ask(
        &self,
        contender: Contender,
        life: Life,
        request: &Request,
        limit: Duration,
    ) -> Result<Reply, Silence> {
        self.start.start(contender, life)?.ask(request, limit)
    }

    fn warm(&mut self, progress: &mut dyn FnMut(&str, f64)) {
        let part = self.effort.share(Life::Long);
        let time = self.effort.time.mul_f64(part);
        let began = Instant::now();
        let mut longest = Duration::ZERO;
        for generation in 0.. {
            let share = began.elapsed().as_secs_f64() / time.as_secs_f64().max(1e-9);
            progress(&format!("generation {}", generation + 1), CHECKING + part * share.min(1.0));
            let Some(rounds) = self.rounds_left(generation) else { break };
            let generation_began = Instant::now();
            if !self.generation(generation, rounds, time / 8) {
                break;
            }
            longest = longest.max(generation_began.elapsed());
            if self.effort.rounds.is_some() {
                continue;
            }
            self.drop_the_slow();
            let is_enough = generation + 1 >= GENERATIONS && self.is_decided();
            if is_enough || began.elapsed() + longest > time {
                break;
            }
        }
    }

    /// The most rounds for the next generation. `None` when all requested rounds are done or no contender is left.
    fn rounds_left(&self, generation: usize) -> Option<u32> {
        if self.racing().next().is_none() || interrupt::requested() {
            return None;
        }
        let Some(rounds) = self.effort.rounds else { return Some(MOST_ROUNDS) };
        let generations = (rounds as usize).min(GENERATIONS);
        let left = generations.checked_sub(generation).filter(|left| *left > 0)?;
        Some((rounds - self.rounds).div_ceil(left as u32))
    }

    /// Starts a process of each contender and runs their rounds. Returns whether it was completed.
    fn generation(&mut self, generation: usize, most_rounds: u32, time: Duration) -> bool {
        let racing: Vec<usize> = self.racing().map(|(at, _)| at).collect();
        let mut entrants: Vec<Entrant> = Vec::new();
        let mut times: Vec<(usize, Vec<f64>)> = Vec::new();
        let mut rounds = 0;
        for &place in &order(self.rounds as usize, racing.len()) {
            let Some(&at) = racing.get(place) else { continue };
            let replay = |entrant: &Entrant| entrant.sample / f64::from(entrant.replays);
            let fastest = entrants.iter().map(replay).fold(self.fastest(), f64::min);
            match self.enter(at, fastest) {
                Ok(Some(entrant)) => entrants.push(entrant),
                Ok(None) => continue,
                Err(()) => return false,
            }
            if !self.effort.side_by_side {
                let alone = entrants.len() - 1;
                rounds = self.run(&mut entrants[alone..], most_rounds, time / racing.len() as u32);
                times.extend(entrants.drain(..).map(|entrant| (entrant.at, entrant.times)));
            }
        }
        if self.effort.side_by_side {
            self.leave_far_slower(&mut entrants);
            rounds = self.run(&mut entrants, most_rounds, time);
            for entrant in &mut entrants {
                self.latency(entrant);
            }
            times.extend(entrants.into_iter().map(|entrant| (entrant.at, entrant.times)));
        }
        for (at, raced) in self.raced.iter_mut().enumerate() {
            // Contenders that left in this generation already have a time.
            if let Ok(it) = &mut raced.outcome
                && it.warm.len() <= generation
            {
                let found = times.iter_mut().find(|(of, _)| *of == at);
                it.warm.push(found.map(|(_, times)| std::mem::take(times)).unwrap_or_default());
            }
        }
        self.rounds += rounds;
        !interrupt::requested()
    }

    /// Starts a process and warms its heap. Returns `None` and records the reason if it fails or is far too slow.
    fn enter(&mut self, at: usize, fastest: f64) -> Result<Option<Entrant>, ()> {
        let Some(raced) = self.raced.get_mut(at) else { return Ok(None) };
        let limit = limit(fastest, self.effort.time);
        let mut process = match self.start.start(raced.contender, Life::Long) {
            Ok(process) => process,
            Err(silence) => {
                raced.outcome = Err(refused(&silence));
                return Ok(None);
            }
        };
        let mut replay = match warm_up(&mut *process, limit) {
            WarmedUp::Replay(time) => time,
            WarmedUp::Longer(time) => {
                raced.is_far_slower(time);
                return Ok(None);
            }
            WarmedUp::Silent(Silence::Interrupted) => return Err(()),
            WarmedUp::Silent(silence) => {
                raced.outcome = Err(refused(&silence));
                return Ok(None);
            }
        };
        if let Ok(times) = &mut raced.outcome {
            times.fastest = times.fastest.min(replay);
            replay = times.fastest;
        }
        let replays = replays_a_sample(replay);
        Ok(Some(Entrant { at, process, replays, sample: replay * f64::from(replays), times: Vec::new() }))
    }

    /// Drops entrants that are many times slower than the fastest; they keep their single sample.
    fn leave_far_slower(&mut self, entrants: &mut Vec<Entrant>) {
        if self.effort.rounds.is_some() {
            return;
        }
        let replay = |entrant: &Entrant| entrant.sample / f64::from(entrant.replays);
        let fastest = entrants.iter().map(replay).fold(f64::INFINITY, f64::min);
        entrants.retain(|entrant| {
            let keep = replay(entrant) <= fastest * FAR_SLOWER;
            if let (false, Some(Raced { outcome: Ok(times), .. })) = (keep, self.raced.get_mut(entrant.at)) {
                times.dropped = true;
                times.warm.push(vec![replay(entrant)]);
            }
            keep
        });
    }

    /// Runs interleaved rounds and returns their number.
    fn run(&self, entrants: &mut [Entrant], most_rounds: u32, time: Duration) -> u32 {
        let round: f64 = entrants.iter().map(|entrant| entrant.sample).sum();
        let fit = (time.as_secs_f64() * 1e9 / round.max(1.0)) as u32;
        let rounds = if self.effort.rounds.is_some() { most_rounds } else { fit.clamp(3, most_rounds) };
        let limit = self.effort.time;
        for round in 0..rounds {
            for place in order((self.rounds + round) as usize, entrants.len()) {
                let Some(entrant) = entrants.get_mut(place) else { continue };
                let request = Request::Time { replays: entrant.replays, limit };
                match entrant.process.ask(&request, limit) {
                    Ok(Reply::Timed(Timed::Replay(time) | Timed::Longer(time))) => entrant.times.push(time),
                    _ if interrupt::requested() => return round,
                    _ => {}
                }
            }
        }
        rounds
    }

    /// Measures the p99.9 latency of a call in this process.
    fn latency(&mut self, entrant: &mut Entrant) {
        if self.effort.goal.latency == 0.0 {
            return;
        }
        let time = self.effort.time / 100;
        let request = Request::Check { verify: Duration::ZERO, replay: Duration::ZERO, profile: time };
        let reply = entrant.process.ask(&request, time);
        if let (Ok(Reply::Checked(checked)), Some(Raced { outcome: Ok(times), .. })) =
            (reply, self.raced.get_mut(entrant.at))
        {
            times.p999.push(vec![checked.profile.latency.p999 as f64]);
        }
    }

    /// Drops contenders that are certainly slower than the best backend by a difference that matters.
    fn drop_the_slow(&mut self) {
        let Some(best) = self.best() else { return };
        let base = self.times(best).map(|times| times.warm.clone()).unwrap_or_default();
        for times in self.raced.iter_mut().filter_map(|raced| raced.outcome.as_mut().ok()) {
            let Some(ratio) = Ratio::of(&times.warm, &base) else { continue };
            let processes = times.warm.iter().filter(|rounds| !rounds.is_empty()).count();
            // Twice as wide as a 95 % interval, because this test is repeated after every generation.
            let certain = ratio.low.powi(2) / ratio.value > 1.0 + MATTERS;
            times.dropped |= certain && (processes > 1 || ratio.low > 2.0);
        }
    }

    /// Whether every remaining backend is proven to be slower than the best, or as fast.
    fn is_decided(&self) -> bool {
        let Some(base) = self.best().and_then(|best| self.times(best)) else { return true };
        let open = |times: &&Times| {
            Ratio::of(&times.warm, &base.warm).is_none_or(|it| it.verdict() == Verdict::Undecided)
        };
        let racing = self.racing().filter(|(_, raced)| !raced.contender.is_peer());
        !racing.filter_map(|(_, raced)| raced.outcome.as_ref().ok()).any(|times| open(&times))
    }

    fn racing(&self) -> impl Iterator<Item = (usize, &Raced)> {
        self.raced.iter().enumerate().filter(|(_, raced)| raced.outcome.as_ref().is_ok_and(|it| !it.dropped))
    }

    fn times(&self, contender: Contender) -> Option<&Times> {
        self.raced.iter().find(|raced| raced.contender == contender)?.outcome.as_ref().ok()
    }

    /// The fastest backend so far, or the fastest peer if no backend is left.
    fn best(&self) -> Option<Contender> {
        fastest(self.raced.iter().filter_map(|raced| {
            Some((raced.contender, raced.outcome.as_ref().ok().filter(|it| it.is_timed())?.median()))
        }))
    }

    /// The time of the fastest contender in nanoseconds. Infinite if nothing was timed.
    fn fastest(&self) -> f64 {
        let times = self.raced.iter().filter_map(|raced| raced.outcome.as_ref().ok());
        times.filter(|it| it.is_timed()).map(Times::median).fold(f64::INFINITY, f64::min)
    }
}

impl Effort {
    /// The share of the time for processes of this life: the deciding life gets most.
    fn share(self, life: Life) -> f64 {
        if self.life == life { 0.5 } else { 0.15 }
    }
}

impl Times {
    pub(crate) fn of(checked: Checked) -> Self {
        Times {
            checked,
            warm: Vec::new(),
            cold: Vec::new(),
            p999: Vec::new(),
            fastest: f64::INFINITY,
            dropped: false,
            at_least: false,
        }
    }

    fn is_timed(&self) -> bool {
        self.warm.iter().any(|rounds| !rounds.is_empty())
    }

    /// The median of the processes' medians.
    pub(crate) fn median(&self) -> f64 {
        let timed = self.warm.iter().filter(|rounds| !rounds.is_empty());
        median(&timed.map(|rounds| median(rounds)).collect::<Vec<_>>())
    }
}

impl Raced {
    fn is_far_slower(&mut self, time: f64) {
        if let Ok(times) = &mut self.outcome {
            (times.dropped, times.at_least) = (true, true);
            times.warm.push(vec![time]);
        }
    }
}

/// The backend with the least time, or the fastest peer if no backend was timed. The only definition of "best".
pub(crate) fn fastest(times: impl Iterator<Item = (Contender, f64)>) -> Option<Contender> {
    let times: Vec<(Contender, f64)> = times.collect();
    let least = |peers: bool| {
        let able = times.iter().filter(|(contender, _)| contender.is_peer() == peers);
        able.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(contender, _)| *contender)
    };
    least(false).or_else(|| least(true))
}

/// The time limit of a replay. A replay that exceeds it is certainly far slower than the fastest.
fn limit(fastest: f64, time: Duration) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(20);
    let far = fastest * FAR_SLOWER * 2.0 / 1e9;
    if far.is_finite() {
        Duration::from_secs_f64(far).clamp(SHORTEST, time.max(SHORTEST))
    } else {
        (time / 6).max(SHORTEST)
    }
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

fn refused(silence: &Silence) -> Refusal {
    match silence {
        Silence::Interrupted => Refusal::Cannot("interrupted".to_owned()),
        Silence::Late => Refusal::Cannot("a replay takes too long to be measured".to_owned()),
        Silence::Ended(why) => Refusal::Failed(format!("its process ended: {why} (law P1)")),
    }
}

#[cfg(test)]
mod tests;
