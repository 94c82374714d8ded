//! All contenders of one case, in turn.

use std::time::{Duration, Instant};

use anyhow::Result;
use anystream_benches::{Benchmark, CONTROL, CURSOR};
use serde::{Deserialize, Serialize};

/// A sample takes at least this long, so that reading the clock is a small part of it.
const SAMPLE: Duration = Duration::from_micros(200);

/// A case ends early after this long, once each contender has had [`FEWEST_ROUNDS`].
const CASE: Duration = Duration::from_secs(3);
const FEWEST_ROUNDS: usize = 5;

/// One case, measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) group: String,
    pub(crate) case: String,
    /// What one run does.
    pub(crate) operations: u64,
    pub(crate) bytes: u64,
    /// How often each contender was timed.
    pub(crate) rounds: usize,
    /// Whom speeds compare with: the cursor, and where it is not measured, whoever comes first.
    pub(crate) baseline: String,
    pub(crate) results: Vec<Measured>,
}

/// One contender in one case.
#[derive(Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) contender: String,
    /// Of one run, in nanoseconds.
    pub(crate) best_ns: f64,
    pub(crate) median_ns: f64,
    pub(crate) median_ns_per_operation: f64,
    /// How many times as fast as the baseline of this case: its time through this one's.
    pub(crate) speed_by_median: f64,
    pub(crate) speed_by_best: f64,
}

/// Verifies every contender of a case, then times them in turn.
pub(crate) fn case(contenders: &[Benchmark], rounds: u32) -> Result<Case> {
    let mut timed = Vec::new();
    for benchmark in contenders {
        benchmark.verify()?;
        timed.push(Timed { benchmark, runs: runs_in_a_sample(benchmark)?, samples: Vec::new() });
    }
    let start = Instant::now();
    let mut order: Vec<_> = (0..timed.len()).collect();
    for round in 0..rounds as usize {
        if round >= FEWEST_ROUNDS && start.elapsed() > CASE {
            break;
        }
        // In another order each time: what ran before decides what lies in the caches and the heap.
        fastrand::shuffle(&mut order);
        for &index in &order {
            timed[index].sample()?;
        }
    }
    for one in &mut timed {
        one.samples.sort_by(f64::total_cmp);
    }

    // The cursor's samples and its control's together: twice as many, and what separates the two is
    // noise that neither should decide by.
    let cursors = timed.iter().filter(|one| [CURSOR, CONTROL].contains(&one.benchmark.contender.as_str()));
    let mut cursor: Vec<_> = cursors.flat_map(|one| one.samples.iter().copied()).collect();
    cursor.sort_by(f64::total_cmp);
    let (baseline, samples) = match &timed[0] {
        first if cursor.is_empty() => (first.benchmark.contender.clone(), &first.samples),
        _ => (CURSOR.to_owned(), &cursor),
    };
    let (best, median) = (samples[0], middle(samples));
    let work = contenders[0].work();
    let results = timed.iter().map(|one| Measured {
        contender: one.benchmark.contender.clone(),
        best_ns: one.best(),
        median_ns: one.median(),
        median_ns_per_operation: one.median() / work.operations as f64,
        speed_by_median: median / one.median(),
        speed_by_best: best / one.best(),
    });
    Ok(Case {
        group: contenders[0].group.to_owned(),
        case: contenders[0].case.clone(),
        operations: work.operations,
        bytes: work.bytes,
        rounds: timed[0].samples.len(),
        baseline,
        results: results.collect(),
    })
}

struct Timed<'a> {
    benchmark: &'a Benchmark,
    runs: u64,
    /// Of one run, in nanoseconds; in order once all are taken.
    samples: Vec<f64>,
}

impl Timed<'_> {
    fn sample(&mut self) -> Result<()> {
        if self.runs > 1 {
            self.benchmark.time(1)?; // undoes what the one before left in the caches
        }
        let time = self.benchmark.time(self.runs)?;
        self.samples.push(time.as_nanos() as f64 / self.runs as f64);
        Ok(())
    }

    fn best(&self) -> f64 {
        self.samples[0]
    }

    fn median(&self) -> f64 {
        middle(&self.samples)
    }
}

/// The median of what is in order.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match (sorted.get(half.wrapping_sub(1)), sorted.get(half)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => (below + above) / 2.0,
        (_, Some(middle)) => *middle,
        _ => f64::NAN,
    }
}

/// How many runs make a sample long enough. Warms the heap and the caches on the way.
fn runs_in_a_sample(benchmark: &Benchmark) -> Result<u64> {
    let mut runs = 1;
    while benchmark.time(runs)? < SAMPLE {
        runs *= 2;
    }
    Ok(runs)
}
