//! What is printed, for people and as JSON, and what fails.

use serde::Serialize;

use crate::fleet::PLANS;
use crate::ledger::{Ledger, Span};
use crate::meter::Kind;
use crate::work::Work;

/// By how much throughput may fall, and memory grow.
const ALLOWED: f64 = 0.10;

/// All that was measured.
#[derive(Serialize)]
pub(crate) struct Report {
    seed: u64,
    bytes: u64,
    minutes: Vec<Span>,
    tenths: Vec<Option<Span>>,
    calls: Vec<Calls>,
    groups: Vec<&'static str>,
    check_at_end_seconds: f64,
    wrong: Vec<String>,
}

#[derive(Serialize)]
struct Calls {
    kind: &'static str,
    calls: u64,
}

pub(crate) const HEADING: &str =
    "minute  laps        calls  calls/cpu-s  plain work/s  ratio   resident MB  most MB  length MB";

pub(crate) fn line(minute: usize, span: &Span) -> String {
    format!(
        "{minute:>6}  {:>4}  {:>11}  {:>11.0}  {:>12.0}  {:>5.3}   {:>11}  {:>7}  {:>9}",
        span.laps,
        span.calls,
        span.calls_per_second,
        span.calibration,
        span.relative,
        megabytes(span.resident),
        megabytes(span.resident_most),
        span.length / 1_000_000,
    )
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".to_owned(), |bytes| (bytes / 1_000_000).to_string())
}

impl Report {
    pub(crate) fn new(
        seed: u64,
        bytes: u64,
        minutes: Vec<Span>,
        ledger: &Ledger,
        work: &Work,
        check: f64,
    ) -> Self {
        let tenths: Vec<_> = (0..10).map(|number| ledger.tenth(number)).collect();
        let calls = Kind::NAMES.iter().zip(work.tools.meter.calls);
        Report {
            seed,
            bytes,
            minutes,
            wrong: wrong(&tenths),
            tenths,
            calls: calls.map(|(kind, calls)| Calls { kind, calls }).collect(),
            groups: PLANS.iter().map(|plan| plan.name).collect(),
            check_at_end_seconds: check,
        }
    }

    /// One sentence for each.
    pub(crate) fn wrong(&self) -> &[String] {
        &self.wrong
    }

    pub(crate) fn text(&self) -> String {
        let mut lines =
            vec![String::new(), "calls with the filling and the check at the end, by kind:".to_owned()];
        lines.extend(self.calls.iter().map(|calls| format!("  {:<18} {:>12}", calls.kind, calls.calls)));
        let total: u64 = self.calls.iter().map(|calls| calls.calls).sum();
        lines.push(format!("  {:<18} {total:>12}", "in all"));
        lines.push(format!(
            "every byte of every stream read at the end, in {:.0} s: as it must be",
            self.check_at_end_seconds
        ));
        lines.push(String::new());
        lines.push(format!(
            "{:<44} {:>10} {:>10} {:>10} {:>8}",
            "", "1st tenth", "2nd tenth", "last tenth", "last/1st"
        ));
        type Figure<'a> = (String, Box<dyn Fn(&Span) -> Option<f64> + 'a>);
        let mut figures: Vec<Figure<'_>> = vec![
            ("calls per second of the processor".to_owned(), Box::new(|span| Some(span.calls_per_second))),
            ("pieces of plain work per second".to_owned(), Box::new(|span| Some(span.calibration))),
            ("calls per piece of plain work".to_owned(), Box::new(|span| Some(span.relative))),
            ("resident memory, mean, MB".to_owned(), Box::new(|span| Some(span.resident? as f64 / 1e6))),
            ("resident memory, most, MB".to_owned(), Box::new(|span| Some(span.resident_most? as f64 / 1e6))),
            ("length of all streams, MB".to_owned(), Box::new(|span| Some(span.length as f64 / 1e6))),
        ];
        for (group, name) in self.groups.iter().enumerate() {
            let figure = Box::new(move |span: &Span| span.groups.get(group).copied());
            figures.push((format!("  in steps on: {name}"), figure));
        }
        for (name, figure) in figures {
            let of = |tenth: usize| figure(self.tenths.get(tenth)?.as_ref()?);
            let text = |tenth| of(tenth).map_or("-".to_owned(), short);
            let ratio =
                of(0).zip(of(9)).map_or("-".to_owned(), |(first, last)| format!("{:.3}", last / first));
            lines.push(format!("{name:<44} {:>10} {:>10} {:>10} {ratio:>8}", text(0), text(1), text(9)));
        }
        lines.push(String::new());
        if !self.wrong.is_empty() {
            lines.extend_from_slice(&self.wrong);
        } else if self.tenths.iter().any(Option::is_none) {
            lines.push("Nothing lost. Too short to compare tenths: in one of them no lap ended.".to_owned());
        } else {
            lines.push("Nothing lost; throughput has not fallen, nor memory grown, by over 10 %.".to_owned());
        }
        lines.join("\n")
    }
}

fn short(value: f64) -> String {
    if value < 100.0 { format!("{value:.3}") } else { format!("{value:.0}") }
}

/// Throughput is that of the first tenth; memory has had the first tenth to warm up, and is that of the second.
fn wrong(tenths: &[Option<Span>]) -> Vec<String> {
    let mut wrong = Vec::new();
    if let [Some(first), Some(second), .., Some(last)] = tenths {
        let fallen = 1.0 - last.relative / first.relative;
        if fallen > ALLOWED {
            wrong.push(format!("Throughput, for each piece of plain work, fell by {:.0} %.", fallen * 100.0));
        }
        if let (Some(before), Some(after)) = (second.resident, last.resident) {
            let grown = after as f64 / before as f64 - 1.0;
            if grown > ALLOWED {
                wrong.push(format!("Memory grew by {:.0} %.", grown * 100.0));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenths(relative: [f64; 2], resident: [u64; 2]) -> Vec<Option<Span>> {
        let span = |last: usize| Span {
            end: 0.0,
            laps: 1,
            calls: 1,
            processor_seconds: 1.0,
            calls_per_second: 1.0,
            calibration: 1.0,
            relative: relative[last],
            resident: Some(resident[last]),
            resident_most: None,
            length: 1,
            groups: Vec::new(),
        };
        (0..10).map(|number| Some(span(usize::from(number == 9)))).collect()
    }

    #[test]
    fn a_fall_and_a_growth_of_over_a_tenth_are_wrong() {
        assert!(wrong(&tenths([1.0, 0.91], [100, 109])).is_empty());
        assert_eq!(
            wrong(&tenths([1.0, 0.85], [100, 100])),
            ["Throughput, for each piece of plain work, fell by 15 %."]
        );
        assert_eq!(wrong(&tenths([1.0, 2.0], [100, 120])), ["Memory grew by 20 %."]);
    }
}
