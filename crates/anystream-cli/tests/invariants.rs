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

/// Two calls may disagree on how a backend compares with vec by this factor. Noise stays far below it, and the faults
/// that these tests are for were factors of 2 to 40.
const AGREE: f64 = 1.5;

/// From this factor on, a backend is much slower, and by how much does not matter: it is dropped early.
const MUCH_SLOWER: f64 = 4.0;

/// Two calls may choose differently between backends that differ by no more than this.
const SAME_SPEED: f64 = 1.15;

/// One workload's part of an answer.
#[derive(Debug)]
struct Advice {
    choice: String,
    /// The time of each backend divided by that of vec.
    ratios: BTreeMap<String, f64>,
}

/// The advice on the last of `logs`, given in one call.
fn advice(logs: &[&Path], arguments: &[&str], environment: &[(&str, &str)]) -> Advice {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anystream"));
    let time = (TIME * logs.len() as u32).to_string();
    command.args(["choose", "--json", "--no-sizes", "--time", &time]).args(arguments).args(logs);
    for name in ALLOCATOR.iter().flat_map(|settings| settings.iter()).map(|(name, _)| name) {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).assert().code(0).get_output().clone();
    let answer: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
    let workloads = answer["workloads"].as_array().expect("a list of workloads");
    assert_eq!(workloads.len(), logs.len());
    let workload = workloads.last().expect("at least one log");

    let median = |result: &Value| {
        let backend = result["backend"].as_str().expect("a name").to_owned();
        (backend, result["median_ns"].as_f64().expect("a time"))
    };
    // The peers, cursor and bytesmut, are never chosen.
    let backends =
        workload["results"].as_array().expect("results").iter().filter(|result| result["peer"] == false);
    let medians: BTreeMap<String, f64> = backends.map(median).collect();
    let vec = medians["vec"];
    Advice {
        choice: workload["choice"].as_str().expect("a choice").to_owned(),
        ratios: medians.into_iter().map(|(backend, ns)| (backend, ns / vec)).collect(),
    }
}

impl Advice {
    #[track_caller]
    fn assert_agrees_with(&self, usual: &Advice, log: &Path, difference: &str) {
        let context = format!("{}, {difference}:\n{self:?}\nand usually\n{usual:?}", log.display());
        for (backend, ratio) in &self.ratios {
            let Some(other) = usual.ratios.get(backend) else { continue };
            let (ratio, other) = (ratio.min(MUCH_SLOWER), other.min(MUCH_SLOWER));
            let apart = (ratio / other).max(other / ratio);
            assert!(apart <= AGREE, "{backend} compares differently with vec, by {apart:.2}: {context}");
        }
        let fastest = self.ratios.keys().filter_map(|backend| usual.ratios.get(backend)).copied();
        let fastest = fastest.fold(f64::INFINITY, f64::min);
        let chosen = usual.ratios[&self.choice] / fastest;
        assert!(self.choice == usual.choice || chosen <= SAME_SPEED, "another choice: {context}");
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_does_not_depend_on_the_order_of_the_backends() {
    for log in &logs() {
        let usual = advice(&[log], &["--backend", "vec,rope,small,ropey"], &[]);
        for order in ["ropey,small,rope,vec", "rope,ropey,vec,small"] {
            advice(&[log], &["--backend", order], &[]).assert_agrees_with(&usual, log, order);
        }
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_on_two_backends_does_not_depend_on_the_others() {
    for log in &logs() {
        let usual = advice(&[log], &[], &[]);
        for set in ["vec,rope", "rope,vec,ropey", "vec,rope,small,cursor,bytesmut"] {
            advice(&[log], &["--backend", set], &[]).assert_agrees_with(&usual, log, set);
        }
    }
}

#[test]
#[ignore = "times the program: see the top of this file"]
fn the_advice_does_not_depend_on_earlier_workloads() {
    for log in &logs() {
        let usual = advice(&[log], &[], &[]);
        for earlier in logs().iter().filter(|earlier| *earlier != log) {
            let difference = format!("after {}", earlier.display());
            advice(&[earlier, log], &[], &[]).assert_agrees_with(&usual, log, &difference);
        }
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
        let usual = advice(&[log], &[], &[]);
        for settings in ALLOCATOR {
            advice(&[log], &[], settings).assert_agrees_with(&usual, log, &format!("with {settings:?}"));
        }
    }
}
