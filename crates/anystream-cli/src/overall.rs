//! One ranking over several workloads: the geometric mean of each backend's ratios to the best.
//!
//! Geometric, because a ratio of 2 and one of 1/2 should cancel, and because no workload then weighs more
//! than another for merely taking longer.

use anystream_measure::{Life, MATTERS, geometric_mean};

use crate::advice::overall::{Row, overall};
use crate::contender::Contender;
use crate::results::{Figures, Outcome};

/// A backend over all workloads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rank {
    pub(crate) backend: Contender,
    /// Nothing if it has no figures for one of the workloads.
    pub(crate) geomean_ratio: Option<f64>,
    /// Whether the difference to the best is within noise. The best itself is not tied.
    pub(crate) tied: bool,
    /// For how many workloads it was chosen.
    pub(crate) chosen: usize,
}

/// All backends, the best first and those without a mean last. Workloads that no backend can do do not
/// count.
pub(crate) fn rank(outcomes: &[Outcome]) -> Vec<Rank> {
    let counted: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.choice.is_some()).collect();
    let contenders = outcomes.iter().take(1).flat_map(|outcome| &outcome.results).map(|it| it.contender);
    let backends = contenders.filter(|contender| !contender.is_peer());
    let mut ranked: Vec<(Rank, Option<Vec<&Figures>>)> = backends
        .map(|backend| {
            let chose_it =
                |outcome: &&&Outcome| outcome.choice.as_ref().is_some_and(|it| it.backend == backend);
            let figures: Option<Vec<&Figures>> = counted.iter().map(|outcome| outcome.of(backend)).collect();
            let figures = figures.filter(|figures| !figures.is_empty());
            let ratios = figures.iter().flatten().map(|figures| figures.ratio).collect::<Vec<_>>();
            let rank = Rank {
                backend,
                geomean_ratio: figures.as_ref().map(|_| geometric_mean(&ratios)),
                tied: false,
                chosen: counted.iter().filter(chose_it).count(),
            };
            (rank, figures)
        })
        .collect();
    let mean = |rank: &Rank| rank.geomean_ratio.unwrap_or(f64::INFINITY);
    ranked.sort_by(|(a, _), (b, _)| mean(a).total_cmp(&mean(b)));
    if let Some((_, Some(best))) = ranked.first().cloned() {
        for (rank, figures) in ranked.iter_mut().skip(1) {
            rank.tied = figures.as_ref().is_some_and(|figures| ties(&best, figures));
        }
    }
    ranked.into_iter().map(|(rank, _)| rank).collect()
}

/// The sentence about a single backend for all workloads and its cost on each. `None` if no backend can do all.
pub(crate) fn sentence(outcomes: &[Outcome]) -> Option<String> {
    let row = |outcome: &'_ Outcome| {
        let ratios = outcome.measured().map(|(contender, figures)| (contender, figures.ratio)).collect();
        Some((outcome.choice.as_ref()?.backend, ratios))
    };
    let rows: Vec<Row<'_>> = outcomes
        .iter()
        .filter_map(|outcome| {
            row(outcome).map(|(chosen, ratios)| Row { name: &outcome.name, chosen, ratios })
        })
        .collect();
    match &rows[..] {
        [only] => Some(format!("One for all: {}, which is the choice for the only workload.", only.chosen)),
        _ => overall(&rows).map(|advice| advice.sentence),
    }
}

/// Whether the mean difference is proven to be below what matters: by the upper ends of the intervals, workload by
/// workload.
fn ties(best: &[&Figures], slower: &[&Figures]) -> bool {
    let high = |(best, slower): (&&Figures, &&Figures)| {
        slower.compared_with(best, Life::Long).map_or(f64::INFINITY, |ratio| ratio.high)
    };
    let highs: Vec<f64> = best.iter().zip(slower).map(high).collect();
    geometric_mean(&highs) < 1.0 + MATTERS
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;
    use crate::choice::Choice;
    use crate::results::{Calls, Refusal, Standing, compare_with_the_best};
    use crate::shape::Shape;

    const FAILED: Option<f64> = None;

    fn outcome(chosen: Backend, times: &[(Backend, Option<f64>)]) -> Outcome {
        let results = times.iter().map(|&(backend, time)| Standing {
            contender: Contender::Backend(backend),
            figures: time.map(Figures::steady).ok_or_else(|| Refusal::Failed("law R1".to_owned())),
        });
        let mut results: Vec<Standing> = results.collect();
        compare_with_the_best(&mut results);
        Outcome {
            name: String::new(),
            origin: None,
            scale: 1.0,
            skipped: 0,
            calls: Calls::default(),
            shape: Shape::default(),
            measured_calls: None,
            final_len_is_minimum: false,
            notes: Vec::new(),
            digest: None,
            rounds: 9,
            results,
            sizes: Vec::new(),
            advice: Vec::new(),
            choice: Some(Choice {
                backend: Contender::Backend(chosen),
                decided: true,
                type_name: String::new(),
                goal: String::new(),
                reason: String::new(),
                otherwise: Vec::new(),
            }),
        }
    }

    #[test]
    fn the_mean_is_geometric_and_the_best_comes_first() {
        let ranks = rank(&[
            outcome(Backend::Rope, &[(Backend::Vec, Some(8.0)), (Backend::Rope, Some(1.0))]),
            outcome(Backend::Vec, &[(Backend::Vec, Some(1.0)), (Backend::Rope, Some(2.0))]),
        ]);
        let means: Vec<_> = ranks.iter().map(|rank| (rank.backend.name(), rank.chosen, rank.tied)).collect();
        assert_eq!(means, [("rope", 1, false), ("vec", 1, false)]);
        assert!((ranks[0].geomean_ratio.unwrap() - 2.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn a_mean_difference_within_noise_is_a_tie_and_the_simpler_one_is_named() {
        let ranks = rank(&[
            outcome(Backend::Rope, &[(Backend::Vec, Some(2.0)), (Backend::Rope, Some(1.0))]),
            outcome(Backend::Vec, &[(Backend::Vec, Some(1.0)), (Backend::Rope, Some(1.99))]),
        ]);
        assert_eq!((ranks[0].backend.name(), ranks[1].tied), ("rope", true));
    }

    #[test]
    fn one_that_cannot_do_them_all_has_no_mean_and_comes_last() {
        let ranks = rank(&[
            outcome(Backend::Rope, &[(Backend::Vec, FAILED), (Backend::Rope, Some(1.0))]),
            outcome(Backend::Vec, &[(Backend::Vec, Some(1.0)), (Backend::Rope, Some(5.0))]),
        ]);
        assert_eq!((ranks[0].backend.name(), ranks[1].backend.name()), ("rope", "vec"));
        assert_eq!(ranks[1].geomean_ratio, None);
        assert!(!ranks[1].tied);
    }
}
