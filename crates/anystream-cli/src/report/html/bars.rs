//! What a replay takes, side by side, and how sure that is.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::look::Look;
use super::plot::percent;
use super::scale::{Scale, Unit};
use super::words::standing;
use crate::report::numbers::duration;
use crate::results::{Figures, Outcome};

/// In pixels.
const ROW: f64 = 42.0;
const BAR: f64 = 14.0;

/// Where the slowest takes more than this many times the least, bars from nothing would hide the others.
const WIDEST_FOR_BARS: f64 = 25.0;

/// A bar for each, or where they are too far apart for that, a point on a logarithmic axis.
pub(super) fn draw(id: &str, outcome: &Outcome) -> Markup {
    let (title, description) = (format!("{id}-title"), format!("{id}-desc"));
    let rows: Vec<_> = outcome.measured().collect();
    let scale = scale(outcome);
    let is_log = matches!(scale, Scale::Log { .. });
    let height = ROW * rows.len() as f64;
    let ticks = scale.ticks(5);
    html! {
        svg.plot.wide role="img" height=(height) aria-labelledby=(title) aria-describedby=(description) {
            title id=(title) { "Time of a replay, " (outcome.name) }
            desc id=(description) { (described(outcome)) }
            @for tick in &ticks {
                @let x = percent(tick.at);
                line.grid x1=(x) x2=(x) y1="0" y2=(height) {}
                text.tick x=(x) y=(height + 18.0) text-anchor="middle" { (tick.label) }
            }
            text.axis x="100%" y=(height + 38.0) text-anchor="end" {
                "median of a replay" @if is_log { " (log)" }
            }
            @for (i, (contender, figures)) in rows.iter().enumerate() {
                @let chosen = outcome.choice.as_ref().is_some_and(|choice| choice.backend == *contender);
                @let top = ROW * i as f64;
                @let look = Look::of(*contender);
                svg.lines y=(top) width="100%" height=(ROW) {
                    (look.marker("6", 11.0, None))
                    text.name.chosen[chosen] x="16" y="11" dy="0.35em" { (contender) @if chosen { " ✓ chosen" } }
                    text.name.chosen[chosen] x="100%" y="11" dy="0.35em" text-anchor="end" {
                        (duration(figures.median)) " · " (standing(figures))
                    }
                    @let (at, low, high) =
                        (scale.at(figures.median), scale.at(figures.interval.low), scale.at(figures.interval.high));
                    @let middle = 21.0 + BAR / 2.0;
                    @if is_log {
                        line.stem x1="0" x2=(percent(at)) y1=(middle) y2=(middle) {}
                    } @else {
                        rect.bar.{ (look.class()) }.chosen[chosen] x="0" y="21" width=(percent(at)) height=(BAR) rx="2" {
                            title { (contender) ": " (interval(figures)) }
                        }
                    }
                    @for class in ["halo", "whisker"] {
                        line class=(class) x1=(percent(low)) x2=(percent(high)) y1=(middle) y2=(middle) {}
                        @for end in [low, high] {
                            line class=(class) x1=(percent(end)) x2=(percent(end)) y1=(middle - 4.0) y2=(middle + 4.0) {}
                        }
                    }
                    @if is_log { (look.marker(&percent(at), middle, Some(&format!("{contender}: {}", interval(figures))))) }
                }
            }
        }
    }
}

fn scale(outcome: &Outcome) -> Scale {
    let ends = outcome.measured().flat_map(|(_, it)| [it.median, it.interval.low, it.interval.high]);
    let ends: Vec<f64> = ends.collect();
    let least = outcome.measured().map(|(_, it)| it.median).fold(f64::INFINITY, f64::min);
    let most = outcome.measured().map(|(_, it)| it.median).fold(0.0, f64::max);
    if most > least * WIDEST_FOR_BARS {
        const ROOM: f64 = 0.8;
        let begin = ends.iter().copied().fold(f64::INFINITY, f64::min) * ROOM;
        return Scale::log(ends.into_iter().chain([begin]), Unit::Time);
    }
    Scale::linear(ends, Unit::Time)
}

/// "1.20 ms, between 1.10 ms and 1.30 ms".
pub(super) fn interval(figures: &Figures) -> String {
    let ends = [figures.interval.low, figures.interval.high].map(duration);
    format!("{}, between {}", duration(figures.median), ends.join(" and "))
}

fn described(outcome: &Outcome) -> String {
    let mut text = "The median time of a replay, with its confidence interval.".to_owned();
    for (contender, figures) in outcome.measured() {
        let _ = write!(text, " {contender}: {}, {}.", interval(figures), standing(figures));
    }
    text
}
