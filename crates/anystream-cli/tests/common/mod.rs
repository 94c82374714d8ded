//! A folder to work in, and the program.
#![allow(dead_code)] // each test program uses some of it

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_anystream");

pub(crate) fn anystream(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    command
}

/// `choose` in as little time as can be.
pub(crate) fn choose(arguments: &[&str]) -> Command {
    let mut command = anystream(&["choose", "--rounds", "1", "--no-sizes", "--backend", "vec,rope"]);
    command.args(arguments);
    command
}

/// A folder, gone when dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Folder(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, contents).expect("a file");
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a text")
    }

    /// The names in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    /// A log of a write and a read.
    pub(crate) fn log(&self) -> String {
        self.file(
            "log.strace",
            "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwrite(3, \"\"..., 300) = 300\n\
             lseek(3, 100, SEEK_SET) = 100\nread(3, \"\"..., 50) = 50\nclose(3) = 0\n",
        )
    }
}

pub(crate) fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
