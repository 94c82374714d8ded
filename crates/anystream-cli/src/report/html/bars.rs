//! What a replay takes, side by side, and how sure that is.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::look::Look;
use super::plot::percent;
use super::scale::{Scale, Unit};
use super::words::{is_chosen, standing};
use crate::contender::Contender;
use crate::report::numbers::duration;
use crate::results::{Figures, Outcome};

/// In pixels.
const ROW: f64 = 42.0;
const NAME: f64 = 22.0;
const BAR: f64 = 14.0;

/// Where the slowest takes more than this many times the least, bars from nothing would hide the others.
const WIDEST_FOR_BARS: f64 = 25.0;

/// A bar for each, or where they are too far apart for that, a point on a logarithmic axis.
pub(super) fn draw(id: &str, outcome: &Outcome) -> Markup {
    let (title, description) = (format!("{id}-title"), format!("{id}-desc"));
    let rows: Vec<_> = outcome.measured().collect();
    let scale = scale(outcome);
    let height = ROW * rows.len() as f64;
    let ticks = scale.ticks(5);
    html! {
        svg.plot.wide role="img" height=(height) aria-labelledby=(title) aria-describedby=(description) {
            title id=(title) { "Time of a replay, " (outcome.name) }
            desc id=(description) { (described(outcome)) }
            @for tick in &ticks {
                @let x = percent(tick.at);
                line.grid x1=(x) x2=(x) y1="0" y2=(height) {}
                @let anchor = match tick.at { ..0.03 => "start", 0.97.. => "end", _ => "middle" };
                text.tick x=(x) y=(height + 18.0) text-anchor=(anchor) { (tick.label) }
            }
            text.axis x="100%" y=(height + 38.0) text-anchor="end" {
                "median of a replay" @if scale.is_log() { " (log)" }
            }
            @for (i, (contender, figures)) in rows.iter().enumerate() {
                svg.lines y=(ROW * i as f64) width="100%" height=(ROW) {
                    (row(scale, *contender, figures, is_chosen(outcome, *contender)))
                }
            }
        }
    }
}

/// The name and the figures, and below them the bar or the point, and the interval.
fn row(scale: Scale, contender: Contender, figures: &Figures, chosen: bool) -> Markup {
    let look = Look::of(contender);
    let middle = NAME + BAR / 2.0;
    let at = percent(scale.at(figures.median));
    let ends = [figures.interval.low, figures.interval.high].map(|end| percent(scale.at(end)));
    let hint = format!("{contender}: {}", interval(figures));
    html! {
        (look.marker("6", NAME / 2.0, None))
        text.name.chosen[chosen] x="16" y=(NAME / 2.0) dy="0.35em" {
            (contender) @if chosen { " ✓ chosen" }
        }
        text.name.chosen[chosen] x="100%" y=(NAME / 2.0) dy="0.35em" text-anchor="end" {
            (duration(figures.median)) " · " (standing(figures))
        }
        @if scale.is_log() {
            line.stem x1="0" x2=(at) y1=(middle) y2=(middle) {}
        } @else {
            rect.bar.{ (look.class()) }.chosen[chosen] x="0" y=(NAME) width=(at) height=(BAR) rx="2" {
                title { (hint) }
            }
        }
        @for class in ["halo", "whisker"] {
            line class=(class) x1=(ends[0]) x2=(ends[1]) y1=(middle) y2=(middle) {}
            @for end in &ends { line class=(class) x1=(end) x2=(end) y1=(middle - 4.0) y2=(middle + 4.0) {} }
        }
        @if scale.is_log() { (look.marker(&at, middle, Some(&hint))) }
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
