//! The lengths that imports find are those on disk: of programs that run now where strace works, and of recorded ones.
#![cfg(target_os = "linux")]

use std::path::Path;

use anystream_kernel_tests::{
    Judged, Options, Script, Tally, Verdict, judge, program, recorded, trial_of, why_not,
};

/// The least part of the told lengths that must be right: without `-y`, and with it.
const BARS: [f64; 2] = [0.7, 0.9];

fn assert_bars(tally: &Tally, wrong: &[String]) {
    println!("{tally}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (row, bar) in tally.determined.iter().zip(BARS) {
        assert!(row.files() > 20, "too few files to say: {row:?}");
        assert!(row.rate() >= bar, "{:.3} of the told lengths are right, below {bar}: {row:?}", row.rate());
    }
}

fn wrong(seed: u64, judged: &[Judged]) -> Vec<String> {
    let line = |judged: &Judged| match judged.verdict {
        Verdict::Wrong(found) => {
            let Judged { spelling, file, .. } = judged;
            Some(format!("seed {seed}: {spelling}: {} on disk, {found} found", file.len))
        }
        _ => None,
    };
    judged.iter().filter_map(line).collect()
}

#[test]
fn lengths_of_a_hundred_random_programs() {
    if let Some(why) = why_not() {
        println!("skipped: {why}");
        return;
    }
    let interpreter = Path::new(env!("CARGO_BIN_EXE_anystream-kernel-tests"));
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    for seed in 1..=100 {
        let trial = trial_of(interpreter, seed).unwrap_or_else(|error| panic!("seed {seed}: {error:#}"));
        tally.add(seed, trial.options.names_descriptors(), &trial.judged);
        failures.extend(wrong(seed, &trial.judged));
    }
    assert_bars(&tally, &failures);
}

#[test]
fn lengths_of_recorded_programs() {
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    for (entry, text) in recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap() {
        std::fs::write(&log, text).unwrap();
        let judged = judge(&log, &entry.outcome);
        tally.add(entry.seed, entry.options.names_descriptors(), &judged);
        failures.extend(wrong(entry.seed, &judged));
    }
    assert_bars(&tally, &failures);
}

#[test]
fn another_length_on_disk_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let (mut seen, mut right) = (0, 0);
    for (entry, text) in recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap() {
        std::fs::write(&log, text).unwrap();
        let is_right = |judged: &&Judged| judged.verdict == Verdict::Right;
        right += judge(&log, &entry.outcome).iter().filter(is_right).count();
        let mut altered = entry.outcome.clone();
        altered.files.iter_mut().for_each(|file| file.len += 1);
        seen += wrong(entry.seed, &judge(&log, &altered)).len();
    }
    assert!(right > 0 && seen >= right, "{seen} of {right} seen");
}

#[test]
fn scripts_survive_as_text() {
    for seed in 0..200 {
        let text = program(seed, &Options::random(seed)).to_text();
        assert_eq!(Script::of_text(&text).unwrap().to_text(), text, "seed {seed}");
    }
}
