//! Input from elsewhere: endless, foreign, larger than memory, or with names that attack a terminal.

mod common;

use std::fs;
use std::io::Write;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use common::{Folder, PROGRAM, anystream, choose, data};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

/// One sentence, which names the input.
fn is_one_sentence(stderr: &[u8], name: &str) {
    let said = String::from_utf8_lossy(stderr);
    assert!(said.starts_with("error: ") && said.contains(name) && said.lines().count() == 1, "{said}");
    // Random bytes, which the message quotes, are longer when they are escaped.
    assert!(said.len() < 1500 && !said.contains("panicked"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn devices_are_refused_in_a_sentence() {
    for device in ["/dev/zero", "/dev/urandom", "/dev/full", "/dev/null"] {
        for arguments in [&["choose", device][..], &["rank", device], &["compare", device, device]] {
            let output = anystream(arguments).assert().code(2).stdout("").get_output().clone();
            is_one_sentence(&output.stderr, device);
        }
        let folder = Folder::new();
        anystream(&["import", device, "-o", &folder.path("out")]).assert().code(2).stdout("");
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[test]
#[cfg(unix)]
fn endless_pipes_are_refused_in_a_sentence() {
    for (arguments, line) in [
        (&["choose", "-"][..], "y\n"),
        (&["choose", "--lenient", "/dev/stdin"], "y\n"),
        (&["choose", "-"], "\n"),
        (&["choose", "-"], "\0\0\0\0"),
        (&["rank", "/dev/stdin"], "y\n"),
        (&["rank", "/dev/stdin"], "\n"),
        (&["import", "/dev/stdin", "-o", "/dev/null"], "y\n"),
    ] {
        let mut child = Process::new(PROGRAM)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        let lines = line.repeat(20_000);
        // Until nobody reads it.
        while pipe.write_all(lines.as_bytes()).is_ok() {}
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {line:?}");
        is_one_sentence(
            &output.stderr,
            if arguments.contains(&"-") { "standard input" } else { "/dev/stdin" },
        );
    }
}

#[test]
fn a_log_comes_through_a_pipe() {
    let folder = Folder::new();
    let log = fs::read(folder.log()).expect("a log");
    let output = choose(&["--json", "-"]).write_stdin(log).assert().code(0).get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["workloads"][0]["final_len"], 300);
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_with_too_many_calls_is_measured_as_far_as_memory_goes() {
    let folder = Folder::new();
    let mut log = "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n".to_owned();
    log.push_str(&"write(3, \"\", 0) = 0\n".repeat(100_000));
    let log = folder.file("many.strace", log);
    let memory = ["--time", "1", "--memory", "16MiB"];
    let output = choose(&[&log, "--json"]).args(memory).assert().code(0).get_output().clone();
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let workload = &json["workloads"][0];
    let calls = workload["total"].as_u64().expect("a number");
    assert!((1000..60_000).contains(&calls), "{calls}");
    let notes = workload["notes"].as_array().expect("a list");
    assert!(
        notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains("Only the first"))),
        "{notes:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_the_replay_itself_lacks_is_no_fault_of_a_backend() {
    let trace = data("read-at-2gib.trace").display().to_string();
    for limits in ["ulimit -v 2000000; exec \"$0\" choose \"$1\"", "exec \"$0\" choose --memory 100MB \"$1\""]
    {
        Command::new("sh")
            .args(["-c", limits, PROGRAM, &trace])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("not enough memory for the replay").and(contains("law").not()));
    }
}

/// A log whose file and a saved result whose workload have this name.
const EVIL: &str = "\x1b]0;pwned\x07\x1b[2J\x1b[31m<script>alert(1)</script>\n|x|`rm`\u{202e}";

fn has_no_control_characters(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let hidden = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
    assert!(!text.contains(hidden), "{text:?}");
}

#[test]
fn control_characters_in_the_name_of_a_trace_are_shown_as_text() {
    let folder = Folder::new();
    let trace = data("escape-in-name.trace").display().to_string();
    let (page, document) = (folder.path("page.html"), folder.path("document.md"));
    let output = choose(&[&trace, &trace, "--html", &page, "--markdown", &document])
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .assert()
        .code(0)
        .get_output()
        .clone();
    // Styles of the program's own are all that is left.
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("\\u{1b}]0;pwned\\u{7}\\u{1b}[2J"), "{shown}");
    assert!(!shown.contains("\x1b]") && !shown.contains("\x1b[2J") && !shown.contains('\x07'), "{shown:?}");
    for file in [&page, &document] {
        has_no_control_characters(&fs::read(file).expect("a file"));
        assert!(!fs::read_to_string(file).expect("a text").contains("<script>"));
    }
    let table = folder.read("document.md");
    for row in table.lines().filter(|line| line.starts_with("| **")) {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 4, "{row}");
    }
    choose(&[&trace, "--json"]).assert().code(0).stdout(contains("\x1b").not());
    let imported = folder.path("again.trace");
    let output = anystream(&["import", &trace, "-o", &imported]).output().expect("it runs");
    has_no_control_characters(&output.stdout);
    has_no_control_characters(&output.stderr);
}

#[test]
#[cfg(unix)]
fn control_characters_in_file_names_errors_and_saved_results_are_shown_as_text() {
    let folder = Folder::new();
    let evil = folder.path(&EVIL.replace('/', ""));
    let log = fs::read_to_string(folder.log()).expect("a log");
    fs::write(&evil, &log).expect("a log");
    for arguments in
        [&["choose", &evil, "--file", "none"][..], &["rank", &evil], &["import", &evil, "-o", &evil]]
    {
        let output = anystream(arguments).assert().code(2).get_output().clone();
        has_no_control_characters(&output.stderr);
        assert!(String::from_utf8_lossy(&output.stderr).contains("\\u{1b}]0;pwned"));
    }
    let document = folder.path("document.md");
    let output = choose(&[&evil, "--markdown", &document]).assert().code(0).get_output().clone();
    has_no_control_characters(&output.stdout);
    has_no_control_characters(&fs::read(document).expect("a document"));

    let good = fs::read_to_string(data("torn-save.jsonl")).expect("a file");
    let mut saved: Value = serde_json::from_str(good.lines().nth(1).expect("a line")).expect("JSON");
    for place in ["/workload/name", "/workload/origin", "/machine/cpu", "/machine/system"] {
        *saved.pointer_mut(place).expect("a field") = EVIL.into();
    }
    let saved = folder.file("saved.jsonl", saved.to_string());
    let other = folder.file("other.jsonl", good);
    for arguments in [&["rank", &saved][..], &["compare", &saved, &other]] {
        let output = anystream(arguments).assert().code(0).get_output().clone();
        has_no_control_characters(&output.stdout);
        has_no_control_characters(&output.stderr);
    }
}
