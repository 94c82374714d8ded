//! The numbers of a program at a scale, and what is wrong with those that are too large.

use std::ops::RangeInclusive;

use crate::standard::program::{Action, Amounts, Call, Spot, Step};
use crate::standard::source::wrong;
use crate::standard::{Standard, StandardError};

/// A workload at a scale.
#[derive(Clone, Copy)]
pub(super) struct Scaled<'a> {
    pub(super) workload: &'a Standard,
    pub(super) scale: f64,
}

impl Scaled<'_> {
    pub(super) fn range(&self, amounts: &Amounts) -> Result<RangeInclusive<u64>, StandardError> {
        let [a, b] = amounts.ends.map(|end| end.at(self.scale));
        let most = amounts.unit.most();
        if a.max(b) > most {
            let name = amounts.unit.name();
            return Err(self.too_much(amounts.spot, format!("this is more than {most} {name}")));
        }
        Ok(a.min(b)..=a.max(b))
    }

    pub(super) fn longest_data(&self, steps: &[Step]) -> Result<u64, StandardError> {
        steps.iter().try_fold(0, |longest, step| {
            let here = match &step.action {
                Action::Repeat { steps, .. } => self.longest_data(steps)?,
                Action::At { call: Call::Write(size) | Call::Insert(size), .. } => *self.range(size)?.end(),
                Action::At { .. } | Action::Whole(_) => 0,
            };
            Ok(longest.max(here))
        })
    }

    pub(super) fn too_much(&self, spot: Spot, reason: String) -> StandardError {
        let reason = format!("at scale {}, {reason}", self.scale);
        wrong(&self.workload.file, spot, reason, "use a smaller scale or smaller numbers")
    }

    pub(super) fn out_of_memory(&self, what: &'static str) -> StandardError {
        StandardError::OutOfMemory { name: self.workload.name.clone(), scale: self.scale, what }
    }
}
