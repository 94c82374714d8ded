//! Makes a failing program small.

use std::path::Path;

use crate::judge::{Verdict, judge};
use crate::run::{Options, run};
use crate::script::Script;

/// Returns the smallest script found that still gets a wrong answer, with simpler options if these suffice.
#[must_use]
pub fn minimise(program: &Path, script: &Script, options: &Options) -> (Script, Options) {
    let mut best = script.clone().normalised();
    let mut options = options.clone();
    for at in (1..options.strace.len()).rev() {
        let mut fewer = options.clone();
        let has_value = matches!(fewer.strace[at - 1].as_str(), "-s" | "-X" | "-e");
        if has_value || matches!(fewer.strace[at].as_str(), "-e" | "-y" | "-yy") {
            continue;
        }
        fewer.strace.remove(at);
        if fewer.strace.get(at).is_some_and(|value| !value.starts_with('-')) {
            fewer.strace.remove(at);
        }
        if fails(program, &best, &fewer) {
            options = fewer;
        }
    }
    let mut size = best.steps.len().div_ceil(2).max(1);
    loop {
        let mut shrunk = false;
        let mut at = 0;
        while at < best.steps.len() {
            let mut fewer = best.clone();
            fewer.steps.drain(at..(at + size).min(best.steps.len()));
            let fewer = fewer.normalised();
            if fewer.steps.len() < best.steps.len() && fails(program, &fewer, &options) {
                (best, shrunk) = (fewer, true);
            } else {
                at += size;
            }
        }
        match (size, shrunk) {
            (1, false) => break,
            (1, true) => {}
            _ => size = size.div_ceil(2),
        }
    }
    for at in (0..best.setup.len()).rev() {
        let mut fewer = best.clone();
        fewer.setup.remove(at);
        if fails(program, &fewer, &options) {
            best = fewer;
        }
    }
    (best, options)
}

fn fails(program: &Path, script: &Script, options: &Options) -> bool {
    let Ok(directory) = tempfile::tempdir() else { return false };
    let Ok(outcome) = run(program, script, options, directory.path()) else { return false };
    let log = directory.path().join("log");
    judge(&log, &outcome).iter().any(|judged| matches!(judged.verdict, Verdict::Wrong(_)))
}
