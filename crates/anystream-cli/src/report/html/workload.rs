//! One workload: the choice in words first, then what it stands on.

use indicatif::{HumanBytes, HumanCount};
use maud::{Markup, html};

use super::{bars, growth, latency, sizes, tables};
use crate::advice::Kind;
use crate::report::numbers::{count, percent};
use crate::results::Outcome;

/// What a link to the workload at `place` leads to.
pub(super) fn anchor(place: usize) -> String {
    format!("w{}", place + 1)
}

pub(super) fn section(place: usize, outcome: &Outcome) -> Markup {
    let id = anchor(place);
    let charts = [
        latency::draw(&id, outcome),
        growth::memory(&id, outcome),
        growth::time(&id, outcome),
        sizes::draw(&id, outcome),
    ];
    html! {
        section.workload id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (outcome.name) }
            @if let Some(origin) = &outcome.origin { p.origin { (origin) } }
            (choice(outcome))
            div.beside {
                figure {
                    figcaption {
                        h3 { "Time of a replay" }
                        p {
                            "The median of " (count(outcome.rounds.into(), "round")) (fewer_rounds(outcome))
                            "; the thin line with ends is where the true median lies with 95\u{a0}% \
                             confidence. Shorter is better. "
                            a href={ "#" (id) "-all" } { "Values in the table" }
                        }
                    }
                    @if outcome.measured().next().is_some() { (bars::draw(&format!("{id}-bars"), outcome)) }
                    (refusals(outcome))
                }
                (facts(outcome))
            }
            div.charts { @for chart in charts.iter().flatten() { (chart) } }
            h3 id={ (id) "-all" } { "Everything that was measured" }
            (tables::everything(outcome))
            @if let Some(table) = tables::by_kind(outcome) {
                h3 { "Latency by kind of call" }
                (table)
            }
        }
    }
}

/// " (ropey: 3)" for those who are so slow that they took part in fewer.
fn fewer_rounds(outcome: &Outcome) -> String {
    let fewer = outcome.measured().filter(|(_, figures)| figures.times.len() < outcome.rounds as usize);
    let listed: Vec<String> = fewer.map(|(it, figures)| format!("{it}: {}", figures.times.len())).collect();
    if listed.is_empty() { String::new() } else { format!(" ({})", listed.join(", ")) }
}

fn choice(outcome: &Outcome) -> Markup {
    html! {
        div.choice.none[outcome.choice.is_none()] {
            @for advice in outcome.advice.iter().filter(|it| it.kind == Kind::Relevance) {
                p.reason { (advice.sentence) }
            }
            @match &outcome.choice {
                Some(choice) => {
                    p.reason { (choice.reason) }
                    @for sentence in &choice.otherwise { p { (sentence) } }
                    p.code {
                        "In code: " code { (choice.type_name) } " "
                        span.goal { "chosen for " (choice.goal) }
                    }
                },
                None => p.reason { "No backend can be taken for it." },
            }
            @for advice in outcome.advice.iter().filter(|it| it.kind != Kind::Relevance) {
                p {
                    (advice.sentence)
                    @if let Some(code) = &advice.code { " In code: " code { (code) } }
                }
            }
            @if let Some(warning) = outcome.noise_warning() {
                p.bad { (warning) }
            }
        }
    }
}

fn refusals(outcome: &Outcome) -> Markup {
    let refused: Vec<_> =
        outcome.results.iter().filter_map(|it| Some((it.contender, it.figures.as_ref().err()?))).collect();
    html! {
        @if !refused.is_empty() {
            ul.refusals {
                @for (contender, refusal) in refused {
                    li { strong { (contender) } " " (tables::refused(refusal)) }
                }
            }
        }
    }
}

fn facts(outcome: &Outcome) -> Markup {
    let calls = &outcome.calls;
    let mut kinds: Vec<_> = calls.by_kind.iter().collect();
    kinds.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let lengths = [
        ("writes", calls.bytes_written),
        ("reads", calls.bytes_read),
        ("length at the start", calls.initial_len),
        ("greatest length", outcome.shape.largest_len),
        ("length at the end", calls.final_len),
    ];
    html! {
        div.facts {
            h3 { "What it does" }
            table {
                caption.unseen { "Calls by kind, " (outcome.name) }
                thead {
                    tr { @for title in ["call", "calls", "share"] { th scope="col" { (title) } } }
                }
                tbody {
                    @for (kind, calls_of_kind) in kinds {
                        tr {
                            th scope="row" { (kind) }
                            td { (HumanCount(*calls_of_kind)) }
                            td { (percent(*calls_of_kind, calls.total)) }
                        }
                    }
                }
                tfoot { tr { th scope="row" { "all" } td { (HumanCount(calls.total)) } td { "100 %" } } }
            }
            dl {
                @for (what, bytes) in lengths { div { dt { (what) } dd { (HumanBytes(bytes)) } } }
                @if outcome.scale != 1.0 { div { dt { "scale" } dd { (outcome.scale) } } }
                @if outcome.skipped > 0 {
                    div { dt { "lines not understood and skipped" } dd { (outcome.skipped) } }
                }
            }
        }
    }
}
