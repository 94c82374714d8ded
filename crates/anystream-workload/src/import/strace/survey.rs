//! The first reading of a log: what is done to each file, without keeping it.

use std::ops::Range;

use super::access::{Action, Transfer};
use super::files::{FileId, Files};
use super::length::Length;
use super::openings::Openings;
use super::record::{Observer, Site};
use super::walk::{Infer, Walk};
use crate::import::FileUse;

/// What is known of each file that the log is about.
#[derive(Default)]
pub(super) struct Survey {
    files: Vec<Surveyed>,
}

struct Surveyed {
    /// The lines of the first access and of the last.
    lines: Option<Range<u64>>,
    /// Whether anything was done to it that a stream could do.
    is_used: bool,
    /// The longest write of which the log does not show the data.
    longest_write: u64,
    /// Whether the log shows data that was read.
    shows_reads: bool,
    walk: Walk<Infer>,
}

/// The file that operations will be made for.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Itself, and those that had its path before and were deleted.
    pub(super) files: Vec<FileId>,
    /// How long it was before the log began. None: that takes a reading along all of them.
    pub(super) initial: Option<u64>,
    /// How much data must be generated at once.
    pub(super) longest_write: u64,
    /// Whether the log shows some of the initial contents.
    pub(super) shows_reads: bool,
}

/// Why no file could be chosen.
pub(super) enum NoChoice {
    Several(Vec<FileUse>),
    NoneMatches(Vec<FileUse>),
    NothingDone,
}

impl Observer for Survey {
    #[inline(always)]
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>, openings: &mut Openings) {
        if self.files.len() <= file.0 {
            self.make_room_for(file);
        }
        let Some(surveyed) = self.files.get_mut(file.0) else { return };
        match &mut surveyed.lines {
            Some(lines) => lines.end = site.line,
            none => *none = Some(site.line..site.line),
        }
        surveyed.is_used |= !matches!(action, Action::Open { .. } | Action::Length(_));
        match action {
            Action::Write { transfer: Transfer { data, moved, .. }, .. }
                if *moved > surveyed.longest_write && !data.holds(*moved) =>
            {
                surveyed.longest_write = *moved;
            }
            Action::Read(Transfer { data, moved, .. })
                if *moved > 0 && !surveyed.shows_reads && data.holds(*moved) =>
            {
                surveyed.shows_reads = true;
            }
            _ => {}
        }
        // Contradictions are reported when operations are made.
        let _ = surveyed.walk.step(action, openings);
    }
}

impl Default for Surveyed {
    fn default() -> Self {
        let walk = Walk { length: Length::inferred(), output: Infer };
        Surveyed { lines: None, is_used: false, longest_write: 0, shows_reads: false, walk }
    }
}

impl Survey {
    #[cold]
    fn make_room_for(&mut self, file: FileId) {
        self.files.resize_with(file.0 + 1, Surveyed::default);
    }

    /// All that something was done to, the busiest first.
    pub(super) fn uses(mut self, mut files: Files) -> Vec<FileUse> {
        self.files.resize_with(files.len(), Surveyed::default);
        self.join_remade(&mut files);
        let used: Vec<FileId> =
            (0..self.files.len()).map(FileId).filter(|id| self.files[id.0].is_used).collect();
        files.candidates(&used)
    }

    /// The one file that `wanted` names, or else the only one.
    pub(super) fn choose(mut self, mut files: Files, wanted: Option<&str>) -> Result<Chosen, NoChoice> {
        self.files.resize_with(files.len(), Surveyed::default);
        let mut earlier = self.join_remade(&mut files);
        let used: Vec<FileId> =
            (0..self.files.len()).map(FileId).filter(|id| self.files[id.0].is_used).collect();
        let matching = match wanted {
            None => used.clone(),
            Some(wanted) => files.matching(wanted, &used),
        };
        match matching[..] {
            _ if used.is_empty() => Err(NoChoice::NothingDone),
            [] => Err(NoChoice::NoneMatches(files.candidates(&used))),
            [one] => {
                let surveyed = &self.files[one.0];
                let mut files = std::mem::take(&mut earlier[one.0]);
                files.push(one);
                Ok(Chosen {
                    initial: (files.len() == 1).then_some(surveyed.walk.length.initial),
                    files,
                    longest_write: surveyed.longest_write,
                    shows_reads: surveyed.shows_reads,
                })
            }
            _ => Err(NoChoice::Several(files.candidates(&matching))),
        }
    }

    /// A file that was deleted and then made again is one file for a stream: emptied in between. Unless
    /// the deleted one was still used afterwards. Returns the earlier ones of each file.
    fn join_remade(&mut self, files: &mut Files) -> Vec<Vec<FileId>> {
        let mut earlier_of = vec![Vec::new(); self.files.len()];
        for id in 0..self.files.len() {
            let Some(earlier) = files.earlier(FileId(id)) else { continue };
            let lines = |file: usize| self.files[file].lines.clone();
            let (ended, began) = (
                lines(earlier.0).map_or(0, |lines| lines.end),
                lines(id).map_or(u64::MAX, |lines| lines.start),
            );
            if ended >= began {
                continue;
            }
            let before = std::mem::take(&mut self.files[earlier.0]);
            let joined = &mut self.files[id];
            joined.lines = match (before.lines, joined.lines.clone()) {
                (Some(before), Some(after)) => Some(before.start..after.end),
                (before, after) => before.or(after),
            };
            joined.is_used |= before.is_used;
            joined.longest_write = joined.longest_write.max(before.longest_write);
            joined.shows_reads |= before.shows_reads;
            let mut chain = std::mem::take(&mut earlier_of[earlier.0]);
            chain.push(earlier);
            earlier_of[id] = chain;
            files.add_calls(FileId(id), earlier);
        }
        earlier_of
    }
}
