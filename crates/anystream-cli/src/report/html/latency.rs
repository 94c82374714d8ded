//! How the times of single calls are distributed.

use maud::{Markup, html};

use super::look::Look;
use super::plot::{Axis, Line, Plot};
use super::scale::{Scale, Unit, share};
use super::words::{figure, head, is_chosen};
use crate::report::numbers::duration;
use crate::results::Outcome;

/// Nothing if no single calls were timed.
pub(super) fn draw(id: &str, outcome: &Outcome) -> Option<Markup> {
    let calls =
        outcome.measured().map(|(_, it)| it.profile.latency.calls).max().filter(|calls| *calls > 0)?;
    let x = Scale::tail(calls);
    let lines: Vec<Line> = outcome
        .measured()
        .map(|(contender, figures)| Line {
            name: contender.to_string(),
            look: Look::of(contender),
            chosen: is_chosen(outcome, contender),
            points: figures
                .profile
                .curve
                .iter()
                // What only the slowest call exceeds is said by the maximum.
                .filter(|(share, _)| *share >= 1.0 || x.at(*share) < 0.98)
                .map(|&(share, took)| (share, took as f64))
                .collect(),
        })
        .collect();
    let values = lines.iter().flat_map(|line| &line.points).map(|(_, took)| *took);
    let plot = Plot {
        id: &format!("{id}-latency"),
        title: &format!("Latency of single calls, {}", outcome.name),
        x: Axis { name: "share of calls that took no longer", scale: x },
        y: Axis { name: "latency (log)", scale: Scale::log(values, Unit::Time) },
        lines,
    };
    let words = html! {
        "How long single calls take: half of them no longer than at 50\u{a0}%, all but one in a thousand no \
         longer than at 99.9\u{a0}%. The axis stretches the rare slow calls. Lower and flatter is better."
    };
    Some(figure(outcome, "Latency of single calls", &words, &plot.draw(), &table(outcome)))
}

fn table(outcome: &Outcome) -> Markup {
    let measured: Vec<_> = outcome.measured().collect();
    let shares = measured.first().map(|(_, figures)| &figures.profile.curve[..]).unwrap_or_default();
    html! {
        (head(outcome, &["share of calls"], &[]))
        tbody {
            @for (i, (at, _)) in shares.iter().enumerate() {
                tr {
                    th scope="row" { (share(*at)) }
                    @for (_, figures) in &measured {
                        @let took = figures.profile.curve.get(i).map(|(_, took)| duration(*took as f64));
                        td { (took.unwrap_or_default()) }
                    }
                }
            }
        }
    }
}
