//! Which file a path means.

use std::cmp::Reverse;

use foldhash::HashMap;

use super::openings::Openings;
use crate::import::FileUse;

/// A file of the log: not a path, which may come to mean another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(pub(super) usize);

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
    /// Other paths that mean it too.
    links: Vec<String>,
    /// What messages add to the path, to tell files apart that had the same.
    note: String,
    /// The file that had this path and was deleted before this one was made.
    earlier: Option<FileId>,
    /// Whether it was made where another was deleted, and nothing was done to it yet.
    is_remade: bool,
    calls: u64,
}

impl Files {
    /// The file at `path`, new or known. A relative path and an absolute one that ends with it are
    /// taken to be the same, if only one such is known.
    pub(super) fn at(&mut self, path: &str, openings: &Openings) -> FileId {
        let path = normal(path);
        if let Some(known) = self.known(&path) {
            return known;
        }
        let earlier = self.deleted.remove(&path);
        // If no descriptor means the deleted one any more, it can be the same: programs that delete and
        // make a file a million times shall not fill the memory.
        let again = earlier.filter(|earlier| !openings.has(*earlier));
        let id = again.unwrap_or(FileId(self.files.len()));
        self.by_name.entry(last_component(&path).to_owned()).or_default().push(id);
        self.by_path.insert(path.clone(), id);
        match again {
            Some(again) => {
                let file = &mut self.files[again.0];
                (file.path, file.note, file.is_remade) = (path, String::new(), true);
            }
            None => self.files.push(File {
                path,
                links: Vec::new(),
                note: String::new(),
                earlier,
                is_remade: earlier.is_some(),
                calls: 0,
            }),
        }
        id
    }

    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it was made where another was deleted, and nothing was done to it yet.
    pub(super) fn is_remade(&self, file: FileId) -> bool {
        self.files[file.0].is_remade
    }

    /// The file that had its path and was deleted before it was made.
    pub(super) fn earlier(&self, file: FileId) -> Option<FileId> {
        self.files[file.0].earlier
    }

    pub(super) fn deleted(&mut self, path: &str, line: u64) {
        let path = normal(path);
        if let Some(id) = self.known(&path)
            && !self.unlink(id, &path)
        {
            self.files[id.0].note = format!(" (deleted at line {line})");
            self.deleted.insert(path, id);
        }
    }

    pub(super) fn renamed(&mut self, from: &str, to: &str, line: u64) {
        let (from, to) = (normal(from), normal(to));
        let (renamed, replaced) = (self.known(&from), self.known(&to));
        if renamed == replaced {
            return; // what two names of one file mean stays the same
        }
        if let Some(replaced) = replaced
            && !self.unlink(replaced, &to)
        {
            self.files[replaced.0].note = format!(" (replaced at line {line})");
        }
        let Some(id) = renamed else { return };
        if self.unlink(id, &from) {
            self.link(id, to);
        } else {
            self.by_name.entry(last_component(&to).to_owned()).or_default().push(id);
            self.by_path.insert(to.clone(), id);
            self.files[id.0].note = format!(" (named {from} until line {line})");
            self.files[id.0].path = to;
        }
    }

    /// `second` is one more name of the file at `first`.
    pub(super) fn linked(&mut self, first: &str, second: &str) {
        if let Some(id) = self.known(&normal(first)) {
            self.link(id, normal(second));
        }
    }

    pub(super) fn count_call(&mut self, file: FileId) {
        self.files[file.0].calls += 1;
    }

    /// Adds the calls on `from` to those on `to`.
    pub(super) fn add_calls(&mut self, to: FileId, from: FileId) {
        self.files[to.0].calls += self.files[from.0].calls;
    }

    /// A call did something to it.
    pub(super) fn accessed(&mut self, file: FileId) {
        let file = &mut self.files[file.0];
        file.calls += 1;
        file.is_remade = false;
    }

    /// Those of `used` that `wanted` may mean.
    pub(super) fn matching(&self, wanted: &str, used: &[FileId]) -> Vec<FileId> {
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

    /// As messages list them, the busiest first.
    pub(super) fn candidates(&self, of: &[FileId]) -> Vec<FileUse> {
        let candidate = |id: &FileId| FileUse {
            path: self.label(*id),
            calls: self.files[id.0].calls,
            ..FileUse::default()
        };
        let mut candidates: Vec<FileUse> = of.iter().map(candidate).collect();
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

    fn link(&mut self, id: FileId, path: String) {
        self.files[id.0].links.push(path.clone());
        self.by_path.insert(path, id);
    }

    /// From now on `path` does not mean this file. Whether another path still does.
    fn unlink(&mut self, id: FileId, path: &str) -> bool {
        let file = &mut self.files[id.0];
        if let Some(link) = file.links.iter().position(|link| link == path) {
            file.links.swap_remove(link);
            self.by_path.remove(path);
            return true;
        }
        if self.by_path.get(&file.path) == Some(&id) {
            self.by_path.remove(&file.path);
        }
        let name = last_component(&file.path);
        if let Some(same_name) = self.by_name.get_mut(name) {
            same_name.retain(|other| *other != id);
            if same_name.is_empty() {
                self.by_name.remove(name);
            }
        }
        let Some(link) = file.links.pop() else { return false };
        self.by_name.entry(last_component(&link).to_owned()).or_default().push(id);
        file.path = link;
        true
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
