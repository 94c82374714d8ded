//! Output files: checked before anything is measured, written whole or not at all.

mod common;

use std::fs;
use std::process::Stdio;

use assert_cmd::Command;
use common::{Folder, PROGRAM, anystream, choose};
use predicates::prelude::*;
use predicates::str::contains;

const MARKS: &str = "# Mine\n\n<!-- anystream: begin -->\nold\n<!-- anystream: end -->\n\nThe end.\n";

#[test]
fn a_path_that_cannot_be_written_to_is_refused_before_measuring() {
    let folder = Folder::new();
    let log = folder.log();
    fs::create_dir(folder.path("folder")).expect("a folder");
    for (path, says) in [
        ("folder", "is a folder"),
        ("missing/page", "does not exist"),
        ("log.strace/page", "cannot be written"),
        ("log.strace", "is an input, too"),
    ] {
        for option in ["--html", "--markdown", "--save"] {
            choose(&[&log, option, &folder.path(path)])
                .assert()
                .code(2)
                .stdout("")
                .stderr(contains(path).and(contains(says)));
        }
        anystream(&["import", &log, "-o", &folder.path(path)])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains(says));
    }
    assert_eq!(folder.names(), ["folder", "log.strace"]);
}

#[test]
fn two_outputs_cannot_be_one_file() {
    let folder = Folder::new();
    let (log, page) = (folder.log(), folder.path("page"));
    fs::create_dir(folder.path("sub")).expect("a folder");
    let other = folder.path("sub/../page");
    choose(&[&log, "--html", &page, "--save", &other])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("same file"));
    choose(&[&log, "--html", &page, "--markdown", &page]).assert().code(2).stderr(contains("two outputs"));
    assert_eq!(folder.names(), ["log.strace", "sub"]);
}

#[test]
#[cfg(unix)]
fn links_do_not_hide_that_an_output_is_an_input() {
    let folder = Folder::new();
    let log = folder.log();
    let before = folder.read("log.strace");
    std::os::unix::fs::symlink(&log, folder.path("soft")).expect("a link");
    std::os::unix::fs::symlink("soft", folder.path("softer")).expect("a link");
    fs::hard_link(&log, folder.path("hard")).expect("a link");
    for link in ["soft", "softer", "hard"] {
        anystream(&["import", &log, "-o", &folder.path(link)]).assert().code(2).stderr(contains("same file"));
        anystream(&["import", &folder.path(link), "-o", &log]).assert().code(2).stderr(contains("same file"));
        choose(&[&log, "--html", &folder.path(link)])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("same file"));
    }
    // Through the descriptor that the shell opened.
    let script = "exec \"$0\" import /dev/stdin -o \"$1\" < \"$1\"";
    Command::new("sh").args(["-c", script, PROGRAM, &log]).assert().code(2).stderr(contains("same file"));
    std::os::unix::fs::symlink("loop", folder.path("loop")).expect("a link");
    choose(&[&log, "--html", &folder.path("loop")]).assert().code(2).stdout("");
    assert_eq!(folder.read("log.strace"), before);
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &str| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let folder = Folder::new();
    let log = folder.log();
    let page = folder.file("page.html", "old");
    fs::set_permissions(&page, fs::Permissions::from_mode(0o640)).expect("a mode");
    std::os::unix::fs::symlink("page.html", folder.path("link")).expect("a link");
    std::os::unix::fs::symlink("new.trace", folder.path("dangling")).expect("a link");
    choose(&[&log, "--html", &folder.path("link")]).assert().code(0);
    assert!(fs::symlink_metadata(folder.path("link")).expect("a link").is_symlink());
    assert!(folder.read("page.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(mode(&page), 0o640);
    let script = "umask 027; exec \"$0\" import \"$1\" -o \"$2\"";
    Command::new("sh").args(["-c", script, PROGRAM, &log, &folder.path("dangling")]).assert().code(0);
    assert_eq!(mode(&folder.path("new.trace")), 0o640, "as the umask says");
    assert_eq!(folder.names(), ["dangling", "link", "log.strace", "new.trace", "page.html"]);
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_the_old_files_whole() {
    let folder = Folder::new();
    let (log, page) = (folder.log(), folder.file("page.html", "old page"));
    let document = folder.file("document.md", MARKS);
    let trace = folder.file("old.trace", "old trace");
    // No file may grow past 512 bytes; the signal for it is ignored.
    let run = |arguments: &[&str]| {
        let script = "trap '' 25; ulimit -f 1; exec \"$0\" \"$@\"";
        Command::new("sh").args(["-c", script, PROGRAM]).args(arguments).assert().code(2).get_output().clone()
    };
    let choose = ["choose", "--rounds", "1", "--no-sizes", "--backend", "vec", &log];
    for (option, path) in [("--html", &page), ("--markdown", &document)] {
        let output = run(&[&choose[..], &[option, path]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(path.as_str()) && !said.contains("wrote"), "{said}");
        assert!(!output.stdout.is_empty(), "the results are still printed");
    }
    let writes: String = (1..2000).map(|n| format!("write(3, \"\"..., {0}) = {0}\n", n * n % 4999)).collect();
    let long = folder.file("long.strace", folder.read("log.strace").replace("close(3) = 0\n", &writes));
    run(&["import", &long, "-o", &trace]);
    assert_eq!((folder.read("page.html"), folder.read("old.trace")), ("old page".into(), "old trace".into()));
    assert_eq!(folder.read("document.md"), MARKS);
    assert_eq!(folder.names().len(), 5, "{:?}", folder.names());
}

#[test]
#[cfg(target_os = "linux")]
fn pipes_and_devices_are_written_directly() {
    let folder = Folder::new();
    let log = folder.log();
    choose(&[&log, "--html", "/dev/null", "--markdown", "/dev/null", "--save", "/dev/null"])
        .assert()
        .code(0)
        .stderr("");
    assert!(!fs::metadata("/dev/null").expect("a device").is_file());
    choose(&[&log, "--json", "--markdown", "/dev/stdout"]).assert().code(0).stdout(contains("| workload |"));
    choose(&[&log, "--html", "/dev/full"]).assert().code(2).stderr(contains("/dev/full"));
    let output =
        anystream(&["import", &log, "-o", "/dev/stdout"]).assert().code(0).stderr("").get_output().clone();
    assert!(anystream_workload::is_trace(&output.stdout));
    let trace = folder.file("out.trace", &output.stdout);
    choose(&[&trace]).assert().code(0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_standard_output_goes_to_is_not_replaced() {
    let folder = Folder::new();
    let script = "exec \"$0\" choose --rounds 1 --no-sizes --backend vec \"$1\" --html \"$2\" > \"$2\"";
    Command::new("sh")
        .args(["-c", script, PROGRAM, &folder.log(), &folder.path("page.html")])
        .assert()
        .code(2)
        .stderr(contains("standard output goes to this file, too"));
}

#[test]
fn a_document_is_changed_between_its_marks_only() {
    let folder = Folder::new();
    let (log, document) = (folder.log(), folder.file("document.md", MARKS));
    choose(&[&log, "--markdown", &document])
        .assert()
        .code(0)
        .stderr(contains("wrote ").and(contains("document.md")));
    let text = folder.read("document.md");
    assert!(text.starts_with("# Mine\n\n<!-- anystream: begin -->\n\nBy `anystream choose"), "{text}");
    assert!(text.ends_with("<!-- anystream: end -->\n\nThe end.\n") && !text.contains("\nold\n"), "{text}");
    choose(&[&log, "--markdown", &folder.file("empty.md", "")]).assert().code(0);
    choose(&[&log, "--markdown", &folder.path("empty.md")]).assert().code(0);
    assert_eq!(folder.read("empty.md").matches("anystream: begin").count(), 1);
}

#[test]
fn a_document_without_both_marks_is_refused_before_measuring() {
    let folder = Folder::new();
    let log = folder.log();
    let (begin, end) = ("<!-- anystream: begin -->\n", "<!-- anystream: end -->\n");
    for document in [
        "# My notes\n".to_owned(),
        format!("a\n{begin}b\n"),
        format!("a\n{end}b\n"),
        format!("{end}a\n{begin}"),
        format!("{begin}{end}{begin}{end}"),
        format!("{begin}a\n{begin}{end}"),
    ] {
        let path = folder.file("notes.md", &document);
        choose(&[&log, "--markdown", &path])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("notes.md").and(contains("<!-- anystream: begin -->")));
        assert_eq!(folder.read("notes.md"), document);
    }
    let bytes = folder.file("bytes.md", b"\xff\xfe");
    choose(&[&log, "--markdown", &bytes]).assert().code(2).stdout("").stderr(contains("bytes.md"));
}

#[test]
fn what_was_written_is_said_unless_the_reader_has_gone() {
    let folder = Folder::new();
    let log = folder.log();
    let outputs = ["--html", &folder.path("page.html"), "--save", &folder.path("kept.jsonl")];
    let said = contains("wrote ").and(contains("page.html")).and(contains("kept.jsonl"));
    choose(&[&log]).args(outputs).assert().code(0).stderr(said);
    fs::remove_file(folder.path("page.html")).expect("a page");
    let mut child = std::process::Command::new(PROGRAM)
        .args(["choose", "--rounds", "1", "--no-sizes", &log])
        .args(outputs)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""));
    assert!(folder.read("page.html").starts_with("<!DOCTYPE html>"), "it is written all the same");
    assert_eq!(folder.read("kept.jsonl").lines().count(), 2);
}

#[test]
#[cfg(unix)]
fn an_interrupted_import_leaves_nothing_behind() {
    let folder = Folder::new();
    // A pipe that nobody writes to yet: the program waits for the log.
    let mut child = std::process::Command::new(PROGRAM)
        .args(["import", "/dev/stdin", "-o", &folder.path("out.trace")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    // Waiting for the program would close the pipe, which ends the log.
    let _pipe = child.stdin.take();
    while folder.names().is_empty() {
        std::thread::yield_now();
    }
    // The file is there before its handler is.
    std::thread::sleep(std::time::Duration::from_millis(200));
    Command::new("kill").args(["-INT", &child.id().to_string()]).assert().success();
    assert_eq!(child.wait().expect("the program ends").code(), Some(130));
    assert_eq!(folder.names(), [""; 0]);
}
