//! Measures one script on several contenders, each in processes of its own.
//!
//! - **Checked first.** One process of each contender replays the script with every answer compared with the laws, and
//!   finds what the heap holds and what single calls take.
//! - **Warm.** A generation is one process of each contender. Their rounds are interleaved, so a drift of the machine
//!   meets all alike. Several generations show how processes differ.
//! - **Racing.** A contender that is certainly slower takes no further part.
//! - **Cold.** The first replay of a fresh process, in several processes.

use std::time::{Duration, Instant};

use anystream_measure::{Life, MATTERS, Ratio, Silence, Verdict, median, order};

use crate::contender::Contender;
use crate::contestant::Timed;
use crate::goal::Goal;
use crate::interrupt;
use crate::results::Refusal;
use crate::worker::{Checked, Replayer, Reply, Request, Start};

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// So many rounds in all; otherwise what it takes to decide, within `time`.
    pub(crate) rounds: Option<u32>,
    /// For one workload.
    pub(crate) time: Duration,
    /// Which figures decide.
    pub(crate) life: Life,
    pub(crate) goal: Goal,
    /// The greatest length of the contents, in bytes: comparing them takes its time, too.
    pub(crate) largest_len: u64,
    /// Whether the processes of a generation may run side by side, which takes the memory of all of them.
    pub(crate) side_by_side: bool,
}

/// What was found about one contender.
pub(crate) struct Raced {
    pub(crate) contender: Contender,
    pub(crate) outcome: Result<Times, Refusal>,
}

/// In nanoseconds a replay.
pub(crate) struct Times {
    pub(crate) checked: Checked,
    /// By generation, and by round in it.
    pub(crate) warm: Vec<Vec<f64>>,
    /// By process.
    pub(crate) cold: Vec<Vec<f64>>,
    /// By generation, what one call in a thousand exceeds; only if latency counts.
    pub(crate) p999: Vec<Vec<f64>>,
    /// The fastest replay that warmed a process up.
    pub(crate) fastest: f64,
    /// It was certainly slower, and left the race.
    pub(crate) dropped: bool,
    /// A replay was ended at a limit: its times are lower bounds.
    pub(crate) at_least: bool,
}

/// The rounds that were timed, and all contenders.
pub(crate) struct Race {
    pub(crate) rounds: u32,
    pub(crate) raced: Vec<Raced>,
}

/// Fewer generations than these show too little of how processes differ.
const GENERATIONS: usize = 5;
/// Slower than this many times the fastest, after one replay, is out.
const FAR_SLOWER: f64 = 12.0;
const SHORTEST_SAMPLE: f64 = 1e6;
const MOST_ROUNDS: u32 = 25;
const MOST_REPLAYS: u32 = 1_000_000;

/// The share of the time for checking.
const CHECKING: f64 = 0.25;

/// Races `field`, of whom some are refused beforehand; tells `progress` what it does and which share is done.
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
        /// Slower than any machine compares and hashes, in bytes a second.
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

    /// Asks a process that is for this alone.
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

    /// The rounds of the next generation at most; none if all that were asked for are done, or nobody races.
    fn rounds_left(&self, generation: usize) -> Option<u32> {
        if self.racing().next().is_none() || interrupt::requested() {
            return None;
        }
        let Some(rounds) = self.effort.rounds else { return Some(MOST_ROUNDS) };
        let generations = (rounds as usize).min(GENERATIONS);
        let left = generations.checked_sub(generation).filter(|left| *left > 0)?;
        Some((rounds - self.rounds).div_ceil(left as u32))
    }

    /// A process of each, and their rounds; whether it was done to its end.
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
            // Those who left in this generation have their time already.
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

    /// Starts a process and warms its heap. Nothing if it fails or is far too slow, which is noted.
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

    /// One that is many times slower than the fastest keeps its single sample.
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

    /// Interleaved rounds, and how many.
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

    /// What one call in a thousand exceeds, in this process.
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

    /// Who is certainly slower than the best backend by what matters takes no further part.
    fn drop_the_slow(&mut self) {
        let Some(best) = self.best() else { return };
        let base = self.times(best).map(|times| times.warm.clone()).unwrap_or_default();
        for times in self.raced.iter_mut().filter_map(|raced| raced.outcome.as_mut().ok()) {
            let Some(ratio) = Ratio::of(&times.warm, &base) else { continue };
            let processes = times.warm.iter().filter(|rounds| !rounds.is_empty()).count();
            // Twice the distance that a 95 % interval has: certain, although it is asked again and again.
            let certain = ratio.low.powi(2) / ratio.value > 1.0 + MATTERS;
            times.dropped |= certain && (processes > 1 || ratio.low > 2.0);
        }
    }

    /// Whether every backend that still races is known to be slower, or as fast as the best.
    fn is_decided(&self) -> bool {
        let Some(base) = self.best().and_then(|best| self.times(best)) else { return true };
        let open = |times: &&Times| {
            Ratio::of(&times.warm, &base.warm).is_none_or(|it| it.verdict() == Verdict::Undecided)
        };
        let racing = self.racing().filter(|(_, raced)| !raced.contender.is_peer());
        !racing.filter_map(|(_, raced)| raced.outcome.as_ref().ok()).any(|times| open(&times))
    }

    /// First replays in fresh processes.
    fn cold(&mut self, progress: &mut dyn FnMut(&str, f64)) {
        /// A contender that is slower by this when warm is not the faster one when cold.
        const HOPELESS: f64 = 6.0;
        const MOST: usize = 25;
        let part = self.effort.share(Life::Short);
        let time = self.effort.time.mul_f64(part);
        let fewest = if self.effort.rounds.is_some_and(|rounds| rounds < 5) { 1 } else { GENERATIONS };
        let fastest = self.fastest();
        let able: Vec<usize> = (self.raced.iter().enumerate())
            .filter(|(_, raced)| raced.outcome.as_ref().is_ok_and(|it| it.median() <= fastest * HOPELESS))
            .map(|(at, _)| at)
            .collect();
        let began = Instant::now();
        for process in 0..MOST {
            let share = began.elapsed().as_secs_f64() / time.as_secs_f64().max(1e-9);
            progress(&format!("fresh process {}", process + 1), 1.0 - part * (1.0 - share.min(1.0)));
            if process >= fewest && (began.elapsed() > time || self.effort.rounds.is_some()) {
                break;
            }
            for place in order(process, able.len()) {
                let Some(raced) = able.get(place).and_then(|at| self.raced.get_mut(*at)) else { continue };
                let limit = limit(fastest * 10.0, self.effort.time);
                let request = Request::Time { replays: 1, limit };
                let mut started = match self.start.start(raced.contender, Life::Short) {
                    Ok(started) => started,
                    Err(_) => continue,
                };
                let reply = started.ask(&request, limit);
                if interrupt::requested() {
                    return;
                }
                if let (Ok(Reply::Timed(Timed::Replay(time))), Ok(times)) = (reply, &mut raced.outcome) {
                    times.cold.push(vec![time]);
                }
            }
            let late = self.began.elapsed() > self.effort.time;
            if late || process >= 2 && began.elapsed() > time * 2 {
                break;
            }
        }
    }

    fn racing(&self) -> impl Iterator<Item = (usize, &Raced)> {
        self.raced.iter().enumerate().filter(|(_, raced)| raced.outcome.as_ref().is_ok_and(|it| !it.dropped))
    }

    fn times(&self, contender: Contender) -> Option<&Times> {
        self.raced.iter().find(|raced| raced.contender == contender)?.outcome.as_ref().ok()
    }

    /// The fastest backend so far; the fastest peer if no backend takes part.
    fn best(&self) -> Option<Contender> {
        fastest(self.raced.iter().filter_map(|raced| {
            Some((raced.contender, raced.outcome.as_ref().ok().filter(|it| it.is_timed())?.median()))
        }))
    }

    /// Its time, in nanoseconds; infinite if nothing was timed.
    fn fastest(&self) -> f64 {
        let times = self.raced.iter().filter_map(|raced| raced.outcome.as_ref().ok());
        times.filter(|it| it.is_timed()).map(Times::median).fold(f64::INFINITY, f64::min)
    }
}

impl Effort {
    /// The share of the time for processes of this life: most is for those that decide.
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

    /// Of the processes' medians.
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

/// How a process did on its heap's first replays.
pub(crate) enum WarmedUp {
    /// A replay takes so many nanoseconds.
    Replay(f64),
    /// It takes longer than this.
    Longer(f64),
    Silent(Silence),
}

/// Replays on a fresh heap once; then as many together as it takes to be long enough for the clock, and for what waking
/// up costs a process.
pub(crate) fn warm_up(process: &mut dyn Replayer, limit: Duration) -> WarmedUp {
    let (mut replay, mut replays) = (f64::INFINITY, 1_u32);
    for warm_up in 0..20 {
        match process.ask(&Request::Time { replays, limit }, limit) {
            Ok(Reply::Timed(Timed::Replay(time))) if warm_up == 0 && time <= nanoseconds(limit) => continue,
            Ok(Reply::Timed(Timed::Replay(time))) => replay = replay.min(time),
            Ok(Reply::Timed(Timed::Longer(time))) => return WarmedUp::Longer(time),
            Ok(_) => return WarmedUp::Silent(Silence::Ended("it answered another question".to_owned())),
            Err(Silence::Late) => return WarmedUp::Longer(nanoseconds(limit)),
            Err(silence) => return WarmedUp::Silent(silence),
        }
        if replay * f64::from(replays) >= SHORTEST_SAMPLE {
            break;
        }
        let enough = (1.2 * SHORTEST_SAMPLE / replay.max(1.0)).ceil() as u32;
        replays = enough.clamp(replays.saturating_mul(2), replays.saturating_mul(100)).min(MOST_REPLAYS);
    }
    WarmedUp::Replay(replay)
}

/// How many replays of so many nanoseconds are long enough together.
pub(crate) fn replays_a_sample(replay: f64) -> u32 {
    ((SHORTEST_SAMPLE / replay.max(1.0)).ceil() as u32).clamp(1, MOST_REPLAYS)
}

/// The one with the least time among backends; among all if there is no backend. What is best is told here alone.
pub(crate) fn fastest(times: impl Iterator<Item = (Contender, f64)>) -> Option<Contender> {
    let times: Vec<(Contender, f64)> = times.collect();
    let least = |peers: bool| {
        let able = times.iter().filter(|(contender, _)| contender.is_peer() == peers);
        able.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(contender, _)| *contender)
    };
    least(false).or_else(|| least(true))
}

/// How long a replay may take: far longer than the fastest is far slower.
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
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use anystream::Backend;

    use super::*;
    use crate::heap::HeapUse;
    use crate::profile::Profile;

    /// What every process of a contender does.
    #[derive(Clone, Copy)]
    enum Behaviour {
        /// A replay takes so many nanoseconds, in a fresh process ten times as many.
        Takes(f64),
        Refuses,
        Dies,
        /// Never ends a replay.
        Hangs,
    }

    use Behaviour::{Dies, Hangs, Refuses, Takes};

    struct Stage {
        field: Vec<(Backend, Behaviour)>,
        /// Who was timed, in which process.
        timed: Rc<RefCell<Vec<(Backend, usize)>>>,
        processes: RefCell<usize>,
    }

    struct Actor {
        backend: Backend,
        behaviour: Behaviour,
        life: Life,
        process: usize,
        timed: Rc<RefCell<Vec<(Backend, usize)>>>,
    }

    impl Start for Stage {
        fn start(&self, contender: Contender, life: Life) -> Result<Box<dyn Replayer>, Silence> {
            let found = self.field.iter().find(|(backend, _)| Contender::Backend(*backend) == contender);
            let &(backend, behaviour) = found.expect("it is on the stage");
            *self.processes.borrow_mut() += 1;
            let process = *self.processes.borrow();
            Ok(Box::new(Actor { backend, behaviour, life, process, timed: Rc::clone(&self.timed) }))
        }
    }

    impl Replayer for Actor {
        fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Silence> {
            let Request::Time { replays, .. } = request else {
                return Ok(match self.behaviour {
                    Refuses => Reply::Refused(Refusal::Cannot("as staged".to_owned())),
                    Dies => return Err(Silence::Ended("signal: 6 (SIGABRT)".to_owned())),
                    Takes(_) | Hangs => Reply::Checked(Box::new(Checked {
                        calls: 1,
                        final_len: 5,
                        digest: "d".to_owned(),
                        heap: HeapUse { peak: 7, ..HeapUse::default() },
                        profile: Profile::default(),
                    })),
                });
            };
            assert!(*replays >= 1);
            self.timed.borrow_mut().push((self.backend, self.process));
            Ok(Reply::Timed(match (self.behaviour, self.life) {
                (Takes(time), Life::Long) => Timed::Replay(time),
                (Takes(time), Life::Short) => Timed::Replay(10.0 * time),
                _ => Timed::Longer(limit.as_secs_f64() * 1e9),
            }))
        }
    }

    const EFFORT: Effort = Effort {
        rounds: None,
        time: Duration::from_millis(200),
        life: Life::Long,
        goal: Goal::SPEED,
        largest_len: 0,
        side_by_side: true,
    };

    fn staged(effort: Effort, field: &[(Backend, Behaviour)]) -> (Race, Vec<(Backend, usize)>) {
        let timed = Rc::default();
        let stage = Stage { field: field.to_vec(), timed: Rc::clone(&timed), processes: RefCell::new(0) };
        let contenders = field.iter().map(|(backend, _)| (Contender::Backend(*backend), None)).collect();
        let race = race(&stage, contenders, effort, &mut |_, _| ());
        let timed = timed.borrow().clone();
        (race, timed)
    }

    fn times(race: &Race, at: usize) -> &Times {
        race.raced[at].outcome.as_ref().unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    #[test]
    fn a_backend_that_fails_or_cannot_is_reported_and_not_timed_and_the_others_go_on() {
        let field = [(Backend::Small, Dies), (Backend::Ropey, Refuses), (Backend::Vec, Takes(1e6))];
        let (race, timed) = staged(EFFORT, &field);
        assert!(matches!(&race.raced[0].outcome, Err(Refusal::Failed(why)) if why.contains("SIGABRT")));
        assert!(matches!(&race.raced[1].outcome, Err(Refusal::Cannot(why)) if why == "as staged"));
        assert_eq!(times(&race, 2).checked.heap.peak, 7);
        assert!(timed.iter().all(|(backend, _)| *backend == Backend::Vec) && !timed.is_empty());
    }

    #[test]
    fn where_all_fail_nothing_is_timed() {
        let (race, timed) = staged(EFFORT, &[(Backend::Vec, Dies)]);
        assert_eq!((race.rounds, timed.len()), (0, 0));
    }

    #[test]
    fn each_generation_is_a_new_process_and_warm_and_cold_are_apart() {
        let (race, _) = staged(EFFORT, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1.1e6))]);
        let vec = times(&race, 0);
        assert!(vec.warm.len() >= GENERATIONS && vec.cold.len() >= 3, "{:?}", vec.warm);
        assert!(vec.warm.iter().flatten().all(|time| *time == 1e6));
        assert!(vec.cold.iter().flatten().all(|time| *time == 1e7));
    }

    #[test]
    fn rounds_are_interleaved_within_a_generation() {
        let (_, timed) = staged(EFFORT, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1e6))]);
        // Two replays of each warm it up; then they take turns.
        for round in timed[4..10].chunks(2) {
            assert_ne!(round[0].0, round[1].0, "{timed:?}");
        }
    }

    #[test]
    fn one_that_is_certainly_slower_leaves_the_race_and_keeps_its_place_in_every_generation() {
        let (race, timed) = staged(EFFORT, &[(Backend::Ropey, Takes(2e7)), (Backend::Vec, Takes(1e6))]);
        let (ropey, vec) = (times(&race, 0), times(&race, 1));
        assert!(ropey.dropped && !vec.dropped && !ropey.at_least);
        assert_eq!((ropey.median(), ropey.warm.len()), (2e7, vec.warm.len()));
        assert_eq!(timed.iter().filter(|(backend, _)| *backend == Backend::Ropey).count(), 2, "its warm-up");
    }

    #[test]
    fn a_replay_that_does_not_end_gives_a_lower_bound() {
        let (race, _) = staged(EFFORT, &[(Backend::Ropey, Hangs), (Backend::Vec, Takes(1e6))]);
        let ropey = times(&race, 0);
        assert!(ropey.dropped && ropey.at_least && ropey.median() > 0.0);
        assert!(!times(&race, 1).dropped);
    }

    #[test]
    fn as_many_rounds_are_made_as_are_asked_for() {
        for rounds in [1, 2, 4, 9, 50] {
            let effort = Effort { rounds: Some(rounds), ..EFFORT };
            let (race, _) = staged(effort, &[(Backend::Vec, Takes(1e6)), (Backend::Ropey, Takes(1e9))]);
            let made = |at| times(&race, at).warm.iter().flatten().count();
            assert_eq!((race.rounds, made(0), made(1)), (rounds, rounds as usize, rounds as usize));
        }
    }

    #[test]
    fn processes_that_do_not_fit_side_by_side_run_one_after_the_other() {
        let effort = Effort { side_by_side: false, ..EFFORT };
        let (race, timed) = staged(effort, &[(Backend::Vec, Takes(1e6)), (Backend::Rope, Takes(1.1e6))]);
        let processes: Vec<usize> = timed.iter().map(|(_, process)| *process).collect();
        assert!(processes.is_sorted(), "a process ends before the next one starts");
        assert!(times(&race, 0).warm.len() >= GENERATIONS);
    }

    #[test]
    fn best_is_the_fastest_backend_even_if_a_peer_is_faster() {
        let vec = Contender::Backend(Backend::Vec);
        assert_eq!(fastest([(Contender::Cursor, 1.0), (vec, 2.0)].into_iter()), Some(vec));
        assert_eq!(fastest([(Contender::Cursor, 1.0)].into_iter()), Some(Contender::Cursor));
        assert_eq!(fastest(std::iter::empty()), None);
    }
}
