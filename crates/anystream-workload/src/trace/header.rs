//! The line of text that a trace begins with.

use serde_json::{Value, json};

use super::TraceError;

/// The version that is written, and the greatest that is read.
pub(super) const VERSION: u64 = 1;

/// What the line before the version says.
const WORDS: &str = "anystream trace ";

/// What a trace says of itself.
///
/// ```
/// use anystream_workload::{TraceHeader, TraceReader, TraceWriter};
///
/// let mut file = Vec::new();
/// let header = TraceHeader { name: "app".to_owned(), initial_length: 4, ..TraceHeader::default() };
/// TraceWriter::new(&mut file, &header)?.finish()?;
/// assert_eq!(TraceReader::new("app.trace", &file[..])?.header().initial_length, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceHeader {
    /// What people call it.
    pub name: String,
    /// How long the stream was before the first session, in bytes.
    pub initial_length: u64,
    /// Whether the trace has the initial contents and every byte written. A writer sets it itself.
    pub contents: bool,
    /// The program that was recorded, if that is known.
    pub program: Option<String>,
}

impl TraceHeader {
    /// The whole line, with its end; `hold` is how many of its values the program keeps.
    pub(super) fn line(&self, hold: usize) -> String {
        let Self { name, initial_length, contents, program } = self;
        let mut object = json!({
            "name": name,
            "initial_length": initial_length,
            "contents": contents,
            "program": program,
            "anystream": env!("CARGO_PKG_VERSION"),
        });
        if hold > 0 {
            object["hold"] = hold.into();
        }
        format!("{WORDS}{VERSION} {object}\n")
    }

    /// Takes the line off the front of `bytes`. The number is that of values that the program keeps.
    pub(super) fn take(trace: &str, bytes: &mut &[u8]) -> Result<(Self, usize), TraceError> {
        let not_a_trace =
            |reason: &str| TraceError::NotATrace { trace: trace.to_owned(), reason: reason.to_owned() };
        let behind = bytes
            .strip_prefix(WORDS.as_bytes())
            .ok_or_else(|| not_a_trace("it is an LZ4 file of something else"))?;
        let end = memchr::memchr(b'\n', behind).ok_or_else(|| not_a_trace("its first line does not end"))?;
        let (line, records) =
            (behind.get(..end).unwrap_or_default(), behind.get(end + 1..).unwrap_or_default());
        let line = str::from_utf8(line).map_err(|_| not_a_trace("its first line is not UTF-8"))?;
        let (version, object) = line.split_once(' ').unwrap_or((line, ""));
        match version.parse() {
            Ok(VERSION) => {}
            Ok(version) if version > VERSION => {
                return Err(TraceError::Newer { trace: trace.to_owned(), version });
            }
            _ => return Err(not_a_trace(&format!("there is no version {version:?}"))),
        }
        *bytes = records;
        Self::from_object(object).map_err(|reason| not_a_trace(&format!("in its first line, {reason}")))
    }

    fn from_object(object: &str) -> Result<(Self, usize), String> {
        let object: Value =
            serde_json::from_str(object).map_err(|error| format!("the object is not JSON ({error})"))?;
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        let hold = match object.get("hold") {
            None => 0,
            Some(hold) => {
                let hold = hold.as_u64().and_then(|hold| usize::try_from(hold).ok());
                hold.ok_or("\"hold\" is no number of values")?
            }
        };
        let header = TraceHeader {
            name: text("name").ok_or("there is no text \"name\"")?,
            initial_length: object
                .get("initial_length")
                .and_then(Value::as_u64)
                .ok_or("there is no number \"initial_length\"")?,
            contents: object
                .get("contents")
                .and_then(Value::as_bool)
                .ok_or("there is no \"contents\" that is true or false")?,
            program: text("program"),
        };
        Ok((header, hold))
    }
}
