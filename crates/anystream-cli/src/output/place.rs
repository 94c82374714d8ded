//! Where a path leads: through links, to a file, a folder, a pipe or a device.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Why;

/// Where an output goes.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A regular file, which may be new; by a path without links.
    File(PathBuf),
    /// A pipe or a device, such as /dev/null.
    Device(PathBuf),
    /// Standard output. Reopened, a file that the shell made would be written from its start again.
    Output,
    /// Standard error.
    Error,
}

impl Place {
    pub(super) fn of(path: &Path) -> Result<Self, Why> {
        match descriptor(path) {
            Some(1) => return Ok(Place::Output),
            Some(2) => return Ok(Place::Error),
            Some(_) => return Ok(Place::Device(path.to_owned())),
            None => {}
        }
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => Err(Why::Folder),
            Ok(about) if about.is_file() => final_path(path).map(Place::File),
            Ok(about) if is_block_device(&about) => Err(Why::BlockDevice),
            Ok(_) => Ok(Place::Device(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => final_path(path).map(Place::File),
            Err(error) => Err(error.into()),
        }
    }
}

/// Follows links to the file itself, which need not exist; its folder must.
fn final_path(path: &Path) -> Result<PathBuf, Why> {
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let folder = folder_of(&path);
        match fs::read_link(&path) {
            Ok(link) => path = folder.join(link),
            Err(_) => {
                // `a/` and `..` name folders only.
                let name = path.file_name().ok_or(Why::Folder)?;
                if path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
                    return Err(Why::NoFolder(path));
                }
                let whole = fs::canonicalize(folder).map_err(|error| match error.kind() {
                    ErrorKind::NotFound => Why::NoFolder(folder.to_owned()),
                    _ => Why::Io(error),
                })?;
                if !whole.is_dir() {
                    return Err(Why::Io(ErrorKind::NotADirectory.into()));
                }
                return Ok(whole.join(name));
            }
        }
    }
    Err(Why::Links)
}

/// Whether the file at `target` can be appended to, or made. Changes nothing.
pub(super) fn check_appendable(target: &Path) -> Result<(), Why> {
    match OpenOptions::new().append(true).open(target) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => super::beside(target).map(drop).map_err(Why::Io),
        Err(error) => Err(error.into()),
    }
}

/// Whether the file at `target` can be replaced, or made. Changes nothing.
pub(super) fn check_replaceable(target: &Path) -> Result<(), Why> {
    // A file that may not be written is not replaced either, though its folder would allow it.
    match OpenOptions::new().write(true).open(target) {
        Ok(old) => check_unused(&old)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    super::beside(target).map(drop).map_err(Why::Io)
}

/// A recorder or a save holds a lock on the file that it writes.
fn check_unused(file: &File) -> Result<(), Why> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(Why::InUse),
        // Closing the file gives the lock back.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(()),
    }
}

/// Whether two paths lead to one regular file, existing or not, through links of either kind.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a_is), Ok(b_is)) => {
            a_is.is_file() && b_is.is_file() && (same_inode(&a_is, &b_is) || same_name(a, b))
        }
        (Err(_), Err(_)) => a == b,
        _ => false,
    }
}

fn same_name(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(unix)]
fn same_inode(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same_inode(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_block_device(about: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&about.file_type())
}

#[cfg(not(unix))]
fn is_block_device(_: &fs::Metadata) -> bool {
    false
}

/// The number of the open descriptor that `path` names: /dev/stdout, /dev/fd/N, /proc/self/fd/N.
fn descriptor(path: &Path) -> Option<u32> {
    let name = path.to_str()?;
    match name {
        "/dev/stdout" => return Some(1),
        "/dev/stderr" => return Some(2),
        _ => {}
    }
    let number = name.strip_prefix("/dev/fd/").or_else(|| name.strip_prefix("/proc/self/fd/"))?;
    number.parse().ok()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
