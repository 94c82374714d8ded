//! Tables and sentences for people. Colours go to a terminal only, and nowhere if `NO_COLOR` is set.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};
use indicatif::{HumanBytes, HumanCount};

use super::numbers::{count, duration, significant};
use crate::catalogue::Entry;
use crate::commands::ImportedTrace;
use crate::comparison::{Comparison, Verdict};
use crate::contender::Contender;
use crate::interval::{ENOUGH, LAYOUT};
use crate::machine::Machine;
use crate::measure::{ROUNDS_OF_THE_SLOW, SLOW};
use crate::overall::{self, Rank};
use crate::results::{Outcome, Refusal, Standing};
use crate::visible::{visible_name, visible_styled};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CHOSEN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

pub(super) const INDENT: &str = "  ";

/// One workload: what it is, what each backend took, and the choice.
pub(crate) fn workload(outcome: &Outcome) -> io::Result<()> {
    let mut text = String::new();
    let title = format!("{BOLD}{}{BOLD:#}", outcome.name);
    let origin = outcome.origin.as_ref().map(|origin| format!(" – {origin}")).unwrap_or_default();
    paragraph(&mut text, &format!("{title}{origin}"), "", Style::new());
    paragraph(&mut text, &description(outcome), INDENT, DIM);
    let _ = writeln!(text);
    rows(&mut text, &results(outcome));
    for Standing { contender, figures } in &outcome.results {
        match figures {
            Ok(_) => {}
            Err(Refusal::Failed(why)) => {
                paragraph(&mut text, &format!("{contender} failed: {why}"), INDENT, BAD);
            }
            Err(Refusal::Cannot(why)) => {
                paragraph(&mut text, &format!("{contender}: {why}"), INDENT, Style::new());
            }
        }
    }
    let _ = writeln!(text);
    if let Some(warning) = outcome.noise_warning() {
        paragraph(&mut text, &warning, INDENT, BAD);
    }
    match &outcome.choice {
        Some(choice) => {
            paragraph(&mut text, &choice.reason, INDENT, CHOSEN);
            let otherwise = [&choice.otherwise.join(" "), &format!("In code: {}.", choice.type_name)];
            paragraph(&mut text, otherwise.map(|it| &it[..]).join(" ").trim_start(), INDENT, Style::new());
        }
        None => paragraph(&mut text, "No backend can be taken for it.", INDENT, BAD),
    }
    let _ = writeln!(text);
    print(&text)
}

/// All workloads together, and how to read the tables.
pub(crate) fn overall(machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    let mut text = String::new();
    if outcomes.len() > 1 {
        ranked(&mut text, outcomes.len(), ranks);
    }
    paragraph(&mut text, &explained(outcomes), "", DIM);
    let _ = writeln!(text);
    paragraph(&mut text, &measured_on(machine), "", DIM);
    print(&text)
}

/// What `rank` found.
pub(crate) fn ranking(outcomes: usize, ranks: &[Rank]) -> io::Result<()> {
    let mut text = String::new();
    ranked(&mut text, outcomes, ranks);
    print(&text)
}

fn ranked(text: &mut String, outcomes: usize, ranks: &[Rank]) {
    let _ = writeln!(text, "{BOLD}Overall, {}{BOLD:#}", count(outcomes as u64, "workload"));
    paragraph(text, "The mean is the geometric mean of the ratios to the best.", INDENT, DIM);
    let _ = writeln!(text);
    rows(text, &means(ranks));
    let _ = writeln!(text);
    match overall::sentence(ranks) {
        Some(sentence) => paragraph(text, &sentence, INDENT, CHOSEN),
        None => paragraph(text, "No backend can do all of them.", INDENT, BAD),
    }
    let _ = writeln!(text);
}

/// What `compare` found.
pub(crate) fn comparison(comparison: &Comparison) -> io::Result<()> {
    let mut text = String::new();
    let mut table = table(&["workload", "backend", "before", "after", "× before", "peak heap", ""]);
    for change in &comparison.changes {
        let (verdict, colour) = match change.verdict {
            Verdict::Slower => ("slower", Some(Color::DarkRed)),
            Verdict::Faster => ("faster", Some(Color::DarkGreen)),
            Verdict::Same => ("same", None),
        };
        let peak = match change.new_peak as i64 - change.old_peak as i64 {
            0 => "=".to_owned(),
            more @ 1.. => format!("+{}", HumanBytes(more.unsigned_abs())),
            less => format!("-{}", HumanBytes(less.unsigned_abs())),
        };
        let verdict = colour.map_or_else(|| Cell::new(verdict), |colour| Cell::new(verdict).fg(colour));
        table.add_row([
            Cell::new(&change.workload),
            Cell::new(change.contender),
            Cell::new(duration(change.old)),
            Cell::new(duration(change.new)),
            Cell::new(significant(change.ratio)),
            Cell::new(peak),
            verdict,
        ]);
    }
    right(&mut table, 2..6);
    rows(&mut text, &table);
    let _ = writeln!(text);
    for note in comparison.unmatched.iter().chain(&comparison.warnings) {
        paragraph(&mut text, note, INDENT, DIM);
    }
    let count_of = |verdict| comparison.changes.iter().filter(|change| change.verdict == verdict).count();
    let (slower, faster) = (count_of(Verdict::Slower), count_of(Verdict::Faster));
    let sum = format!("{slower} slower, {faster} faster, {} the same beyond noise.", count_of(Verdict::Same));
    paragraph(&mut text, &sum, INDENT, if slower > 0 { BAD } else { CHOSEN });
    print(&text)
}

/// What `import` came to.
pub(crate) fn imported(path: &Path, imported: &ImportedTrace) -> io::Result<()> {
    let ImportedTrace { name, operations, skipped, log_size, trace_size } = imported;
    let skipped = match skipped {
        0 => String::new(),
        n => format!(" {} not understood and skipped.", count(*n, "line")),
    };
    let sentence = format!(
        "{}: {}, from {} to {}.{skipped} Replay them with `anystream choose {}`.",
        visible_name(name),
        count(*operations, "call"),
        HumanBytes(*log_size),
        HumanBytes(*trace_size),
        visible_name(&path.display().to_string()),
    );
    let mut text = String::new();
    paragraph(&mut text, &sentence, "", Style::new());
    print(&text)
}

/// The workloads that are built in.
pub(crate) fn workloads(entries: impl Iterator<Item = Entry>) -> io::Result<()> {
    let mut table = table(&["workload", "who does this"]);
    for entry in entries {
        let who = match entry {
            Entry::Recorded(builtin) => format!("recorded: {}", builtin.origin),
            Entry::Standard(standard) => standard.who.clone(),
        };
        table.add_row([Cell::new(entry.name()).add_attribute(Attribute::Bold), Cell::new(who)]);
    }
    wrapped(
        table,
        "`anystream choose --workload NAME` measures it; those that were not recorded grow with --scale.",
    )
}

/// The backends and the peers, and their notes.
pub(crate) fn backends(contenders: impl Iterator<Item = Contender>) -> io::Result<()> {
    let mut table = table(&["backend", "what it costs"]);
    for contender in contenders {
        table.add_row([
            Cell::new(contender).add_attribute(Attribute::Bold),
            Cell::new(visible_name(contender.cost())),
        ]);
    }
    wrapped(table, "`anystream choose` measures which of them suits a workload.")
}

/// A table as wide as the terminal, and what to do next.
fn wrapped(mut table: Table, next: &str) -> io::Result<()> {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width() as u16);
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let _ = writeln!(text);
    paragraph(&mut text, next, "", Style::new());
    print(&text)
}

fn description(outcome: &Outcome) -> String {
    let calls = &outcome.calls;
    let mut kinds: Vec<_> = calls.by_kind.iter().collect();
    kinds.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, calls)| format!("{} × {kind}", HumanCount(**calls))).collect();
    let skipped = match outcome.skipped {
        0 => String::new(),
        n => format!(" {} of the trace not understood and skipped.", count(n as u64, "line")),
    };
    let begins = match calls.initial_len {
        0 => String::new(),
        len => format!(" begins with {},", HumanBytes(len)),
    };
    format!(
        "{}: {}. Writes {}, reads {};{begins} at most {} long.{skipped}",
        count(calls.total, "call"),
        kinds.join(", "),
        HumanBytes(calls.bytes_written),
        HumanBytes(calls.bytes_read),
        HumanBytes(outcome.shape.largest_len),
    )
}

/// 80 columns hold no more than this.
fn results(outcome: &Outcome) -> Table {
    let mut table = table(&["  backend", "median", "", "× best", "ns/op", "p99.9", "peak heap"]);
    let slowest = outcome.measured().map(|(_, figures)| figures.median).fold(0.0, f64::max);
    for Standing { contender, figures } in &outcome.results {
        let chosen = outcome.choice.as_ref().is_some_and(|choice| choice.backend == *contender);
        let name = Cell::new(format!("{} {contender}", if chosen { "→" } else { " " }));
        let none = || Cell::new("–");
        let cells = match figures {
            Ok(figures) => {
                let tie = if figures.tied { " tie" } else { "    " };
                [
                    name,
                    Cell::new(duration(figures.median)),
                    Cell::new(bar(figures.median / slowest)),
                    Cell::new(format!("{}{tie}", significant(figures.ratio))),
                    Cell::new(significant(outcome.ns_per_call(figures))),
                    Cell::new(duration(figures.profile.latency.p999 as f64)),
                    Cell::new(HumanBytes(figures.heap.peak)),
                ]
            }
            Err(refusal) => {
                let (word, colour) = match refusal {
                    Refusal::Cannot(_) => ("cannot", Color::DarkYellow),
                    Refusal::Failed(_) => ("FAILED", Color::DarkRed),
                };
                [name, Cell::new(word).fg(colour), Cell::new(""), none(), none(), none(), none()]
            }
        };
        table.add_row(cells.map(|cell| highlighted(cell, chosen)));
    }
    right(&mut table, 1..2);
    right(&mut table, 3..7);
    table
}

/// A share as a bar of eighths, never nothing.
fn bar(share: f64) -> String {
    const WIDTH: f64 = 8.0;
    const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = (share.clamp(0.0, 1.0) * WIDTH * 8.0).round().max(1.0) as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend(eighths.checked_rem(8).and_then(|rest| EIGHTHS.get(rest.checked_sub(1)?)));
    bar
}

fn means(ranks: &[Rank]) -> Table {
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

/// What the figures are, and where they come from, in sentences.
pub(super) fn how_to_read(machine: &Machine, outcomes: &[Outcome]) -> String {
    format!("{} {}", explained(outcomes), measured_on(machine))
}

fn explained(outcomes: &[Outcome]) -> String {
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
        "Times are medians over {rounds} in which all took turns, each replay on a fresh stream, by \
         static dispatch: the calls and the drop, not the making of the initial contents. Who is {SLOW} times \
         slower than the fastest takes part in {ROUNDS_OF_THE_SLOW} rounds only, and at no other size. A tie is less than \
         {:.0} % from the best, or within noise; {certainty} p99.9 is what one call in a thousand exceeds, in \
         replays of their own, without what reading the clock takes. Peak heap is the most that a replay \
         held at once, its initial contents included. cursor and bytesmut are peers: measured, never chosen.",
        LAYOUT * 100.0,
    )
}

fn measured_on(machine: &Machine) -> String {
    let core =
        machine.pinned.map_or("not pinned to a core".to_owned(), |core| format!("pinned to core {core}"));
    format!(
        "Measured on {}, {core}; reading the clock takes {} ns; {} UTC; anystream {}.",
        machine.cpu, machine.clock_ns, machine.date, machine.version,
    )
}

pub(super) fn table(header: &[&str]) -> Table {
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

pub(super) fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

pub(super) fn rows(text: &mut String, table: &Table) {
    for line in table.lines() {
        let _ = writeln!(text, "{INDENT}{}", line.trim_end());
    }
}

/// Wraps `sentence` to the width of the terminal, each line behind `indent`; no number loses its unit.
pub(super) fn paragraph(text: &mut String, sentence: &str, indent: &str, style: Style) {
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
pub(super) fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(visible_styled(text).as_bytes())?;
    out.flush()
}
