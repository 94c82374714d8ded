//! How the program runs: its exit code, input, output, signals and surroundings.

use super::*;

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

/// Whether this process, and so its children, ignores the signal.
fn is_ignored(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a line of it");
    let ignored = u64::from_str_radix(ignored.trim(), 16).expect("a mask");
    ignored >> (number - 1) & 1 == 1
}

#[test]
fn signals_reach_the_program() {
    if !can_trace() {
        return;
    }
    let numbered = [("TERM", 15), ("INT", 2), ("HUP", 1), ("QUIT", 3), ("USR1", 10), ("USR2", 12)];
    for (name, number) in numbered {
        // A shell cannot trap a signal that was ignored when it started, as HUP is under nohup.
        if is_ignored(number) {
            println!("skipped: {name} is ignored here");
            continue;
        }
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
