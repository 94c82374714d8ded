//! Calls on names, directories and channels, and calls that only look.

use super::{Generator, Kind};
use crate::script::{Action, Age, Base, Name, Place, Slot, Step, Task};

impl Generator {
    pub(super) fn names(&mut self, task: Task) {
        let from = self.known_file();
        let to = if self.random.bool() { self.fresh_name() } else { self.known_file() };
        let age = self.age();
        let action = match self.random.u8(0..20) {
            0..=5 => self.rename(task, from, to, age),
            6 => self.rename_directory(task, age),
            7..=9 => {
                let flags = if self.random.u8(0..4) == 0 { libc::AT_SYMLINK_FOLLOW } else { 0 };
                let (from, to_place) = (self.place_at(task, &from), self.place_at(task, &to));
                self.files.push(to);
                Action::Link { from, to: to_place, flags, age }
            }
            10 => {
                let slot = self.file(task);
                return self.link_descriptor(task, slot);
            }
            11..=13 => {
                let target = if self.random.u8(0..4) == 0 { self.known_folder() } else { from };
                let target = format!("{}{target}", "../".repeat(to.matches('/').count().min(6)));
                let to_place = self.place_at(task, &to);
                self.files.push(to);
                Action::Symlink { target: Name::decoded(&target), to: to_place, age }
            }
            14 => {
                let path = self.known_folder();
                Action::Unlink { path: self.place_at(task, &path), dir: true, age }
            }
            _ => {
                if self.random.bool() {
                    self.files.retain(|file| *file != from);
                }
                Action::Unlink { path: self.place_at(task, &from), dir: false, age }
            }
        };
        self.push(task, action);
    }

    fn rename(&mut self, task: Task, from: String, to: String, age: Age) -> Action {
        let flags = match self.random.u8(0..8) {
            0 => libc::RENAME_NOREPLACE,
            1 | 2 => libc::RENAME_EXCHANGE,
            _ => 0,
        };
        let (from_place, to_place) = (self.place_at(task, &from), self.place_at(task, &to));
        if flags != libc::RENAME_EXCHANGE {
            self.files.retain(|file| *file != from && *file != to);
            self.files.push(to);
        }
        Action::Rename { from: from_place, to: to_place, flags, age }
    }

    fn rename_directory(&mut self, task: Task, age: Age) -> Action {
        let (old, new) = (self.known_folder(), self.fresh_name());
        let (from, to) = (self.place_at(task, &old), self.place_at(task, &new));
        if !old.is_empty() {
            let moved = |path: &mut String| {
                if let Some(rest) = path.strip_prefix(&format!("{old}/")) {
                    *path = format!("{new}/{rest}");
                } else if *path == old {
                    path.clone_from(&new);
                }
            };
            self.files.iter_mut().for_each(moved);
            self.folders.iter_mut().for_each(moved);
            self.directories.iter_mut().for_each(moved);
        }
        Action::Rename { from, to, flags: 0, age }
    }

    /// A name for a file that a descriptor means.
    pub(super) fn link_descriptor(&mut self, task: Task, slot: Slot) {
        let to = self.fresh_name();
        let place = self.place_at(task, &to);
        self.files.push(to);
        let (base, flags) = match self.random.u8(0..4) {
            0 => (Base::Dir(slot), libc::AT_EMPTY_PATH),
            1 => (Base::DevFd(slot), libc::AT_SYMLINK_FOLLOW),
            _ => (Base::ProcFd(slot), libc::AT_SYMLINK_FOLLOW),
        };
        let from = Place { base, path: Name::default() };
        self.push(task, Action::Link { from, to: place, flags, age: Age::At });
    }

    /// Descriptors that are no files, and files that pass through them.
    pub(super) fn channels(&mut self, task: Task) {
        let (first, second) = (self.new_slot(), self.new_slot());
        let len = self.len().min(4000);
        let kinds: (Kind, Option<Kind>);
        let action = match self.random.u8(0..16) {
            0..=3 => {
                let flags = libc::O_NONBLOCK | if self.random.bool() { libc::O_CLOEXEC } else { 0 };
                kinds = (Kind::PipeRead, Some(Kind::PipeWrite));
                Action::Pipe { read: first, write: second, flags }
            }
            4 | 5 => {
                let cloexec = if self.random.bool() { libc::SOCK_CLOEXEC } else { 0 };
                let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | cloexec;
                kinds = (Kind::Socket, Some(Kind::Socket));
                Action::Socketpair { first, second, kind }
            }
            6 | 13 => {
                kinds = (Kind::Other, None);
                match self.random.u8(0..4) {
                    0 => Action::Eventfd { into: first, flags: libc::EFD_NONBLOCK },
                    1 => Action::Memfd { into: first },
                    2 => Action::Epoll { into: first },
                    _ => Action::Timerfd { into: first },
                }
            }
            7..=9 => return self.pass_descriptors(task),
            10..=12 => {
                let to =
                    self.slots_of(task, |kind| matches!(kind, Kind::PipeWrite | Kind::Socket | Kind::Other));
                let Some(&slot) = self.random.choice(&to) else { return };
                return self.push(task, Action::Write { slot, len });
            }
            _ => {
                let from = self.slots_of(task, |kind| matches!(kind, Kind::PipeRead | Kind::Socket));
                let Some(&slot) = self.random.choice(&from) else { return };
                return self.push(task, Action::Read { slot, len });
            }
        };
        self.push(task, action);
        self.remember(task, first, kinds.0);
        if let Some(kind) = kinds.1 {
            self.remember(task, second, kind);
        }
    }

    /// Sends descriptors over a socket, and some task receives them.
    fn pass_descriptors(&mut self, task: Task) {
        let (socket, peer) = (self.new_slot(), self.new_slot());
        let known = self.slots_of(task, |kind| *kind == Kind::Socket);
        // Two sockets that were made together have neighbouring slots.
        let pair = known.windows(2).find(|two| two[0] + 1 == two[1]).map(|two| (two[0], two[1]));
        let (via, to) = pair.unwrap_or_else(|| {
            let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK;
            self.push(task, Action::Socketpair { first: socket, second: peer, kind });
            self.remember(task, socket, Kind::Socket);
            self.remember(task, peer, Kind::Socket);
            (socket, peer)
        });
        let slots = (0..self.random.usize(1..3)).map(|_| self.file(task)).collect();
        self.push(task, Action::SendFds { via, slots });
        let receivers = match self.suspended() {
            true => vec![task],
            false => (0..self.tasks.len()).filter(|task| self.tasks[*task].alive).collect(),
        };
        let knows = |receiver: &Task| self.slots[self.tasks[*receiver].slots].get(&to) == Some(&Kind::Socket);
        let receivers: Vec<Task> = receivers.into_iter().filter(knows).collect();
        let Some(&receiver) = self.random.choice(&receivers) else { return };
        let into = vec![self.new_slot(), self.new_slot()];
        into.iter().for_each(|slot| self.remember(receiver, *slot, Kind::File));
        let cloexec = self.random.bool();
        self.push(receiver, Action::ReceiveFds { via: to, into, cloexec });
    }

    pub(super) fn directories(&mut self, task: Task) {
        let folder = self.known_folder();
        match self.random.u8(0..12) {
            0..=2 => {
                let path = self.fresh_name();
                let (place, age) = (self.place_at(task, &path), self.age());
                self.push(task, Action::Mkdir { path: place, age });
                self.folders.push(path);
            }
            3..=5 => {
                let (into, age, at) = (self.new_slot(), self.age(), self.place_at(task, &folder));
                let path_only = if self.random.u8(0..4) == 0 { libc::O_PATH } else { 0 };
                let flags = libc::O_DIRECTORY | libc::O_CLOEXEC | path_only;
                self.push(task, Action::Open { into, at, flags, mode: 0, age });
                self.remember(task, into, Kind::Dir(folder));
            }
            6..=8 => {
                let path = self.place(task, &folder);
                self.push(task, Action::Chdir { path });
                let directory = self.tasks[task].directory;
                self.directories[directory] = folder;
            }
            9 | 10 => {
                let known = self.open_directories(task);
                let Some((slot, path)) = self.random.choice(&known).cloned() else { return };
                self.push(task, Action::Fchdir { slot });
                let directory = self.tasks[task].directory;
                self.directories[directory] = path;
            }
            _ if self.random.u8(0..6) == 0 => {
                let path = self.place(task, &folder);
                self.push(task, Action::Chroot { path });
                self.rooted = true;
            }
            _ => self.push(task, Action::Getcwd),
        }
    }

    /// Calls that change nothing.
    pub(super) fn looks(&mut self, task: Task) {
        let slot = self.file(task);
        let (path, age) = (self.known_file(), self.age());
        let action = match self.random.u8(0..12) {
            0..=2 => Action::Fstat { slot, new: self.random.u8(0..4) == 0 },
            3..=5 => {
                let follow = self.random.u8(0..4) > 0;
                Action::Stat { path: self.place_at(task, &path), follow, age }
            }
            6 => Action::Readlink { path: self.place_at(task, &path) },
            7 => Action::Ioctl { slot, request: [0x541b, 0x5401, 0x660b][self.random.usize(0..3)] },
            8 => Action::Fsync { slot },
            9 => Action::Lock { slot },
            10 => {
                let (shared, write) = (self.random.bool(), self.random.u8(0..6) == 0);
                Action::Mmap { slot, len: 4096, shared, write }
            }
            _ => Action::Getcwd,
        };
        self.push(task, action);
    }

    /// Calls of two tasks that overlap, each on a file of its own.
    pub(super) fn burst(&mut self, task: Task) {
        let alive: Vec<Task> = (0..self.tasks.len()).filter(|task| self.tasks[*task].alive).collect();
        if self.suspended() {
            return;
        }
        let other = *self.random.choice(&alive).unwrap_or(&task);
        let mut queues: Vec<std::vec::IntoIter<Step>> =
            [task, other].into_iter().map(|task| self.own_file(task).into_iter()).collect();
        while !queues.is_empty() {
            let at = self.random.usize(0..queues.len());
            match queues[at].next() {
                Some(step) => self.steps.push(step),
                None => drop(queues.remove(at)),
            }
        }
    }

    /// Makes, writes and perhaps closes a file that no other task uses. Only the last call must end before the
    /// next step of another task.
    fn own_file(&mut self, task: Task) -> Vec<Step> {
        let into: Slot = self.new_slot();
        let name = format!("own{into}");
        let begin = self.steps.len();
        let at = Place { base: Base::Root, path: Name::of(&name) };
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
        self.push(task, Action::Open { into, at, flags, mode: 0o600, age: Age::At });
        for _ in 0..self.random.usize(1..5) {
            self.transfer_on(task, into);
        }
        if self.random.bool() {
            self.push(task, Action::Close { slot: into });
        } else {
            self.remember(task, into, Kind::File);
        }
        let mut steps = self.steps.split_off(begin);
        let last = steps.len() - 1;
        for step in &mut steps[..last] {
            step.early = !matches!(
                step.action,
                Action::CopyFileRange { .. } | Action::Sendfile { .. } | Action::Splice { .. }
            );
        }
        self.files.push(name);
        steps
    }
}
