//! Finds the program to run, as strace will, to tell a missing program from a failure of strace.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;

/// The file of `program`: a path if it has a slash, else the first in PATH that can be run.
pub(super) fn find(program: &OsStr) -> Result<PathBuf, Failure> {
    let shown = || program.to_string_lossy().into_owned();
    let path = Path::new(program);
    if path.components().count() > 1 || program.to_string_lossy().contains('/') {
        let about = fs::metadata(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::NotFound { program: shown() },
            _ => Failure::NotExecutable { program: shown(), why: format!("{error}: check its path") },
        })?;
        return runnable(&about).map(|()| path.to_owned()).map_err(|why| {
            let why = match why {
                NotRunnable::Folder => "it is a folder: name a program in it".to_owned(),
                NotRunnable::Special => "it is no regular file: name a program".to_owned(),
                NotRunnable::NotAllowed => {
                    format!("it is not executable: allow it with `chmod +x {}`", shown())
                }
            };
            Failure::NotExecutable { program: shown(), why }
        });
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(path))
        .find(|file| fs::metadata(file).is_ok_and(|about| runnable(&about).is_ok()));
    found.ok_or_else(|| Failure::NotFound { program: shown() })
}

enum NotRunnable {
    Folder,
    Special,
    NotAllowed,
}

fn runnable(about: &Metadata) -> Result<(), NotRunnable> {
    if about.is_dir() {
        return Err(NotRunnable::Folder);
    }
    if !about.is_file() {
        return Err(NotRunnable::Special);
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 == 0 {
        return Err(NotRunnable::NotAllowed);
    }
    Ok(())
}
