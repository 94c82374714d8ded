//! Results that are kept: a file of JSON lines, one line a workload, with the machine that it was measured on.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::output::{Output, Unwritable};
use crate::report::note;
use crate::results::Outcome;
use crate::visible::visible_name;

mod lines;

use lines::{Line, Lines};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// Which fields there are; more than [`FORMAT`] was written by a newer program.
    format: u32,
    pub(crate) machine: Machine,
    pub(crate) workload: Outcome,
}

/// The format that this program writes.
const FORMAT: u32 = 1;

/// How every line of any format begins.
const BEGINNING: &[u8] = b"{\"format\":";

/// Why saved results could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Io(io::Error),
    Newer(u32),
    Empty,
    /// No line is a result; why the first is none.
    NoResults(String),
    TooLong,
}

impl Saved {
    /// Checks before measuring that results can be added to what `output` holds.
    pub(crate) fn check(output: &Output) -> Result<(), Unwritable> {
        let Some(path) = output.file() else { return Ok(()) };
        let mut first = Vec::new();
        match File::open(path).and_then(|file| file.take(4096).read_to_end(&mut first)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(output.refused(format!("it cannot be read: {error}; name another file")));
            }
        }
        let first = first.trim_ascii_start();
        // A save that was cut off may have left less than the beginning.
        let shared = first.len().min(BEGINNING.len());
        if first.get(..shared) == BEGINNING.get(..shared) {
            return Ok(());
        }
        Err(output.refused(
            "it holds something other than saved results: name a new file, or one that `--save` wrote",
        ))
    }

    /// Adds `outcomes` at the end of the file, which is made if there is none: all of them, or after an error none.
    pub(crate) fn append(output: &Output, machine: &Machine, outcomes: &[Outcome]) -> io::Result<()> {
        let mut lines = Vec::new();
        for outcome in outcomes {
            let line = Saved { format: FORMAT, machine: machine.clone(), workload: outcome.clone() };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        match output.file() {
            None => output.write(&lines),
            Some(path) => append(path, &mut lines),
        }
    }

    /// The results in the file at `path`: at least one. Lines that are no results are named on standard error and
    /// skipped.
    pub(crate) fn read(path: &Path) -> Result<Vec<Saved>, Unreadable> {
        let (saved, torn) = read(path).map_err(|why| Unreadable { path: path.to_owned(), why })?;
        for Torn { line, why } in &torn {
            note(&format!(
                "{}, line {line}: skipped, because it is not a whole result ({why})",
                path.display()
            ));
        }
        Ok(saved)
    }
}

/// A line that is no result.
struct Torn {
    /// Counted from 1.
    line: u64,
    why: String,
}

fn append(path: &Path, lines: &mut Vec<u8>) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    match file.lock() {
        // Not every file system has locks.
        Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
        _ => {}
    }
    let before = file.metadata()?.len();
    if !ends_a_line(&mut file, before)? {
        let line = 1 + count_lines(&mut file)?;
        note(&format!(
            "{}, line {line}: an earlier save was cut off here; the new results begin on the next line",
            path.display()
        ));
        lines.insert(0, b'\n');
    }
    let written = file.write_all(lines).and_then(|()| file.sync_all());
    if written.is_err() {
        // A full disk may have taken a part of a line.
        file.set_len(before)?;
    }
    written
}

fn ends_a_line(file: &mut File, len: u64) -> io::Result<bool> {
    if len == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(len - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn count_lines(file: &mut File) -> io::Result<u64> {
    file.rewind()?;
    let mut buf = vec![0; 64 << 10];
    let mut count = 0;
    loop {
        match file.read(&mut buf)? {
            0 => return Ok(count),
            n => count += buf.iter().take(n).filter(|&&byte| byte == b'\n').count() as u64,
        }
    }
}

fn read(path: &Path) -> Result<(Vec<Saved>, Vec<Torn>), Why> {
    /// A file with so many lines that are none of ours, and fewer that are, is not of ours.
    const MOST_TORN: usize = 100;
    let mut lines = Lines::new(File::open(path)?);
    let (mut saved, mut torn) = (Vec::new(), Vec::<Torn>::new());
    while let Some(line) = lines.next()? {
        let parsed = match line {
            Line::Whole(line) => parse(line)?,
            Line::TooLong => Err("it is too long".to_owned()),
        };
        match parsed {
            Ok(result) => saved.extend(result),
            Err(why) => torn.push(Torn { line: lines.number, why }),
        }
        if torn.len() >= MOST_TORN && torn.len() > saved.len() {
            break;
        }
    }
    if lines.stopped {
        return Err(Why::TooLong);
    }
    if !saved.is_empty() {
        return Ok((saved, torn));
    }
    Err(match torn.first() {
        None => Why::Empty,
        Some(first) => Why::NoResults(format!("line {}: {}", first.line, first.why)),
    })
}

/// The result that a line holds, nothing if the line is blank, or why it is none.
fn parse(line: &[u8]) -> Result<Result<Option<Saved>, String>, Why> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    if line.trim_ascii().is_empty() {
        return Ok(Ok(None));
    }
    if line.contains(&0) {
        return Ok(Err("it holds NUL bytes".to_owned()));
    }
    match serde_json::from_slice(line) {
        Ok(Format { format }) if format > FORMAT => return Err(Why::Newer(format)),
        Ok(_) => {}
        Err(error) => return Ok(Err(error.to_string())),
    }
    let saved = serde_json::from_slice(line).map_err(|error| error.to_string());
    Ok(saved.map(|saved| Some(made_visible(saved))))
}

/// Names in a file from elsewhere are not trusted on a terminal.
fn made_visible(mut saved: Saved) -> Saved {
    let Machine { cpu, system, .. } = &mut saved.machine;
    for text in [cpu, system, &mut saved.workload.name].into_iter().chain(&mut saved.workload.origin) {
        *text = visible_name(text);
    }
    saved
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        Why::Io(error)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Io(error) => write!(f, "{path}: it cannot be read: {error}; check the path"),
            Why::Newer(format) => write!(
                f,
                "{path}: it was written by a newer anystream (format {format}, this one reads up to {FORMAT}); \
                 update anystream"
            ),
            Why::Empty => write!(f, "{path}: it holds no results; save some with `anystream choose --save`"),
            Why::NoResults(first) => write!(
                f,
                "{path}: it holds no results that `anystream choose --save` wrote ({first}); save again"
            ),
            Why::TooLong => {
                write!(
                    f,
                    "{path}: it holds more than {} GiB, too much for saved results; name another file",
                    lines::MOST >> 30
                )
            }
        }
    }
}
