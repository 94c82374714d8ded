//! strace logs: what a program did to one file, as `strace -f -s 0 -P FILE` writes it.
//!
//! A log is read once, line by line ([`line`], [`call`]). What each call did to which file is recorded
//! ([`record`], [`calls`]), with the help of the tables of [`descriptors`] and of [`files`]. When the
//! file is chosen, a [`script`] is made of its [`access`]es.
//!
//! A call that failed did nothing; so did one that never returned, because its process was killed or
//! the log ends. If it did do something, what is read later contradicts that, and is reported.

use super::lines::{Lines, Report, shown};
use super::{ImportError, ImportOptions, Imported};
use crate::Script;

mod access;
mod call;
mod calls;
mod descriptors;
mod files;
mod length;
mod line;
mod record;
mod script;
mod spans;

use files::NoChoice;
use record::Recorder;

pub(super) fn import(
    lines: &mut Lines<'_>,
    mut report: Report<'_>,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    let mut recorder = Recorder::default();
    let mut recognised = false;
    while let Some((number, line)) = lines.next()? {
        let parsed = line::parse(line);
        if parsed.is_none() && !recognised && !report.is_lenient() {
            let (record, text) = (report.record.to_owned(), shown(line));
            return Err(ImportError::Unrecognised { record, line: number, text });
        }
        recognised |= !line.trim_ascii().is_empty();
        let recorded = match parsed {
            Some(parsed) => recorder.line(number, line, parsed),
            None => Err("this is no line of an strace log".to_owned()),
        };
        if let Err(reason) = recorded {
            report.skip(number, &shown(line), reason)?;
        }
    }

    let record = || report.record.to_owned();
    let accesses = match recorder.files.choose(options.file.as_deref()) {
        Ok(accesses) => accesses,
        Err(NoChoice::NothingDone) => {
            return Err(ImportError::NothingDone { record: record(), lines: lines.number });
        }
        Err(NoChoice::Several(files)) => return Err(ImportError::SeveralFiles { record: record(), files }),
        Err(NoChoice::NoneMatches(files)) => {
            let wanted = options.file.clone().unwrap_or_default();
            return Err(ImportError::NoSuchFile { record: record(), wanted, files });
        }
    };
    let (initial, ops) = script::of(&accesses, options.seed, &mut report)?;
    let script = Script::new(name_of(report.record), initial).with(ops);
    Ok(Imported { script, skipped: report.into_skipped() })
}

/// `logs/sqlite.strace.gz` is called `sqlite`.
fn name_of(record: &str) -> String {
    let name = record.rsplit(['/', '\\']).next().unwrap_or(record);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let ending = [".strace", ".log", ".txt"].iter().find_map(|ending| name.strip_suffix(ending));
    ending.unwrap_or(name).to_owned()
}
