//! Tables for a document: the choices and what they rest on.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use indicatif::HumanBytes;

use super::numbers::{duration, significant};
use super::table::how_to_read;
use crate::contender::Contender;
use crate::machine::Machine;
use crate::overall::{self, Rank};
use crate::results::{Figures, Outcome, Refusal};

const BEGIN: &str = "<!-- anystream: begin -->";
const END: &str = "<!-- anystream: end -->";

/// Writes the tables to the file at `path`: between its marks if it has them, so that they can be renewed in a
/// document that somebody wrote around them; else as all of it.
pub(crate) fn write(path: &Path, machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    let tables = tables(machine, outcomes, ranks);
    let document = match fs::read_to_string(path) {
        Ok(document) => document,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let around =
        document.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, behind) = around.unwrap_or(("", "\n"));
    fs::write(path, format!("{before}{BEGIN}\n\n{tables}\n{END}{behind}"))
}

fn tables(machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> String {
    let mut text = String::new();
    let _ =
        writeln!(text, "By `anystream {}`. {}\n", machine.command.join(" "), how_to_read(machine, outcomes));
    choices(&mut text, outcomes);
    let _ = writeln!(text, "\nTimes of a replay, as multiples of the fastest backend's:\n");
    figures(&mut text, outcomes, |outcome, figures| {
        let fastest = outcome.measured().filter(|(it, _)| !it.is_peer());
        let fastest = fastest.map(|(_, it)| it.median).fold(f64::INFINITY, f64::min);
        significant(figures.median / fastest)
    });
    let _ = writeln!(text, "\nWhat one call in a thousand exceeds:\n");
    figures(&mut text, outcomes, |_, figures| duration(figures.profile.latency.p999 as f64));
    let _ = writeln!(text, "\nHeap at its peak:\n");
    figures(&mut text, outcomes, |_, figures| HumanBytes(figures.heap.peak).to_string());
    if let Some(sentence) = overall::sentence(ranks) {
        let _ = writeln!(text, "\n{sentence}");
    }
    text
}

fn choices(text: &mut String, outcomes: &[Outcome]) {
    let _ = writeln!(text, "| workload | take | why |\n|---|---|---|");
    for outcome in outcomes {
        let (take, why) = match &outcome.choice {
            Some(choice) => {
                let sentences = [std::slice::from_ref(&choice.reason), &choice.otherwise].concat();
                (choice.backend.name(), sentences.join(" "))
            }
            None => ("–", "No backend can be taken for it.".to_owned()),
        };
        let origin = outcome.origin.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
        let _ = writeln!(text, "| **{}**{} | {take} | {} |", cell(&outcome.name), cell(&origin), cell(&why));
    }
}

/// One table with a column for each contender.
fn figures(text: &mut String, outcomes: &[Outcome], of: impl Fn(&Outcome, &Figures) -> String) {
    let mut contenders: Vec<Contender> = Vec::new();
    for standing in outcomes.iter().flat_map(|outcome| &outcome.results) {
        if !contenders.contains(&standing.contender) {
            contenders.push(standing.contender);
        }
    }
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name()).collect();
    let _ = writeln!(text, "| workload | {} |\n|---|{}", names.join(" | "), "--:|".repeat(names.len()));
    for outcome in outcomes {
        let cells = contenders.iter().map(|contender| {
            let standing = outcome.results.iter().find(|standing| standing.contender == *contender);
            let chosen = outcome.choice.as_ref().is_some_and(|choice| choice.backend == *contender);
            match standing.map(|standing| &standing.figures) {
                Some(Ok(figures)) if chosen => format!("**{}**", of(outcome, figures)),
                Some(Ok(figures)) => of(outcome, figures),
                Some(Err(Refusal::Cannot(_))) => "cannot".to_owned(),
                Some(Err(Refusal::Failed(_))) => "failed".to_owned(),
                None => "–".to_owned(),
            }
        });
        let _ = writeln!(text, "| {} | {} |", cell(&outcome.name), cells.collect::<Vec<_>>().join(" | "));
    }
}

/// What would end a cell, or begin a tag, is written so that it does not.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
