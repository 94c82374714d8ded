//! Where an import puts what it finds.

use std::io;

use bytes::Bytes;

use super::lines::shown;
use super::{ImportError, ImportSummary, Imported, Skipped};
use crate::{Op, Script};

/// What takes an imported workload, call by call, so that none of it has to be in memory: a writer of
/// traces, a counter, a collector.
///
/// An import calls [`begin`](Sink::begin) once, and then [`op`](Sink::op) for each operation in order.
/// An error that a method returns stops the import. What a sink was given before an import failed is
/// a beginning and no workload: throw it away.
///
/// ```
/// use anystream_workload::{ImportOptions, Op, Sink, import_into};
///
/// #[derive(Default)]
/// struct Longest(u64);
///
/// impl Sink for Longest {
///     fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
///         Ok(())
///     }
///     fn op(&mut self, op: Op) -> std::io::Result<()> {
///         self.0 = self.0.max(op.bytes_given());
///         Ok(())
///     }
/// }
///
/// let log = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/sqlite.strace");
/// let mut longest = Longest::default();
/// import_into(log.as_ref(), &ImportOptions::default(), &mut longest)?;
/// assert_eq!(longest.0, 4096);
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
pub trait Sink {
    /// What the workload is called, and what the stream holds before the first operation.
    ///
    /// # Errors
    /// Whatever stops the import.
    fn begin(&mut self, name: &str, initial: Bytes) -> io::Result<()>;

    /// How many of the latest values stay alive, as [`Script::hold`]. Called once, behind
    /// [`begin`](Sink::begin), if the record says it. By default nothing is kept of it.
    ///
    /// # Errors
    /// Whatever stops the import.
    fn hold(&mut self, values: usize) -> io::Result<()> {
        let _ = values;
        Ok(())
    }

    /// The next operation.
    ///
    /// # Errors
    /// Whatever stops the import.
    fn op(&mut self, op: Op) -> io::Result<()>;

    /// A line was left out, which only a lenient import does. They come in the order of the lines. By
    /// default nothing is kept of them; [`ImportSummary::skipped`] counts them in any case.
    ///
    /// # Errors
    /// Whatever stops the import.
    fn skipped(&mut self, skipped: Skipped) -> io::Result<()> {
        drop(skipped);
        Ok(())
    }
}

/// Keeps all of it.
#[derive(Default)]
pub(super) struct Collector {
    script: Script,
    skipped: Vec<Skipped>,
}

impl Collector {
    /// With what the import said when it had given all.
    pub(super) fn into_imported(self, summary: &ImportSummary) -> Imported {
        Imported {
            script: self.script,
            skipped: self.skipped,
            complete: summary.complete,
            initial_len_is_minimum: summary.initial_len_is_minimum,
            final_len_is_minimum: summary.final_len_is_minimum,
            notes: summary.notes.clone(),
        }
    }
}

impl Sink for Collector {
    fn begin(&mut self, name: &str, initial: Bytes) -> io::Result<()> {
        self.script = Script::new(name, initial);
        Ok(())
    }

    fn hold(&mut self, values: usize) -> io::Result<()> {
        self.script.hold = values;
        Ok(())
    }

    fn op(&mut self, op: Op) -> io::Result<()> {
        self.script.ops.push(op);
        Ok(())
    }

    fn skipped(&mut self, skipped: Skipped) -> io::Result<()> {
        self.skipped.push(skipped);
        Ok(())
    }
}

/// Gives a sink what an importer found, counts it, and says of which record a sink's error is.
pub(super) struct Delivery<'a> {
    record: &'a str,
    sink: &'a mut dyn Sink,
    summary: ImportSummary,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(record: &'a str, sink: &'a mut dyn Sink) -> Self {
        Delivery { record, sink, summary: ImportSummary { complete: true, ..ImportSummary::default() } }
    }

    pub(super) fn begin(&mut self, name: String, initial: Bytes) -> Result<(), ImportError> {
        self.summary.initial_len = initial.len() as u64;
        let begun = self.sink.begin(&name, initial);
        self.summary.name = name;
        begun.map_err(|source| self.failed(source))
    }

    /// How many values stay alive, if any do.
    pub(super) fn hold(&mut self, values: usize) -> Result<(), ImportError> {
        match values {
            0 => Ok(()),
            _ => self.sink.hold(values).map_err(|source| self.failed(source)),
        }
    }

    #[inline]
    pub(super) fn op(&mut self, op: Op) -> Result<(), ImportError> {
        self.summary.ops += 1;
        self.sink.op(op).map_err(|source| self.failed(source))
    }

    pub(super) fn skipped(&mut self, skipped: Skipped) -> Result<(), ImportError> {
        self.summary.skipped += 1;
        self.sink.skipped(skipped).map_err(|source| self.failed(source))
    }

    /// Calls were left out that stand on no line.
    pub(super) fn left_out(&mut self, calls: u64) {
        self.summary.skipped += calls;
    }

    /// The record ends before what it is a record of did.
    pub(super) fn cut_off(&mut self) {
        self.summary.complete = false;
    }

    /// Whether the lengths at the beginning and at the end are only the least that explain the record.
    pub(super) fn minimums(&mut self, initial: bool, last: bool) {
        self.summary.initial_len_is_minimum = initial;
        self.summary.final_len_is_minimum = last;
    }

    /// Something that a user must know.
    pub(super) fn note(&mut self, note: String) {
        self.summary.notes.push(shown(note.as_bytes()));
    }

    pub(super) fn skipped_any(&self) -> bool {
        self.summary.skipped > 0
    }

    /// When all of the record was read, which has so many lines.
    pub(super) fn finish(mut self, lines: u64) -> ImportSummary {
        self.summary.lines = lines;
        self.summary
    }

    #[cold]
    fn failed(&self, source: io::Error) -> ImportError {
        ImportError::Refused { record: self.record.to_owned(), source }
    }
}
