//! Tables for a document: the choices and what they rest on.

use std::fmt::Write as _;
use std::fs;
use std::io;

use indicatif::HumanBytes;

use super::numbers::{duration, significant};
use super::table::how_to_read;
use crate::contender::Contender;
use crate::machine::Machine;
use crate::output::{Output, Unwritable};
use crate::overall;
use crate::results::{Figures, Outcome, Refusal};
use crate::visible::visible_name;

const BEGIN: &str = "<!-- anystream: begin -->";
const END: &str = "<!-- anystream: end -->";

/// Checks before measuring that the file at `output` is new, is empty, or has the two marks.
pub(crate) fn check(output: &Output) -> Result<(), Unwritable> {
    parts(
        &read(output)
            .map_err(|error| output.refused(format!("it cannot be read: {error}; name another file")))?,
    )
    .map(drop)
    .map_err(|reason| output.refused(reason))
}

/// Writes the tables to `output`: between its marks if it has them, so that they can be renewed in a document that
/// somebody wrote around them; else as all of it.
pub(crate) fn write(output: &Output, machine: &Machine, outcomes: &[Outcome]) -> io::Result<()> {
    let tables = tables(machine, outcomes);
    let document = read(output)?;
    let (before, after) = parts(&document).map_err(io::Error::other)?;
    output.write(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}").as_bytes())
}

/// The document that is there; empty if it is new, or a pipe.
fn read(output: &Output) -> io::Result<String> {
    let Some(file) = output.file() else { return Ok(String::new()) };
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        document => document,
    }
}

/// The text before the first mark and after the second; an error if a document does not have each mark once.
fn parts(document: &str) -> Result<(&str, &str), String> {
    if document.is_empty() {
        return Ok(("", "\n"));
    }
    match (document.matches(BEGIN).count(), document.matches(END).count()) {
        (0, 0) => Err(format!(
            "it has no place for the tables: add the lines `{BEGIN}` and `{END}` where they should go, or name a \
             new file"
        )),
        (1, 1) => {
            let (before, rest) = document.split_once(BEGIN).unwrap_or_default();
            let around = rest.split_once(END).map(|(_, after)| (before, after));
            around.ok_or_else(|| format!("`{END}` comes before `{BEGIN}`: swap them"))
        }
        (begins, ends) => Err(format!(
            "it has {begins} × `{BEGIN}` and {ends} × `{END}`: the tables go between one of each, so add or remove \
             some"
        )),
    }
}

fn tables(machine: &Machine, outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    let command = code(&format!("anystream {}", machine.command.join(" ")));
    let _ = writeln!(text, "By {command}. {}\n", how_to_read(machine, outcomes));
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
    if let Some(sentence) = overall::sentence(outcomes) {
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
        let _ =
            writeln!(text, "| **{}**{} | {take} | {} |", cell(&outcome.name), cell(&origin), sentence(&why));
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

/// A foreign name, escaped so that Markdown shows every character.
fn cell(name: &str) -> String {
    let mut cell = String::new();
    for character in visible_name(name).chars() {
        if matches!(character, '\\' | '`' | '|' | '*' | '[' | ']') {
            cell.push('\\');
        }
        cell.push(character);
    }
    cell.replace('<', "&lt;")
}

/// Sentences of this program: they may have styles, but neither end a cell nor begin a tag.
fn sentence(text: &str) -> String {
    visible_name(&text.replace('\n', " ")).replace('|', "\\|").replace('<', "&lt;")
}

/// What the user typed, between more backticks than it has in a row.
fn code(text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", visible_name(text))
}
