//! Imports a log of any length in bounded memory. Only the first calls of a long log are kept.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

use anystream::Bytes;
use anystream_measure::{free_memory, with_memory_limit};
use anystream_workload::{
    ImportError, ImportOptions, ImportSummary, Op, Script, Sink, Skipped, import_into, import_reader_into,
};
use indicatif::HumanCount;

/// A log, or its beginning if not all calls fit into memory.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) script: Script,
    /// The summary of the import. For a log that was cut, it covers the kept calls.
    pub(crate) summary: ImportSummary,
    /// The number of lines that were not understood and skipped.
    pub(crate) skipped: usize,
    pub(crate) cut: Option<Cut>,
}

/// A log of which only the first calls were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The number of kept calls.
    pub(crate) calls: u64,
}

impl Cut {
    /// Describes the cut in a sentence.
    pub(crate) fn note(self) -> String {
        format!(
            "Only the first {} calls of the log were read: more do not fit into the memory that is allowed (--memory).",
            HumanCount(self.calls)
        )
    }
}

/// Imports the log at `path`, or from standard input for `-`. All of its calls take at most `memory` bytes.
pub(crate) fn import_bounded(
    path: &Path,
    options: &ImportOptions,
    memory: u64,
) -> Result<Imported, ImportError> {
    let mut sink = Bounded { left: memory, ..Bounded::default() };
    // Against initial contents of any length; the tables of an importer are small, and cannot be refused memory.
    let summary = with_memory_limit(free_memory() / 10 * 9, || match path == Path::new("-") {
        true => import_reader_into("standard input", io::stdin().lock(), options, &mut sink),
        false => import_into(path, options, &mut sink),
    });
    let Bounded { script, skipped, full, .. } = sink;
    let summary = match summary {
        Ok(summary) => summary,
        Err(ImportError::Refused { .. }) if full => {
            let mut summary = ImportSummary::default();
            summary.name.clone_from(&script.name);
            (summary.initial_len, summary.ops) = (script.initial.len() as u64, script.ops.len() as u64);
            summary.complete = true;
            summary
        }
        Err(error) => return Err(error),
    };
    let cut = full.then_some(Cut { calls: script.ops.len() as u64 });
    Ok(Imported { script, summary, skipped, cut })
}

/// A shorter beginning is not representative. This many calls are kept even if their data does not fit, and then the error
/// is about the whole log.
const FEWEST: usize = 1000;

/// Keeps calls until they take too much memory.
#[derive(Default)]
struct Bounded {
    script: Script,
    skipped: usize,
    /// In bytes.
    left: u64,
    full: bool,
    shared: Shared,
}

impl Bounded {
    /// The memory for keeping `op`, in bytes.
    fn size(&mut self, op: &Op) -> u64 {
        let own = match op {
            Op::ReadVectored(lens) => size_of_val(&lens[..]) as u64,
            Op::WriteFmt(text) => text.len() as u64,
            Op::Write(data) | Op::WriteBytes(data) | Op::Splice { with: data, .. } => self.shared.add(data),
            Op::WriteVectored(pieces) => {
                let data: u64 = pieces.iter().map(|piece| self.shared.add(piece)).sum();
                size_of_val(&pieces[..]) as u64 + data
            }
            _ => 0,
        };
        size_of::<Op>() as u64 + own
    }
}

impl Sink for Bounded {
    fn begin(&mut self, name: &str, initial: Bytes) -> io::Result<()> {
        self.script = Script::new(name, initial);
        Ok(())
    }

    fn hold(&mut self, values: usize) -> io::Result<()> {
        self.script.hold = values;
        Ok(())
    }

    fn op(&mut self, op: Op) -> io::Result<()> {
        let left = self.left.checked_sub(self.size(&op));
        let ops = &mut self.script.ops;
        if (left.is_none() && ops.len() >= FEWEST) || ops.try_reserve(1).is_err() {
            self.full = true;
            return Err(ErrorKind::QuotaExceeded.into());
        }
        ops.push(op);
        self.left = left.unwrap_or_default();
        Ok(())
    }

    fn skipped(&mut self, _: Skipped) -> io::Result<()> {
        self.skipped += 1;
        Ok(())
    }
}

/// The memory of the calls' data. Memory that calls share counts once.
#[derive(Default)]
struct Shared {
    /// The runs of memory, by their beginning and end.
    runs: BTreeMap<usize, usize>,
}

impl Shared {
    /// Adds the memory of `data` and returns how many bytes are new.
    fn add(&mut self, data: &Bytes) -> u64 {
        let (mut start, mut end) = (data.as_ptr() as usize, data.as_ptr() as usize + data.len());
        let mut known = 0;
        while let Some((&from, &to)) = self.runs.range(..=end).next_back().filter(|(_, to)| **to >= start) {
            if from <= start && end <= to {
                return 0;
            }
            known += to.min(end).saturating_sub(from.max(start));
            self.runs.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        if start < end {
            self.runs.insert(start, end);
        }
        (data.len() - known) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_calls_share_counts_once() {
        let data = Bytes::from(vec![0; 100]);
        let mut shared = Shared::default();
        for (range, new) in
            [(10..20, 10), (10..20, 0), (30..40, 10), (20..30, 10), (0..100, 70), (5..50, 0), (7..7, 0)]
        {
            assert_eq!(shared.add(&data.slice(range.clone())), new, "{range:?}");
        }
        assert_eq!(shared.runs.len(), 1);
        assert_eq!(shared.add(&Bytes::from(vec![0; 7])), 7);
    }
}
