//! The files of a log as a user sees and selects them.

use std::cmp::Reverse;

use foldhash::{HashMap, HashMapExt};

use super::files::{FileId, Files};
use super::names::NodeId;
use crate::import::FileUse;

/// The files that can be selected, the busiest first, each with a path of its own.
pub(super) struct Listing {
    files: Vec<(FileId, FileUse)>,
}

impl Listing {
    pub(super) fn of(files: &Files, used: impl Iterator<Item = FileId>) -> Self {
        let mut listed: Vec<(FileId, FileUse)> = used.map(|id| (id, files.usage(id))).collect();
        let mut count: HashMap<String, usize> = HashMap::with_capacity(listed.len());
        for (_, usage) in &listed {
            *count.entry(usage.path.clone()).or_default() += 1;
        }
        for (id, usage) in &mut listed {
            if let Some(note) = &usage.note
                && (files.names_of(*id).is_empty() || count.get(&usage.path).is_some_and(|count| *count > 1))
            {
                usage.path = format!("{} ({note})", usage.path);
            }
        }
        // Two that were deleted by one call, say.
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(listed.len());
        for (_, usage) in &mut listed {
            let number = seen.entry(usage.path.clone()).or_default();
            *number += 1;
            if *number > 1 {
                usage.path = format!("{} (number {number})", usage.path);
            }
        }
        listed.sort_by_key(|(_, usage)| Reverse(usage.calls));
        Listing { files: listed }
    }

    pub(super) fn ids(&self) -> Vec<FileId> {
        self.files.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn into_uses(self) -> Vec<FileUse> {
        self.files.into_iter().map(|(_, usage)| usage).collect()
    }

    pub(super) fn uses_of(&self, ids: &[FileId]) -> Vec<FileUse> {
        self.files.iter().filter(|(id, _)| ids.contains(id)).map(|(_, usage)| usage.clone()).collect()
    }

    /// Those that `wanted` may mean.
    /// A relative path is seen from where the first process began, if the log tells.
    pub(super) fn matching(&self, files: &Files, beginning: Option<NodeId>, wanted: &str) -> Vec<FileId> {
        let path = normal(wanted);
        let all = |matches: &dyn Fn(FileId, &FileUse) -> bool| -> Vec<FileId> {
            self.files.iter().filter(|(id, usage)| matches(*id, usage)).map(|(id, _)| *id).collect()
        };
        let listed = all(&|_, usage| usage.path == wanted);
        if !listed.is_empty() || wanted.is_empty() {
            return listed;
        }
        let mut exact = all(&|id, _| files.has_path(id, &path));
        if exact.is_empty()
            && let Some(beginning) = beginning
        {
            let path = format!("{}/{path}", files.names.path(beginning));
            exact = all(&|id, _| files.has_path(id, &path));
        }
        if !exact.is_empty() {
            let named = |id: &FileId| !files.names_of(*id).is_empty();
            let named: Vec<FileId> = exact.iter().copied().filter(named).collect();
            return if named.is_empty() { exact } else { named };
        }
        let by_component = all(&|id, usage| {
            let own = files.path(id);
            ends_with_component(&own, &path) || ends_with_component(&usage.path, wanted)
        });
        if !by_component.is_empty() {
            return by_component;
        }
        all(&|id, _| files.path(id).ends_with(wanted))
    }
}

impl Listing {
    /// Those with exactly this path; of these, the ones that have it still, if there are any.
    pub(super) fn named(&self, files: &Files, beginning: Option<NodeId>, wanted: &str) -> Vec<FileId> {
        let path = normal(wanted);
        let all = |path: &str| -> Vec<FileId> {
            self.files.iter().map(|(id, _)| *id).filter(|id| files.has_path(*id, path)).collect()
        };
        let mut exact = all(&path);
        if exact.is_empty()
            && let Some(beginning) = beginning
        {
            exact = all(&format!("{}/{path}", files.names.path(beginning)));
        }
        let named = |id: &FileId| !files.names_of(*id).is_empty();
        let named: Vec<FileId> = exact.iter().copied().filter(named).collect();
        if named.is_empty() { exact } else { named }
    }

    /// Whether a file is listed by exactly this path.
    pub(super) fn lists(&self, wanted: &str) -> bool {
        self.files.iter().any(|(_, usage)| usage.path == wanted)
    }
}

/// Without `.` and doubled slashes. `..` stays: its meaning depends on links.
fn normal(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

fn ends_with_component(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
}
