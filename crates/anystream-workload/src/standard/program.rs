//! What a workload's text says, checked.

use super::amount::{Amount, Unit};

/// What is done, once every name in it is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// How long the contents are before the first step.
    pub(super) initial: Amounts,
    /// The phases.
    pub(super) steps: Vec<Step>,
    /// How many names there are for places.
    pub(super) marks: usize,
    /// For each place that is readers, how many these are.
    pub(super) readers: Vec<usize>,
    /// How many of the latest values stay alive.
    pub(super) hold: usize,
    /// Whether lines are read: then the initial contents are text, and nothing changes them.
    pub(super) reads_lines: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) spot: Spot,
    /// It is done one time in so many, 1 or more.
    pub(super) one_in: u64,
    pub(super) action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Repeat { times: Times, steps: Vec<Step> },
    At { place: Place, mark: Option<usize>, call: Call },
    Whole(Whole),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Times {
    Count(Amounts),
    /// Until a step ends at the end of the contents.
    ToTheEnd,
}

/// A call at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Seek,
    Read(Amounts),
    ReadExact(Amounts),
    ReadLine,
    ReadToEnd,
    ReadAt(Amounts),
    Write(Amounts),
    Insert(Amounts),
    Remove(Amounts),
}

/// A call on the whole contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whole {
    GetValue,
    Truncate(Amounts),
    SetLen(Amounts),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Where the step before ended.
    Here,
    Start,
    End,
    /// Where the step began that last set the mark; the start until one has.
    Mark(usize),
    Offset(Amounts),
    Ahead(Amounts),
    Back(Amounts),
    Near(Amounts),
    /// A multiple of this.
    Anywhere(Amounts),
    /// A multiple of this, some far oftener than others.
    Hot(Amounts),
    /// Where the next of some readers, in turn, stopped.
    Reader(usize),
}

/// A number, or any between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) spot: Spot,
    pub(super) unit: Unit,
    pub(super) ends: [Amount; 2],
}

/// Where something stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) key: &'static str,
}

impl Amounts {
    /// No range.
    pub(super) fn one(amount: Amount, unit: Unit, spot: Spot) -> Self {
        Amounts { spot, unit, ends: [amount; 2] }
    }
}
