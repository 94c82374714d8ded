//! Programs that run under strace: `choose -- PROGRAM` and `record`.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const ANYSTREAM: &str = env!("CARGO_BIN_EXE_anystream");

/// Whether programs can be traced here. If not, says so: the test is skipped.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let can = traced.as_ref().is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: strace is missing or may not trace: {traced:?}");
    }
    can
}

fn is_installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let is_installed = found.is_ok_and(|output| output.status.success());
    if !is_installed {
        println!("skipped: {program} is not installed");
    }
    is_installed
}

/// A folder where programs run, gone when dropped.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ANYSTREAM);
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// The quickest `choose`: one backend, one round.
    fn choose(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&["choose", "--rounds", "1", "--no-sizes", "--backend", "vec"]);
        command.args(arguments);
        command
    }

    fn shell(&self, script: &str) -> Output {
        self.choose(&["--", "sh", "-c", script]).output().expect("it runs")
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

/// Waits for a file with contents, as long as it takes.
fn wait_for(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => sleep(Duration::from_millis(10)),
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

#[test]
fn the_exit_code_is_the_programs() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    for (script, expected) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
        // More output than a pipe holds, and a file that gets advice.
        ("head -c 300000 /dev/zero > data; exit 3", 3),
    ] {
        let output = place.shell(script);
        assert_eq!(code(&output), expected, "{script}: {output:?}");
        let recorded =
            place.command(&["record", "-o", "log", "--", "sh", "-c", script]).output().expect("it runs");
        assert_eq!(code(&recorded), expected, "{script}: {recorded:?}");
    }
    let killed = out(&place.shell("kill -9 $$"));
    assert!(killed.contains("sh was killed by SIGKILL"), "{killed}");
}

#[test]
fn a_program_that_cannot_run_is_told_from_one_that_fails() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    place.script("no-interpreter", "#!/no/such/interpreter\n");
    place.script("no-format", "echo hello\n");
    fs::write(place.path("not-executable"), "#!/bin/sh\n").expect("a file");
    fs::create_dir(place.path("folder")).expect("a folder");
    for (program, expected, remedy) in [
        ("no-such-program", 127, "no such program in any folder of PATH"),
        ("./no-such-program", 127, "no such file"),
        ("./not-executable", 126, "chmod +x ./not-executable"),
        ("./folder", 126, "it is a folder"),
        ("./no-format", 126, "sh ./no-format"),
        ("./no-interpreter", 126, "its interpreter or loader is missing"),
    ] {
        for mut command in
            [place.choose(&["--", program]), place.command(&["record", "-o", "log", "--", program])]
        {
            let output = command.output().expect("it runs");
            assert_eq!(code(&output), expected, "{program}: {output:?}");
            let said = err(&output);
            assert!(said.contains(program) && said.contains(remedy), "{program}: {said}");
            assert_eq!(out(&output), "", "{program}");
        }
        assert!(!place.path("log").exists(), "{program} left a log");
    }
}

#[test]
fn bad_usage_is_no_exit_code_of_the_program() {
    let place = Place::new();
    for arguments in [
        &["choose", "--no-such-option", "--", "touch", "ran"][..],
        &["choose", "--html", "no/such/folder/page.html", "--", "touch", "ran"],
        &["choose", "--initial-len", "4Q", "--", "touch", "ran"],
        &["choose", "a.strace", "--", "touch", "ran"],
        &["record", "-o", "no/such/folder/log", "--", "touch", "ran"],
        &["record", "--", "touch", "ran"],
    ] {
        let output = place.command(arguments).output().expect("it runs");
        assert_eq!(code(&output), 125, "{arguments:?}: {output:?}");
        assert!(!err(&output).is_empty());
        assert!(!place.path("ran").exists(), "{arguments:?} ran the program");
    }
}

#[test]
fn without_strace_the_user_hears_how_to_install_it() {
    let place = Place::new();
    let folder = place.path("bin");
    fs::create_dir(&folder).expect("a folder");
    std::os::unix::fs::symlink("/bin/sh", folder.join("sh")).expect("a link");
    let output = place.choose(&["--", "sh", "-c", "exit 3"]).env("PATH", &folder).output().expect("it runs");
    assert_eq!(code(&output), 125, "{output:?}");
    assert!(err(&output).contains("strace is not installed: install it (`"), "{output:?}");
}

#[test]
fn where_tracing_is_forbidden_the_user_hears_how_to_allow_it() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    // A process that is traced cannot be traced by another.
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", ANYSTREAM, "choose", "--", "touch", "ran"]);
    let output = command.current_dir(place.0.path()).output().expect("strace runs");
    assert_eq!(code(&output), 125, "{output:?}");
    let said = err(&output);
    assert!(said.contains("does not allow tracing") && said.contains("Operation not permitted"), "{said}");
    assert!(said.contains("--cap-add=SYS_PTRACE") || said.contains("ptrace_scope"), "{said}");
    assert!(!place.path("ran").exists());
}

#[test]
fn an_old_strace_is_used_without_its_newer_options() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    fs::create_dir(place.path("bin")).expect("a folder");
    let real = Command::new("sh").args(["-c", "command -v strace"]).output().expect("sh runs");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *seccomp*|*quiet=*) echo 'strace: unrecognized option' >&2; exit 1;; esac\n\
         echo \"$*\" > used\nexec {} \"$@\"\n",
        out(&real).trim()
    );
    place.script("bin/strace", &script);
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let output = place.choose(&["--", "sh", "-c", "exit 9"]).env("PATH", path).output().expect("it runs");
    assert_eq!(code(&output), 9, "{output:?}");
    assert!(place.read("used").contains(&anystream_workload::STRACE_OPTIONS.join(" ")));
}

#[test]
fn input_and_output_pass_through() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let input: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut command = place.command(&["record", "-o", "log", "--", "tee", "copy"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let sent = input.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("all was read");
    assert_eq!(code(&output), 0);
    assert!(output.stdout == input, "{} bytes came out", output.stdout.len());
    assert!(fs::read(place.path("copy")).expect("a copy") == input);
}

#[test]
fn arguments_arrive_as_they_are() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let arguments = ["a b", "", "*", "--json", "--", "x\ny", "'\"\\", "größer"];
    let mut command = place.command(&["record", "-o", "log", "--", "printf", "[%s]"]);
    // Not all that a file name may be is UTF-8.
    let odd: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    let output = command.args(arguments).arg(odd).output().expect("it runs");
    let mut expected = arguments.map(|argument| format!("[{argument}]")).concat().into_bytes();
    expected.extend(b"[\xff]");
    assert!(output.stdout == expected, "{output:?}");
}

/// Prints the state that a program inherits: limits, blocked and ignored signals, cores, the folder and open files.
const STATE: &str = "ulimit -a; grep -E '^(SigBlk|SigIgn|Cpus_allowed):' /proc/self/status; pwd; ls -l /proc/self/fd \
                     | sed 's/.* \\([0-9]*\\) -> .*/\\1/'";

#[test]
fn the_program_inherits_nothing_that_was_changed() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    for before in ["", "trap '' HUP; ", "ulimit -n 100; "] {
        let run = |program: &str| {
            let script = format!("{before}exec {program} sh -c \"$STATE\"");
            let mut command = Command::new("sh");
            command.args(["-c", &script]).env("STATE", STATE).current_dir(place.0.path());
            out(&command.output().expect("it runs"))
        };
        let direct = run("");
        assert!(direct.contains("SigIgn") && direct.lines().count() > 10, "{direct}");
        assert_eq!(run(&format!("{ANYSTREAM} record -o log --")), direct, "{before}");
        // Not through a shell: some clear the blocked signals.
        let status = |program: &str| {
            let script = format!("{before}exec {program} grep -E '^Sig(Blk|Ign)' /proc/self/status");
            out(&Command::new("sh")
                .args(["-c", &script])
                .current_dir(place.0.path())
                .output()
                .expect("it runs"))
        };
        assert_eq!(status(&format!("{ANYSTREAM} record -o log --")), status(""), "{before}");
    }
}

#[test]
fn signals_reach_the_program() {
    if !can_trace() {
        return;
    }
    for name in ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"] {
        let place = Place::new();
        let script =
            format!("trap 'echo got > got; exit 5' {name}; echo ready > ready; while :; do sleep 0.05; done");
        let mut command = place.choose(&["--", "sh", "-c", &script]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        wait_for(&place.path("ready"));
        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(code(&output), 5, "{name}: {output:?}");
        assert_eq!(place.read("got"), "got\n");
        assert!(out(&output).contains("sh ended with exit code 5"), "{output:?}");
    }
}

#[test]
fn processes_that_outlive_the_program_are_recorded_to_their_end() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let output = place.shell("(sleep 0.3; head -c 100000 /dev/zero > late) & exit 3");
    assert_eq!(code(&output), 3, "{output:?}");
    assert!(out(&output).contains("late"), "{output:?}");
    assert_eq!(fs::metadata(place.path("late")).map(|it| it.len()).ok(), Some(100_000));
}

#[test]
fn a_process_that_never_ends_can_be_ended() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let script = "sleep 100000 & echo $! > pid; exit 4";
    let mut command = place.choose(&["--", "sh", "-c", script]);
    let errors = fs::File::create(place.path("errors")).expect("a file");
    let child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("it runs");
    let pid = wait_for(&place.path("pid"));
    let said = wait_for(&place.path("errors"));
    assert!(said.contains("sh has ended") && said.contains(&format!("`kill {pid}`")), "{said}");
    signal(&child, "TERM");
    // It returns only after every process has ended.
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 4, "{output:?}");
}

#[test]
fn with_json_standard_output_is_one_value() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    for (script, workloads) in
        [("echo SAID; head -c 100000 /dev/zero > data; exit 6", 1), ("echo SAID; exit 6", 0)]
    {
        let output = place.choose(&["--json", "--", "sh", "-c", script]).output().expect("it runs");
        assert_eq!(code(&output), 6, "{output:?}");
        let json: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
        assert_eq!(json["workloads"].as_array().map(Vec::len), Some(workloads), "{json}");
        assert!(err(&output).contains("SAID"), "{output:?}");
        if workloads == 1 {
            assert_eq!(json["workloads"][0]["name"], "data");
        }
    }
}

#[test]
fn files_in_other_folders_and_deleted_ones_are_listed() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let output = place.shell(
        "mkdir sub; cd sub; head -c 200000 /dev/zero > deep; head -c 100000 /dev/zero > gone; rm gone; exec 1>&-",
    );
    assert_eq!(code(&output), 0, "{output:?}");
    // Standard output was closed by the program only for itself.
    let said = out(&output);
    assert!(said.contains("→ sub/deep") && said.contains("sub/gone"), "{said}");
    assert!(said.contains("Take vec"), "{said}");
}

#[test]
fn a_file_of_the_program_can_be_named() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let script = "echo little > little; head -c 200000 /dev/zero > large";
    let output =
        place.choose(&["--json", "--file", "little", "--", "sh", "-c", script]).output().expect("it runs");
    let json: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
    assert_eq!((code(&output), &json["workloads"][0]["name"]), (0, &Value::from("little")), "{output:?}");
    let output = place.choose(&["--file", "missing", "--", "sh", "-c", script]).output().expect("it runs");
    assert_eq!(code(&output), 125, "{output:?}");
    assert!(err(&output).contains("missing"), "{output:?}");
}

#[test]
fn when_no_file_matters_it_says_so() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let said = out(&place.shell("echo little > little"));
    assert!(said.contains("any will do") && said.contains("--file little"), "{said}");
    let said = out(&place.shell("true"));
    assert!(said.contains("only files of the system"), "{said}");
}

#[test]
fn output_that_is_redirected_gets_no_advice() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let output = fs::File::create(place.path("redirected")).expect("a file");
    let mut command = place.choose(&["--", "sh", "-c", "head -c 100000 /dev/zero; exit 8"]);
    let status = command.stdout(output).status().expect("it runs");
    assert_eq!(status.code(), Some(8));
    let said = String::from_utf8_lossy(&fs::read(place.path("redirected")).expect("a file")).into_owned();
    assert!(!said.contains("→"), "{said}");
}

#[test]
fn a_static_program_is_traced_like_any_other() {
    if !can_trace() || !is_installed("/sbin/ldconfig") {
        return;
    }
    let place = Place::new();
    let output =
        place.command(&["record", "-o", "log", "--", "/sbin/ldconfig", "-p"]).output().expect("it runs");
    let direct = Command::new("/sbin/ldconfig").arg("-p").output().expect("it runs");
    assert_eq!((code(&output), &output.stdout), (0, &direct.stdout));
    assert!(place.read("log").contains("ld.so.cache"));
}

#[test]
fn a_program_that_loses_its_rights_is_named() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let program = place.path("privileged");
    fs::copy("/bin/true", &program).expect("a copy");
    if std::os::unix::fs::chown(&program, Some(65534), None).is_err() {
        println!("skipped: only root may give a file to another user");
        return;
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).expect("its mode");
    let output = place.choose(&["--", "./privileged"]).output().expect("it runs");
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(err(&output).contains("./privileged is a set-user-ID"), "{output:?}");
}

#[test]
fn a_recorded_log_is_whole_and_can_be_compressed() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let script = "head -c 100000 /dev/zero > data; exit 2";
    for log in ["plain.strace", "packed.strace.gz"] {
        let output =
            place.command(&["record", "-o", log, "--", "sh", "-c", script]).output().expect("it runs");
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{output:?}");
        let said = err(&output);
        let next = format!("anystream choose {log} --file data");
        assert!(said.lines().any(|line| line.trim() == next), "{said}");
        let bytes = fs::read(place.path(log)).expect("a log");
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), log.ends_with(".gz"));
        let output = place.choose(&["--json", log, "--file", "data"]).output().expect("it runs");
        let json: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
        assert_eq!(json["workloads"][0]["final_len"], 100_000, "{json}");
    }
    let names = fs::read_dir(place.0.path()).expect("a folder").count();
    assert_eq!(names, 3, "a temporary file was left");
    let before = place.read("plain.strace");
    let output =
        place.command(&["record", "-o", "plain.strace", "--", "./missing"]).output().expect("it runs");
    assert_eq!(code(&output), 127);
    assert_eq!(place.read("plain.strace"), before, "a failed recording replaced the log");
}

#[test]
fn a_log_of_many_files_is_listed_on_a_screen_and_the_printed_command_works() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do head -c 10000$n /dev/zero > f$n; done";
    let output = place.command(&["record", "-o", "log", "--", "sh", "-c", script]).output().expect("it runs");
    assert_eq!(code(&output), 0, "{output:?}");
    let output = place.choose(&["log"]).output().expect("it runs");
    assert_eq!((code(&output), out(&output)), (2, String::new()), "{output:?}");
    let said = err(&output);
    assert!(said.lines().count() <= 25 && said.lines().all(|line| line.chars().count() <= 100), "{said}");
    let command =
        said.lines().last().expect("a command").trim().strip_prefix("anystream choose ").expect("a command");
    let arguments: Vec<&str> = command.split(' ').collect();
    assert_eq!(code(&place.choose(&arguments).output().expect("it runs")), 0, "{command}");
    let all = place.choose(&["log", "--files", "all", "--file", "f1"]).output().expect("it runs");
    let listed = out(&all);
    assert!((1..=20).all(|n| listed.contains(&format!(" f{n} "))), "{listed}");
}

#[test]
fn a_log_with_one_file_that_matters_needs_no_name() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let script = "echo little > little; head -c 200000 /dev/zero > large";
    place.command(&["record", "-o", "log", "--", "sh", "-c", script]).output().expect("it runs");
    let output = place.choose(&["log"]).output().expect("it runs");
    assert_eq!(code(&output), 0, "{output:?}");
    let said = out(&output);
    assert!(said.contains("→ large") && said.contains("little") && said.contains("Take vec"), "{said}");
}

#[test]
fn a_dash_is_standard_input() {
    let place = Place::new();
    let log = "openat(AT_FDCWD, \"out\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwrite(3, \"\"..., 300) = 300\nclose(3) = 0\n";
    let run = |mut command: Command| {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("a pipe").write_all(log.as_bytes()).expect("all was read");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(code(&output), 0, "{output:?}");
        output
    };
    let json: Value =
        serde_json::from_slice(&run(place.choose(&["--json", "-"])).stdout).expect("a JSON value");
    assert_eq!(json["workloads"][0]["final_len"], 300);
    run(place.command(&["import", "-", "-o", "out.trace"]));
    assert!(place.path("out.trace").exists());
}

#[test]
fn a_program_in_the_place_of_a_trace_is_recognised() {
    let place = Place::new();
    let output = place.choose(&["sh"]).output().expect("it runs");
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("anystream choose -- sh"), "{output:?}");
}

#[test]
fn a_repeatable_program_is_timed_without_strace() {
    if !can_trace() {
        return;
    }
    let place = Place::new();
    let output =
        place.choose(&["--repeatable", "--", "sh", "-c", "echo run >> runs"]).output().expect("it runs");
    assert!(out(&output).contains("under strace and") && out(&output).contains("without"), "{output:?}");
    assert_eq!(place.read("runs"), "run\nrun\n");
    let output = place.choose(&["--repeatable", "--", "mkdir", "once"]).output().expect("it runs");
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(err(&output).contains("its time without strace is not used"), "{output:?}");
    assert!(!out(&output).contains("without"), "{output:?}");
}

#[test]
fn real_programs_get_advice_for_their_file() {
    if !can_trace() {
        return;
    }
    let rows = "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c limit 20000) \
                insert into t select x, hex(randomblob(20)) from c; create index i on t(b);";
    let python = "import zipfile, os\nwith zipfile.ZipFile('p.zip', 'w') as z:\n  [z.writestr(f'{n}', os.urandom(9000)) for n in range(50)]";
    let programs: [(&str, &[&str], &str); 4] = [
        ("sqlite3", &["s.db", rows], "s.db"),
        ("zip", &["-q", "-r", "z.zip", "input"], "z.zip"),
        ("tar", &["-cf", "t.tar", "input"], "t.tar"),
        ("python3", &["-c", python], "p.zip"),
    ];
    for (program, arguments, file) in programs {
        if !is_installed(program) {
            continue;
        }
        let place = Place::new();
        fs::create_dir(place.path("input")).expect("a folder");
        for n in 0..40_u32 {
            let bytes: Vec<u8> =
                (0..10_000 + n).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            fs::write(place.path(&format!("input/{n}")), bytes).expect("a file");
        }
        let mut command = place.choose(&["--json", "--", program]);
        let output = command.args(arguments).output().expect("it runs");
        assert_eq!(code(&output), 0, "{program}: {output:?}");
        let json: Value = serde_json::from_slice(&output.stdout).expect("exactly one JSON value");
        let workloads = json["workloads"].as_array().cloned().unwrap_or_default();
        let named =
            workloads.iter().find(|workload| workload["name"].as_str().is_some_and(|it| it.contains(file)));
        let named = named.unwrap_or_else(|| panic!("{program}: {}", err(&output)));
        let len = fs::metadata(place.path(file)).expect("its file").len();
        assert_eq!(named["final_len"], len, "{program}");
    }
}
