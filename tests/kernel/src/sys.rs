//! Raw system calls, processes that share what `clone` lets them share, and memory that survives `exec`.
//!
//! The only place with `unsafe`: see `Cargo.toml` for why no safe wrapper will do.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::sync::atomic::{AtomicU32, Ordering};

/// An argument of a system call. Borrowed arguments are passed by address.
pub(crate) enum Arg<'a> {
    Int(i64),
    Text(&'a CStr),
    In(&'a [u8]),
    Out(&'a mut [u8]),
    /// Buffers of a vectored call, which are only read or only filled.
    Vector(&'a mut [Vec<u8>]),
    Null,
}

/// Makes the call and returns what the C library does: -1 on an error.
pub(crate) fn call(number: libc::c_long, args: &mut [Arg<'_>]) -> i64 {
    let mut raw = [0_usize; 6];
    let mut vectors: Vec<Vec<libc::iovec>> = Vec::new();
    for (at, arg) in args.iter_mut().enumerate() {
        raw[at] = match arg {
            Arg::Int(value) => *value as usize,
            Arg::Text(text) => text.as_ptr() as usize,
            Arg::In(bytes) => bytes.as_ptr() as usize,
            Arg::Out(bytes) => bytes.as_mut_ptr() as usize,
            Arg::Vector(buffers) => {
                let of = |buffer: &mut Vec<u8>| libc::iovec {
                    iov_base: buffer.as_mut_ptr().cast(),
                    iov_len: buffer.len(),
                };
                vectors.push(buffers.iter_mut().map(of).collect());
                vectors[vectors.len() - 1].as_ptr() as usize
            }
            Arg::Null => 0,
        };
    }
    // SAFETY: every address is of memory that `args` and `vectors` borrow until the call returns, and the callers
    // pass its length beside it.
    unsafe { libc::syscall(number, raw[0], raw[1], raw[2], raw[3], raw[4], raw[5]) }
}

/// Sends descriptors over a socket.
pub(crate) fn send_descriptors(socket: i32, descriptors: &[i32]) -> i64 {
    let mut payload = *b"fds:";
    let mut control = [0_u64; 32];
    let bytes = u32::try_from(std::mem::size_of_val(descriptors)).unwrap_or(0);
    let mut piece = libc::iovec { iov_base: payload.as_mut_ptr().cast(), iov_len: payload.len() };
    // SAFETY: an all-zero msghdr is valid, and each pointer in it is to a local that outlives the call; `control` is
    // aligned and large enough for 60 descriptors, of which the callers pass at most 8.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut piece, 1);
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(bytes) as _;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(bytes) as _;
        std::ptr::copy_nonoverlapping(
            descriptors.as_ptr().cast::<u8>(),
            libc::CMSG_DATA(header),
            bytes as usize,
        );
        libc::sendmsg(socket, &raw const message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as i64
    }
}

/// Receives descriptors from a socket, if some are waiting.
pub(crate) fn receive_descriptors(socket: i32, cloexec: bool) -> Vec<i32> {
    let mut payload = [0_u8; 4];
    let mut control = [0_u64; 32];
    let mut piece = libc::iovec { iov_base: payload.as_mut_ptr().cast(), iov_len: payload.len() };
    let flags = libc::MSG_DONTWAIT | if cloexec { libc::MSG_CMSG_CLOEXEC } else { 0 };
    let mut received = Vec::new();
    // SAFETY: as in `send_descriptors`; the kernel wrote the control data that is read, and says how long it is.
    unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut piece, 1);
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = std::mem::size_of_val(&control) as _;
        if libc::recvmsg(socket, &raw mut message, flags) < 0 {
            return received;
        }
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if !header.is_null() && (*header).cmsg_type == libc::SCM_RIGHTS {
            let count = ((*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize) / size_of::<i32>();
            let first = libc::CMSG_DATA(header).cast::<i32>();
            received.extend((0..count).map(|at| first.add(at).read_unaligned()));
        }
    }
    received
}

/// `fork`: whether this is the child, or none if it failed.
pub(crate) fn fork() -> Option<bool> {
    // SAFETY: the child goes on with the interpreter, which other threads hold no lock of: they wait for their turn.
    match unsafe { libc::fork() } {
        0 => Some(true),
        pid => (pid > 0).then_some(false),
    }
}

/// `clone` without a stack of its own: as `fork`, but with flags that share descriptors or the directory.
pub(crate) fn clone(flags: i32, newest: bool) -> Option<bool> {
    let flags = i64::from(flags);
    let pid = if newest {
        let mut fields = [0_u64; 11];
        (fields[0], fields[4]) = (flags as u64, libc::SIGCHLD as u64);
        // SAFETY: the arguments are a `clone_args` of 88 bytes; without CLONE_VM the child has its own memory.
        unsafe { libc::syscall(libc::SYS_clone3, fields.as_ptr(), size_of_val(&fields)) }
    } else {
        // SAFETY: without CLONE_VM the child has its own memory, stack included.
        unsafe { libc::syscall(libc::SYS_clone, flags | i64::from(libc::SIGCHLD), 0, 0, 0, 0) }
    };
    match pid {
        0 => Some(true),
        pid => (pid > 0).then_some(false),
    }
}

/// Runs `child`, which must not return, in a process that shares this one's memory, until it execs or ends.
/// Whether it was made.
pub(crate) fn spawn(child: &mut dyn FnMut()) -> bool {
    extern "C" fn enter(argument: *mut libc::c_void) -> libc::c_int {
        // SAFETY: `argument` is the pointer to `child` below, and the parent waits meanwhile.
        unsafe { (*argument.cast::<&mut dyn FnMut()>())() };
        exit()
    }
    let mut child = child;
    let mut stack = vec![0_u128; 16 << 10];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is the child's alone and outlives it, because the parent waits until it execs or ends.
    let pid = unsafe {
        let top = stack.as_mut_ptr().add(stack.len());
        libc::clone(enter, top.cast(), flags, (&raw mut child).cast())
    };
    pid > 0
}

/// As [`spawn`], with the system call `vfork`.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
pub(crate) fn vfork(child: &mut dyn FnMut()) -> bool {
    fn enter(child: &mut dyn FnMut()) -> ! {
        child();
        exit()
    }
    let pid: i64;
    // SAFETY: the child never returns from this function, so that the parent finds its frame whole, and the
    // parent waits until the child execs or ends.
    unsafe {
        std::arch::asm!("syscall", inlateout("rax") libc::SYS_vfork => pid, lateout("rcx") _, lateout("r11") _);
    }
    if pid == 0 { enter(child) } else { pid > 0 }
}

/// As [`spawn`]: other machines have no such call.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn vfork(child: &mut dyn FnMut()) -> bool {
    spawn(child)
}

/// Ends the process, without the C library's cleaning.
pub(crate) fn exit() -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(0) }
}

/// Replaces the program; returns only if that failed.
pub(crate) fn exec(program: &CStr, by_descriptor: bool, arguments: &[std::ffi::CString]) {
    let mut pointers: Vec<*const libc::c_char> = arguments.iter().map(|argument| argument.as_ptr()).collect();
    pointers.push(std::ptr::null());
    let environment = [std::ptr::null::<libc::c_char>()];
    // SAFETY: both lists end with null, and their strings outlive the call.
    unsafe {
        if by_descriptor {
            let flags = libc::O_PATH | libc::O_CLOEXEC;
            let descriptor = libc::open(program.as_ptr(), flags);
            let (empty, at) = (c"".as_ptr(), libc::AT_EMPTY_PATH);
            libc::syscall(libc::SYS_execveat, descriptor, empty, pointers.as_ptr(), environment.as_ptr(), at);
        } else {
            libc::execve(program.as_ptr(), pointers.as_ptr(), environment.as_ptr());
        }
    }
}

/// Words that all processes of a program share, also after `exec`.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) id: i32,
    words: &'static [AtomicU32],
}

impl Shared {
    const BYTES: usize = 4096;

    /// Creates the words, or attaches to `id`. They are freed when the last process ends.
    pub(crate) fn attach(id: Option<i32>) -> Option<Self> {
        // SAFETY: a new mapping of zeroed memory that is never unmapped; the segment is removed once its last user ends.
        unsafe {
            let made = id.unwrap_or_else(|| libc::shmget(libc::IPC_PRIVATE, Self::BYTES, 0o600));
            let address = libc::shmat(made, std::ptr::null(), 0);
            if id.is_none() {
                libc::shmctl(made, libc::IPC_RMID, std::ptr::null_mut());
            }
            let mapped = address.addr() != usize::MAX;
            mapped.then(|| {
                let words = std::slice::from_raw_parts(address.cast::<AtomicU32>(), Self::BYTES / 4);
                Shared { id: made, words }
            })
        }
    }

    pub(crate) fn get(self, at: usize) -> u32 {
        self.words[at].load(Ordering::SeqCst)
    }

    /// Changes the word at `at` from `from` to `to`, unless another process changed it, and wakes all waiters.
    pub(crate) fn change(self, at: usize, from: u32, to: u32) {
        if self.words[at].compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // SAFETY: the address is of a word that is never unmapped.
            unsafe { libc::syscall(libc::SYS_futex, self.words[at].as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
        }
    }

    /// Waits up to 20 ms for the word at `at` to differ from `from`.
    pub(crate) fn wait(self, at: usize, from: u32) {
        let timeout = libc::timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        // SAFETY: the address is of a word that is never unmapped, and the timeout outlives the call.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.words[at].as_ptr(),
                libc::FUTEX_WAIT,
                from,
                &raw const timeout,
            )
        };
    }
}
