//! One JSON object on standard output.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anystream::Backend;
use serde::Serialize;

use crate::overall::{self, Rank};
use crate::results::{BackendResult, Outcome, Refusal};

/// Everything that `choose` found.
pub(crate) fn choose(outcomes: &[Outcome], ranks: &[Rank]) -> io::Result<()> {
    print(&Choose {
        workloads: outcomes.iter().map(Workload::of).collect(),
        overall: ranks.iter().map(Overall::of).collect(),
        overall_reason: overall::sentence(ranks),
    })
}

/// The backends and their notes.
pub(crate) fn backends(backends: &[Backend]) -> io::Result<()> {
    let listed = |&backend: &Backend| Listed { name: backend.name(), cost: backend.cost() };
    print(&Backends { backends: backends.iter().map(listed).collect() })
}

fn print(object: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, object)?;
    writeln!(out)?;
    out.flush()
}

#[derive(Serialize)]
struct Choose<'a> {
    workloads: Vec<Workload<'a>>,
    overall: Vec<Overall>,
    overall_reason: Option<String>,
}

#[derive(Serialize)]
struct Workload<'a> {
    name: &'a str,
    ops: u64,
    ops_by_kind: BTreeMap<String, u64>,
    bytes_read: u64,
    bytes_written: u64,
    initial_len: u64,
    largest_len: u64,
    final_len: u64,
    digest: Option<String>,
    skipped_lines: usize,
    rounds: u32,
    results: Vec<Measured<'a>>,
    choice: Option<&'static str>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Measured<'a> {
    backend: &'static str,
    median_ns: Option<f64>,
    ns_per_op: Option<f64>,
    ratio: Option<f64>,
    tie: bool,
    peak_bytes: Option<u64>,
    verified: bool,
    /// It broke a law.
    failure: Option<&'a str>,
    /// It met one of its storage's limits, as the laws allow.
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
struct Listed {
    name: &'static str,
    cost: &'static str,
}

impl<'a> Workload<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let summary = &outcome.summary;
        Workload {
            name: &outcome.name,
            ops: summary.total,
            ops_by_kind: summary.ops.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
            bytes_read: summary.bytes_read,
            bytes_written: summary.bytes_written,
            initial_len: summary.initial_len,
            largest_len: outcome.largest_len,
            final_len: outcome.verified.map_or(summary.final_len, |verified| verified.final_len),
            digest: outcome.verified.map(|verified| verified.digest.to_string()),
            skipped_lines: outcome.skipped,
            rounds: outcome.rounds,
            results: outcome.results.iter().map(|result| Measured::of(outcome, result)).collect(),
            choice: outcome.choice.as_ref().map(|choice| choice.backend.name()),
            reason: outcome.choice.as_ref().map(|choice| &choice.reason[..]),
        }
    }
}

impl<'a> Measured<'a> {
    fn of(outcome: &Outcome, BackendResult { backend, figures }: &'a BackendResult) -> Self {
        let (figures, failure, cannot) = match figures {
            Ok(figures) => (Some(figures), None, None),
            Err(Refusal::Failed(why)) => (None, Some(&why[..]), None),
            Err(Refusal::Cannot(why)) => (None, None, Some(&why[..])),
        };
        Measured {
            backend: backend.name(),
            median_ns: figures.map(|figures| figures.median),
            ns_per_op: figures.map(|figures| outcome.ns_per_op(figures)),
            ratio: figures.map(|figures| figures.ratio),
            tie: figures.is_some_and(|figures| figures.tied),
            peak_bytes: figures.map(|figures| figures.peak_bytes),
            verified: figures.is_some(),
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
