//! Reads a log line by line: joins calls that were interrupted, and finds the file that a descriptor means.

use std::collections::{HashMap, HashSet};

use super::access::{Access, Action, Opening};
use super::call::{Argument, Call, Outcome, unescape};
use super::descriptors::{Descriptors, Unresolved};
use super::files::{FileId, Files};
use super::line::Line;
use crate::import::lines::shown;

/// Reads a log line by line, and collects what was done to each file.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) files: Files,
    pub(super) descriptors: Descriptors,
    pub(super) openings: Vec<OpenFile>,
    /// The calls that have begun, by process.
    unfinished: HashMap<u32, Vec<u8>>,
    /// The processes that are just making another, and whether it will be a thread.
    forking: Vec<(u32, bool)>,
    seen: HashSet<u32>,
}

#[derive(Debug)]
pub(super) struct OpenFile {
    /// None: a pipe, a directory, or whatever else is no file.
    pub(super) file: Option<FileId>,
    pub(super) appends: bool,
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
    pub(super) fn line(&mut self, number: u64, text: &[u8], line: Line<'_>) -> Recorded {
        match line {
            Line::Noise => Ok(()),
            Line::Exited { process } => {
                self.meet(process);
                self.unfinished.remove(&process);
                self.descriptors.exit(process);
                self.seen.remove(&process);
                Ok(())
            }
            Line::Whole { process, call } => {
                self.meet(process);
                self.whole(Site { process, line: number, text }, call)
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
                self.whole(Site { process, line: number, text: &call }, &call)
            }
        }
    }

    /// A process that shows up while just one other is forking is its child.
    fn meet(&mut self, process: u32) {
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

    fn whole(&mut self, site: Site<'_>, text: &[u8]) -> Recorded {
        if text.ends_with(b"<detached ...>") {
            return Ok(());
        }
        let call = Call::parse(text).ok_or("this call is cut off or not written as strace does")?;
        let Outcome::Returned(value, path) = call.outcome else { return Ok(()) };
        self.returned(site, &call, value, path)
    }

    pub(super) fn opened(
        &mut self,
        site: Site<'_>,
        value: u64,
        file: Option<FileId>,
        emptied: bool,
        appends: bool,
    ) -> Recorded {
        let opening = self.new_opening(file, appends);
        self.descriptors.open(site.process, descriptor(value), opening, site.line);
        if let Some(file) = file {
            self.add(site, file, Action::Open { opening, emptied });
        }
        Ok(())
    }

    pub(super) fn new_opening(&mut self, file: Option<FileId>, appends: bool) -> Opening {
        self.openings.push(OpenFile { file, appends });
        Opening(self.openings.len() - 1)
    }

    /// Records an action on the file that `descriptor` means.
    pub(super) fn on(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
        action: impl FnOnce(Opening) -> Action,
    ) -> Recorded {
        if let Some(opening) = self.resolve(site, descriptor)? {
            self.done(site, opening, action(opening));
        }
        Ok(())
    }

    pub(super) fn unclear(&mut self, site: Site<'_>, descriptor: Argument<'_>, reason: &str) {
        if let Some((_, file)) = self.known(site, descriptor) {
            self.add(site, file, Action::Unclear { reason: reason.to_owned(), position: None });
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

    pub(super) fn done(&mut self, site: Site<'_>, opening: Opening, action: Action) {
        if let Some(file) = self.openings[opening.0].file {
            self.add(site, file, action);
        }
    }

    pub(super) fn add(&mut self, site: Site<'_>, file: FileId, action: Action) {
        self.files.count_call(file);
        self.files.add(file, Access { line: site.line, text: shown(site.text).into(), action });
    }

    /// The file that a descriptor means, if that is known.
    pub(super) fn known(&self, site: Site<'_>, descriptor: Argument<'_>) -> Option<(Opening, FileId)> {
        let opening = self.descriptors.resolve(site.process, descriptor.descriptor().0?).ok()?;
        Some((opening, self.openings[opening.0].file?))
    }

    /// The opening that a descriptor means; none if it is `-1` or the like.
    pub(super) fn resolve(
        &mut self,
        site: Site<'_>,
        descriptor: Argument<'_>,
    ) -> Result<Option<Opening>, String> {
        let (Some(number), path) = descriptor.descriptor() else { return Ok(None) };
        match self.descriptors.resolve(site.process, number) {
            Ok(opening) => Ok(Some(opening)),
            Err(Unresolved::Ambiguous) => Err(format!(
                "descriptor {number} may mean several files here, for it does not show whether its process is a \
                 thread or a child: record again without -P, with clone, clone3, fork and vfork among the traced calls"
            )),
            Err(Unresolved::NotOpened) => {
                let file = match path {
                    Some(path) if path.starts_with(b"/") => {
                        let path = unescape(path);
                        Some(self.files.at(&String::from_utf8_lossy(&path)))
                    }
                    Some(_) => None,
                    // A log about a file, of a program that also talks.
                    None if number <= 2 => {
                        Some(self.files.at(&format!("descriptor {number}, open before the log began")))
                    }
                    None => {
                        return Err(format!(
                            "descriptor {number} was not opened in this log: start strace before the program opens \
                             the file, and trace open, openat, creat, dup, dup2, dup3 and fcntl"
                        ));
                    }
                };
                let opening = self.new_opening(file, false);
                self.descriptors.open(site.process, number, opening, site.line);
                Ok(Some(opening))
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
