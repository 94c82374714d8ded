//! All figures of a workload in two tables: everybody's, and by kind of call.

use indicatif::{HumanBytes, HumanCount};
use maud::{Markup, html};

use super::words::{is_chosen, named, note, scrolling};
use crate::contender::Contender;
use crate::profile::Latency;
use crate::report::numbers::{duration, significant};
use crate::results::{Figures, Outcome, Refusal};

const TIME: [&str; 5] = ["median", "95 % interval", "a call", "× best", "throughput"];
const LATENCY: [&str; 5] = ["p50", "p90", "p99", "p99.9", "max"];
const HEAP: [&str; 4] = ["peak", "at the end", "allocations", "bytes moved"];
const COLUMNS: usize = TIME.len() + LATENCY.len() + HEAP.len();

/// A row for everybody.
pub(super) fn everything(outcome: &Outcome) -> Markup {
    let caption = format!("Everything that was measured, {}", outcome.name);
    let table = html! {
        colgroup { col; }
        colgroup span=(TIME.len()) {}
        colgroup span=(LATENCY.len()) {}
        colgroup span=(HEAP.len()) {}
        thead {
            tr.groups {
                td {}
                th scope="colgroup" colspan=(TIME.len()) { "Time of a replay" }
                th scope="colgroup" colspan=(LATENCY.len()) { "Latency of a single call" }
                th scope="colgroup" colspan=(HEAP.len()) { "Heap" }
            }
            tr {
                th scope="col" { "backend" }
                @for columns in [&TIME[..], &LATENCY, &HEAP] {
                    @for (i, column) in columns.iter().enumerate() {
                        th.first[i == 0] scope="col" { (column) }
                    }
                }
            }
        }
        tbody {
            @for standing in &outcome.results {
                tr.chosen[is_chosen(outcome, standing.contender)] {
                    th scope="row" { (named(outcome, standing.contender)) }
                    @match &standing.figures {
                        Ok(figures) => (cells(outcome, figures)),
                        Err(refusal) => td.refused colspan=(COLUMNS) { (refused(refusal)) },
                    }
                }
            }
        }
    };
    scrolling(&caption, Some("all"), &table)
}

/// Why there are no figures, with a word that says how bad it is.
pub(super) fn refused(refusal: &Refusal) -> Markup {
    html! {
        @match refusal {
            Refusal::Cannot(why) => { "cannot do it: " (why) },
            Refusal::Failed(why) => { strong.bad { "failed" } ": " (why) },
        }
    }
}

fn cells(outcome: &Outcome, figures: &Figures) -> Markup {
    let Figures { median, interval, heap, profile, .. } = figures;
    html! {
        td.first { (duration(*median)) }
        td { (duration(interval.low)) " – " (duration(interval.high)) }
        td { (duration(outcome.ns_per_call(figures))) }
        td { (significant(figures.ratio)) (note(figures)) }
        td { (HumanBytes(outcome.throughput(figures) as u64)) "/s" }
        (latencies(&profile.latency))
        td.first { (HumanBytes(heap.peak)) }
        td { (HumanBytes(heap.at_end)) }
        td { (HumanCount(heap.allocations)) }
        td { (HumanBytes(heap.moved)) }
    }
}

fn latencies(latency: &Latency) -> Markup {
    let Latency { calls, p50, p90, p99, p999, max, .. } = *latency;
    html! {
        @for (i, took) in [p50, p90, p99, p999, max].into_iter().enumerate() {
            td.first[i == 0] { @if calls > 0 { (duration(took as f64)) } @else { "–" } }
        }
    }
}

/// The latency of single calls by their kind; nothing if that was not taken.
pub(super) fn by_kind(outcome: &Outcome) -> Option<Markup> {
    let mut kinds: Vec<&str> = Vec::new();
    for (kind, _) in outcome.measured().flat_map(|(_, figures)| &figures.profile.by_kind) {
        if !kinds.contains(&&kind[..]) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return None;
    }
    let caption = format!("Latency by kind of call, {}", outcome.name);
    let table = html! {
        thead {
            tr {
                th scope="col" { "call" }
                th.word scope="col" { "backend" }
                th scope="col" { "mean" }
                @for column in LATENCY { th scope="col" { (column) } }
            }
        }
        @for kind in kinds {
            @let rows = of_kind(outcome, kind);
            tbody {
                @for (i, (contender, latency)) in rows.iter().enumerate() {
                    tr.chosen[is_chosen(outcome, *contender)] {
                        @if i == 0 { th scope="rowgroup" rowspan=(rows.len()) { (kind) } }
                        th scope="row" { (named(outcome, *contender)) }
                        td { (duration(latency.mean)) }
                        (latencies(latency))
                    }
                }
            }
        }
    };
    Some(scrolling(&caption, Some("all"), &table))
}

fn of_kind<'a>(outcome: &'a Outcome, kind: &str) -> Vec<(Contender, &'a Latency)> {
    let found =
        |figures: &'a Figures| figures.profile.by_kind.iter().find(|(it, _)| it == kind).map(|(_, it)| it);
    outcome.measured().filter_map(|(contender, figures)| Some((contender, found(figures)?))).collect()
}
