//! Which lengths a log tells: a second run of the same program, without strace, notes them.
//!
//! The steps are the same, so each file comes to the same end. After a step that tells the length of a file or uses its
//! contents, the inode is written down. No log shows the calls that this takes.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::script::{Action, Place, Slot};

/// A file that an action is about.
pub(crate) enum About<'a> {
    Descriptor(Slot),
    Path(&'a Place),
}

/// The files whose lengths `action` tells if it succeeds.
pub(crate) fn told(action: &Action) -> Vec<About<'_>> {
    let new = libc::O_CREAT | libc::O_EXCL;
    let nameless = libc::O_TMPFILE & !libc::O_DIRECTORY;
    let empties = |flags: i32| flags & new == new || flags & (libc::O_TRUNC | nameless) != 0;
    match action {
        Action::Open { into, flags, .. } | Action::Openat2 { into, flags, .. }
            if flags & libc::O_PATH == 0 && empties(*flags) =>
        {
            vec![About::Descriptor(*into)]
        }
        Action::Creat { into: slot, .. }
        | Action::Ftruncate { slot, .. }
        | Action::Fstat { slot, .. }
        | Action::Seek { slot, whence: 2, .. } => vec![About::Descriptor(*slot)],
        Action::Truncate { path, .. } | Action::Stat { path, follow: true, .. } => vec![About::Path(path)],
        _ => Vec::new(),
    }
}

/// The files whose contents or positions `action` uses: only these are streams for an import.
pub(crate) fn used(action: &Action) -> Vec<About<'_>> {
    match action {
        Action::Write { slot, .. }
        | Action::Writev { slot, .. }
        | Action::Pwrite { slot, .. }
        | Action::Pwritev { slot, .. }
        | Action::Read { slot, .. }
        | Action::Readv { slot, .. }
        | Action::Pread { slot, .. }
        | Action::Preadv { slot, .. }
        | Action::ReadToEnd { slot, .. }
        | Action::Seek { slot, .. }
        | Action::Ftruncate { slot, .. }
        | Action::Fallocate { slot, .. } => vec![About::Descriptor(*slot)],
        Action::CopyFileRange { from, into, .. }
        | Action::Sendfile { from, into, .. }
        | Action::Splice { from, into, .. } => vec![About::Descriptor(*from), About::Descriptor(*into)],
        Action::Truncate { path, .. } => vec![About::Path(path)],
        _ => Vec::new(),
    }
}

/// Writes down the inode of `path` if it is a regular file.
pub(crate) fn note(witness: &str, kind: &str, path: &Path) {
    let Some(metadata) = path.metadata().ok().filter(std::fs::Metadata::is_file) else { return };
    if let Ok(mut file) = File::options().append(true).create(true).open(witness) {
        // A note that can't be written counts as not told.
        drop(file.write_all(format!("{kind} {}\n", metadata.ino()).as_bytes()));
    }
}

/// The inodes that were both told and used.
pub(crate) fn read(witness: &Path) -> HashSet<u64> {
    let text = std::fs::read_to_string(witness).unwrap_or_default();
    let of = |kind: &str| -> HashSet<u64> {
        let notes = text.lines().filter_map(|line| line.split_once(' '));
        notes.filter(|(own, _)| *own == kind).filter_map(|(_, inode)| inode.parse().ok()).collect()
    };
    of(TOLD).intersection(&of(USED)).copied().collect()
}

pub(crate) const TOLD: &str = "told";
pub(crate) const USED: &str = "used";
