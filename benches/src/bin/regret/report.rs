//! The printed tables, and the file of --table.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use crate::advice::{Advice, Answer};
use crate::backend::Backend;
use crate::facts::Group;
use crate::judgement::{Judged, Regrets, Verdict};
use crate::stats::{greatest, mean};
use crate::truth::Truth;

/// For the terminal. Without a verdict, the times alone.
pub(crate) fn text(judged: &[Judged], verdict: Option<&Verdict>) -> String {
    let mut text = format!("{}\n", logs(judged));
    for one in judged {
        notes(one, &mut text);
    }
    let Some(verdict) = verdict else { return text };
    let _ = writeln!(text, "\n{}", standings(verdict));
    let answers: usize = judged.iter().map(|one| one.advice.len()).sum();
    let _ = writeln!(
        text,
        "{answers} answers, {:.1} s on average and {:.1} s at most",
        verdict.mean_seconds, verdict.longest_seconds
    );
    for one in judged {
        if let Some(factor) = one.flip() {
            let _ = writeln!(text, "flip: {}: {} ({factor:.3}x apart)", one.log, choices(one));
        }
    }
    for fault in &verdict.faults {
        let _ = writeln!(text, "FAILS: {fault}");
    }
    if verdict.holds() {
        text.push_str("every bar holds\n");
    }
    text
}

fn notes(one: &Judged, text: &mut String) {
    let _ = match (&one.truth, one.refusal()) {
        (_, Some(why)) => writeln!(text, "refused: {}: {why}", one.log),
        (Err(why), None) => writeln!(text, "not timed: {}: {why}", one.log),
        (Ok(_), None) => Ok(()),
    };
    let Ok(truth) = &one.truth else { return };
    for (backend, why) in &truth.left_out {
        let _ = writeln!(text, "not timed: {} on {}: {why}", one.log, backend.name());
    }
}

fn logs(judged: &[Judged]) -> Table {
    let mut header = vec!["log", "choice", "best", "regret", "decided", "seconds"];
    header.extend(Backend::ALL.map(Backend::name));
    let mut table = table(&header, 3);
    for one in judged {
        let truth = one.truth.as_ref().ok();
        let seconds: Vec<f64> = one.advice.iter().map(|advice| advice.seconds).collect();
        let mut row = vec![
            one.log.clone(),
            choices(one),
            truth.and_then(Truth::fastest).map_or("-", |(backend, _)| backend.name()).to_owned(),
            one.regrets().map_or("-".to_owned(), |regrets| format!("{:.3}", greatest(regrets))),
            decided(&one.advice),
            if seconds.is_empty() { "-".to_owned() } else { format!("{:.1}", mean(&seconds)) },
        ];
        row.extend(Backend::ALL.map(|backend| truth.map_or("-".to_owned(), |truth| time(truth, backend))));
        table.add_row(row);
    }
    table
}

/// A lower bound is marked as such: its replay was abandoned.
fn time(truth: &Truth, backend: Backend) -> String {
    let Some(times) = truth.times.get(&backend) else { return "-".to_owned() };
    let bound = if times.replays == 0 { ">" } else { "" };
    let ns = times.median_ns;
    let (value, unit) = match ns {
        ..1e3 => (ns, "ns"),
        ..1e6 => (ns / 1e3, "us"),
        ..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    let decimals = match value {
        ..10.0 => 3,
        ..100.0 => 2,
        _ => 1,
    };
    format!("{bound}{value:.decimals$} {unit}")
}

/// Each choice once, with how many runs made it if runs differ.
fn choices(one: &Judged) -> String {
    let choices = one.choices();
    let count = |backend| choices.iter().filter(|choice| **choice == backend).count();
    let counted = Backend::ALL.into_iter().map(|backend| (backend.name(), count(backend)));
    let counted: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
    match counted.as_slice() {
        [] => match one.advice.first().map(|advice| &advice.answer) {
            Some(Answer::Refused(_)) => "refused".to_owned(),
            Some(Answer::Failed(_)) => "FAILED".to_owned(),
            _ => "-".to_owned(),
        },
        [(name, _)] => (*name).to_owned(),
        several => {
            several.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
        }
    }
}

fn decided(advice: &[Advice]) -> String {
    let said: Vec<bool> = advice
        .iter()
        .filter_map(|advice| match advice.answer {
            Answer::Choice { decided, .. } => decided,
            _ => None,
        })
        .collect();
    match said.iter().filter(|decided| **decided).count() {
        _ if said.is_empty() => "-".to_owned(),
        0 => "no".to_owned(),
        all if all == said.len() => "yes".to_owned(),
        some => format!("{some} of {}", said.len()),
    }
}

fn standings(verdict: &Verdict) -> Table {
    let mut table = table(&["logs", "number", "backend", "mean regret", "worst", "mean by best"], 1);
    let row = |group: Group, logs: usize, backend: &str, regrets: &Regrets| {
        let figure = |value| format!("{value:.3}");
        [
            group.name().to_owned(),
            logs.to_string(),
            backend.to_owned(),
            figure(regrets.mean),
            figure(regrets.worst),
            figure(regrets.mean_by_best),
        ]
    };
    for standing in &verdict.groups {
        table.add_row(row(standing.group, standing.logs, "as chosen", &standing.choose));
        for always in &standing.always {
            let backend = format!("always {}", always.backend.name());
            table.add_row(row(standing.group, always.logs, &backend, &always.regrets));
        }
    }
    table
}

fn table(header: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut().skip(left) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// One line per log, with every figure.
pub(crate) fn csv(judged: &[Judged]) -> String {
    let mut header = vec!["log".to_owned()];
    header.extend(Group::ALL.into_iter().skip(1).map(|group| group.name().to_owned()));
    for backend in Backend::ALL {
        header
            .extend(["median_ns", "best_ns", "replays"].map(|figure| format!("{}_{figure}", backend.name())));
    }
    header.extend(
        ["best", "choices", "regret_mean", "regret_worst", "decided", "seconds", "message"]
            .map(str::to_owned),
    );
    let mut lines = vec![header];
    lines.extend(judged.iter().map(line));
    lines
        .iter()
        .map(|cells| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n")
        .collect()
}

fn line(one: &Judged) -> Vec<String> {
    let truth = one.truth.as_ref().ok();
    let mut cells = vec![one.log.clone()];
    cells.extend(
        Group::ALL.into_iter().skip(1).map(|group| {
            truth.map_or_else(String::new, |truth| u8::from(truth.facts.is_in(group)).to_string())
        }),
    );
    for backend in Backend::ALL {
        let times = truth.and_then(|truth| truth.times.get(&backend));
        cells.extend(times.map_or_else(Default::default, |times| {
            [format!("{:.1}", times.median_ns), format!("{:.1}", times.best_ns), times.replays.to_string()]
        }));
    }
    let regrets = one.regrets().unwrap_or_default();
    let figure = |value: f64| if value.is_finite() { format!("{value:.4}") } else { String::new() };
    let message = match (one.refusal(), &one.truth) {
        (Some(why), _) => why,
        (None, Err(why)) => why,
        (None, Ok(_)) => "",
    };
    cells.extend([
        truth.and_then(Truth::fastest).map_or("", |(backend, _)| backend.name()).to_owned(),
        one.choices().iter().map(|choice| choice.name()).collect::<Vec<_>>().join(" "),
        figure(mean(&regrets)),
        figure(greatest(regrets)),
        decided(&one.advice),
        figure(mean(&one.advice.iter().map(|advice| advice.seconds).collect::<Vec<_>>())),
        message.to_owned(),
    ]);
    cells
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
