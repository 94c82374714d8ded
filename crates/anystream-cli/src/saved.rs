//! Results that are kept: a file of JSON lines, one line a workload, with the machine that it was measured on.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::results::Outcome;

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

/// Why saved results could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Io(io::Error),
    /// Counted from 1.
    Line(usize, serde_json::Error),
    Newer(u32),
    Empty,
}

impl Saved {
    /// Adds `outcomes` at the end of the file at `path`, which is made if there is none.
    pub(crate) fn append(path: &Path, machine: &Machine, outcomes: &[Outcome]) -> io::Result<()> {
        let mut file = BufWriter::new(OpenOptions::new().create(true).append(true).open(path)?);
        for outcome in outcomes {
            let line = Saved { format: FORMAT, machine: machine.clone(), workload: outcome.clone() };
            serde_json::to_writer(&mut file, &line)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    }

    /// All lines of the file at `path`: at least one.
    pub(crate) fn read(path: &Path) -> Result<Vec<Saved>, Unreadable> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let unreadable = |why| Unreadable { path: path.to_owned(), why };
        let file = File::open(path).map_err(|error| unreadable(Why::Io(error)))?;
        let mut saved = Vec::new();
        for (index, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|error| unreadable(Why::Io(error)))?;
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |error| unreadable(Why::Line(index + 1, error));
            let Format { format } = serde_json::from_str(&line).map_err(wrong)?;
            if format > FORMAT {
                return Err(unreadable(Why::Newer(format)));
            }
            saved.push(serde_json::from_str(&line).map_err(wrong)?);
        }
        if saved.is_empty() { Err(unreadable(Why::Empty)) } else { Ok(saved) }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Io(error) => write!(f, "{path}: it cannot be read: {error}; check the path"),
            Why::Line(line, error) => write!(
                f,
                "{path}, line {line}: this is no result that `anystream choose --save` wrote ({error}); save again"
            ),
            Why::Newer(format) => write!(
                f,
                "{path}: it was written by a newer anystream (format {format}, this one reads up to {FORMAT}); \
                 update anystream"
            ),
            Why::Empty => write!(f, "{path}: it holds no results; save some with `anystream choose --save`"),
        }
    }
}
