//! The workloads that come with this crate: real records of real programs.

use crate::import::{ImportOptions, import_bytes};
use crate::{ImportError, Script};

/// A workload that comes with this crate.
///
/// ```
/// let first = &anystream_workload::builtin()[0];
/// assert_eq!(first.name, "sqlite");
/// assert!(first.origin.contains("VACUUM"));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Builtin {
    /// What it is called.
    pub name: &'static str,
    /// In a line, what was recorded and how.
    pub origin: &'static str,
    record: &'static [u8],
}

macro_rules! builtins {
    ($($name:literal, $path:literal, $origin:literal;)*) => {
        &[$(Builtin { name: $name, origin: $origin, record: include_bytes!(concat!("../data/", $path)) }),*]
    };
}

static BUILTIN: &[Builtin] = builtins! {
    "sqlite", "strace/sqlite.strace", "SQLite: import, update, delete, VACUUM (strace)";
    "zip", "strace/py-zipfile.strace", "Python's zipfile writing an archive (strace)";
    "wav", "strace/py-wave.strace", "Python's wave writing audio, its header patched after each block (strace)";
    "hdf5", "strace/py-h5.strace", "HDF5 through h5py writing and extending data sets (strace)";
    "mp4", "strace/ffmpeg-mp4.strace", "ffmpeg muxing with faststart: it shifts what it wrote, two descriptors at once (strace)";
    "tar", "strace/tar-append.strace", "GNU tar -r on an archive of 8 MB (strace)";
    "sveltecomponent", "traces/sveltecomponent.jsonl.gz", "a component written keystroke by keystroke (editing session, Joseph Gentle, CC BY 4.0)";
    "rustcode", "traces/rustcode.ascii.jsonl.gz", "a Rust program written keystroke by keystroke (editing session, Joseph Gentle, CC BY 4.0)";
    "automerge-paper", "traces/automerge-paper.jsonl.gz", "a paper written keystroke by keystroke (editing session, Martin Kleppmann, CC BY 4.0)";
};

/// The workloads that come with this crate, in the order in which [`builtin_scripts`] returns them.
///
/// ```
/// for workload in anystream_workload::builtin() {
///     println!("{}: {}", workload.name, workload.origin);
/// }
/// ```
#[must_use]
pub fn builtin() -> &'static [Builtin] {
    BUILTIN
}

/// Imports every workload that comes with this crate; what their logs do not hold is generated from
/// `seed`.
///
/// # Errors
/// None, unless the files of this crate were changed.
///
/// ```
/// let scripts = anystream_workload::builtin_scripts(0)?;
/// assert_eq!(scripts.len(), anystream_workload::builtin().len());
/// # Ok::<(), anystream_workload::ImportError>(())
/// ```
pub fn builtin_scripts(seed: u64) -> Result<Vec<Script>, ImportError> {
    BUILTIN.iter().map(|workload| workload.script(seed)).collect()
}

impl Builtin {
    /// Imports this one workload; what its log does not hold is generated from `seed`.
    ///
    /// # Errors
    /// None, unless the files of this crate were changed.
    ///
    /// ```
    /// let script = anystream_workload::builtin()[0].script(0)?;
    /// assert_eq!(script.name, "sqlite");
    /// # Ok::<(), anystream_workload::ImportError>(())
    /// ```
    pub fn script(&self, seed: u64) -> Result<Script, ImportError> {
        let options = ImportOptions { seed, ..ImportOptions::default() };
        let mut script = import_bytes(self.name, self.record, &options)?.script;
        self.name.clone_into(&mut script.name);
        Ok(script)
    }
}
