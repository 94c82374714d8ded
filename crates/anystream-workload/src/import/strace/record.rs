//! Reads a log line by line: joins calls that were interrupted, and finds whose each is.

use std::collections::VecDeque;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::access::Action;
use super::call::{Argument, Call, Outcome};
use super::description::Description;
use super::files::{FileId, Files};
use super::flags::{CLONE, CLONE_VM};
use super::hints::Hints;
use super::line::{Line, ONLY_PROCESS};
use super::names::{NodeId, ROOT};
use super::plain::Plain;
use super::tasks::{Directories, Tasks};
use crate::import::lines::shown;

/// Reads a log line by line, and finds what was done to each file.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) files: Files,
    pub(super) tasks: Tasks,
    pub(super) hints: Hints,
    /// The first call that is none of the system.
    pub(super) library_call: Option<(u64, String)>,
    /// The last rename: its line and both paths.
    pub(super) rename: Option<(u64, String, String)>,
    streams: Option<NodeId>,
    /// Descriptors that were sent over sockets and not received yet.
    pub(super) in_flight: VecDeque<Vec<Rc<Description>>>,
    /// Whether descriptors were received of which the log hides the numbers.
    pub(super) hides_received: bool,
    /// Directories without a place, in the order in which they appeared.
    floating: Vec<NodeId>,
    /// Where the first process began, if the log tells.
    pub(super) beginning: Option<NodeId>,
    /// The calls that have begun, by process.
    pub(super) unfinished: HashMap<u32, Vec<u8>>,
    /// The processes that are just making another, and with which flags.
    forking: Vec<(u32, u64)>,
    /// The processes that strace said it attached and that have no line yet.
    attached: HashSet<u32>,
    /// Whether strace said that it attached any.
    says_attached: bool,
    /// The processes that had a line before the call that made them returned: the line, and whether their
    /// maker was known.
    early: HashMap<u32, (u64, bool)>,
    /// The process that was met last, and has not ended: mostly the next line is of it too.
    last: Option<(u32, u32)>,
}

/// Is told each access to a file, in the order of the log.
pub(super) trait Observer {
    /// Inlined, so that no [`Action`] has to be made for the calls that most are.
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>);
}

/// A recorder with the observer of one line.
pub(super) struct Watched<'a, O> {
    pub(super) recorder: &'a mut Recorder,
    pub(super) observer: &'a mut O,
}

/// The line at which a call ended, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) process: u32,
    pub(super) line: u64,
    pub(super) text: &'a [u8],
}

impl Site<'_> {
    pub(super) fn text_has(&self, text: &[u8]) -> bool {
        memchr::memmem::find(self.text, text).is_some()
    }
}

/// Why a line is not understood.
pub(super) type Recorded = Result<(), String>;

impl Recorder {
    pub(super) fn new(hints: Hints) -> Self {
        Recorder { hints: Hints { are_new: false, ..hints }, ..Recorder::default() }
    }

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
            Line::Attached { process } => {
                self.attached.insert(process);
                self.says_attached = true;
                Ok(())
            }
            Line::Exited { process } => {
                // The calls `exit` and `exit_group` may have ended it already.
                if process != ONLY_PROCESS
                    && self.tasks.get(process).is_none()
                    && !self.attached.contains(&process)
                    && self.tasks.shows_forks
                {
                    self.unfinished.remove(&process);
                    return Ok(());
                }
                let Ok(process) = self.meet(process, number, false) else { return Ok(()) };
                let site = Site { process, line: number, text };
                self.forking.retain(|(parent, _)| *parent != process);
                let left = self.unfinished.remove(&process);
                if let Some(begun) = left {
                    Watched { recorder: self, observer }.never_ended(site, &begun);
                }
                self.tasks.exit(process);
                self.last = None;
                Ok(())
            }
            Line::Superseded { process, by } => {
                let process = self.meet(process, number, false)?;
                self.tasks.superseded(process, by);
                self.last = None;
                if let Some(call) = self.unfinished.remove(&by) {
                    self.unfinished.insert(process, call);
                }
                Ok(())
            }
            Line::Whole { process, call } => {
                if process == ONLY_PROCESS {
                    self.waited(call, call);
                }
                let process = self.meet(process, number, false)?;
                self.whole(Site { process, line: number, text }, call, observer)
            }
            Line::Unfinished { process, begin } => {
                let process = self.meet(process, number, false)?;
                self.begin(Site { process, line: number, text }, begin);
                Ok(())
            }
            Line::Resumed { process, name, rest } => {
                if process == ONLY_PROCESS {
                    self.waited(name, rest);
                }
                let process = self.meet(process, number, true)?;
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
    pub(super) fn plain<O: Observer>(
        &mut self,
        mut site: Site<'_>,
        plain: Plain,
        observer: &mut O,
    ) -> Recorded {
        site.process = self.meet(site.process, site.line, false)?;
        Watched { recorder: self, observer }.plain(site, plain)
    }

    /// The log is read. Calls that began and have no end may have been done.
    pub(super) fn end<O: Observer>(&mut self, line: u64, observer: &mut O) {
        let mut left: Vec<(u32, Vec<u8>)> = std::mem::take(&mut self.unfinished).into_iter().collect();
        left.sort_unstable();
        for (process, begun) in left {
            let site = Site { process, line, text: &begun };
            Watched { recorder: self, observer }.never_ended(site, &begun);
        }
    }

    /// With `-qq` the log does not tell of the end of a process. That another waited for it does.
    fn waited(&mut self, name: &[u8], rest: &[u8]) {
        if self.tasks.count() > 1
            && name.starts_with(b"wait")
            && let Some(at) = memchr::memmem::rfind(rest, b") = ")
            && let Some(process) = Argument(&rest[at + b") = ".len()..]).first_number()
            && !Argument(rest).has("WIFSTOPPED")
            && !Argument(rest).has("WIFCONTINUED")
        {
            self.tasks.exit(process);
            self.last = None;
        }
    }

    /// The process that a line is of.
    #[inline]
    fn meet(&mut self, process: u32, line: u64, resumes: bool) -> Result<u32, String> {
        match self.last {
            Some((written, meant)) if written == process => Ok(meant),
            _ => {
                let meant = self.meet_another(process, line, resumes)?;
                self.last = Some((process, meant));
                Ok(meant)
            }
        }
    }

    fn meet_another(&mut self, process: u32, line: u64, resumes: bool) -> Result<u32, String> {
        if self.tasks.get(process).is_some() {
            return Ok(process);
        }
        if process == ONLY_PROCESS {
            // On a terminal, strace names processes only while there are several.
            return match self.tasks.only() {
                Ok(Some(only)) => Ok(only),
                Ok(None) => {
                    self.begin_task(process);
                    Ok(process)
                }
                Err(several) => {
                    Err(format!("{several} processes live here, and whose call this is does not show"))
                }
            };
        }
        if let Some((maker, flags)) = self.hints.maker(process, line)
            && self.tasks.fork(maker, process, flags)
        {
            self.early.insert(process, (line, true));
            return Ok(process);
        }
        let is_attached = self.attached.remove(&process);
        if self.tasks.get(ONLY_PROCESS).is_some() && !is_attached {
            let began = self.unfinished.contains_key(&ONLY_PROCESS);
            if (resumes && began) || self.says_attached || (self.forking.is_empty() && self.tasks.shows_forks)
            {
                self.is_called(process);
                return Ok(process);
            }
        }
        let only = self.tasks.only().ok().flatten();
        let maker = match (&self.forking[..], only) {
            (&[(maker, flags)], _) => Some((maker, flags)),
            // The call that made it is not in the log: mostly it is a child.
            ([], Some(only)) if is_attached => Some((only, 0)),
            _ => None,
        };
        match maker {
            Some((maker, flags)) => {
                self.tasks.fork(maker, process, flags);
                if self.forking.is_empty() {
                    self.tasks.is_guessed(process);
                }
                self.early.insert(process, (line, true));
            }
            None => {
                self.begin_task(process);
                self.early.insert(process, (line, false));
            }
        }
        Ok(process)
    }

    /// The process that had no number until now is this one.
    fn is_called(&mut self, process: u32) {
        self.tasks.rename(ONLY_PROCESS, process);
        if let Some(begun) = self.unfinished.remove(&ONLY_PROCESS) {
            self.unfinished.insert(process, begun);
        }
        for (maker, _) in &mut self.forking {
            if *maker == ONLY_PROCESS {
                *maker = process;
            }
        }
    }

    fn begin_task(&mut self, process: u32) {
        let directories = match (self.tasks.directories(), self.beginning) {
            (Ok(Some(directories)), _) => directories,
            (Ok(None), Some(current)) => Directories { root: ROOT, current },
            (Ok(None), None) => {
                let current = self.floating("");
                self.beginning = Some(current);
                Directories { root: ROOT, current }
            }
            (Err(()), _) => {
                let current = self.floating(&format!("(unknown directory of process {process})/"));
                Directories { root: ROOT, current }
            }
        };
        self.tasks.begin(process, directories);
    }

    /// A directory whose place the log has not told yet.
    pub(super) fn floating(&mut self, label: &str) -> NodeId {
        let number = self.floating.len();
        let node = match self.hints.place(number).map(str::to_owned) {
            Some(path) => self.files.names.resolve(ROOT, ROOT, &path, true),
            None => self.files.names.floating(label),
        };
        self.floating.push(node);
        node
    }

    /// The pseudo directory of files without a name in any directory.
    pub(super) fn standard_streams(&mut self) -> NodeId {
        let names = &mut self.files.names;
        *self.streams.get_or_insert_with(|| names.floating(""))
    }

    /// Whether the log is about one file only, and shows nothing of the rest of the program.
    pub(super) fn is_of_one_path(&self) -> bool {
        !self.tasks.shows_exec && self.files.len() == 1
    }

    /// The log tells that a name without a place has this path. Whether that can be.
    pub(super) fn placed(&mut self, node: NodeId, path: &str) -> bool {
        let top = self.files.names.top(node);
        let Some(number) = self.floating.iter().position(|floating| *floating == top) else { return false };
        if top == ROOT {
            return false;
        }
        let (own, label) = (self.files.names.path(node), self.files.names.path(top));
        let label = label.strip_suffix('.').unwrap_or(&label);
        let below = own.strip_prefix(label).unwrap_or(&own);
        let place = if node == top {
            Some(path)
        } else {
            path.strip_suffix(below).and_then(|path| path.strip_suffix('/'))
        };
        match place {
            Some(place) => {
                self.hints.placed(number, if place.is_empty() { "/" } else { place });
                true
            }
            None => false,
        }
    }

    fn begin(&mut self, site: Site<'_>, begin: &[u8]) {
        // The descriptor is free as soon as `close` begins: another thread may be given it.
        if let Some(descriptor) = begin.strip_prefix(b"close(")
            && let (Some(descriptor), _) = Argument(descriptor.trim_ascii()).descriptor()
        {
            self.tasks.close(site.process, descriptor, site.line);
        }
        if let Some(flags) = fork_flags(begin) {
            self.forking.push((site.process, flags));
        }
        self.unfinished.insert(site.process, begin.to_vec());
    }

    /// A call returned that made `child`.
    pub(super) fn forked(&mut self, site: Site<'_>, child: u32, flags: u64) {
        self.attached.remove(&child);
        self.tasks.shows_forks = true;
        self.last = None;
        match self.early.remove(&child) {
            Some((_, true)) => {}
            Some((line, false)) => self.hints.made(child, line, site.process, flags),
            None => {
                self.tasks.fork(site.process, child, flags);
            }
        }
    }

    fn whole<O: Observer>(&mut self, site: Site<'_>, text: &[u8], observer: &mut O) -> Recorded {
        if let Some(plain) = Plain::parse(text) {
            return Watched { recorder: self, observer }.plain(site, plain);
        }
        if text.ends_with(b"<detached ...>") {
            return Ok(());
        }
        let call = Call::parse(text).ok_or("this call is cut off or not written as strace does")?;
        let mut watched = Watched { recorder: self, observer };
        match call.outcome {
            Outcome::Returned(value, path) => {
                let recorded = watched.returned(site, &call, value, path);
                recorded.or_else(|reason| watched.concerns(site, &call, reason))
            }
            Outcome::Failed(error) => {
                watched.failed(site, &call, error);
                Ok(())
            }
            Outcome::NotDone => Ok(()),
            Outcome::Unknown => {
                watched.may_be_done(site, &call);
                match call.name {
                    b"exit" => self.tasks.ends(site.process, false),
                    b"exit_group" => self.tasks.ends(site.process, true),
                    _ => return Ok(()),
                }
                self.last = None;
                Ok(())
            }
        }
    }

    pub(super) fn met_library_call(&mut self, site: Site<'_>) {
        self.library_call.get_or_insert_with(|| (site.line, shown(site.text)));
    }
}

/// The flags of a call that makes a process, if it is one.
pub(super) fn fork_flags(call: &[u8]) -> Option<u64> {
    let name = &call[..memchr::memchr(b'(', call)?];
    match name {
        b"fork" => Some(0),
        b"vfork" => Some(CLONE_VM),
        b"clone" | b"clone2" | b"clone3" => {
            const FLAGS: &[u8] = b"flags=";
            let Some(at) = memchr::memmem::find(call, FLAGS) else { return Some(0) };
            let flags = &call[at + FLAGS.len()..];
            let end = flags.iter().position(|byte| matches!(byte, b',' | b'}' | b')')).unwrap_or(flags.len());
            Some(Argument(flags[..end].trim_ascii()).flags(CLONE))
        }
        _ => None,
    }
}

/// The descriptor that a call returned.
pub(super) fn descriptor(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
