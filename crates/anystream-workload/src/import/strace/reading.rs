//! One reading of a log, from its first line to its last.

use super::call::{Call, Outcome};
use super::hints::Hints;
use super::line::{self, Line};
use super::plain::PlainLines;
use super::record::{Observer, Recorder, Site};
use crate::import::ImportError;
use crate::import::recognise::looks_like;
use crate::import::source::Source;

/// Why a line is not understood.
pub(super) enum Unclear {
    NotOfStrace,
    Call(String),
}

impl Unclear {
    pub(super) fn reason(self, line: &[u8]) -> String {
        let reason = match self {
            Unclear::NotOfStrace => "this is no line of an strace log".to_owned(),
            Unclear::Call(reason) => reason,
        };
        looks_like(line).map(|what| format!("{reason} ({what})")).unwrap_or(reason)
    }
}

const NO_CALL: &str = "this call is cut off or not written as strace does";

/// How a log was read.
pub(super) struct Read {
    pub(super) recorder: Recorder,
    pub(super) count: u64,
    /// The last line, if the log ends in the middle of it.
    pub(super) cut_off: Option<u64>,
}

/// Reads the log once. `after` is told what each line said, or why it is not understood.
pub(super) fn read<O: Observer>(
    source: &mut Source<'_>,
    hints: &Hints,
    observer: &mut O,
    mut after: impl FnMut(u64, &[u8], Result<(), Unclear>, &mut O) -> Result<(), ImportError>,
) -> Result<Read, ImportError> {
    let mut recorder = Recorder::new(hints.clone());
    let mut plain_lines = PlainLines::default();
    let mut lines = source.lines()?;
    // The beginning of a line that a message of strace broke in two.
    let mut held = Vec::new();
    let mut cut_off = None;
    // A call that was written without its end, which the next line may be: `-z` writes such lines.
    let mut half: Option<(u64, Vec<u8>)> = None;
    // The call that the line before left unfinished.
    let mut left: Option<(u32, Vec<u8>)> = None;
    loop {
        if held.is_empty() && half.is_none() {
            let buffered = lines.buffered();
            if let Some((process, plain, len)) = plain_lines.parse(buffered) {
                let site = Site { process, line: lines.number + 1, text: &buffered[..len] };
                let result = recorder.plain(site, plain, observer).map_err(Unclear::Call);
                after(site.line, site.text, result, observer)?;
                lines.pass(len);
                continue;
            }
        }
        let Some((number, line, has_end)) = lines.next_with_end()? else { break };
        let joined = if held.is_empty() {
            None
        } else {
            held.extend_from_slice(line);
            Some(std::mem::take(&mut held))
        };
        let line = joined.as_deref().unwrap_or(line);
        let whole = match half.take() {
            Some((_, mut begin)) if line::parse(line).is_none() => {
                begin.extend_from_slice(line);
                Some(begin)
            }
            Some((number, begin)) => {
                let unclear = Unclear::Call(NO_CALL.to_owned());
                after(number, &begin, Err(unclear), observer)?;
                None
            }
            None => None,
        };
        let line = whole.as_deref().unwrap_or(line);
        if let Some((before, message)) = line::broken(line) {
            held = before.to_vec();
            if let Some(parsed) = line::parse(message) {
                let _ = recorder.line(number, message, parsed, observer);
            }
            continue;
        }
        if has_end && line::is_half(line) {
            half = Some((number, line.to_vec()));
            continue;
        }
        if !has_end && number > 1 && is_cut_off(line) {
            cut_off = Some(number);
            continue;
        }
        let parsed = line::parse(line).or_else(|| {
            // `-z` may write the end of such a call without its beginning.
            let (process, name) = left.as_ref().filter(|_| line.starts_with(b")"))?;
            Some(Line::Resumed { process: *process, name, rest: line })
        });
        let begun = match &parsed {
            Some(Line::Unfinished { process, begin }) => {
                let name = begin.split(|byte| *byte == b'(').next().unwrap_or_default();
                Some((*process, name.to_vec()))
            }
            _ => None,
        };
        let result = match parsed {
            Some(parsed) => recorder.line(number, line, parsed, observer).map_err(Unclear::Call),
            None => Err(Unclear::NotOfStrace),
        };
        left = begun;
        after(number, line, result, observer)?;
    }
    let count = lines.number;
    if let Some((number, begin)) = half {
        after(number, &begin, Err(Unclear::Call(NO_CALL.to_owned())), observer)?;
    }
    if !held.is_empty() {
        cut_off = Some(count);
    }
    recorder.end(count, observer);
    after(count, b"", Ok(()), observer)?;
    Ok(Read { recorder, count, cut_off })
}

/// Whether a last line without an end is only the beginning of one. Its last number may lack digits, too.
fn is_cut_off(line: &[u8]) -> bool {
    match line::parse(line) {
        None => line::may_begin(line),
        Some(Line::Whole { call, .. }) => match Call::parse(call) {
            None => true,
            Some(call) => {
                let moves = [b"read".as_slice(), b"write", b"pread64", b"pwrite64", b"readv", b"writev"];
                let Outcome::Returned(moved, _) = call.outcome else { return false };
                moves.contains(&call.name) && call.argument(2).size().is_some_and(|asked| asked > moved)
            }
        },
        Some(_) => false,
    }
}
