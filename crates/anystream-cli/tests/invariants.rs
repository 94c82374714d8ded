//! The advice depends on the log alone: not on the order of the backends, on the other backends, on earlier workloads
//! in the same call, or on the settings of the allocator in the environment.
//!
//! These tests time the program, so they run only when asked for, on a machine that does nothing else:
//! `cargo test --release -p anystream-cli --test invariants -- --ignored --test-threads 1`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// A database, two archives, and an archive that grows to 1.4 MB in writes of 32 KiB. The last took twice as long on a
/// vector once the allocator had started to return memory after each replay.
fn logs() -> [PathBuf; 4] {
    let recorded =
        |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("../anystream-workload/data/strace").join(name);
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("growing.strace");
    let mut log = "openat(AT_FDCWD, \"x.deb\", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3\n".to_owned();
    log += &"write(3, \"\"..., 32768) = 32768\n".repeat(42);
    fs::write(&written, log).expect("a log");
    [recorded("sqlite.strace"), recorded("py-zipfile.strace"), recorded("tar-append.strace"), written]
}

/// Per log, in seconds. The program decides earlier where the backends differ much.
const TIME: u32 = 3;

/// Two calls may disagree on the time of a backend, divided by that of vec, by this factor. The faults that these tests
/// are for were factors of 2 to 40.
const AGREE: f64 = 1.5;

/// From this factor on, a backend is much slower, and by how much does not matter: it is dropped early.
const MUCH_SLOWER: f64 = 4.0;

/// Two calls may choose differently between backends that differ by no more than this.
const SAME_SPEED: f64 = 1.15;

/// Noise passes, a fault stays: calls that disagree are made again, this many times altogether.
const ATTEMPTS: u32 = 3;

/// One call of the program.
#[derive(Debug, Clone, Default)]
struct Call<'a> {
    /// The advice on the last one counts.
    logs: Vec<&'a Path>,
    backends: Option<&'a str>,
    environment: &'a [(&'a str, &'a str)],
}

/// The advice on one workload.
#[derive(Debug)]
struct Advice {
    choice: String,
    /// The time of each backend divided by that of vec.
    ratios: BTreeMap<String, f64>,
}

impl<'a> Call<'a> {
    fn on(log: &'a Path) -> Self {
        Call { logs: vec![log], ..Call::default() }
    }

    fn advice(&self) -> Advice {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anystream"));
        let time = (TIME * self.logs.len() as u32).to_string();
        command.args(["choose", "--json", "--no-sizes", "--time", &time]);
        if let Some(backends) = self.backends {
            command.args(["--backend", backends]);
        }
        for (name, _) in ALLOCATOR.iter().copied().flatten() {
            command.env_remove(name);
        }
        command.args(&self.logs).envs(self.environment.iter().copied());
        let output = command.assert().code(0).get_output().clone();
        let answer: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
        let workloads = answer["workloads"].as_array().expect("a list of workloads");
        assert_eq!(workloads.len(), self.logs.len());
        Advice::of(workloads.last().expect("at least one log"))
    }

    /// Fails if the advice of this call differs from the advice of one of `others`.
    #[track_caller]
    fn agrees_with(&self, others: impl IntoIterator<Item = Call<'a>>) {
        let mut usual = self.advice();
        for other in others {
            let mut attempts = 1;
            while let Some(difference) = other.advice().difference(&usual) {
                assert!(attempts < ATTEMPTS, "{difference}\n{other:?}\n{self:?}");
                attempts += 1;
                usual = self.advice();
            }
        }
    }
}

impl Advice {
    fn of(workload: &Value) -> Self {
        // The peers, cursor and bytesmut, are never chosen.
        let results = workload["results"].as_array().expect("results").iter();
        let median = |result: &Value| {
            let backend = result["backend"].as_str().expect("a name").to_owned();
            (backend, result["median_ns"].as_f64().expect("a time"))
        };
        let medians: BTreeMap<String, f64> =
            results.filter(|result| result["peer"] == false).map(median).collect();
        let vec = medians["vec"];
        Advice {
            choice: workload["choice"].as_str().expect("a choice").to_owned(),
            ratios: medians.into_iter().map(|(backend, ns)| (backend, ns / vec)).collect(),
        }
    }

    /// How this differs from the `usual` advice, which is on all backends of this one.
    fn difference(&self, usual: &Advice) -> Option<String> {
        let context = || format!("{self:?}\nand usually\n{usual:?}");
        for (backend, ratio) in &self.ratios {
            let Some(other) = usual.ratios.get(backend) else { continue };
            let (ratio, other) = (ratio.min(MUCH_SLOWER), other.min(MUCH_SLOWER));
            let apart = (ratio / other).max(other / ratio);
            if apart > AGREE {
                return Some(format!(
                    "{backend} compares differently with vec, by {apart:.2}: {}",
                    context()
                ));
            }
        }
        let fastest = self.ratios.keys().filter_map(|backend| usual.ratios.get(backend)).copied();
        let fastest = fastest.fold(f64::INFINITY, f64::min);
        let other = self.choice != usual.choice && usual.ratios[&self.choice] > fastest * SAME_SPEED;
        other.then(|| format!("another choice: {}", context()))
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_does_not_depend_on_the_order_of_the_backends() {
    for log in &logs() {
        let ordered = |order| Call { backends: Some(order), ..Call::on(log) };
        ordered("vec,rope,small,ropey")
            .agrees_with(["ropey,small,rope,vec", "rope,ropey,vec,small"].map(ordered));
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_on_two_backends_does_not_depend_on_the_others() {
    for log in &logs() {
        let sets = ["vec,rope", "rope,vec,ropey", "vec,rope,small,cursor,bytesmut"];
        Call::on(log).agrees_with(sets.map(|set| Call { backends: Some(set), ..Call::on(log) }));
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_does_not_depend_on_earlier_workloads() {
    let logs = logs();
    for log in &logs {
        let earlier = logs.iter().filter(|earlier| *earlier != log);
        Call::on(log)
            .agrees_with(earlier.map(|earlier| Call { logs: vec![earlier, log], ..Call::default() }));
    }
}

/// Settings of glibc's allocator that change how fast it is, and when it takes and returns memory.
const ALLOCATOR: &[&[(&str, &str)]] = &[
    &[("MALLOC_ARENA_MAX", "1")],
    &[("MALLOC_TRIM_THRESHOLD_", "0"), ("MALLOC_TOP_PAD_", "0")],
    &[("MALLOC_MMAP_THRESHOLD_", "4096")],
    &[("MALLOC_TOP_PAD_", "268435456")],
    &[("MALLOC_PERTURB_", "165")],
    &[(
        "GLIBC_TUNABLES",
        "glibc.malloc.trim_threshold=0:glibc.malloc.mmap_threshold=4096:glibc.malloc.perturb=165",
    )],
];

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_does_not_depend_on_settings_of_the_allocator() {
    for log in &logs() {
        Call::on(log).agrees_with(ALLOCATOR.iter().map(|environment| Call { environment, ..Call::on(log) }));
    }
}
