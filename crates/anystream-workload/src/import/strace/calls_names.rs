//! Calls on names: renames, links, directories, and the status of a path.

use std::rc::Rc;

use super::access::Action;
use super::call::{Argument, Call};
use super::flags::{AT, AT_SYMLINK_FOLLOW, RENAME, RENAME_EXCHANGE};
use super::names::{Meaning, NodeId};
use super::paths::{CURRENT, Target};
use super::record::{Observer, Recorded, Site, Watched};

/// A directory and a path seen from it.
type Place<'a> = (Argument<'a>, Argument<'a>);

impl<O: Observer> Watched<'_, O> {
    pub(super) fn truncate(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let length = call.argument(1).size().ok_or("there is no length")?;
        let file = match self.target(site, CURRENT, call.argument(0), true).ok_or("there is no path")? {
            Target::Name(node) => {
                self.recorder.files.exists(node, site.line, "truncate");
                self.recorder.files.at(node)
            }
            Target::Description(description) => match description.file() {
                Some(file) => file,
                None => return Ok(()),
            },
            Target::Other => return Err("which file this path means does not show".to_owned()),
        };
        self.add(site, file, Action::Resize(length));
        Ok(())
    }

    /// The name that a path means, if it means one.
    fn name(&mut self, site: Site<'_>, (directory, path): Place<'_>, follow: bool) -> Option<NodeId> {
        match self.target(site, directory, path, follow)? {
            Target::Name(node) => Some(node),
            _ => None,
        }
    }

    /// `fstat` and the like of a descriptor.
    pub(super) fn length(
        &mut self,
        site: Site<'_>,
        of: Argument<'_>,
        status: Argument<'_>,
        size: &str,
        mode: &str,
    ) -> Recorded {
        let mode = status.field(mode);
        let regular = mode.is_some_and(Argument::is_regular_file);
        let size = status.field(size).and_then(Argument::size).filter(|_| regular);
        if let Some((_, file)) = self.known(site, of) {
            match size {
                Some(size) => self.add(site, file, Action::Length(size)),
                None => {
                    if mode.is_some() && !regular {
                        self.recorder.files.is_other(file);
                    }
                    self.recorder.files.count_call(file);
                }
            }
        }
        Ok(())
    }

    /// `stat` and the like of a path, or of a descriptor.
    pub(super) fn status(
        &mut self,
        site: Site<'_>,
        call: &Call<'_>,
        (directory, path): Place<'_>,
        status: Argument<'_>,
        follow: bool,
    ) -> Recorded {
        let (size, mode) =
            if call.name == b"statx" { ("stx_size", "stx_mode") } else { ("st_size", "st_mode") };
        if path.0 == b"\"\"" || path.is_absent() {
            return self.length(site, directory, status, size, mode);
        }
        let file = match self.target(site, directory, path, follow) {
            Some(Target::Name(node)) => {
                self.recorder.files.exists(node, site.line, "stat");
                let Some(mode) = status.field(mode) else { return Ok(()) };
                if !mode.is_regular_file() {
                    return Ok(());
                }
                self.recorder.files.at(node)
            }
            Some(Target::Description(description)) => match description.file() {
                Some(file) => file,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let regular = status.field(mode).is_some_and(Argument::is_regular_file);
        if let Some(size) = status.field(size).and_then(Argument::size).filter(|_| regular) {
            self.observer.access(site, file, &Action::Length(size));
        }
        Ok(())
    }

    pub(super) fn unlink(&mut self, site: Site<'_>, place: Place<'_>, _is_directory: bool) -> Recorded {
        if let Some(node) = self.name(site, place, false) {
            self.recorder.files.deleted(node, &format!("at line {}", site.line));
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let argument = |index| call.argument(index);
        let [from, to] = match call.name {
            b"rename" => [(CURRENT, argument(0)), (CURRENT, argument(1))],
            _ => [(argument(0), argument(1)), (argument(2), argument(3))],
        };
        let from = self.name(site, from, false).ok_or("there is no path")?;
        let to = self.name(site, to, false).ok_or("there is no path")?;
        let paths = [from, to].map(|node| self.recorder.files.names.path(node));
        let [from_path, to_path] = paths;
        self.recorder.rename = Some((site.line, from_path, to_path));
        let flags = if call.name == b"renameat2" { argument(4).flags(RENAME) } else { 0 };
        match flags & RENAME_EXCHANGE {
            0 => self.recorder.files.renamed(from, to, flags, site.line),
            _ => self.recorder.files.exchanged(from, to, site.line),
        }
        Ok(())
    }

    pub(super) fn link(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let argument = |index| call.argument(index);
        let [first, second] = match call.name {
            b"link" => [(CURRENT, argument(0)), (CURRENT, argument(1))],
            _ => [(argument(0), argument(1)), (argument(2), argument(3))],
        };
        let follow = call.name == b"linkat" && argument(4).flags(AT) & AT_SYMLINK_FOLLOW != 0;
        let Some(target) = self.target(site, first.0, first.1, follow) else { return Ok(()) };
        let Some(name) = self.name(site, second, false) else { return Ok(()) };
        let file = match target {
            Target::Description(description) => description.file(),
            Target::Name(node) => match self.recorder.files.names.meaning(node).clone() {
                Meaning::Symlink(to) => {
                    self.recorder.files.names.set(name, Meaning::Symlink(to));
                    return Ok(());
                }
                Meaning::Other => None,
                _ => {
                    self.recorder.files.exists(node, site.line, "link");
                    Some(self.recorder.files.at(node))
                }
            },
            Target::Other => None,
        };
        match file {
            Some(file) => self.recorder.files.linked(file, name),
            None => self.recorder.files.names.set(name, Meaning::Unknown),
        }
        Ok(())
    }

    pub(super) fn symlink(&mut self, site: Site<'_>, target: Argument<'_>, place: Place<'_>) -> Recorded {
        if let Some(name) = self.name(site, place, false)
            && let Some(target) = target.path()
        {
            let path = self.recorder.files.names.path(name);
            self.recorder.files.changes.add(&path);
            self.is_link_to(&target);
            self.recorder.files.succeeded(name, "symlink");
            self.recorder.files.names.set(name, Meaning::Symlink(Rc::from(target)));
        }
        Ok(())
    }

    /// A program that links to a file of its own by an absolute path tells where it is.
    fn is_link_to(&mut self, target: &str) {
        let Some(beginning) = self.recorder.beginning else { return };
        let Some((_, last)) = target.rsplit_once('/').filter(|_| target.starts_with('/')) else { return };
        let node = self.recorder.files.names.child(beginning, last);
        if self.recorder.files.known(node).is_some() {
            self.recorder.placed(node, target);
        }
    }

    pub(super) fn read_link(
        &mut self,
        site: Site<'_>,
        place: Place<'_>,
        target: Argument<'_>,
        len: u64,
    ) -> Recorded {
        // With `-s 0` strace leaves the target out.
        let target =
            target.string().filter(|shown| shown.complete && shown.len() == len).and_then(|_| target.path());
        let is_name = place.1.path().is_some_and(|path| !path.starts_with("/proc/"));
        if is_name
            && let Some(target) = target
            && let Some(name) = self.name(site, place, false)
            && self.recorder.files.known(name).is_none()
            && !self.recorder.files.names.has_children(name)
        {
            self.recorder.files.names.set(name, Meaning::Symlink(Rc::from(target)));
        }
        Ok(())
    }

    pub(super) fn made_directory(&mut self, site: Site<'_>, place: Place<'_>) -> Recorded {
        if let Some(name) = self.name(site, place, false) {
            self.recorder.files.succeeded(name, "mkdir");
            self.recorder.files.names.set(name, Meaning::Unknown);
        }
        Ok(())
    }

    pub(super) fn made_node(&mut self, site: Site<'_>, place: Place<'_>, mode: Argument<'_>) -> Recorded {
        let Some(name) = self.name(site, place, false) else { return Ok(()) };
        let special = ["S_IFIFO", "S_IFCHR", "S_IFBLK", "S_IFSOCK"].iter().any(|kind| mode.has(kind));
        if special || (mode.number().is_some_and(|mode| mode & 0o170_000 != 0) && !mode.is_regular_file()) {
            self.recorder.files.names.set(name, Meaning::Other);
        } else {
            let file = self.recorder.files.make(name);
            self.observer.access(site, file, &Action::Length(0));
        }
        Ok(())
    }

    pub(super) fn change_directory(&mut self, site: Site<'_>, path: Argument<'_>) -> Recorded {
        let to = self.name(site, (CURRENT, path), true);
        let to = to.unwrap_or_else(|| self.recorder.floating("(unknown directory)/"));
        self.go_to(site, |directories| directories.current = to);
        Ok(())
    }

    pub(super) fn change_root(&mut self, site: Site<'_>, path: Argument<'_>) -> Recorded {
        if let Some(to) = self.name(site, (CURRENT, path), true) {
            self.go_to(site, |directories| directories.root = to);
        }
        Ok(())
    }
}
