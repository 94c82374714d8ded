//! One action of a script as the system calls that it stands for.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::script::{Action, Age, Base, Dup, NUMBERS, Place, Slot, Target};
use crate::sys::{self, Arg, call};
use crate::witness::About;

use Arg::{In, Int, Null, Out, Text, Vector};

/// The state of a task: the start directory, and the descriptor number of each slot.
#[derive(Clone)]
pub(crate) struct Performer {
    pub(crate) root: String,
    /// Shared by the threads of a process.
    pub(crate) slots: Arc<Mutex<BTreeMap<Slot, i32>>>,
}

fn int(value: impl Into<i64>) -> Arg<'static> {
    Int(value.into())
}

fn size(value: usize) -> Arg<'static> {
    Int(value as i64)
}

/// The data of step `at`: text, with what logs must escape.
fn data(at: usize, len: usize) -> Vec<u8> {
    let alphabet = b"abcdefgh \"\\\n<>=()\x00\xff1234";
    (0..len).map(|byte| alphabet[(at * 7 + byte) % alphabet.len()]).collect()
}

impl Performer {
    fn number(&self, slot: Slot) -> i64 {
        if slot >= NUMBERS {
            return i64::from(slot - NUMBERS);
        }
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(&slot).map_or(-1, |number| i64::from(*number))
    }

    /// Remembers the number, unless it is that of an error, and returns it.
    fn set(&self, slot: Slot, number: i64) -> i64 {
        if number >= 0 {
            self.slots.lock().unwrap_or_else(PoisonError::into_inner).insert(slot, number as i32);
        }
        number
    }

    /// A path of the file that a descriptor or a place means.
    pub(crate) fn path_of(&self, about: &About<'_>) -> PathBuf {
        let (directory, path) = match about {
            About::Descriptor(slot) => (self.number(*slot), CString::default()),
            About::Path(place) => self.resolve(place),
        };
        let path = Path::new(OsStr::from_bytes(path.as_bytes())).to_owned();
        if directory == i64::from(libc::AT_FDCWD) {
            return path;
        }
        let directory = PathBuf::from(format!("/proc/thread-self/fd/{directory}"));
        if path.as_os_str().is_empty() { directory } else { directory.join(path) }
    }

    /// As a process knows it that does not share memory.
    pub(crate) fn copied(&self) -> Self {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Performer { root: self.root.clone(), slots: Arc::new(Mutex::new(slots)) }
    }

    fn resolve(&self, place: &Place) -> (i64, CString) {
        let below = |start: String| {
            let mut path = start.into_bytes();
            if !place.path.0.is_empty() {
                path.push(b'/');
                path.extend(&place.path.0);
            }
            path
        };
        let (directory, path) = match place.base {
            Base::Cwd => (libc::AT_FDCWD, place.path.0.clone()),
            Base::Root => (libc::AT_FDCWD, below(self.root.clone())),
            Base::Dir(slot) => (self.number(slot) as i32, place.path.0.clone()),
            Base::ProcFd(slot) => (libc::AT_FDCWD, below(format!("/proc/self/fd/{}", self.number(slot)))),
            Base::DevFd(slot) => (libc::AT_FDCWD, below(format!("/dev/fd/{}", self.number(slot)))),
            Base::PidFd(slot) => {
                (libc::AT_FDCWD, below(format!("/proc/{}/fd/{}", std::process::id(), self.number(slot))))
            }
            Base::Slash => (libc::AT_FDCWD, below(String::new())),
            Base::ProcCwd => (libc::AT_FDCWD, below("/proc/self/cwd".to_owned())),
        };
        (i64::from(directory), CString::new(path).unwrap_or_default())
    }

    /// Does what step `at` says, and returns what the call did. Errors are the kernel's answer, and part of the log.
    pub(crate) fn perform(&self, at: usize, action: &Action) -> i64 {
        match action {
            Action::Open { into, at, flags, mode, age } => {
                self.set(*into, self.open(at, *flags, *mode, *age))
            }
            Action::Openat2 { into, at, flags, mode, resolve } => {
                let (directory, path) = self.resolve(at);
                self.set(*into, openat2(directory, &path, *flags, *mode, *resolve))
            }
            Action::OpenByHandle { into, path, flags } => {
                let (directory, path) = self.resolve(path);
                let mut handle = [0; 136];
                handle[..4].copy_from_slice(&128_u32.to_ne_bytes());
                let mut mount = [0; 4];
                let arguments = &mut [Int(directory), Text(&path), Out(&mut handle), Out(&mut mount), int(0)];
                match call(libc::SYS_name_to_handle_at, arguments) {
                    0 => {
                        let arguments = &mut [int(libc::AT_FDCWD), In(&handle), int(*flags)];
                        self.set(*into, call(libc::SYS_open_by_handle_at, arguments))
                    }
                    error => error,
                }
            }
            Action::Creat { into, path } => {
                let (_, path) = self.resolve(path);
                #[cfg(target_arch = "x86_64")]
                let number = call(libc::SYS_creat, &mut [Text(&path), int(0o644)]);
                #[cfg(not(target_arch = "x86_64"))]
                let number = {
                    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
                    call(libc::SYS_openat, &mut [int(libc::AT_FDCWD), Text(&path), int(flags), int(0o644)])
                };
                self.set(*into, number)
            }
            Action::Dup { from, into, how } => self.set(*into, self.dup(*from, *how)),
            Action::Pipe { read, write, flags } => {
                let mut two = [0_u8; 8];
                let result = call(libc::SYS_pipe2, &mut [Out(&mut two), int(*flags)]);
                self.set_pair(result, *read, *write, two)
            }
            Action::Socketpair { first, second, kind } => {
                let mut two = [0_u8; 8];
                let arguments = &mut [int(libc::AF_UNIX), int(*kind), int(0), Out(&mut two)];
                let result = call(libc::SYS_socketpair, arguments);
                self.set_pair(result, *first, *second, two)
            }
            Action::Eventfd { into, flags } => {
                self.set(*into, call(libc::SYS_eventfd2, &mut [int(1), int(*flags)]))
            }
            Action::Memfd { into } => {
                self.set(*into, call(libc::SYS_memfd_create, &mut [Text(c"memory"), int(1)]))
            }
            Action::Epoll { into } => {
                self.set(*into, call(libc::SYS_epoll_create1, &mut [int(libc::EPOLL_CLOEXEC)]))
            }
            Action::Timerfd { into } => self.set(
                *into,
                call(libc::SYS_timerfd_create, &mut [int(libc::CLOCK_MONOTONIC), int(libc::TFD_NONBLOCK)]),
            ),
            Action::SendFds { via, slots } => {
                let numbers: Vec<i32> = slots.iter().map(|slot| self.number(*slot) as i32).collect();
                sys::send_descriptors(self.number(*via) as i32, &numbers)
            }
            Action::ReceiveFds { via, into, cloexec } => {
                let received = sys::receive_descriptors(self.number(*via) as i32, *cloexec);
                received.iter().zip(into).map(|(number, slot)| self.set(*slot, (*number).into())).sum()
            }
            Action::PidfdGetfd { into, of } => {
                let process = call(libc::SYS_pidfd_open, &mut [int(std::process::id()), int(0)]);
                let number = call(libc::SYS_pidfd_getfd, &mut [Int(process), Int(self.number(*of)), int(0)]);
                call(libc::SYS_close, &mut [Int(process)]);
                self.set(*into, number)
            }
            other => self.without_result(at, other),
        }
    }

    fn set_pair(&self, result: i64, first: Slot, second: Slot, two: [u8; 8]) -> i64 {
        let [a, b, c, d, rest @ ..] = two;
        if result == 0 {
            self.set(first, i32::from_ne_bytes([a, b, c, d]).into());
            self.set(second, i32::from_ne_bytes(rest).into());
        }
        result
    }

    fn open(&self, place: &Place, flags: i32, mode: u32, age: Age) -> i64 {
        let (directory, path) = self.resolve(place);
        match age {
            #[cfg(target_arch = "x86_64")]
            Age::Old if directory == i64::from(libc::AT_FDCWD) => {
                call(libc::SYS_open, &mut [Text(&path), int(flags), int(mode)])
            }
            Age::New => openat2(directory, &path, flags, mode, 0),
            _ => call(libc::SYS_openat, &mut [Int(directory), Text(&path), int(flags), int(mode)]),
        }
    }

    fn dup(&self, from: Slot, how: Dup) -> i64 {
        let number = Int(self.number(from));
        let target = |target| match target {
            Target::Slot(slot) => Int(self.number(slot)),
            Target::Number(number) => int(number),
        };
        match how {
            Dup::Lowest => call(libc::SYS_dup, &mut [number]),
            #[cfg(target_arch = "x86_64")]
            Dup::Two(over) => call(libc::SYS_dup2, &mut [number, target(over)]),
            #[cfg(not(target_arch = "x86_64"))]
            Dup::Two(over) => call(libc::SYS_dup3, &mut [number, target(over), int(0)]),
            Dup::Three(over, cloexec) => {
                let flags = if cloexec { libc::O_CLOEXEC } else { 0 };
                call(libc::SYS_dup3, &mut [number, target(over), int(flags)])
            }
            Dup::From(least) => call(libc::SYS_fcntl, &mut [number, int(libc::F_DUPFD), int(least)]),
            Dup::FromCloexec(least) => {
                call(libc::SYS_fcntl, &mut [number, int(libc::F_DUPFD_CLOEXEC), int(least)])
            }
        }
    }

    fn without_result(&self, at: usize, action: &Action) -> i64 {
        let slot = |slot: &Slot| Int(self.number(*slot));
        let pieces = |lens: &[usize]| lens.iter().map(|len| data(at, *len)).collect::<Vec<_>>();
        match action {
            Action::Close { slot: closed } => call(libc::SYS_close, &mut [slot(closed)]),
            Action::CloseRange { first, last, flags } => {
                call(libc::SYS_close_range, &mut [slot(first), slot(last), int(*flags)])
            }
            Action::SetCloexec { slot: of, on } => {
                call(libc::SYS_fcntl, &mut [slot(of), int(libc::F_SETFD), int(i32::from(*on))])
            }
            Action::SetAppend { slot: of, on } => {
                // Pipes stay non-blocking: nothing may wait for ever.
                let flags = libc::O_NONBLOCK | if *on { libc::O_APPEND } else { 0 };
                call(libc::SYS_fcntl, &mut [slot(of), int(libc::F_SETFL), int(flags)])
            }
            Action::Write { slot: to, len } => {
                call(libc::SYS_write, &mut [slot(to), In(&data(at, *len)), size(*len)])
            }
            Action::Writev { slot: to, lens } => {
                call(libc::SYS_writev, &mut [slot(to), Vector(&mut pieces(lens)), size(lens.len())])
            }
            Action::Pwrite { slot: to, len, offset } => {
                call(libc::SYS_pwrite64, &mut [slot(to), In(&data(at, *len)), size(*len), int(*offset)])
            }
            Action::Pwritev { slot: to, lens, offset, flags } => {
                let mut pieces = pieces(lens);
                let (number, flags) = match flags {
                    None => (libc::SYS_pwritev, 0),
                    Some(flags) => (libc::SYS_pwritev2, *flags),
                };
                let high = int(*offset >> 63);
                call(
                    number,
                    &mut [slot(to), Vector(&mut pieces), size(lens.len()), int(*offset), high, int(flags)],
                )
            }
            Action::Read { slot: from, len } => {
                call(libc::SYS_read, &mut [slot(from), Out(&mut vec![0; *len]), size(*len)])
            }
            Action::Readv { slot: from, lens } => {
                call(libc::SYS_readv, &mut [slot(from), Vector(&mut pieces(lens)), size(lens.len())])
            }
            Action::Pread { slot: from, len, offset } => {
                call(libc::SYS_pread64, &mut [slot(from), Out(&mut vec![0; *len]), size(*len), int(*offset)])
            }
            Action::Preadv { slot: from, lens, offset } => {
                let mut pieces = pieces(lens);
                call(
                    libc::SYS_preadv,
                    &mut [slot(from), Vector(&mut pieces), size(lens.len()), int(*offset), int(0)],
                )
            }
            Action::ReadToEnd { slot: from, len } => {
                let mut buffer = vec![0; *len];
                (0..40)
                    .find(|_| call(libc::SYS_read, &mut [slot(from), Out(&mut buffer), size(*len)]) <= 0)
                    .map_or(0, |_| 0)
            }
            Action::Seek { slot: of, offset, whence } => {
                call(libc::SYS_lseek, &mut [slot(of), int(*offset), int(*whence)])
            }
            Action::Ftruncate { slot: of, len } => call(libc::SYS_ftruncate, &mut [slot(of), int(*len)]),
            Action::Fallocate { slot: of, mode, offset, len } => {
                call(libc::SYS_fallocate, &mut [slot(of), int(*mode), int(*offset), int(*len)])
            }
            Action::CopyFileRange { from, from_offset, into, into_offset, len } => {
                let (mut source, mut target) = (bytes_of(*from_offset), bytes_of(*into_offset));
                let (source, target) = (optional(&mut source), optional(&mut target));
                call(
                    libc::SYS_copy_file_range,
                    &mut [slot(from), source, slot(into), target, size(*len), int(0)],
                )
            }
            Action::Splice { from, from_offset, into, into_offset, len } => {
                let (mut source, mut target) = (bytes_of(*from_offset), bytes_of(*into_offset));
                let (source, target) = (optional(&mut source), optional(&mut target));
                let flags = int(libc::SPLICE_F_NONBLOCK);
                call(libc::SYS_splice, &mut [slot(from), source, slot(into), target, size(*len), flags])
            }
            Action::Sendfile { from, from_offset, into, len } => {
                let mut source = bytes_of(*from_offset);
                call(libc::SYS_sendfile, &mut [slot(into), slot(from), optional(&mut source), size(*len)])
            }
            Action::Fchdir { slot: to } => call(libc::SYS_fchdir, &mut [slot(to)]),
            Action::Getcwd => call(libc::SYS_getcwd, &mut [Out(&mut [0; 4096]), int(4096)]),
            Action::Fstat { slot: of, new: false } => {
                call(libc::SYS_fstat, &mut [slot(of), Out(&mut [0; 256])])
            }
            Action::Fstat { slot: of, new: true } => {
                let flags = int(libc::AT_EMPTY_PATH);
                let mask = Int(libc::STATX_BASIC_STATS.into());
                call(libc::SYS_statx, &mut [slot(of), Text(c""), flags, mask, Out(&mut [0; 256])])
            }
            Action::Ioctl { slot: of, request } => {
                call(libc::SYS_ioctl, &mut [slot(of), Int(*request as i64), Out(&mut [0; 256])])
            }
            Action::Fsync { slot: of } => call(libc::SYS_fdatasync, &mut [slot(of)]),
            Action::Lock { slot: of } => {
                call(libc::SYS_flock, &mut [slot(of), int(libc::LOCK_EX | libc::LOCK_NB)])
            }
            Action::Mmap { slot: of, len, shared, write } => {
                let protection = libc::PROT_READ | if *write { libc::PROT_WRITE } else { 0 };
                let flags = if *shared { libc::MAP_SHARED } else { libc::MAP_PRIVATE };
                call(libc::SYS_mmap, &mut [Null, size(*len), int(protection), int(flags), slot(of), int(0)])
            }
            Action::Unshare { flags } => call(libc::SYS_unshare, &mut [int(*flags)]),
            Action::Wait => {
                let any = || call(libc::SYS_wait4, &mut [int(-1), Null, int(libc::WNOHANG), Null]);
                (0..8).find(|_| any() <= 0).map_or(0, |_| 0)
            }
            other => self.on_paths(other),
        }
    }

    fn on_paths(&self, action: &Action) -> i64 {
        let here = i64::from(libc::AT_FDCWD);
        match action {
            Action::Truncate { path, len } => {
                call(libc::SYS_truncate, &mut [Text(&self.resolve(path).1), int(*len)])
            }
            Action::Link { from, to, flags, age } => {
                let ((old_dir, old), (new_dir, new)) = (self.resolve(from), self.resolve(to));
                match age {
                    #[cfg(target_arch = "x86_64")]
                    Age::Old if (old_dir, new_dir, *flags) == (here, here, 0) => {
                        call(libc::SYS_link, &mut [Text(&old), Text(&new)])
                    }
                    _ => call(
                        libc::SYS_linkat,
                        &mut [Int(old_dir), Text(&old), Int(new_dir), Text(&new), int(*flags)],
                    ),
                }
            }
            Action::Symlink { target, to, age } => {
                let (directory, to) = self.resolve(to);
                let target = CString::new(target.0.clone()).unwrap_or_default();
                match age {
                    #[cfg(target_arch = "x86_64")]
                    Age::Old if directory == here => call(libc::SYS_symlink, &mut [Text(&target), Text(&to)]),
                    _ => call(libc::SYS_symlinkat, &mut [Text(&target), Int(directory), Text(&to)]),
                }
            }
            Action::Rename { from, to, flags, age } => {
                let ((old_dir, old), (new_dir, new)) = (self.resolve(from), self.resolve(to));
                let mut arguments = [Int(old_dir), Text(&old), Int(new_dir), Text(&new), int(*flags)];
                match age {
                    #[cfg(target_arch = "x86_64")]
                    Age::Old if (old_dir, new_dir, *flags) == (here, here, 0) => {
                        call(libc::SYS_rename, &mut [Text(&old), Text(&new)])
                    }
                    #[cfg(target_arch = "x86_64")]
                    Age::At if *flags == 0 => call(libc::SYS_renameat, &mut arguments[..4]),
                    _ => call(libc::SYS_renameat2, &mut arguments),
                }
            }
            Action::Unlink { path, dir, age } => {
                let (directory, path) = self.resolve(path);
                match (age, dir) {
                    #[cfg(target_arch = "x86_64")]
                    (Age::Old, false) if directory == here => call(libc::SYS_unlink, &mut [Text(&path)]),
                    #[cfg(target_arch = "x86_64")]
                    (Age::Old, true) if directory == here => call(libc::SYS_rmdir, &mut [Text(&path)]),
                    _ => {
                        let flags = if *dir { libc::AT_REMOVEDIR } else { 0 };
                        call(libc::SYS_unlinkat, &mut [Int(directory), Text(&path), int(flags)])
                    }
                }
            }
            Action::Mkdir { path, age } => {
                let (directory, path) = self.resolve(path);
                match age {
                    #[cfg(target_arch = "x86_64")]
                    Age::Old if directory == here => call(libc::SYS_mkdir, &mut [Text(&path), int(0o755)]),
                    _ => call(libc::SYS_mkdirat, &mut [Int(directory), Text(&path), int(0o755)]),
                }
            }
            Action::Chroot { path } => call(libc::SYS_chroot, &mut [Text(&self.resolve(path).1)]),
            Action::Chdir { path } => call(libc::SYS_chdir, &mut [Text(&self.resolve(path).1)]),
            Action::Readlink { path } => {
                let (directory, path) = self.resolve(path);
                let mut target = [0; 4096];
                call(libc::SYS_readlinkat, &mut [Int(directory), Text(&path), Out(&mut target), int(4096)])
            }
            Action::Stat { path, follow, age } => self.stat(path, *follow, *age),
            _ => -1,
        }
    }

    fn stat(&self, place: &Place, follow: bool, age: Age) -> i64 {
        let (directory, path) = self.resolve(place);
        let mut result = [0; 256];
        let flags = int(if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW });
        match age {
            #[cfg(target_arch = "x86_64")]
            Age::Old if directory == i64::from(libc::AT_FDCWD) => {
                let number = if follow { libc::SYS_stat } else { libc::SYS_lstat };
                call(number, &mut [Text(&path), Out(&mut result)])
            }
            Age::New => {
                let mask = Int(libc::STATX_BASIC_STATS.into());
                call(libc::SYS_statx, &mut [Int(directory), Text(&path), flags, mask, Out(&mut result)])
            }
            _ => call(libc::SYS_newfstatat, &mut [Int(directory), Text(&path), Out(&mut result), flags]),
        }
    }
}

fn openat2(directory: i64, path: &std::ffi::CStr, flags: i32, mode: u32, resolve: u64) -> i64 {
    let creates = flags & (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)) != 0;
    let mode = if creates { u64::from(mode) } else { 0 };
    let how: Vec<u8> =
        [u64::from(flags as u32), mode, resolve].into_iter().flat_map(u64::to_ne_bytes).collect();
    call(libc::SYS_openat2, &mut [Int(directory), Text(path), In(&how), int(24)])
}

fn bytes_of(offset: Option<i64>) -> Option<[u8; 8]> {
    offset.map(i64::to_ne_bytes)
}

fn optional(offset: &mut Option<[u8; 8]>) -> Arg<'_> {
    offset.as_mut().map_or(Null, |bytes| Out(bytes))
}
