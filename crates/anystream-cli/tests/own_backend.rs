//! A backend of one's own takes part in the lab with one line: `examples/own_backend.rs` is that line.

use std::env;
use std::path::PathBuf;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../anystream-workload/data/strace/ffmpeg-mp4.strace");

/// The example, which cargo builds beside the tests.
fn lab(arguments: &[&str]) -> Command {
    let test = env::current_exe().expect("this test has a path");
    let built = test.parent().and_then(|deps| deps.parent()).expect("it lies in target/PROFILE/deps");
    let example: PathBuf = built.join("examples").join(format!("own_backend{}", env::consts::EXE_SUFFIX));
    assert!(example.exists(), "no {}: `cargo test -p anystream-cli` builds it", example.display());
    let mut command = Command::new(example);
    command.args(arguments);
    command
}

fn json(command: &mut Command) -> Value {
    let output = command.assert().code(0).get_output().clone();
    serde_json::from_slice(&output.stdout).expect("exactly one JSON value")
}

#[test]
fn it_is_listed_with_its_type_and_its_cost() {
    let listed = json(&mut lab(&["backends", "--json"]));
    let last = listed["backends"].as_array().and_then(|all| all.last()).expect("a list");
    assert_eq!((&last["name"], &last["peer"]), (&Value::from("roomy"), &Value::from(false)));
    assert!(last["type"].as_str().is_some_and(|it| it.contains("SmallStream")), "{last}");
    lab(&["backends"]).assert().code(0).stdout(contains("roomy").and(contains("256 bytes inline")));
}

#[test]
fn it_is_verified_measured_and_chosen_as_every_other() {
    let choose = ["choose", "--json", "--rounds", "1", "--no-sizes", LOG];
    let all = json(&mut lab(&choose));
    let results = all["workloads"][0]["results"].as_array().expect("a list");
    let own = results.iter().find(|result| result["backend"] == "roomy").expect("it takes part unasked");
    assert!(own["verified"] == true && own["peak_bytes"].as_u64() > Some(0), "{own}");
    assert!(own["median_ns"].as_f64() > Some(0.0), "{own}");
    assert!(all["overall"].as_array().expect("a list").iter().any(|rank| rank["backend"] == "roomy"));

    let alone = json(lab(&choose).args(["--backend", "roomy"]));
    assert_eq!(alone["workloads"][0]["choice"], "roomy");
    lab(&["choose", "--rounds", "1", "--backend", "roomy,rope", LOG])
        .assert()
        .code(0)
        .stdout(contains("roomy"));
}

#[test]
fn what_was_saved_of_it_is_read_again() {
    let folder = TempDir::new().expect("a temporary folder");
    let saved = folder.path().join("saved.jsonl");
    let arguments = ["choose", "--rounds", "1", "--no-sizes", "--backend", "roomy,vec", "--save"];
    lab(&arguments).arg(&saved).arg(LOG).assert().code(0);
    lab(&["compare"]).args([&saved, &saved]).assert().code(0).stdout(contains("roomy"));
    let ranked = json(lab(&["rank", "--json"]).arg(&saved));
    assert_eq!(ranked["overall"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_lab_has_its_own_name_in_completions_and_knows_the_backend_by_error() {
    lab(&["completions", "bash"]).assert().code(0).stdout(contains("own_backend"));
    lab(&["choose", "--backend", "rooomy"]).assert().code(2).stderr(contains("bytesmut, roomy"));
}
