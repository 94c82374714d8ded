//! The decision, and its reason in a sentence. What the reason claims is checked against the figures.

use anystream::{Backend, SmallStream};
use anystream_workload::Summary;
use indicatif::HumanBytes;

use crate::report::numbers::{percent, significant};
use crate::results::{BackendResult, Figures};
use crate::shape::Shape;

/// Which backend to take for one workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) backend: Backend,
    /// A sentence; two if another backend needs much less memory.
    pub(crate) reason: String,
}

/// Takes the fastest; of those that tie with it the simplest. Nothing if no backend has figures.
pub(crate) fn choose(results: &[BackendResult], summary: &Summary, shape: &Shape) -> Option<Choice> {
    let measured: Vec<(Backend, &Figures)> = results
        .iter()
        .filter_map(|result| result.figures.as_ref().ok().map(|figures| (result.backend, figures)))
        .collect();
    let backend =
        simplest(measured.iter().filter(|(_, figures)| is_candidate(figures)).map(|&(backend, _)| backend))?;
    let field = Field { results, measured, backend, summary, shape };
    let clauses: Vec<String> = [Some(field.standing()), field.cause()].into_iter().flatten().collect();
    let mut reason = format!("Take {backend}: {}.", clauses.join("; "));
    if let Some(thriftier) = field.thriftier() {
        reason = format!("{reason} {thriftier}");
    }
    Some(Choice { backend, reason })
}

/// The one that takes least to understand and to predict: when times tie, that decides.
pub(crate) fn simplest(backends: impl IntoIterator<Item = Backend>) -> Option<Backend> {
    const SIMPLEST_FIRST: [Backend; 4] = [Backend::Vec, Backend::Small, Backend::Rope, Backend::Ropey];
    let rank =
        |backend: &Backend| SIMPLEST_FIRST.iter().position(|known| known == backend).unwrap_or(usize::MAX);
    backends.into_iter().min_by_key(rank)
}

/// "a", "a and b", "a, b and c".
pub(crate) fn listed(backends: &[Backend]) -> String {
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

fn is_candidate(figures: &Figures) -> bool {
    figures.tied || figures.ratio == 1.0
}

/// All that a reason can be made of.
struct Field<'a> {
    results: &'a [BackendResult],
    measured: Vec<(Backend, &'a Figures)>,
    /// The chosen one.
    backend: Backend,
    summary: &'a Summary,
    shape: &'a Shape,
}

impl Field<'_> {
    fn figures(&self, backend: Backend) -> Option<&Figures> {
        self.measured.iter().find(|(measured, _)| *measured == backend).map(|&(_, figures)| figures)
    }

    /// How it stands to the others.
    fn standing(&self) -> String {
        if self.results.len() == 1 {
            return "no other backend was compared".to_owned();
        }
        if self.measured.len() == 1 {
            return "no other backend that was compared can do it".to_owned();
        }
        let others = || self.measured.iter().filter(|(backend, _)| *backend != self.backend);
        let equals: Vec<Backend> =
            others().filter(|(_, figures)| is_candidate(figures)).map(|&(backend, _)| backend).collect();
        let next = others()
            .filter(|(_, figures)| !is_candidate(figures))
            .min_by(|(_, a), (_, b)| a.median.total_cmp(&b.median));
        let chosen_ratio = self.figures(self.backend).map_or(1.0, |figures| figures.ratio);
        let next = next.map(|(backend, figures)| {
            format!("the next, {backend}, takes {} times as long", significant(figures.ratio / chosen_ratio))
        });
        let tie = (!equals.is_empty()).then(|| {
            let degree = if equals.len() == 1 { "simpler of the two" } else { "simplest of them" };
            format!("it ties with {} and is the {degree}", listed(&equals))
        });
        [tie, next].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// What in the workload explains it; nothing if nothing known does.
    fn cause(&self) -> Option<String> {
        let figures = self.figures(self.backend)?;
        let Shape { splices, bytes_behind, bytes_skipped, largest_len } = *self.shape;
        let share = percent(splices, self.summary.total);
        let moved = HumanBytes(bytes_behind / splices.max(1));
        match self.backend {
            // What came in with the initial contents is no allocation of the stream's.
            Backend::Small if fits_inline(largest_len) && figures.peak_bytes <= self.summary.initial_len => {
                Some(format!(
                    "the stream is never longer than {} and fits inline, so that it allocates nothing",
                    HumanBytes(largest_len)
                ))
            }
            Backend::Vec | Backend::Small if splices == 0 => Some(format!(
                "no call inserts or removes, so a vector never moves what lies behind, and a call copies {} on average",
                HumanBytes(self.bytes_moved() / self.summary.total.max(1))
            )),
            Backend::Vec | Backend::Small if bytes_behind == 0 => Some(
                "every insert and removal is at the end, so a vector never moves what lies behind".to_owned(),
            ),
            Backend::Vec | Backend::Small if self.measured_a_tree() => Some(format!(
                "{share} of the calls insert or remove, but moving the {moved} behind them costs no more \
                 than finding the place in a tree"
            )),
            Backend::Rope if bytes_skipped > figures.peak_bytes && bytes_skipped > largest_len / 2 => {
                Some(format!(
                    "{} of its {} were never written, and such holes take no memory",
                    percent(bytes_skipped.min(largest_len), largest_len),
                    HumanBytes(largest_len)
                ))
            }
            Backend::Rope | Backend::Ropey if splices * 20 >= self.summary.total.max(1) => Some(format!(
                "{share} of the calls insert or remove with {moved} behind them on average, which a vector \
                 moves every time and a tree does not"
            )),
            Backend::Rope | Backend::Ropey => {
                let vec = self.figures(Backend::Vec)?;
                (vec.peak_bytes > figures.peak_bytes).then(|| {
                    format!(
                        "it grows without moving what it holds, with {} of heap at its peak where vec has {}",
                        HumanBytes(figures.peak_bytes),
                        HumanBytes(vec.peak_bytes)
                    )
                })
            }
            _ => None,
        }
    }

    /// Which other needs half the heap or less, and what that costs in time.
    fn thriftier(&self) -> Option<String> {
        let chosen = self.figures(self.backend)?;
        let (backend, least) = self.measured.iter().min_by_key(|(_, figures)| figures.peak_bytes)?;
        let saved = chosen.peak_bytes.saturating_sub(least.peak_bytes);
        (saved >= 4096 && saved >= least.peak_bytes).then(|| {
            format!(
                "If heap matters more: {backend} needs {} instead of {}, at {} times the time.",
                HumanBytes(least.peak_bytes),
                HumanBytes(chosen.peak_bytes),
                significant(least.ratio / chosen.ratio)
            )
        })
    }

    fn bytes_moved(&self) -> u64 {
        self.summary.bytes_read.saturating_add(self.summary.bytes_written)
    }

    fn measured_a_tree(&self) -> bool {
        [Backend::Rope, Backend::Ropey].iter().any(|&tree| self.figures(tree).is_some())
    }
}

#[cfg(test)]
mod tests {
    use anystream_workload::{Op, Script};

    use super::*;
    use crate::results::Refusal;

    fn result(backend: Backend, median: f64, ratio: f64, tied: bool, peak_bytes: u64) -> BackendResult {
        let figures = Figures { times: vec![median], median, ratio, tied, peak_bytes };
        BackendResult { backend, figures: Ok(figures) }
    }

    fn refused(backend: Backend) -> BackendResult {
        BackendResult { backend, figures: Err(Refusal::Cannot("no memory".to_owned())) }
    }

    fn choice(results: &[BackendResult], script: &Script) -> (Backend, String) {
        let choice =
            choose(results, &Summary::of(script), &Shape::of(script)).expect("some backend has figures");
        (choice.backend, choice.reason)
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
        let mut backends = vec![Backend::Ropey, Backend::Rope, Backend::Small, Backend::Vec];
        let mut order = Vec::new();
        while let Some(next) = simplest(backends.iter().copied()) {
            backends.retain(|&backend| backend != next);
            order.push(next);
        }
        assert_eq!(order, [Backend::Vec, Backend::Small, Backend::Rope, Backend::Ropey]);
    }

    #[test]
    fn small_says_that_it_allocates_nothing_only_where_it_does_not() {
        for (peak_bytes, inline) in [(0, true), (80, false)] {
            let results = [
                result(Backend::Vec, 30.0, 3.0, false, 80),
                result(Backend::Small, 10.0, 1.0, false, peak_bytes),
            ];
            let (backend, reason) = choice(&results, &write());
            assert_eq!(backend, Backend::Small);
            assert_eq!(reason.contains("never longer than 10 B and fits inline"), inline, "{reason}");
        }
    }

    #[test]
    fn holes_are_a_reason_only_where_they_took_no_memory() {
        let script = Script::new("", "").with([Op::SetLen(1 << 20), Op::Write("x".into())]);
        for (peak_bytes, free) in [(100, true), (2 << 20, false)] {
            let results = [result(Backend::Rope, 10.0, 1.0, false, peak_bytes), refused(Backend::Vec)];
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
        assert_eq!(choose(&[refused(Backend::Vec)], &Summary::default(), &Shape::default()), None);
    }
}
