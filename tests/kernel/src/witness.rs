//! Which lengths a log tells: a second run of the same program, without strace, notes them.
//!
//! The steps are the same, so each file comes to the same end. After a step that tells the length of a file, its inode is
//! written down. The calls that this takes are in no log.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::script::{Action, Place, Slot};

/// The file whose length a step tells.
pub(crate) enum Told<'a> {
    Descriptor(Slot),
    Path(&'a Place),
    Nothing,
}

/// The file whose length `action` tells if it succeeds.
pub(crate) fn told(action: &Action) -> Told<'_> {
    let new = libc::O_CREAT | libc::O_EXCL;
    let nameless = libc::O_TMPFILE & !libc::O_DIRECTORY;
    let empties = |flags: i32| flags & new == new || flags & (libc::O_TRUNC | nameless) != 0;
    match action {
        Action::Open { into, flags, .. } | Action::Openat2 { into, flags, .. }
            if flags & libc::O_PATH == 0 && empties(*flags) =>
        {
            Told::Descriptor(*into)
        }
        Action::Creat { into, .. } => Told::Descriptor(*into),
        Action::Ftruncate { slot, .. }
        | Action::Fstat { slot, .. }
        | Action::Seek { slot, whence: 2, .. } => Told::Descriptor(*slot),
        Action::Truncate { path, .. } | Action::Stat { path, follow: true, .. } => Told::Path(path),
        _ => Told::Nothing,
    }
}

/// Writes down the inode of `path` if it is a regular file.
pub(crate) fn note(witness: &str, path: &Path) {
    let Some(metadata) = path.metadata().ok().filter(std::fs::Metadata::is_file) else { return };
    if let Ok(mut file) = File::options().append(true).create(true).open(witness) {
        // One that is not written counts as not told.
        drop(file.write_all(format!("{}\n", metadata.ino()).as_bytes()));
    }
}

/// The inodes that were written down.
pub(crate) fn read(witness: &Path) -> HashSet<u64> {
    let text = std::fs::read_to_string(witness).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
