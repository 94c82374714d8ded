//! Tables and sentences for people. Colours go to a terminal only, and nowhere if `NO_COLOR` is set.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use anystream_measure::{MATTERS, Verdict as Proven};
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};
use indicatif::{HumanBytes, HumanCount};

use super::columns;
use super::numbers::{count, duration, significant};
use crate::advice::{Advice, Kind};
use crate::catalogue::Entry;
use crate::choice::Choice;
use crate::commands::ImportedTrace;
use crate::comparison::{Change, Comparison, Verdict};
use crate::contender::Contender;
use crate::lab::{Question, Workload};
use crate::machine::Machine;
use crate::overall::{self, Rank};
use crate::results::{Figures, Outcome, Refusal, Standing};
use crate::visible::{visible_name, visible_styled};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CHOSEN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

pub(super) const INDENT: &str = "  ";

/// One workload: its description, the figures of each backend, and the choice.
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
    for note in &outcome.notes {
        paragraph(&mut text, &format!("Note: {note}"), INDENT, Style::new());
    }
    if let Some(warning) = outcome.noise_warning() {
        paragraph(&mut text, &warning, INDENT, BAD);
    }
    let (first, rest): (Vec<_>, Vec<_>) = outcome.advice.iter().partition(|it| it.kind == Kind::Relevance);
    for advice in &first {
        paragraph(&mut text, &advice.sentence, INDENT, CHOSEN);
    }
    match &outcome.choice {
        Some(choice) => {
            paragraph(&mut text, &reason(choice, &first), INDENT, CHOSEN);
            let otherwise = [&choice.otherwise.join(" "), &format!("In code: {}.", choice.type_name)];
            paragraph(&mut text, otherwise.map(|it| &it[..]).join(" ").trim_start(), INDENT, Style::new());
        }
        None => paragraph(&mut text, "No backend can be taken for it.", INDENT, BAD),
    }
    let said = outcome.choice.as_ref().map(|choice| format!("{}::default();", choice.type_name));
    for Advice { sentence, code, .. } in rest {
        // The type of the choice is named above.
        let code = code.as_ref().filter(|code| !said.as_ref().is_some_and(|said| code.ends_with(said)));
        let code = code.map(|code| format!(" In code: {code}")).unwrap_or_default();
        paragraph(&mut text, &format!("- {sentence}{code}"), INDENT, Style::new());
    }
    let _ = writeln!(text);
    print(&text)
}

/// The reason of `choice`. Where any backend will do and a simpler one was advised, it holds for the time alone.
fn reason(choice: &Choice, relevance: &[&Advice]) -> String {
    let advised = relevance.iter().find_map(|it| it.code.as_ref());
    match choice.reason.strip_prefix("Take ") {
        Some(rest) if advised.is_some_and(|code| !code.contains(&choice.type_name)) => {
            format!("By time alone, take {rest}")
        }
        _ => choice.reason.clone(),
    }
}

/// Announces the measurement.
pub(crate) fn begin(workloads: &[Workload], question: &Question) -> io::Result<()> {
    let what = match workloads {
        [one] => format!("{} with {}", visible_name(&one.script.name), count(one.calls.total, "call")),
        _ => count(workloads.len() as u64, "workload"),
    };
    let each = if workloads.len() == 1 { "" } else { " for each" };
    let time = match question.rounds {
        Some(rounds) => count(rounds.into(), "round"),
        None => format!("at most {:.0} s{each}", question.time.as_secs_f64().ceil()),
    };
    let mut text = String::new();
    let backends = count(question.contenders.len() as u64, "backend");
    paragraph(&mut text, &format!("Replaying {what} on {backends}, {time}."), "", Style::new());
    let _ = writeln!(text);
    print(&text)
}

/// The next command to type. `builtin` tells whether the workloads come with this program.
fn next_step(outcomes: &[Outcome], builtin: bool) -> &'static str {
    let open = |outcome: &Outcome| outcome.choice.as_ref().is_some_and(|choice| !choice.decided);
    if outcomes.is_empty() {
        "Nothing was decided before the interrupt. Next: the same again, with a lower limit such as --time 5."
    } else if outcomes.iter().any(open) {
        "Next: measure longer, with --time 60, on an idle machine."
    } else if builtin {
        "Next: `anystream choose -- PROGRAM` does this for a program of yours."
    } else {
        "Next: `--html page.html` makes a page of this; `--save FILE` keeps it for `anystream compare`."
    }
}

/// All workloads together, and how to read the tables. `builtin` tells whether they come with this program.
pub(crate) fn overall(
    machine: &Machine,
    outcomes: &[Outcome],
    ranks: &[Rank],
    builtin: bool,
) -> io::Result<()> {
    let mut text = String::new();
    if outcomes.len() > 1 {
        ranked(&mut text, outcomes, ranks);
    }
    paragraph(&mut text, &explained(outcomes), "", DIM);
    let _ = writeln!(text);
    paragraph(&mut text, &measured_on(machine), "", DIM);
    let _ = writeln!(text);
    paragraph(&mut text, next_step(outcomes, builtin), "", Style::new());
    print(&text)
}

/// The results of `rank`.
pub(crate) fn ranking(outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    let mut text = String::new();
    ranked(&mut text, outcomes, ranks);
    print(&text)
}

fn ranked(text: &mut String, outcomes: &[Outcome], ranks: &[Rank]) {
    let _ = writeln!(text, "{BOLD}Overall, {}{BOLD:#}", count(outcomes.len() as u64, "workload"));
    paragraph(text, "The mean is the geometric mean of the ratios to the best.", INDENT, DIM);
    let _ = writeln!(text);
    rows(text, &means(ranks));
    let _ = writeln!(text);
    match overall::sentence(outcomes) {
        Some(sentence) => paragraph(text, &sentence, INDENT, CHOSEN),
        None => paragraph(text, "No backend can do all of them.", INDENT, BAD),
    }
    let _ = writeln!(text);
}

/// The results of `compare`.
pub(crate) fn comparison(comparison: &Comparison) -> io::Result<()> {
    let mut text = String::new();
    let mut table = table(&["workload", "backend", "before", "after", "× before", "peak heap", "verdict"]);
    for change in &comparison.changes {
        let (verdict, colour) = match change.verdict {
            Verdict::Slower => ("slower".to_owned(), Some(Color::DarkRed)),
            Verdict::Faster => ("faster".to_owned(), Some(Color::DarkGreen)),
            Verdict::Same => ("same".to_owned(), None),
            Verdict::Undecided => (undecided(change), None),
        };
        let peak = match change.new_peak as i64 - change.old_peak as i64 {
            0 => "=".to_owned(),
            more @ 1.. => format!("+{}", HumanBytes(more.unsigned_abs())),
            less => format!("-{}", HumanBytes(less.unsigned_abs())),
        };
        let verdict = Cell::new(verdict);
        let verdict = match colour {
            Some(colour) => verdict.fg(colour),
            None => verdict,
        };
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
    let undecided = match count_of(Verdict::Undecided) {
        0 => String::new(),
        n => format!(" {n} undecided: measure both again with more rounds."),
    };
    let sum = format!("{slower} slower, {faster} faster, {} the same.{undecided}", count_of(Verdict::Same));
    paragraph(&mut text, &sum, INDENT, if slower > 0 { BAD } else { CHOSEN });
    print(&text)
}

/// An undecided change, in a few words.
fn undecided(change: &Change) -> String {
    let up_to = change.up_to();
    match up_to.is_finite() {
        true => format!("undecided, up to {}×", significant(up_to)),
        false => "undecided".to_owned(),
    }
}

/// The result of `import`.
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

/// The built-in workloads.
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
    let part = outcome.measured_calls.map_or_else(String::new, |measured| {
        format!(
            " Measured: the first {}, so that many replays fit (--time, --memory).",
            count(measured, "call")
        )
    });
    format!(
        "{}: {}. Writes {}, reads {};{begins} at most {} long.{part}{skipped}",
        count(calls.total, "call"),
        kinds.join(", "),
        HumanBytes(calls.bytes_written),
        HumanBytes(calls.bytes_read),
        HumanBytes(outcome.shape.largest_len),
    )
}

/// 80 columns hold no more than this; fewer leave out `relative`, `p99.9` and `cold`.
fn results(outcome: &Outcome) -> Table {
    const LEAST_FIRST: [usize; 3] = [2, 5, 4];
    let mut table = table(&["  backend", "warm", "relative", "× best", "cold", "p99.9", "peak heap"]);
    let slowest = outcome.measured().map(|(_, figures)| figures.median).fold(0.0, f64::max);
    for Standing { contender, figures } in &outcome.results {
        let chosen = outcome.choice.as_ref().is_some_and(|choice| choice.backend == *contender);
        let name = Cell::new(format!("{} {contender}", if chosen { "→" } else { " " }));
        let none = || Cell::new("–");
        let cells = match figures {
            Ok(figures) => {
                let (more, tie) = (if figures.at_least { ">" } else { "" }, mark(figures));
                [
                    name,
                    Cell::new(format!("{more}{}", duration(figures.median))),
                    Cell::new(bar(figures.median / slowest)),
                    Cell::new(format!("{more}{}{tie}", significant(figures.ratio))),
                    figures.cold.as_ref().map_or_else(none, |cold| Cell::new(duration(cold.median))),
                    match figures.profile.latency {
                        latency if latency.calls > 0 => Cell::new(duration(latency.p999 as f64)),
                        _ => none(),
                    },
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
    columns::fit(&mut table, width() - INDENT.len(), &LEAST_FIRST);
    table
}

/// The verdict of the comparison with the best, padded to one width.
fn mark(figures: &Figures) -> &'static str {
    match figures.verdict {
        Some(Proven::Tie) => " tie",
        Some(Proven::Undecided) => " ?  ",
        Some(Proven::Slower | Proven::Faster) | None => "    ",
    }
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

/// The meaning of the figures and the machine, in sentences.
pub(super) fn how_to_read(machine: &Machine, outcomes: &[Outcome]) -> String {
    format!("{} {}", explained(outcomes), measured_on(machine))
}

fn explained(outcomes: &[Outcome]) -> String {
    if !outcomes.iter().any(|outcome| outcome.choice.is_some()) {
        return "Nothing was timed.".to_owned();
    }
    let few = outcomes.iter().any(|outcome| (1..5).contains(&outcome.rounds));
    let few = if few { " With fewer than five rounds, this is a first look." } else { "" };
    let dropped = outcomes.iter().flat_map(Outcome::measured).any(|(_, figures)| figures.dropped);
    let dropped = if dropped { " Backends that are certainly slower are measured less." } else { "" };
    format!(
        "Warm: the median time of a replay in a long-running process, whose heap keeps its memory. Cold: the first replay \
         of a fresh process. A replay makes the stream, makes the calls and drops it. Each backend runs in several \
         processes of its own, interleaved.{dropped}{few} tie: proven to be within {:.0} % of the best; ?: undecided. p99.9: one \
         call in a thousand takes longer. Peak heap includes the initial contents. cursor and bytesmut are peers: \
         measured, never chosen.",
        MATTERS * 100.0,
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
    // Always styled. Printing strips styles that the output cannot show.
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

/// Wraps `sentence` to the width of the terminal, with `indent` before each line. Numbers stay with their units.
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

/// The width in columns: the terminal's width up to a readable limit, or 80 without a terminal.
pub(super) fn width() -> usize {
    textwrap::termwidth().clamp(40, 100)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(visible_styled(text).as_bytes())?;
    out.flush()
}
