//! Editing traces: a text written keystroke by keystroke, one edit a line.

use bytes::{Bytes, BytesMut};
use serde_json::Value;

use super::lines::{Lines, Report, shown};
use super::sink::Delivery;
use super::text::Text;
use super::{ImportError, ImportSummary};
use crate::Op;

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
    report: &Report<'_>,
    mut delivery: Delivery<'_>,
) -> Result<ImportSummary, ImportError> {
    let header = match lines.next()? {
        Some((number, line)) => header(line).map_err(|reason| {
            report.error(number, shown(line), format!("the first line of an editing trace must be an object with name, start, end and edits, but {reason}"))
        })?,
        None => return Err(ImportError::Empty { record: report.record.to_owned() }),
    };
    let start = Bytes::from(header.start);
    let mut text = Text::new(&start);
    delivery.begin(header.name, start)?;

    // Inserted texts are a byte or two, and share larger pieces of memory.
    const SHARED: usize = 64 << 10;
    let mut memory = BytesMut::new();
    let mut edits = 0;
    while let Some((number, line)) = lines.next()? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match edit(line, text.len()) {
            Ok((start, end, with)) => {
                text.splice(start, end, with.as_bytes());
                if memory.capacity() < with.len() {
                    memory.reserve(with.len().max(SHARED));
                }
                memory.extend_from_slice(with.as_bytes());
                edits += 1;
                delivery.op(Op::Splice { range: start as u64..end as u64, with: memory.split().freeze() })?;
            }
            Err(reason) => report.skip(&mut delivery, number, shown(line), reason)?,
        }
    }

    if !delivery.skipped_any() {
        let wrong = |reason| ImportError::WrongEnd { record: report.record.to_owned(), reason };
        if edits != header.edits {
            return Err(wrong(format!("line 1 states {} edits, but there are {edits}", header.edits)));
        }
        if edits == 0 {
            return Err(wrong("there are no edits".to_owned()));
        }
        if !text.is(header.end.as_bytes()) {
            return Err(wrong("the edits do not lead to the end that line 1 states".to_owned()));
        }
    }
    Ok(delivery.finish(lines.number))
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
