//! Whether two names may mean one file, because the log does not tell the directory of one of them.

use foldhash::HashMap;
use smallvec::SmallVec;

use super::files::{FileId, Files};

/// Names that a log changed: renamed, deleted, linked. By their last component, with the places of their directories.
#[derive(Debug, Default)]
pub(super) struct Changes {
    places: HashMap<String, SmallVec<[String; 1]>>,
}

impl Changes {
    pub(super) fn add(&mut self, path: &str) {
        let places = self.places.entry(last(path).to_owned()).or_default();
        let place = place(path);
        if !places.iter().any(|known| known == place) {
            places.push(place.to_owned());
        }
    }

    /// Whether a name was changed that may be a part of this path.
    fn may_concern(&self, path: &str) -> bool {
        let own = place(path);
        let mut parts = path[own.len()..].split('/');
        parts.any(|part| self.places.get(part).is_some_and(|places| places.iter().any(|place| place != own)))
    }
}

/// Another file that `file` may be, if that would change its length.
pub(super) fn may_be(
    files: &Files,
    file: FileId,
    changed: impl Iterator<Item = FileId>,
    is_proven: impl Fn(FileId) -> bool,
) -> Option<String> {
    let own = files.all_paths(file);
    if let Some(path) = own.iter().find(|path| files.changes.may_concern(path)) {
        return Some(format!("the file at another spelling of {path}"));
    }
    for other in changed.filter(|other| *other != file && !is_proven(*other)) {
        for path in files.all_paths(other) {
            let same = |own: &&String| last(own) == last(&path) && place(own) != place(&path);
            if own.iter().any(|own| same(&own)) && !own.iter().any(|own| is_of_the_system(own)) {
                return Some(path);
            }
        }
    }
    None
}

/// Programs rarely work in these directories.
fn is_of_the_system(path: &str) -> bool {
    ["/usr/", "/etc/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/opt/"]
        .iter()
        .any(|start| path.starts_with(start))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What tells apart the directories in which paths begin.
fn place(path: &str) -> &str {
    if path.starts_with('/') {
        return "/";
    }
    let mut end = path.strip_prefix('(').and_then(|path| path.find(")/")).map_or(0, |end| end + 3);
    while path[end..].starts_with("../") {
        end += "../".len();
    }
    &path[..end]
}
