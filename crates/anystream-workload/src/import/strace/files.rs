//! Which file a path means, and what was done to each.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::access::{Access, Action};
use crate::import::Candidate;

/// A file of the log: not a path, which may come to mean another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(usize);

/// The files that a log is about.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Vec<File>,
    by_path: HashMap<String, FileId>,
    /// Files by the last component of their path, to match `a.db` with `/home/me/a.db`.
    by_name: HashMap<String, Vec<FileId>>,
    deleted: HashMap<String, FileId>,
}

#[derive(Debug)]
struct File {
    path: String,
    /// What messages add to the path, to tell files apart that had the same.
    note: String,
    /// The file that had this path and was deleted before this one was made.
    earlier: Option<FileId>,
    calls: u64,
    accesses: Vec<Access>,
}

/// Why no file could be chosen.
pub(super) enum NoChoice {
    Several(Vec<Candidate>),
    NoneMatches(Vec<Candidate>),
    NothingDone,
}

impl Files {
    /// The file at `path`, new or known. A relative path and an absolute one that ends with it are
    /// taken to be the same, if only one such is known.
    pub(super) fn at(&mut self, path: &str) -> FileId {
        let path = normal(path);
        if let Some(known) = self.known(&path) {
            return known;
        }
        let id = FileId(self.files.len());
        let earlier = self.deleted.remove(&path);
        self.by_name.entry(last_component(&path).to_owned()).or_default().push(id);
        self.by_path.insert(path.clone(), id);
        self.files.push(File { path, note: String::new(), earlier, calls: 0, accesses: Vec::new() });
        id
    }

    /// Whether it was made where another was deleted.
    pub(super) fn is_remade(&self, file: FileId) -> bool {
        self.files[file.0].earlier.is_some() && self.files[file.0].accesses.is_empty()
    }

    /// The file at `path`, if there is one.
    pub(super) fn find(&self, path: &str) -> Option<FileId> {
        self.known(&normal(path))
    }

    pub(super) fn deleted(&mut self, path: &str, line: u64) {
        let path = normal(path);
        if let Some(id) = self.known(&path) {
            self.forget(id);
            self.files[id.0].note = format!(" (deleted at line {line})");
            self.deleted.insert(path, id);
        }
    }

    pub(super) fn renamed(&mut self, from: &str, to: &str, line: u64) {
        let (from, to) = (normal(from), normal(to));
        if let Some(replaced) = self.known(&to) {
            self.forget(replaced);
            self.files[replaced.0].note = format!(" (replaced at line {line})");
        }
        if let Some(id) = self.known(&from) {
            self.forget(id);
            self.by_name.entry(last_component(&to).to_owned()).or_default().push(id);
            self.by_path.insert(to.clone(), id);
            self.files[id.0].note = format!(" (named {from} until line {line})");
            self.files[id.0].path = to;
        }
    }

    /// `second` is one more name of the file at `first`.
    pub(super) fn linked(&mut self, first: &str, second: &str) {
        if let Some(id) = self.find(first) {
            self.by_path.insert(normal(second), id);
        }
    }

    pub(super) fn count_call(&mut self, file: FileId) {
        self.files[file.0].calls += 1;
    }

    pub(super) fn add(&mut self, file: FileId, access: Access) {
        self.files[file.0].accesses.push(access);
    }

    /// What was done to the one file that `wanted` names, or else to the only one.
    pub(super) fn choose(mut self, wanted: Option<&str>) -> Result<Vec<Access>, NoChoice> {
        self.join_remade();
        let used: Vec<FileId> =
            (0..self.files.len()).map(FileId).filter(|id| self.files[id.0].is_used()).collect();
        let matching = match wanted {
            None => used.clone(),
            Some(wanted) => self.matching(wanted, &used),
        };
        match matching[..] {
            _ if used.is_empty() => Err(NoChoice::NothingDone),
            [] => Err(NoChoice::NoneMatches(self.candidates(&used))),
            [one] => Ok(std::mem::take(&mut self.files[one.0].accesses)),
            _ => Err(NoChoice::Several(self.candidates(&matching))),
        }
    }

    /// A file that was deleted and then made again is one file for a stream: emptied in between. Unless
    /// the deleted one was still used afterwards.
    fn join_remade(&mut self) {
        for id in 0..self.files.len() {
            let Some(FileId(earlier)) = self.files[id].earlier else { continue };
            let ended = self.files[earlier].accesses.last().map_or(0, |last| last.line);
            let began = self.files[id].accesses.first().map_or(u64::MAX, |first| first.line);
            if ended < began {
                let mut accesses = std::mem::take(&mut self.files[earlier].accesses);
                accesses.append(&mut self.files[id].accesses);
                self.files[id].accesses = accesses;
                self.files[id].calls += self.files[earlier].calls;
            }
        }
    }

    fn matching(&self, wanted: &str, used: &[FileId]) -> Vec<FileId> {
        let path = normal(wanted);
        let exact = self.by_path.get(&path).copied().filter(|id| used.contains(id));
        if let Some(id) = exact.or_else(|| used.iter().copied().find(|id| self.label(*id) == wanted)) {
            return vec![id];
        }
        let ends_so = |id: &FileId| {
            let file = &self.files[id.0].path;
            *file == path || ends_with_component(file, &path) || ends_with_component(&path, file)
        };
        let by_component: Vec<FileId> = used.iter().copied().filter(ends_so).collect();
        if !by_component.is_empty() || wanted.is_empty() {
            return by_component;
        }
        used.iter().copied().filter(|id| self.files[id.0].path.ends_with(wanted)).collect()
    }

    fn candidates(&self, of: &[FileId]) -> Vec<Candidate> {
        let candidate = |id: &FileId| Candidate { path: self.label(*id), calls: self.files[id.0].calls };
        let mut candidates: Vec<Candidate> = of.iter().map(candidate).collect();
        candidates.sort_by_key(|candidate| Reverse(candidate.calls));
        candidates
    }

    fn label(&self, id: FileId) -> String {
        let File { path, note, .. } = &self.files[id.0];
        format!("{path}{note}")
    }

    fn known(&self, path: &str) -> Option<FileId> {
        if let Some(id) = self.by_path.get(path) {
            return Some(*id);
        }
        let same_name = self.by_name.get(last_component(path)).into_iter().flatten();
        let mut similar = same_name.copied().filter(|id| {
            let known = self.files[id.0].path.as_str();
            match (path.starts_with('/'), known.starts_with('/')) {
                (false, true) => ends_with_component(known, path),
                (true, false) => ends_with_component(path, known),
                _ => false,
            }
        });
        let first = similar.next()?;
        if similar.next().is_some() { None } else { Some(first) }
    }

    /// From now on no path means this file.
    fn forget(&mut self, id: FileId) {
        self.by_path.retain(|_, other| *other != id);
        if let Some(same_name) = self.by_name.get_mut(last_component(&self.files[id.0].path)) {
            same_name.retain(|other| *other != id);
        }
    }
}

impl File {
    /// Whether anything was done to it that a stream could do.
    fn is_used(&self) -> bool {
        self.accesses.iter().any(|access| !matches!(access.action, Action::Open { .. } | Action::Length(_)))
    }
}

/// Without `.` and doubled slashes. `..` stays: what it means depends on links.
fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn ends_with_component(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
}
