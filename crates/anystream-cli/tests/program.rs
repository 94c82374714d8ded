//! The program as people run it: exit codes, what it prints, and what it says about bad input.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use anystream::Backend;
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

fn anystream(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anystream"));
    command.args(arguments);
    command
}

/// A folder of trace files, gone when dropped.
struct Traces(TempDir);

impl Traces {
    fn new() -> Self {
        Traces(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn file(&self, name: &str, contents: &str) -> String {
        let path = PathBuf::from(self.path(name));
        fs::File::create(&path)
            .and_then(|mut file| file.write_all(contents.as_bytes()))
            .expect("a trace file");
        path.display().to_string()
    }

    /// "hello" becomes "hello, world" in two inserts.
    fn edits(&self) -> String {
        let trace = r#"{"name":"greeting","start":"hello","end":"hello, world","edits":2}
[5,0,", "]
[7,0,"world"]
"#;
        self.file("greeting.jsonl", trace)
    }

    fn strace(&self) -> String {
        let trace = r#"openat(AT_FDCWD, "out", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3
write(3, ""..., 300) = 300
lseek(3, 100, SEEK_SET) = 100
read(3, ""..., 50) = 50
close(3) = 0
"#;
        self.file("out.strace", trace)
    }

    /// A write of one byte behind a hole.
    fn far_write(&self, offset: u64) -> String {
        let trace = format!(
            "openat(AT_FDCWD, \"disk\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n\
             lseek(3, {offset}, SEEK_SET) = {offset}\n\
             write(3, \"\"..., 1) = 1\n\
             close(3) = 0\n"
        );
        self.file("disk.strace", &trace)
    }
}

/// What `choose --json` prints with one round.
fn chosen(arguments: &[&str]) -> Value {
    let output = anystream(&["choose", "--json", "--rounds", "1"])
        .args(arguments)
        .assert()
        .code(0)
        .get_output()
        .clone();
    serde_json::from_slice(&output.stdout).expect("exactly one JSON value")
}

#[test]
fn help_shows_examples() {
    let commands =
        ["choose", "backends", "compare", "completions", "import", "man", "rank", "record", "workloads"];
    for arguments in commands.iter().map(|command| vec![*command, "--help"]).chain([vec!["--help"]]) {
        let arguments = &arguments[..];
        anystream(arguments).assert().code(0).stdout(contains("Examples:").and(contains("  anystream ")));
    }
}

#[test]
fn version_is_told() {
    let output = anystream(&["--version"]).assert().code(0).get_output().clone();
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    let commit = told
        .strip_prefix(concat!("anystream ", env!("CARGO_PKG_VERSION"), " ("))
        .and_then(|rest| rest.strip_suffix(")\n"))
        .expect("a commit, or that none is known");
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR")]).args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    if git(&["ls-files", "--error-unmatch", "Cargo.toml"]) {
        let commit = commit.strip_prefix("commit ").expect("git knows it");
        assert!(git(&["merge-base", "--is-ancestor", commit, "HEAD"]), "{commit} is none of this clone");
    }
}

#[test]
fn every_shell_gets_a_script_that_knows_commands_and_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let knows = contains("choose").and(contains("no-sizes")).and(contains("anystream"));
        anystream(&["completions", shell]).assert().code(0).stdout(knows).stderr("");
    }
    anystream(&["completions", "cmd"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("bash").and(contains("fish")));
}

#[test]
#[cfg(unix)]
fn bash_completes_what_has_been_begun() {
    let completed = |words: &str, last: usize| {
        let script = format!(
            "source <(\"$0\" completions bash); COMP_WORDS=({words}); COMP_CWORD={last}; \
             _anystream anystream \"${{COMP_WORDS[{last}]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let program = env!("CARGO_BIN_EXE_anystream");
        let output =
            Command::new("bash").args(["-c", &script, program]).assert().code(0).get_output().clone();
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert_eq!(completed("anystream ch", 1), "choose\n");
    assert_eq!(completed("anystream choose --no-", 2), "--no-sizes\n");
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = TempDir::new().expect("a temporary folder");
    let pages = folder.path().join("man1");
    anystream(&["man"]).arg(&pages).assert().code(0).stdout("").stderr("");
    let commands =
        ["backends", "choose", "compare", "completions", "import", "man", "rank", "record", "workloads"];
    let mut names: Vec<_> = commands.iter().map(|command| format!("anystream-{command}.1")).collect();
    names.insert(0, "anystream.1".to_owned());
    let found = fs::read_dir(&pages).expect("a folder").map(|it| it.expect("a file").file_name());
    let mut found: Vec<_> = found.filter_map(|name| name.into_string().ok()).collect();
    found.sort();
    names.sort();
    assert_eq!(found, names);
    let choose = fs::read_to_string(pages.join("anystream-choose.1")).expect("a page");
    assert!(choose.contains(".TH anystream-choose 1") && choose.contains("rounds"), "{choose}");

    let all = anystream(&["man"]).assert().code(0).get_output().clone();
    let all = String::from_utf8(all.stdout).expect("UTF-8");
    assert_eq!(all.matches(".TH ").count(), names.len());
    let in_the_way = pages.join("anystream.1");
    anystream(&["man"])
        .arg(in_the_way)
        .assert()
        .code(2)
        .stderr(contains("anystream.1").and(contains("written")));
}

#[test]
fn colour_is_for_those_who_want_it() {
    for arguments in [&["backends"][..], &["workloads"], &["--help"], &["choose", "missing.strace"]] {
        let coloured = |no_color: &str| {
            let mut command = anystream(arguments);
            command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color);
            let output = command.output().expect("it runs");
            [output.stdout, output.stderr].concat().contains(&0x1b)
        };
        assert!(coloured(""), "an empty NO_COLOR says nothing: {arguments:?}");
        assert!(!coloured("1"), "{arguments:?}");
    }
}

#[test]
fn backends_lists_all_with_their_costs() {
    let listed = anystream(&["backends"]).assert().code(0).get_output().clone();
    let json = anystream(&["backends", "--json"]).assert().code(0).get_output().clone();
    let text = String::from_utf8(listed.stdout).expect("UTF-8");
    let json: Value = serde_json::from_slice(&json.stdout).expect("exactly one JSON value");
    let peers = ["cursor", "bytesmut"];
    let listed = json["backends"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(listed.len(), Backend::ALL.len() + peers.len());
    for (peer, listed) in peers.iter().zip(&listed[Backend::ALL.len()..]) {
        assert!(listed["name"] == *peer && listed["peer"] == true && text.contains(peer), "{text}");
    }
    for (at, backend) in Backend::ALL.iter().enumerate() {
        let first_words: String = backend.cost().split_inclusive(' ').take(4).collect();
        assert!(text.contains(backend.name()) && text.contains(first_words.trim()), "{text}");
        assert_eq!(json["backends"][at]["name"], backend.name());
        assert_eq!(json["backends"][at]["cost"], backend.cost());
    }
}

#[test]
fn json_has_every_field_of_every_backend() {
    let traces = Traces::new();
    let json = chosen(&[&traces.edits()]);
    let workload = &json["workloads"][0];
    assert_eq!(workload["ops"], 2);
    assert_eq!(workload["rounds"], 1);
    assert_eq!(workload["final_len"], 12);
    // sha256 of "hello, world"
    assert_eq!(workload["digest"], "09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b");
    assert!(workload["name"].as_str().is_some_and(|name| name.contains("greeting")));
    assert!(workload["choice"].as_str().is_some_and(|choice| choice.parse::<Backend>().is_ok()));
    assert!(workload["reason"].as_str().is_some_and(|reason| reason.starts_with("Take ")));
    for (at, backend) in Backend::ALL.iter().enumerate() {
        let result = &workload["results"][at];
        assert_eq!(result["backend"], backend.name());
        assert_eq!(result["verified"], true);
        assert!(result["median_ns"].as_f64().is_some_and(|median| median > 0.0), "{result}");
        let per_op = result["ns_per_op"].as_f64().zip(result["median_ns"].as_f64());
        assert!(per_op.is_some_and(|(per_op, median)| (per_op * 2.0 - median).abs() < 0.01), "{result}");
        assert!(result["peak_bytes"].is_u64(), "{result}");
        assert_eq!((&result["failure"], &result["cannot"]), (&Value::Null, &Value::Null));
    }
    let overall = json["overall"].as_array().expect("a list");
    assert_eq!(overall.len(), Backend::ALL.len());
    assert!(overall.iter().all(|rank| rank["geomean_ratio"].as_f64().is_some_and(|ratio| ratio >= 1.0)));
}

#[test]
fn an_strace_log_is_replayed_with_data_from_the_seed() {
    let traces = Traces::new();
    let log = traces.strace();
    let digest = |seed: &str| {
        let json = chosen(&[&log, "--seed", seed, "--backend", "vec"]);
        assert_eq!(json["workloads"][0]["final_len"], 300);
        json["workloads"][0]["digest"].clone()
    };
    assert_eq!(digest("1"), digest("1"));
    assert_ne!(digest("1"), digest("2"));
}

#[test]
fn peak_heap_counts_the_bytes_that_the_stream_held() {
    let traces = Traces::new();
    let json = chosen(&[&traces.strace(), "--backend", "vec,small"]);
    for result in json["workloads"][0]["results"].as_array().expect("a list") {
        let peak = result["peak_bytes"].as_u64().expect("a number");
        assert!((300..1200).contains(&peak), "300 bytes written, but a peak of {peak}");
    }
}

#[test]
fn a_stream_that_fits_inline_takes_no_heap_of_its_own() {
    let traces = Traces::new();
    let json = chosen(&[&traces.edits(), "--backend", "small"]);
    assert_eq!(json["workloads"][0]["results"][0]["peak_bytes"], "hello".len());
}

#[test]
fn only_the_backends_that_were_asked_for_take_part_each_once() {
    let traces = Traces::new();
    let json = chosen(&[&traces.edits(), "--backend", "rope,vec,rope"]);
    let names: Vec<_> = json["workloads"][0]["results"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|result| &result["backend"])
        .collect();
    assert_eq!(names, ["rope", "vec"]);
}

#[test]
fn tables_name_every_workload_and_backend_and_fit_80_columns_without_colour() {
    let traces = Traces::new();
    let (edits, strace) = (traces.edits(), traces.strace());
    let output = anystream(&["choose", "--rounds", "1", &edits, &strace])
        .env_remove("COLUMNS")
        .assert()
        .code(0)
        .stderr("")
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for expected in
        ["2 × insert", "1 × write", "Take ", "Overall, 2 workloads", "One for all: ", "a first look"]
    {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
    for backend in Backend::ALL {
        assert!(text.matches(backend.name()).count() >= 3, "{text}");
    }
    assert!(!text.contains('\x1b'), "{text:?}");
    for line in text.lines().filter(|line| !line.contains(&traces.path(""))) {
        assert!(line.chars().count() <= 80 && !line.ends_with(' '), "{line:?}");
    }
}

#[test]
fn a_trace_that_asks_for_an_exabyte_gets_an_error_and_not_the_machine() {
    let traces = Traces::new();
    anystream(&["choose", "--rounds", "1", &traces.far_write(1 << 60)])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("disk.strace").and(contains("line 3")));
}

#[test]
fn holes_are_the_reason_to_take_a_rope() {
    let traces = Traces::new();
    let json = chosen(&[&traces.far_write(1 << 24), "--backend", "vec,rope"]);
    let workload = &json["workloads"][0];
    assert_eq!((&workload["choice"], &workload["largest_len"]), (&"rope".into(), &((1 << 24) + 1).into()));
    assert!(
        workload["reason"].as_str().is_some_and(|reason| reason.contains("holes take no memory")),
        "{workload}"
    );
}

/// What `choose` says about `trace` when it may use so many KiB of address space.
#[cfg(target_os = "linux")]
fn limited(kib: u64, trace: &str) -> assert_cmd::assert::Assert {
    let limited = format!("ulimit -v {kib} && exec \"$0\" choose --rounds 1 --no-sizes \"$1\"");
    Command::new("sh").args(["-c", &limited, env!("CARGO_BIN_EXE_anystream"), trace]).assert()
}

#[test]
#[cfg(target_os = "linux")]
fn a_trace_that_needs_more_memory_than_is_allowed_is_refused_before_it_is_replayed() {
    let traces = Traces::new();
    let writes = traces.file(
        "large.strace",
        "openat(AT_FDCWD, \"disk\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n\
         write(3, \"\"..., 500000000) = 500000000\nwrite(3, \"\"..., 500000000) = 500000000\nclose(3) = 0\n",
    );
    limited(1_000_000, &writes).code(2).stdout("").stderr(
        contains("large").and(contains("not enough memory for the replay")).and(contains("--memory")),
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_of_holes_needs_the_memory_of_what_was_written() {
    let traces = Traces::new();
    limited(1_000_000, &traces.far_write(1 << 30))
        .code(0)
        .stdout(contains("Take rope").and(contains("vec: not replayed")));
}

#[test]
fn an_unknown_backend_is_bad_usage_and_the_known_are_listed() {
    let known = Backend::ALL.iter().map(|backend| backend.name()).collect::<Vec<_>>().join(", ");
    anystream(&["choose", "--backend", "vec,cord"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("cord").and(contains(known)));
}

#[test]
fn bad_usage_is_told() {
    for arguments in [
        &["choose", "--rounds", "0"][..],
        &["choose", "--rounds", "many"],
        &["choose", "--seed", "-1"],
        &["choose", "--file", "out"],
        &["choose", "--lenient"],
        &["pick"],
        &[],
    ] {
        anystream(arguments).assert().code(2).stdout("").stderr(contains("--help").or(contains("Usage:")));
    }
}

#[test]
fn bad_input_is_named_before_anything_is_measured() {
    let traces = Traces::new();
    let good = traces.edits();
    let folder = traces.path("folder");
    fs::create_dir(&folder).expect("a folder");
    for (bad, says) in [
        (traces.path("missing.strace"), "missing.strace"),
        (traces.file("empty.strace", ""), "empty.strace"),
        (traces.file("words.strace", "these are words\n"), "words.strace"),
        (
            traces.file("cut.jsonl", "{\"name\":\"cut\",\"start\":\"\",\"end\":\"\",\"edits\":1}\n[0,0\n"),
            "cut.jsonl",
        ),
        (traces.file("bytes.strace", "\u{0}\u{1}\u{2}"), "bytes.strace"),
        (folder, "folder"),
    ] {
        anystream(&["choose", "--rounds", "1", &good, &bad])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("error: ").and(contains(says)).and(contains("panicked").not()));
    }
}

#[test]
fn a_line_that_cannot_be_understood_is_named_and_lenient_skips_and_counts_it() {
    let traces = Traces::new();
    let log = traces.file(
        "odd.strace",
        "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwhat is this\nwrite(3, \"\"..., 5) = 5\n",
    );
    anystream(&["choose", "--rounds", "1", &log])
        .assert()
        .code(2)
        .stderr(contains("odd.strace").and(contains('2')).and(contains("what is this")));
    let json = chosen(&[&log, "--lenient"]);
    assert_eq!(
        (&json["workloads"][0]["skipped_lines"], &json["workloads"][0]["final_len"]),
        (&1.into(), &5.into())
    );
}

#[test]
fn a_log_about_several_files_lists_them_and_file_selects_one() {
    let traces = Traces::new();
    let log = traces.file(
        "two.strace",
        "openat(AT_FDCWD, \"/tmp/first\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n\
         openat(AT_FDCWD, \"/tmp/second\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 4\n\
         write(3, \"\"..., 5) = 5\n\
         write(4, \"\"..., 7) = 7\n",
    );
    let both = contains("/tmp/first").and(contains("/tmp/second")).and(contains("--file"));
    anystream(&["choose", "--rounds", "1", &log]).assert().code(2).stdout("").stderr(both);
    assert_eq!(chosen(&[&log, "--file", "second"])["workloads"][0]["final_len"], 7);
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let traces = Traces::new();
    for arguments in [
        &["backends"][..],
        &["backends", "--json"],
        &["choose", "--rounds", "1", &traces.edits()],
        &["completions", "zsh"],
        &["man"],
        &["workloads"],
        &["workloads", "--json"],
        &["--help"],
        &["--version"],
    ] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_anystream"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn a_reader_that_goes_after_the_first_line_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_anystream"))
        .arg("workloads")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = String::new();
    let output = child.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::with_capacity(1, output), &mut first)
        .expect("a line");
    let output = child.wait_with_output().expect("the program ends");
    assert!(first.starts_with("workload"), "{first}");
    assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]));
}

#[test]
fn an_error_that_nobody_hears_is_an_error_and_no_panic() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_anystream"))
        .args(["choose", "missing.strace"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("the program ends").code(), Some(2));
}
