//! Small logs of `data/cases`, each for a kind of mistake, and variants of them.

use std::path::PathBuf;

use anystream::VecStream;
use anystream_workload::{
    ImportError, ImportOptions, Imported, Summary, files, import, import_bytes, verify,
};

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cases")).join(name)
}

fn of_file(file: &str) -> ImportOptions {
    let file = (!file.is_empty()).then(|| file.to_owned());
    ImportOptions { file, ..ImportOptions::default() }
}

fn checked(imported: &Imported) -> u64 {
    let script = &imported.script;
    verify(script, &mut VecStream::from(script.initial.clone())).unwrap_or_else(|error| panic!("{error}"));
    Summary::of(script).final_len
}

fn final_len(name: &str, file: &str) -> u64 {
    let imported = import(&case(&format!("{name}.strace")), &of_file(file));
    let imported = imported.unwrap_or_else(|error| panic!("{error}"));
    assert!(!imported.final_len_is_minimum, "{name}: at least {}", checked(&imported));
    checked(&imported)
}

fn refusal(name: &str, file: &str) -> String {
    import(&case(&format!("{name}.strace")), &of_file(file)).unwrap_err().to_string()
}

fn listed(name: &str) -> Vec<String> {
    let files = files(&case(&format!("{name}.strace")), &ImportOptions::default()).unwrap();
    files.into_iter().map(|file| file.path).collect()
}

fn length_in(log: &str, file: &str) -> u64 {
    checked(
        &import_bytes("log", log.as_bytes(), &of_file(file)).unwrap_or_else(|error| panic!("{error}\n{log}")),
    )
}

#[test]
fn each_case_ends_as_long_as_the_file_was() {
    for (name, file, len) in [
        ("left_behind", "a.bin", 100),
        ("sockstale", "e.db", 10),
        ("annot", "e.db", 10),
        ("scm_rights", "s.bin", 123),
        ("fork_prefix", "a.db", 60),
        ("fork_prefix", "b.db", 1000),
        ("fork_prefix2", "a.db", 60),
        ("fork_prefix2", "b.db", 1000),
        ("attached_in_a_line", "", 15),
        ("tee_min", "f", 4),
        ("chdir_min", "log", 100),
        ("chdir_min", "sub/log", 7),
        ("chdir_abs", "/w/sub/log", 100),
        ("chdir_abs", "/w/other/log", 7),
        ("relabs", "data.json", 100),
        ("cp_same_name", "data.bin", 300_000),
        ("through_symlink", "log", 6927),
        ("truncate_relative", "b.bin", 2913),
        ("truncate_relative", "d1/b.bin", 0),
        ("dev_fd", "out.txt", 17),
        ("tmpfile_linked", "t.bin", 1507),
        ("tmpfile_linked", "", 1507),
        ("tmpfile_linked_empty_path", "t.bin", 1507),
        ("raw", "", 12),
        ("X_verbose_lseek", "", 10),
        ("secon", "", 30),
        ("secon2", "", 30),
        ("inj", "", 40),
        ("noappend", "", 100),
        ("summary_behind", "", 10),
        ("last_line_cut", "", 10),
        ("last_line_cut2", "", 10),
        ("insert-known", "", 5_357_616),
        ("prealloc40", "", 16_777_216),
        ("four-calls-1gib-sparse", "", 1 << 30),
    ] {
        assert_eq!(final_len(name, file), len, "{name}, {file}");
    }
}

#[test]
fn names_that_mean_several_files_are_listed_and_each_can_be_selected() {
    for (name, paths) in [
        ("annot", vec!["/w/e.db", "/w/other.db"]),
        ("chdir_min", vec!["log", "sub/log"]),
        ("chdir_abs", vec!["/w/sub/log", "/w/other/log"]),
        ("relabs", vec!["/usr/share/x/data.json", "data.json"]),
        ("cp_same_name", vec!["/src/data.bin", "data.bin"]),
        ("truncate_relative", vec!["/w/b.bin", "/w/d1/b.bin"]),
    ] {
        let mut found = listed(name);
        found.sort();
        let mut expected = paths.clone();
        expected.sort_unstable();
        assert_eq!(found, expected, "{name}");
        assert!(refusal(name, "").contains("several files"), "{name}");
        for path in paths {
            match import(&case(&format!("{name}.strace")), &of_file(path)) {
                // Where the file stands that only a descriptor names is not known.
                Err(ImportError::Line { .. }) if path == "/w/other.db" => {}
                other => drop(other.unwrap_or_else(|error| panic!("{name}, {path}: {error}"))),
            }
        }
    }
    assert_eq!(final_len("relabs", "/usr/share/x/data.json"), 500);
}

#[test]
fn a_length_that_the_log_does_not_tell_is_a_minimum() {
    for (name, initial, last) in [("unknown_rest", 47, 47), ("insert-unknown", 4097, 4097 + 65_536)] {
        let imported = import(&case(&format!("{name}.strace")), &ImportOptions::default()).unwrap();
        assert!(imported.initial_len_is_minimum && imported.final_len_is_minimum, "{name}");
        assert_eq!((imported.script.initial.len() as u64, checked(&imported)), (initial, last), "{name}");
        let given = ImportOptions { initial_len: Some(1_000_000), ..ImportOptions::default() };
        let imported = import(&case(&format!("{name}.strace")), &given).unwrap();
        assert!(!imported.initial_len_is_minimum && !imported.final_len_is_minimum, "{name}");
        assert_eq!(checked(&imported), last - initial + 1_000_000, "{name}");
        let wrong = ImportOptions { initial_len: Some(46), ..ImportOptions::default() };
        let wrong = import(&case(&format!("{name}.strace")), &wrong).unwrap_err();
        assert!(wrong.to_string().contains("not 46"), "{wrong}");
    }
}

#[test]
fn refusals_name_the_cause_and_the_command() {
    for (name, causes) in [
        ("relative", vec!["f2.mp4 was opened at line 1", "no call on its descriptor"]),
        ("P_created_relative", vec!["new.bin was opened at line 1", "no call on its descriptor"]),
        ("P_created_absolute", vec!["line 1", "descriptor 3 was not opened in this log"]),
        ("openbyhandle", vec!["open_by_handle_at"]),
        ("mprot", vec!["line 4", "mapped memory"]),
    ] {
        let message = refusal(name, "");
        for cause in causes {
            assert!(message.contains(cause), "{name}: {message}");
        }
        assert!(name == "mprot" || message.contains(anystream_workload::RECORD), "{name}: {message}");
    }
    let taken = refusal("pidfd_getfd", "");
    assert!(taken.contains("descriptor 5 was made by pidfd_getfd"), "{taken}");
}

#[test]
fn a_name_that_another_file_took_is_noted() {
    for (name, note) in [
        ("literal-recipe-zip-update.strace", "another file took the name f6.zip"),
        ("literal-recipe-qpdf-replace.strace.gz", "q2.pdf was renamed to q2.pdf.~qpdf-orig#"),
        ("literal-recipe-sed-i.strace", "whether another file took the name later does not show"),
    ] {
        let imported = import(&case(name), &ImportOptions::default()).unwrap();
        assert!(imported.notes.iter().any(|found| found.contains(note)), "{name}: {:?}", imported.notes);
    }
}

#[test]
fn a_log_that_is_cut_off_says_so() {
    for name in ["last_line_cut", "last_line_cut2"] {
        let imported = import(&case(&format!("{name}.strace")), &ImportOptions::default()).unwrap();
        assert!(
            !imported.complete && imported.notes.iter().any(|note| note.contains("cut off at line 3")),
            "{name}"
        );
    }
}

#[test]
fn twenty_thousand_forks_of_three_thousand_descriptors_take_little_memory() {
    // The last child writes to its descriptor 3, which is f3 by its second opening or later.
    let files = files(&case("forkfds.strace.gz"), &ImportOptions::default()).unwrap();
    assert_eq!(files.iter().map(|file| file.bytes_written).sum::<u64>(), 5);
}

const NEW: &str =
    "1 openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n";

#[test]
fn a_descriptor_that_exec_closed_is_not_the_file() {
    for closes in [
        "1 fcntl(3, F_SETFD, FD_CLOEXEC) = 0",
        "1 ioctl(3, FIOCLEX) = 0",
        "1 close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0",
        "1 dup3(3, 7, O_CLOEXEC) = 7\n1 close(3) = 0",
        "1 fcntl(3, F_DUPFD_CLOEXEC, 7) = 7\n1 close(3) = 0",
    ] {
        let log = format!("{NEW}{closes}\n1 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */) = 0\n");
        for number in [3, 7] {
            // With -y, what it means now is told; without, it is not guessed.
            let told = format!("{log}1 write({number}<pipe:[7]>, \"\"..., 99) = 99\n");
            assert_eq!(length_in(&told, "a"), 10, "{closes}");
            let hidden = format!("{log}1 write({number}, \"\"..., 99) = 99\n");
            assert!(import_bytes("log", hidden.as_bytes(), &of_file("a")).is_err(), "{closes}");
        }
    }
    for keeps in ["1 fsync(3) = 0", "1 fcntl(3, F_SETFD, FD_CLOEXEC) = 0\n1 fcntl(3, F_SETFD, 0) = 0"] {
        let log = format!(
            "{NEW}{keeps}\n1 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */) = 0\n1 write(3, \"\"..., 9) = 9\n"
        );
        assert_eq!(length_in(&log, "a"), 19, "{keeps}");
    }
}

#[test]
fn every_call_that_makes_a_descriptor_ends_what_its_number_meant() {
    for made in [
        "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3",
        "accept4(9, NULL, NULL, SOCK_CLOEXEC) = 3",
        "eventfd2(0, EFD_CLOEXEC) = 3",
        "epoll_create1(EPOLL_CLOEXEC) = 3",
        "signalfd4(-1, [INT], 8, SFD_CLOEXEC) = 3",
        "timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = 3",
        "inotify_init1(IN_CLOEXEC) = 3",
        "pidfd_open(77, 0) = 3",
        "pipe2([3, 4], O_CLOEXEC) = 0",
        "pipe([3<pipe:[7]>, 4<pipe:[7]>]) = 0",
        "pipe2([...], 0) = 0",
        "socketpair(AF_UNIX, SOCK_STREAM, 0, [3<socket:[7]>, 4<socket:[8]>]) = 0",
        "openat(AT_FDCWD, \"/dev/null\", O_WRONLY) = 3",
        "openat(AT_FDCWD</w>, \"fifo\", O_WRONLY) = 3<pipe:[7]>",
    ] {
        // As after a `close` that the log lacks, or with one.
        let log = format!("{NEW}1 close(3) = 0\n1 {made}\n1 write(3, \"\"..., 99) = 99\n");
        assert_eq!(length_in(&log, "a"), 10, "{made}");
    }
}

#[test]
fn a_rename_of_every_kind_moves_the_name() {
    let two = "1 open(\"/d/a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n\
               1 open(\"/d/b\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 4\n1 write(4, \"\"..., 20) = 20\n";
    let append =
        |path: &str| format!("1 open(\"{path}\", O_WRONLY|O_APPEND) = 5\n1 write(5, \"\"..., 1) = 1\n");
    for (call, path, len) in [
        ("rename(\"/d/a\", \"/d/c\") = 0", "/d/c", 11),
        ("rename(\"/d/a\", \"/d/b\") = 0", "/d/b", 11),
        ("renameat2(AT_FDCWD, \"/d/a\", AT_FDCWD, \"/d/b\", RENAME_EXCHANGE) = 0", "/d/b", 11),
        ("renameat2(AT_FDCWD, \"/d/a\", AT_FDCWD, \"/d/b\", RENAME_EXCHANGE) = 0", "/d/a", 21),
        ("renameat2(AT_FDCWD, \"/d/a\", AT_FDCWD, \"/d/c\", RENAME_NOREPLACE) = 0", "/d/c", 11),
        ("rename(\"/d\", \"/e\") = 0", "/e/a", 11),
        ("chdir(\"/d\") = 0\n1 rename(\"/d\", \"/e\") = 0", "b", 21),
        ("symlink(\"/d/a\", \"/l\") = 0", "/l", 11),
        ("symlink(\"d\", \"/m\") = 0", "/m/a", 11),
        ("link(\"/d/a\", \"/n\") = 0", "/n", 11),
        ("linkat(AT_FDCWD, \"/proc/self/fd/3\", AT_FDCWD, \"/n\", AT_SYMLINK_FOLLOW) = 0", "/n", 11),
        ("linkat(3, \"\", AT_FDCWD, \"/n\", AT_EMPTY_PATH) = 0", "/n", 11),
    ] {
        let log = format!("{two}1 {call}\n{}", append(path));
        let selected = match path {
            "/l" | "/m/a" => "/d/a",
            "b" => "/e/b",
            path => path,
        };
        assert_eq!(length_in(&log, selected), len, "{call}, {path}");
    }
}

#[test]
fn shared_memory_that_becomes_writable_is_noticed_and_other_memory_is_not() {
    let mapped = format!("{NEW}1 mmap(NULL, 8192, PROT_READ, MAP_SHARED, 3, 0) = 0x7f0000000000\n");
    let writable = |address: &str| format!("1 mprotect({address}, 4096, PROT_READ|PROT_WRITE) = 0\n");
    let refused = |log: &str| import_bytes("log", log.as_bytes(), &of_file("a")).is_err();
    assert!(refused(&format!("{mapped}{}", writable("0x7f0000001000"))));
    let moved = "1 mremap(0x7f0000000000, 8192, 8192, MREMAP_MAYMOVE) = 0x7f1000000000\n";
    assert!(refused(&format!("{mapped}{moved}{}", writable("0x7f1000000000"))));
    let child =
        "1 clone(child_stack=NULL, flags=SIGCHLD) = 2\n2 mprotect(0x7f0000000000, 4096, PROT_WRITE) = 0\n";
    assert!(refused(&format!("{mapped}{child}")));
    for harmless in [
        writable("0x7f0000002000"),
        format!("1 munmap(0x7f0000000000, 8192) = 0\n{}", writable("0x7f0000000000")),
        format!(
            "1 mmap(0x7f0000000000, 8192, PROT_READ, MAP_PRIVATE|MAP_FIXED, 3, 0) = 0x7f0000000000\n{}",
            writable("0x7f0000000000")
        ),
        format!("1 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */) = 0\n{}", writable("0x7f0000000000")),
        "1 mprotect(0x7f0000000000, 4096, PROT_READ) = 0\n".to_owned(),
    ] {
        assert_eq!(length_in(&format!("{mapped}{harmless}"), "a"), 10, "{harmless}");
    }
}

#[test]
fn what_a_log_shows_of_a_missing_file_makes_it_new() {
    let created = "1 openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n";
    let imported = |before: &str| {
        import_bytes("log", format!("{before}{created}").as_bytes(), &ImportOptions::default()).unwrap()
    };
    assert!(imported("").final_len_is_minimum);
    for missing in [
        "1 access(\"a\", F_OK) = -1 ENOENT (No such file or directory)\n",
        "1 newfstatat(AT_FDCWD, \"a\", 0x7ffd, 0) = -1 ENOENT (No such file or directory)\n",
        "1 unlink(\"a\") = 0\n",
        "1 rename(\"a\", \"a~\") = 0\n",
    ] {
        let imported = imported(missing);
        assert!(!imported.final_len_is_minimum, "{missing}");
        assert_eq!(checked(&imported), 10, "{missing}");
    }
    let told = "1 stat(\"a\", {st_mode=S_IFREG|0644, st_size=555, ...}) = 0\n";
    assert_eq!(checked(&imported(told)), 555);
}

#[test]
fn a_name_that_another_file_took_no_longer_means_the_one_before() {
    let opened = "1 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */) = 0\n1 open(\"/d/a\", O_RDWR|O_CREAT|O_EXCL, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n";
    for taken in [
        "rename(\"/d/other\", \"/d/a\") = 0",
        "unlink(\"/d/a\") = 0\n1 link(\"/d/other\", \"/d/a\") = 0",
        "unlink(\"/d/a\") = 0\n1 rename(\"/d/other\", \"/d/a\") = 0",
        "unlink(\"/d/a\") = 0\n1 chmod(\"/d/a\", 0644) = 0",
    ] {
        let log = format!("{opened}1 {taken}\n");
        let refused = import_bytes("log", log.as_bytes(), &of_file("/d/a")).unwrap_err();
        assert!(refused.to_string().contains("another file has that name now"), "{taken}: {refused}");
        // The one before is selected by what the list calls it.
        let imported = import_bytes("log", log.as_bytes(), &ImportOptions::default()).unwrap();
        assert_eq!(checked(&imported), 10, "{taken}");
        assert!(
            imported.notes.iter().any(|note| note.contains("another file took the name /d/a")),
            "{:?}",
            imported.notes
        );
    }
}

#[test]
fn a_file_that_was_only_opened_is_selected_in_a_log_of_a_whole_program() {
    let program = "1 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */) = 0\n";
    let rest = "1 open(\"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n1 open(\"b\", O_RDONLY) = 4\n1 read(4, \"\", 9) = 0\n";
    assert_eq!(length_in(&format!("{program}{rest}"), "a"), 0);
    // A log of strace -P may lack what was done.
    let refused = import_bytes("log", rest.as_bytes(), &of_file("a")).unwrap_err();
    assert!(
        refused.to_string().contains("a was opened at line 1, but no call on its descriptor"),
        "{refused}"
    );
}

#[test]
fn a_thread_that_execs_takes_the_place_of_its_process() {
    let log = "1 open(\"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n\
               1 clone(child_stack=NULL, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD) = 2\n\
               2 open(\"b\", O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 4\n2 execve(\"/x\", [\"x\"], 0x1 /* 0 vars */ <pid changed to 1 ...>\n\
               1 +++ superseded by execve in pid 2 +++\n1 <... execve resumed>) = 0\n1 write(3, \"\"..., 7) = 7\n\
               1 write(4<pipe:[7]>, \"\"..., 99) = 99\n";
    assert_eq!(length_in(log, "a"), 17);
}

#[test]
fn a_child_before_its_fork_returned_is_found_by_what_the_fork_returned() {
    // Two are forking when it shows up.
    let log = "1 open(\"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n1 write(3, \"\"..., 10) = 10\n2 open(\"b\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n\
               1 fork( <unfinished ...>\n2 fork( <unfinished ...>\n4 write(3, \"\"..., 5) = 5\n3 write(3, \"\"..., 7) = 7\n\
               1 <... fork resumed>) = 3\n2 <... fork resumed>) = 4\n";
    assert_eq!((length_in(log, "a"), length_in(log, "b")), (17, 5));
}

#[test]
fn a_program_that_never_returned_from_a_write_has_no_known_length() {
    for end in ["1 +++ killed by SIGKILL +++\n", ""] {
        let log = format!("{NEW}1 write(3, \"\"..., 7 <unfinished ...>\n{end}");
        let refused = import_bytes("log", log.as_bytes(), &ImportOptions::default()).unwrap_err();
        assert!(refused.to_string().contains("the end of this call is not in the log"), "{refused}");
    }
}

const EXEC: &str = "7 execve(\"/p\", [\"p\"], 0x7ffd /* 9 vars */) = 0\n";

fn of_log(log: &str, file: &str) -> Result<(u64, bool), ImportError> {
    let imported = import_bytes("log", format!("{EXEC}{log}").as_bytes(), &of_file(file))?;
    Ok((checked(&imported), imported.final_len_is_minimum))
}

fn is_not_told(log: &str, file: &str) {
    let found = of_log(log, file);
    assert!(matches!(found, Err(_) | Ok((_, true))), "{found:?}\n{log}");
}

#[test]
fn a_nameless_file_that_was_linked_is_the_one_behind_its_made_up_path() {
    let log = "7 openat(AT_FDCWD</w>, \".\", O_RDWR|O_TMPFILE, 0600) = 3</w/#10>(deleted)\n\
               7 linkat(AT_FDCWD</w>, \"/dev/fd/3\", AT_FDCWD</w>, \"a\", AT_SYMLINK_FOLLOW) = 0\n\
               7 ftruncate(6</w/#10>(deleted), 12600) = 0\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (12_600, false));
}

#[test]
fn nothing_leads_out_of_the_root_that_openat2_sets() {
    let log = "7 openat(AT_FDCWD</w>, \"x\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/x>\n\
               7 ftruncate(3</w/x>, 100) = 0\n\
               7 chdir(\"d\") = 0\n\
               7 openat2(AT_FDCWD</w/d>, \"../x\", {flags=O_RDWR|O_CREAT, mode=0644, resolve=RESOLVE_IN_ROOT}, 24) \
               = 4</w/d/x>\n\
               7 ftruncate(4</w/d/x>, 7) = 0\n";
    assert_eq!(of_log(log, "/w/x").unwrap(), (100, false));
    assert_eq!(of_log(log, "/w/d/x").unwrap(), (7, false));
}

#[test]
fn a_name_may_end_in_deleted() {
    let log = "7 openat(AT_FDCWD</w>, \"a (deleted)\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 3</w/a (deleted)>\n\
               7 write(3</w/a (deleted)>, \"\"..., 9) = 9\n";
    assert_eq!(of_log(log, "/w/a (deleted)").unwrap(), (9, false));
}

#[test]
fn a_received_descriptor_may_share_the_position_that_it_moves() {
    let log = "7 openat(AT_FDCWD</w>, \"a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>\n\
               7 write(3</w/a>, \"\"..., 9) = 9\n\
               7 lseek(6</w/a>, 0, SEEK_HOLE) = 0\n\
               7 write(3</w/a>, \"\"..., 4) = 4\n";
    is_not_told(log, "/w/a");
}

#[test]
fn a_deleted_file_is_not_the_one_that_took_its_name() {
    let log = "7 openat(AT_FDCWD</w>, \"a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>\n\
               7 openat(AT_FDCWD</w>, \"b\", O_RDWR|O_CREAT|O_EXCL, 0600) = 4</w/b>\n\
               7 ftruncate(4</w/b>, 40000) = 0\n\
               7 rename(\"b\", \"a\") = 0\n\
               7 ftruncate(7</w/a>(deleted), 0) = 0\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (40_000, false));
}

#[test]
fn a_descriptor_that_a_child_opened_is_not_its_parents() {
    let log = "7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 8\n\
               8 close(1) = 0\n\
               8 openat(AT_FDCWD, \"/w/a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 1\n\
               8 write(1, \"\"..., 5) = 5\n\
               7 write(1, \"\"..., 4000) = 4000\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (5, false));
}

#[test]
fn a_number_that_a_task_closed_is_not_taken_from_another_that_may_be_a_child() {
    let log = "7 openat(AT_FDCWD, \"/w/b\", O_RDWR|O_CREAT|O_EXCL, 0600) = 4\n\
               7 openat(AT_FDCWD, \"/w/a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 5\n\
               7 close(4) = 0\n\
               8 dup(5) = 4\n\
               7 write(4, \"\"..., 2447) = 2447\n";
    is_not_told(log, "/w/a");
}

#[test]
fn a_write_to_a_received_descriptor_is_not_lost_where_the_log_hides_its_number() {
    for (level, kind) in
        [("SOL_SOCKET", "SCM_RIGHTS"), ("0x1 /* SOL_SOCKET */", "0x1 /* SCM_RIGHTS */"), ("0x1", "0x1")]
    {
        let message = format!(
            "{{msg_name=NULL, msg_namelen=0, msg_iov=[...], msg_iovlen=1, msg_control=[{{cmsg_len=20, cmsg_level={level}, \
             cmsg_type={kind}, cmsg_data=[...]}}], msg_controllen=24, msg_flags=0}}"
        );
        let log = format!(
            "7 socketpair(AF_UNIX, SOCK_STREAM, 0, [...]) = 0\n\
             7 openat(AT_FDCWD, \"/w/a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 5\n\
             7 sendmsg(3, {message}, 0) = 4\n\
             7 recvmsg(4, {message}, 0) = 4\n\
             7 socketpair(AF_UNIX, SOCK_STREAM, 0, [...]) = 0\n\
             7 ftruncate(5, 0) = 0\n\
             7 write(6, \"\"..., 12) = 12\n"
        );
        is_not_told(&log, "/w/a");
    }
}

#[test]
fn a_copy_within_a_file_moves_only_the_position_that_it_uses() {
    let log = "7 openat(AT_FDCWD, \"/w/a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3\n\
               7 ftruncate(3, 100) = 0\n\
               7 copy_file_range(3, NULL, 3, [200], 60, 0) = 60\n\
               7 write(3, \"\"..., 300) = 300\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (360, false));
}

#[test]
fn a_write_behind_an_unknown_end_tells_a_minimum_after_the_file_was_emptied() {
    let log = "7 openat(AT_FDCWD, \"/w/a\", O_WRONLY|O_CREAT, 0600) = 3\n\
               7 pwritev2(3, [{iov_base=\"\"..., iov_len=10}], 1, -1, RWF_APPEND) = 10\n\
               7 openat(AT_FDCWD, \"/w/a\", O_RDWR|O_TRUNC) = 4\n\
               7 write(3, \"\"..., 7) = 7\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (17, true));
}

#[test]
fn proc_behind_another_root_is_a_name_like_any() {
    let log = "7 openat(AT_FDCWD</w>, \"a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>\n\
               7 write(3</w/a>, \"\"..., 12) = 12\n\
               7 chroot(\".\") = 0\n\
               7 open(\".\", O_RDONLY|O_DIRECTORY) = 4</w>\n\
               7 access(\"/proc/self/fd/4/a\", F_OK) = -1 ENOENT (No such file or directory)\n\
               7 open(\"a\", O_WRONLY|O_CREAT, 0644) = 5</w/a>\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (12, false));
}

#[test]
fn what_y_says_of_a_file_opened_through_a_descriptor_counts() {
    let log = "7 openat(AT_FDCWD</w>, \"a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>\n\
               7 write(3</w/a>, \"\"..., 12) = 12\n\
               7 pidfd_open(7, 0) = 17<anon_inode:[pidfd]>\n\
               7 open(\"/dev/fd/17\", O_RDWR|O_TRUNC) = 20</w/a>\n";
    assert_eq!(of_log(log, "/w/a").unwrap(), (0, false));
}

#[test]
fn a_received_descriptor_that_is_set_to_append_may_share_that_with_another() {
    let log = "7 openat(AT_FDCWD</w>, \"a\", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</w/a>\n\
               7 ftruncate(3</w/a>, 100) = 0\n\
               7 fcntl(8</w/a>, F_SETFL, O_RDONLY|O_APPEND) = 0\n\
               7 write(3</w/a>, \"\"..., 7) = 7\n";
    is_not_told(log, "/w/a");
}
