//! Processes and threads: whose tables of descriptors, directories and mappings are shared, and whose are copies.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::description::Description;
use super::files::FileId;
use super::flags::{CLONE_FILES, CLONE_FS, CLONE_THREAD, CLONE_VM};
use super::names::NodeId;
use super::table::{Entry, Table};

/// A process or thread.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) table: Rc<RefCell<Table>>,
    pub(super) directories: Rc<Cell<Directories>>,
    pub(super) mappings: Rc<RefCell<Rc<Vec<Mapping>>>>,
    /// Whether the log shows which task made it.
    pub(super) has_parent: bool,
    /// How many descriptors the log hides that it has: of `pipe2([...])`.
    pub(super) hidden: Rc<Cell<u32>>,
    /// The same for all threads of a process.
    group: u32,
    /// The same for all tasks of which the log shows that they come from one.
    tree: u64,
    /// The descriptors that it had and closed, as far as that matters.
    closed: HashSet<u32>,
    ending: Cell<bool>,
}

/// Where a task's paths begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directories {
    pub(super) root: NodeId,
    pub(super) current: NodeId,
}

/// Shared memory of a file that the task cannot write yet.
#[derive(Debug, Clone)]
pub(super) struct Mapping {
    pub(super) addresses: Range<u64>,
    pub(super) file: FileId,
}

/// All tasks that live.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    live: HashMap<u32, Task>,
    /// What was resolved last: mostly it is asked for again. Nothing once a table has changed.
    resolved: Option<((u32, u32), Rc<Description>)>,
    /// The descriptors that a task closed that may be a thread of another task or a child, with the line.
    closed_elsewhere: HashMap<u32, u64>,
    /// What a descriptor meant to the last task that ended, unless the log shows forks.
    left_behind: HashMap<u32, Entry>,
    /// How many tasks there were of which the log does not show what made them.
    trees: u64,
    /// Whether the log shows that a task made another.
    pub(super) shows_forks: bool,
    /// Whether the log shows that a program was started.
    pub(super) shows_exec: bool,
}

/// Why a descriptor means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unresolved {
    NotOpened,
    Ambiguous,
}

/// More tasks than this are not searched for one that may share a descriptor.
const MOST_SEARCHED: usize = 1_000;

impl Tasks {
    pub(super) fn get(&self, process: u32) -> Option<&Task> {
        self.live.get(&process)
    }

    /// The only task that lives, if one does, or how many there are.
    pub(super) fn only(&self) -> Result<Option<u32>, usize> {
        let mut active = self.live.iter().filter(|(_, task)| !task.ending.get()).map(|(process, _)| *process);
        let first = active.next();
        match active.next() {
            None => Ok(first.or_else(|| self.live.keys().next().copied().filter(|_| self.live.len() == 1))),
            Some(_) => Err(self.live.len()),
        }
    }

    /// Where the paths of all tasks begin, if these agree.
    pub(super) fn directories(&self) -> Result<Option<Directories>, ()> {
        let active = self.live.values().filter(|task| !task.ending.get());
        let mut all = active.map(|task| task.directories.get());
        let first = all.next();
        let differs = all.take(MOST_SEARCHED).any(|other| Some(other) != first);
        if differs { Err(()) } else { Ok(first) }
    }

    pub(super) fn count(&self) -> usize {
        self.live.len()
    }

    /// A task of which the log does not show what made it.
    pub(super) fn begin(&mut self, process: u32, directories: Directories) {
        self.resolved = None;
        self.trees += 1;
        let task = Task {
            table: Rc::default(),
            directories: Rc::new(Cell::new(directories)),
            mappings: Rc::default(),
            has_parent: false,
            hidden: Rc::default(),
            group: process,
            tree: self.trees,
            closed: HashSet::default(),
            ending: Cell::default(),
        };
        self.live.insert(process, task);
    }

    /// `child` was made by `parent`. Whether that is known.
    pub(super) fn fork(&mut self, parent: u32, child: u32, flags: u64) -> bool {
        self.resolved = None;
        self.shows_forks = true;
        let Some(maker) = self.live.get(&parent) else { return false };
        let shares = |flag: u64| flags & flag != 0;
        let copied = |table: &Rc<RefCell<Table>>| Rc::new(RefCell::new(table.borrow().clone()));
        let task = Task {
            table: if shares(CLONE_FILES) { Rc::clone(&maker.table) } else { copied(&maker.table) },
            hidden: match shares(CLONE_FILES) {
                true => Rc::clone(&maker.hidden),
                false => Rc::new(Cell::new(maker.hidden.get())),
            },
            directories: match shares(CLONE_FS) {
                true => Rc::clone(&maker.directories),
                false => Rc::new(Cell::new(maker.directories.get())),
            },
            mappings: match shares(CLONE_VM) {
                true => Rc::clone(&maker.mappings),
                false => Rc::new(RefCell::new(Rc::clone(&maker.mappings.borrow()))),
            },
            has_parent: true,
            group: if shares(CLONE_THREAD) { maker.group } else { child },
            tree: maker.tree,
            closed: HashSet::default(),
            ending: Cell::default(),
        };
        self.live.insert(child, task);
        true
    }

    /// A task was taken for a child that may as well be a thread.
    pub(super) fn is_guessed(&mut self, process: u32) {
        self.trees += 1;
        if let Some(task) = self.live.get_mut(&process) {
            task.tree = self.trees;
        }
    }

    /// The task has what it shared for itself from now on.
    pub(super) fn unshare(&mut self, process: u32, flags: u64) {
        self.resolved = None;
        let Some(task) = self.live.get_mut(&process) else { return };
        if flags & CLONE_FILES != 0 {
            let own = task.table.borrow().clone();
            task.table = Rc::new(RefCell::new(own));
            task.hidden = Rc::new(Cell::new(task.hidden.get()));
        }
        if flags & CLONE_FS != 0 {
            task.directories = Rc::new(Cell::new(task.directories.get()));
        }
    }

    pub(super) fn exec(&mut self, process: u32) {
        self.unshare(process, CLONE_FILES | CLONE_FS);
        self.shows_exec = true;
        let Some(task) = self.live.get_mut(&process) else { return };
        task.mappings = Rc::default();
        task.hidden = Rc::default();
        let mut table = task.table.borrow_mut();
        for descriptor in table.matching(0, u32::MAX, |entry| entry.closes_on_exec) {
            table.take(descriptor);
        }
    }

    /// A thread that calls `exec` takes the place of its process.
    pub(super) fn superseded(&mut self, process: u32, by: u32) {
        self.resolved = None;
        if let Some(task) = self.live.remove(&by) {
            self.live.insert(process, task);
        }
    }

    pub(super) fn exit(&mut self, process: u32) {
        self.resolved = None;
        let Some(task) = self.live.remove(&process) else { return };
        if !self.shows_forks && Rc::strong_count(&task.table) == 1 {
            let table = task.table.borrow();
            for descriptor in table.matching(0, u32::MAX, |_| true) {
                let entry = table.get(descriptor).cloned();
                self.left_behind.extend(entry.map(|entry| (descriptor, entry)));
            }
        }
    }

    /// The task makes no more calls, nor do the threads of its process, if these end too. That it has ended may not be in the log.
    pub(super) fn ends(&mut self, process: u32, all: bool) {
        let Some(group) = self.live.get(&process).map(|task| task.group) else { return };
        if all && self.live.len() <= MOST_SEARCHED {
            self.live.values().filter(|task| task.group == group).for_each(|task| task.ending.set(true));
        } else if let Some(task) = self.live.get(&process) {
            task.ending.set(true);
        }
    }

    /// From now on lines of `before` are said to be of `process`.
    pub(super) fn rename(&mut self, before: u32, process: u32) {
        self.superseded(process, before);
    }

    #[inline(always)]
    pub(super) fn resolve(&mut self, process: u32, descriptor: u32) -> Result<Rc<Description>, Unresolved> {
        match &self.resolved {
            Some((meant, description)) if *meant == (process, descriptor) => Ok(Rc::clone(description)),
            _ => self.resolve_another(process, descriptor),
        }
    }

    #[inline(never)]
    fn resolve_another(&mut self, process: u32, descriptor: u32) -> Result<Rc<Description>, Unresolved> {
        let description = self.look_up(process, descriptor)?;
        self.resolved = Some(((process, descriptor), Rc::clone(&description)));
        Ok(description)
    }

    fn look_up(&self, process: u32, descriptor: u32) -> Result<Rc<Description>, Unresolved> {
        let task = self.live.get(&process).ok_or(Unresolved::NotOpened)?;
        let closed = self.closed_elsewhere.get(&descriptor).copied();
        if let Some(entry) = task.table.borrow().get(descriptor) {
            let reopened = |line| self.others(task, descriptor).iter().any(|other| other.since > line);
            return match closed {
                Some(line) if entry.since <= line && reopened(line) => Err(Unresolved::Ambiguous),
                _ => Ok(Rc::clone(&entry.description)),
            };
        }
        if task.has_parent {
            return Err(Unresolved::NotOpened);
        }
        if self.live.len() > MOST_SEARCHED {
            return Err(Unresolved::Ambiguous);
        }
        let others = self.others(task, descriptor);
        // If another has it, one of them opened it again: the other, if it is a thread, or this task, by a call
        // that is not in the log.
        if task.closed.contains(&descriptor) && !others.is_empty() {
            return Err(Unresolved::Ambiguous);
        }
        let is_open = |entry: &&Entry| closed.is_none_or(|line| entry.since > line);
        let still_open = others.iter().any(|entry| is_open(&entry));
        let mut meant =
            others.iter().filter(|entry| is_open(entry) == still_open).map(|entry| &entry.description);
        match meant.next().or_else(|| self.left_behind.get(&descriptor).map(|entry| &entry.description)) {
            Some(first) if meant.all(|other| Rc::ptr_eq(other, first)) => Ok(Rc::clone(first)),
            Some(_) => Err(Unresolved::Ambiguous),
            None => Err(Unresolved::NotOpened),
        }
    }

    /// What a descriptor means to the tasks that may have made this one, unless the log shows what did.
    pub(super) fn elsewhere(&self, process: u32, descriptor: u32) -> Vec<Entry> {
        let task =
            self.live.get(&process).filter(|task| !task.has_parent && self.live.len() <= MOST_SEARCHED);
        task.map_or(Vec::new(), |task| self.others(task, descriptor))
    }

    /// What a descriptor means to other tasks that may have made this one or share its table. Those that it made have
    /// tables of their own.
    fn others(&self, task: &Task, descriptor: u32) -> Vec<Entry> {
        let others = self.live.values().filter(|other| other.tree != task.tree);
        others.filter_map(|other| other.table.borrow().get(descriptor).cloned()).collect()
    }

    pub(super) fn put(&mut self, process: u32, descriptor: u32, entry: Entry) {
        self.resolved = None;
        if let Some(task) = self.live.get(&process) {
            task.table.borrow_mut().put(descriptor, entry);
        }
    }

    pub(super) fn close(&mut self, process: u32, descriptor: u32, line: u64) {
        self.resolved = None;
        let shows_forks = self.shows_forks;
        let Some(task) = self.live.get_mut(&process) else { return };
        let taken = task.table.borrow_mut().take(descriptor);
        if taken.is_some() && !task.has_parent && !shows_forks {
            task.closed.insert(descriptor);
        }
        // A thread closes it for all; a child, only for itself.
        if taken.is_none() && !task.has_parent && self.live.len() > 1 {
            self.closed_elsewhere.insert(descriptor, line);
        }
    }

    pub(super) fn close_range(&mut self, process: u32, first: u32, last: u32) {
        self.resolved = None;
        let Some(task) = self.live.get(&process) else { return };
        let mut table = task.table.borrow_mut();
        for descriptor in table.matching(first, last, |_| true) {
            table.take(descriptor);
        }
    }

    pub(super) fn set_close_on_exec(&self, process: u32, first: u32, last: u32, closes: bool) {
        let Some(task) = self.live.get(&process) else { return };
        let mut table = task.table.borrow_mut();
        for descriptor in table.matching(first, last, |entry| entry.closes_on_exec != closes) {
            table.set_close_on_exec(descriptor, closes);
        }
    }
}
