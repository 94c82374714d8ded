//! From records of real programs to scripts.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::Script;

mod data;
mod edits;
mod error;
mod lines;
mod strace;

pub use error::{Candidate, ImportError};
use lines::{Lines, Report};

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
    /// Which file, if a log is about several: its path as logged, or the end of it.
    pub file: Option<String>,
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

/// Imports the record in the file at `path`: an strace log or an editing trace, gzipped or not, told
/// apart by their contents.
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
    let record = path.display().to_string();
    let open = || match std::fs::metadata(path)?.is_dir() {
        true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        false => File::open(path),
    };
    match open() {
        Ok(file) => import_reader(&record, BufReader::with_capacity(64 << 10, file), options),
        Err(source) => Err(ImportError::Unreadable { record, line: 0, source }),
    }
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
    import_reader(name, bytes, options)
}

/// Imports the record that `reader` gives; `name` is what errors call it. Reads line by line.
///
/// # Errors
/// As [`import()`].
///
/// ```
/// use anystream_workload::{ImportOptions, import_reader};
/// assert!(import_reader("standard input", std::io::empty(), &ImportOptions::default()).is_err());
/// ```
pub fn import_reader(
    name: &str,
    mut reader: impl BufRead,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    // Both bytes mark gzip, but a reader may give one at a time, and no text begins with the first.
    const GZIP: u8 = 0x1f;
    if first_bytes(name, &mut reader)?.first() == Some(&GZIP) {
        import_text(name, &mut BufReader::with_capacity(64 << 10, MultiGzDecoder::new(reader)), options)
    } else {
        import_text(name, &mut reader, options)
    }
}

fn import_text(
    name: &str,
    reader: &mut dyn BufRead,
    options: &ImportOptions,
) -> Result<Imported, ImportError> {
    let first = first_bytes(name, reader)?;
    if first.is_empty() {
        return Err(ImportError::Empty { record: name.to_owned() });
    }
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    let format = if text.starts_with(b"{") { edits::import } else { strace::import };
    format(&mut Lines::new(name, reader), Report::new(name, options.lenient), options)
}

fn first_bytes<'a>(name: &str, reader: &'a mut (impl BufRead + ?Sized)) -> Result<&'a [u8], ImportError> {
    reader.fill_buf().map_err(|source| ImportError::Unreadable { record: name.to_owned(), line: 0, source })
}
