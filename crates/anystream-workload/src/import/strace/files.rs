//! The files of a log: identities, which outlive their names.

use std::rc::Rc;

use foldhash::HashMap;
use smallvec::SmallVec;

use super::access::{Action, Transfer};
use super::doubt::Changes;
use super::flags::RENAME_WHITEOUT;
use super::names::{Meaning, Names, NodeId};
use crate::import::FileUse;

/// A file of the log: not a path, which may come to mean another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FileId(pub(super) usize);

/// The files that a log is about, and their names.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Vec<File>,
    pub(super) names: Names,
    pub(super) changes: Changes,
    /// The files that lost a name, by its path.
    lost: HashMap<Box<str>, SmallVec<[FileId; 1]>>,
}

#[derive(Debug, Default)]
struct File {
    names: SmallVec<[NodeId; 1]>,
    /// The path of the name that it lost last.
    last_path: String,
    /// Whether another file took that.
    is_succeeded: bool,
    /// What messages add to the path, to tell files apart that had the same.
    note: Option<String>,
    /// The file that had this path and was deleted before this one was made.
    earlier: Option<FileId>,
    /// Paths that it had before.
    past: SmallVec<[String; 1]>,
    made_at: Option<u64>,
    /// Whether it was made without a name, which the log then has made up.
    is_temporary: bool,
    /// One more than the descriptions of it.
    live: Rc<()>,
    /// Whether the log shows that it is no regular file.
    is_other: bool,
    usage: FileUse,
    /// Warnings.
    notes: Vec<String>,
}

impl Files {
    /// The file that has a name now, if that is known.
    pub(super) fn known(&self, node: NodeId) -> Option<FileId> {
        match self.names.meaning(node) {
            Meaning::File(file) => Some(*file),
            _ => None,
        }
    }

    /// The file that has a name now, new or known.
    pub(super) fn at(&mut self, node: NodeId) -> FileId {
        self.known(node).unwrap_or_else(|| self.add(node, None))
    }

    /// A file was made at a name that was free.
    pub(super) fn make(&mut self, node: NodeId) -> FileId {
        let earlier = self.names.before(node);
        // If no descriptor means the deleted one any more, it can be the same: programs that delete and
        // make a file a million times shall not fill the memory.
        match earlier.filter(|earlier| Rc::strong_count(&self.files[earlier.0].live) == 1) {
            Some(again) if self.files[again.0].names.is_empty() => {
                self.names.set(node, Meaning::File(again));
                let file = &mut self.files[again.0];
                file.note = None;
                file.notes.clear();
                file.names.push(node);
                again
            }
            _ => {
                if let Some(earlier) = earlier {
                    self.files[earlier.0].is_succeeded = true;
                }
                self.add(node, earlier)
            }
        }
    }

    fn add(&mut self, node: NodeId, earlier: Option<FileId>) -> FileId {
        let id = FileId(self.files.len());
        self.names.set(node, Meaning::File(id));
        self.files.push(File { names: SmallVec::from([node]), earlier, ..File::default() });
        id
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Counts a description of the file until it is dropped.
    pub(super) fn token(&self, file: FileId) -> Rc<()> {
        Rc::clone(&self.files[file.0].live)
    }

    /// How many descriptions of it there are.
    pub(super) fn descriptions(&self, file: FileId) -> usize {
        Rc::strong_count(&self.files[file.0].live) - 1
    }

    /// The file that had its path and was deleted before it was made.
    pub(super) fn earlier(&self, file: FileId) -> Option<FileId> {
        self.files[file.0].earlier
    }

    pub(super) fn names_of(&self, file: FileId) -> &[NodeId] {
        &self.files[file.0].names
    }

    pub(super) fn is_temporary(&mut self, file: FileId) {
        self.files[file.0].is_temporary = true;
    }

    /// Whether it was made without a name and has none yet.
    pub(super) fn is_unnamed(&self, file: FileId) -> bool {
        self.files[file.0].is_temporary
    }

    /// Whether it had this path before.
    pub(super) fn had_path(&self, file: FileId, path: &str) -> bool {
        self.files[file.0].past.iter().any(|past| past == path)
    }

    pub(super) fn is_other(&mut self, file: FileId) {
        self.files[file.0].is_other = true;
    }

    /// The name was deleted; `when` is such as `at line 3`.
    pub(super) fn deleted(&mut self, node: NodeId, when: &str) {
        let path = self.names.path(node);
        self.changes.add(&path);
        if let Some(file) = self.unname(node)
            && self.files[file.0].names.is_empty()
        {
            self.files[file.0].note = Some(format!("deleted {when}"));
            self.note(file, format!("{path} was deleted {when}"));
        }
        self.names.set(node, Meaning::Absent);
    }

    /// A name of a file came to mean nothing. Returns the file.
    fn unname(&mut self, node: NodeId) -> Option<FileId> {
        let file = self.known(node)?;
        let path = self.names.path(node);
        let File { names, last_path, .. } = &mut self.files[file.0];
        names.retain(|name| *name != node);
        let before = names.is_empty().then_some(file);
        if before.is_some() {
            last_path.clone_from(&path);
        }
        self.lost(file, &path);
        self.names.set(node, Meaning::Absent);
        self.names.set_before(node, before);
        Some(file)
    }

    fn lost(&mut self, file: FileId, path: &str) {
        self.had(file, path);
        match self.lost.get_mut(path) {
            Some(lost) if lost.last() == Some(&file) => {}
            Some(lost) => lost.push(file),
            None => drop(self.lost.insert(path.into(), SmallVec::from([file]))),
        }
    }

    /// The files that lost this name, without the one that has it now. Of several, only the last two are
    /// returned again the next time.
    pub(super) fn take_lost(&mut self, node: NodeId, path: &str) -> Vec<FileId> {
        let now = self.known(node);
        let Some(lost) = self.lost.get_mut(path) else { return Vec::new() };
        let found = lost.iter().copied().filter(|file| Some(*file) != now).collect();
        lost.drain(..lost.len().saturating_sub(2));
        found
    }

    pub(super) fn renamed(&mut self, from: NodeId, to: NodeId, flags: u64, line: u64) {
        let (renamed, replaced) = (self.known(from), self.known(to));
        if from == to || (renamed.is_some() && renamed == replaced) {
            return; // what two names of one file mean stays the same
        }
        let (from_path, to_path) = (self.names.path(from), self.names.path(to));
        self.changes.add(&from_path);
        self.changes.add(&to_path);
        if let Some(file) = self.unname(to)
            && self.files[file.0].names.is_empty()
        {
            self.files[file.0].note = Some(format!("replaced at line {line}"));
            self.files[file.0].is_succeeded = true;
            self.note(
                file,
                format!("another file took the name {to_path} at line {line} (rename of {from_path})"),
            );
        }
        self.succeeded(to, "rename");
        if matches!(self.names.meaning(from), Meaning::Absent) {
            self.names.set(from, Meaning::Unknown);
        }
        let left = self.names.rename(from, to);
        if let Some(file) = renamed {
            self.files[file.0].note = Some(format!("named {from_path} until line {line}"));
            self.had(file, &from_path);
            if let Some(left) = left {
                // What takes the name next is another file, and worth a note.
                self.note(file, format!("{from_path} was renamed to {to_path} at line {line}"));
                self.names.set_before(left, None);
            }
        }
        if flags & RENAME_WHITEOUT != 0
            && let Some(left) = left
        {
            self.names.set(left, Meaning::Other);
        }
    }

    pub(super) fn exchanged(&mut self, one: NodeId, other: NodeId, line: u64) {
        for node in [one, other] {
            self.changes.add(&self.names.path(node));
        }
        for (node, with) in [(one, other), (other, one)] {
            if let Some(file) = self.known(node) {
                let (path, with) = (self.names.path(node), self.names.path(with));
                self.files[file.0].note = Some(format!("named {path} until line {line}"));
                self.had(file, &path);
                self.note(file, format!("{path} was exchanged with {with} at line {line}"));
            }
        }
        self.names.exchange(one, other);
    }

    fn had(&mut self, file: FileId, path: &str) {
        const MOST: usize = 8;
        let past = &mut self.files[file.0].past;
        if past.len() >= MOST {
            past.remove(0);
        }
        past.push(path.to_owned());
    }

    /// `name` is one more name of the file.
    pub(super) fn linked(&mut self, file: FileId, name: NodeId) {
        self.changes.add(&self.names.path(name));
        self.succeeded(name, "link");
        if std::mem::take(&mut self.files[file.0].is_temporary) {
            self.files[file.0].note = None;
            self.files[file.0].notes.clear();
            for node in std::mem::take(&mut self.files[file.0].names) {
                // strace may go on to tell the name that it had before.
                let path = self.names.path(node);
                self.lost(file, &path);
                self.names.set(node, Meaning::Absent);
                self.names.set_before(node, Some(file));
            }
        }
        self.files[file.0].names.push(name);
        self.names.set(name, Meaning::File(file));
    }

    /// The log shows that no file has this name.
    pub(super) fn is_absent(&mut self, node: NodeId, line: u64) {
        match self.names.meaning(node) {
            Meaning::File(_) => self.deleted(node, &format!("before line {line}")),
            Meaning::Unknown if !self.names.has_children(node) => self.names.set(node, Meaning::Absent),
            _ => {}
        }
    }

    /// Something else takes a name that a file lost.
    pub(super) fn succeeded(&mut self, node: NodeId, call: &str) {
        if *self.names.meaning(node) == Meaning::Absent
            && let Some(before) = self.names.before(node)
            && !std::mem::replace(&mut self.files[before.0].is_succeeded, true)
        {
            let path = self.names.path(node);
            self.note(before, format!("another file took the name {path} ({call})"));
        }
    }

    /// A call succeeded that needs something of this name.
    pub(super) fn exists(&mut self, node: NodeId, line: u64, call: &str) {
        if *self.names.meaning(node) != Meaning::Absent {
            return;
        }
        if let Some(before) = self.names.before(node) {
            self.files[before.0].is_succeeded = true;
            let path = self.names.path(node);
            self.note(before, format!("another file took the name {path} at line {line} ({call})"));
        }
        self.names.set(node, Meaning::Unknown);
        self.names.set_before(node, None);
    }

    /// Adds a warning about the file.
    pub(super) fn note(&mut self, file: FileId, note: String) {
        const MOST: usize = 4;
        let notes = &mut self.files[file.0].notes;
        if notes.len() >= MOST {
            notes.remove(1);
        }
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(super) fn notes(&self, file: FileId) -> Vec<String> {
        self.files[file.0].notes.clone()
    }

    pub(super) fn count_call(&mut self, file: FileId) {
        self.files[file.0].usage.calls += 1;
    }

    /// A call did something to it.
    #[inline(always)]
    pub(super) fn accessed(&mut self, file: FileId, action: &Action<'_, '_>) {
        let usage = &mut self.files[file.0].usage;
        usage.calls += 1;
        match action {
            Action::Read(Transfer { moved, .. }) => {
                usage.reads += 1;
                usage.bytes_read = usage.bytes_read.saturating_add(*moved);
            }
            Action::Write { transfer: Transfer { moved, .. }, .. } => {
                usage.writes += 1;
                usage.bytes_written = usage.bytes_written.saturating_add(*moved);
            }
            _ => {}
        }
    }

    /// Adds the calls on `from` to those on `to`.
    pub(super) fn add_calls(&mut self, to: FileId, from: FileId) {
        let from = self.files[from.0].usage.clone();
        let to = &mut self.files[to.0].usage;
        to.calls += from.calls;
        to.reads += from.reads;
        to.writes += from.writes;
        to.bytes_read = to.bytes_read.saturating_add(from.bytes_read);
        to.bytes_written = to.bytes_written.saturating_add(from.bytes_written);
    }

    /// Whether it is a regular file; true unless the log says otherwise.
    pub(super) fn is_regular(&self, file: FileId) -> bool {
        !self.files[file.0].is_other
    }

    /// Its path and the counts of calls on it.
    pub(super) fn usage(&self, file: FileId) -> FileUse {
        let File { note, usage, .. } = &self.files[file.0];
        FileUse { path: self.path(file), note: note.clone(), ..usage.clone() }
    }

    /// Its path, or the last that it had.
    pub(super) fn path(&self, file: FileId) -> String {
        let File { names, last_path, .. } = &self.files[file.0];
        names.first().map_or_else(|| last_path.clone(), |name| self.names.path(*name))
    }

    /// Why its last name is another file's now, if it is.
    pub(super) fn lost_its_name(&self, file: FileId) -> Option<String> {
        let File { names, last_path, note, is_succeeded, .. } = &self.files[file.0];
        let note = note.as_ref().filter(|_| names.is_empty() && *is_succeeded)?;
        Some(format!("another file has that name now, and the one before is listed as {last_path} ({note})"))
    }

    /// Its paths, and the last few that it had before.
    pub(super) fn all_paths(&self, file: FileId) -> Vec<String> {
        let File { names, last_path, past, .. } = &self.files[file.0];
        let mut paths: Vec<String> = names.iter().map(|name| self.names.path(*name)).collect();
        paths.extend(past.iter().cloned());
        if names.is_empty() {
            paths.push(last_path.clone());
        }
        paths
    }

    /// The line at which it was made, if no file had its name then.
    pub(super) fn made_at(&self, file: FileId) -> Option<u64> {
        self.files[file.0].made_at
    }

    /// Only a name that no file had can have been made so.
    pub(super) fn was_made(&mut self, file: FileId, line: u64) {
        self.files[file.0].made_at = Some(line);
    }

    /// Whether this is one of its paths.
    pub(super) fn has_path(&self, file: FileId, path: &str) -> bool {
        let File { names, last_path, .. } = &self.files[file.0];
        names.iter().any(|name| self.names.path(*name) == path) || (names.is_empty() && last_path == path)
    }
}
