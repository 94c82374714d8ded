//! One backend for several workloads, and what that costs on each.

use super::{Advice, Confidence, Kind};
use crate::choice::simplest;
use crate::contender::Contender;
use crate::report::numbers::significant;

/// One workload.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    /// The backend that is chosen for it.
    pub(crate) chosen: Contender,
    /// How many times as long as the best each backend takes. A backend that cannot do it is missing.
    pub(crate) ratios: Vec<(Contender, f64)>,
}

/// A single backend for all workloads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OneForAll {
    pub(crate) backend: Contender,
    /// The geometric mean of its ratios.
    pub(crate) mean: f64,
    /// The workloads on which it costs more than the tie of 5 %, with their ratios, the worst first.
    pub(crate) costs: Vec<(String, f64)>,
    /// The backend chosen most often, if it is another one, with its worst workload; nothing if it cannot do them all.
    pub(crate) favourite: Option<(Contender, Option<(String, f64)>)>,
}

/// As for a single workload: within this the simpler backend is as good.
const TIE: f64 = 1.05;

/// A workload that takes this many times as long deserves its own choice.
const COSTLY: f64 = 2.0;

/// The backend with the least geometric mean among those that can do all workloads; within 5 % of it, the simplest.
/// `None` for fewer than two workloads, or if no backend can do all.
pub(crate) fn one_for_all(rows: &[Row<'_>]) -> Option<OneForAll> {
    let first = rows.first().filter(|_| rows.len() > 1)?;
    let able = first.ratios.iter().map(|(backend, _)| *backend).filter(|backend| !backend.is_peer());
    let means: Vec<(Contender, f64)> = able.filter_map(|it| Some((it, mean(it, rows)?))).collect();
    let least = means.iter().map(|(_, mean)| *mean).min_by(f64::total_cmp)?;
    let good = means.iter().filter(|(_, mean)| *mean <= least * TIE).map(|(backend, _)| *backend);
    let backend = simplest(good)?;
    let mean = means.iter().find(|(it, _)| *it == backend)?.1;
    let mut costs = costs(backend, rows);
    costs.retain(|(_, ratio)| *ratio > TIE);
    let most = rows.iter().map(|row| chosen_for(row.chosen, rows)).max()?;
    let most = simplest(rows.iter().map(|row| row.chosen).filter(|it| chosen_for(*it, rows) == most))?;
    // As many choices are no reason to explain why it is not the other one.
    let favourite = (chosen_for(most, rows) > chosen_for(backend, rows)).then(|| {
        let able = means.iter().any(|(it, _)| *it == most);
        (most, self::costs(most, rows).into_iter().next().filter(|_| able))
    });
    Some(OneForAll { backend, mean, costs, favourite })
}

/// The recommendation in one or a few sentences.
pub(crate) fn overall(rows: &[Row<'_>]) -> Option<Advice> {
    const MOST_NAMED: usize = 4;
    let one = one_for_all(rows)?;
    let backend = one.backend;
    let on = |(name, ratio): &(String, f64)| format!("{}× on {name}", significant(*ratio));
    let mut named: Vec<String> = one.costs.iter().take(MOST_NAMED).map(on).collect();
    if let more @ 1.. = one.costs.len().saturating_sub(MOST_NAMED) {
        named.push(format!("less on {more} more"));
    }
    let mut sentence = if named.is_empty() {
        format!("One for all: {backend}, which is the best or within 5 % of it on each workload.")
    } else {
        let mean = significant(one.mean);
        format!("One for all: {backend}, {mean}× the time of the best on average: {}.", named.join(", "))
    };
    match &one.favourite {
        Some((favourite, Some((name, ratio)))) => {
            let choices = chosen_for(*favourite, rows);
            sentence += &format!(
                " {favourite} is the choice for {choices} of {}, but costs {}× on {name}.",
                rows.len(),
                significant(*ratio)
            );
        }
        Some((favourite, None)) => {
            let choices = chosen_for(*favourite, rows);
            sentence +=
                &format!(" {favourite} is the choice for {choices} of {}, but cannot do all.", rows.len());
        }
        None => {}
    }
    if one.costs.first().is_some_and(|(_, ratio)| *ratio >= COSTLY) {
        sentence += " Better: choose per workload.";
    }
    Some(Advice {
        kind: Kind::Overall,
        sentence,
        code: Some(format!("let mut stream = {}::default();", backend.type_name())),
        confidence: Confidence::Proven,
    })
}

fn mean(backend: Contender, rows: &[Row<'_>]) -> Option<f64> {
    let logs: Option<Vec<f64>> = rows.iter().map(|row| ratio(backend, row).map(f64::ln)).collect();
    Some((logs?.iter().sum::<f64>() / rows.len() as f64).exp())
}

fn ratio(backend: Contender, row: &Row<'_>) -> Option<f64> {
    row.ratios.iter().find(|(it, _)| *it == backend).map(|(_, ratio)| *ratio)
}

/// The ratio of `backend` on each workload it can do, the worst first.
fn costs(backend: Contender, rows: &[Row<'_>]) -> Vec<(String, f64)> {
    let mut costs: Vec<(String, f64)> =
        rows.iter().filter_map(|row| Some((row.name.to_owned(), ratio(backend, row)?))).collect();
    costs.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    costs
}

fn chosen_for(backend: Contender, rows: &[Row<'_>]) -> usize {
    rows.iter().filter(|row| row.chosen == backend).count()
}

#[cfg(test)]
mod tests {
    use anystream::Backend;

    use super::*;

    const VEC: Contender = Contender::Backend(Backend::Vec);
    const SMALL: Contender = Contender::Backend(Backend::Small);
    const ROPE: Contender = Contender::Backend(Backend::Rope);

    fn row<'a>(name: &'a str, chosen: Contender, ratios: &[(Contender, f64)]) -> Row<'a> {
        Row { name, chosen, ratios: ratios.to_vec() }
    }

    fn said(rows: &[Row<'_>]) -> String {
        overall(rows).unwrap().sentence
    }

    #[test]
    fn the_cost_of_the_single_choice_is_stated_per_workload_and_why_it_is_not_the_most_frequent_one() {
        let rows = [
            row("zip", VEC, &[(VEC, 1.0), (ROPE, 1.4)]),
            row("sqlite", VEC, &[(VEC, 1.0), (ROPE, 1.02)]),
            row("typing", ROPE, &[(VEC, 30.0), (ROPE, 1.0)]),
        ];
        assert_eq!(
            said(&rows),
            "One for all: rope, 1.13× the time of the best on average: 1.40× on zip. vec is the choice for 2 of 3, but \
             costs 30.0× on typing."
        );
    }

    #[test]
    fn where_the_single_choice_is_costly_the_choice_per_workload_is_better() {
        let rows =
            [row("zip", VEC, &[(VEC, 1.0), (ROPE, 4.0)]), row("typing", ROPE, &[(VEC, 30.0), (ROPE, 1.0)])];
        assert_eq!(
            said(&rows),
            "One for all: rope, 2.00× the time of the best on average: 4.00× on zip. Better: choose per workload."
        );
    }

    #[test]
    fn within_five_percent_the_simplest_is_named_as_for_one_workload() {
        let rows = [row("a", VEC, &[(SMALL, 1.0), (VEC, 1.04)]), row("b", VEC, &[(SMALL, 1.0), (VEC, 1.03)])];
        assert_eq!(said(&rows), "One for all: vec, which is the best or within 5 % of it on each workload.");
        assert_eq!(one_for_all(&rows).map(|it| (it.backend, it.favourite)), Some((VEC, None)));
    }

    #[test]
    fn a_backend_that_cannot_do_all_and_a_peer_are_no_choice_for_all() {
        let rows = [
            row("a", VEC, &[(VEC, 1.0), (ROPE, 3.0), (Contender::Cursor, 1.0)]),
            row("b", VEC, &[(VEC, 1.0), (ROPE, 3.0), (Contender::Cursor, 1.0)]),
            row("sparse", ROPE, &[(ROPE, 1.0), (Contender::Cursor, 1.0)]),
        ];
        let said = said(&rows);
        assert!(said.starts_with("One for all: rope, 2.08×"), "{said}");
        assert!(said.contains("vec is the choice for 2 of 3, but cannot do all."), "{said}");
        assert_eq!(overall(&rows[..1]), None, "one workload has its choice");
        let disjoint = [row("a", VEC, &[(VEC, 1.0)]), row("b", ROPE, &[(ROPE, 1.0)])];
        assert_eq!(overall(&disjoint), None);
    }
}
