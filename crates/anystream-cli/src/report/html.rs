//! One page that can be looked at and passed on: a single file without scripts and without anything from a
//! network.
//!
//! `maud` escapes whatever comes from a trace. The charts are SVG of our own: plotting crates give fixed
//! colours and widths, and no place for titles, descriptions, patterns and a dark scheme.

mod bars;
mod growth;
mod latency;
mod look;
mod plot;
mod scale;
mod sizes;
mod summary;
mod tables;
mod words;
mod workload;

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::numbers::count;
use super::table::how_to_read;
use crate::machine::Machine;
use crate::output::Output;
use crate::overall::Rank;
use crate::results::Outcome;

const STYLE: &str = include_str!("html/page.css");

/// Nothing is loaded and nothing runs, even if a name got past the escaping.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Writes the page to `output`.
pub(crate) fn write(
    output: &Output,
    machine: &Machine,
    outcomes: &[Outcome],
    ranks: &[Rank],
) -> io::Result<()> {
    output.write(page(machine, outcomes, ranks).into_string().as_bytes())
}

fn page(machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> Markup {
    let headline = headline(outcomes);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (headline) " – anystream" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the results" }
                (look::definitions())
                header {
                    h1 { (headline) }
                    p { (machine.cpu) ", " (machine.date) " UTC, anystream " (machine.version) }
                }
                main id="main" {
                    @if outcomes.is_empty() { p { "Nothing was measured." } }
                    @if outcomes.len() > 1 { (summary::section(outcomes, ranks)) }
                    @for (place, outcome) in outcomes.iter().enumerate() {
                        (workload::section(place, outcome))
                    }
                    (method(machine, outcomes))
                }
            }
        }
    }
}

fn headline(outcomes: &[Outcome]) -> String {
    match outcomes {
        [one] => match &one.choice {
            Some(choice) => format!("Take {} for {}", choice.backend, one.name),
            None => format!("No backend can be taken for {}", one.name),
        },
        _ => format!("Which backend to take for {}", count(outcomes.len() as u64, "workload")),
    }
}

fn method(machine: &Machine, outcomes: &[Outcome]) -> Markup {
    let command: Vec<&str> = machine.command.iter().map(String::as_str).collect();
    let pinned = machine.pinned.map_or_else(|| "none".to_owned(), |core| format!("core {core}"));
    let facts = [
        ("processor", machine.cpu.clone()),
        ("cores", machine.cores.to_string()),
        ("kept on", pinned),
        ("system", machine.system.clone()),
        ("date", format!("{} UTC", machine.date)),
        ("program", format!("anystream {}", machine.version)),
    ];
    html! {
        section.method aria-labelledby="method" {
            h2 id="method" { "How it was measured" }
            p { (how_to_read(machine, outcomes)) }
            dl {
                @for (what, value) in facts { div { dt { (what) } dd { (value) } } }
                div { dt { "command" } dd { code { "anystream " (command.join(" ")) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender;
    use crate::results::{Calls, Figures, Refusal, Standing};
    use crate::shape::Shape;

    fn shown(standings: Vec<Standing>) -> String {
        let machine = Machine {
            cpu: "a <fast> processor".to_owned(),
            cores: 1,
            pinned: None,
            system: String::new(),
            date: String::new(),
            version: String::new(),
            clock_ns: 0,
            command: vec!["choose".to_owned(), "a&b.strace".to_owned()],
        };
        let outcome = Outcome {
            name: "one".to_owned(),
            origin: None,
            scale: 1.0,
            skipped: 3,
            calls: Calls::default(),
            shape: Shape::default(),
            measured_calls: None,
            final_len_is_minimum: false,
            notes: Vec::new(),
            digest: None,
            rounds: 0,
            results: standings,
            sizes: Vec::new(),
            advice: Vec::new(),
            choice: None,
        };
        page(&machine, &[outcome], &[]).into_string()
    }

    #[test]
    fn those_who_refused_are_listed_with_the_reason_even_if_nobody_was_timed() {
        let page = shown(vec![
            Standing {
                contender: Contender::Cursor,
                figures: Err(Refusal::Cannot("no <insert>".to_owned())),
            },
            Standing { contender: Contender::BytesMut, figures: Err(Refusal::Failed("law R1".to_owned())) },
        ]);
        assert!(page.contains("cannot do it: no &lt;insert&gt;") && page.contains(": law R1"), "{page}");
        assert!(page.contains("No backend can be taken for it."), "{page}");
        assert!(page.contains("a &lt;fast&gt; processor") && page.contains("a&amp;b.strace"), "{page}");
        assert!(!page.contains("role=\"img\""), "{page}");
    }

    #[test]
    fn a_run_that_was_interrupted_before_single_calls_were_timed_has_no_empty_charts() {
        let figures = Figures::steady(0.0);
        let page = shown(vec![Standing { contender: Contender::Cursor, figures: Ok(figures) }]);
        assert_eq!(page.matches("role=\"img\"").count(), 1, "the bars alone: {page}");
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }

    #[test]
    fn nothing_measured_is_said() {
        let shown = shown(Vec::new());
        assert!(shown.contains("No backend can be taken"), "{shown}");
    }
}
