//! strace logs: what a program did to one file, as `strace -f -s 0 -P FILE` writes it.
//!
//! A log is read line by line ([`line`], [`call`]). What each call did to which file is found
//! ([`record`], [`calls`]) with the help of the tables of [`descriptors`], [`openings`] and [`files`].
//! Each [`access`] to a file goes to an observer and is then forgotten. So the log is read two times or
//! more, always alike: first by a [`survey`] of all files, from which one is chosen, then by a [`walk`]
//! along the accesses to that one, which makes operations of them.
//!
//! A call that failed did nothing; so did one that never returned, because its process was killed or
//! the log ends. If it did do something, what is read later contradicts that, and is reported.

use bytes::Bytes;

use super::data::{Generated, initial_contents};
use super::lines::{Report, shown};
use super::recognise::looks_like;
use super::sink::Delivery;
use super::source::Source;
use super::{FileUse, ImportError, ImportOptions, ImportSummary};

mod access;
mod call;
mod calls;
mod descriptors;
mod files;
mod length;
mod line;
mod openings;
mod plain;
mod record;
mod spans;
mod survey;
mod walk;

use files::FileId;
use length::Length;
use plain::PlainLines;
use record::{Observer, Recorder, Site};
use survey::{Chosen, NoChoice, Survey};
use walk::{Along, Emit, Infer, Output, Reveal, Walk};

pub(super) fn import(
    source: &mut Source<'_>,
    options: &ImportOptions,
    report: &Report<'_>,
    mut delivery: Delivery<'_>,
) -> Result<ImportSummary, ImportError> {
    let chosen = choose(source, options, report)?;
    let initial_len = match chosen.initial {
        Some(initial) => initial,
        None => {
            let walk = Walk { length: Length::inferred(), output: Infer };
            walk_along(source, &chosen.files, walk)?.length.initial
        }
    };
    let no_memory = |bytes| ImportError::OutOfMemory { record: report.record.to_owned(), bytes };
    let initial = initial_contents(options.seed, initial_len).ok_or_else(|| no_memory(initial_len))?;
    let data = Generated::new(options.seed, chosen.longest_write);
    let data = data.ok_or_else(|| no_memory(chosen.longest_write))?;
    let initial = if chosen.shows_reads { reveal(source, &chosen.files, initial)? } else { initial };

    delivery.begin(name_of(report.record), Bytes::from(initial))?;
    let walk = Walk { length: Length::known(initial_len), output: Emit::new(data) };
    let mut along = Along::new(&chosen.files, walk);
    let lines = read(source, &mut along, |number, line, result, along| {
        if result.is_ok() && along.contradictions.is_empty() && !along.walk.output.is_full() {
            return Ok(());
        }
        along.walk.output.take().try_for_each(|op| delivery.op(op))?;
        if let Err(unclear) = result {
            report.skip(&mut delivery, number, shown(line), unclear.reason(line))?;
        }
        let mut contradictions = along.contradictions.drain(..);
        contradictions.try_for_each(|(text, reason)| report.skip(&mut delivery, number, text, reason))
    })?;
    along.walk.output.take().try_for_each(|op| delivery.op(op))?;
    Ok(delivery.finish(lines.count))
}

/// Why a line is not understood.
enum Unclear {
    NotOfStrace,
    Call(String),
}

impl Unclear {
    fn reason(self, line: &[u8]) -> String {
        let reason = match self {
            Unclear::NotOfStrace => "this is no line of an strace log".to_owned(),
            Unclear::Call(reason) => reason,
        };
        looks_like(line).map(|what| format!("{reason} ({what})")).unwrap_or(reason)
    }
}

/// How a log was read.
struct Read {
    recorder: Recorder,
    count: u64,
}

/// Reads the log once. `after` is told what each line said, or why it is not understood.
fn read<O: Observer>(
    source: &mut Source<'_>,
    observer: &mut O,
    mut after: impl FnMut(u64, &[u8], Result<(), Unclear>, &mut O) -> Result<(), ImportError>,
) -> Result<Read, ImportError> {
    let mut recorder = Recorder::default();
    let mut plain_lines = PlainLines::default();
    let mut lines = source.lines()?;
    loop {
        let buffered = lines.buffered();
        if let Some((process, plain, len)) = plain_lines.parse(buffered) {
            let site = Site { process, line: lines.number + 1, text: &buffered[..len] };
            let result = recorder.plain(site, plain, observer).map_err(Unclear::Call);
            after(site.line, site.text, result, observer)?;
            lines.pass(len);
            continue;
        }
        let Some((number, line)) = lines.next()? else { break };
        let result = match line::parse(line) {
            Some(parsed) => recorder.line(number, line, parsed, observer).map_err(Unclear::Call),
            None => Err(Unclear::NotOfStrace),
        };
        after(number, line, result, observer)?;
    }
    Ok(Read { recorder, count: lines.number })
}

/// The files that the log is about.
pub(super) fn files(source: &mut Source<'_>, report: &Report<'_>) -> Result<Vec<FileUse>, ImportError> {
    let mut survey = Survey::default();
    let read = read(source, &mut survey, |_, _, _, _| Ok(()))?;
    let _ = report;
    Ok(survey.uses(read.recorder.files))
}

/// Reads the log for the first time, and finds the file that is wanted or else the only one.
fn choose(
    source: &mut Source<'_>,
    options: &ImportOptions,
    report: &Report<'_>,
) -> Result<Chosen, ImportError> {
    let record = || report.record.to_owned();
    let mut survey = Survey::default();
    let mut recognised = false;
    let read = read(source, &mut survey, |number, line, result, _| {
        match result {
            Ok(()) => recognised = recognised || !line.trim_ascii().is_empty(),
            // These are counted and passed on when the operations are.
            Err(_) if report.lenient => {}
            Err(unclear) => {
                let (text, looks_like) = (shown(line), looks_like(line));
                let foreign = matches!(unclear, Unclear::NotOfStrace) || looks_like.is_some();
                return Err(match foreign && !recognised {
                    true => ImportError::Unrecognised { record: record(), line: number, text, looks_like },
                    false => report.error(number, text, unclear.reason(line)),
                });
            }
        }
        Ok(())
    })?;
    let Read { recorder, count } = read;
    let wanted = options.file.as_deref();
    survey.choose(recorder.files, wanted).map_err(|why| match (why, recorder.library_call) {
        (NoChoice::NothingDone, Some((line, text))) => {
            let looks_like = Some("it looks like a log of ltrace");
            ImportError::Unrecognised { record: record(), line, text, looks_like }
        }
        (NoChoice::NothingDone, None) => ImportError::NothingDone { record: record(), lines: count },
        (NoChoice::Several(files), _) => ImportError::SeveralFiles { record: record(), files },
        (NoChoice::NoneMatches(files), _) => {
            ImportError::NoSuchFile { record: record(), wanted: wanted.unwrap_or_default().to_owned(), files }
        }
    })
}

/// Puts what was read and logged into the initial contents.
fn reveal(source: &mut Source<'_>, files: &[FileId], initial: Vec<u8>) -> Result<Vec<u8>, ImportError> {
    let walk = Walk { length: Length::known(initial.len() as u64), output: Reveal::new(initial) };
    Ok(walk_along(source, files, walk)?.output.into_initial())
}

/// Reads the log along the accesses to the chosen files. Contradictions are reported when the operations
/// are made.
fn walk_along<O: Output>(
    source: &mut Source<'_>,
    files: &[FileId],
    walk: Walk<O>,
) -> Result<Walk<O>, ImportError> {
    let mut along = Along::new(files, walk);
    read(source, &mut along, |_, _, _, along| {
        along.contradictions.clear();
        Ok(())
    })?;
    Ok(along.walk)
}

/// `logs/sqlite.strace.gz` is called `sqlite`.
fn name_of(record: &str) -> String {
    let name = record.rsplit(['/', '\\']).next().unwrap_or(record);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let ending = [".strace", ".log", ".txt"].iter().find_map(|ending| name.strip_suffix(ending));
    ending.unwrap_or(name).to_owned()
}
