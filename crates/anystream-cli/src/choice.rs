//! The decision, and its reason in a sentence. What the reason claims is checked against the figures.

use anystream::{Backend, SmallStream};
use anystream_measure::{Life, MATTERS, Ratio, Verdict};
use indicatif::HumanBytes;
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::goal::Goal;
use crate::measure::fastest;
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
    /// No other backend is better by what matters: proven, not just not disproven.
    #[serde(default = "yes")]
    pub(crate) decided: bool,
    /// What to write in code.
    pub(crate) type_name: String,
    /// For what, as in `--for`.
    pub(crate) goal: String,
    /// Sentences: why, and what is not certain.
    pub(crate) reason: String,
    /// What would change it, in sentences.
    pub(crate) otherwise: Vec<String>,
}

fn yes() -> bool {
    true
}

/// What the user asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) goal: Goal,
    /// Whether the program lives so long that its heap is warm.
    pub(crate) life: Life,
}

/// A simpler backend is taken as long as the best is not faster than it by more than this. It is below what matters, so
/// two backends between which the choice may change from run to run differ by less than that.
const PREFERENCE: f64 = 1.03;

/// Takes the best by what `wish` weighs, or a simpler one that is about as good. Nothing if no backend has figures.
/// Peers are never taken, and change nothing.
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

/// Each backend, and how many times as much as the best of each it takes: a weighted geometric mean.
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

/// What is best in each respect.
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

/// By the figures of this life; of the other where a backend is so slow that it was not measured in this one.
fn time_ratio(figures: &Figures, base: &Figures, life: Life) -> Option<Ratio> {
    figures.compared_with(base, life).or_else(|| figures.compared_with(base, Life::Long))
}

/// How many times as much as the chosen one a rival takes.
fn rivalry(rival: &Figures, own: &Figures, wish: Wish) -> Option<Ratio> {
    score(rival, &Best { time: Some(own), heap: Some(own), latency: Some(own) }, wish)
}

/// The peak, and a little: none of a little is no more than nothing.
fn heap(figures: &Figures) -> f64 {
    const A_LITTLE: f64 = 256.0;
    figures.heap.peak as f64 + A_LITTLE
}

/// What one call in a thousand exceeds, and as little as a clock cannot tell.
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

/// A backend that was not chosen.
struct Rival<'a> {
    contender: Contender,
    figures: &'a Figures,
    /// How many times as much as the chosen one it takes, by what was asked for; nothing if that was not measured.
    ratio: Option<Ratio>,
}

impl Rival<'_> {
    /// It may be better than the chosen one by more than what matters.
    fn is_open(&self) -> bool {
        self.ratio.is_none_or(|ratio| ratio.low < 1.0 / (1.0 + MATTERS))
    }

    fn ties(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.verdict() == Verdict::Tie)
    }
}

/// All that a reason can be made of.
struct Field<'a> {
    /// How many backends were asked for.
    compared: usize,
    measured: Vec<(Contender, &'a Figures)>,
    rivals: Vec<Rival<'a>>,
    backend: Contender,
    own: &'a Figures,
    calls: &'a Calls,
    shape: &'a Shape,
    wish: Wish,
}

impl Field<'_> {
    fn figures(&self, backend: Contender) -> Option<&Figures> {
        self.measured.iter().find(|(measured, _)| *measured == backend).map(|&(_, figures)| figures)
    }

    /// How it compares with the others.
    fn standing(&self) -> String {
        match (self.compared, self.measured.len()) {
            (1, _) => return "no other backend was compared".to_owned(),
            (_, 1) => return "no other backend that was compared can do it".to_owned(),
            _ => {}
        }
        let clauses = [self.weighed(), self.tie(), self.next()];
        let clauses: Vec<String> = clauses.into_iter().flatten().collect();
        if clauses.is_empty() {
            "no other backend is proven to be slower".to_owned()
        } else {
            clauses.join("; ")
        }
    }

    fn tie(&self) -> Option<String> {
        let tied: Vec<Contender> = self.rivals.iter().filter(|it| it.ties()).map(|it| it.contender).collect();
        let verb = if tied.len() == 1 { "is" } else { "are" };
        (!tied.is_empty()).then(|| {
            format!(
                "{} {verb} within {:.0} %, and {} is the simplest",
                listed(&tied),
                MATTERS * 100.0,
                self.backend
            )
        })
    }

    /// The nearest of those that are proven to be slower.
    fn next(&self) -> Option<String> {
        if !self.wish.goal.is_speed_alone() {
            return None;
        }
        let slower = self.rivals.iter().filter_map(|it| {
            let ratio = it.ratio.filter(|ratio| ratio.verdict() == Verdict::Slower)?;
            Some((it, ratio))
        });
        let (next, ratio) = slower.min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))?;
        let at_least = if next.figures.at_least { "more than " } else { "" };
        Some(format!(
            "the next, {}, takes {at_least}{} times as long",
            next.contender,
            significant(ratio.value)
        ))
    }

    /// How it compares by all that weighs.
    fn weighed(&self) -> Option<String> {
        let Wish { goal, life } = self.wish;
        if goal.is_speed_alone() {
            return None;
        }
        let beside = |of: fn(&Figures) -> f64| {
            self.rivals.iter().min_by(|a, b| of(a.figures).total_cmp(&of(b.figures)))
        };
        let time = |it: &Figures| it.time(life).unwrap_or_default();
        let time = (goal.speed > 0.0).then(|| beside(|it| it.median)).flatten().map(|it| {
            format!("{} a replay ({} {})", duration(time(self.own)), it.contender, duration(time(it.figures)))
        });
        let memory = (goal.memory > 0.0).then(|| beside(heap)).flatten().map(|it| {
            let (own, other) = (HumanBytes(self.own.heap.peak), HumanBytes(it.figures.heap.peak));
            format!("{own} of heap ({} {other})", it.contender)
        });
        let latency = (goal.latency > 0.0).then(|| beside(latency)).flatten().map(|it| {
            let p999 = |it: &Figures| duration(it.profile.latency.p999 as f64);
            format!("999 of 1,000 calls within {} ({} {})", p999(self.own), it.contender, p999(it.figures))
        });
        let figures: Vec<String> = [time, memory, latency].into_iter().flatten().collect();
        Some(format!("weighing {goal}, it comes best with {}", figures.join(", ")))
    }

    /// Which others may be better, and by how much.
    fn undecided(&self) -> Option<String> {
        let open: Vec<&Rival<'_>> = self.rivals.iter().filter(|it| it.is_open()).collect();
        let names: Vec<Contender> = open.iter().map(|it| it.contender).collect();
        if names.is_empty() {
            return None;
        }
        let most = open.iter().filter_map(|it| it.ratio).map(Ratio::largest_difference).fold(0.0, f64::max);
        let by = if most > 0.0 && most < 100.0 {
            format!("these may differ by up to {:.0} %", (most * 100.0).ceil())
        } else {
            "too little was measured".to_owned()
        };
        Some(format!("Undecided between {} and {}: {by}.", self.backend, listed(&names)))
    }

    /// That the other life would have another backend.
    fn disagreement(&self) -> Option<String> {
        if !self.wish.goal.is_speed_alone() {
            return None;
        }
        let other = match self.wish.life {
            Life::Long => Life::Short,
            Life::Short => Life::Long,
        };
        let faster = self.rivals.iter().filter_map(|it| {
            let ratio = self.own.compared_with(it.figures, other)?;
            (ratio.low > 1.0 + MATTERS).then_some((it.contender, ratio.value))
        });
        let (rival, times) = faster.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let times = significant(times);
        Some(match other {
            Life::Short => format!(
                "In a fresh process, {rival} is {times} times as fast: for a program that ends soon, see --life short."
            ),
            Life::Long => format!("In a long-running process, {rival} is {times} times as fast."),
        })
    }

    /// What in the workload explains it; nothing if nothing known does.
    fn cause(&self) -> Option<String> {
        let figures = self.own;
        if !self.wish.goal.is_speed_alone() {
            return None;
        }
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
            Backend::Vec | Backend::Small if splices == 0 => None,
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
        let chosen = self.own;
        if self.wish.goal.memory > 0.0 {
            return None;
        }
        let least = self.rivals.iter().min_by_key(|it| it.figures.heap.peak)?;
        let peak = least.figures.heap.peak;
        let saved = chosen.heap.peak.saturating_sub(peak);
        (saved >= 4096 && saved >= peak).then(|| {
            format!(
                "If heap matters more: {} needs {} instead of {}, at {} times the time.",
                least.contender,
                HumanBytes(peak),
                HumanBytes(chosen.heap.peak),
                significant(least.figures.median / chosen.median)
            )
        })
    }

    fn measured_a_tree(&self) -> bool {
        [ROPE, ROPEY].iter().any(|&tree| self.figures(tree).is_some())
    }
}
#[cfg(test)]
mod tests {
    use anystream_workload::{Op, Script};

    use super::*;
    use crate::results::{Cold, Refusal, compare_with_the_best};
    use crate::shape::{Most, look};

    fn backend(backend: Backend, time: f64) -> Standing {
        Standing { contender: Contender::Backend(backend), figures: Ok(Figures::steady(time)) }
    }

    fn changed(standing: Standing, change: impl FnOnce(&mut Figures)) -> Standing {
        let Standing { contender, figures } = standing;
        Standing {
            contender,
            figures: figures.map(|mut figures| {
                change(&mut figures);
                figures
            }),
        }
    }

    /// Five processes that took these times.
    fn processes(times: [f64; 5]) -> Vec<Vec<f64>> {
        times.iter().map(|time| vec![*time; 9]).collect()
    }

    fn refused(backend: Backend) -> Standing {
        let figures = Err(Refusal::Cannot("no memory".to_owned()));
        Standing { contender: Contender::Backend(backend), figures }
    }

    fn choose_for(goal: &str, life: Life, standings: &[Standing], script: &Script) -> Option<Choice> {
        let looked = look(script, Most { nanoseconds: f64::INFINITY, len: u64::MAX });
        let mut standings = standings.to_vec();
        compare_with_the_best(&mut standings);
        choose(&standings, &looked.calls, &looked.shape, Wish { goal: goal.parse().unwrap(), life })
    }

    fn choice(standings: &[Standing]) -> Choice {
        choose_for("speed", Life::Long, standings, &write()).expect("some backend has figures")
    }

    fn write() -> Script {
        Script::new("", "").with([Op::Write("0123456789".into())])
    }

    #[test]
    fn the_fastest_is_chosen_and_the_next_is_named() {
        let insert = Op::Splice { range: 0..0, with: "x".into() };
        let inserts = Script::new("", vec![0; 2048]).with([insert.clone(), insert]);
        let standings = [backend(Backend::Vec, 20.0), backend(Backend::Rope, 10.0)];
        let Choice { backend, decided, reason, .. } =
            choose_for("speed", Life::Long, &standings, &inserts).unwrap();
        assert_eq!((backend.name(), decided), ("rope", true));
        assert!(
            reason.starts_with("Take rope: the next, vec, takes 2.00 times as long; 100 % of"),
            "{reason}"
        );
    }

    #[test]
    fn of_those_that_are_about_as_good_the_simplest_is_chosen() {
        let standings =
            [backend(Backend::Ropey, 10.0), backend(Backend::Rope, 10.2), backend(Backend::Small, 30.0)];
        let Choice { backend, decided, reason, .. } = choice(&standings);
        assert_eq!((backend.name(), decided), ("rope", true));
        assert!(
            reason.contains("ropey is within 5 %, and rope is the simplest; the next, small,"),
            "{reason}"
        );
    }

    #[test]
    fn a_choice_that_is_not_proven_says_by_how_much_the_others_may_be_better() {
        let wild = |figures: &mut Figures| figures.processes = processes([0.5, 2.0, 4.0, 0.7, 3.0]);
        let standings = [backend(Backend::Vec, 1.0), changed(backend(Backend::Rope, 4.0), wild)];
        let Choice { backend, decided, reason, .. } = choice(&standings);
        assert_eq!((backend.name(), decided), ("vec", false));
        assert!(reason.contains("Undecided between vec and rope: these may differ by up to"), "{reason}");
    }

    #[test]
    fn the_choice_depends_neither_on_order_nor_on_peers_nor_on_backends_that_lose() {
        let field = [
            backend(Backend::Small, 10.1),
            backend(Backend::Rope, 10.0),
            backend(Backend::Vec, 10.2),
            backend(Backend::Ropey, 900.0),
            Standing { contender: Contender::Cursor, figures: Ok(Figures::steady(5.0)) },
        ];
        for turns in 0..field.len() {
            let mut turned = field.clone();
            turned.rotate_left(turns);
            assert_eq!(choice(&turned).backend.name(), "vec");
            turned.reverse();
            assert_eq!(choice(&turned).backend.name(), "vec");
        }
        assert_eq!(choice(&field[..3]).backend.name(), "vec");
        assert_eq!(choice(&field[1..3]).backend.name(), "vec");
    }

    #[test]
    fn where_the_lives_disagree_the_one_that_was_asked_for_decides_and_the_other_is_named() {
        let cold = |figures: &mut Figures| {
            let processes = vec![vec![1.0]; 5];
            figures.cold = Some(Cold { median: 1.0, interval: Default::default(), processes });
        };
        let standings = [backend(Backend::Vec, 10.0), changed(backend(Backend::Rope, 20.0), cold)];
        let warm = choice(&standings);
        assert_eq!(warm.backend.name(), "vec");
        assert!(warm.reason.contains("In a fresh process, rope is 10.0 times as fast"), "{}", warm.reason);
        let cold = choose_for("speed", Life::Short, &standings, &write()).unwrap();
        assert_eq!(cold.backend.name(), "rope");
        assert!(
            cold.reason.contains("In a long-running process, vec is 2.00 times as fast"),
            "{}",
            cold.reason
        );
    }

    #[test]
    fn the_order_of_simplicity_is_vec_small_rope_ropey() {
        let mut backends =
            [Backend::Ropey, Backend::Rope, Backend::Small, Backend::Vec].map(Contender::Backend).to_vec();
        let mut order = Vec::new();
        while let Some(next) = simplest(backends.iter().copied()) {
            backends.retain(|&backend| backend != next);
            order.push(next.name());
        }
        assert_eq!(order, ["vec", "small", "rope", "ropey"]);
    }

    #[test]
    fn small_says_that_it_allocates_nothing_only_where_it_does_not() {
        for (peak, inline) in [(0, true), (80, false)] {
            let small = changed(backend(Backend::Small, 10.0), |it| it.heap.peak = peak);
            let reason = choice(&[backend(Backend::Vec, 30.0), small]).reason;
            assert_eq!(reason.contains("never longer than 10 B and fits inline"), inline, "{reason}");
        }
    }

    #[test]
    fn holes_are_a_reason_only_where_they_took_no_memory() {
        let script = Script::new("", "").with([Op::SetLen(1 << 20), Op::Write("x".into())]);
        for (peak, free) in [(100, true), (2 << 20, false)] {
            let rope = changed(backend(Backend::Rope, 10.0), |it| it.heap.peak = peak);
            let standings = [rope, refused(Backend::Vec)];
            let reason = choose_for("speed", Life::Long, &standings, &script).unwrap().reason;
            assert!(reason.contains("no other backend that was compared can do it"), "{reason}");
            assert_eq!(reason.contains("holes take no memory"), free, "{reason}");
        }
    }

    #[test]
    fn one_that_needs_half_the_heap_is_named_with_its_price() {
        let standings = [
            changed(backend(Backend::Vec, 10.0), |it| it.heap.peak = 100_000),
            changed(backend(Backend::Rope, 15.0), |it| it.heap.peak = 40_000),
        ];
        let reason = choice(&standings).reason;
        let price =
            "If heap matters more: rope needs 39.06 KiB instead of 97.66 KiB, at 1.50 times the time.";
        assert!(reason.ends_with(price), "{reason}");
    }

    #[test]
    fn without_figures_there_is_no_choice() {
        assert_eq!(choose_for("speed", Life::Long, &[refused(Backend::Vec)], &write()), None);
    }

    #[test]
    fn what_weighs_decides() {
        let mut standings = [
            changed(backend(Backend::Vec, 10.0), |it| it.heap.peak = 1 << 20),
            changed(backend(Backend::Rope, 15.0), |it| it.heap.peak = 1 << 18),
        ];
        let choice =
            |goal, standings: &[Standing]| choose_for(goal, Life::Long, standings, &write()).unwrap();
        assert_eq!(choice("memory", &standings).backend.name(), "rope");
        assert_eq!(choice("speed=9,memory=1", &standings).backend.name(), "vec");
        let weighed = choice("speed=1,memory=1", &standings);
        assert_eq!(weighed.backend.name(), "rope");
        assert!(weighed.reason.contains("256.00 KiB of heap (vec 1.00 MiB)"), "{}", weighed.reason);

        for (standing, p999) in standings.iter_mut().zip([5000_u32, 50]) {
            if let Ok(figures) = &mut standing.figures {
                figures.profile.latency.p999 = p999.into();
                figures.p999 = processes([f64::from(p999); 5]);
            }
        }
        let latency = choice("latency", &standings);
        assert_eq!((latency.backend.name(), latency.decided), ("rope", true));
        assert!(
            latency.reason.contains("999 of 1,000 calls within 50.0 ns (vec 5.00 µs)"),
            "{}",
            latency.reason
        );
    }

    #[test]
    fn a_lower_bound_of_a_replay_that_was_ended_is_called_one() {
        let ended = changed(backend(Backend::Ropey, 200.0), |it| it.at_least = true);
        let reason = choice(&[backend(Backend::Vec, 10.0), ended]).reason;
        assert!(reason.contains("the next, ropey, takes more than 20.0 times as long"), "{reason}");
    }
}
