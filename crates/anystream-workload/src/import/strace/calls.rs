//! What each call of the system did, by its name.

use smallvec::SmallVec;

use super::access::{Action, Data, Lengths, Transfer, Whence};
use super::call::{Argument, Call, path_text};
use super::plain::Plain;
use super::record::{Observer, Recorded, Site, Watched, descriptor, shares};
use crate::import::recognise::is_library_function;

/// No call of Linux moves more.
const MOST_MOVED: u64 = 0x7fff_f000;

/// The directory from which paths are seen of calls that name none.
const CURRENT: Argument<'_> = Argument(b"AT_FDCWD");

impl<O: Observer> Watched<'_, O> {
    /// Records what a call did that returned `value`, and the descriptor of `path` if `-y` says so.
    pub(super) fn returned(
        &mut self,
        site: Site<'_>,
        call: &Call<'_>,
        value: u64,
        path: Option<&[u8]>,
    ) -> Recorded {
        let argument = |index| call.argument(index);
        match call.name {
            b"open" => self.open(site, (CURRENT, argument(0)), argument(1), value, path),
            b"openat" | b"openat2" => self.open(site, (argument(0), argument(1)), argument(2), value, path),
            b"creat" => self.open(site, (CURRENT, argument(0)), Argument(b"O_CREAT|O_TRUNC"), value, path),
            b"memfd_create" => {
                let named = || format!("memfd:{}", argument(0).path().unwrap_or_default());
                let name = path.map_or_else(named, path_text);
                // Another of this name is another file.
                self.recorder.files.deleted(&name, site.line);
                let file = self.recorder.file_at(&name);
                self.opened(site, value, Some(file), true, false)
            }
            b"close" => self.close(site, argument(0)),
            b"close_range" => {
                if let (Some(first), Some(last)) = (argument(0).size(), argument(1).size()) {
                    let (first, last) = (descriptor(first), descriptor(last));
                    if !argument(2).has("CLOSE_RANGE_CLOEXEC") {
                        self.recorder.descriptors.close_range(site.process, first, last, site.line);
                    }
                }
                Ok(())
            }
            b"dup" | b"dup2" | b"dup3" => self.duplicate(site, argument(0), value),
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
            b"truncate" | b"truncate64" => {
                let length = argument(1).size().ok_or("there is no length")?;
                let file = self.recorder.file_at(&argument(0).path().ok_or("there is no path")?);
                self.add(site, file, Action::Resize(length));
                Ok(())
            }
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
            b"newfstatat" | b"fstatat64" if argument(1).0 == b"\"\"" => {
                self.length(site, argument(0), argument(2), "st_size", "st_mode")
            }
            b"statx" if argument(1).0 == b"\"\"" => {
                self.length(site, argument(0), argument(4), "stx_size", "stx_mode")
            }
            b"unlink" | b"unlinkat" => {
                let (directory, path) =
                    if call.name == b"unlink" { (CURRENT, argument(0)) } else { (argument(0), argument(1)) };
                let path = self.recorder.path_from(site.process, directory, path);
                if let Some(path) = path.filter(|_| !argument(2).has("AT_REMOVEDIR")) {
                    self.recorder.files.deleted(&path, site.line);
                }
                Ok(())
            }
            b"rename" | b"renameat" | b"renameat2" => self.rename(site, call),
            b"link" | b"linkat" => {
                if let Some((first, second)) = self.two_paths(site, call) {
                    self.recorder.files.linked(&first, &second);
                }
                Ok(())
            }
            b"mmap" | b"mmap2" => {
                if argument(2).has("PROT_WRITE")
                    && (argument(3).has("MAP_SHARED") || argument(3).has("MAP_SHARED_VALIDATE"))
                {
                    self.unclear(site, argument(4), "writes to mapped memory do not show in a log");
                }
                Ok(())
            }
            b"ioctl" => {
                let clones = ["FICLONE", "FICLONERANGE", "BTRFS_IOC_CLONE", "BTRFS_IOC_CLONE_RANGE"];
                if clones.iter().any(|name| argument(1).has(name)) {
                    self.unclear(site, argument(0), "which bytes were cloned does not show in the log");
                }
                Ok(())
            }
            b"clone" | b"clone2" | b"clone3" | b"fork" | b"vfork" => {
                self.recorder.descriptors.fork(site.process, descriptor(value), shares(site.text));
                Ok(())
            }
            b"socket" | b"accept" | b"accept4" | b"epoll_create" | b"epoll_create1" | b"eventfd"
            | b"eventfd2" | b"timerfd_create" | b"signalfd" | b"signalfd4" | b"inotify_init"
            | b"inotify_init1" | b"pidfd_open" | b"userfaultfd" | b"perf_event_open" | b"open_tree"
            | b"fanotify_init" | b"fsopen" | b"bpf" => self.opened(site, value, None, false, false),
            b"pipe" | b"pipe2" => self.pair(site, argument(0)),
            b"socketpair" => self.pair(site, argument(3)),
            b"io_uring_setup" | b"io_uring_enter" | b"io_uring_register" => {
                Err("what io_uring does to files does not show in a log".to_owned())
            }
            b"io_submit" => self.submitted(site, value),
            name if is_without_effect(name) => Ok(()),
            name => {
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

    fn open(
        &mut self,
        site: Site<'_>,
        (directory, path): (Argument<'_>, Argument<'_>),
        flags: Argument<'_>,
        value: u64,
        real: Option<&[u8]>,
    ) -> Recorded {
        let path = match real.filter(|real| real.starts_with(b"/")) {
            Some(real) => Some(path_text(real)),
            None => self.recorder.path_from(site.process, directory, path),
        };
        if flags.has("O_PATH") || (flags.has("O_DIRECTORY") && !flags.has("O_TMPFILE")) {
            return self.opened_directory(site, value, path);
        }
        let mut path = path.ok_or("there is no path")?;
        if flags.has("O_TMPFILE") && real.is_none() {
            path.push_str("/(without a name)");
            self.recorder.files.deleted(&path, site.line);
        }
        let made = flags.has("O_CREAT") && flags.has("O_EXCL");
        let file = self.recorder.file_at(&path);
        let emptied =
            flags.has("O_TRUNC") || flags.has("O_TMPFILE") || made || self.recorder.files.is_remade(file);
        self.opened(site, value, Some(file), emptied, flags.has("O_APPEND"))
    }

    fn pair(&mut self, site: Site<'_>, descriptors: Argument<'_>) -> Recorded {
        for one in descriptors.parts(b'[').unwrap_or_default() {
            if let (Some(one), _) = one.descriptor() {
                self.opened(site, one.into(), None, false, false)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, site: Site<'_>, closed: Argument<'_>) -> Recorded {
        if let (Some(number), _) = closed.descriptor() {
            if let Some((_, file)) = self.known(site, closed) {
                self.recorder.files.count_call(file);
            }
            self.recorder.descriptors.close(site.process, number, site.line);
        }
        Ok(())
    }

    fn duplicate(&mut self, site: Site<'_>, from: Argument<'_>, to: u64) -> Recorded {
        // From a descriptor that is not known, such as one that a shell saved, comes one that is not.
        let number = from.descriptor().0;
        match number.map(|number| self.recorder.descriptors.resolve(site.process, number)) {
            Some(Ok(opening)) => {
                self.recorder.descriptors.open(site.process, descriptor(to), opening, site.line);
            }
            _ => self.recorder.descriptors.close(site.process, descriptor(to), site.line),
        }
        Ok(())
    }

    fn control(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        let command = call.argument(1);
        if command.has("F_DUPFD") || command.has("F_DUPFD_CLOEXEC") {
            return self.duplicate(site, call.argument(0), value);
        }
        if command.has("F_SETFL")
            && let Some((opening, _)) = self.known(site, call.argument(0))
        {
            self.recorder.descriptors.openings.at_mut(opening).appends = call.argument(2).has("O_APPEND");
        }
        Ok(())
    }

    /// A read or write as most are.
    #[inline(always)]
    pub(super) fn plain(&mut self, site: Site<'_>, plain: Plain) -> Recorded {
        let Plain { writes, descriptor, asked, at, moved } = plain;
        movable(moved)?;
        // Of nothing, all is shown.
        let data = if moved == 0 { Data::Shown(SmallVec::new()) } else { Data::Hidden };
        let opening = self.resolve_number(site, descriptor, None)?;
        let transfer = Transfer { opening, at, asked: Lengths::One(asked), moved, data };
        self.transferred(site, &transfer, writes, false);
        Ok(())
    }

    fn transfer(&mut self, site: Site<'_>, call: &Call<'_>, moved: u64, writes: bool) -> Recorded {
        let (asked, data) = asked(call, moved)?;
        let at = offset(call)?;
        let told_to_append = writes && call.argument(4).has("RWF_APPEND");
        let Some(opening) = self.resolve(site, call.argument(0))? else { return Ok(()) };
        self.transferred(site, &Transfer { opening, at, asked, moved, data }, writes, told_to_append);
        Ok(())
    }

    #[inline(always)]
    fn transferred(&mut self, site: Site<'_>, transfer: &Transfer<'_>, writes: bool, told_to_append: bool) {
        let opening = transfer.opening;
        let at_end = told_to_append || self.recorder.descriptors.openings.at(opening).appends;
        let action = if writes { Action::Write { transfer, at_end } } else { Action::Read(transfer) };
        self.done(site, opening, action);
    }

    fn seek(&mut self, site: Site<'_>, call: &Call<'_>, value: u64) -> Recorded {
        let by = call.argument(1).number().ok_or("there is no offset")?;
        let (to, whence) = match call.arguments().len() {
            // _llseek answers through a pointer.
            4 => {
                (call.argument(2).pointed_size().ok_or("where this led to is not logged")?, call.argument(3))
            }
            _ => (value, call.argument(2)),
        };
        let whence = match whence.0 {
            b"SEEK_SET" | b"0" => Whence::Start,
            b"SEEK_CUR" | b"1" => Whence::Current,
            b"SEEK_END" | b"2" => Whence::End,
            b"SEEK_DATA" | b"SEEK_HOLE" => {
                let reason = "a stream does not tell holes from zeros".into();
                return self.on(site, call.argument(0), |opening| Action::Unclear {
                    reason,
                    position: Some((opening, to)),
                });
            }
            _ => return Err("what this offset counts from is not known".to_owned()),
        };
        self.on(site, call.argument(0), |opening| Action::Seek { opening, whence, by, to })
    }

    fn allocate(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let mode = call.argument(1);
        let offset = call.argument(2).size().ok_or("there is no offset")?;
        let len = call.argument(3).size().ok_or("there is no length")?;
        let keeps = mode.has("FALLOC_FL_KEEP_SIZE");
        let known = ["FALLOC_FL_KEEP_SIZE", "FALLOC_FL_UNSHARE_RANGE", "0"];
        let action = if mode.has("FALLOC_FL_PUNCH_HOLE") {
            Action::Zero { offset, len, may_grow: false }
        } else if mode.has("FALLOC_FL_ZERO_RANGE") {
            Action::Zero { offset, len, may_grow: !keeps }
        } else if mode.has("FALLOC_FL_COLLAPSE_RANGE") {
            Action::Collapse { offset, len }
        } else if mode.has("FALLOC_FL_INSERT_RANGE") {
            Action::Insert { offset, len }
        } else if !mode
            .0
            .split(|byte| *byte == b'|')
            .all(|flag| known.iter().any(|known| known.as_bytes() == flag))
        {
            Action::Unclear { reason: "this way to allocate is not known here".into(), position: None }
        } else if keeps {
            // Room, but no bytes.
            return self.resolve(site, call.argument(0)).map(drop);
        } else {
            Action::Reserve(offset.checked_add(len).ok_or("no file reaches that far")?)
        };
        self.on(site, call.argument(0), |_| action)
    }

    /// From one descriptor to another, of which one may be a pipe or a socket.
    fn copy(
        &mut self,
        site: Site<'_>,
        (from, from_at): (Argument<'_>, Argument<'_>),
        (to, to_at): (Argument<'_>, Argument<'_>),
        asked: Argument<'_>,
        moved: u64,
    ) -> Recorded {
        movable(moved)?;
        let asked = Lengths::One(asked.size().ok_or("there is no length")?);
        let place = |at: Argument<'_>| match at.is_absent() {
            true => Ok(None),
            false => at.pointed_size().map(Some).ok_or("where is not logged"),
        };
        let (from_at, to_at) = (place(from_at)?, place(to_at)?);
        let (from, to) = (self.known(site, from), self.known(site, to));
        if from.is_none() && to.is_none() {
            return Err("neither descriptor of this call is known".to_owned());
        }
        if let Some((opening, _)) = from {
            let transfer = Transfer { opening, at: from_at, asked: asked.clone(), moved, data: Data::Hidden };
            self.done(site, opening, Action::Read(&transfer));
        }
        if let Some((opening, _)) = to {
            let transfer = Transfer { opening, at: to_at, asked, moved, data: Data::Hidden };
            self.transferred(site, &transfer, true, false);
        }
        Ok(())
    }

    fn length(
        &mut self,
        site: Site<'_>,
        of: Argument<'_>,
        status: Argument<'_>,
        size: &str,
        mode: &str,
    ) -> Recorded {
        let regular = status.field(mode).is_some_and(|mode| mode.has("S_IFREG"));
        let size = status.field(size).and_then(Argument::size).filter(|_| regular);
        if let Some((_, file)) = self.known(site, of) {
            match size {
                Some(size) => self.add(site, file, Action::Length(size)),
                None => self.recorder.files.count_call(file),
            }
        }
        Ok(())
    }

    fn rename(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let (from, to) = self.two_paths(site, call).ok_or("there is no path")?;
        if call.argument(4).has("RENAME_EXCHANGE") {
            return Err("two files that change places are not followed".to_owned());
        }
        self.recorder.files.renamed(&from, &to, site.line);
        Ok(())
    }

    /// What `rename` and `link` are given, or `renameat` and `linkat` with a directory before each.
    fn two_paths(&mut self, site: Site<'_>, call: &Call<'_>) -> Option<(String, String)> {
        let argument = |index| call.argument(index);
        let [from, to] = match call.name {
            b"rename" | b"link" => [(CURRENT, argument(0)), (CURRENT, argument(1))],
            _ => [(argument(0), argument(1)), (argument(2), argument(3))],
        };
        let mut path = |(directory, path)| self.recorder.path_from(site.process, directory, path);
        Some((path(from)?, path(to)?))
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
}

/// What a read or write asked for, and what the log shows of its data.
fn asked<'a>(call: &Call<'a>, moved: u64) -> Result<(Lengths, Data<'a>), String> {
    movable(moved)?;
    if !call.name.contains(&b'v') {
        let len = call.argument(2).size().ok_or("there is no length")?;
        let shown = call.argument(1).string();
        return Ok((
            Lengths::One(len),
            shown.map_or(Data::Hidden, |shown| Data::Shown(SmallVec::from([shown]))),
        ));
    }
    // With `-s 0` strace leaves the pieces out.
    let Some(pieces) = call.argument(1).pieces() else { return Ok((Lengths::One(moved), Data::Hidden)) };
    let lens = pieces.iter().map(|(_, len)| *len).collect();
    let shown: Option<SmallVec<_>> = pieces.into_iter().map(|(shown, _)| shown).collect();
    Ok((Lengths::Several(lens), shown.map_or(Data::Hidden, Data::Shown)))
}

fn movable(moved: u64) -> Recorded {
    match moved {
        ..=MOST_MOVED => Ok(()),
        _ => Err(format!("no call moves {moved} bytes at once: Linux stops at {MOST_MOVED}")),
    }
}

/// Where a call reads or writes, if not at the position.
fn offset(call: &Call<'_>) -> Result<Option<u64>, String> {
    if !call.name.starts_with(b"p") {
        return Ok(None);
    }
    match call.argument(3).number() {
        Some(-1) => Ok(None),
        Some(offset) if offset >= 0 => Ok(Some(offset as u64)),
        _ => Err("there is no offset".to_owned()),
    }
}

/// Calls that change neither contents nor positions, whatever descriptor they are given; and calls
/// whose first number is no descriptor.
fn is_without_effect(name: &[u8]) -> bool {
    /// In the order of the alphabet.
    const NAMES: &[&str] = &[
        "access",
        "alarm",
        "arm_fadvise64_64",
        "arm_sync_file_range",
        "brk",
        "cachestat",
        "chdir",
        "epoll_ctl",
        "epoll_pwait",
        "epoll_pwait2",
        "epoll_wait",
        "execve",
        "execveat",
        "exit",
        "exit_group",
        "faccessat",
        "faccessat2",
        "fadvise64",
        "fadvise64_64",
        "fanotify_mark",
        "fchdir",
        "fchmod",
        "fchmodat",
        "fchown",
        "fchown32",
        "fchownat",
        "fdatasync",
        "fgetxattr",
        "finit_module",
        "flistxattr",
        "flock",
        "fremovexattr",
        "fsetxattr",
        "fstat",
        "fstat64",
        "fstatat64",
        "fstatfs",
        "fstatfs64",
        "fsync",
        "futex",
        "futimesat",
        "getdents",
        "getdents64",
        "getgroups",
        "getpgid",
        "getpriority",
        "getsid",
        "inotify_add_watch",
        "inotify_rm_watch",
        "ioprio_get",
        "ioprio_set",
        "kcmp",
        "kill",
        "lstat",
        "lstat64",
        "madvise",
        "membarrier",
        "mkdirat",
        "mknodat",
        "mlock",
        "mprotect",
        "mremap",
        "msync",
        "munlock",
        "munmap",
        "name_to_handle_at",
        "nanosleep",
        "newfstatat",
        "pidfd_send_signal",
        "poll",
        "posix_fadvise",
        "ppoll",
        "prlimit64",
        "pselect6",
        "readahead",
        "readlink",
        "readlinkat",
        "rt_sigaction",
        "rt_sigprocmask",
        "sched_getaffinity",
        "sched_getparam",
        "sched_getscheduler",
        "sched_setaffinity",
        "sched_setparam",
        "sched_setscheduler",
        "select",
        "setfsgid",
        "setfsuid",
        "setgid",
        "setgroups",
        "setpgid",
        "setpriority",
        "setregid",
        "setresgid",
        "setresuid",
        "setreuid",
        "setuid",
        "stat",
        "stat64",
        "statx",
        "symlinkat",
        "sync",
        "sync_file_range",
        "sync_file_range2",
        "syncfs",
        "tee",
        "tgkill",
        "timerfd_gettime",
        "timerfd_settime",
        "tkill",
        "umask",
        "utimensat",
        "wait4",
        "waitid",
    ];
    NAMES.binary_search_by(|known| known.as_bytes().cmp(name)).is_ok()
}
