//! What each call of the system did, by its name.

use bytes::Bytes;

use super::access::{Action, Lengths, Transfer, Whence};
use super::call::{Argument, Call, Shown, unescape};
use super::record::{Recorded, Recorder, Site, descriptor, shares};

/// No call of Linux moves more.
const MOST_MOVED: u64 = 0x7fff_f000;

impl Recorder {
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
            "open" => self.open(site, argument(0), None, argument(1), value, path),
            "openat" | "openat2" => {
                self.open(site, argument(1), argument(0).descriptor().1, argument(2), value, path)
            }
            "creat" => self.open(site, argument(0), None, Argument(b"O_CREAT|O_TRUNC"), value, path),
            "memfd_create" => {
                let name = format!("memfd:{}", text_of(argument(0)).unwrap_or_default());
                let file = self.files.at(&name);
                self.opened(site, value, Some(file), true, false)
            }
            "close" => self.close(site, argument(0)),
            "close_range" => {
                if let (Some(first), Some(last)) = (argument(0).size(), argument(1).size()) {
                    let (first, last) = (descriptor(first), descriptor(last));
                    if !argument(2).has("CLOSE_RANGE_CLOEXEC") {
                        self.descriptors.close_range(site.process, first, last, site.line);
                    }
                }
                Ok(())
            }
            "dup" | "dup2" | "dup3" => self.duplicate(site, argument(0), value),
            "fcntl" | "fcntl64" => self.control(site, call, value),
            "read" | "readv" | "pread" | "pread64" | "preadv" | "preadv2" => self.read(site, call, value),
            "write" | "writev" | "pwrite" | "pwrite64" | "pwritev" | "pwritev2" => {
                self.write(site, call, value)
            }
            "lseek" | "_llseek" | "llseek" => self.seek(site, call, value),
            "ftruncate" | "ftruncate64" => {
                let length = argument(1).size().ok_or("there is no length")?;
                self.on(site, argument(0), |_| Action::Resize(length))
            }
            "truncate" | "truncate64" => {
                let length = argument(1).size().ok_or("there is no length")?;
                let file = self.files.at(&text_of(argument(0)).ok_or("there is no path")?);
                self.add(site, file, Action::Resize(length));
                Ok(())
            }
            "fallocate" => self.allocate(site, call),
            "copy_file_range" | "splice" => {
                let (from, to) = ((argument(0), argument(1)), (argument(2), argument(3)));
                self.copy(site, from, to, argument(4), value)
            }
            "sendfile" | "sendfile64" => {
                let (from, to) = ((argument(1), argument(2)), (argument(0), Argument(b"NULL")));
                self.copy(site, from, to, argument(3), value)
            }
            "fstat" | "fstat64" => self.length(site, argument(0), argument(1), "st_size", "st_mode"),
            "newfstatat" | "fstatat64" if argument(1).0 == b"\"\"" => {
                self.length(site, argument(0), argument(2), "st_size", "st_mode")
            }
            "statx" if argument(1).0 == b"\"\"" => {
                self.length(site, argument(0), argument(4), "stx_size", "stx_mode")
            }
            "unlink" | "unlinkat" => {
                let path = if call.name == "unlink" { argument(0) } else { argument(1) };
                let directory = argument(0).descriptor().1;
                if let Some(path) = text_of(path).filter(|_| !argument(2).has("AT_REMOVEDIR")) {
                    self.files.deleted(&joined(directory, &path), site.line);
                }
                Ok(())
            }
            "rename" | "renameat" | "renameat2" => self.rename(site, call),
            "link" | "linkat" => {
                let (first, second) = if call.name == "link" { (0, 1) } else { (1, 3) };
                if let (Some(first), Some(second)) = (text_of(argument(first)), text_of(argument(second))) {
                    self.files.linked(&first, &second);
                }
                Ok(())
            }
            "mmap" | "mmap2" => {
                if argument(2).has("PROT_WRITE")
                    && (argument(3).has("MAP_SHARED") || argument(3).has("MAP_SHARED_VALIDATE"))
                {
                    self.unclear(site, argument(4), "writes to mapped memory do not show in a log");
                }
                Ok(())
            }
            "ioctl" => {
                let clones = ["FICLONE", "FICLONERANGE", "BTRFS_IOC_CLONE", "BTRFS_IOC_CLONE_RANGE"];
                if clones.iter().any(|name| argument(1).has(name)) {
                    self.unclear(site, argument(0), "which bytes were cloned does not show in the log");
                }
                Ok(())
            }
            "clone" | "clone2" | "clone3" | "fork" | "vfork" => {
                self.descriptors.fork(site.process, descriptor(value), shares(site.text));
                Ok(())
            }
            "socket" | "accept" | "accept4" | "epoll_create" | "epoll_create1" | "eventfd" | "eventfd2"
            | "timerfd_create" | "signalfd" | "signalfd4" | "inotify_init" | "inotify_init1"
            | "pidfd_open" | "userfaultfd" | "perf_event_open" | "open_tree" | "fanotify_init" | "fsopen"
            | "bpf" => self.opened(site, value, None, false, false),
            "pipe" | "pipe2" => self.pair(site, argument(0)),
            "socketpair" => self.pair(site, argument(3)),
            "io_uring_setup" | "io_uring_enter" | "io_uring_register" => {
                Err("what io_uring does to files does not show in a log".to_owned())
            }
            "io_submit" => self.submitted(site),
            name if is_without_effect(name) => Ok(()),
            name => {
                let reason = format!("what {name} does to the file is not known here");
                self.unclear_if_annotated(site, call, &reason);
                Ok(())
            }
        }
    }

    fn open(
        &mut self,
        site: Site<'_>,
        path: Argument<'_>,
        directory: Option<&[u8]>,
        flags: Argument<'_>,
        value: u64,
        real: Option<&[u8]>,
    ) -> Recorded {
        if flags.has("O_PATH") || (flags.has("O_DIRECTORY") && !flags.has("O_TMPFILE")) {
            return self.opened(site, value, None, false, false);
        }
        let mut path = match real.filter(|real| real.starts_with(b"/")) {
            Some(real) => String::from_utf8_lossy(&unescape(real)).into_owned(),
            None => joined(directory, &text_of(path).ok_or("there is no path")?),
        };
        if flags.has("O_TMPFILE") && real.is_none() {
            path.push_str("/(without a name)");
        }
        let made = flags.has("O_CREAT") && flags.has("O_EXCL");
        let file = self.files.at(&path);
        let emptied = flags.has("O_TRUNC") || flags.has("O_TMPFILE") || made || self.files.is_remade(file);
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
                self.files.count_call(file);
            }
            self.descriptors.close(site.process, number, site.line);
        }
        Ok(())
    }

    fn duplicate(&mut self, site: Site<'_>, from: Argument<'_>, to: u64) -> Recorded {
        // From a descriptor that is not known, such as one that a shell saved, comes one that is not.
        let number = from.descriptor().0;
        match number.map(|number| self.descriptors.resolve(site.process, number)) {
            Some(Ok(opening)) => self.descriptors.open(site.process, descriptor(to), opening, site.line),
            _ => self.descriptors.close(site.process, descriptor(to), site.line),
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
            self.openings[opening.0].appends = call.argument(2).has("O_APPEND");
        }
        Ok(())
    }

    fn read(&mut self, site: Site<'_>, call: &Call<'_>, moved: u64) -> Recorded {
        let (asked, data) = asked(call, moved)?;
        let at = offset(call)?;
        self.on(site, call.argument(0), |opening| Action::Read(Transfer { opening, at, asked, moved, data }))
    }

    fn write(&mut self, site: Site<'_>, call: &Call<'_>, moved: u64) -> Recorded {
        let (asked, data) = asked(call, moved)?;
        let at = offset(call)?;
        let told_to_append = call.argument(4).has("RWF_APPEND");
        let Some(opening) = self.resolve(site, call.argument(0))? else { return Ok(()) };
        let at_end = told_to_append || self.openings[opening.0].appends;
        let transfer = Transfer { opening, at, asked, moved, data };
        self.done(site, opening, Action::Write { transfer, at_end });
        Ok(())
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
                let reason = "a stream does not tell holes from zeros".to_owned();
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
            Action::Unclear { reason: "this way to allocate is not known here".to_owned(), position: None }
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
            let transfer = Transfer { opening, at: from_at, asked: asked.clone(), moved, data: None };
            self.done(site, opening, Action::Read(transfer));
        }
        if let Some((opening, _)) = to {
            let at_end = self.openings[opening.0].appends;
            let transfer = Transfer { opening, at: to_at, asked, moved, data: None };
            self.done(site, opening, Action::Write { transfer, at_end });
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
                None => self.files.count_call(file),
            }
        }
        Ok(())
    }

    fn rename(&mut self, site: Site<'_>, call: &Call<'_>) -> Recorded {
        let (from, to) = if call.name == "rename" { (0, 1) } else { (1, 3) };
        let path = |index: usize| {
            let directory = (index > 0).then(|| call.argument(index - 1).descriptor().1).flatten();
            text_of(call.argument(index)).map(|path| joined(directory, &path))
        };
        let (Some(from), Some(to)) = (path(from), path(to)) else {
            return Err("there is no path".to_owned());
        };
        if call.argument(4).has("RENAME_EXCHANGE") {
            return Err("two files that change places are not followed".to_owned());
        }
        self.files.renamed(&from, &to, site.line);
        Ok(())
    }

    fn submitted(&mut self, site: Site<'_>) -> Recorded {
        const FIELD: &[u8] = b"aio_fildes=";
        for at in memchr::memmem::find_iter(site.text, FIELD) {
            let rest = &site.text[at + FIELD.len()..];
            let end = rest.iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(rest.len());
            self.unclear(site, Argument(&rest[..end]), "what io_submit leads to does not show in a log");
        }
        Ok(())
    }
}

/// What a read or write asked for, and its data if the log holds all of it.
fn asked(call: &Call<'_>, moved: u64) -> Result<(Lengths, Option<Bytes>), String> {
    movable(moved)?;
    if !call.name.contains('v') {
        let len = call.argument(2).size().ok_or("there is no length")?;
        return Ok((Lengths::One(len), call.argument(1).string().and_then(|shown| all(&[shown], moved))));
    }
    // With `-s 0` strace leaves the pieces out.
    let Some(pieces) = call.argument(1).pieces() else { return Ok((Lengths::One(moved), None)) };
    let lens: Box<[u64]> = pieces.iter().map(|(_, len)| *len).collect();
    let shown: Option<Vec<Shown>> = pieces.into_iter().map(|(shown, _)| shown).collect();
    Ok((Lengths::Several(lens), shown.and_then(|shown| all(&shown, moved))))
}

/// The first `moved` bytes, if they are all shown.
fn all(shown: &[Shown], moved: u64) -> Option<Bytes> {
    let mut bytes = Vec::new();
    for piece in shown {
        bytes.extend_from_slice(&piece.bytes);
        if !piece.complete {
            break;
        }
    }
    let moved = usize::try_from(moved).ok()?;
    bytes.get(..moved)?;
    bytes.truncate(moved);
    Some(bytes.into())
}

fn movable(moved: u64) -> Recorded {
    match moved {
        ..=MOST_MOVED => Ok(()),
        _ => Err(format!("no call moves {moved} bytes at once: Linux stops at {MOST_MOVED}")),
    }
}

/// Where a call reads or writes, if not at the position.
fn offset(call: &Call<'_>) -> Result<Option<u64>, String> {
    if !call.name.starts_with('p') {
        return Ok(None);
    }
    match call.argument(3).number() {
        Some(-1) => Ok(None),
        Some(offset) if offset >= 0 => Ok(Some(offset as u64)),
        _ => Err("there is no offset".to_owned()),
    }
}

fn text_of(argument: Argument<'_>) -> Option<String> {
    argument.string().map(|shown| String::from_utf8_lossy(&shown.bytes).into_owned())
}

/// `path`, seen from `directory` if that is known.
fn joined(directory: Option<&[u8]>, path: &str) -> String {
    match directory {
        Some(directory) if !path.starts_with('/') => format!("{}/{path}", String::from_utf8_lossy(directory)),
        _ => path.to_owned(),
    }
}

/// Calls that change neither contents nor positions, whatever descriptor they are given; and calls
/// whose first number is no descriptor.
fn is_without_effect(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "fsync",
        "fdatasync",
        "sync_file_range",
        "syncfs",
        "sync",
        "msync",
        "fadvise64",
        "posix_fadvise",
        "readahead",
        "flock",
        "fchmod",
        "fchmodat",
        "fchown",
        "fchownat",
        "futimesat",
        "utimensat",
        "fgetxattr",
        "fsetxattr",
        "flistxattr",
        "fremovexattr",
        "fstatfs",
        "fstatfs64",
        "fstat",
        "fstat64",
        "newfstatat",
        "fstatat64",
        "statx",
        "stat",
        "stat64",
        "lstat",
        "lstat64",
        "access",
        "faccessat",
        "faccessat2",
        "readlink",
        "readlinkat",
        "getdents",
        "getdents64",
        "fchdir",
        "chdir",
        "poll",
        "ppoll",
        "select",
        "pselect6",
        "epoll_ctl",
        "epoll_wait",
        "epoll_pwait",
        "epoll_pwait2",
        "munmap",
        "mprotect",
        "madvise",
        "mremap",
        "brk",
        "execve",
        "execveat",
        "exit",
        "exit_group",
        "wait4",
        "waitid",
        "kill",
        "tgkill",
        "tkill",
        "alarm",
        "umask",
        "setuid",
        "setgid",
        "getpgid",
        "getsid",
        "setpgid",
        "prlimit64",
        "getpriority",
        "setpriority",
        "sched_getaffinity",
        "sched_setaffinity",
        "sched_getparam",
        "sched_setparam",
        "sched_getscheduler",
        "sched_setscheduler",
        "getgroups",
        "setgroups",
        "ioprio_get",
        "ioprio_set",
        "futex",
        "nanosleep",
        "pidfd_send_signal",
        "inotify_add_watch",
        "inotify_rm_watch",
        "name_to_handle_at",
        "mkdirat",
        "symlinkat",
        "mknodat",
        "cachestat",
        "kcmp",
        "finit_module",
        "fanotify_mark",
        "timerfd_settime",
        "timerfd_gettime",
        "mlock",
        "munlock",
        "membarrier",
        "setresuid",
        "setresgid",
        "setreuid",
        "setregid",
        "setfsuid",
        "setfsgid",
        "rt_sigaction",
        "rt_sigprocmask",
        "tee",
    ];
    NAMES.contains(&name)
}
