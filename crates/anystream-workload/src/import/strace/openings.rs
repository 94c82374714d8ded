//! The openings of files, for as long as a descriptor may mean them.

use super::files::FileId;
use super::length::Length;

/// One opening of a file, with a position of its own. Descriptors that `dup` or `fork` made share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpeningId(usize);

/// An opening, as far as the log tells.
#[derive(Debug)]
pub(super) struct Opening {
    /// None: a pipe, a directory, or whatever else is no file.
    pub(super) file: Option<FileId>,
    pub(super) appends: bool,
    /// None: it was open before the log began.
    pub(super) position: Option<Position>,
    holders: usize,
}

/// Where an opening stands, as far as is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    at: u64,
    /// So far behind the file's initial length it is if that is more than was known when something was appended.
    behind_initial: Option<i128>,
}

impl Position {
    pub(super) fn fixed(at: u64) -> Self {
        Position { at, behind_initial: None }
    }

    /// Behind what was appended to a file.
    pub(super) fn appended(at: u64, length: &Length) -> Self {
        Position { at, behind_initial: length.grown() }
    }

    /// By as much behind `before`, which leads to `at` by what is known of the initial length now.
    #[inline(always)]
    pub(super) fn advanced(before: Option<Position>, at: u64, by: u64) -> Self {
        let behind = before.and_then(|before| before.behind_initial);
        Position { at, behind_initial: behind.map(|behind| behind + i128::from(by)) }
    }

    /// By what is known of the initial length now.
    pub(super) fn at(self, length: &Length) -> u64 {
        let behind = self.behind_initial.and_then(|by| u64::try_from(i128::from(length.initial) + by).ok());
        behind.unwrap_or(0).max(self.at)
    }

    /// The initial length that would explain a position of `at`.
    pub(super) fn initial_for(self, at: u64) -> Option<u64> {
        self.behind_initial.and_then(|by| u64::try_from(i128::from(at) - by).ok())
    }
}

/// All openings that some descriptor holds. The place of one that none holds any more is used again.
#[derive(Debug, Default)]
pub(super) struct Openings {
    all: Vec<Opening>,
    free: Vec<OpeningId>,
    /// How many there are of each file.
    of_file: Vec<usize>,
}

impl Openings {
    /// A new one, which must be given to a descriptor next.
    pub(super) fn add(&mut self, file: Option<FileId>, appends: bool) -> OpeningId {
        if let Some(count) = self.count(file) {
            *count += 1;
        }
        let opening = Opening { file, appends, position: None, holders: 0 };
        match self.free.pop() {
            Some(id) => {
                self.all[id.0] = opening;
                id
            }
            None => {
                self.all.push(opening);
                OpeningId(self.all.len() - 1)
            }
        }
    }

    /// One more descriptor means it.
    pub(super) fn hold(&mut self, id: OpeningId) {
        self.all[id.0].holders += 1;
    }

    /// One descriptor less means it.
    pub(super) fn release(&mut self, id: OpeningId) {
        let opening = &mut self.all[id.0];
        opening.holders -= 1;
        if opening.holders == 0 {
            let file = opening.file;
            self.free.push(id);
            if let Some(count) = self.count(file) {
                *count -= 1;
            }
        }
    }

    pub(super) fn at(&self, id: OpeningId) -> &Opening {
        &self.all[id.0]
    }

    pub(super) fn at_mut(&mut self, id: OpeningId) -> &mut Opening {
        &mut self.all[id.0]
    }

    /// Whether some descriptor still means this file.
    pub(super) fn has(&self, file: FileId) -> bool {
        self.of_file.get(file.0).is_some_and(|count| *count > 0)
    }

    fn count(&mut self, file: Option<FileId>) -> Option<&mut usize> {
        let FileId(file) = file?;
        if self.of_file.len() <= file {
            self.of_file.resize(file + 1, 0);
        }
        self.of_file.get_mut(file)
    }
}
