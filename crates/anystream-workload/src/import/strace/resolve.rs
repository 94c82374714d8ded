//! The meaning of a descriptor: by the earlier calls, and by the annotation of `-y`.

use std::rc::Rc;

use super::access::Action;
use super::call::{Annotation, Argument, Call, path_text};
use super::description::{Description, What};
use super::files::FileId;
use super::names::{DELETED, Names, NodeId, ROOT};
use super::record::{Observer, Recorded, Site, Watched};
use super::table::Entry;
use super::tasks::Unresolved;

/// What `-y` says that a descriptor means.
#[derive(Debug)]
pub(super) enum Evidence {
    /// A pipe, a socket, a device or the like. The second: it has a path.
    Other(bool),
    /// The second: it was deleted.
    Path(String, bool),
}

impl Evidence {
    pub(super) fn of(annotation: Annotation<'_>, names: &Names) -> Self {
        let text = path_text(annotation.text);
        if !text.starts_with('/') {
            return Evidence::Other(false);
        }
        // `/dev/pts/0<char 136:0>`
        let special = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
        if special.is_some_and(|(_, kind)| kind.starts_with("char ") || kind.starts_with("block "))
            || is_made_up(&text)
        {
            return Evidence::Other(true);
        }
        // Old versions of strace write `(deleted)` inside of the brackets, where it may also be part of a name.
        match text.strip_suffix(DELETED).filter(|_| !annotation.deleted && !names.may_end_in_deleted(&text)) {
            Some(path) => Evidence::Path(path.to_owned(), true),
            None => Evidence::Path(text, annotation.deleted),
        }
    }
}

/// Whether this is a path of a device or of a file that the kernel makes up.
pub(super) fn is_made_up(path: &str) -> bool {
    (path.starts_with("/dev/") && !path.starts_with("/dev/shm/"))
        || path.starts_with("/proc/")
        || path.starts_with("/sys/")
}

impl<O: Observer> Watched<'_, O> {
    /// A descriptor was made. Its number was free.
    pub(super) fn made(
        &mut self,
        site: Site<'_>,
        number: u32,
        description: Rc<Description>,
        closes_on_exec: bool,
    ) {
        if let Some(task) = self.recorder.tasks.get(site.process) {
            // A pipe whose number was guessed has another.
            let guessed = task
                .table
                .borrow()
                .get(number)
                .is_some_and(|entry| matches!(entry.description.what, What::Other));
            if guessed {
                task.hidden.set(task.hidden.get().saturating_add(1));
            }
        }
        self.install(site, number, description, closes_on_exec);
    }

    /// From now on a number means this.
    pub(super) fn install(
        &mut self,
        site: Site<'_>,
        number: u32,
        description: Rc<Description>,
        closes_on_exec: bool,
    ) {
        let entry = Entry { description, closes_on_exec, since: site.line };
        self.recorder.tasks.put(site.process, number, entry);
    }

    /// Descriptors were made whose numbers the log hides: the lowest that were free.
    pub(super) fn made_hidden(&mut self, site: Site<'_>, count: u32) {
        for _ in 0..count {
            let Some(task) = self.recorder.tasks.get(site.process) else { return };
            let number = task.table.borrow().lowest_free(3);
            let description = match self.recorder.hides_received {
                true => Description::obscure(format!(
                    "descriptor {number} may be one that was received over a socket, and the log does not show its file"
                )),
                false => Description::other(),
            };
            self.install(site, number, description, false);
        }
    }

    pub(super) fn describe(&self, file: FileId, appends: bool, node: Option<NodeId>) -> Description {
        let description = Description::new(What::File(file, self.recorder.files.token(file)));
        description.appends.set(appends);
        Description { node, ..description }
    }

    /// Records an action on the file that `descriptor` means.
    pub(super) fn on<'b>(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
        action: impl FnOnce(&Description) -> Action<'b, 'b>,
    ) -> Recorded {
        if let Some(description) = self.resolve(site, descriptor)?
            && let Some(file) = description.file()
        {
            self.add_with(site, file, &description, action);
        }
        Ok(())
    }

    fn add_with<'b>(
        &mut self,
        site: Site<'_>,
        file: FileId,
        description: &Description,
        action: impl FnOnce(&Description) -> Action<'b, 'b>,
    ) {
        self.add(site, file, action(description));
    }

    pub(super) fn unclear(&mut self, site: Site<'_>, descriptor: Argument<'_>, reason: &str) {
        if let Some((_, file)) = self.known(site, descriptor) {
            self.add(site, file, Action::Unclear { reason: reason.into() });
        }
    }

    /// A call that is not understood concerns only the file whose descriptor it has, if that is known.
    pub(super) fn concerns(&mut self, site: Site<'_>, call: &Call<'_>, reason: String) -> Recorded {
        let of = call.argument(0);
        if call.name.starts_with(b"io_") {
            return Err(reason);
        }
        if let Some((_, file)) = self.known(site, of) {
            self.add(site, file, Action::Unclear { reason: reason.into() });
            return Ok(());
        }
        match of.descriptor() {
            (Some(_), Some(annotation))
                if matches!(Evidence::of(annotation, &self.recorder.files.names), Evidence::Other(_)) =>
            {
                Ok(())
            }
            _ => Err(reason),
        }
    }

    /// A call that is not known concerns a file if it has a descriptor of it: first, or annotated.
    pub(super) fn unclear_if_annotated(&mut self, site: Site<'_>, call: &Call<'_>, reason: &str) {
        for (index, argument) in call.arguments().iter().enumerate() {
            if index == 0 || argument.descriptor().1.is_some() {
                self.unclear(site, *argument, reason);
            }
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, site: Site<'_>, file: FileId, action: Action<'_, '_>) {
        self.recorder.files.accessed(file, &action);
        self.observer.access(site, file, &action);
    }

    /// The file that a descriptor means, if that is known.
    pub(super) fn known(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
    ) -> Option<(Rc<Description>, FileId)> {
        let (number, annotation) = descriptor.descriptor();
        let description = match annotation {
            Some(_) => self.resolve_number(site, number?, annotation).ok()?,
            None => self.recorder.tasks.resolve(site.process, number?).ok()?,
        };
        let file = description.file()?;
        Some((description, file))
    }

    /// The meaning of a descriptor; none if it is `-1` or the like.
    pub(super) fn resolve(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
    ) -> Result<Option<Rc<Description>>, String> {
        let (Some(number), annotation) = descriptor.descriptor() else { return Ok(None) };
        self.resolve_number(site, number, annotation).map(Some)
    }

    pub(super) fn evidence(&mut self, annotation: Annotation<'_>) -> Evidence {
        let names = &mut self.recorder.files.names;
        names.marks_deleted |= annotation.deleted;
        Evidence::of(annotation, names)
    }

    /// What a descriptor means, of which `-y` may say the path.
    #[inline]
    pub(super) fn resolve_number(
        &mut self,
        site: Site<'_>,
        number: u32,
        annotation: Option<Annotation<'_>>,
    ) -> Result<Rc<Description>, String> {
        match (self.recorder.tasks.resolve(site.process, number), annotation) {
            (Ok(description), None) => match &description.what {
                What::Obscure(reason) => Err(reason.clone()),
                _ => Ok(description),
            },
            (Ok(description), Some(annotation)) if description.is_verified(annotation) => Ok(description),
            (Ok(description), Some(annotation)) => Ok(self.confront(site, number, description, annotation)),
            (Err(_), Some(annotation)) => Ok(self.adopt(site, number, annotation)),
            (Err(why), None) => self.not_shown(site, number, why),
        }
    }

    /// Compares what the calls before say with what `-y` says.
    #[cold]
    fn confront(
        &mut self,
        site: Site<'_>,
        number: u32,
        description: Rc<Description>,
        annotation: Annotation<'_>,
    ) -> Rc<Description> {
        let agrees = match (&description.what, self.evidence(annotation)) {
            (What::Other | What::Process(_), Evidence::Other(_)) | (What::Directory, Evidence::Path(..)) => {
                true
            }
            (What::File(file, _), Evidence::Other(has_path)) => {
                // A device may have been opened by a name that does not tell.
                if has_path && description.node.is_some() {
                    self.recorder.files.is_other(*file);
                }
                has_path && description.node.is_some()
            }
            (What::File(file, _), Evidence::Path(path, deleted)) => {
                match self.agrees(site, *file, &path, deleted) {
                    Agreement::Known => true,
                    Agreement::Later => return description,
                    Agreement::None => {
                        let own = self.recorder.files.path(*file);
                        let note = format!(
                            "at line {} descriptor {number} means {path} and no longer {own}, and the log does not show why",
                            site.line
                        );
                        if deleted {
                            self.add(site, *file, Action::Unclear { reason: note.into() });
                        } else {
                            self.recorder.files.note(*file, note);
                        }
                        false
                    }
                }
            }
            _ => false,
        };
        if agrees {
            description.verify(annotation);
            description
        } else {
            self.adopt(site, number, annotation)
        }
    }

    /// Whether a file can have this path now.
    fn agrees(&mut self, site: Site<'_>, file: FileId, path: &str, deleted: bool) -> Agreement {
        let files = &mut self.recorder.files;
        if files.has_path(file, path) {
            if deleted && !files.is_unnamed(file) && !files.names_of(file).is_empty() {
                let node = files.names.resolve(ROOT, ROOT, path, false);
                files.deleted(node, &format!("before line {}", site.line));
            }
            return Agreement::Known;
        }
        // A call of another process that is on its way may have had its effect, or not yet.
        let renames = |call: &Vec<u8>| {
            [b"rename".as_slice(), b"link", b"unlink"].iter().any(|name| call.starts_with(name))
        };
        if self.recorder.unfinished.values().any(renames) {
            return Agreement::Later;
        }
        let node = files.names.resolve(ROOT, ROOT, path, false);
        let known = files.known(node);
        if files.had_path(file, path) && (deleted || known.is_none()) {
            return if deleted { Agreement::Known } else { Agreement::Later };
        }
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let own = files.path(file);
        if files.names_of(file).is_empty() {
            // The directory that it was in may have been renamed.
            return match deleted && last(&own) == last(path) {
                true => Agreement::Known,
                false => Agreement::None,
            };
        }
        if files.is_unnamed(file) {
            return if deleted { Agreement::Known } else { Agreement::None };
        }
        let names: Vec<NodeId> = files.names_of(file).to_vec();
        match names.into_iter().any(|name| self.recorder.placed(name, path)) {
            true => Agreement::Known,
            false => Agreement::None,
        }
    }

    /// Takes what `-y` says of a descriptor of which the log does not show the beginning.
    fn adopt(&mut self, site: Site<'_>, number: u32, annotation: Annotation<'_>) -> Rc<Description> {
        let description = match self.evidence(annotation) {
            Evidence::Other(_) => Description::other(),
            Evidence::Path(path, deleted) => {
                let node = self.recorder.files.names.resolve(ROOT, ROOT, &path, false);
                let is_directory =
                    self.recorder.files.names.has_children(node) && self.recorder.files.known(node).is_none();
                if is_directory && !deleted {
                    Rc::new(Description { node: Some(node), ..Description::new(What::Directory) })
                } else if let Some(file) = self.file_of(site, node, &path, deleted) {
                    // Opened in a way that does not tell which file it is, as `open_by_handle_at` does.
                    let before = self.recorder.tasks.resolve(site.process, number).ok();
                    let fresh = before.filter(|before| {
                        matches!(before.what, What::Obscure(_)) && before.position.get().is_some()
                    });
                    let fresh = fresh.map(|fresh| {
                        let description = self.describe(file, fresh.appends.get(), Some(node));
                        description.position.set(fresh.position.get());
                        Rc::new(description)
                    });
                    let meant = fresh.or_else(|| self.sent(file)).or_else(|| self.shared(site, number, file));
                    meant.unwrap_or_else(|| {
                        let description = self.describe(file, false, Some(node));
                        Rc::new(Description { foreign: true, ..description })
                    })
                } else {
                    Description::other()
                }
            }
        };
        description.verify(annotation);
        self.install(site, number, Rc::clone(&description), false);
        description
    }

    /// The file that a descriptor means of which `-y` says the path. None if it may be one of several.
    pub(super) fn file_of(
        &mut self,
        site: Site<'_>,
        node: NodeId,
        path: &str,
        deleted: bool,
    ) -> Option<FileId> {
        let files = &mut self.recorder.files;
        if !deleted {
            files.exists(node, site.line, "a descriptor");
            return Some(files.at(node));
        }
        let mut had = files.take_lost(node, path);
        match (&had[..], files.known(node)) {
            ([one], _) => return Some(*one),
            ([], None) => {
                files.exists(node, site.line, "a descriptor");
                let file = files.at(node);
                files.deleted(node, &format!("before line {}", site.line));
                return Some(file);
            }
            // It may have been deleted by a call that is not in the log.
            ([], Some(known)) => had.push(known),
            _ => {}
        }
        for file in had {
            let reason =
                format!("a descriptor means a deleted file that was {path}, and which one does not show");
            self.add(site, file, Action::Unclear { reason: reason.into() });
        }
        None
    }

    /// What was sent over a socket of which the log does not show what received it.
    fn sent(&mut self, file: FileId) -> Option<Rc<Description>> {
        let of_file = |description: &&Rc<Description>| description.file() == Some(file);
        let mut sent = self.recorder.in_flight.iter().flatten().filter(of_file);
        let first = sent.next()?;
        sent.all(|other| Rc::ptr_eq(first, other)).then(|| Rc::clone(first))
    }

    /// What the same number means to another process, if that may have made this one.
    fn shared(&mut self, site: Site<'_>, number: u32, file: FileId) -> Option<Rc<Description>> {
        let others = self.recorder.tasks.elsewhere(site.process, number);
        let mut of_file =
            others.iter().map(|entry| &entry.description).filter(|one| one.file() == Some(file));
        let first = of_file.next()?;
        of_file.all(|other| Rc::ptr_eq(first, other)).then(|| Rc::clone(first))
    }

    /// What a descriptor means of which the log shows neither the beginning nor the path.
    #[cold]
    fn not_shown(&mut self, site: Site<'_>, number: u32, why: Unresolved) -> Result<Rc<Description>, String> {
        if why == Unresolved::Ambiguous {
            return Err(format!(
                "descriptor {number} may mean several files here, for it does not show whether its process is a \
                 thread or a child: record again with {}",
                crate::RECORD
            ));
        }
        if self.recorder.hides_received {
            return Err(format!(
                "descriptor {number} may have been received over a socket, and the log does not show which were: record \
                 again with {}",
                crate::RECORD
            ));
        }
        if let Some(task) = self.recorder.tasks.get(site.process)
            && task.hidden.get() > 0
        {
            task.hidden.set(task.hidden.get() - 1);
            let description = Description::other();
            self.install(site, number, Rc::clone(&description), false);
            return Ok(description);
        }
        // A log about a file, of a program that also talks.
        if number <= 2 {
            let name = format!("descriptor {number}, open before the log began");
            let top = self.recorder.standard_streams();
            let node = self.recorder.files.names.child(top, &name);
            let file = self.recorder.files.at(node);
            let description =
                Rc::new(Description { foreign: true, ..self.describe(file, false, Some(node)) });
            self.install(site, number, Rc::clone(&description), false);
            return Ok(description);
        }
        Err(format!(
            "descriptor {number} was not opened in this log: record again with {}, which prints what each descriptor \
             means",
            crate::RECORD
        ))
    }
}

/// Whether a file can have a path.
enum Agreement {
    Known,
    /// Yes, but that does not hold for long.
    Later,
    None,
}
