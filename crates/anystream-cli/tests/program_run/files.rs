//! The output after the run: the list of files, the files with advice, and the advice.

use super::*;

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
