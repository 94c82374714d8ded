//! One JSON object on standard output.

use std::io::{self, Write};

use anystream_measure::Verdict;
use serde::Serialize;

use crate::advice::Advice;
use crate::catalogue::Entry;
use crate::commands::ImportedTrace;
use crate::comparison::Comparison;
use crate::contender::Contender;
use crate::machine::Machine;
use crate::overall::{self, Rank};
use crate::profile::Profile;
use crate::results::{Calls, Outcome, Refusal, Size, Standing};

/// The results of `choose`.
pub(crate) fn choose(machine: &Machine, outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    print(&Choose {
        machine,
        workloads: outcomes.iter().map(Workload::of).collect(),
        overall: ranks.iter().map(Overall::of).collect(),
        overall_reason: overall::sentence(outcomes),
    })
}

/// The backends and the peers, and their notes.
pub(crate) fn backends(contenders: impl Iterator<Item = Contender>) -> io::Result<()> {
    let listed = |contender: Contender| Listed {
        name: contender.name(),
        cost: contender.cost(),
        type_name: contender.type_name(),
        peer: contender.is_peer(),
    };
    print(&Backends { backends: contenders.map(listed).collect() })
}

/// The workloads that are built in.
pub(crate) fn workloads(entries: impl Iterator<Item = Entry>) -> io::Result<()> {
    let listed = |entry: Entry| match entry {
        Entry::Recorded(builtin) => {
            Catalogued { name: builtin.name, scalable: false, who: builtin.origin, what: None, scales: None }
        }
        Entry::Standard(standard) => Catalogued {
            name: &standard.name,
            scalable: true,
            who: &standard.who,
            what: Some(&standard.what),
            scales: Some(&standard.scales),
        },
    };
    print(&Catalogue { workloads: entries.map(listed).collect() })
}

/// The results of `compare`.
pub(crate) fn comparison(comparison: &Comparison) -> io::Result<()> {
    print(comparison)
}

/// The result of `import`.
pub(crate) fn imported(imported: &ImportedTrace) -> io::Result<()> {
    print(imported)
}

/// The results of `rank`.
pub(crate) fn ranking(outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    print(&Ranking {
        overall: ranks.iter().map(Overall::of).collect(),
        overall_reason: overall::sentence(outcomes),
    })
}

fn print(object: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, object)?;
    writeln!(out)?;
    out.flush()
}

#[derive(Serialize)]
struct Choose<'a> {
    machine: &'a Machine,
    workloads: Vec<Workload<'a>>,
    overall: Vec<Overall>,
    overall_reason: Option<String>,
}

#[derive(Serialize)]
struct Ranking {
    overall: Vec<Overall>,
    overall_reason: Option<String>,
}

#[derive(Serialize)]
struct Workload<'a> {
    name: &'a str,
    scale: f64,
    ops: u64,
    #[serde(flatten)]
    calls: &'a Calls,
    largest_len: u64,
    digest: Option<&'a str>,
    skipped_lines: usize,
    rounds: u32,
    noise: Option<f64>,
    /// The number of calls measured from the beginning.
    measured_calls: u64,
    final_len_is_minimum: bool,
    notes: &'a [String],
    results: Vec<Measured<'a>>,
    sizes: &'a [Size],
    choice: Option<&'static str>,
    /// Whether the choice is proven. `None` without a choice.
    decided: Option<bool>,
    #[serde(rename = "type")]
    type_name: Option<&'a str>,
    goal: Option<&'a str>,
    reason: Option<&'a str>,
    otherwise: &'a [String],
    advice: &'a [Advice],
}

#[derive(Serialize)]
struct Measured<'a> {
    backend: &'static str,
    peer: bool,
    median_ns: Option<f64>,
    low_ns: Option<f64>,
    high_ns: Option<f64>,
    ns_per_op: Option<f64>,
    bytes_per_second: Option<f64>,
    ratio: Option<f64>,
    ratio_low: Option<f64>,
    /// `None` if the times are lower bounds.
    ratio_high: Option<f64>,
    tie: bool,
    /// `tie`, `slower`, `faster` or `undecided`, compared with the best. `None` for the best itself.
    verdict: Option<Verdict>,
    /// Whether it dropped out because it was certainly slower.
    dropped: bool,
    /// The first replay of a fresh process.
    cold_ns: Option<f64>,
    cold_low_ns: Option<f64>,
    cold_high_ns: Option<f64>,
    processes: Option<usize>,
    peak_bytes: Option<u64>,
    final_bytes: Option<u64>,
    allocations: Option<u64>,
    moved_bytes: Option<u64>,
    #[serde(flatten)]
    profile: Option<&'a Profile>,
    verified: bool,
    /// How many calls were checked; nothing if it was not verified.
    verified_calls: Option<u64>,
    /// The broken law.
    failure: Option<&'a str>,
    /// The exceeded limit, or the call that a peer does not support.
    cannot: Option<&'a str>,
}

#[derive(Serialize)]
struct Overall {
    backend: &'static str,
    geomean_ratio: Option<f64>,
    tie: bool,
    chosen: usize,
}

#[derive(Serialize)]
struct Backends {
    backends: Vec<Listed>,
}

#[derive(Serialize)]
struct Catalogue {
    workloads: Vec<Catalogued>,
}

#[derive(Serialize)]
struct Catalogued {
    name: &'static str,
    scalable: bool,
    /// Who does this, or what was recorded.
    who: &'static str,
    what: Option<&'static str>,
    /// What its scale multiplies.
    scales: Option<&'static str>,
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    cost: &'static str,
    #[serde(rename = "type")]
    type_name: &'static str,
    peer: bool,
}

impl<'a> Workload<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let choice = outcome.choice.as_ref();
        Workload {
            name: &outcome.name,
            scale: outcome.scale,
            ops: outcome.calls.total,
            calls: &outcome.calls,
            largest_len: outcome.shape.largest_len,
            digest: outcome.digest.as_deref(),
            skipped_lines: outcome.skipped,
            rounds: outcome.rounds,
            noise: outcome.noise(),
            measured_calls: outcome.measured_calls.unwrap_or(outcome.calls.total),
            final_len_is_minimum: outcome.final_len_is_minimum,
            notes: &outcome.notes,
            results: outcome.results.iter().map(|standing| Measured::of(outcome, standing)).collect(),
            sizes: &outcome.sizes,
            choice: choice.map(|choice| choice.backend.name()),
            decided: choice.map(|choice| choice.decided),
            type_name: choice.map(|choice| &choice.type_name[..]),
            goal: choice.map(|choice| &choice.goal[..]),
            reason: choice.map(|choice| &choice.reason[..]),
            otherwise: choice.map_or(&[], |choice| &choice.otherwise),
            advice: &outcome.advice,
        }
    }
}

impl<'a> Measured<'a> {
    fn of(outcome: &Outcome, Standing { contender, figures }: &'a Standing) -> Self {
        let (figures, failure, cannot) = match figures {
            Ok(figures) => (Some(figures), None, None),
            Err(Refusal::Failed(why)) => (None, Some(&why[..]), None),
            Err(Refusal::Cannot(why)) => (None, None, Some(&why[..])),
        };
        let heap = figures.map(|figures| figures.heap);
        let cold = figures.and_then(|figures| figures.cold.as_ref());
        Measured {
            backend: contender.name(),
            peer: contender.is_peer(),
            median_ns: figures.map(|figures| figures.median),
            low_ns: figures.map(|figures| figures.interval.low),
            high_ns: figures.map(|figures| figures.interval.high),
            ns_per_op: figures.map(|figures| outcome.ns_per_call(figures)),
            bytes_per_second: figures.map(|figures| outcome.throughput(figures)),
            ratio: figures.map(|figures| figures.ratio),
            ratio_low: figures.map(|figures| figures.ratio_interval.low),
            ratio_high: figures.map(|figures| figures.ratio_interval.high).filter(|high| *high < f64::MAX),
            tie: figures.is_some_and(|figures| figures.tied),
            verdict: figures.and_then(|figures| figures.verdict),
            dropped: figures.is_some_and(|figures| figures.dropped),
            cold_ns: cold.map(|cold| cold.median),
            cold_low_ns: cold.map(|cold| cold.interval.low),
            cold_high_ns: cold.map(|cold| cold.interval.high),
            processes: figures
                .map(|figures| figures.processes.iter().filter(|rounds| !rounds.is_empty()).count()),
            peak_bytes: heap.map(|heap| heap.peak),
            final_bytes: heap.map(|heap| heap.at_end),
            allocations: heap.map(|heap| heap.allocations),
            moved_bytes: heap.map(|heap| heap.moved),
            profile: figures.map(|figures| &figures.profile),
            verified: figures.is_some(),
            verified_calls: figures
                .map(|it| it.checked_calls.or(outcome.measured_calls).unwrap_or(outcome.calls.total)),
            failure,
            cannot,
        }
    }
}

impl Overall {
    fn of(rank: &Rank) -> Self {
        Overall {
            backend: rank.backend.name(),
            geomean_ratio: rank.geomean_ratio,
            tie: rank.tied,
            chosen: rank.chosen,
        }
    }
}
