//! Calls on descriptors of files: opening, transferring, duplicating, lengths.

use super::{Generator, Kind};
use crate::script::{Action, Age, Base, Dup, Name, Place, Slot, Target, Task};

impl Generator {
    pub(super) fn call(&mut self, task: Task, theme: usize) {
        match theme {
            0 => self.open(task),
            1 => self.transfer(task),
            2 => self.descriptors(task),
            3 => self.lengths(task),
            4 => self.names(task),
            5 => self.channels(task),
            6 => self.directories(task),
            _ => self.looks(task),
        }
    }

    pub(super) fn age(&mut self) -> Age {
        match self.random.u8(0..8) {
            0..=2 => Age::Old,
            7 => Age::New,
            _ => Age::At,
        }
    }

    pub(super) fn len(&mut self) -> usize {
        match self.random.u8(0..16) {
            0 => 0,
            1 => 1,
            2..=9 => self.random.usize(2..200),
            10..=14 => self.random.usize(200..5000),
            _ => self.random.usize(5000..70_000),
        }
    }

    fn lens(&mut self) -> Vec<usize> {
        (0..self.random.usize(1..4)).map(|_| self.len()).collect()
    }

    fn offset(&mut self) -> i64 {
        match self.random.u8(0..12) {
            0..=2 => 0,
            3 => self.random.i64(100_000..2_000_000),
            4..=6 => self.random.i64(3000..70_000),
            _ => self.random.i64(0..3000),
        }
    }

    fn open(&mut self, task: Task) {
        let into = self.new_slot();
        match self.random.u8(0..30) {
            0 | 1 => self.reopen(task, into),
            2 | 3 => self.open_nameless(task, into),
            4 => {
                let path = self.known_file();
                let path = self.place(task, &path);
                self.push(task, Action::Creat { into, path });
                self.remember(task, into, Kind::File);
            }
            5 => {
                let path = self.known_file();
                let path = self.place_at(task, &path);
                self.push(task, Action::OpenByHandle { into, path, flags: libc::O_RDWR });
                self.remember(task, into, Kind::File);
            }
            6 => self.open_restricted(task, into),
            _ => self.open_by_name(task),
        }
    }

    /// `openat2` with a restriction of how the path is resolved.
    fn open_restricted(&mut self, task: Task, into: Slot) {
        let path = self.known_file();
        let mut at = self.place_at(task, &path);
        let resolve = [libc::RESOLVE_IN_ROOT, libc::RESOLVE_BENEATH, libc::RESOLVE_NO_SYMLINKS];
        let resolve = resolve[self.random.usize(0..3)];
        if let (Base::Dir(_), libc::RESOLVE_IN_ROOT, true) = (&at.base, resolve, self.random.bool()) {
            at.path.0.insert(0, b'/');
        }
        let flags = libc::O_RDWR | if self.random.bool() { libc::O_CREAT } else { 0 };
        self.push(task, Action::Openat2 { into, at, flags, mode: 0o644, resolve });
        self.remember(task, into, Kind::File);
    }

    pub(super) fn open_by_name(&mut self, task: Task) {
        let (into, age) = (self.new_slot(), self.age());
        let mut path = if self.random.u8(0..3) == 0 { self.fresh_name() } else { self.known_file() };
        if let Some((link, is_directory)) = self.random.choice(&self.symlinks).cloned()
            && self.random.u8(0..8) == 0
        {
            path = if is_directory { format!("{link}/{}", self.one_name()) } else { link };
        } else if !self.files.contains(&path) {
            self.files.push(path.clone());
        }
        let mut flags = match self.random.u8(0..8) {
            0 => libc::O_RDONLY,
            1..=3 => libc::O_WRONLY,
            _ => libc::O_RDWR,
        };
        for (flag, percent) in [
            (libc::O_CREAT, 75),
            (libc::O_TRUNC, 25),
            (libc::O_APPEND, 20),
            (libc::O_EXCL, 8),
            (libc::O_CLOEXEC, 33),
            (libc::O_NOFOLLOW, 5),
            (libc::O_NONBLOCK, 5),
            (libc::O_PATH, 2),
        ] {
            if self.random.u32(0..100) < percent {
                flags |= flag;
            }
        }
        let at = self.place_at(task, &path);
        self.push(task, Action::Open { into, at, flags, mode: 0o644, age });
        self.remember(task, into, Kind::File);
    }

    /// `O_TMPFILE`, mostly with a name later.
    fn open_nameless(&mut self, task: Task, into: Slot) {
        let (folder, age) = (self.known_folder(), self.age());
        let flags = libc::O_TMPFILE | if self.random.bool() { libc::O_RDWR } else { libc::O_WRONLY };
        let at = self.place_at(task, &folder);
        self.push(task, Action::Open { into, at, flags, mode: 0o600, age });
        self.remember(task, into, Kind::File);
        if self.random.u8(0..3) > 0 {
            self.transfer_on(task, into);
            self.link_descriptor(task, into);
        }
    }

    /// A file by the name of its descriptor.
    fn reopen(&mut self, task: Task, into: Slot) {
        let file = self.file(task);
        let base = match self.random.u8(0..4) {
            0 => Base::DevFd(file),
            1 => Base::PidFd(file),
            _ => Base::ProcFd(file),
        };
        let flags =
            [libc::O_RDWR, libc::O_RDONLY, libc::O_WRONLY | libc::O_APPEND, libc::O_RDWR | libc::O_TRUNC];
        let flags = flags[self.random.usize(0..4)];
        let (age, at) = (self.age(), Place { base, path: Name::default() });
        self.push(task, Action::Open { into, at, flags, mode: 0, age });
        self.remember(task, into, Kind::File);
    }

    fn transfer(&mut self, task: Task) {
        let slot = self.file(task);
        self.transfer_on(task, slot);
    }

    pub(super) fn transfer_on(&mut self, task: Task, slot: Slot) {
        let (len, offset) = (self.len(), self.offset());
        let action = match self.random.u8(0..32) {
            0..=9 => Action::Write { slot, len },
            10 | 11 => Action::Writev { slot, lens: self.lens() },
            12 | 13 => Action::Pwrite { slot, len, offset },
            14 => Action::Pwritev { slot, lens: self.lens(), offset, flags: None },
            15 => {
                let appends = if self.random.bool() { 0x10 } else { 0 }; // RWF_APPEND
                let offset = if self.random.bool() { -1 } else { offset };
                Action::Pwritev { slot, lens: self.lens(), offset, flags: Some(appends) }
            }
            16..=18 => Action::Read { slot, len },
            19 => Action::Readv { slot, lens: self.lens() },
            20 => Action::Pread { slot, len, offset },
            21 => Action::Preadv { slot, lens: self.lens(), offset },
            22 => Action::ReadToEnd { slot, len: len.max(4096) },
            23..=28 => {
                let whence = [0, 0, 0, 1, 1, 2, 2, 3, 4][self.random.usize(0..9)];
                let offset = if whence == 0 || self.random.bool() { offset } else { -(offset % 300) };
                Action::Seek { slot, offset: if self.random.u8(0..3) == 0 { 0 } else { offset }, whence }
            }
            other => self.copy(task, slot, other, len, offset),
        };
        self.push(task, action);
    }

    fn copy(&mut self, task: Task, into: Slot, how: u8, len: usize, offset: i64) -> Action {
        let from_offset = self.random.bool().then(|| self.offset());
        let into_offset = self.random.bool().then_some(offset);
        let pipes = self.slots_of(task, |kind| *kind == Kind::PipeRead);
        let outlets = self.slots_of(task, |kind| *kind == Kind::PipeWrite);
        if let Some(&outlet) = self.random.choice(&outlets).filter(|_| how == 31 && self.random.bool()) {
            return Action::Splice { from: into, from_offset, into: outlet, into_offset: None, len };
        }
        match (how, self.random.choice(&pipes)) {
            (29, _) => Action::CopyFileRange { from: self.file(task), from_offset, into, into_offset, len },
            (30, _) => Action::Sendfile { from: self.file(task), from_offset, into, len },
            (_, Some(&from)) => Action::Splice { from, from_offset: None, into, into_offset, len },
            (_, None) => Action::Write { slot: into, len },
        }
    }

    fn descriptors(&mut self, task: Task) {
        let (slot, into) = (self.file(task), self.new_slot());
        let action = match self.random.u8(0..24) {
            0..=9 => {
                let all = self.slots_of(task, |_| true);
                let any = self.random.choice(&all).copied().unwrap_or(slot);
                let slot = if self.random.u8(0..3) == 0 { any } else { slot };
                if self.random.u8(0..8) > 0 {
                    let table = self.tasks[task].slots;
                    self.slots[table].remove(&slot);
                }
                Action::Close { slot }
            }
            10 if self.traces_all || self.names_descriptors => {
                // CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE
                let flags = [0, 0, 4, if self.traces_all { 2 } else { 0 }][self.random.usize(0..4)];
                Action::CloseRange { first: slot, last: self.file(task), flags }
            }
            11 | 12 => Action::SetCloexec { slot, on: self.random.bool() },
            13 => Action::SetAppend { slot, on: self.random.u8(0..3) > 0 },
            14 => {
                self.remember(task, into, Kind::File);
                Action::PidfdGetfd { into, of: slot }
            }
            _ => self.duplicate(task, slot, into),
        };
        self.push(task, action);
    }

    fn duplicate(&mut self, task: Task, from: Slot, into: Slot) -> Action {
        let target = match self.random.u8(0..4) {
            0 => Target::Number(self.random.i32(0..12)),
            1 => Target::Slot(1),
            _ => Target::Slot(self.file(task)),
        };
        let how = match self.random.u8(0..8) {
            0 | 1 => Dup::Lowest,
            2..=4 => Dup::Two(target),
            5 => Dup::Three(target, self.random.bool()),
            6 => Dup::From(self.random.i32(0..20)),
            _ => Dup::FromCloexec(self.random.i32(0..20)),
        };
        let kind = self.slots[self.tasks[task].slots].get(&from).cloned().unwrap_or(Kind::File);
        if let Dup::Two(Target::Slot(over)) | Dup::Three(Target::Slot(over), _) = how {
            self.remember(task, over, kind.clone());
        }
        self.remember(task, into, kind);
        Action::Dup { from, into, how }
    }

    fn lengths(&mut self, task: Task) {
        let slot = self.file(task);
        let (offset, len) = (self.offset(), self.len() as i64);
        let action = match self.random.u8(0..10) {
            0..=3 => Action::Ftruncate { slot, len: offset },
            4 | 5 => {
                let path = self.known_file();
                Action::Truncate { path: self.place(task, &path), len: offset }
            }
            _ => {
                // KEEP_SIZE, PUNCH_HOLE|KEEP_SIZE, COLLAPSE_RANGE, ZERO_RANGE, ZERO_RANGE|KEEP_SIZE, INSERT_RANGE
                let mode = [0, 0, 0, 1, 3, 8, 16, 17, 32][self.random.usize(0..9)];
                let (offset, len) = match mode {
                    8 | 32 => (offset / 4096 * 4096, (len / 4096 + 1) * 4096),
                    _ => (offset, len),
                };
                Action::Fallocate { slot, mode, offset, len }
            }
        };
        self.push(task, action);
    }
}
