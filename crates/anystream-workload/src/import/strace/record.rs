//! Reads a log line by line: joins calls that were interrupted, and finds the file that a descriptor means.

use foldhash::{HashMap, HashSet};

use super::access::Action;
use super::call::{Argument, Call, Outcome, path_text};
use super::descriptors::{Descriptors, Unresolved};
use super::files::{FileId, Files};
use super::line::Line;
use super::openings::{OpeningId, Openings};
use super::plain::Plain;
use crate::import::lines::shown;

/// Reads a log line by line, and finds what was done to each file.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) files: Files,
    pub(super) descriptors: Descriptors,
    /// The openings that are directories, with their paths; some may be closed by now.
    directories: Vec<(OpeningId, String)>,
    /// The first call that is none of the system.
    pub(super) library_call: Option<(u64, String)>,
    /// The calls that have begun, by process.
    unfinished: HashMap<u32, Vec<u8>>,
    /// The processes that are just making another, and whether it will be a thread.
    forking: Vec<(u32, bool)>,
    seen: HashSet<u32>,
    /// The process that was met last, and has not ended: mostly the next line is of it too.
    last: Option<u32>,
}

/// Is told each access to a file, in the order of the log.
pub(super) trait Observer {
    /// Inlined, so that no [`Action`] has to be made for the calls that most are.
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>, openings: &mut Openings);
}

/// A recorder with the observer of one line.
pub(super) struct Watched<'a, O> {
    pub(super) recorder: &'a mut Recorder,
    observer: &'a mut O,
}

/// The line at which a call ended, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) process: u32,
    pub(super) line: u64,
    pub(super) text: &'a [u8],
}

/// Why a line is not understood.
pub(super) type Recorded = Result<(), String>;

impl Recorder {
    /// Records what one line says. An error says why it is not understood.
    pub(super) fn line<O: Observer>(
        &mut self,
        number: u64,
        text: &[u8],
        line: Line<'_>,
        observer: &mut O,
    ) -> Recorded {
        match line {
            Line::Noise => Ok(()),
            Line::Exited { process } => {
                self.meet(process);
                self.unfinished.remove(&process);
                self.descriptors.exit(process);
                self.seen.remove(&process);
                self.last = None;
                Ok(())
            }
            Line::Whole { process, call } => {
                self.meet(process);
                self.whole(Site { process, line: number, text }, call, observer)
            }
            Line::Unfinished { process, begin } => {
                self.meet(process);
                self.begin(Site { process, line: number, text }, begin);
                Ok(())
            }
            Line::Resumed { process, name, rest } => {
                let Some(mut call) = self.unfinished.remove(&process) else {
                    return Err("the beginning of this call is not in the log".to_owned());
                };
                if !call.starts_with(name) || call.get(name.len()) != Some(&b'(') {
                    return Err("another call of this process was begun".to_owned());
                }
                if name == b"close" {
                    return Ok(()); // it took effect when it began
                }
                call.extend_from_slice(rest);
                self.forking.retain(|(parent, _)| *parent != process);
                self.whole(Site { process, line: number, text: &call }, &call, observer)
            }
        }
    }

    /// Records what a line says that is a plain call.
    #[inline(always)]
    pub(super) fn plain<O: Observer>(&mut self, site: Site<'_>, plain: Plain, observer: &mut O) -> Recorded {
        self.meet(site.process);
        Watched { recorder: self, observer }.plain(site, plain)
    }

    /// A process that shows up while just one other is forking is its child.
    #[inline]
    fn meet(&mut self, process: u32) {
        if self.last != Some(process) {
            self.meet_another(process);
        }
    }

    fn meet_another(&mut self, process: u32) {
        self.last = Some(process);
        if self.seen.insert(process)
            && let [(parent, shares)] = self.forking[..]
        {
            self.descriptors.fork(parent, process, shares);
        }
    }

    fn begin(&mut self, site: Site<'_>, begin: &[u8]) {
        // The descriptor is free as soon as `close` begins: another thread may be given it.
        if let Some(descriptor) = begin.strip_prefix(b"close(")
            && let (Some(descriptor), _) = Argument(descriptor.trim_ascii()).descriptor()
        {
            self.descriptors.close(site.process, descriptor, site.line);
        }
        if forks(begin) {
            self.forking.push((site.process, shares(begin)));
        }
        self.unfinished.insert(site.process, begin.to_vec());
    }

    fn whole<O: Observer>(&mut self, site: Site<'_>, text: &[u8], observer: &mut O) -> Recorded {
        if let Some(plain) = Plain::parse(text) {
            return Watched { recorder: self, observer }.plain(site, plain);
        }
        if text.ends_with(b"<detached ...>") {
            return Ok(());
        }
        let call = Call::parse(text).ok_or("this call is cut off or not written as strace does")?;
        let Outcome::Returned(value, path) = call.outcome else { return Ok(()) };
        Watched { recorder: self, observer }.returned(site, &call, value, path)
    }

    /// The file at `path`, new or known.
    pub(super) fn file_at(&mut self, path: &str) -> FileId {
        self.files.at(path, &self.descriptors.openings)
    }

    /// `path`, seen from the directory that a descriptor means, if that is known.
    pub(super) fn path_from(
        &mut self,
        process: u32,
        directory: Argument<'_>,
        path: Argument<'_>,
    ) -> Option<String> {
        let path = path.path()?;
        if path.starts_with('/') {
            return Some(path);
        }
        let directory = match directory.descriptor() {
            (_, Some(annotated)) => Some(path_text(annotated)),
            (number, None) => number.and_then(|number| self.directory(process, number)).map(str::to_owned),
        };
        Some(directory.map(|directory| format!("{directory}/{path}")).unwrap_or(path))
    }

    fn directory(&mut self, process: u32, descriptor: u32) -> Option<&str> {
        let opening = self.descriptors.resolve(process, descriptor).ok()?;
        self.directories.iter().find(|(directory, _)| *directory == opening).map(|(_, path)| path.as_str())
    }

    pub(super) fn met_library_call(&mut self, site: Site<'_>) {
        self.library_call.get_or_insert_with(|| (site.line, shown(site.text)));
    }
}

impl<O: Observer> Watched<'_, O> {
    pub(super) fn opened(
        &mut self,
        site: Site<'_>,
        value: u64,
        file: Option<FileId>,
        emptied: bool,
        appends: bool,
    ) -> Recorded {
        let opening = self.new_opening(site, descriptor(value), file, appends);
        if let Some(file) = file {
            self.add(site, file, Action::Open { opening, emptied });
        }
        Ok(())
    }

    /// A directory was opened; its path may be unknown.
    pub(super) fn opened_directory(&mut self, site: Site<'_>, value: u64, path: Option<String>) -> Recorded {
        let opening = self.new_opening(site, descriptor(value), None, false);
        self.recorder.directories.extend(path.map(|path| (opening, path)));
        Ok(())
    }

    fn new_opening(
        &mut self,
        site: Site<'_>,
        descriptor: u32,
        file: Option<FileId>,
        appends: bool,
    ) -> OpeningId {
        let Recorder { descriptors, directories, .. } = &mut *self.recorder;
        let opening = descriptors.openings.add(file, appends);
        directories.retain(|(directory, _)| *directory != opening);
        descriptors.open(site.process, descriptor, opening, site.line);
        opening
    }

    /// Records an action on the file that `descriptor` means.
    pub(super) fn on<'b>(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
        action: impl FnOnce(OpeningId) -> Action<'b, 'b>,
    ) -> Recorded {
        if let Some(opening) = self.resolve(site, descriptor)? {
            self.done(site, opening, action(opening));
        }
        Ok(())
    }

    pub(super) fn unclear(&mut self, site: Site<'_>, descriptor: Argument<'_>, reason: &str) {
        if let Some((_, file)) = self.known(site, descriptor) {
            self.add(site, file, Action::Unclear { reason: reason.into(), position: None });
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

    #[inline(always)] // lest the action be copied, and what it is be asked once more
    pub(super) fn done(&mut self, site: Site<'_>, opening: OpeningId, action: Action<'_, '_>) {
        if let Some(file) = self.recorder.descriptors.openings.at(opening).file {
            self.add(site, file, action);
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, site: Site<'_>, file: FileId, action: Action<'_, '_>) {
        self.recorder.files.accessed(file);
        self.observer.access(site, file, &action, &mut self.recorder.descriptors.openings);
    }

    /// The file that a descriptor means, if that is known.
    pub(super) fn known(&mut self, site: Site<'_>, descriptor: Argument<'_>) -> Option<(OpeningId, FileId)> {
        let opening = self.recorder.descriptors.resolve(site.process, descriptor.descriptor().0?).ok()?;
        Some((opening, self.recorder.descriptors.openings.at(opening).file?))
    }

    /// The opening that a descriptor means; none if it is `-1` or the like.
    pub(super) fn resolve(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
    ) -> Result<Option<OpeningId>, String> {
        let (Some(number), path) = descriptor.descriptor() else { return Ok(None) };
        self.resolve_number(site, number, path).map(Some)
    }

    /// The opening that a descriptor means, of which `-y` may say the path.
    #[inline]
    pub(super) fn resolve_number(
        &mut self,
        site: Site<'_>,
        number: u32,
        path: Option<&[u8]>,
    ) -> Result<OpeningId, String> {
        match self.recorder.descriptors.resolve(site.process, number) {
            Ok(opening) => Ok(opening),
            Err(why) => self.open_before(site, number, path, why),
        }
    }

    /// The opening that a descriptor means of which the log does not show the beginning.
    #[cold]
    fn open_before(
        &mut self,
        site: Site<'_>,
        number: u32,
        path: Option<&[u8]>,
        why: Unresolved,
    ) -> Result<OpeningId, String> {
        match why {
            Unresolved::Ambiguous => Err(format!(
                "descriptor {number} may mean several files here, for it does not show whether its process is a \
                 thread or a child: record again without -P, with clone, clone3, fork and vfork among the traced calls"
            )),
            Unresolved::NotOpened => {
                let file = match path {
                    Some(path) if path.starts_with(b"/") => Some(self.recorder.file_at(&path_text(path))),
                    Some(_) => None,
                    // A log about a file, of a program that also talks.
                    None if number <= 2 => Some(
                        self.recorder.file_at(&format!("descriptor {number}, open before the log began")),
                    ),
                    None => {
                        return Err(format!(
                            "descriptor {number} was not opened in this log: start strace before the program opens \
                             the file, and trace open, openat, creat, dup, dup2, dup3 and fcntl (strace -s 2 names those \
                             of pipes and sockets, and -s 0 does not)"
                        ));
                    }
                };
                Ok(self.new_opening(site, number, file, false))
            }
        }
    }
}

fn forks(call: &[u8]) -> bool {
    [b"clone(".as_slice(), b"clone3(", b"fork(", b"vfork("].iter().any(|name| call.starts_with(name))
}

/// Whether what a `clone` makes has the same descriptors.
pub(super) fn shares(call: &[u8]) -> bool {
    Argument(call).has("CLONE_FILES")
}

/// The descriptor that a call returned.
pub(super) fn descriptor(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
