//! The reason of a choice, in sentences. Every claim is checked against the figures.

use anystream::{Backend, SmallStream};
use anystream_measure::{Life, MATTERS, Ratio, Verdict};
use indicatif::HumanBytes;

use super::{ROPE, ROPEY, VEC, Wish, heap, latency, listed};
use crate::contender::Contender;
use crate::report::numbers::{duration, percent, significant};
use crate::results::{Calls, Figures};
use crate::shape::Shape;

fn fits_inline(len: u64) -> bool {
    const FAR_MORE_THAN_INLINE: u64 = 4096;
    len < FAR_MORE_THAN_INLINE && <SmallStream>::from(&vec![0; len as usize][..]).inline()
}

/// A backend that was not chosen.
pub(super) struct Rival<'a> {
    pub(super) contender: Contender,
    pub(super) figures: &'a Figures,
    /// Its score relative to the chosen backend, if that was measured.
    pub(super) ratio: Option<Ratio>,
}

impl Rival<'_> {
    /// Whether it may be better than the chosen backend by a difference that matters.
    fn is_open(&self) -> bool {
        self.ratio.is_none_or(|ratio| ratio.low < 1.0 / (1.0 + MATTERS))
    }

    fn ties(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.verdict() == Verdict::Tie)
    }
}

/// The facts that a reason can cite.
pub(super) struct Field<'a> {
    /// How many backends were compared, whether or not they have figures.
    pub(super) compared: usize,
    pub(super) measured: Vec<(Contender, &'a Figures)>,
    pub(super) rivals: Vec<Rival<'a>>,
    pub(super) backend: Contender,
    pub(super) own: &'a Figures,
    pub(super) calls: &'a Calls,
    pub(super) shape: &'a Shape,
    pub(super) wish: Wish,
}

impl Field<'_> {
    fn figures(&self, backend: Contender) -> Option<&Figures> {
        self.measured.iter().find(|(measured, _)| *measured == backend).map(|&(_, figures)| figures)
    }

    /// Compares the chosen backend with the others.
    pub(super) fn standing(&self) -> String {
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

    /// The fastest backend that is proven to be slower.
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

    /// Compares the figures that the goal weighs.
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
        Some(format!("weighing {goal}, it is best with {}", figures.join(", ")))
    }

    /// The backends that may be better, and by how much.
    pub(super) fn undecided(&self) -> Option<String> {
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
        let field: Vec<Contender> = std::iter::once(self.backend).chain(names).collect();
        Some(format!("Undecided between {}: {by}.", listed(&field)))
    }

    /// The backend that is faster in the other life.
    pub(super) fn disagreement(&self) -> Option<String> {
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

    /// The property of the workload that explains the choice, if a known one does.
    pub(super) fn cause(&self) -> Option<String> {
        let figures = self.own;
        if !self.wish.goal.is_speed_alone() {
            return None;
        }
        let Shape { splices, bytes_behind, bytes_skipped, largest_len } = *self.shape;
        // A hole may be written later.
        let never_written = bytes_skipped.min(largest_len.saturating_sub(self.calls.bytes_written));
        let share = percent(splices, self.calls.total);
        let moved = HumanBytes(bytes_behind / splices.max(1));
        let Contender::Backend(backend) = self.backend else { return None };
        match backend {
            // The stream does not allocate the initial contents.
            Backend::Small if fits_inline(largest_len) && figures.heap.peak <= self.calls.initial_len => {
                Some(format!(
                    "the stream is never longer than {} and fits inline, so that it allocates nothing",
                    HumanBytes(largest_len)
                ))
            }
            Backend::Vec | Backend::Small if splices == 0 => None,
            Backend::Vec | Backend::Small if bytes_behind == 0 => {
                Some("every insert and removal is at the end, so a vector never moves bytes".to_owned())
            }
            Backend::Vec | Backend::Small if self.measured_a_tree() => Some(format!(
                "{share} of the calls insert or remove, but moving the {moved} after them costs no more \
                 than finding the place in a tree"
            )),
            Backend::Rope if bytes_skipped > figures.heap.peak && never_written > largest_len / 2 => {
                Some(format!(
                    "{} of its {} were never written, and such holes take no memory",
                    percent(
                        bytes_skipped.min(largest_len.saturating_sub(self.calls.bytes_written)),
                        largest_len
                    ),
                    HumanBytes(largest_len)
                ))
            }
            Backend::Rope | Backend::Ropey if splices * 20 >= self.calls.total.max(1) => Some(format!(
                "{share} of the calls insert or remove with {moved} after them on average, which a vector \
                 moves every time and a tree does not"
            )),
            Backend::Rope | Backend::Ropey => {
                let vec = self.figures(VEC)?;
                (vec.heap.peak > figures.heap.peak).then(|| {
                    format!(
                        "it grows without moving its contents, and its heap peaks at {} where vec needs {}",
                        HumanBytes(figures.heap.peak),
                        HumanBytes(vec.heap.peak)
                    )
                })
            }
            _ => None,
        }
    }

    /// The backend that needs half the heap or less, and its price in time.
    pub(super) fn thriftier(&self) -> Option<String> {
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
