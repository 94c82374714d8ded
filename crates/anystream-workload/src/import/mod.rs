//! From records of real programs to scripts.
//!
//! A record is a [`source`] that can be read from its beginning again. An importer reads its [`lines`],
//! once to learn what it is about and once more to make operations of it, which it delivers to a
//! [`sink`] one by one. So what is in memory grows with the files, processes and descriptors of a
//! record, with the contents that the file began with, and with its longest write, but not with the
//! number of its calls.

use std::io::BufRead;
use std::path::Path;

use crate::Script;

pub(crate) mod data;
mod edits;
mod error;
mod lines;
mod recipe;
mod recognise;
mod sink;
mod source;
mod strace;
mod text;
mod traces;
mod uses;

pub use error::ImportError;
pub use recipe::{RECORD, STRACE_OPTIONS};
pub use sink::Sink;
pub use uses::FileUse;

use lines::Report;
use recognise::{Kind, kind_of};
use sink::{Collector, Delivery};
use source::Source;

/// How to import a record.
///
/// ```
/// use anystream_workload::ImportOptions;
/// let options = ImportOptions { file: Some("out.db".to_owned()), ..ImportOptions::default() };
/// assert_eq!((options.seed, options.lenient), (0, false));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What data that was not logged is generated from.
    pub seed: u64,
    /// Skip what cannot be understood and list it in [`Imported::skipped`], instead of failing.
    pub lenient: bool,
    /// Which file, if a log is about several: a path that [`files`] lists, or the end of it.
    pub file: Option<String>,
    /// How long the file was before the log began. By default the least that explains the log.
    pub initial_len: Option<u64>,
}

/// A script, and what was left out of it.
///
/// ```
/// use anystream_workload::{ImportOptions, import_bytes};
/// let log = "openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwrite(3, \"\"..., 5) = 5\n";
/// let imported = import_bytes("a.strace", log.as_bytes(), &ImportOptions::default())?;
/// assert_eq!(imported.script.ops.len(), 1);
/// assert!(imported.skipped.is_empty());
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// What the record says was done.
    pub script: Script,
    /// What was not understood and left out; always empty unless [`ImportOptions::lenient`].
    pub skipped: Vec<Skipped>,
    /// As [`ImportSummary::complete`].
    pub complete: bool,
    /// As [`ImportSummary::initial_len_is_minimum`].
    pub initial_len_is_minimum: bool,
    /// As [`ImportSummary::final_len_is_minimum`].
    pub final_len_is_minimum: bool,
    /// As [`ImportSummary::notes`].
    pub notes: Vec<String>,
}

/// A line that was left out.
///
/// ```
/// use anystream_workload::{ImportOptions, import_bytes};
/// let log = "openat(AT_FDCWD, \"a\", O_RDWR) = 3\nwrite(3, \"\"..., 5) = 5\nwhat is this\n";
/// let options = ImportOptions { lenient: true, ..ImportOptions::default() };
/// let imported = import_bytes("a.strace", log.as_bytes(), &options)?;
/// assert_eq!(imported.skipped[0].line, 3);
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Counted from 1.
    pub line: u64,
    /// The line, shortened if it is long.
    pub text: String,
    /// Why it was left out.
    pub reason: String,
}

/// What an import gave its [`Sink`].
///
/// ```
/// use anystream_workload::{ImportOptions, Op, Sink, import_into};
///
/// struct Nowhere;
/// impl Sink for Nowhere {
///     fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
///         Ok(())
///     }
///     fn op(&mut self, _op: Op) -> std::io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let log = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/tar-append.strace");
/// let summary = import_into(log.as_ref(), &ImportOptions::default(), &mut Nowhere)?;
/// assert_eq!((summary.name.as_str(), summary.initial_len, summary.skipped), ("tar-append", 8_939_520, 0));
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// What the workload is called.
    pub name: String,
    /// How many bytes the stream holds before the first operation.
    pub initial_len: u64,
    /// How many operations there are.
    pub ops: u64,
    /// How many lines the record has; 0 if it is no text.
    pub lines: u64,
    /// How many lines were left out, which only [`ImportOptions::lenient`] does; or of a trace of this
    /// crate's own format, how many calls that no script holds, such as those that failed.
    pub skipped: u64,
    /// Whether all that was done is in the record, as far as that shows. If not, it is a trace of this
    /// crate's own format whose program was killed, and its last calls are missing. An strace log does
    /// not show it.
    pub complete: bool,
    /// Whether the log doesn't determine the initial length: the file had at least
    /// [`initial_len`](Self::initial_len) bytes.
    pub initial_len_is_minimum: bool,
    /// Whether the length at the end is only the least that explains the log, because it depends on an
    /// initial length that the log doesn't determine.
    pub final_len_is_minimum: bool,
    /// Warnings that a user must see, such as `another file took the name a.zip at line 98 (rename)`.
    /// At most a few short sentences.
    pub notes: Vec<String>,
}

/// Imports the record in the file at `path`: an strace log, an editing trace or a trace of this crate's own
/// format, gzipped or not, told apart by their contents.
///
/// # Errors
/// [`ImportError`] says which file and line, why, and what to do.
///
/// ```
/// use anystream_workload::{ImportOptions, import};
/// let error = import("no such file".as_ref(), &ImportOptions::default()).unwrap_err();
/// assert!(error.to_string().contains("no such file"));
/// ```
pub fn import(path: &Path, options: &ImportOptions) -> Result<Imported, ImportError> {
    let mut collector = Collector::default();
    let summary = import_into(path, options, &mut collector)?;
    Ok(collector.into_imported(&summary))
}

/// Imports the record in the file at `path` as [`import()`] does, but gives each operation to `sink`
/// instead of keeping them all: what is in memory does not grow with the length of the record.
///
/// An strace log is read two times; once more if it shows data that was read, and once more if the file was
/// deleted while it was open and made again. A record that is no regular file but a pipe, say, is copied to a temporary file before; more than 1 GiB is refused.
///
/// # Errors
/// As [`import()`]; and [`ImportError::Refused`] with what a method of `sink` answered. What `sink` was
/// given before is incomplete.
///
/// ```
/// # use anystream_workload::{ImportOptions, Op, Sink, import_into};
/// struct Counter(u64);
/// impl Sink for Counter {
///     fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
///         Ok(())
///     }
///     fn op(&mut self, _op: Op) -> std::io::Result<()> {
///         self.0 += 1;
///         Ok(())
///     }
/// }
/// let log = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/sqlite.strace");
/// let mut counter = Counter(0);
/// let summary = import_into(log.as_ref(), &ImportOptions::default(), &mut counter)?;
/// assert_eq!(counter.0, summary.ops);
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
pub fn import_into(
    path: &Path,
    options: &ImportOptions,
    sink: &mut dyn Sink,
) -> Result<ImportSummary, ImportError> {
    let record = path.display().to_string();
    import_source(Source::open(&record, path)?, options, sink)
}

/// Imports the record in `bytes`; `name` is what errors call it.
///
/// # Errors
/// As [`import()`].
///
/// ```
/// use anystream_workload::{ImportOptions, import_bytes};
/// assert!(import_bytes("nothing", b"", &ImportOptions::default()).is_err());
/// ```
pub fn import_bytes(name: &str, bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    let mut collector = Collector::default();
    let summary = import_source(Source::of_bytes(name, bytes), options, &mut collector)?;
    Ok(collector.into_imported(&summary))
}

/// Imports the record that `reader` gives; `name` is what errors call it. Because a record is read more
/// than once, it is copied first, to a temporary file if it is longer than 4 MiB. More than 1 GiB is refused, as it may
/// never end.
///
/// # Errors
/// As [`import()`]; [`ImportError::NoCopy`] if there is no room for the copy; and [`ImportError::Endless`].
///
/// ```
/// use anystream_workload::{ImportOptions, import_reader};
/// assert!(import_reader("standard input", std::io::empty(), &ImportOptions::default()).is_err());
/// ```
pub fn import_reader(
    name: &str,
    reader: impl BufRead,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    let mut collector = Collector::default();
    let summary = import_reader_into(name, reader, options, &mut collector)?;
    Ok(collector.into_imported(&summary))
}

/// Imports the record that `reader` gives as [`import_reader`] does, but gives each operation to `sink` as
/// [`import_into`] does.
///
/// # Errors
/// As [`import_reader`]; and [`ImportError::Refused`] with the error that a method of `sink` returned.
///
/// ```
/// # use anystream_workload::{ImportOptions, Op, Sink, import_reader_into};
/// struct Counter(u64);
/// impl Sink for Counter {
///     fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
///         Ok(())
///     }
///     fn op(&mut self, _op: Op) -> std::io::Result<()> {
///         self.0 += 1;
///         Ok(())
///     }
/// }
/// let log = b"openat(AT_FDCWD, \"a\", O_RDWR) = 3\nwrite(3, \"\"..., 5) = 5\n";
/// let mut counter = Counter(0);
/// import_reader_into("standard input", &log[..], &ImportOptions::default(), &mut counter)?;
/// assert_eq!(counter.0, 1);
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
pub fn import_reader_into(
    name: &str,
    mut reader: impl BufRead,
    options: &ImportOptions,
    sink: &mut dyn Sink,
) -> Result<ImportSummary, ImportError> {
    import_source(Source::copied(name, &mut reader)?, options, sink)
}

/// Lists the files that an strace log has calls on, the busiest first. Other records have none.
///
/// # Errors
/// As [`import()`], except that a log about several files is no error, and neither is one about none.
///
/// ```
/// use anystream_workload::{ImportOptions, files};
/// let log = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/sqlite.strace");
/// let files = files(log.as_ref(), &ImportOptions::default())?;
/// assert_eq!(files.len(), 1);
/// assert!(files[0].bytes_written > 8_000_000);
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
pub fn files(path: &Path, options: &ImportOptions) -> Result<Vec<FileUse>, ImportError> {
    let record = path.display().to_string();
    let mut source = Source::open(&record, path)?;
    let report = Report { record: &record, lenient: options.lenient };
    let kind = kind_of(source.lines()?.peek()?);
    match kind {
        None => Err(ImportError::Empty { record: record.clone() }),
        Some(Kind::Trace | Kind::Edits) => Ok(Vec::new()),
        Some(Kind::Strace) => strace::files(&mut source, &report),
    }
}

fn import_source(
    mut source: Source<'_>,
    options: &ImportOptions,
    sink: &mut dyn Sink,
) -> Result<ImportSummary, ImportError> {
    let record = source.record;
    let report = Report { record, lenient: options.lenient };
    let delivery = Delivery::new(record, sink);
    let kind = {
        let mut lines = source.lines()?;
        let first = lines.peek()?;
        recognise::check_text(record, first)?;
        kind_of(first)
    };
    match kind {
        None => Err(ImportError::Empty { record: record.to_owned() }),
        Some(Kind::Trace) => traces::import(&mut source, options, delivery),
        Some(Kind::Edits) => edits::import(&mut source.lines()?, &report, delivery),
        Some(Kind::Strace) => strace::import(&mut source, options, &report, delivery),
    }
}
