//! strace logs: the calls of a program on its files.
//!
//! A log is read line by line ([`reading`], [`line`], [`call`], [`flags`]). What each call did is found by a
//! model of the kernel ([`record`], [`calls`] and its neighbours), in which each concept has one place:
//! processes, threads and their shared tables ([`tasks`], [`table`]); open file descriptions ([`description`]);
//! names and directories ([`names`], [`paths`]); files ([`files`]); shared memory ([`mappings`]). What `-y`
//! says of a descriptor is compared with the model ([`resolve`]).
//!
//! Each [`access`] to a file goes to an observer and is then forgotten. So the log is read two times or
//! more, always alike: first by a [`survey`] of all files, from which one is chosen, then by a [`walk`]
//! along the accesses to that one, which makes operations of them ([`emit`]). If later lines tell what earlier ones
//! meant, the survey reads the log once more with that knowledge ([`hints`]).
//!
//! A call that failed did nothing. One that never returned may have done something: if it could have changed
//! the file, that is reported.

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
mod calls_data;
mod calls_names;
mod calls_open;
mod description;
mod doubt;
mod emit;
mod files;
mod flags;
mod hints;
mod length;
mod line;
mod listing;
mod mappings;
mod names;
mod paths;
mod plain;
mod reading;
mod record;
mod resolve;
mod spans;
mod survey;
mod table;
mod tasks;
mod walk;
mod without_effect;

use emit::{Emit, Reveal};
use files::FileId;
use hints::Hints;
use length::Length;
use reading::{Read, Unclear, read};
use survey::{Chosen, NoChoice, Survey};
use walk::{Along, Infer, Output, Walk};

pub(super) fn import(
    source: &mut Source<'_>,
    options: &ImportOptions,
    report: &Report<'_>,
    mut delivery: Delivery<'_>,
) -> Result<ImportSummary, ImportError> {
    let (chosen, hints) = choose(source, options, report)?;
    if let Some((path, other)) = chosen.doubt.clone().filter(|_| !report.lenient) {
        return Err(ImportError::MayBeAnother { record: report.record.to_owned(), path, other });
    }
    let length = match &chosen.length {
        Some(length) => length.clone(),
        None => {
            let walk = Walk { length: Length::inferred(), output: Infer };
            walk_along(source, &chosen.files, &hints, walk)?.length
        }
    };
    let initial_len = initial_length(&length, options, report)?;
    let no_memory = |bytes| ImportError::OutOfMemory { record: report.record.to_owned(), bytes };
    let initial = initial_contents(options.seed, initial_len).ok_or_else(|| no_memory(initial_len))?;
    let data = Generated::new(options.seed, chosen.longest_write);
    let data = data.ok_or_else(|| no_memory(chosen.longest_write))?;
    let initial = if chosen.shows_reads { reveal(source, &chosen.files, &hints, initial)? } else { initial };

    delivery.begin(name_of(report.record), Bytes::from(initial))?;
    let walk = Walk { length: Length::known(initial_len), output: Emit::new(data) };
    let mut along = Along::new(&chosen.files, walk);
    let read = read(source, &hints, &mut along, |number, line, result, along| {
        if result.is_ok() && along.contradictions.is_empty() && !along.walk.output.is_full() {
            return Ok(());
        }
        along.walk.output.take().try_for_each(|op| delivery.op(op))?;
        if let Err(unclear) = result {
            report.skip(&mut delivery, number, shown(line), unclear.reason(line))?;
        }
        let mut contradictions = along.contradictions.drain(..);
        contradictions.try_for_each(|(line, text, reason)| report.skip(&mut delivery, line, text, reason))
    })?;
    along.walk.output.take().try_for_each(|op| delivery.op(op))?;

    let known = options.initial_len.is_some();
    delivery.minimums(!known && !length.is_initial_known(), !known && !length.is_known());
    let file = chosen.files.last().copied();
    file.map(|file| read.recorder.files.notes(file))
        .into_iter()
        .flatten()
        .for_each(|note| delivery.note(note));
    if let Some((path, other)) = chosen.doubt {
        delivery.note(format!("{path} may be {other}: the log does not tell the directory of one of them"));
    }
    if let Some(line) = read.cut_off {
        delivery.note(format!("the log is cut off at line {line}"));
        delivery.cut_off();
    }
    if let Some(file) = file.filter(|_| read.recorder.is_of_one_path())
        && !chosen.is_changed
    {
        let path = read.recorder.files.path(file);
        delivery.note(format!(
            "this log has calls on {path} only, as strace -P records it: whether another file took the name later does \
             not show"
        ));
    }
    Ok(delivery.finish(read.count))
}

/// The length that the file had before the log began.
fn initial_length(length: &Length, options: &ImportOptions, report: &Report<'_>) -> Result<u64, ImportError> {
    let Some(given) = options.initial_len else { return Ok(length.initial) };
    let is_known = length.is_initial_known();
    if (is_known && length.initial != given && !length.is_discarded()) || length.initial > given {
        return Err(ImportError::InitialLength {
            record: report.record.to_owned(),
            given,
            logged: length.initial,
            is_minimum: !is_known,
        });
    }
    Ok(given)
}

/// The files that the log is about.
pub(super) fn files(source: &mut Source<'_>, report: &Report<'_>) -> Result<Vec<FileUse>, ImportError> {
    let (survey, read, _) = survey(source, report)?;
    Ok(survey.uses(read.recorder.files))
}

/// Reads the log for the first time, and finds the file that is wanted or else the only one.
fn choose(
    source: &mut Source<'_>,
    options: &ImportOptions,
    report: &Report<'_>,
) -> Result<(Chosen, Hints), ImportError> {
    let record = || report.record.to_owned();
    let (survey, read, hints) = survey(source, report)?;
    let Read { recorder, count, .. } = read;
    let wanted = options.file.as_deref();
    let library_call = recorder.library_call.clone();
    let chosen = survey.choose(recorder, wanted).map_err(|why| match (why, library_call) {
        (NoChoice::NothingDone(_), Some((line, text))) => {
            let looks_like = Some("it looks like a log of ltrace");
            ImportError::Unrecognised { record: record(), line, text, looks_like }
        }
        (NoChoice::NothingDone(cause), None) => {
            ImportError::NothingDone { record: record(), lines: count, cause }
        }
        (NoChoice::Several(files), _) => ImportError::SeveralFiles { record: record(), files },
        (NoChoice::NoneMatches(files, cause), _) => {
            let wanted = wanted.unwrap_or_default().to_owned();
            ImportError::NoSuchFile { record: record(), wanted, cause, files }
        }
    })?;
    Ok((chosen, hints))
}

/// Reads the log for the first time, and again while a reading learns facts too late.
fn survey(source: &mut Source<'_>, report: &Report<'_>) -> Result<(Survey, Read, Hints), ImportError> {
    const MOST_READINGS: u32 = 4;
    let record = || report.record.to_owned();
    let mut hints = Hints::default();
    let mut readings = 0;
    loop {
        readings += 1;
        let mut survey = Survey::default();
        let mut recognised = false;
        // The first line that is not understood counts when nothing more is learned.
        let mut error = None;
        let read = read(source, &hints, &mut survey, |number, line, result, _| {
            match result {
                Ok(()) => recognised = recognised || !line.trim_ascii().is_empty(),
                Err(_) if error.is_some() => {}
                Err(unclear) => {
                    let (text, looks_like) = (shown(line), looks_like(line));
                    let foreign = matches!(unclear, Unclear::NotOfStrace) || looks_like.is_some();
                    let reason = unclear.reason(line);
                    error = Some(match foreign && !recognised {
                        true => {
                            ImportError::Unrecognised { record: record(), line: number, text, looks_like }
                        }
                        false => report.error(number, text, reason),
                    });
                }
            }
            // These are counted and passed on when the operations are.
            if report.lenient {
                error = None;
            }
            match &error {
                Some(ImportError::Unrecognised { .. }) => error.take().map_or(Ok(()), Err),
                _ => Ok(()),
            }
        })?;
        if read.recorder.hints.are_new && readings < MOST_READINGS {
            hints = read.recorder.hints;
            continue;
        }
        return match error {
            Some(error) => Err(error),
            None => Ok((survey, read, hints)),
        };
    }
}

/// Puts what was read and logged into the initial contents.
fn reveal(
    source: &mut Source<'_>,
    files: &[FileId],
    hints: &Hints,
    initial: Vec<u8>,
) -> Result<Vec<u8>, ImportError> {
    let walk = Walk { length: Length::known(initial.len() as u64), output: Reveal::new(initial) };
    Ok(walk_along(source, files, hints, walk)?.output.into_initial())
}

/// Reads the log along the accesses to the chosen files. Contradictions are reported when the operations
/// are made.
fn walk_along<O: Output>(
    source: &mut Source<'_>,
    files: &[FileId],
    hints: &Hints,
    walk: Walk<O>,
) -> Result<Walk<O>, ImportError> {
    let mut along = Along::new(files, walk);
    read(source, hints, &mut along, |_, _, _, along| {
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
