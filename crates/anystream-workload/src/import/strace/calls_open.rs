//! Calls that make, copy and close descriptors of files.

use std::rc::Rc;

use super::access::Action;
use super::call::{Annotation, Argument, Call};
use super::description::{Description, Position, What};
use super::files::FileId;
use super::flags::{
    CLONE_FILES, CLOSE_RANGE, CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE, FCNTL, FD_CLOEXEC, FIRST_BIT_CLOEXEC,
    O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_TMPFILE, O_TRUNC, OPEN,
};
use super::names::{Meaning, NodeId, ROOT};
use super::paths::Target;
use super::record::{Observer, Recorded, Site, Watched, descriptor};
use super::resolve::{Evidence, is_made_up};

impl<O: Observer> Watched<'_, O> {
    pub(super) fn open(
        &mut self,
        site: Site<'_>,
        (directory, path): (Argument<'_>, Argument<'_>),
        flags: u64,
        value: u64,
        real: Option<Annotation<'_>>,
    ) -> Recorded {
        let target = self.target(site, directory, path, follows(flags));
        self.open_target(site, target, flags, value, real)
    }

    /// With `RESOLVE_IN_ROOT`.
    pub(super) fn open_in_root(
        &mut self,
        site: Site<'_>,
        (directory, path): (Argument<'_>, Argument<'_>),
        flags: u64,
        value: u64,
        real: Option<Annotation<'_>>,
    ) -> Recorded {
        let target = self.target_in_root(site, directory, path, follows(flags));
        self.open_target(site, target, flags, value, real)
    }

    fn open_target(
        &mut self,
        site: Site<'_>,
        target: Option<Target>,
        flags: u64,
        value: u64,
        real: Option<Annotation<'_>>,
    ) -> Recorded {
        let closes_on_exec = flags & O_CLOEXEC != 0;
        let number = descriptor(value);
        let real = real.map(|real| (self.evidence(real), real));
        let target = match (target, &real) {
            (_, Some((Evidence::Other(_), _))) => Some(Target::Other),
            // If it means no file by the calls before, they did not show all.
            (Some(Target::Description(description)), real)
                if real.is_none() || description.file().is_some() =>
            {
                Some(Target::Description(description))
            }
            (Some(Target::Name(node)), Some((Evidence::Path(path, _), _))) => {
                Some(Target::Name(self.really(node, path)))
            }
            (_, Some((Evidence::Path(path, _), _))) => {
                Some(Target::Name(self.recorder.files.names.resolve(ROOT, ROOT, path, false)))
            }
            (target, None) => target,
        };
        let target = target.ok_or("there is no path")?;
        let is_special = match target {
            Target::Name(node) => is_made_up(&self.recorder.files.names.path(node)),
            _ => false,
        };
        let description = match target {
            _ if is_special => Description::new(What::Other),
            Target::Other if real.is_none() && flags & O_TRUNC != 0 => {
                return Err("this call empties a file that the log does not tell".to_owned());
            }
            Target::Other if real.is_none() => {
                let reason = format!(
                    "descriptor {number} was opened through another descriptor, and the log does not show which file that means"
                );
                Description::new(What::Obscure(reason))
            }
            Target::Other => Description::new(What::Other),
            Target::Description(known) => match known.file() {
                Some(file) => {
                    return self.opened(site, number, flags, file, known.node, flags & O_TRUNC != 0);
                }
                None => Description::new(What::Other),
            },
            Target::Name(node) if flags & O_PATH != 0 || flags & (O_DIRECTORY | O_TMPFILE) == O_DIRECTORY => {
                Description { node: Some(node), ..Description::new(What::Directory) }
            }
            Target::Name(node) if flags & O_TMPFILE != 0 => {
                return self.opened_unnamed(site, number, flags, node, real.is_some());
            }
            Target::Name(node) if *self.recorder.files.names.meaning(node) == Meaning::Other => {
                Description::new(What::Other)
            }
            Target::Name(node) => {
                let (file, is_new) = self.file_for(site, node, flags);
                return self.opened(site, number, flags, file, Some(node), is_new || flags & O_TRUNC != 0);
            }
        };
        self.made(site, number, Rc::new(description), closes_on_exec);
        Ok(())
    }

    /// The file that `open` means by a name, and whether it made it.
    fn file_for(&mut self, site: Site<'_>, node: NodeId, flags: u64) -> (FileId, bool) {
        let files = &mut self.recorder.files;
        let must_be_new = flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL;
        if must_be_new && files.known(node).is_some() {
            files.deleted(node, &format!("before line {}", site.line));
        }
        let is_absent = *files.names.meaning(node) == Meaning::Absent;
        if must_be_new || (is_absent && flags & O_CREAT != 0) {
            let file = files.make(node);
            if must_be_new {
                files.was_made(file, site.line);
            }
            return (file, true);
        }
        files.exists(node, site.line, "open");
        (files.at(node), false)
    }

    /// The name that a path leads to, by the annotation of `-y`.
    fn really(&mut self, node: NodeId, path: &str) -> NodeId {
        let real = self.recorder.files.names.resolve(ROOT, ROOT, path, false);
        if real == node || self.recorder.placed(node, path) {
            return node;
        }
        let files = &mut self.recorder.files;
        match *files.names.meaning(node) {
            Meaning::Unknown | Meaning::Absent if !files.names.has_children(node) => {
                files.names.set(node, Meaning::Symlink(Rc::from(path)));
            }
            // A directory of its path is a link.
            Meaning::File(file) if files.known(real).is_none() => files.linked(file, real),
            _ => {}
        }
        real
    }

    fn opened(
        &mut self,
        site: Site<'_>,
        number: u32,
        flags: u64,
        file: FileId,
        node: Option<NodeId>,
        emptied: bool,
    ) -> Recorded {
        let description = Rc::new(self.describe(file, flags & O_APPEND != 0, node));
        self.made(site, number, Rc::clone(&description), flags & O_CLOEXEC != 0);
        self.add(site, file, Action::Open { description: &description, emptied });
        Ok(())
    }

    /// A file without a name (`O_TMPFILE`), or with the temporary name that `-y` prints.
    fn opened_unnamed(
        &mut self,
        site: Site<'_>,
        number: u32,
        flags: u64,
        node: NodeId,
        is_named: bool,
    ) -> Recorded {
        let files = &mut self.recorder.files;
        let node = if is_named { node } else { files.names.child(node, "(without a name)") };
        files.deleted(node, &format!("at line {}", site.line));
        let file = files.make(node);
        files.is_temporary(file);
        self.opened(site, number, flags, file, Some(node), true)
    }

    pub(super) fn made_in_memory(
        &mut self,
        site: Site<'_>,
        call: &Call<'_>,
        value: u64,
        path: Option<Annotation<'_>>,
    ) -> Recorded {
        let node = match path.map(|path| self.evidence(path)) {
            Some(Evidence::Path(path, _)) => self.recorder.files.names.resolve(ROOT, ROOT, &path, false),
            _ => {
                let name = format!("memfd:{}", call.argument(0).path().unwrap_or_default());
                let top = self.recorder.standard_streams();
                self.recorder.files.names.child(top, &name)
            }
        };
        // Another of this name is another file.
        self.recorder.files.deleted(node, &format!("at line {}", site.line));
        let file = self.recorder.files.make(node);
        self.recorder.files.is_temporary(file);
        let cloexec = if call.argument(1).flags(FIRST_BIT_CLOEXEC) & 1 != 0 { O_CLOEXEC } else { 0 };
        self.opened(site, descriptor(value), cloexec, file, Some(node), true)
    }

    pub(super) fn opened_by_handle(
        &mut self,
        site: Site<'_>,
        flags: u64,
        value: u64,
        path: Option<Annotation<'_>>,
    ) -> Recorded {
        let number = descriptor(value);
        match path.map(|path| self.evidence(path)) {
            Some(Evidence::Path(path, deleted)) => {
                let node = self.recorder.files.names.resolve(ROOT, ROOT, &path, false);
                let Some(file) = self.file_of(site, node, &path, deleted) else {
                    self.made(site, number, Description::other(), flags & O_CLOEXEC != 0);
                    return Ok(());
                };
                self.opened(site, number, flags, file, Some(node), flags & O_TRUNC != 0)
            }
            Some(Evidence::Other(_)) => {
                self.made(site, number, Description::other(), flags & O_CLOEXEC != 0);
                Ok(())
            }
            None => {
                let reason = format!(
                    "descriptor {number} was made by open_by_handle_at, and the log does not show which file that is: \
                     record again with {}",
                    crate::RECORD
                );
                let description = Description::obscure(reason);
                if flags & O_TRUNC == 0 {
                    // Later calls may tell which file it is.
                    description.appends.set(flags & O_APPEND != 0);
                    description.position.set(Some(Position::fixed(0)));
                }
                self.made(site, number, description, flags & O_CLOEXEC != 0);
                Ok(())
            }
        }
    }

    pub(super) fn close(&mut self, site: Site<'_>, closed: Argument<'_>) -> Recorded {
        if let (Some(number), _) = closed.descriptor() {
            if let Some((_, file)) = self.known(site, closed) {
                self.recorder.files.count_call(file);
            }
            self.recorder.tasks.close(site.process, number, site.line);
        }
        Ok(())
    }

    pub(super) fn close_range(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let (Some(first), Some(last)) = (call.argument(0).size(), call.argument(1).size()) else {
            return Ok(());
        };
        let (first, last) = (descriptor(first), descriptor(last));
        let flags = call.argument(2).flags(CLOSE_RANGE);
        if flags & CLOSE_RANGE_UNSHARE != 0 {
            self.recorder.tasks.unshare(site.process, CLONE_FILES);
        }
        if flags & CLOSE_RANGE_CLOEXEC != 0 {
            self.recorder.tasks.set_close_on_exec(site.process, first, last, true);
        } else {
            self.recorder.tasks.close_range(site.process, first, last);
        }
        Ok(())
    }

    pub(super) fn duplicate(
        &mut self,
        site: Site<'_>,
        from: Argument<'_>,
        to: u64,
        closes_on_exec: bool,
    ) -> Recorded {
        let to = descriptor(to);
        let (Some(number), annotation) = from.descriptor() else { return Ok(()) };
        if number == to {
            return Ok(());
        }
        // An obscure description stays obscure.
        let known = self.recorder.tasks.resolve(site.process, number).ok().filter(|_| annotation.is_none());
        let meant = match known {
            Some(known) => Ok(known),
            None => self.resolve_number(site, number, annotation),
        };
        let description = meant.unwrap_or_else(|_| {
            Description::obscure(format!(
                "descriptor {to} is a copy of descriptor {number}, which was not opened in this log: record again with {}",
                crate::RECORD
            ))
        });
        self.install(site, to, description, closes_on_exec);
        Ok(())
    }

    pub(super) fn control(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        const DUPLICATE: u64 = 0;
        const SET_CLOSE_ON_EXEC: u64 = 2;
        const GET_FLAGS: u64 = 3;
        const SET_FLAGS: u64 = 4;
        const DUPLICATE_CLOEXEC: u64 = 1030;
        let of = call.argument(0);
        match call.argument(1).constant(FCNTL) {
            Some(DUPLICATE) => return self.duplicate(site, of, value, false),
            Some(DUPLICATE_CLOEXEC) => return self.duplicate(site, of, value, true),
            Some(SET_CLOSE_ON_EXEC) => {
                let closes = call.argument(2).flags(FD_CLOEXEC) & 1 != 0;
                if let (Some(number), annotation) = of.descriptor() {
                    if annotation.is_some() {
                        self.resolve_number(site, number, annotation)?;
                    }
                    self.recorder.tasks.set_close_on_exec(site.process, number, number, closes);
                }
            }
            Some(SET_FLAGS) => {
                if let Some((description, file)) = self.known(site, of) {
                    if description.foreign && self.recorder.files.descriptions(file) > 1 {
                        let reason = "this descriptor came from elsewhere, so another of the file may append from now on";
                        self.add(site, file, Action::Unclear { reason: reason.into() });
                    }
                    description.set_appends(call.argument(2).flags(OPEN) & O_APPEND != 0);
                }
            }
            Some(GET_FLAGS) => {
                if let Some((description, _)) = self.known(site, of) {
                    description.set_appends(value & O_APPEND != 0);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether `open` follows a symbolic link at the end of its path.
fn follows(flags: u64) -> bool {
    flags & O_NOFOLLOW == 0 && flags & (O_CREAT | O_EXCL) != O_CREAT | O_EXCL
}
