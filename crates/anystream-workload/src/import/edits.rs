//! Editing traces: a text written keystroke by keystroke, one edit a line.

use bytes::Bytes;
use serde_json::Value;

use super::lines::{Lines, Report, shown};
use super::{ImportError, ImportOptions, Imported};
use crate::{Op, Script};

/// What line 1 states.
struct Header {
    name: String,
    start: String,
    end: String,
    edits: u64,
}

/// Reads `{"name","start","end","edits"}`, then lines `[byte_offset, delete_len, "inserted text"]`,
/// each of which becomes one splice.
pub(super) fn import(
    lines: &mut Lines<'_>,
    report: Report<'_>,
    _: &ImportOptions,
) -> Result<Imported, ImportError> {
    let mut report = report;
    let header = match lines.next()? {
        Some((number, line)) => header(line).map_err(|reason| ImportError::Line {
            record: report.record.to_owned(),
            line: number,
            text: shown(line),
            reason: format!("the first line of an editing trace must be an object with name, start, end and edits, but {reason}"),
        })?,
        None => return Err(ImportError::Empty { record: report.record.to_owned() }),
    };

    // All inserted text lies in one piece of memory that the ops share.
    let mut inserted = Vec::new();
    let mut splices = Vec::new();
    let mut text = GapBuffer { before: header.start.clone().into_bytes(), after: Vec::new() };
    while let Some((number, line)) = lines.next()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match edit(line, text.len()) {
            Ok((start, end, with)) => {
                text.splice(start, end, with.as_bytes());
                inserted.extend_from_slice(with.as_bytes());
                splices.push((start as u64..end as u64, inserted.len()));
            }
            Err(reason) => report.skip(number, &shown(line), reason)?,
        }
    }

    if !report.skipped_any() {
        let wrong = |reason| ImportError::WrongEnd { record: report.record.to_owned(), reason };
        let edits = splices.len() as u64;
        if edits != header.edits {
            return Err(wrong(format!("line 1 states {} edits, but there are {edits}", header.edits)));
        }
        if text.into_bytes() != header.end.as_bytes() {
            return Err(wrong("the edits do not lead to the end that line 1 states".to_owned()));
        }
    }

    let inserted = Bytes::from(inserted);
    let mut from = 0;
    let mut script = Script::new(header.name, header.start);
    script.ops = splices
        .into_iter()
        .map(|(range, to)| {
            let with = inserted.slice(from..to);
            from = to;
            Op::Splice { range, with }
        })
        .collect();
    Ok(Imported { script, skipped: report.into_skipped() })
}

fn header(line: &[u8]) -> Result<Header, String> {
    let mut object: Value =
        serde_json::from_slice(line).map_err(|error| format!("it is not JSON ({error})"))?;
    let mut text = |name: &str| match object.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(format!("there is no text {name:?}")),
    };
    let (name, start, end) = (text("name")?, text("start")?, text("end")?);
    let edits = object.get("edits").and_then(Value::as_u64).ok_or("there is no number \"edits\"")?;
    Ok(Header { name, start, end, edits })
}

fn edit(line: &[u8], len: usize) -> Result<(usize, usize, String), String> {
    let (offset, deleted, with) = serde_json::from_slice::<(u64, u64, String)>(line)
        .map_err(|error| format!("this is not [byte offset, deleted bytes, \"inserted text\"] ({error})"))?;
    match offset.checked_add(deleted) {
        Some(end) if end <= len as u64 => Ok((offset as usize, end as usize, with)),
        _ => Err(format!("this edit reaches past the end of the text, which has {len} bytes here")),
    }
}

/// The text while it is edited. Edits are mostly near the one before, so that moving the gap costs little.
struct GapBuffer {
    before: Vec<u8>,
    /// Reversed.
    after: Vec<u8>,
}

impl GapBuffer {
    fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }

    fn splice(&mut self, start: usize, end: usize, with: &[u8]) {
        self.move_gap(start);
        self.after.truncate(self.after.len() - (end - start));
        self.before.extend_from_slice(with);
    }

    fn move_gap(&mut self, to: usize) {
        match to.checked_sub(self.before.len()) {
            Some(forward) => {
                let keep = self.after.len() - forward;
                self.before.extend(self.after.drain(keep..).rev());
            }
            None => self.after.extend(self.before.drain(to..).rev()),
        }
    }

    fn into_bytes(mut self) -> Vec<u8> {
        self.move_gap(self.len());
        self.before
    }
}
