//! Which opening a descriptor of a process means.

use foldhash::{HashMap, HashMapExt};

use super::openings::{OpeningId, Openings};

/// The tables of descriptors of all processes.
///
/// `fork` copies a table and threads share one, but a log of one file does not show which was done. A
/// process that uses a descriptor it never opened is taken to mean the one that another process
/// opened, if only one can be meant.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    pub(super) openings: Openings,
    tables: Vec<Table>,
    /// What was resolved last: mostly it is asked for again. Nothing once a table has changed.
    resolved: Option<((u32, u32), OpeningId)>,
    of_process: HashMap<u32, usize>,
    /// The process that opened something last, with its table: mostly the next call is its too.
    last: Option<(u32, usize)>,
    /// The tables that have an entry for a descriptor.
    holders: HashMap<u32, Vec<usize>>,
    /// What a descriptor meant to the last process that ended.
    left_behind: HashMap<u32, OpeningId>,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<u32, Entry>,
    processes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    opening: OpeningId,
    since: u64,
    /// The line at which a process closed it that is a thread of this one, or else a child.
    closed_elsewhere: Option<u64>,
}

impl Entry {
    fn is_open(&self) -> bool {
        self.closed_elsewhere.is_none()
    }
}

/// Why a descriptor means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unresolved {
    NotOpened,
    Ambiguous,
}

impl Descriptors {
    #[inline(always)]
    pub(super) fn resolve(&mut self, process: u32, descriptor: u32) -> Result<OpeningId, Unresolved> {
        match self.resolved {
            Some((meant, opening)) if meant == (process, descriptor) => Ok(opening),
            _ => self.resolve_another(process, descriptor),
        }
    }

    #[inline(never)]
    fn resolve_another(&mut self, process: u32, descriptor: u32) -> Result<OpeningId, Unresolved> {
        let opening = self.look_up(process, descriptor)?;
        self.resolved = Some(((process, descriptor), opening));
        Ok(opening)
    }

    fn look_up(&self, process: u32, descriptor: u32) -> Result<OpeningId, Unresolved> {
        let own = self.own(process).and_then(|table| self.tables[table].entries.get(&descriptor));
        if let Some(entry) = own {
            let reopened = |line| self.others(process, descriptor).any(|other| other.since > line);
            return match entry.closed_elsewhere {
                Some(line) if reopened(line) => Err(Unresolved::Ambiguous),
                _ => Ok(entry.opening),
            };
        }
        let others = || self.others(process, descriptor);
        let still_open = others().any(Entry::is_open);
        let mut meant = others().filter(|entry| entry.is_open() == still_open).map(|entry| entry.opening);
        match meant.next().or_else(|| self.left_behind.get(&descriptor).copied()) {
            Some(first) if meant.all(|other| other == first) => Ok(first),
            Some(_) => Err(Unresolved::Ambiguous),
            None => Err(Unresolved::NotOpened),
        }
    }

    pub(super) fn open(&mut self, process: u32, descriptor: u32, opening: OpeningId, line: u64) {
        self.resolved = None;
        let table = self.table_of(process);
        self.put(table, descriptor, Entry { opening, since: line, closed_elsewhere: None });
    }

    pub(super) fn close(&mut self, process: u32, descriptor: u32, line: u64) {
        self.resolved = None;
        let own = self.of_process.get(&process).copied();
        if let Some(table) = own.filter(|table| self.tables[*table].entries.contains_key(&descriptor)) {
            self.take(table, descriptor);
            return;
        }
        // A thread closed it for all; a child, only for itself.
        for table in self.holders.get(&descriptor).into_iter().flatten() {
            if let Some(entry) = self.tables[*table].entries.get_mut(&descriptor) {
                entry.closed_elsewhere = Some(line);
            }
        }
    }

    pub(super) fn close_range(&mut self, process: u32, first: u32, last: u32, line: u64) {
        let Some(table) = self.of_process.get(&process) else { return };
        let range = first..=last;
        let closed: Vec<u32> = self.tables[*table]
            .entries
            .keys()
            .copied()
            .filter(|descriptor| range.contains(descriptor))
            .collect();
        for descriptor in closed {
            self.close(process, descriptor, line);
        }
    }

    /// `child` has a copy of the table of `parent`, or shares it.
    pub(super) fn fork(&mut self, parent: u32, child: u32, shares: bool) {
        self.resolved = None;
        let of_parent = self.table_of(parent);
        let early = self.of_process.get(&child).copied();
        if shares {
            if early == Some(of_parent) {
                return;
            }
            // What the child did before its parent's line was logged.
            if let Some(early) = early {
                for (descriptor, entry) in std::mem::take(&mut self.tables[early].entries) {
                    self.drop_holder(early, descriptor);
                    self.put(of_parent, descriptor, entry);
                    self.openings.release(entry.opening);
                }
            }
            self.tables[of_parent].processes += 1;
            self.of_process.insert(child, of_parent);
            self.last = None;
            return;
        }
        let of_child = self.table_of(child);
        for (descriptor, entry) in self.tables[of_parent].entries.clone() {
            if !self.tables[of_child].entries.contains_key(&descriptor) {
                self.put(of_child, descriptor, entry);
            }
        }
    }

    pub(super) fn exit(&mut self, process: u32) {
        let Some(table) = self.of_process.remove(&process) else { return };
        (self.last, self.resolved) = (None, None);
        self.tables[table].processes -= 1;
        if self.tables[table].processes == 0 {
            for (descriptor, entry) in std::mem::take(&mut self.tables[table].entries) {
                self.drop_holder(table, descriptor);
                if let Some(before) = self.left_behind.insert(descriptor, entry.opening) {
                    self.openings.release(before);
                }
            }
        }
    }

    fn own(&self, process: u32) -> Option<usize> {
        match self.last {
            Some((last, table)) if last == process => Some(table),
            _ => self.of_process.get(&process).copied(),
        }
    }

    fn others(&self, process: u32, descriptor: u32) -> impl Iterator<Item = &Entry> {
        let own = self.of_process.get(&process).copied();
        let holders = self.holders.get(&descriptor).into_iter().flatten();
        holders
            .filter(move |table| Some(**table) != own)
            .filter_map(move |table| self.tables[*table].entries.get(&descriptor))
    }

    fn table_of(&mut self, process: u32) -> usize {
        let table = *self.of_process.entry(process).or_insert_with(|| {
            self.tables.push(Table { entries: HashMap::new(), processes: 1 });
            self.tables.len() - 1
        });
        self.last = Some((process, table));
        table
    }

    fn put(&mut self, table: usize, descriptor: u32, entry: Entry) {
        self.openings.hold(entry.opening);
        match self.tables[table].entries.insert(descriptor, entry) {
            Some(before) => self.openings.release(before.opening),
            None => self.holders.entry(descriptor).or_default().push(table),
        }
    }

    fn take(&mut self, table: usize, descriptor: u32) {
        if let Some(entry) = self.tables[table].entries.remove(&descriptor) {
            self.openings.release(entry.opening);
        }
        self.drop_holder(table, descriptor);
    }

    fn drop_holder(&mut self, table: usize, descriptor: u32) {
        if let Some(holders) = self.holders.get_mut(&descriptor) {
            holders.retain(|holder| *holder != table);
        }
    }
}
