//! The files in `cases/`: each runs on every backend, and none is forgotten in the list of cases.

use std::path::PathBuf;

use anystream_tests::script::{CaseFile, Mistake};
use anystream_tests::{Bench, CASES, Layout};
use rstest::rstest;

use crate::matrix::on_every_backend;

on_every_backend! {
    fn answers_as_written(candidate, #[files("cases/*.case")] path: PathBuf) {
        let text = std::fs::read_to_string(&path).expect("rstest found it");
        let file: CaseFile = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let bench = Bench::new(candidate, Layout::Written);
        file.check(&bench);
        bench.finish();
    }
}

#[rstest]
fn is_in_the_list_of_cases(#[files("cases/*.case")] path: PathBuf) {
    let text = std::fs::read_to_string(&path).expect("rstest found it");
    let listed = CASES.iter().any(|case| {
        path.file_stem().is_some_and(|stem| stem == case.name) && case.file() == Some(text.as_str())
    });
    assert!(listed, "{} needs a line in the list of src/case.rs", path.display());
}

#[rstest]
#[case::unknown_call("stream \"\"\nshout 5", "line 2: `shout 5`: `shout` is no call with such arguments")]
#[case::unclosed("stream \"", "line 1: `stream \"`: cannot be understood from `\"` on")]
#[case::unknown_law("laws W9", "line 1: `laws W9`: there is no law `W9`; there are: [N1, ")]
#[case::no_stream(
    "laws W1\nwrite \"x\" -> 1",
    "line 2: `write \"x\" -> 1`: a call needs a line `stream ..` before it"
)]
#[case::negative("stream \"\"\nread -1", "line 2: `read -1`: -1 is not a length")]
#[case::unknown_error(
    "stream \"\"\nread 1 -> error Sad",
    "line 2: `read 1 -> error Sad`: `Sad` is no kind of error"
)]
#[case::empty("# nothing", "line 1: ``: a file needs a line `laws ..` and a line `stream ..`")]
fn a_mistake_is_reported_with_its_line(#[case] text: &str, #[case] message: &str) {
    let mistake: Mistake = text.parse::<CaseFile>().expect_err("it is a mistake");
    assert!(mistake.to_string().starts_with(message), "{mistake}");
}

/// A wrong expectation in a file fails, whatever the stream does.
#[rstest]
#[case::a_wrong_answer("laws W1\nstream \"\"\nwrite \"x\" -> 2")]
#[case::a_missing_answer("laws W1\nstream \"\"\nwrite \"x\"")]
#[case::a_wrong_position("laws W1\nstream \"\"\ntell -> 1")]
#[should_panic(expected = "line ")]
fn a_file_can_fail(#[case] text: &str) {
    let file: CaseFile = text.parse().expect("it can be understood");
    file.check(&Bench::new(&crate::matrix::candidates::vec, Layout::Written));
}
