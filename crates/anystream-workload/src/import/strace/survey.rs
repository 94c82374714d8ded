//! The first reading of a log: what is done to each file, without keeping it.

use std::ops::Range;

use super::access::{Action, Transfer};
use super::doubt::may_be;
use super::files::{FileId, Files};
use super::length::Length;
use super::listing::Listing;
use super::record::{Observer, Recorder, Site};
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
    /// Whether anything was done to it that changes it.
    is_changed: bool,
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
    /// How long it was, as far as the log tells. None: that takes a reading along all of them.
    pub(super) length: Option<Length>,
    /// How much data must be generated at once.
    pub(super) longest_write: u64,
    /// Whether the log shows some of the initial contents.
    pub(super) shows_reads: bool,
    /// Whether anything was written to it or set its length.
    pub(super) is_changed: bool,
    /// Another file that it may be, and its own path.
    pub(super) doubt: Option<(String, String)>,
}

/// Why no file could be chosen.
pub(super) enum NoChoice {
    Several(Vec<FileUse>),
    NoneMatches(Vec<FileUse>, String),
    /// And why that may be.
    NothingDone(String),
}

impl Observer for Survey {
    #[inline(always)]
    fn access(&mut self, site: Site<'_>, file: FileId, action: &Action<'_, '_>) {
        if self.files.len() <= file.0 {
            self.make_room_for(file);
        }
        let Some(surveyed) = self.files.get_mut(file.0) else { return };
        match &mut surveyed.lines {
            Some(lines) => lines.end = site.line,
            none => *none = Some(site.line..site.line),
        }
        surveyed.is_used |= !matches!(action, Action::Open { .. } | Action::Length(_));
        surveyed.is_changed |= !matches!(
            action,
            Action::Open { emptied: false, .. } | Action::Length(_) | Action::Read(_) | Action::Seek { .. }
        );
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
        let _ = surveyed.walk.step(action);
    }
}

impl Default for Surveyed {
    fn default() -> Self {
        let walk = Walk { length: Length::inferred(), output: Infer };
        Surveyed {
            lines: None,
            is_used: false,
            is_changed: false,
            longest_write: 0,
            shows_reads: false,
            walk,
        }
    }
}

impl Survey {
    #[cold]
    fn make_room_for(&mut self, file: FileId) {
        self.files.resize_with(file.0 + 1, Surveyed::default);
    }

    /// All that something was done to, the busiest first.
    pub(super) fn uses(mut self, mut files: Files) -> Vec<FileUse> {
        self.join_remade(&mut files);
        self.listing(&files).into_uses()
    }

    fn listing(&self, files: &Files) -> Listing {
        Listing::of(files, self.all().filter(|id| self.files[id.0].is_used && files.is_regular(*id)))
    }

    fn all(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(FileId)
    }

    /// The one file that `wanted` names, or else the only one.
    pub(super) fn choose(mut self, mut recorder: Recorder, wanted: Option<&str>) -> Result<Chosen, NoChoice> {
        let mut earlier = self.join_remade(&mut recorder.files);
        let files = &recorder.files;
        let listing = self.listing(files);
        let used = listing.ids();
        let matching = match wanted {
            None => used.clone(),
            Some(wanted) => {
                let matching = listing.matching(files, recorder.beginning, wanted);
                let lost = |id: &FileId| files.names_of(*id).is_empty();
                if !matching.is_empty() && matching.iter().all(lost) && !listing.lists(wanted) {
                    // Another file may have the name now.
                    let untouched = self.untouched(&recorder, wanted);
                    if let Some(cause) = matching.iter().find_map(|id| files.lost_its_name(*id)) {
                        return match untouched[..] {
                            [one] => Ok(self.chosen(files, one, Vec::new())),
                            _ => Err(NoChoice::NoneMatches(listing.into_uses(), cause)),
                        };
                    }
                    matching
                } else if matching.is_empty() {
                    self.untouched(&recorder, wanted)
                } else {
                    matching
                }
            }
        };
        match matching[..] {
            _ if used.is_empty() => Err(NoChoice::NothingDone(self.cause(&recorder))),
            [] => {
                let opened = Listing::of(files, self.all().filter(|id| !self.files[id.0].is_used));
                let wanted = wanted.unwrap_or_default();
                let cause = match opened.matching(files, recorder.beginning, wanted).first() {
                    Some(file) if self.files[file.0].lines.is_some() => self.unused(files, *file),
                    _ => String::new(),
                };
                Err(NoChoice::NoneMatches(listing.into_uses(), cause))
            }
            [one] => {
                let earlier = std::mem::take(&mut earlier[one.0]);
                Ok(self.chosen(files, one, earlier))
            }
            _ => Err(NoChoice::Several(listing.uses_of(&matching))),
        }
    }

    fn chosen(&self, files: &Files, one: FileId, earlier: Vec<FileId>) -> Chosen {
        let surveyed = &self.files[one.0];
        let doubt = self.doubt(files, one);
        let mut files = earlier;
        files.push(one);
        Chosen {
            length: (files.len() == 1).then(|| surveyed.walk.length.clone()),
            files,
            longest_write: surveyed.longest_write,
            shows_reads: surveyed.shows_reads,
            is_changed: surveyed.is_changed,
            doubt,
        }
    }

    /// A file that was opened and not used, if its length is known all the same. A log of `strace -P` may lack the calls
    /// on it.
    fn untouched(&self, recorder: &Recorder, wanted: &str) -> Vec<FileId> {
        if !recorder.tasks.shows_exec {
            return Vec::new();
        }
        let is_known = |id: &FileId| {
            let surveyed = &self.files[id.0];
            let is_there = recorder.files.is_regular(*id) && recorder.files.lost_its_name(*id).is_none();
            is_there && surveyed.lines.is_some() && surveyed.walk.length.is_known()
        };
        let known = Listing::of(&recorder.files, self.all().filter(is_known));
        let named = known.named(&recorder.files, recorder.beginning, wanted);
        if named.is_empty() { known.matching(&recorder.files, recorder.beginning, wanted) } else { named }
    }

    /// Another file that this may be, with its own path.
    fn doubt(&self, files: &Files, file: FileId) -> Option<(String, String)> {
        if !files.names.has_floating() {
            return None;
        }
        let changed = self.all().filter(|id| self.files[id.0].is_changed);
        let is_proven = |other: FileId| {
            let seen_before = |file: FileId, line: u64| {
                self.files[file.0].lines.as_ref().is_some_and(|lines| lines.start < line)
            };
            files.made_at(file).is_some_and(|line| seen_before(other, line))
                || files.made_at(other).is_some_and(|line| seen_before(file, line))
        };
        may_be(files, file, changed, is_proven).map(|other| (files.path(file), other))
    }

    /// Why a log may have no operations on any file.
    fn cause(&self, recorder: &Recorder) -> String {
        let touched = self.all().find(|id| self.files[id.0].lines.is_some());
        match (touched, &recorder.rename) {
            (_, Some((line, from, to))) => {
                format!(
                    "{from} was renamed to {to} at line {line}, and no other call on a file is in the log"
                )
            }
            (Some(file), None) => self.unused(&recorder.files, file),
            (None, None) => {
                "no call on a file is in the log: check that the program used the file while strace ran"
                    .to_owned()
            }
        }
    }

    fn unused(&self, files: &Files, file: FileId) -> String {
        let line = self.files[file.0].lines.as_ref().map_or(0, |lines| lines.start);
        format!(
            "{} was opened at line {line}, but no call on its descriptor is in the log, as when strace -P is given another \
             spelling of the path, or the program creates the file",
            files.path(file)
        )
    }

    /// A file that was deleted and then made again is one file for a stream: emptied in between. Unless
    /// the deleted one was still used afterwards. Returns the earlier ones of each file.
    fn join_remade(&mut self, files: &mut Files) -> Vec<Vec<FileId>> {
        self.files.resize_with(files.len(), Surveyed::default);
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
            joined.is_changed |= before.is_changed;
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
