//! Programs as data: an initial directory, and a list of steps with the process or thread that takes each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A descriptor that an action made, by a number of its own. Each task has its own copy of this table.
///
/// From [`NUMBERS`] on it is a number itself: `NUMBERS + 3` is descriptor 3, whatever that means.
pub type Slot = u32;
/// See [`Slot`].
pub const NUMBERS: Slot = 1000;
/// A process or a thread. The first is 0.
pub type Task = usize;

/// Bytes of a path, which need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(pub Vec<u8>);

/// A whole program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Script {
    /// The initial contents of the directory.
    pub setup: Vec<Setup>,
    /// A file of the setup that is the standard output, and whether the shell opened it to append (`>>`).
    pub stdout: Option<(Name, bool)>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// An entry of the directory before the program starts. Names are relative to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Setup {
    /// A directory.
    Dir(Name),
    /// A file of so many bytes.
    File(Name, u64),
    /// A symbolic link and its target.
    Symlink(Name, Name),
}

/// An action of a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// Which task acts.
    pub task: Task,
    /// Whether the next step may begin before this one has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early: bool,
    /// The action.
    #[serde(rename = "do")]
    pub action: Action,
}

/// The start of a path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Base {
    /// The working directory.
    Cwd,
    /// The directory in which the program started: an absolute path.
    Root,
    /// A directory that a descriptor means: `openat` and its like.
    Dir(Slot),
    /// `/proc/self/fd/N`, and below it.
    ProcFd(Slot),
    /// `/dev/fd/N`, and below it.
    DevFd(Slot),
    /// `/proc/PID/fd/N` with the own number.
    PidFd(Slot),
    /// `/proc/self/cwd/...`
    ProcCwd,
    /// The root directory, which `chroot` changes.
    Slash,
}

/// A path as an action gives it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    /// Where it begins.
    pub base: Base,
    /// The rest.
    pub path: Name,
}

/// Which of several calls with the same meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Age {
    /// Without `at`, such as `open` and `rename`, where the machine has it.
    Old,
    /// Such as `openat`.
    At,
    /// The newest, such as `openat2` and `renameat2`.
    New,
}

/// How a descriptor is duplicated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dup {
    /// To the lowest free number.
    Lowest,
    /// To the number of another slot, or to a number.
    Two(Target),
    /// As `Two`, with close-on-exec or without.
    Three(Target, bool),
    /// `F_DUPFD`: to the lowest free number from this one on.
    From(i32),
    /// `F_DUPFD_CLOEXEC`.
    FromCloexec(i32),
}

/// The descriptor that `dup2` replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The descriptor of a slot.
    Slot(Slot),
    /// A number.
    Number(i32),
}

/// How a task is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Birth {
    /// `fork` of the C library.
    Fork,
    /// The system call `vfork`, where the machine has it.
    Vfork,
    /// `clone` with `CLONE_VM|CLONE_VFORK`, as `posix_spawn` does.
    Spawn,
    /// `clone` with these flags, which may share the descriptor table (`CLONE_FILES`) and the working
    /// directory (`CLONE_FS`).
    Clone(i32),
    /// The same with `clone3`.
    Clone3(i32),
    /// A thread of the standard library.
    Thread,
}

/// One system call, or a few.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs)] // each is named after its system call, and its fields after the arguments
pub enum Action {
    Open { into: Slot, at: Place, flags: i32, mode: u32, age: Age },
    Openat2 { into: Slot, at: Place, flags: i32, mode: u32, resolve: u64 },
    OpenByHandle { into: Slot, path: Place, flags: i32 },
    Creat { into: Slot, path: Place },
    Close { slot: Slot },
    CloseRange { first: Slot, last: Slot, flags: u32 },
    Dup { from: Slot, into: Slot, how: Dup },
    SetCloexec { slot: Slot, on: bool },
    SetAppend { slot: Slot, on: bool },
    Write { slot: Slot, len: usize },
    Writev { slot: Slot, lens: Vec<usize> },
    Pwrite { slot: Slot, len: usize, offset: i64 },
    Pwritev { slot: Slot, lens: Vec<usize>, offset: i64, flags: Option<i32> },
    Read { slot: Slot, len: usize },
    Readv { slot: Slot, lens: Vec<usize> },
    Pread { slot: Slot, len: usize, offset: i64 },
    Preadv { slot: Slot, lens: Vec<usize>, offset: i64 },
    ReadToEnd { slot: Slot, len: usize },
    Seek { slot: Slot, offset: i64, whence: i32 },
    Ftruncate { slot: Slot, len: i64 },
    Truncate { path: Place, len: i64 },
    Fallocate { slot: Slot, mode: i32, offset: i64, len: i64 },
    CopyFileRange { from: Slot, from_offset: Option<i64>, into: Slot, into_offset: Option<i64>, len: usize },
    Sendfile { from: Slot, from_offset: Option<i64>, into: Slot, len: usize },
    Splice { from: Slot, from_offset: Option<i64>, into: Slot, into_offset: Option<i64>, len: usize },
    Pipe { read: Slot, write: Slot, flags: i32 },
    Socketpair { first: Slot, second: Slot, kind: i32 },
    Eventfd { into: Slot, flags: i32 },
    Memfd { into: Slot },
    Epoll { into: Slot },
    Timerfd { into: Slot },
    SendFds { via: Slot, slots: Vec<Slot> },
    ReceiveFds { via: Slot, into: Vec<Slot>, cloexec: bool },
    PidfdGetfd { into: Slot, of: Slot },
    Link { from: Place, to: Place, flags: i32, age: Age },
    Symlink { target: Name, to: Place, age: Age },
    Rename { from: Place, to: Place, flags: u32, age: Age },
    Unlink { path: Place, dir: bool, age: Age },
    Mkdir { path: Place, age: Age },
    Chdir { path: Place },
    Fchdir { slot: Slot },
    Chroot { path: Place },
    Getcwd,
    Stat { path: Place, follow: bool, age: Age },
    Fstat { slot: Slot, new: bool },
    Readlink { path: Place },
    Ioctl { slot: Slot, request: u64 },
    Fsync { slot: Slot },
    Lock { slot: Slot },
    Mmap { slot: Slot, len: usize, shared: bool, write: bool },
    Unshare { flags: i32 },
    Birth { child: Task, how: Birth },
    Wait,
    Exec { by_descriptor: bool },
    Exit,
    Kill,
}

impl Script {
    /// Drops the steps that no task can take: of tasks that are never made or have ended. Lets a task that
    /// shares its parent's memory end before the parent goes on.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        let mut alive = BTreeSet::from([0]);
        let mut suspended: BTreeMap<Task, Task> = BTreeMap::new(); // child to parent
        let mut steps = Vec::with_capacity(self.steps.len());
        for step in std::mem::take(&mut self.steps) {
            let waiting: Vec<Task> = suspended
                .iter()
                .filter(|(_, parent)| **parent == step.task)
                .map(|(child, _)| *child)
                .collect();
            for child in waiting {
                suspended.remove(&child);
                alive.remove(&child);
                steps.push(Step { task: child, early: false, action: Action::Exit });
            }
            if !alive.contains(&step.task) {
                continue;
            }
            match step.action {
                Action::Birth { child, .. } if suspended.contains_key(&step.task) || child == 0 => continue,
                Action::Birth { child, how: Birth::Vfork | Birth::Spawn } => {
                    alive.insert(child);
                    suspended.insert(child, step.task);
                }
                Action::Birth { child, .. } => {
                    alive.insert(child);
                }
                Action::Exit | Action::Kill => {
                    alive.remove(&step.task);
                    suspended.remove(&step.task);
                }
                Action::Exec { .. } => {
                    suspended.remove(&step.task);
                }
                _ => {}
            }
            steps.push(step);
        }
        for child in suspended.into_keys() {
            steps.push(Step { task: child, early: false, action: Action::Exit });
        }
        self.steps = steps;
        self
    }

    /// As the interpreter reads it: a line for the setup, a line for the standard output, then one per step.
    ///
    /// # Panics
    /// Never: all of it can be written as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        let line = |value: serde_json::Result<String>| value.expect("plain data") + "\n";
        let mut text = line(serde_json::to_string(&self.setup)) + &line(serde_json::to_string(&self.stdout));
        self.steps.iter().for_each(|step| text += &line(serde_json::to_string(step)));
        text
    }

    /// The opposite of [`to_text`](Self::to_text).
    ///
    /// # Errors
    /// Which line is not understood, and why.
    pub fn of_text(text: &str) -> anyhow::Result<Self> {
        use anyhow::Context;
        let mut lines = text.lines().enumerate();
        let mut line = || lines.next().map_or((0, ""), |(at, line)| (at + 1, line));
        let (_, setup) = line();
        let setup = serde_json::from_str(setup).context("line 1 is no setup")?;
        let (_, stdout) = line();
        let stdout = serde_json::from_str(stdout).context("line 2 is no standard output")?;
        let mut steps = Vec::new();
        for (at, line) in text.lines().enumerate().skip(2) {
            steps.push(serde_json::from_str(line).with_context(|| format!("line {} is no step", at + 1))?);
        }
        Ok(Script { setup, stdout, steps })
    }
}

impl Name {
    /// Of text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Name(text.as_bytes().to_vec())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Bytes other than printable ASCII, and `%`, become `%XX`.
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encode = |byte: &u8| match byte {
            b' '..=b'~' if *byte != b'%' => (*byte as char).to_string(),
            _ => format!("%{byte:02X}"),
        };
        serializer.serialize_str(&self.0.iter().map(encode).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
        while let [first, more @ ..] = rest {
            rest = more;
            if *first == b'%' && more.len() >= 2 {
                let hex = std::str::from_utf8(&more[..2]).map_err(serde::de::Error::custom)?;
                bytes.push(u8::from_str_radix(hex, 16).map_err(serde::de::Error::custom)?);
                rest = &more[2..];
            } else {
                bytes.push(*first);
            }
        }
        Ok(Name(bytes))
    }
}
