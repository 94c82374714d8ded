//! The command line: options, help texts and errors.

mod common;

use assert_cmd::Command;
use common::{Folder, PROGRAM, anystream, choose};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

#[test]
fn the_manual_of_one_command_is_one_page_and_makes_no_folder() {
    let folder = Folder::new();
    for name in ["choose", "anystream-choose", "rank"] {
        let mut command = anystream(&["man", name]);
        let output = command.current_dir(folder.path("")).assert().code(0).stderr("").get_output().clone();
        let page = String::from_utf8(output.stdout).expect("UTF-8");
        let title = format!(".TH anystream-{} 1", name.trim_start_matches("anystream-"));
        assert!(page.matches(".TH ").count() == 1 && page.contains(&title), "{page}");
    }
    let mut command = anystream(&["man", "chose"]);
    command.current_dir(folder.path("")).assert().code(2).stdout("").stderr(contains("no command \"chose\""));
    assert_eq!(folder.names(), [""; 0]);
    anystream(&["man", "--all", &folder.path("man1")]).assert().code(0).stdout("");
    assert_eq!(folder.names(), ["man1"]);
}

#[test]
#[cfg(unix)]
fn shells_offer_the_values_of_for_and_backend() {
    let completed = |words: &str, last: usize| {
        let script = format!(
            "source <(\"$0\" completions bash); COMP_WORDS=({words}); COMP_CWORD={last}; \
             _anystream anystream \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{last}-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output =
            Command::new("bash").args(["-c", &script, PROGRAM]).assert().code(0).get_output().clone();
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(completed("anystream choose --for m", 3), "memory\n");
    assert_eq!(completed("anystream choose --for ''", 3), "speed\nmemory\nlatency\n");
    assert_eq!(completed("anystream choose --backend b", 3), "bytesmut\n");
    assert!(completed("anystream choose --backend ''", 3).starts_with("all\nvec\n"));
    for shell in ["fish", "zsh", "elvish", "powershell"] {
        let offers = anystream(&["completions", shell]).assert().code(0).get_output().clone();
        let _ = String::from_utf8(offers.stdout).expect("UTF-8");
    }
    anystream(&["completions", "fish"]).assert().stdout(contains("bytesmut"));
    anystream(&["completions", "zsh"]).assert().stdout(contains("bytesmut"));
}

#[test]
fn all_backends_can_be_asked_for_as_the_help_says() {
    let folder = Folder::new();
    let log = folder.log();
    let names = |list: &str| {
        let output = anystream(&["choose", "--json", "--rounds", "1", "--no-sizes", "--backend", list, &log])
            .assert()
            .code(0)
            .get_output()
            .clone();
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let results = json["workloads"][0]["results"].as_array().expect("a list").clone();
        results
            .iter()
            .map(|result| result["backend"].as_str().expect("a name").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("all"), ["vec", "rope", "small", "ropey", "cursor", "bytesmut"]);
    assert_eq!(names("small:16,all").len(), 7);
    anystream(&["choose", "--help"]).assert().code(0).stdout(contains("[default: all]"));
    anystream(&["choose", "--for", "speed=2,memory=1", "--backend", "none"])
        .assert()
        .code(2)
        .stderr(contains("none"));
    anystream(&["choose", "--for", "fast"]).assert().code(2).stderr(contains("unknown goal \"fast\""));
}

#[test]
fn every_column_of_a_table_has_a_header() {
    let folder = Folder::new();
    let log = folder.log();
    let saved = folder.path("saved.jsonl");
    let output = choose(&[&log, "--save", &saved]).assert().code(0).get_output().clone();
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(table.lines().any(|line| line.contains("backend") && line.contains("relative")), "{table}");
    anystream(&["compare", &saved, &saved]).assert().code(0).stdout(contains("verdict"));
}

#[test]
fn all_missing_fields_of_a_workload_are_named_at_once() {
    let folder = Folder::new();
    let empty = folder.file("empty.toml", "");
    let all = ["name", "who", "what", "scales", "grows", "phase"];
    let output = anystream(&["choose", &empty]).assert().code(2).stdout("").get_output().clone();
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(all.iter().all(|key| said.contains(&format!("`{key}`"))) && said.lines().count() == 1, "{said}");
    let some =
        folder.file("some.toml", "name = \"a\"\nwhat = \"b\"\nscales = \"c\"\n[[phase]]\nsteps = []\n");
    let named = contains("`who`, `grows`").and(contains("`phase`").not());
    anystream(&["choose", &some]).assert().code(2).stdout("").stderr(named);
}

#[test]
fn json_tells_how_many_cores_the_machine_has() {
    let folder = Folder::new();
    let output = choose(&["--json", &folder.log()]).assert().code(0).get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cores = std::thread::available_parallelism().expect("a number").get();
    assert_eq!(json["machine"]["cores"], cores);
}

#[test]
fn the_memory_curve_shows_what_a_call_holds_for_a_while() {
    let folder = Folder::new();
    // Each longer write makes a vector grow; the insert at the front of a rope does not.
    let mut log = "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n".to_owned();
    for n in 1..400 {
        log.push_str(&format!("write(3, \"\"..., {0}) = {0}\n", n * 100));
    }
    let log = folder.file("grows.strace", log);
    let output = choose(&["--json", &log]).assert().code(0).get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for result in json["workloads"][0]["results"].as_array().expect("a list") {
        let growth = result["growth"].as_array().expect("a list");
        let highest = growth.iter().filter_map(|point| point["heap"].as_u64()).max().expect("a point");
        assert_eq!(result["peak_bytes"].as_u64(), Some(highest), "{}", result["backend"]);
    }
}
