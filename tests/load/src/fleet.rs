//! Which streams there are: the groups, as data.

use anyhow::{Context, Result};
use anystream::Backend;

use crate::subject::{Subject, Tools};

/// Streams of one kind and about one size.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// None: an `AnyStream` that is converted from one to the next.
    pub(crate) backend: Option<Backend>,
    /// Parts in a thousand of all bytes.
    share: u64,
    pub(crate) streams: usize,
    cell: usize,
    /// Steps on random streams of the group in each lap.
    pub(crate) steps: usize,
    /// The most cells of one call, as a power of two.
    pub(crate) largest: u32,
    pub(crate) inserts: Inserts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inserts {
    Anywhere,
    /// Where the tail that moves is short.
    NearTheEnd,
    /// In a sixteenth of the stream, another one in each lap, which is compacted at the end of the lap.
    InWindow,
}

pub(crate) const BIG_VEC: usize = 0;
pub(crate) const MIDDLE_VECS: usize = 1;
pub(crate) const BIG_ROPE: usize = 5;
pub(crate) const MIDDLE_ROPES: usize = 6;
pub(crate) const MIDDLE_ANY: usize = 10;
pub(crate) const SMALL_ANY: usize = 11;

/// The names are those of the output. `ropey` has a fiftieth of the bytes: it needs up to two bytes of memory for
/// each, and reads them many times slower than the others.
#[rustfmt::skip]
pub(crate) const PLANS: &[Plan] = &[
    Plan { name: "vec, one",        backend: Some(Backend::Vec),   share: 150, streams: 1,       cell: 509, steps: 20_000, largest: 7, inserts: Inserts::NearTheEnd },
    Plan { name: "vec, 8",          backend: Some(Backend::Vec),   share: 80,  streams: 8,       cell: 61,  steps: 20_000, largest: 8, inserts: Inserts::NearTheEnd },
    Plan { name: "vec, 4000",       backend: Some(Backend::Vec),   share: 40,  streams: 4000,    cell: 13,  steps: 20_000, largest: 8, inserts: Inserts::Anywhere },
    Plan { name: "small, 40",       backend: Some(Backend::Small), share: 20,  streams: 40,      cell: 61,  steps: 10_000, largest: 6, inserts: Inserts::NearTheEnd },
    Plan { name: "small, 100 000",  backend: Some(Backend::Small), share: 2,   streams: 100_000, cell: 7,   steps: 60_000, largest: 3, inserts: Inserts::Anywhere },
    Plan { name: "rope, one",       backend: Some(Backend::Rope),  share: 400, streams: 1,       cell: 509, steps: 20_000, largest: 7, inserts: Inserts::InWindow },
    Plan { name: "rope, 4",         backend: Some(Backend::Rope),  share: 160, streams: 4,       cell: 61,  steps: 20_000, largest: 8, inserts: Inserts::Anywhere },
    Plan { name: "rope, 2000",      backend: Some(Backend::Rope),  share: 40,  streams: 2000,    cell: 13,  steps: 20_000, largest: 8, inserts: Inserts::Anywhere },
    Plan { name: "ropey, one",      backend: Some(Backend::Ropey), share: 10,  streams: 1,       cell: 61,  steps: 2_000,  largest: 5, inserts: Inserts::Anywhere },
    Plan { name: "ropey, 200",      backend: Some(Backend::Ropey), share: 10,  streams: 200,     cell: 13,  steps: 4_000,  largest: 6, inserts: Inserts::Anywhere },
    Plan { name: "AnyStream, 4",    backend: None,                 share: 80,  streams: 4,       cell: 61,  steps: 5_000,  largest: 7, inserts: Inserts::NearTheEnd },
    Plan { name: "AnyStream, 400",  backend: None,                 share: 8,   streams: 400,     cell: 13,  steps: 10_000, largest: 7, inserts: Inserts::Anywhere },
];

/// All streams, by group, filled.
pub(crate) fn fill(bytes: u64, tools: &mut Tools) -> Result<Vec<Vec<Subject>>> {
    let mut groups = Vec::new();
    for plan in PLANS {
        let mean = bytes / 1000 * plan.share / plan.streams as u64 / plan.cell as u64;
        let mut streams = Vec::with_capacity(plan.streams);
        for number in 0..plan.streams {
            // From half to one and a half times the mean, in even steps.
            let among = plan.streams as u64;
            let target = mean / 2 + mean * (2 * number as u64 + 1) / (2 * among);
            let backend = plan.backend.unwrap_or(Backend::ALL[number % Backend::ALL.len()]);
            let subject = Subject::filled(backend, plan.cell, target.max(1) as usize, tools);
            streams.push(subject.with_context(|| format!("filling stream {number} of \"{}\"", plan.name))?);
        }
        groups.push(streams);
    }
    Ok(groups)
}

/// The sum of the streams' lengths in bytes.
pub(crate) fn length(groups: &[Vec<Subject>]) -> u64 {
    groups.iter().flatten().map(|subject| subject.cells.len() as u64 * subject.cell as u64).sum()
}
