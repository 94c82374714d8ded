//! Tables and sentences for people. Colours go to a terminal only, and nowhere if `NO_COLOR` is set.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use anystream::Backend;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};
use indicatif::{HumanBytes, HumanCount};

use super::numbers::{count, duration, significant};
use crate::interval::{ENOUGH, LAYOUT};
use crate::overall::{self, Rank};
use crate::results::{BackendResult, Outcome, Refusal};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CHOSEN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

const INDENT: &str = "  ";

/// One workload: what it is, what each backend took, and the choice.
pub(crate) fn workload(outcome: &Outcome) -> io::Result<()> {
    let mut text = String::new();
    let title = format!("{BOLD}{}{BOLD:#}", outcome.name);
    let origin = outcome.origin.map(|origin| format!(" – {origin}")).unwrap_or_default();
    paragraph(&mut text, &format!("{title}{origin}"), "", Style::new());
    paragraph(&mut text, &description(outcome), INDENT, DIM);
    let _ = writeln!(text);
    rows(&mut text, &results(outcome));
    for BackendResult { backend, figures } in &outcome.results {
        match figures {
            Ok(_) => {}
            Err(Refusal::Failed(why)) => {
                paragraph(&mut text, &format!("{backend} failed: {why}"), INDENT, BAD);
            }
            Err(Refusal::Cannot(why)) => {
                paragraph(&mut text, &format!("{backend} cannot do it: {why}"), INDENT, Style::new());
            }
        }
    }
    let _ = writeln!(text);
    match &outcome.choice {
        Some(choice) => paragraph(&mut text, &choice.reason, INDENT, CHOSEN),
        None => paragraph(&mut text, "No backend can be taken for it.", INDENT, BAD),
    }
    let _ = writeln!(text);
    print(&text)
}

/// All workloads together, and how to read the tables.
pub(crate) fn overall(outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    let mut text = String::new();
    if outcomes.len() > 1 {
        let _ = writeln!(text, "{BOLD}Overall, {}{BOLD:#}", count(outcomes.len() as u64, "workload"));
        paragraph(&mut text, "The mean is the geometric mean of the ratios to the best.", INDENT, DIM);
        let _ = writeln!(text);
        rows(&mut text, &ranking(ranks));
        let _ = writeln!(text);
        match overall::sentence(ranks) {
            Some(sentence) => paragraph(&mut text, &sentence, INDENT, CHOSEN),
            None => paragraph(&mut text, "No backend can do all of them.", INDENT, BAD),
        }
        let _ = writeln!(text);
    }
    paragraph(&mut text, &how_to_read(outcomes), "", DIM);
    print(&text)
}

/// The backends and their notes.
pub(crate) fn backends(backends: &[Backend]) -> io::Result<()> {
    let mut table = table(&["backend", "what it costs"]);
    for backend in backends {
        table.add_row([Cell::new(backend).add_attribute(Attribute::Bold), Cell::new(backend.cost())]);
    }
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width() as u16);
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text, "\n`anystream choose` measures which of them suits a workload.");
    print(&text)
}

fn description(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let mut kinds: Vec<_> = summary.ops.iter().collect();
    kinds.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, calls)| format!("{} × {kind}", HumanCount(**calls))).collect();
    let skipped = match outcome.skipped {
        0 => String::new(),
        n => format!(" {} of the trace not understood and skipped.", count(n as u64, "line")),
    };
    let begins = match summary.initial_len {
        0 => String::new(),
        len => format!(" begins with {},", HumanBytes(len)),
    };
    format!(
        "{}: {}. Writes {}, reads {};{begins} at most {} long.{skipped}",
        count(summary.total, "call"),
        kinds.join(", "),
        HumanBytes(summary.bytes_written),
        HumanBytes(summary.bytes_read),
        HumanBytes(outcome.largest_len),
    )
}

fn results(outcome: &Outcome) -> Table {
    let timed =
        if outcome.rounds == 0 { "median".to_owned() } else { format!("median of {}", outcome.rounds) };
    let mut table = table(&["  backend", &timed, "ns per op", "× the best", "peak heap", "verified"]);
    for BackendResult { backend, figures } in &outcome.results {
        let chosen = outcome.choice.as_ref().is_some_and(|choice| choice.backend == *backend);
        let name = Cell::new(format!("{} {backend}", if chosen { "→" } else { " " }));
        let none = || Cell::new("–");
        let cells = match figures {
            Ok(figures) => [
                name,
                Cell::new(duration(figures.median)),
                Cell::new(significant(outcome.ns_per_op(figures))),
                Cell::new(format!(
                    "{}{}",
                    significant(figures.ratio),
                    if figures.tied { " tie" } else { "    " }
                )),
                Cell::new(HumanBytes(figures.peak_bytes)),
                Cell::new("yes"),
            ],
            Err(Refusal::Cannot(_)) => {
                [name, none(), none(), none(), none(), Cell::new("cannot").fg(Color::DarkYellow)]
            }
            Err(Refusal::Failed(_)) => {
                [name, none(), none(), none(), none(), Cell::new("FAILED").fg(Color::DarkRed)]
            }
        };
        table.add_row(cells.map(|cell| highlighted(cell, chosen)));
    }
    right(&mut table, 1..5);
    table
}

fn ranking(ranks: &[Rank]) -> Table {
    let mut table = table(&["  backend", "mean", "chosen for"]);
    for (i, rank) in ranks.iter().enumerate() {
        let mean = match rank.geomean_ratio {
            Some(mean) => format!("{}{}", significant(mean), if rank.tied { " tie" } else { "    " }),
            None => "cannot do all".to_owned(),
        };
        let best = i == 0 && rank.geomean_ratio.is_some();
        let cells = [Cell::new(format!("  {}", rank.backend)), Cell::new(mean), Cell::new(rank.chosen)];
        table.add_row(cells.map(|cell| highlighted(cell, best)));
    }
    right(&mut table, 1..3);
    table
}

fn how_to_read(outcomes: &[Outcome]) -> String {
    let fewest =
        outcomes.iter().filter(|outcome| outcome.choice.is_some()).map(|outcome| outcome.rounds).min();
    let most = outcomes.iter().map(|outcome| outcome.rounds).max().unwrap_or_default();
    let Some(fewest) = fewest else { return "Nothing was timed.".to_owned() };
    let rounds =
        if fewest == most { count(most.into(), "round") } else { format!("{fewest} to {most} rounds") };
    let certainty = if (fewest as usize) < ENOUGH {
        format!("with fewer than {ENOUGH} rounds, noise cannot be judged: take these for a first look.")
    } else {
        "noise is the 95 % confidence interval of the median ratio, round by round.".to_owned()
    };
    format!(
        "Times are medians over {rounds} in which the backends took turns, each replay on a fresh stream, by \
         static dispatch: the calls and the drop, not the making of the initial contents. A tie is less than \
         {:.0} % from the best, or within noise; {certainty} Peak heap is the most that a replay held at \
         once, its initial contents included.",
        LAYOUT * 100.0
    )
}

fn table(header: &[&str]) -> Table {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    // Styled always; what the output cannot show is taken out where it is printed.
    table.load_style(STYLE).enforce_styling().style_text_only();
    table.set_header(header.iter().map(|title| Cell::new(title).add_attribute(Attribute::Dim)));
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table
}

fn highlighted(cell: Cell, yes: bool) -> Cell {
    if yes { cell.add_attribute(Attribute::Bold).fg(Color::DarkGreen) } else { cell }
}

fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn rows(text: &mut String, table: &Table) {
    for line in table.lines() {
        let _ = writeln!(text, "{INDENT}{}", line.trim_end());
    }
}

/// Wraps `sentence` to the width of the terminal, each line behind `indent`; no number loses its unit.
fn paragraph(text: &mut String, sentence: &str, indent: &str, style: Style) {
    const UNITS: [&str; 8] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "%"];
    const HELD: &str = "\u{a0}";
    let mut words = sentence.split(' ').peekable();
    let mut held = String::new();
    while let Some(word) = words.next() {
        held.push_str(word);
        if let Some(next) = words.peek() {
            let unit = next.trim_end_matches([',', '.', ';', ':']);
            let one_thing = UNITS.contains(&unit) || unit == "×" || word == "×";
            held.push_str(if one_thing { HELD } else { " " });
        }
    }
    let options = textwrap::Options::new(width())
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .initial_indent(indent)
        .subsequent_indent(indent);
    for line in textwrap::wrap(&held, options) {
        let _ = writeln!(text, "{style}{}{style:#}", line.replace(HELD, " "));
    }
}

/// In columns: the terminal's, but no more than reads well; 80 if it is none.
fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
