//! Every backend beside the real `io.BytesIO` of CPython.

use std::process::Command;
use std::time::SystemTime;

use anystream_tests::differential::Tally;
use anystream_tests::python::{DIFFERENCES, Recording};

use crate::matrix::{candidates, on_every_backend};

/// What `python3` answered when this was recorded; the first line says how to do it again.
const RECORDED: &str = include_str!("../python/cpython-3.11.txt");

on_every_backend! {
    fn answers_as_cpython_did(candidate) {
        let recording = Recording::parse(RECORDED).expect("it can be understood");
        let mut tally = Tally::new(DIFFERENCES);
        recording.replay(candidate, &mut tally);
        assert_eq!(tally.calls(), recording.calls() as u64);
    }
}

/// New scripts, each time others, on the Python of this machine. To repeat some, or to make more:
/// `ANYSTREAM_PYTHON_SEED=7 ANYSTREAM_PYTHON_SCRIPTS=5000 cargo test -p anystream-tests python:: -- --ignored --nocapture`
#[test]
#[ignore = "needs python3"]
fn every_backend_answers_as_the_cpython_of_this_machine() {
    let variable = |name: &str| std::env::var(name).ok();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("later than 1970");
    let seed = variable("ANYSTREAM_PYTHON_SEED").unwrap_or_else(|| now.as_secs().to_string());
    let scripts = variable("ANYSTREAM_PYTHON_SCRIPTS").unwrap_or_else(|| "500".into());
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/bytesio.py"))
        .args(["--seed", &seed, "--scripts", &scripts])
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("it writes text");
    let recording = Recording::parse(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    println!("{}, seed {seed}, {scripts} scripts", recording.python);
    let mut tally = Tally::new(DIFFERENCES);
    for (name, candidate) in candidates::ALL {
        println!("{name}");
        recording.replay(*candidate, &mut tally);
    }
    println!("on {} backends: {tally}", candidates::ALL.len());
}

/// What is on the list was seen: it grows no entries that excuse nothing.
#[test]
fn every_allowed_difference_from_cpython_occurs() {
    let recording = Recording::parse(RECORDED).expect("it can be understood");
    let mut tally = Tally::new(DIFFERENCES);
    recording.replay(&candidates::vec, &mut tally);
    recording.replay(&candidates::rope, &mut tally);
    assert_eq!(tally.unseen(), Vec::<&str>::new());
}

/// An answer that CPython did not give is found.
#[test]
#[should_panic(expected = "line 3: Read(Some(2))")]
fn another_answer_is_found() {
    let recording = Recording::parse("python \"?\"\nstream \"hello\"\nread 2 -> \"hi\" at 2")
        .expect("it can be understood");
    recording.replay(&candidates::vec, &mut Tally::new(DIFFERENCES));
}
