//! Facts that a reading of a log learned too late. The next reading starts with them.

use foldhash::HashMap;

/// What later lines of a log say of earlier ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    /// Which process made another, with the flags of the call, by that other and the line that showed it first.
    pub(super) makers: HashMap<(u32, u64), (u32, u64)>,
    /// Where the directories are of which the log does not tell it before they are used, in the order in which they appear.
    pub(super) places: HashMap<usize, String>,
    /// Whether something was learned that was not known before.
    pub(super) are_new: bool,
}

impl Hints {
    pub(super) fn maker(&self, process: u32, line: u64) -> Option<(u32, u64)> {
        self.makers.get(&(process, line)).copied()
    }

    pub(super) fn made(&mut self, process: u32, line: u64, maker: u32, flags: u64) {
        self.are_new |= self.makers.insert((process, line), (maker, flags)).is_none();
    }

    pub(super) fn place(&self, directory: usize) -> Option<&str> {
        self.places.get(&directory).map(String::as_str)
    }

    pub(super) fn placed(&mut self, directory: usize, path: &str) {
        self.places.entry(directory).or_insert_with(|| {
            self.are_new = true;
            path.to_owned()
        });
    }
}
