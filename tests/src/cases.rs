//! The cases that are programs: each compares a stream with the model, or shows what no script can.

mod beginnings;
mod convenience;
mod cutting;
mod failing;
mod reading;
mod seeking;
mod sharing;
mod writing;

pub(crate) use beginnings::*;
pub(crate) use convenience::*;
pub(crate) use cutting::*;
pub(crate) use failing::*;
pub(crate) use reading::*;
pub(crate) use seeking::*;
pub(crate) use sharing::*;
pub(crate) use writing::*;

use anystream_workload::verify;

use crate::{Bench, random};

pub(crate) fn p1_random_script_1(bench: &Bench<'_>) {
    random_script(bench, 1);
}

pub(crate) fn p1_random_script_2(bench: &Bench<'_>) {
    random_script(bench, 2);
}

pub(crate) fn p1_random_script_3(bench: &Bench<'_>) {
    random_script(bench, 3);
}

pub(crate) fn p1_random_script_4(bench: &Bench<'_>) {
    random_script(bench, 4);
}

fn random_script(bench: &Bench<'_>, seed: u64) {
    let script = random::script(seed);
    if let Err(mismatch) = verify(&script, &mut bench.stream(&script.initial)) {
        panic!("{mismatch}");
    }
}
