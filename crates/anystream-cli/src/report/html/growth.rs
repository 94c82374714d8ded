//! How memory and time grow over a run.

use indicatif::{HumanBytes, HumanCount};
use maud::{Markup, html};

use super::look::Look;
use super::plot::{Axis, Line, Plot};
use super::scale::{Scale, Unit};
use super::words::{figure, head, is_chosen};
use crate::contender::Contender;
use crate::profile::Growth;
use crate::report::numbers::duration;
use crate::results::{Figures, Outcome};

/// What the stream holds on the heap; nothing if that was not taken.
pub(super) fn memory(id: &str, outcome: &Outcome) -> Option<Markup> {
    let mut lines = lines(outcome, |point| point.heap as f64);
    let contents =
        outcome.measured().map(|(_, it)| &it.profile.growth[..]).find(|growth| !growth.is_empty())?;
    lines.push(Line {
        name: "contents".to_owned(),
        look: Look::Reference,
        chosen: false,
        points: contents.iter().map(|point| (point.calls as f64, point.len as f64)).collect(),
    });
    let plot = plot(id, "memory", "Memory over the run", "bytes on the heap", Unit::Bytes, outcome, lines);
    let words = html! {
        "The most that the stream holds on the heap as the calls go by, within a call, too. The thin dotted line is the length of the \
         contents themselves."
    };
    let values = table(outcome, |point| HumanBytes(point.heap).to_string(), Some(contents));
    Some(figure(outcome, "Memory over the run", &words, &plot, &values))
}

/// What the calls took together; nothing if that was not taken.
pub(super) fn time(id: &str, outcome: &Outcome) -> Option<Markup> {
    let mut lines = lines(outcome, |point| point.time);
    if lines.iter().all(|line| line.points.is_empty()) {
        return None;
    }
    let gone = leave_behind(&mut lines);
    let plot = plot(id, "time", "Time over the run", "time since the start", Unit::Time, outcome, lines);
    let words = html! {
        "What the calls so far took together, each timed by itself. A straight line means that calls cost \
         the same all along; one that bends upwards means that they get dearer."
        @if !gone.is_empty() {
            " " strong { (gone.join(", ")) } " takes more than " (FAR_BEHIND) " times as long as the fastest \
             and leaves the chart at the top, so that the others can be told apart."
        }
    };
    let values = table(outcome, |point| duration(point.time), None);
    Some(figure(outcome, "Time over the run", &words, &plot, &values))
}

/// How many times as long as the fastest somebody takes whose line would press all others to the floor.
const FAR_BEHIND: f64 = 25.0;

/// Ends the lines of those who are far behind where they pass the others, if there are others. Their names.
fn leave_behind(lines: &mut [Line]) -> Vec<String> {
    let end = |line: &Line| line.points.last().map_or(0.0, |(_, time)| *time);
    let fastest = lines.iter().map(end).filter(|time| *time > 0.0).fold(f64::INFINITY, f64::min);
    let near: Vec<f64> = lines.iter().map(end).filter(|time| *time <= fastest * FAR_BEHIND).collect();
    if near.len() < 2 {
        return Vec::new();
    }
    let top = near.into_iter().fold(0.0, f64::max);
    let mut gone = Vec::new();
    for line in lines.iter_mut().filter(|line| end(line) > fastest * FAR_BEHIND) {
        let passes = line.points.iter().position(|(_, time)| *time > top).unwrap_or_default();
        let exit = match line.points.get(passes.saturating_sub(1)..=passes) {
            Some(&[(x, y), (next_x, next_y)]) => (x + (next_x - x) * (top - y) / (next_y - y), top),
            _ => (0.0, top),
        };
        line.points.truncate(passes);
        line.points.push(exit);
        gone.push(line.name.clone());
        line.name.push_str(" ↑");
    }
    gone
}

fn lines(outcome: &Outcome, value: fn(&Growth) -> f64) -> Vec<Line> {
    let line = |(contender, figures): (Contender, &Figures)| Line {
        name: contender.to_string(),
        look: Look::of(contender),
        chosen: is_chosen(outcome, contender),
        points: figures.profile.growth.iter().map(|point| (point.calls as f64, value(point))).collect(),
    };
    outcome.measured().map(line).collect()
}

fn plot(
    id: &str,
    kind: &str,
    title: &str,
    name: &str,
    unit: Unit,
    outcome: &Outcome,
    lines: Vec<Line>,
) -> Markup {
    let of = |axis: fn(&(f64, f64)) -> f64| {
        lines.iter().flat_map(|line| &line.points).map(axis).collect::<Vec<_>>()
    };
    let (x, y) = (Scale::linear(of(|it| it.0), Unit::Count), Scale::linear(of(|it| it.1), unit));
    Plot {
        id: &format!("{id}-{kind}"),
        title: &format!("{title}, {}", outcome.name),
        x: Axis { name: "calls made", scale: x },
        y: Axis { name, scale: y },
        lines,
    }
    .draw()
}

fn table(outcome: &Outcome, value: fn(&Growth) -> String, contents: Option<&[Growth]>) -> Markup {
    let measured: Vec<_> = outcome.measured().collect();
    let longest =
        measured.iter().map(|(_, it)| &it.profile.growth[..]).max_by_key(|it| it.len()).unwrap_or_default();
    let after: &[&str] = if contents.is_some() { &["contents"] } else { &[] };
    html! {
        (head(outcome, &["calls made"], after))
        tbody {
            @for (i, at) in longest.iter().enumerate() {
                tr {
                    th scope="row" { (HumanCount(at.calls)) }
                    @for (_, figures) in &measured {
                        td { @if let Some(point) = figures.profile.growth.get(i) { (value(point)) } }
                    }
                    @if let Some(contents) = contents {
                        td { @if let Some(point) = contents.get(i) { (HumanBytes(point.len)) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, points: &[(f64, f64)]) -> Line {
        Line { name: name.to_owned(), look: Look::Reference, chosen: false, points: points.to_vec() }
    }

    #[test]
    fn one_far_behind_ends_where_it_passes_the_others() {
        let mut lines = [
            line("fast", &[(0.0, 0.0), (10.0, 10.0)]),
            line("good", &[(0.0, 0.0), (10.0, 20.0)]),
            line("slow", &[(0.0, 0.0), (5.0, 200.0), (10.0, 400.0)]),
        ];
        assert_eq!(leave_behind(&mut lines), ["slow"]);
        assert_eq!(lines[2].points, [(0.0, 0.0), (0.5, 20.0)]);
        assert_eq!((lines[0].points.len(), lines[1].points.len()), (2, 2));
    }

    #[test]
    fn nobody_is_left_behind_by_a_single_one() {
        let ends = [(0.0, 0.0), (10.0, 1000.0)];
        let mut lines =
            [line("fast", &[(0.0, 0.0), (10.0, 10.0)]), line("slow", &ends), line("as slow", &ends)];
        assert_eq!(leave_behind(&mut lines), Vec::<String>::new());
        assert!(lines[1..].iter().all(|line| line.points == ends));
    }
}
