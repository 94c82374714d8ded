//! A set of offsets.

use std::collections::BTreeMap;
use std::ops::Range;

/// Which offsets of a file no longer hold what they held at first. Ranges by their start, apart.
#[derive(Debug, Default)]
pub(super) struct Spans(BTreeMap<u64, u64>);

impl Spans {
    pub(super) fn add(&mut self, span: Range<u64>) {
        if span.is_empty() {
            return;
        }
        let (mut start, mut end) = (span.start, span.end);
        while let Some((&from, &to)) = self.0.range(..=end).next_back().filter(|(_, to)| **to >= start) {
            self.0.remove(&from);
            (start, end) = (start.min(from), end.max(to));
        }
        self.0.insert(start, end);
    }

    /// What of `within` is not in the set.
    pub(super) fn gaps(&self, within: Range<u64>) -> Vec<Range<u64>> {
        let mut from =
            self.0.range(..=within.start).next_back().map_or(within.start, |(_, to)| within.start.max(*to));
        let mut gaps = Vec::new();
        for (&start, &end) in self.0.range(within.start..within.end) {
            if from < start {
                gaps.push(from..start);
            }
            from = from.max(end);
        }
        if from < within.end {
            gaps.push(from..within.end);
        }
        gaps
    }
}
