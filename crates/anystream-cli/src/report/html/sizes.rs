//! What a call costs at other sizes of the same workload.

use indicatif::{HumanBytes, HumanCount};
use maud::{Markup, html};

use super::look::Look;
use super::plot::{Axis, Line, Plot};
use super::scale::{Scale, Unit};
use super::words::{figure, head, is_chosen};
use crate::contender::Contender;
use crate::report::numbers::duration;
use crate::results::{Outcome, Size};

/// What sizes are told apart by.
#[derive(Clone, Copy)]
enum By {
    Length,
    Calls,
}

/// Sizes closer together than this, from the least to the greatest, say nothing about size.
const RANGE: f64 = 1.5;

/// Nothing if there are fewer than two sizes.
pub(super) fn draw(id: &str, outcome: &Outcome) -> Option<Markup> {
    let by = [By::Length, By::Calls].into_iter().find(|by| by.range(&outcome.sizes) > RANGE)?;
    let mut sizes: Vec<&Size> = outcome.sizes.iter().collect();
    sizes.sort_by_key(|size| by.of(size));
    let lines = outcome.measured().map(|(contender, _)| Line {
        name: contender.to_string(),
        look: Look::of(contender),
        chosen: is_chosen(outcome, contender),
        points: sizes
            .iter()
            .filter_map(|size| Some((by.of(size) as f64, a_call(size, contender)?)))
            .collect(),
    });
    let lines: Vec<Line> = lines.collect();
    let of = |axis: fn(&(f64, f64)) -> f64| {
        lines.iter().flat_map(|line| &line.points).map(axis).collect::<Vec<_>>()
    };
    let (name, unit) = match by {
        By::Length => ("length of the contents (log)", Unit::Bytes),
        By::Calls => ("calls (log)", Unit::Count),
    };
    let chart = Plot {
        id: &format!("{id}-sizes"),
        title: &format!("Cost against size, {}", outcome.name),
        x: Axis { name, scale: Scale::log(of(|it| it.0), unit) },
        y: Axis { name: "time a call (log)", scale: Scale::log(of(|it| it.1), Unit::Time) },
        lines,
    };
    let words = html! {
        "The same workload, smaller and larger: what a call takes on average, not timed by itself. A flat \
         line means that size does not matter; where lines cross, the choice changes."
    };
    Some(figure(outcome, "Cost against size", &words, &chart.draw(), &table(outcome, &sizes)))
}

impl By {
    fn of(self, size: &Size) -> u64 {
        match self {
            By::Length => size.largest_len,
            By::Calls => size.calls,
        }
    }

    fn range(self, sizes: &[Size]) -> f64 {
        let values = || sizes.iter().map(|size| self.of(size).max(1) as f64);
        values().fold(0.0, f64::max) / values().fold(f64::INFINITY, f64::min)
    }
}

/// On average, in nanoseconds.
fn a_call(size: &Size, contender: Contender) -> Option<f64> {
    let median = size.medians.iter().find(|(it, _)| *it == contender).map(|(_, median)| *median)?;
    (size.calls > 0).then(|| median / size.calls as f64)
}

fn table(outcome: &Outcome, sizes: &[&Size]) -> Markup {
    html! {
        (head(outcome, &["length", "calls"], &[]))
        tbody {
            @for size in sizes {
                tr {
                    th scope="row" { (HumanBytes(size.largest_len)) }
                    td { (HumanCount(size.calls)) }
                    @for (contender, _) in outcome.measured() {
                        td { (a_call(size, contender).map_or_else(|| "–".to_owned(), duration)) }
                    }
                }
            }
        }
    }
}
