//! Recording, importing, scaling, keeping and comparing, as people do it with the program.

use std::fs;
use std::io::{Read, Seek, Write};
use std::path::Path;

use anystream::{ByteStream, VecStream};
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../anystream-workload/data/strace/ffmpeg-mp4.strace");

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn anystream(folder: &Path, arguments: &[&str]) -> Assert {
    Command::new(env!("CARGO_BIN_EXE_anystream")).current_dir(folder).args(arguments).assert()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = anystream(folder, arguments).code(0).get_output().clone();
    serde_json::from_slice(&output.stdout).expect("exactly one JSON value")
}

fn chosen(folder: &Path, arguments: &[&str]) -> Value {
    json(folder, &[&["choose", "--json", "--rounds", "1", "--no-sizes"], arguments].concat())
}

#[test]
fn what_a_program_recorded_is_replayed_to_the_same_length() {
    let folder = folder();
    let path = folder.path().join("app.trace");
    let mut stream = anystream_workload::record(VecStream::new(), &path).expect("a trace");
    stream.write_all(b"hello, world").expect("a write");
    stream.rewind().expect("a seek");
    stream.read_exact(&mut [0; 5]).expect("a read");
    stream.insert(5, b" there").expect("an insert");
    stream.finish().1.expect("all was written");

    let workload = &chosen(folder.path(), &["app.trace"])["workloads"][0];
    assert_eq!((&workload["ops"], &workload["final_len"]), (&Value::from(4), &Value::from(18)));
    assert_eq!(workload["by_kind"]["insert"], 1);
}

#[test]
fn a_trace_that_was_cut_off_is_replayed_as_far_as_it_goes_and_says_so() {
    let folder = folder();
    let path = folder.path().join("app.trace");
    let mut recorder = anystream_workload::record(VecStream::new(), &path).expect("a trace");
    recorder.write_all(b"kept").expect("a write");
    recorder.flush_trace();
    recorder.write_all(b"lost").expect("a write");
    recorder.finish().1.expect("all was written");
    let mut bytes = fs::read(&path).expect("a trace");
    bytes.truncate(bytes.len() - 1);
    fs::write(&path, bytes).expect("a file");
    anystream(folder.path(), &["choose", "--rounds", "1", "--backend", "vec", "app.trace"])
        .code(0)
        .stdout(contains("its end is missing"));
}

#[test]
fn a_trace_of_a_log_is_replayed_as_the_log_is() {
    let folder = folder();
    anystream(folder.path(), &["import", LOG, "--output", "mp4.trace"]).code(0).stdout(contains("31 calls"));
    let log = &chosen(folder.path(), &[LOG])["workloads"][0];
    let trace = &chosen(folder.path(), &["mp4.trace"])["workloads"][0];
    for field in ["ops", "by_kind", "bytes_read", "bytes_written", "initial_len", "largest_len", "final_len"]
    {
        assert_eq!(log[field], trace[field], "{field}");
    }
    // With what the log was given from the seed, the contents are the same, too.
    anystream(folder.path(), &["import", LOG, "--contents", "-o", "full.trace"]).code(0);
    assert_eq!(log["digest"], chosen(folder.path(), &["full.trace"])["workloads"][0]["digest"]);
}

#[test]
fn what_is_a_trace_already_is_not_imported_and_nothing_is_left_of_an_import_that_fails() {
    let folder = folder();
    anystream(folder.path(), &["import", LOG, "-o", "mp4.trace"]).code(0);
    anystream(folder.path(), &["import", "mp4.trace", "-o", "again.trace"])
        .code(2)
        .stderr(contains("a trace already"));

    fs::write(folder.path().join("bad.strace"), "lorem ipsum\n").expect("a file");
    anystream(folder.path(), &["import", "bad.strace", "-o", "mp4.trace"]).code(2).stderr(contains("line 1"));
    anystream(folder.path(), &["import", LOG, "-o", "nowhere/mp4.trace"]).code(2).stderr(contains("nowhere"));
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    left.sort();
    assert_eq!(left, ["bad.strace", "mp4.trace"]);
    chosen(folder.path(), &["mp4.trace"]);
}

#[test]
fn workloads_lists_every_name_that_choose_takes() {
    let folder = folder();
    let listed = json(folder.path(), &["workloads", "--json"]);
    let listed = listed["workloads"].as_array().expect("a list");
    let scalable = listed.iter().filter(|workload| workload["scalable"] == true).count();
    assert_eq!((listed.len(), scalable), (19, 10));
    let text = anystream(folder.path(), &["workloads"]).code(0).get_output().stdout.clone();
    let text = String::from_utf8(text).expect("UTF-8");
    assert!(listed.iter().all(|workload| text.contains(workload["name"].as_str().unwrap_or("?"))), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    anystream(folder.path(), &["choose", "--workload", "text-editting"])
        .code(2)
        .stderr(contains("anystream workloads"));
}

#[test]
fn twice_the_scale_is_twice_the_workload() {
    let folder = folder();
    let ops = |scale| {
        let arguments = ["--workload", "append-only-log", "--scale", scale, "--backend", "vec"];
        chosen(folder.path(), &arguments)["workloads"][0]["ops"].as_u64().expect("a number")
    };
    assert_eq!(2 * ops("0.01"), ops("0.02"));
    for scale in ["0", "-1", "NaN", "1e12"] {
        let arguments = ["choose", "--workload", "append-only-log", &format!("--scale={scale}")];
        anystream(folder.path(), &arguments).code(2).stderr(contains("scale"));
    }
}

#[test]
fn a_workload_that_somebody_describes_is_measured_and_its_mistakes_are_named() {
    let folder = folder();
    let described = r#"name = "mine"
who = "nobody but this test"
what = "bytes are written over and over"
scales = "how often"
grows = ["operations"]
initial = "1 KiB"

[[phase]]
repeat = "10 x scale"
steps = [{ do = "write", at = { anywhere = 16 }, size = 16 }]
"#;
    fs::write(folder.path().join("mine.toml"), described).expect("a file");
    let workload = &chosen(folder.path(), &["mine.toml", "--scale", "3"])["workloads"][0];
    assert_eq!((&workload["name"], &workload["initial_len"]), (&Value::from("mine"), &Value::from(1024)));
    assert_eq!(workload["by_kind"]["write"], 30);

    fs::write(folder.path().join("mine.toml"), described.replace("size = 16", "size = -16")).expect("a file");
    anystream(folder.path(), &["choose", "mine.toml"]).code(2).stderr(contains("mine.toml, line 10"));
    anystream(folder.path(), &["choose", "yours.toml"]).code(2).stderr(contains("yours.toml"));
}

#[test]
fn peers_are_measured_and_never_chosen_and_say_what_they_cannot_do() {
    let folder = folder();
    let peers = &chosen(folder.path(), &[LOG, "--backend", "rope,cursor,bytesmut"])["workloads"][0];
    assert_eq!(peers["choice"], "rope");
    assert_eq!(peers["type"], "anystream::RopeStream");
    assert!(peers["results"][1]["median_ns"].as_f64() > Some(0.0));
    assert!(peers["results"][2]["median_ns"].as_f64() > Some(0.0));

    let inserts = ["--workload", "text-editing", "--scale", "0.01", "--backend", "rope,cursor,bytesmut"];
    let inserts = &chosen(folder.path(), &inserts)["workloads"][0]["results"];
    for peer in [1, 2] {
        let cannot = inserts[peer]["cannot"].as_str().expect("a reason");
        assert!(cannot.contains("cannot insert or remove: op "), "{cannot}");
    }
    let alone = chosen(folder.path(), &[LOG, "--backend", "cursor"]);
    assert_eq!(alone["workloads"][0]["choice"], Value::Null);
}

#[test]
fn what_matters_can_be_said() {
    let folder = folder();
    let arguments = ["--workload", "sparse-file", "--scale", "0.1", "--for", "memory"];
    let workload = &chosen(folder.path(), &arguments)["workloads"][0];
    assert_eq!((&workload["choice"], &workload["goal"]), (&Value::from("rope"), &Value::from("memory")));
    assert!(workload["reason"].as_str().is_some_and(|reason| reason.contains("of heap")));
    anystream(folder.path(), &["choose", "--for", "beauty"])
        .code(2)
        .stderr(contains("expected speed, memory, latency"));
}

#[test]
fn latencies_heap_growth_and_sizes_are_in_the_json() {
    let folder = folder();
    let arguments =
        ["choose", "--json", "--rounds", "1", "--backend", "vec,rope", "--workload", "sveltecomponent"];
    let workload = &json(folder.path(), &arguments)["workloads"][0];
    for result in workload["results"].as_array().expect("a list") {
        let latency = &result["latency"];
        let quantiles = ["p50", "p90", "p99", "p999", "max"].map(|name| latency[name].as_u64());
        assert!(quantiles.iter().all(Option::is_some) && quantiles.is_sorted(), "{latency}");
        assert!(latency["calls"].as_u64() >= workload["ops"].as_u64());
        let growth = result["growth"].as_array().expect("a list");
        assert_eq!(growth.last().and_then(|last| last["calls"].as_u64()), workload["ops"].as_u64());
        assert!(result["allocations"].as_u64() > Some(0) && result["final_bytes"].as_u64() > Some(0));
    }
    let sizes = workload["sizes"].as_array().expect("a list");
    let lengths: Vec<_> = sizes.iter().filter_map(|size| size["largest_len"].as_u64()).collect();
    assert!(lengths.len() == 7 && lengths.is_sorted(), "{lengths:?}");
    assert!(lengths.contains(&workload["largest_len"].as_u64().unwrap_or_default()));
}

#[test]
fn what_each_kind_of_call_costs_is_in_the_json() {
    let folder = folder();
    let described = "name = \"mine\"\nwho = \"me\"\nwhat = \"values and inserts\"\nscales = \"how often\"\n\
        grows = [\"operations\"]\ninitial = \"1 MiB\"\n[[phase]]\nrepeat = \"100 x scale\"\nsteps = [\n\
        { do = \"insert\", at = { anywhere = 1 }, size = 16 },\n{ do = \"getvalue\" },\n]\n";
    fs::write(folder.path().join("mine.toml"), described).expect("a file");
    let workload = &chosen(folder.path(), &["mine.toml", "--backend", "vec,rope"])["workloads"][0];
    for result in workload["results"].as_array().expect("a list") {
        let costs = result["cost_by_kind"].as_array().expect("a list");
        let named = |kind: &str| costs.iter().any(|cost| cost[0] == kind && cost[1].as_f64() > Some(0.0));
        assert!(costs.len() == 2 && named("insert") && named("getvalue"), "{costs:?}");
    }
}

/// Saved results with every time multiplied by `factor`.
fn slowed(saved: &str, factor: f64) -> String {
    let mut result: Value = serde_json::from_str(saved.trim()).expect("one line");
    for standing in result["workload"]["results"].as_array_mut().expect("a list") {
        let figures = &mut standing["figures"]["Ok"];
        for place in ["/median", "/interval/low", "/interval/high"] {
            let value = figures.pointer_mut(place).expect("a figure");
            *value = Value::from(value.as_f64().expect("a number") * factor);
        }
    }
    result.to_string()
}

#[test]
fn results_are_kept_compared_and_ranked() {
    let folder = folder();
    let path = |name| folder.path().join(name);
    let saving = [LOG, "--backend", "vec,rope", "--save", "old.jsonl"];
    chosen(folder.path(), &saving);
    let saved = fs::read_to_string(path("old.jsonl")).expect("a file");
    assert_eq!(saved.lines().count(), 1);

    anystream(folder.path(), &["compare", "old.jsonl", "old.jsonl"])
        .code(0)
        .stdout(contains("0 slower, 0 faster, 2 the same"));
    fs::write(path("new.jsonl"), slowed(&saved, 4.0)).expect("a file");
    anystream(folder.path(), &["compare", "old.jsonl", "new.jsonl"]).code(1).stdout(contains("2 slower"));
    let back = json(folder.path(), &["compare", "--json", "new.jsonl", "old.jsonl"]);
    assert!(back["changes"].as_array().expect("a list").iter().all(|change| change["verdict"] == "faster"));

    // A second measurement is added, and the last counts.
    chosen(folder.path(), &saving);
    assert_eq!(fs::read_to_string(path("old.jsonl")).expect("a file").lines().count(), 2);
    let ranked = json(folder.path(), &["rank", "--json", "old.jsonl", "new.jsonl"]);
    let overall = ranked["overall"].as_array().expect("a list");
    assert_eq!(overall.len(), 2);
    // Which is chosen, the clock decides. All three measurements are of one workload, so that the last counts.
    assert_eq!(overall.iter().filter_map(|standing| standing["chosen"].as_u64()).sum::<u64>(), 1);
}

#[test]
fn what_only_one_measurement_has_is_named() {
    let folder = folder();
    chosen(folder.path(), &[LOG, "--backend", "vec", "--save", "old.jsonl"]);
    chosen(folder.path(), &[LOG, "--backend", "vec,rope", "--save", "new.jsonl"]);
    anystream(folder.path(), &["compare", "old.jsonl", "new.jsonl"])
        .stdout(contains("ffmpeg-mp4, rope: only in the new results"));
    chosen(
        folder.path(),
        &["--workload", "parse", "--scale", "0.01", "--backend", "vec", "--save", "other.jsonl"],
    );
    anystream(folder.path(), &["compare", "old.jsonl", "other.jsonl"])
        .code(0)
        .stdout(contains("parse: only in the new").and(contains("ffmpeg-mp4: only in the old")));
}

#[test]
fn saved_results_that_are_none_are_named_with_a_remedy() {
    let folder = folder();
    for (contents, says) in [
        ("", "holds no results"),
        ("lorem ipsum\n", "line 1"),
        ("\n{\"format\":1}\n", "line 2"),
        ("{\"format\":99}\n", "newer anystream"),
    ] {
        fs::write(folder.path().join("saved.jsonl"), contents).expect("a file");
        anystream(folder.path(), &["rank", "saved.jsonl"])
            .code(2)
            .stderr(contains("saved.jsonl").and(contains(says)));
    }
    anystream(folder.path(), &["rank", "missing.jsonl"]).code(2).stderr(contains("check the path"));
    anystream(folder.path(), &["rank"]).code(2);
}

#[test]
fn tables_for_a_document_are_renewed_between_their_marks() {
    let folder = folder();
    let document = folder.path().join("choice.md");
    let measure = || chosen(folder.path(), &[LOG, "--backend", "vec,cursor", "--markdown", "choice.md"]);
    fs::write(&document, "# Mine\n<!-- anystream: begin -->\nold\n<!-- anystream: end -->\nafter\n")
        .expect("a file");
    measure();
    measure();
    let text = fs::read_to_string(&document).expect("a file");
    assert!(
        text.starts_with("# Mine\n<!-- anystream: begin -->\n")
            && text.ends_with("<!-- anystream: end -->\nafter\n")
    );
    assert!(!text.contains("\nold\n") && text.matches("| **ffmpeg-mp4** |").count() == 1, "{text}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_shows_what_there_is_so_far() {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let child = Command::new(env!("CARGO_BIN_EXE_anystream"))
        .args(["choose", "--json", "--rounds", "1000", "--backend", "vec", "--workload", "parse,zip"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_secs(3));
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupt.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    let workloads = found["workloads"].as_array().expect("a list");
    assert!(!workloads.is_empty() && workloads[0]["rounds"].as_u64() < Some(1000), "{found}");
}

#[test]
fn a_length_that_the_log_does_not_tell_is_a_minimum_until_it_is_given() {
    let log = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../anystream-workload/tests/data/programs/fallocate-insert.strace.gz"
    );
    let folder = folder();
    let workload = |more: &[&str]| {
        let arguments = [&[log, "--backend", "rope"], more].concat();
        chosen(folder.path(), &arguments)["workloads"][0].clone()
    };
    assert_eq!(workload(&[])["final_len_is_minimum"], true);
    let given = workload(&["--initial-len", "5292080"]);
    assert_eq!((&given["final_len_is_minimum"], &given["final_len"]), (&false.into(), &5_353_520.into()));
}
