//! What each call of the system did, by its name.

use std::rc::Rc;

use super::access::Action;
use super::call::{Annotation, Argument, Call};
use super::description::{Description, What};
use super::flags::{
    AT, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, CLONE, FIRST_BIT_CLOEXEC, Names, O_CLOEXEC, O_CREAT, O_TRUNC,
    OPEN, RESOLVE, RESOLVE_IN_ROOT,
};
use super::paths::{CURRENT, Target};
use super::record::{Observer, Recorded, Site, Watched, descriptor, fork_flags};
use super::without_effect::is_without_effect;
use crate::import::recognise::is_library_function;

impl<O: Observer> Watched<'_, O> {
    /// Records what a call did that returned `value`, and the descriptor of `path` if `-y` says so.
    pub(super) fn returned(
        &mut self,
        site: Site<'_>,
        call: &Call<'_>,
        value: u64,
        path: Option<Annotation<'_>>,
    ) -> Recorded {
        let argument = |index| call.argument(index);
        let opened = |index: usize| argument(index).flags(OPEN);
        match call.name {
            b"open" => self.open(site, (CURRENT, argument(0)), opened(1), value, path),
            b"openat" => self.open(site, (argument(0), argument(1)), opened(2), value, path),
            b"openat2" => {
                let flags = argument(2).field("flags").unwrap_or(argument(2)).flags(OPEN);
                let place = (argument(0), argument(1));
                match is_in_root(call) {
                    true => self.open_in_root(site, place, flags, value, path),
                    false => self.open(site, place, flags, value, path),
                }
            }
            b"creat" => self.open(site, (CURRENT, argument(0)), O_CREAT | O_TRUNC, value, path),
            b"open_by_handle_at" => self.opened_by_handle(site, opened(2), value, path),
            b"memfd_create" => self.made_in_memory(site, call, value, path),
            b"close" => self.close(site, argument(0)),
            b"close_range" => self.close_range(site, call),
            b"dup" | b"dup2" => self.duplicate(site, argument(0), value, false),
            b"dup3" => self.duplicate(site, argument(0), value, opened(2) & O_CLOEXEC != 0),
            b"fcntl" | b"fcntl64" => self.control(site, call, value),
            b"read" | b"readv" | b"pread" | b"pread64" | b"preadv" | b"preadv2" => {
                self.transfer(site, call, value, false)
            }
            b"write" | b"writev" | b"pwrite" | b"pwrite64" | b"pwritev" | b"pwritev2" => {
                self.transfer(site, call, value, true)
            }
            b"lseek" | b"_llseek" | b"llseek" => self.seek(site, call, value),
            b"ftruncate" | b"ftruncate64" => {
                let length = argument(1).size().ok_or("there is no length")?;
                self.on(site, argument(0), |_| Action::Resize(length))
            }
            b"truncate" | b"truncate64" => self.truncate(site, call),
            b"fallocate" => self.allocate(site, call),
            b"copy_file_range" | b"splice" => {
                let (from, to) = ((argument(0), argument(1)), (argument(2), argument(3)));
                self.copy(site, from, to, argument(4), value)
            }
            b"sendfile" | b"sendfile64" => {
                let (from, to) = ((argument(1), argument(2)), (argument(0), Argument(b"NULL")));
                self.copy(site, from, to, argument(3), value)
            }
            b"fstat" | b"fstat64" => self.length(site, argument(0), argument(1), "st_size", "st_mode"),
            b"stat" | b"stat64" => self.status(site, call, (CURRENT, argument(0)), argument(1), true),
            b"lstat" | b"lstat64" => self.status(site, call, (CURRENT, argument(0)), argument(1), false),
            b"newfstatat" | b"fstatat64" => {
                let follow = argument(3).flags(AT) & AT_SYMLINK_NOFOLLOW == 0;
                self.status(site, call, (argument(0), argument(1)), argument(2), follow)
            }
            b"statx" => {
                let follow = argument(2).flags(AT) & AT_SYMLINK_NOFOLLOW == 0;
                self.status(site, call, (argument(0), argument(1)), argument(4), follow)
            }
            b"unlink" | b"rmdir" => self.unlink(site, (CURRENT, argument(0)), call.name == b"rmdir"),
            b"unlinkat" => {
                let directory = argument(2).flags(AT) & AT_REMOVEDIR != 0;
                self.unlink(site, (argument(0), argument(1)), directory)
            }
            b"rename" | b"renameat" | b"renameat2" => self.rename(site, call),
            b"link" | b"linkat" => self.link(site, call),
            b"symlink" => self.symlink(site, argument(0), (CURRENT, argument(1))),
            b"symlinkat" => self.symlink(site, argument(0), (argument(1), argument(2))),
            b"readlink" => self.read_link(site, (CURRENT, argument(0)), argument(1), value),
            b"readlinkat" => self.read_link(site, (argument(0), argument(1)), argument(2), value),
            b"mkdir" => self.made_directory(site, (CURRENT, argument(0))),
            b"mkdirat" => self.made_directory(site, (argument(0), argument(1))),
            b"mknod" => self.made_node(site, (CURRENT, argument(0)), argument(1)),
            b"mknodat" => self.made_node(site, (argument(0), argument(1)), argument(2)),
            b"chdir" => self.change_directory(site, argument(0)),
            b"fchdir" => {
                let to = self.directory(site, argument(0));
                if let Some(to) = to {
                    self.go_to(site, |directories| directories.current = to);
                }
                Ok(())
            }
            b"chroot" => self.change_root(site, argument(0)),
            b"getcwd" => {
                if let Some(path) = argument(0).path().filter(|path| path.starts_with('/')) {
                    self.is_in(site, &path);
                }
                Ok(())
            }
            b"mmap" | b"mmap2" => self.map(site, call, value),
            b"mprotect" | b"pkey_mprotect" => self.protect(site, call),
            b"munmap" => self.unmap(site, call),
            b"mremap" => self.remap(site, call, value),
            b"ioctl" => self.control_device(site, call),
            b"clone" | b"clone2" | b"clone3" | b"fork" | b"vfork" => {
                let flags = fork_flags(site.text_of_call()).unwrap_or(0);
                self.recorder.forked(site, descriptor(value), flags);
                if let Some(made) =
                    field_in_brackets(site.text, b"pidfd=[").and_then(|made| made.descriptor().0)
                {
                    self.made(site, made, Description::other(), true);
                }
                Ok(())
            }
            b"unshare" => {
                self.recorder.tasks.unshare(site.process, argument(0).flags(CLONE));
                Ok(())
            }
            b"execve" | b"execveat" => {
                self.recorder.tasks.exec(site.process);
                Ok(())
            }
            b"socket" => self.made_other(site, value, opened(1) & O_CLOEXEC != 0),
            b"accept4" | b"signalfd4" => self.made_other(site, value, opened(3) & O_CLOEXEC != 0),
            b"eventfd2" | b"timerfd_create" => self.made_other(site, value, opened(1) & O_CLOEXEC != 0),
            b"epoll_create1" | b"inotify_init1" | b"userfaultfd" => {
                self.made_other(site, value, opened(0) & O_CLOEXEC != 0)
            }
            b"open_tree" => self.made_other(site, value, opened(2) & O_CLOEXEC != 0),
            b"fsopen" | b"fsmount" => {
                self.made_other(site, value, argument(1).flags(FIRST_BIT_CLOEXEC) & 1 != 0)
            }
            b"fanotify_init" => self.made_other(site, value, argument(0).flags(FIRST_BIT_CLOEXEC) & 1 != 0),
            b"perf_event_open" => self.made_other(site, value, argument(4).flags(FIRST_BIT_CLOEXEC) & 8 != 0),
            b"accept" | b"epoll_create" | b"eventfd" | b"signalfd" | b"inotify_init" | b"fspick" => {
                self.made_other(site, value, false)
            }
            b"pidfd_open" => {
                let process =
                    argument(0).size().map_or(What::Other, |process| What::Process(descriptor(process)));
                self.made(site, descriptor(value), Rc::new(Description::new(process)), true);
                Ok(())
            }
            b"mq_open" | b"memfd_secret" | b"landlock_create_ruleset" => self.made_other(site, value, true),
            b"bpf" => Ok(()),
            b"pidfd_getfd" => self.taken_from_process(site, call, value, path),
            b"pipe" | b"pipe2" => self.pair(site, argument(0), opened(1) & O_CLOEXEC != 0),
            b"socketpair" => self.pair(site, argument(3), opened(1) & O_CLOEXEC != 0),
            b"sendmsg" | b"sendmmsg" => {
                self.sent_descriptors(site);
                Ok(())
            }
            b"recvmsg" | b"recvmmsg" => {
                self.received_descriptors(site);
                Ok(())
            }
            b"io_uring_setup" => {
                self.made_other(site, value, true)?;
                Err(IO_URING.to_owned())
            }
            b"io_uring_enter" | b"io_uring_register" => Err(IO_URING.to_owned()),
            b"io_submit" => self.submitted(site, value),
            name if is_without_effect(name) => {
                self.exists(site, call);
                Ok(())
            }
            name => {
                self.exists(site, call);
                if is_library_function(name) {
                    self.recorder.met_library_call(site);
                }
                let reason =
                    format!("what {} does to the file is not known here", String::from_utf8_lossy(name));
                self.unclear_if_annotated(site, call, &reason);
                Ok(())
            }
        }
    }

    /// Records the evidence in the failure of a call.
    pub(super) fn failed(&mut self, site: Site<'_>, call: &Call<'_>, error: &[u8]) {
        if error != b"ENOENT" {
            return;
        }
        if let Some(Target::Name(node)) = self.looked_up(site, call) {
            self.recorder.files.is_absent(node, site.line);
        }
    }

    /// A call succeeded that looks a path up and changes nothing.
    fn exists(&mut self, site: Site<'_>, call: &Call<'_>) {
        if let Some(Target::Name(node)) = self.looked_up(site, call) {
            let name = String::from_utf8_lossy(call.name).into_owned();
            self.recorder.files.exists(node, site.line, &name);
        }
    }

    /// The name that a call looks up and does not make.
    fn looked_up(&mut self, site: Site<'_>, call: &Call<'_>) -> Option<Target> {
        let (directory, path) = match call.name {
            b"open" | b"stat" | b"stat64" | b"lstat" | b"lstat64" | b"access" | b"unlink" | b"readlink"
            | b"truncate" | b"truncate64" | b"chmod" | b"chown" | b"utime" | b"utimes" => {
                (CURRENT, call.argument(0))
            }
            b"openat" | b"openat2" | b"newfstatat" | b"fstatat64" | b"statx" | b"faccessat"
            | b"faccessat2" | b"unlinkat" | b"readlinkat" | b"fchmodat" | b"fchownat" | b"utimensat" => {
                (call.argument(0), call.argument(1))
            }
            _ => return None,
        };
        path.path().filter(|path| !path.is_empty())?;
        let follow = !matches!(
            call.name,
            b"unlink" | b"unlinkat" | b"readlink" | b"readlinkat" | b"lstat" | b"lstat64"
        );
        if is_in_root(call) {
            return self.target_in_root(site, directory, path, follow);
        }
        self.target(site, directory, path, follow)
    }

    /// A call began that changes files, and how it ended is not in the log.
    pub(super) fn never_ended(&mut self, site: Site<'_>, begun: &[u8]) {
        let mut text = begun.trim_ascii_end().to_vec();
        text.extend_from_slice(b") = ?");
        if let Some(call) = Call::parse(&text) {
            self.may_be_done(Site { text: begun, ..site }, &call);
        }
    }

    /// A call that changes files may have done so.
    pub(super) fn may_be_done(&mut self, site: Site<'_>, call: &Call<'_>) {
        const REASON: &str = "the end of this call is not in the log, so its effect does not show";
        let written = match call.name {
            b"write" | b"writev" | b"pwrite" | b"pwrite64" | b"pwritev" | b"pwritev2" | b"ftruncate"
            | b"ftruncate64" | b"fallocate" | b"sendfile" | b"sendfile64" => call.argument(0),
            b"copy_file_range" | b"splice" => call.argument(2),
            _ => return,
        };
        self.unclear(site, written, REASON);
    }

    fn made_other(&mut self, site: Site<'_>, value: u64, closes_on_exec: bool) -> Recorded {
        self.made(site, descriptor(value), Description::other(), closes_on_exec);
        Ok(())
    }

    fn pair(&mut self, site: Site<'_>, descriptors: Argument<'_>, closes_on_exec: bool) -> Recorded {
        let numbers: Option<Vec<u32>> =
            descriptors.parts(b'[').and_then(|parts| parts.iter().map(|one| one.descriptor().0).collect());
        match numbers {
            Some(numbers) => {
                for number in numbers {
                    self.made(site, number, Description::other(), closes_on_exec);
                }
            }
            // With `-s 0` strace leaves the numbers out.
            None => self.made_hidden(site, 2),
        }
        Ok(())
    }

    fn submitted(&mut self, site: Site<'_>, value: u64) -> Recorded {
        const REASON: &str = "what io_submit leads to does not show in a log";
        const FIELD: &[u8] = b"fildes=";
        let mut shown = false;
        for at in memchr::memmem::find_iter(site.text, FIELD) {
            let rest = &site.text[at + FIELD.len()..];
            let end = rest.iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(rest.len());
            self.unclear(site, Argument(&rest[..end]), REASON);
            shown = true;
        }
        // With `-s 0` strace leaves out which files it is about.
        if shown || value == 0 { Ok(()) } else { Err(REASON.to_owned()) }
    }

    /// A message holds its descriptors open, even if the sender closes them.
    fn sent_descriptors(&mut self, site: Site<'_>) {
        const MOST: usize = 256;
        let mut sent = Vec::new();
        for one in passed(site.text) {
            sent.extend(self.resolve(site, one).ok().flatten());
        }
        if !sent.is_empty() {
            self.recorder.in_flight.push_back(sent);
            if self.recorder.in_flight.len() > MOST {
                self.recorder.in_flight.pop_front();
            }
        }
    }

    fn received_descriptors(&mut self, site: Site<'_>) {
        let received = passed(site.text);
        let hidden = hidden(site.text);
        if hidden > 0 {
            self.recorder.hides_received = true;
            self.made_hidden(site, hidden);
        }
        if received.is_empty() {
            return;
        }
        let closes_on_exec = Argument(site.text).has("MSG_CMSG_CLOEXEC");
        let annotated = received.iter().all(|one| one.descriptor().1.is_some());
        let fitting = |batch: &Vec<Rc<Description>>| batch.len() == received.len();
        let same = {
            let mut fitting = self.recorder.in_flight.iter().filter(|batch| fitting(batch));
            fitting.next().is_some() && fitting.next().is_none()
        };
        let batch = self.recorder.in_flight.iter().position(fitting).filter(|_| same && !annotated);
        let batch = batch.and_then(|at| self.recorder.in_flight.remove(at));
        for (index, one) in received.into_iter().enumerate() {
            let (Some(number), annotation) = one.descriptor() else { continue };
            let reason =
                format!("descriptor {number} was received over a socket, and the log does not show its file");
            let sent = batch.as_ref().and_then(|batch| batch.get(index)).cloned();
            self.made(site, number, sent.unwrap_or_else(|| Description::obscure(reason)), closes_on_exec);
            if annotation.is_some() {
                // The path tells which of the sent descriptions it is.
                let found = self.resolve(site, one);
                if let Ok(Some(description)) = found {
                    self.install(site, number, Rc::clone(&description), closes_on_exec);
                    self.recorder
                        .in_flight
                        .retain(|batch| !batch.iter().any(|sent| Rc::ptr_eq(sent, &description)));
                }
            }
        }
    }

    /// `pidfd_getfd`.
    fn taken_from_process(
        &mut self,
        site: Site<'_>,
        call: &Call<'_>,
        value: u64,
        path: Option<Annotation<'_>>,
    ) -> Recorded {
        let number = descriptor(value);
        let (of, annotation) = call.argument(0).descriptor();
        let told =
            annotation.and_then(|annotation| Argument(annotation.text.strip_prefix(b"pid:")?).first_number());
        let known = of.and_then(|of| self.recorder.tasks.resolve(site.process, of).ok());
        let process = told.or(match known.as_deref().map(|known| &known.what) {
            Some(What::Process(process)) => Some(*process),
            _ => None,
        });
        let taken = process
            .and_then(|process| self.recorder.tasks.resolve(process, call.argument(1).first_number()?).ok());
        if let Some(taken) = taken {
            self.made(site, number, taken, true);
            if path.is_some() {
                self.resolve_number(site, number, path)?;
            }
            return Ok(());
        }
        let reason = format!(
            "descriptor {number} was made by pidfd_getfd from descriptor {} of another process, and the log does not \
             show which file that is",
            String::from_utf8_lossy(call.argument(1).0)
        );
        self.made(site, number, Description::obscure(reason), true);
        if path.is_some() {
            self.resolve_number(site, number, path)?;
        }
        Ok(())
    }
}

/// Whether the directory of the call is the root of its path.
fn is_in_root(call: &Call<'_>) -> bool {
    let resolve =
        || call.argument(2).field("resolve").is_some_and(|how| how.flags(RESOLVE) & RESOLVE_IN_ROOT != 0);
    call.name == b"openat2" && resolve()
}

const IO_URING: &str = "what io_uring does to files does not show in a log";

/// The descriptors that a message passes.
fn passed(text: &[u8]) -> Vec<Argument<'_>> {
    let all = rights(text).filter_map(|(_, data)| data.parts(b'['));
    all.flatten().filter(|part| part.descriptor().0.is_some()).collect()
}

/// How many descriptors a message passes of which `-s` leaves out the numbers.
fn hidden(text: &[u8]) -> u32 {
    const MOST: u64 = 253;
    let count = |(sent, data): (u64, Argument<'_>)| {
        let parts = data.parts(b'[').unwrap_or_default();
        let shown = parts.iter().filter(|part| part.descriptor().0.is_some()).count() as u64;
        if parts.len() as u64 == shown { 0 } else { sent.min(MOST).saturating_sub(shown).max(1) as u32 }
    };
    rights(text).map(count).sum()
}

/// Of each `{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 4]}`: how many descriptors
/// there are, and those that are shown.
fn rights(text: &[u8]) -> impl Iterator<Item = (u64, Argument<'_>)> {
    const HEAD: u64 = 16;
    memchr::memmem::find_iter(text, b"{cmsg_len=").filter_map(|at| {
        let message = Argument(&text[at..]);
        let is = |field: &str, names: Names| {
            message.field(field).and_then(|field| field.constant(names)) == Some(1)
        };
        if !is("cmsg_level", &[("SOL_SOCKET", 1)]) || !is("cmsg_type", &[("SCM_RIGHTS", 1)]) {
            return None;
        }
        let sent = message.field("cmsg_len").and_then(Argument::size).unwrap_or(0).saturating_sub(HEAD) / 4;
        Some((sent, message.field("cmsg_data")?))
    })
}

/// The text between `name[` and the closing bracket.
fn field_in_brackets<'a>(text: &'a [u8], name: &[u8]) -> Option<Argument<'a>> {
    let at = memchr::memmem::find(text, name)? + name.len();
    let end = memchr::memchr(b']', &text[at..])?;
    Some(Argument(&text[at..at + end]))
}

impl<'a> Site<'a> {
    /// The line from the call's name on.
    fn text_of_call(&self) -> &'a [u8] {
        let names = [b"clone".as_slice(), b"fork(", b"vfork("];
        let found = names.iter().filter_map(|name| memchr::memmem::find(self.text, name)).min();
        &self.text[found.unwrap_or(0)..]
    }
}
