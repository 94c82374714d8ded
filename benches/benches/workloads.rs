//! Every benchmark under criterion, a group for each workload. Each is verified before it is timed.

use std::time::Duration;

use anystream_benches::{answer_as_child, benchmarks};
use criterion::{BenchmarkId, Criterion, Throughput};

fn main() -> anyhow::Result<()> {
    if answer_as_child()? {
        return Ok(());
    }
    // About ten minutes for all; `--measurement-time` and the like still change it.
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    let benchmarks = benchmarks()?;
    for group in benchmarks.chunk_by(|a, b| a.group == b.group) {
        let mut criterion_group = criterion.benchmark_group(group[0].group);
        for benchmark in group {
            criterion_group.throughput(match benchmark.work().bytes {
                0 => Throughput::Elements(benchmark.work().operations),
                bytes => Throughput::Bytes(bytes),
            });
            let id = BenchmarkId::new(&benchmark.case, &benchmark.contender);
            let mut verified = false;
            criterion_group.bench_function(id, |bencher| {
                if !verified {
                    benchmark.verify().expect("a right answer");
                    verified = true;
                }
                bencher.iter_custom(|runs| benchmark.time(runs).expect("it was verified"));
            });
        }
        criterion_group.finish();
    }
    criterion.final_summary();
    Ok(())
}
