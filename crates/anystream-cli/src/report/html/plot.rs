//! Line charts. Only the height is fixed: widths are shares, so that text and strokes keep their size on a
//! phone and on paper. What stands outside of the axes has its room in `page.css`.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::look::Look;
use super::scale::Scale;

/// Some lines over two axes.
pub(super) struct Plot<'a> {
    /// Unique in the page.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) x: Axis<'a>,
    pub(super) y: Axis<'a>,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Axis<'a> {
    pub(super) name: &'a str,
    pub(super) scale: Scale,
}

pub(super) struct Line {
    pub(super) name: String,
    pub(super) look: Look,
    pub(super) chosen: bool,
    /// By x.
    pub(super) points: Vec<(f64, f64)>,
}

/// In pixels.
const HEIGHT: f64 = 240.0;
const LABEL_DISTANCE: f64 = 16.0;

/// Lines with more points than this have markers on some of them.
const MOST_MARKERS: usize = 20;

impl Plot<'_> {
    pub(super) fn draw(&self) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-desc", self.id));
        let x_ticks = self.x.scale.ticks(5);
        let crowded = x_ticks.len() > 3;
        // The chosen one last, over the others.
        let mut order: Vec<&Line> = self.lines.iter().filter(|line| !line.points.is_empty()).collect();
        order.sort_by_key(|line| line.chosen);
        html! {
            svg.plot role="img" height=(HEIGHT) aria-labelledby=(title) aria-describedby=(description) {
                title id=(title) { (self.title) }
                desc id=(description) { (self.described()) }
                @for tick in self.y.scale.ticks(6) {
                    @let y = format!("{:.1}", HEIGHT * (1.0 - tick.at));
                    line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
                    text.tick x="-8" y=(y) dy="0.35em" text-anchor="end" { (tick.label) }
                }
                @for (i, tick) in x_ticks.iter().enumerate() {
                    @let x = percent(tick.at);
                    @let last = i + 1 == x_ticks.len();
                    line.grid x1=(x) x2=(x) y1="0" y2=(HEIGHT) {}
                    text.tick.spare[crowded && !last && (x_ticks.len() - i).is_multiple_of(2)]
                        x=(x) y=(HEIGHT + 18.0) text-anchor="middle" { (tick.label) }
                }
                text.axis x="0" y="-14" { (self.y.name) }
                text.axis x="100%" y=(HEIGHT + 38.0) text-anchor="end" { (self.x.name) }
                @let box_ = format!("0 0 1000 {HEIGHT}");
                svg.lines width="100%" height=(HEIGHT) viewBox=(box_) preserveAspectRatio="none" {
                    @for line in &order {
                        polyline.line.{ (line.look.class()) }.chosen[line.chosen] points=(self.path(line)) {}
                    }
                }
                @for line in &order { (self.markers(line)) }
                (self.labels(&order))
            }
        }
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.scale.at(x), HEIGHT * (1.0 - self.y.scale.at(y)))
    }

    fn path(&self, line: &Line) -> String {
        line.points.iter().fold(String::new(), |mut path, &point| {
            let (x, y) = self.place(point);
            let _ = write!(path, "{:.1},{y:.1} ", x * 1000.0);
            path
        })
    }

    fn markers(&self, line: &Line) -> Markup {
        let every = if line.points.len() > MOST_MARKERS { line.points.len() / 6 } else { 1 };
        let last = line.points.len().saturating_sub(1);
        html! {
            @for (i, &(x, y)) in line.points.iter().enumerate() {
                @if i % every == 0 || i == last {
                    @let (across, down) = self.place((x, y));
                    @let (value, place) = (self.y.scale.write(y), self.x.scale.write(x));
                    @let hint = format!("{}: {value} at {place}", line.name);
                    (line.look.marker(&percent(across), down, Some(&hint)))
                }
            }
        }
    }

    /// The names at the lines' ends, none over another.
    fn labels(&self, lines: &[&Line]) -> Markup {
        let mut ends: Vec<(&Line, f64, f64)> = lines
            .iter()
            .filter_map(|line| {
                let (x, y) = self.place(*line.points.last()?);
                Some((*line, x, y))
            })
            .collect();
        ends.sort_by(|(_, _, a), (_, _, b)| a.total_cmp(b));
        let places = spread(&ends.iter().map(|(_, _, y)| *y).collect::<Vec<_>>());
        html! {
            @for ((line, x, y), place) in ends.iter().zip(places) {
                @let height = format!("{y:.1}");
                @if *x < 0.999 { line.leader x1=(percent(*x)) x2="100%" y1=(height) y2=(height) {} }
                svg.lines x="100%" {
                    path.leader d=(format!("M5 {height}L15 {place:.1}")) {}
                    (line.look.marker("22", place, None))
                    text.name.chosen[line.chosen] x="30" y=(format!("{place:.1}")) dy="0.35em" { (line.name) }
                }
            }
        }
    }

    fn described(&self) -> String {
        let mut text = format!("Line chart of {} against {}.", self.y.name, self.x.name);
        for line in &self.lines {
            if let (Some(first), Some(last)) = (line.points.first(), line.points.last()) {
                let (x, y) = (self.x.scale, self.y.scale);
                let _ = write!(
                    text,
                    " {}{}: from {} at {} to {} at {}.",
                    line.name,
                    if line.chosen { " (chosen)" } else { "" },
                    y.write(first.1),
                    x.write(first.0),
                    y.write(last.1),
                    x.write(last.0)
                );
            }
        }
        text.push_str(" The table that follows has all values.");
        text
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// Where labels for `wanted`, which is sorted, are read well: near, in order, and inside.
fn spread(wanted: &[f64]) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(wanted.len());
    for &place in wanted {
        let least = places.last().map_or(0.0, |above| above + LABEL_DISTANCE);
        places.push(place.max(least));
    }
    let mut most = HEIGHT;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - LABEL_DISTANCE;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, LABEL_DISTANCE, spread};

    #[test]
    fn labels_keep_their_order_and_distance_and_stay_inside() {
        for wanted in [vec![0.0; 6], vec![HEIGHT; 6], vec![1.0, 2.0, 100.0, 101.0, 239.0, 240.0], vec![50.0]]
        {
            let places = spread(&wanted);
            assert_eq!(places.len(), wanted.len());
            assert!(places.is_sorted_by(|a, b| b - a > LABEL_DISTANCE - 1e-9), "{places:?}");
            assert!(places.iter().all(|place| (0.0..=HEIGHT).contains(place)), "{places:?}");
        }
        assert_eq!(spread(&[50.0, 90.0]), [50.0, 90.0]);
    }
}
