//! Saved results: none is lost, torn ones are named, and each workload counts once.

mod common;

use std::fs;

use assert_cmd::Command;
use common::{Folder, PROGRAM, anystream, choose, data};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

fn torn() -> String {
    fs::read_to_string(data("torn-save.jsonl")).expect("a file")
}

#[test]
fn a_torn_line_is_named_and_the_others_are_read() {
    let folder = Folder::new();
    let (glued, good) = (torn(), torn().lines().nth(1).expect("a line").to_owned());
    let cut = &good[..good.len() / 2];
    let zeros = "\0".repeat(4096);
    for (contents, line) in [
        (glued, "line 1"),
        (format!("{good}\n{cut}\n{good}\n"), "line 2"),
        (format!("{good}\n{cut}"), "line 2"),
        (format!("{good}\n{zeros}"), "line 2"),
        (format!("{good}\n\n{zeros}{good}\n"), "line 3"),
        (format!("{good}\nnot of ours\n"), "line 2"),
        (format!("{good}\n{}\n", good.replace("\"rope\"", "\"rape\"")), "line 2"),
    ] {
        let file = folder.file("saved.jsonl", contents);
        let named = || contains("saved.jsonl").and(contains(line)).and(contains("skipped"));
        anystream(&["rank", &file]).assert().code(0).stdout(contains("1 workload")).stderr(named());
        anystream(&["compare", &file, &file]).assert().code(0).stdout(contains("2 the same")).stderr(named());
    }
}

#[test]
fn a_file_of_torn_lines_only_is_an_error() {
    let folder = Folder::new();
    let cut = folder.file("cut.jsonl", &torn()[..3000]);
    for command in [&["rank", &cut][..], &["compare", &cut, &cut]] {
        anystream(command).assert().code(2).stdout("").stderr(contains("cut.jsonl").and(contains("line 1")));
    }
}

#[test]
fn a_save_after_a_torn_line_begins_a_line_of_its_own() {
    let folder = Folder::new();
    let log = folder.log();
    let file = folder.file("saved.jsonl", &torn()[..3000]);
    choose(&[&log, "--save", &file]).assert().code(0).stderr(contains("line 1").and(contains("cut off")));
    choose(&[&log, "--save", &file]).assert().code(0).stderr(contains("cut off").not());
    assert_eq!(folder.read("saved.jsonl").lines().count(), 3);
    anystream(&["rank", &file]).assert().code(0).stderr(contains("line 1").and(contains("line 2").not()));
}

#[test]
fn a_save_into_something_else_is_refused_before_measuring() {
    let folder = Folder::new();
    let log = folder.log();
    for other in ["# Notes\n", "{\"name\":\"greeting\"}\n", "\0\0\0"] {
        let file = folder.file("notes", other);
        choose(&[&log, "--save", &file]).assert().code(2).stdout("").stderr(contains("notes"));
        assert_eq!(folder.read("notes"), other);
    }
}

#[test]
#[cfg(unix)]
fn a_full_disk_takes_a_save_back() {
    let folder = Folder::new();
    let log = folder.log();
    let file = folder.path("saved.jsonl");
    choose(&[&log, "--save", &file]).assert().code(0);
    let before = folder.read("saved.jsonl");
    // One block of 512 bytes more than there is: less than another result.
    let blocks = before.len() / 512 + 2;
    let script = format!("trap '' 25; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &script, PROGRAM, "choose", "--rounds", "1", "--no-sizes", &log, "--save", &file])
        .assert()
        .code(2)
        .stderr(contains("saved.jsonl").and(contains("wrote").not()));
    assert_eq!(folder.read("saved.jsonl"), before);
}

#[test]
fn saves_at_the_same_time_are_all_kept_whole() {
    let folder = Folder::new();
    let log = folder.log();
    let file = folder.path("saved.jsonl");
    let save = || {
        std::process::Command::new(PROGRAM)
            .args(["choose", "--rounds", "1", "--no-sizes", "--backend", "vec", &log, &log, "--save", &file])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program starts")
    };
    let children: Vec<_> = (0..8).map(|_| save()).collect();
    for mut child in children {
        assert!(child.wait().expect("the program ends").success());
    }
    let text = folder.read("saved.jsonl");
    assert_eq!(text.lines().count(), 16);
    for line in text.lines() {
        serde_json::from_str::<Value>(line).expect("a whole result");
    }
}

#[test]
fn a_workload_that_was_saved_twice_counts_once() {
    let folder = Folder::new();
    let good = torn().lines().nth(1).expect("a line").to_owned();
    let larger = good.replace("\"scale\":1.0", "\"scale\":2.0");
    let file = folder.file("saved.jsonl", format!("{good}\n{good}\n{larger}\n"));
    anystream(&["rank", &file, &file]).assert().code(0).stdout(contains("Overall, 2 workloads"));
}

/// The result with other times of all backends: `rounds` of them, from `low` to `high` times its median.
fn with_times(line: &str, rounds: usize, low: f64, high: f64) -> String {
    let mut saved: Value = serde_json::from_str(line).expect("JSON");
    for standing in saved["workload"]["results"].as_array_mut().expect("a list") {
        let figures = &mut standing["figures"]["Ok"];
        let median = figures["median"].as_f64().expect("a number");
        let at = |n: usize| median * (low + (high - low) * n as f64 / (rounds - 1) as f64);
        figures["times"] = (0..rounds).map(at).collect();
        figures["median"] = (median * (low + high) / 2.0).into();
        figures["interval"] = serde_json::json!({ "low": median * low, "high": median * high });
    }
    saved.to_string() + "\n"
}

#[test]
fn a_difference_that_noise_hides_is_undecided_and_not_the_same() {
    let folder = Folder::new();
    let good = torn().lines().nth(1).expect("a line").to_owned();
    let quiet = folder.file("quiet.jsonl", with_times(&good, 20, 0.99, 1.01));
    let noisy = folder.file("noisy.jsonl", with_times(&good, 20, 0.9, 7.28));
    let shifted = folder.file("shifted.jsonl", with_times(&good, 20, 1.0, 1.02));
    let slower = folder.file("slower.jsonl", with_times(&good, 20, 4.0, 4.2));
    for (new, code, verdict) in
        [(&quiet, 0, "same"), (&shifted, 0, "same"), (&noisy, 0, "undecided"), (&slower, 1, "slower")]
    {
        let output = anystream(&["compare", "--json", &quiet, new]).assert().code(code).get_output().clone();
        let compared: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for change in compared["changes"].as_array().expect("a list") {
            assert_eq!(change["verdict"], verdict, "{new}: {change}");
        }
    }
    anystream(&["compare", &quiet, &noisy])
        .assert()
        .code(0)
        .stdout(contains("undecided, up to").and(contains("0 slower, 0 faster, 0 the same. 2 undecided")));
}
