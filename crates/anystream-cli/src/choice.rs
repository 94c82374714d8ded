//! The choice of a backend.

mod reason;

use anystream::Backend;
use anystream_measure::{Life, Ratio};
use serde::{Deserialize, Serialize};

use self::reason::{Field, Rival};
use crate::contender::Contender;
use crate::goal::Goal;
use crate::measure::fastest;
use crate::results::{Calls, Figures, Standing};
use crate::shape::Shape;

const VEC: Contender = Contender::Backend(Backend::Vec);
const ROPE: Contender = Contender::Backend(Backend::Rope);
const ROPEY: Contender = Contender::Backend(Backend::Ropey);

/// Which backend to take for one workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) backend: Contender,
    /// Whether it is proven that no other backend is better by a difference that matters.
    #[serde(default = "yes")]
    pub(crate) decided: bool,
    /// The path of its type.
    pub(crate) type_name: String,
    /// The goal, as in `--for`.
    pub(crate) goal: String,
    /// The reason and its uncertainty, in sentences.
    pub(crate) reason: String,
    /// Conditions that would change the choice, in sentences.
    pub(crate) otherwise: Vec<String>,
}

fn yes() -> bool {
    true
}

/// The user's goal and the life of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) goal: Goal,
    /// Long if the program's heap is warm.
    pub(crate) life: Life,
}

/// A simpler backend is chosen if the best is faster by at most this factor. It is smaller than a difference that matters,
/// so a choice that changes between runs changes only between backends within that difference.
const PREFERENCE: f64 = 1.03;

/// Chooses the best backend for `wish`, or a simpler backend that is about as good. `None` if no backend has figures.
/// Peers are never chosen and don't affect the choice.
pub(crate) fn choose(standings: &[Standing], calls: &Calls, shape: &Shape, wish: Wish) -> Option<Choice> {
    let measured: Vec<(Contender, &Figures)> = standings
        .iter()
        .filter(|standing| !standing.contender.is_peer())
        .filter_map(|standing| Some((standing.contender, standing.figures.as_ref().ok()?)))
        .collect();
    let mut wish = wish;
    if !measured.iter().any(|(_, figures)| figures.time(wish.life).is_some()) {
        wish.life = Life::Long; // interrupted before any fresh process
    }
    let scores = scores(&measured, wish);
    let best = scores.iter().min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))?.1.value;
    let backend = simplest(scores.iter().filter(|(_, it)| it.value <= best * PREFERENCE).map(|(it, _)| *it))?;
    let own = measured.iter().find(|(it, _)| *it == backend)?.1;
    let others = measured.iter().filter(|(it, _)| *it != backend);
    let rivals: Vec<Rival<'_>> = others
        .map(|&(contender, figures)| Rival { contender, figures, ratio: rivalry(figures, own, wish) })
        .collect();
    let compared = standings.iter().filter(|standing| !standing.contender.is_peer()).count();
    let field = Field { compared, measured, rivals, backend, own, calls, shape, wish };
    let clauses: Vec<String> = [Some(field.standing()), field.cause()].into_iter().flatten().collect();
    let sentences = [
        Some(format!("Take {backend}: {}.", clauses.join("; "))),
        field.undecided(),
        field.disagreement(),
        field.thriftier(),
    ];
    Some(Choice {
        backend,
        decided: field.undecided().is_none(),
        type_name: backend.type_name().to_owned(),
        goal: wish.goal.to_string(),
        reason: sentences.into_iter().flatten().collect::<Vec<_>>().join(" "),
        otherwise: Vec::new(),
    })
}

/// The score of each backend: the weighted geometric mean of its ratios to the best time, heap and latency.
fn scores(measured: &[(Contender, &Figures)], wish: Wish) -> Vec<(Contender, Ratio)> {
    let times = measured.iter().filter_map(|(it, figures)| Some((*it, figures.time(wish.life)?)));
    let fastest = fastest(times).and_then(|best| measured.iter().find(|(it, _)| *it == best));
    let least = |of: fn(&Figures) -> f64| {
        measured.iter().min_by(|(_, a), (_, b)| of(a).total_cmp(&of(b))).map(|(_, figures)| *figures)
    };
    let best = Best { time: fastest.map(|(_, it)| *it), heap: least(heap), latency: least(latency) };
    let known = measured.iter().filter_map(|&(it, figures)| Some((it, score(figures, &best, wish)?)));
    known.collect()
}

/// The best figures for each goal.
struct Best<'a> {
    time: Option<&'a Figures>,
    heap: Option<&'a Figures>,
    latency: Option<&'a Figures>,
}

fn score(figures: &Figures, best: &Best<'_>, Wish { goal, life }: Wish) -> Option<Ratio> {
    const SAME: Ratio = Ratio { value: 1.0, low: 1.0, high: 1.0 };
    let weigh = |weight: f64, ratio: Option<Ratio>| if weight > 0.0 { ratio } else { Some(SAME) };
    let time = weigh(goal.speed, best.time.and_then(|best| time_ratio(figures, best, life)))?;
    let latency = weigh(goal.latency, best.latency.map(|best| latency_ratio(figures, best)))?;
    let heap = best.heap.map_or(1.0, |best| heap(figures) / heap(best));
    let total = goal.speed + goal.memory + goal.latency;
    let mean = |of: fn(&Ratio) -> f64| {
        let sum = goal.speed * of(&time).ln() + goal.latency * of(&latency).ln() + goal.memory * heap.ln();
        (sum / total).exp()
    };
    Some(Ratio { value: mean(|it| it.value), low: mean(|it| it.low), high: mean(|it| it.high) })
}

/// Compares the times of this life. Falls back to warm times for a backend too slow to be measured cold.
fn time_ratio(figures: &Figures, base: &Figures, life: Life) -> Option<Ratio> {
    figures.compared_with(base, life).or_else(|| figures.compared_with(base, Life::Long))
}

/// The score of a rival relative to the chosen backend.
fn rivalry(rival: &Figures, own: &Figures, wish: Wish) -> Option<Ratio> {
    score(rival, &Best { time: Some(own), heap: Some(own), latency: Some(own) }, wish)
}

/// The peak plus a constant, so a few bytes of heap are not infinitely more than no heap.
fn heap(figures: &Figures) -> f64 {
    const A_LITTLE: f64 = 256.0;
    figures.heap.peak as f64 + A_LITTLE
}

/// The p99.9 latency plus the resolution of a clock.
fn latency(figures: &Figures) -> f64 {
    A_CLOCK + figures.profile.latency.p999 as f64
}

const A_CLOCK: f64 = 10.0;

fn latency_ratio(figures: &Figures, base: &Figures) -> Ratio {
    let with_a_clock = |p999: &[Vec<f64>]| -> Vec<Vec<f64>> {
        p999.iter().map(|process| process.iter().map(|it| it + A_CLOCK).collect()).collect()
    };
    let value = latency(figures) / latency(base);
    Ratio::of(&with_a_clock(&figures.p999), &with_a_clock(&base.p999)).unwrap_or(Ratio {
        value,
        low: value / 2.0,
        high: value * 2.0,
    })
}

/// The simplest of `backends` to understand and predict, which decides when times tie. A custom backend comes after the
/// built-in ones.
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

#[cfg(test)]
mod tests;
