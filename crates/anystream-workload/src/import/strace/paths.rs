//! The paths in calls: seen from directories, through descriptors, with the annotations of `-y`.

use std::rc::Rc;

use super::call::{Argument, path_text};
use super::description::{Description, What};
use super::line::ONLY_PROCESS;
use super::names::{NodeId, ROOT};
use super::record::{Observer, Site, Watched};
use super::tasks::Directories;

/// The directory from which paths are seen of calls that name none.
pub(super) const CURRENT: Argument<'_> = Argument(b"AT_FDCWD");

/// The meaning of a path.
#[derive(Debug)]
pub(super) enum Target {
    Name(NodeId),
    /// The meaning of a descriptor, as with `/dev/fd/3`.
    Description(Rc<Description>),
    /// Something that the log does not show, or that is no file.
    Other,
}

impl<O: Observer> Watched<'_, O> {
    /// The meaning of a path, seen from a directory. With `follow`, the target of a symbolic link. None if
    /// there is no path.
    pub(super) fn target(
        &mut self,
        site: Site<'_>,
        directory: Argument<'_>,
        path: Argument<'_>,
        follow: bool,
    ) -> Option<Target> {
        let text = path.path()?;
        if text.is_empty() {
            return Some(match self.resolve(site, directory) {
                Ok(Some(description)) => Target::Description(description),
                _ => self.directory(site, directory).map_or(Target::Other, Target::Name),
            });
        }
        // Behind another root, `/proc` may mean anything.
        let is_usual = self.directories(site).root == ROOT || !text.starts_with('/');
        if is_usual && let Some(target) = self.through_descriptor(site, &text, follow) {
            return Some(target);
        }
        let Directories { root, .. } = self.directories(site);
        let from = if text.starts_with('/') { Some(root) } else { self.directory(site, directory) };
        // What `-y` says of the directory may be the first evidence of where the process is.
        if text.starts_with('/') && directory.descriptor().1.is_some() && directory.is_current_directory() {
            self.directory(site, directory);
        }
        let from = from?;
        Some(Target::Name(self.recorder.files.names.resolve(root, from, &text, follow)))
    }

    /// The meaning of a path whose root is that directory: `..` does not lead out of it.
    pub(super) fn target_in_root(
        &mut self,
        site: Site<'_>,
        directory: Argument<'_>,
        path: Argument<'_>,
        follow: bool,
    ) -> Option<Target> {
        let text = path.path()?;
        let root = self.directory(site, directory)?;
        Some(Target::Name(self.recorder.files.names.resolve(root, root, &text, follow)))
    }

    pub(super) fn directories(&self, site: Site<'_>) -> Directories {
        let task = self.recorder.tasks.get(site.process);
        task.map_or(Directories { root: ROOT, current: ROOT }, |task| task.directories.get())
    }

    pub(super) fn go_to(&mut self, site: Site<'_>, change: impl FnOnce(&mut Directories)) {
        if let Some(task) = self.recorder.tasks.get(site.process) {
            let mut directories = task.directories.get();
            change(&mut directories);
            task.directories.set(directories);
        }
    }

    /// The directory that a descriptor or `AT_FDCWD` means.
    pub(super) fn directory(&mut self, site: Site<'_>, directory: Argument<'_>) -> Option<NodeId> {
        let (number, annotation) = directory.descriptor();
        let annotated =
            annotation.map(|annotation| path_text(annotation.text)).filter(|path| path.starts_with('/'));
        if directory.is_current_directory() {
            return Some(match annotated {
                Some(path) => self.is_in(site, &path),
                None => self.directories(site).current,
            });
        }
        if let Some(path) = annotated {
            return Some(self.recorder.files.names.resolve(ROOT, ROOT, &path, true));
        }
        let number = number?;
        let known = self.recorder.tasks.resolve(site.process, number).ok();
        if let Some(node) = known.and_then(|description| description.node) {
            return Some(node);
        }
        // A log of `strace -P` lacks what opened the directory, and is about one place mostly.
        if !self.recorder.tasks.shows_exec {
            return Some(self.directories(site).current);
        }
        let node = self.recorder.floating(&format!("(unknown directory of descriptor {number})/"));
        let description = Description { node: Some(node), ..Description::new(What::Directory) };
        self.install(site, number, Rc::new(description), false);
        Some(node)
    }

    /// The log tells that this is where the process is.
    pub(super) fn is_in(&mut self, site: Site<'_>, path: &str) -> NodeId {
        let Directories { root, current } = self.directories(site);
        let node = self.recorder.files.names.resolve(ROOT, ROOT, path, true);
        if node == current || root != ROOT {
            return current;
        }
        self.recorder.placed(current, path);
        if self.recorder.beginning == Some(current) {
            self.recorder.beginning = Some(node);
        }
        self.go_to(site, |directories| directories.current = node);
        node
    }

    /// What `/dev/fd/3`, `/proc/self/fd/3`, `/dev/stdin` and the like mean.
    fn through_descriptor(&mut self, site: Site<'_>, path: &str, follow: bool) -> Option<Target> {
        let (process, rest) = match path.strip_prefix("/proc/") {
            Some(rest) => {
                let (process, rest) = rest.split_once('/')?;
                let process = match process {
                    "self" | "thread-self" => site.process,
                    number => {
                        let number: u32 = number.parse().ok()?;
                        match self.recorder.tasks.get(number) {
                            Some(_) => number,
                            // The log may not tell its own number.
                            None if site.process == ONLY_PROCESS && self.recorder.tasks.count() == 1 => {
                                site.process
                            }
                            None if rest.starts_with("fd/") || rest.starts_with("cwd") => {
                                return Some(Target::Other);
                            }
                            None => return None,
                        }
                    }
                };
                if let Some(rest) = rest.strip_prefix("cwd") {
                    let at = self.directories(Site { process, ..site });
                    let below = rest.strip_prefix('/').unwrap_or(rest);
                    if below.is_empty() && !follow {
                        return None;
                    }
                    return Some(Target::Name(
                        self.recorder.files.names.resolve(at.root, at.current, below, follow),
                    ));
                }
                (process, rest.strip_prefix("fd/")?)
            }
            None => match path.strip_prefix("/dev/")? {
                "stdin" => (site.process, "0"),
                "stdout" => (site.process, "1"),
                "stderr" => (site.process, "2"),
                other => (site.process, other.strip_prefix("fd/")?),
            },
        };
        let (number, below) =
            rest.split_once('/').map_or((rest, None), |(number, below)| (number, Some(below)));
        let number: u32 = number.parse().ok()?;
        if below.is_none() && !follow {
            return None;
        }
        let meant = self.recorder.tasks.resolve(process, number).ok();
        let Some(description) = meant else { return Some(Target::Other) };
        Some(match (below, description.node, &description.what) {
            (Some(below), Some(node), _) => {
                let root = self.directories(site).root;
                Target::Name(self.recorder.files.names.resolve(root, node, below, follow))
            }
            (None, Some(node), What::Directory) => Target::Name(node),
            (None, ..) => Target::Description(description),
            (Some(_), None, _) => Target::Other,
        })
    }
}
