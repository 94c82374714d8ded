//! Names, and the ways to spell the path of a file.

use super::{Generator, Kind};
use crate::script::{Base, Name, Place, Slot, Task};

const PLAIN: &[&str] = &["a", "b", "c.txt", "log", "data.bin", "x", "db", "db-journal", "a.tmp", "out"];
/// As `Name`s are serialised: `%XX` is a byte.
const ODD: &[&str] = &[
    "a b",
    "q\"uote",
    "new%0Aline",
    "%FF%FE",
    "<x>",
    "b>c",
    "->",
    "it's",
    "tab%09",
    "back\\slash",
    "x = 3",
    "gone (deleted)",
    "pipe:[12]",
    "%C3%A9",
    "%E2%80%A6",
    "a%01b",
    "...",
    "-",
    "+++ exited",
    "\"",
    "%25d",
    "a,b",
    "socket:[7]",
    "a<b",
    "resumed>",
    "%1B[31m",
    "anon_inode:[eventfd]",
    "1",
    "%C3",
    "a'b",
    "{x}",
    "[y]",
];

impl Name {
    /// Of a text with `%XX` for bytes, as scripts are written.
    pub(super) fn decoded(text: &str) -> Self {
        serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap_or_default()
    }
}

impl Generator {
    pub(super) fn one_name(&mut self) -> String {
        let names = if self.odd && self.random.bool() { ODD } else { PLAIN };
        (*self.random.choice(names).unwrap_or(&"a")).to_owned()
    }

    /// A path relative to the root, in a directory that may exist.
    pub(super) fn fresh_name(&mut self) -> String {
        let folder = self.known_folder();
        let name = self.one_name();
        if folder.is_empty() { name } else { format!("{folder}/{name}") }
    }

    /// A path relative to the root that mostly exists.
    pub(super) fn known_file(&mut self) -> String {
        let known = if self.random.u8(0..6) > 0 { self.random.choice(&self.files).cloned() } else { None };
        known.unwrap_or_else(|| self.fresh_name())
    }

    pub(super) fn known_folder(&mut self) -> String {
        self.random.choice(&self.folders).cloned().unwrap_or_default()
    }

    /// The slots that mean directories, and which.
    pub(super) fn open_directories(&self, task: Task) -> Vec<(Slot, String)> {
        let all = &self.slots[self.tasks[task].slots];
        let directory = |(slot, kind): (&Slot, &Kind)| match kind {
            Kind::Dir(path) => Some((*slot, path.clone())),
            _ => None,
        };
        all.iter().filter_map(directory).collect()
    }

    /// A way to spell `path`, which is relative to the root, for a call with a directory descriptor.
    pub(super) fn place_at(&mut self, task: Task, path: &str) -> Place {
        let directories = self.open_directories(task);
        match self.random.choice(&directories).cloned() {
            Some((slot, directory)) if self.random.u8(0..3) == 0 => {
                let relative = from_directory(&directory, path);
                let base = if self.random.u8(0..8) == 0 { Base::ProcFd(slot) } else { Base::Dir(slot) };
                Place { base, path: Name::decoded(&relative) }
            }
            _ => self.place(task, path),
        }
    }

    /// The same for a call without one.
    pub(super) fn place(&mut self, task: Task, path: &str) -> Place {
        let directory = self.directories[self.tasks[task].directory].clone();
        let relative = from_directory(&directory, path);
        let (base, path) = match self.random.u8(0..20) {
            0..=2 if self.rooted && self.random.bool() => (Base::Slash, path.to_owned()),
            0..=2 => (Base::Root, self.roundabout(path)),
            3 => (Base::ProcCwd, relative),
            4 => (Base::Cwd, path.to_owned()),
            _ => (Base::Cwd, self.roundabout(&relative)),
        };
        Place { base, path: Name::decoded(&path) }
    }

    /// The same path with detours, at times.
    fn roundabout(&mut self, path: &str) -> String {
        match self.random.u8(0..24) {
            0 => format!("./{path}"),
            1 => path.replacen('/', "//", 1),
            2 => path.replacen('/', "/./", 1),
            3 => match path.split_once('/') {
                Some((first, rest)) if first != ".." => format!("{first}/../{first}/{rest}"),
                _ => path.to_owned(),
            },
            _ => path.to_owned(),
        }
    }
}

/// `path`, which is relative to the root, from `directory`.
fn from_directory(directory: &str, path: &str) -> String {
    if directory.is_empty() {
        return if path.is_empty() { ".".to_owned() } else { path.to_owned() };
    }
    if path == directory {
        return ".".to_owned();
    }
    match path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/')) {
        Some(below) => below.to_owned(),
        None => {
            let up = vec![".."; directory.split('/').count().min(6)].join("/");
            if path.is_empty() { up } else { format!("{up}/{path}") }
        }
    }
}
