//! The decision, and its reason in a sentence. What the reason claims is checked against the figures.

use anystream::{Backend, SmallStream};
use indicatif::HumanBytes;
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::goal::Goal;
use crate::interval::LAYOUT;
use crate::report::numbers::{duration, percent, significant};
use crate::results::{Calls, Figures, Standing};
use crate::shape::Shape;

const VEC: Contender = Contender::Backend(Backend::Vec);
const ROPE: Contender = Contender::Backend(Backend::Rope);
const ROPEY: Contender = Contender::Backend(Backend::Ropey);

/// Which backend to take for one workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) backend: Contender,
    /// What to write in code.
    pub(crate) type_name: String,
    /// For what, as in `--for`.
    pub(crate) goal: String,
    /// A sentence; two if another backend needs much less memory.
    pub(crate) reason: String,
    /// What would change it, in sentences.
    pub(crate) otherwise: Vec<String>,
}

/// Takes the one that comes best by what `goal` weighs; of those that tie with it the simplest. Nothing if no
/// backend has figures. Peers are never taken.
pub(crate) fn choose(standings: &[Standing], calls: &Calls, shape: &Shape, goal: Goal) -> Option<Choice> {
    let measured: Vec<(Contender, &Figures)> = standings
        .iter()
        .filter(|standing| !standing.contender.is_peer())
        .filter_map(|standing| Some((standing.contender, standing.figures.as_ref().ok()?)))
        .collect();
    let scores = scores(&measured, goal);
    let best = scores.iter().map(|(_, score)| *score).min_by(f64::total_cmp)?;
    let equals: Vec<Contender> = scores
        .iter()
        .filter(|(_, score)| *score <= best + (1.0 + LAYOUT).ln())
        .map(|(backend, _)| *backend)
        .collect();
    let backend = simplest(equals.iter().copied())?;
    let compared = standings.iter().filter(|standing| !standing.contender.is_peer()).count();
    let field = Field { compared, measured, equals, backend, calls, shape };
    let standing = if goal.is_speed_alone() { field.standing() } else { field.weighed(goal) };
    let cause = if goal.is_speed_alone() { field.cause() } else { None };
    let clauses: Vec<String> = [Some(standing), cause].into_iter().flatten().collect();
    let mut reason = format!("Take {backend}: {}.", clauses.join("; "));
    if let Some(thriftier) = field.thriftier().filter(|_| goal.memory == 0.0) {
        reason = format!("{reason} {thriftier}");
    }
    Some(Choice {
        backend,
        type_name: backend.type_name().to_owned(),
        goal: goal.to_string(),
        reason,
        otherwise: Vec::new(),
    })
}

/// The logarithm of a weighted geometric mean of ratios to the best: the least is the best.
fn scores(measured: &[(Contender, &Figures)], goal: Goal) -> Vec<(Contender, f64)> {
    let total = goal.speed + goal.memory + goal.latency;
    let fastest = measured.iter().map(|(_, it)| it.ratio).fold(f64::INFINITY, f64::min);
    let best = |of: fn(&Figures) -> f64| measured.iter().map(|(_, it)| of(it)).fold(f64::INFINITY, f64::min);
    let (least_heap, least_latency) = (best(heap), best(latency));
    let score = |figures: &Figures| {
        // Within noise there is no difference in time.
        let time = if figures.is_among_the_best() { 1.0 } else { figures.ratio / fastest };
        let sum = goal.speed * time.ln()
            + goal.memory * (heap(figures) / least_heap).ln()
            + goal.latency * (latency(figures) / least_latency).ln();
        sum / total
    };
    measured.iter().map(|&(backend, figures)| (backend, score(figures))).collect()
}

/// The peak, and a little: none of a little is no more than nothing.
fn heap(figures: &Figures) -> f64 {
    const A_LITTLE: f64 = 256.0;
    figures.heap.peak as f64 + A_LITTLE
}

/// What one call in a hundred exceeds, and as little as a clock cannot tell.
fn latency(figures: &Figures) -> f64 {
    const A_LITTLE: f64 = 10.0;
    figures.profile.latency.p99 as f64 + A_LITTLE
}

/// The one that takes least to understand and to predict: when times tie, that decides. One that this program was
/// given comes after those that everybody has.
pub(crate) fn simplest(backends: impl IntoIterator<Item = Contender>) -> Option<Contender> {
    const SIMPLEST_FIRST: [Contender; 4] = [VEC, Contender::Backend(Backend::Small), ROPE, ROPEY];
    let rank =
        |backend: &Contender| SIMPLEST_FIRST.iter().position(|known| known == backend).unwrap_or(usize::MAX);
    backends.into_iter().min_by_key(rank)
}

/// "a", "a and b", "a, b and c".
pub(crate) fn listed(backends: &[Contender]) -> String {
    let names: Vec<&str> = backends.iter().map(|backend| backend.name()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn fits_inline(len: u64) -> bool {
    const FAR_MORE_THAN_INLINE: u64 = 4096;
    len < FAR_MORE_THAN_INLINE && <SmallStream>::from(&vec![0; len as usize][..]).inline()
}

/// All that a reason can be made of.
struct Field<'a> {
    /// How many backends were asked for.
    compared: usize,
    measured: Vec<(Contender, &'a Figures)>,
    /// Those that come best, the chosen one among them.
    equals: Vec<Contender>,
    backend: Contender,
    calls: &'a Calls,
    shape: &'a Shape,
}

impl Field<'_> {
    fn figures(&self, backend: Contender) -> Option<&Figures> {
        self.measured.iter().find(|(measured, _)| *measured == backend).map(|&(_, figures)| figures)
    }

    /// How it stands to the others in time.
    fn standing(&self) -> String {
        if let Some(alone) = self.alone() {
            return alone;
        }
        let next = self
            .measured
            .iter()
            .filter(|(backend, _)| !self.equals.contains(backend))
            .min_by(|(_, a), (_, b)| a.median.total_cmp(&b.median));
        let chosen_ratio = self.figures(self.backend).map_or(1.0, |figures| figures.ratio);
        // On a noisy machine one that ties may have the greater median of the two.
        let next = next.filter(|(_, figures)| figures.ratio > chosen_ratio).map(|(backend, figures)| {
            format!("the next, {backend}, takes {} times as long", significant(figures.ratio / chosen_ratio))
        });
        [self.tie(), next].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// How it stands to the others by all that weighs.
    fn weighed(&self, goal: Goal) -> String {
        if let Some(alone) = self.alone() {
            return alone;
        }
        let Some(own) = self.figures(self.backend) else { return String::new() };
        let beside = |of: fn(&Figures) -> f64| {
            let others = self.measured.iter().filter(|(backend, _)| *backend != self.backend);
            others.min_by(|(_, a), (_, b)| of(a).total_cmp(&of(b)))
        };
        let time = (goal.speed > 0.0).then(|| beside(|it| it.median)).flatten().map(|(other, it)| {
            format!("{} a replay ({other} {})", duration(own.median), duration(it.median))
        });
        let memory = (goal.memory > 0.0).then(|| beside(heap)).flatten().map(|(other, it)| {
            format!("{} of heap ({other} {})", HumanBytes(own.heap.peak), HumanBytes(it.heap.peak))
        });
        let latency = (goal.latency > 0.0).then(|| beside(latency)).flatten().map(|(other, it)| {
            let p99 = |it: &Figures| duration(it.profile.latency.p99 as f64);
            format!("99 of 100 calls within {} ({other} {})", p99(own), p99(it))
        });
        let figures: Vec<String> = [time, memory, latency].into_iter().flatten().collect();
        let weighed = format!("weighing {goal}, it comes best with {}", figures.join(", "));
        [Some(weighed), self.tie()].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn alone(&self) -> Option<String> {
        match (self.compared, self.measured.len()) {
            (1, _) => Some("no other backend was compared".to_owned()),
            (_, 1) => Some("no other backend that was compared can do it".to_owned()),
            _ => None,
        }
    }

    fn tie(&self) -> Option<String> {
        let others: Vec<Contender> = self.equals.iter().copied().filter(|it| *it != self.backend).collect();
        (!others.is_empty()).then(|| {
            let degree = if others.len() == 1 { "simpler of the two" } else { "simplest of them" };
            format!("it ties with {} and is the {degree}", listed(&others))
        })
    }

    /// What in the workload explains it; nothing if nothing known does.
    fn cause(&self) -> Option<String> {
        let figures = self.figures(self.backend)?;
        let Shape { splices, bytes_behind, bytes_skipped, largest_len } = *self.shape;
        let share = percent(splices, self.calls.total);
        let moved = HumanBytes(bytes_behind / splices.max(1));
        let Contender::Backend(backend) = self.backend else { return None };
        match backend {
            // What came in with the initial contents is no allocation of the stream's.
            Backend::Small if fits_inline(largest_len) && figures.heap.peak <= self.calls.initial_len => {
                Some(format!(
                    "the stream is never longer than {} and fits inline, so that it allocates nothing",
                    HumanBytes(largest_len)
                ))
            }
            Backend::Vec | Backend::Small if splices == 0 => Some(format!(
                "no call inserts or removes, so a vector never moves what lies behind, and a call copies {} on average",
                HumanBytes(self.calls.bytes_moved() / self.calls.total.max(1))
            )),
            Backend::Vec | Backend::Small if bytes_behind == 0 => Some(
                "every insert and removal is at the end, so a vector never moves what lies behind".to_owned(),
            ),
            Backend::Vec | Backend::Small if self.measured_a_tree() => Some(format!(
                "{share} of the calls insert or remove, but moving the {moved} behind them costs no more \
                 than finding the place in a tree"
            )),
            Backend::Rope if bytes_skipped > figures.heap.peak && bytes_skipped > largest_len / 2 => {
                Some(format!(
                    "{} of its {} were never written, and such holes take no memory",
                    percent(bytes_skipped.min(largest_len), largest_len),
                    HumanBytes(largest_len)
                ))
            }
            Backend::Rope | Backend::Ropey if splices * 20 >= self.calls.total.max(1) => Some(format!(
                "{share} of the calls insert or remove with {moved} behind them on average, which a vector \
                 moves every time and a tree does not"
            )),
            Backend::Rope | Backend::Ropey => {
                let vec = self.figures(VEC)?;
                (vec.heap.peak > figures.heap.peak).then(|| {
                    format!(
                        "it grows without moving what it holds, with {} of heap at its peak where vec has {}",
                        HumanBytes(figures.heap.peak),
                        HumanBytes(vec.heap.peak)
                    )
                })
            }
            _ => None,
        }
    }

    /// Which other needs half the heap or less, and what that costs in time.
    fn thriftier(&self) -> Option<String> {
        let chosen = self.figures(self.backend)?;
        let (backend, least) = self.measured.iter().min_by_key(|(_, figures)| figures.heap.peak)?;
        let saved = chosen.heap.peak.saturating_sub(least.heap.peak);
        (saved >= 4096 && saved >= least.heap.peak).then(|| {
            format!(
                "If heap matters more: {backend} needs {} instead of {}, at {} times the time.",
                HumanBytes(least.heap.peak),
                HumanBytes(chosen.heap.peak),
                significant(least.ratio / chosen.ratio)
            )
        })
    }

    fn measured_a_tree(&self) -> bool {
        [ROPE, ROPEY].iter().any(|&tree| self.figures(tree).is_some())
    }
}

#[cfg(test)]
mod tests {
    use anystream_workload::{Op, Script, Summary};

    use super::*;
    use crate::heap::HeapUse;
    use crate::interval::Interval;
    use crate::profile::Profile;
    use crate::results::Refusal;

    fn result(backend: Backend, median: f64, ratio: f64, tied: bool, peak: u64) -> Standing {
        let figures = Figures {
            times: vec![median],
            median,
            interval: Interval { low: median, high: median },
            ratio,
            tied,
            heap: HeapUse { peak, ..HeapUse::default() },
            profile: Profile::default(),
        };
        Standing { contender: Contender::Backend(backend), figures: Ok(figures) }
    }

    fn refused(backend: Backend) -> Standing {
        let figures = Err(Refusal::Cannot("no memory".to_owned()));
        Standing { contender: Contender::Backend(backend), figures }
    }

    fn choice_for(goal: Goal, standings: &[Standing], script: &Script) -> (Backend, String) {
        let calls = Calls::of(&Summary::of(script), None);
        let choice = choose(standings, &calls, &Shape::of(script), goal).expect("some backend has figures");
        let Contender::Backend(backend) = choice.backend else { panic!("peers are never taken") };
        (backend, choice.reason)
    }

    fn choice(standings: &[Standing], script: &Script) -> (Backend, String) {
        choice_for(Goal::SPEED, standings, script)
    }

    fn write() -> Script {
        Script::new("", "").with([Op::Write("0123456789".into())])
    }

    fn inserts() -> Script {
        let insert = Op::Splice { range: 0..0, with: "x".into() };
        Script::new("", vec![0; 2048]).with([insert.clone(), insert])
    }

    #[test]
    fn the_fastest_is_chosen_and_the_next_is_named() {
        let results =
            [result(Backend::Vec, 20.0, 2.0, false, 10), result(Backend::Rope, 10.0, 1.0, false, 10)];
        let (backend, reason) = choice(&results, &inserts());
        assert_eq!(backend, Backend::Rope);
        assert!(
            reason.starts_with("Take rope: the next, vec, takes 2.00 times as long; 100 % of"),
            "{reason}"
        );
        assert!(reason.contains("with 2.00 KiB behind them on average"), "{reason}");
    }

    #[test]
    fn of_ties_the_simplest_is_chosen_and_said_to_be_it() {
        let results = [
            result(Backend::Ropey, 10.0, 1.0, false, 10),
            result(Backend::Rope, 10.1, 1.01, true, 10),
            result(Backend::Small, 30.3, 3.03, false, 10),
        ];
        let (backend, reason) = choice(&results, &write());
        assert_eq!(backend, Backend::Rope);
        assert!(reason.contains("Take rope: it ties with ropey and is the simpler of the two;"), "{reason}");
        assert!(reason.contains("the next, small, takes 3.00 times as long"), "{reason}");
    }

    #[test]
    fn the_order_of_simplicity_is_vec_small_rope_ropey() {
        let mut backends =
            [Backend::Ropey, Backend::Rope, Backend::Small, Backend::Vec].map(Contender::Backend).to_vec();
        let mut order = Vec::new();
        while let Some(next) = simplest(backends.iter().copied()) {
            backends.retain(|&backend| backend != next);
            order.push(next);
        }
        assert_eq!(order.iter().map(|it| it.name()).collect::<Vec<_>>(), ["vec", "small", "rope", "ropey"]);
    }

    #[test]
    fn small_says_that_it_allocates_nothing_only_where_it_does_not() {
        for (peak, inline) in [(0, true), (80, false)] {
            let results =
                [result(Backend::Vec, 30.0, 3.0, false, 80), result(Backend::Small, 10.0, 1.0, false, peak)];
            let (backend, reason) = choice(&results, &write());
            assert_eq!(backend, Backend::Small);
            assert_eq!(reason.contains("never longer than 10 B and fits inline"), inline, "{reason}");
        }
    }

    #[test]
    fn holes_are_a_reason_only_where_they_took_no_memory() {
        let script = Script::new("", "").with([Op::SetLen(1 << 20), Op::Write("x".into())]);
        for (peak, free) in [(100, true), (2 << 20, false)] {
            let results = [result(Backend::Rope, 10.0, 1.0, false, peak), refused(Backend::Vec)];
            let (_, reason) = choice(&results, &script);
            assert!(reason.contains("no other backend that was compared can do it"), "{reason}");
            assert_eq!(reason.contains("holes take no memory"), free, "{reason}");
        }
    }

    #[test]
    fn one_that_needs_half_the_heap_is_named_with_its_price() {
        let results = [
            result(Backend::Vec, 10.0, 1.0, false, 100_000),
            result(Backend::Rope, 15.0, 1.5, false, 40_000),
        ];
        let (_, reason) = choice(&results, &write());
        assert!(
            reason.ends_with(
                "If heap matters more: rope needs 39.06 KiB instead of 97.66 KiB, at 1.50 times the time."
            ),
            "{reason}"
        );
    }

    #[test]
    fn without_figures_there_is_no_choice() {
        let standings = [refused(Backend::Vec)];
        assert_eq!(choose(&standings, &Calls::default(), &Shape::default(), Goal::SPEED), None);
    }

    #[test]
    fn what_weighs_decides() {
        let mut results = [
            result(Backend::Vec, 10.0, 1.0, false, 1 << 20),
            result(Backend::Rope, 15.0, 1.5, false, 1 << 18),
        ];
        let goal = |text: &str| text.parse::<Goal>().expect("a goal");
        assert_eq!(choice_for(goal("memory"), &results, &write()).0, Backend::Rope);
        assert_eq!(choice_for(goal("speed=9,memory=1"), &results, &write()).0, Backend::Vec);
        let (backend, reason) = choice_for(goal("speed=1,memory=1"), &results, &write());
        assert_eq!(backend, Backend::Rope);
        assert!(reason.contains("256.00 KiB of heap (vec 1.00 MiB)"), "{reason}");

        assert_eq!(
            choice_for(goal("latency"), &results, &write()).0,
            Backend::Vec,
            "none has any: the simpler"
        );
        if let Ok(vec) = &mut results[0].figures {
            vec.profile.latency.p99 = 5000;
        }
        assert_eq!(choice_for(goal("latency"), &results, &write()).0, Backend::Rope);
    }

    #[test]
    fn a_peer_is_never_chosen() {
        let mut results =
            [result(Backend::Vec, 20.0, 2.0, false, 10), result(Backend::Rope, 10.0, 1.0, false, 10)];
        results[1].contender = Contender::Cursor;
        assert_eq!(choice(&results, &write()).0, Backend::Vec);
    }
}
