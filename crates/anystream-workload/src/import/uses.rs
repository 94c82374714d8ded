//! The files of a log, with counts of their calls.

use std::fmt;

/// A file that a log has calls on.
///
/// ```
/// use anystream_workload::{ImportError, ImportOptions, import_bytes};
///
/// let log = b"open(\"a\", O_RDWR) = 3\nread(3, \"\"..., 5) = 5\nopen(\"b\", O_RDWR) = 4\nread(4, \"\"..., 5) = 5\n";
/// match import_bytes("log", log, &ImportOptions::default()) {
///     Err(ImportError::SeveralFiles { files, .. }) => assert_eq!(files[0].to_string(), "a (2 calls)"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileUse {
    /// Its path, as [`ImportOptions::file`](crate::ImportOptions::file) selects it. It differs from the
    /// logged path where several files had the same path.
    pub path: String,
    /// How many calls the log has on it.
    pub calls: u64,
    /// How many of these are reads.
    pub reads: u64,
    /// How many of these are writes.
    pub writes: u64,
    /// How many bytes the reads returned.
    pub bytes_read: u64,
    /// How many bytes the writes wrote.
    pub bytes_written: u64,
    /// What happened to its path, such as `deleted at line 40`.
    pub note: Option<String>,
}

impl fmt::Display for FileUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileUse { path, calls, note, .. } = self;
        write!(f, "{path}")?;
        if let Some(note) = note
            && !path.contains(&**note)
        {
            write!(f, " ({note})")?;
        }
        write!(f, " ({calls} call{})", if *calls == 1 { "" } else { "s" })
    }
}

/// The busiest of `files`, which begin with those, and how many more there are: never more than a screen.
pub(super) fn busiest(files: &[FileUse]) -> String {
    const MOST: usize = 10;
    let shown: Vec<String> = files.iter().take(MOST).map(FileUse::to_string).collect();
    let more = match files.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}
