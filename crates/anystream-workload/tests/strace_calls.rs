//! How single calls in an strace log are read: their numbers, arguments and paths, and how lines begin.

use anystream::VecStream;
use anystream_workload::{ImportError, ImportOptions, Imported, Op, Script, import_bytes, verify};

fn imported(log: impl AsRef<[u8]>, file: Option<&str>) -> Result<Imported, ImportError> {
    let options = ImportOptions { file: file.map(str::to_owned), ..ImportOptions::default() };
    import_bytes("test.strace", log.as_ref(), &options)
}

fn script_of(log: impl AsRef<[u8]>, file: Option<&str>) -> Script {
    let script = imported(log, file).unwrap_or_else(|error| panic!("{error}")).script;
    verify(&script, &mut VecStream::from(script.initial.clone())).unwrap_or_else(|error| panic!("{error}"));
    script
}

fn ops_on(log: impl AsRef<[u8]>, file: Option<&str>) -> Vec<String> {
    script_of(log, file).ops.iter().map(ToString::to_string).collect()
}

fn ops(log: impl AsRef<[u8]>) -> Vec<String> {
    ops_on(log, None)
}

fn error(log: impl AsRef<[u8]>) -> String {
    imported(log, None).map(|imported| imported.script.ops).unwrap_err().to_string()
}

const NEW: &str = "openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n";
const WRITE: &str = "write(3, \"\"..., 5) = 5\n";

#[test]
fn generated_data_is_the_same_in_every_version() {
    let script = script_of(format!("{NEW}{}", WRITE.repeat(3)), None);
    let written: Vec<&[u8]> = script
        .ops
        .iter()
        .map(|op| match op {
            Op::Write(data) => &data[..],
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(written, [[123, 108, 220, 83, 9], [209, 54, 132, 179, 75], [69, 81, 170, 209, 38]]);
}

#[test]
fn a_write_of_nothing_takes_no_generated_data() {
    let log = format!("{NEW}write(3, \"\", 0) = 0\n{}", WRITE.repeat(3));
    // Times behind the calls: then no line is read in one go.
    let timed = log.replace('\n', " <0.000012>\n");
    assert_eq!(script_of(&log, None).ops, script_of(&timed, None).ops);
    let without = script_of(format!("{NEW}{}", WRITE.repeat(3)), None).ops;
    assert_eq!(script_of(&log, None).ops[1..], without);
}

#[test]
fn process_ids_before_times_in_brackets() {
    for prefix in ["11516 (+     0.000012) ", "11516 [00007f1c2a3b4c5d] ", "[pid 11516] (+ 0.000012) "] {
        let log = format!("{NEW}{WRITE}").lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
        assert_eq!(ops(log), ["write 5 bytes"], "{prefix:?}");
    }
}

#[test]
fn commas_and_brackets_in_comments_and_shifts_and_fractions_are_no_syntax() {
    for call in [
        "mmap(NULL, 2097152, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0) = 0x7f0000000000",
        "ioctl(9, VIDIOC_S_PARM, {type=V4L2_BUF_TYPE_VIDEO_CAPTURE, parm.capture={timeperframe=1/30}}) = 0",
    ] {
        assert_eq!(ops(format!("{NEW}{WRITE}{call}\n{WRITE}")), ["write 5 bytes"; 2], "{call}");
    }
    let commented = "write(3, 0x55819 /* 9 bytes, (5 of them used) */, 5) = 5\n";
    assert_eq!(ops(format!("{NEW}{commented}{commented}")), ["write 5 bytes"; 2]);
}

#[test]
fn a_directory_may_have_commas_and_brackets_in_its_name() {
    for directory in ["/tmp/x,y", "/tmp/x)", "/tmp/(x"] {
        let log = NEW.replace("AT_FDCWD", &format!("AT_FDCWD<{directory}>"));
        assert_eq!(ops(format!("{log}{WRITE}")), ["write 5 bytes"], "{directory}");
    }
}

#[test]
fn the_path_of_a_returned_descriptor_is_the_one_that_counts() {
    let log = format!("open(\"link\", O_RDWR|O_TRUNC) = 3</x/real>\n{WRITE}truncate(\"/x/real\", 2) = 0\n");
    assert_eq!(ops(log), ["write 5 bytes", "set_len to 2"]);
}

#[test]
fn numbers_are_decimal_hexadecimal_or_octal() {
    for (number, value) in [("0", 0), ("8", 8), ("10", 10), ("010", 8), ("00", 0), ("07", 7), ("0x10", 16)] {
        let log = format!("{NEW}lseek(3, {number}, SEEK_SET) = {value}\n{WRITE}");
        assert_eq!(ops(log)[0], format!("seek to {value}"));
        let log = format!("{NEW}lseek(3, {value}, SEEK_SET) = {number}\n{WRITE}");
        assert_eq!(ops(log)[0], format!("seek to {value}"));
    }
}

#[test]
fn a_damaged_line_is_reported_with_its_number() {
    let damaged: [(&[u8], &str); 11] = [
        (b"1 write(3, \"\"..., :) = 5", "no length"),
        (b"1 write(3, \"\"..., 5\xb0) = 5", "no length"),
        (b"1 write(3, \"\"..., 5x) = 5", "no length"),
        (b"10 write(3, \"\"..., 5x) = 5", "no length"),
        (b"1 write(3, \"\"..., 4) = \n", "cut off"),
        (b"1 write(3, \"\"..., 4) = A", "cut off"),
        (b"1 lorem ipsum 5", "no line of an strace log"),
        (b"1 XYwrite(3, \"\"..., 5) = 5", "what XYwrite does"),
        (b"1 pwrite64(3, \"\"..., 5, -5) = 5", "no offset"),
        (b"1 pwritev2(3, [...], 1, -5, 0) = 5", "no offset"),
        (b"1 lseek(3, 018, SEEK_SET) = 18", "no offset"),
    ];
    let open = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n";
    for (line, reason) in damaged {
        let before = format!("{open}1 {WRITE}");
        let log = [before.as_bytes(), line, b"\n1 ", WRITE.as_bytes(), b"1 fsync(3) = 0\n"].concat();
        let message = error(log);
        assert!(message.contains("line 3") && message.contains(reason), "{message}");
    }
}

#[test]
fn what_begins_almost_as_a_line_before_is_not_taken_for_it() {
    let open = b"100000 open(\"a\", O_RDWR|O_TRUNC) = 200000\n";
    let line = b"100000  write(200000, \"\"..., 5) = 5\n";
    let end = line.len() - b"5) = 5\n".len();
    let flipped = |byte: u8, _: u8| !byte;
    let cleared = |_: u8, _: u8| 0;
    // No bit as it was, but both together as they were.
    let exchanged = |byte: u8, other: u8| other & !byte;
    let damages: [fn(u8, u8) -> u8; 3] = [flipped, cleared, exchanged];
    for damage in damages {
        for damaged in [0..16, 16..end, 0..end] {
            let mut other = *line;
            for at in damaged.clone() {
                other[at] = damage(line[at], line[at ^ 8]);
            }
            let message = error([open, &line[..], &other, line].concat());
            assert!(message.contains("line 3"), "{damaged:?}: {message}");
        }
    }
}

#[test]
fn lines_that_differ_alike_in_process_and_descriptor_are_told_apart() {
    let [open_a, open_b] = [(1_000_000_000, 200_000_000, "a"), (1_100_000_001, 300_000_001, "b")].map(
        |(process, descriptor, path)| format!("{process} open(\"{path}\", O_RDWR|O_TRUNC) = {descriptor}\n"),
    );
    let writes =
        "1000000000 write(200000000, \"\", 5) = 5\n1100000001 write(300000001, \"\", 7) = 7\n".repeat(3);
    let log = format!("{open_a}{open_b}{writes}");
    assert_eq!(ops_on(&log, Some("a")), ["write 5 bytes"; 3]);
    assert_eq!(ops_on(&log, Some("b")), ["write 7 bytes"; 3]);
}

#[test]
fn less_than_was_asked_for_is_what_was_moved_wherever_the_numbers_stand() {
    for process in ["", "1 ", "11 ", "111 ", "1111 ", "11111 ", "111111 ", "1111111 ", "11111111 "] {
        for (asked, moved) in [(5, 4), (15, 14), (15, 5), (105, 104), (1_005, 1_004), (1, 0)] {
            for spaces in 1..9 {
                let write = format!("{process}write(3, \"\"..., {asked}){} = {moved}\n", " ".repeat(spaces));
                let expected = format!("write {moved} bytes");
                let log = format!("{process}{NEW}{}", write.repeat(3));
                assert_eq!(ops(&log), [&*expected; 3], "{log}");
            }
        }
    }
}

#[test]
fn the_status_of_a_path_says_nothing_of_the_descriptor_before_it() {
    for stat in [
        "newfstatat(3, \"/etc/passwd\", {st_mode=S_IFREG|0644, st_size=777, ...}, 0) = 0",
        "statx(3, \"/etc/passwd\", AT_STATX_SYNC_AS_STAT, STATX_ALL, {stx_mask=STATX_ALL, stx_mode=S_IFREG|0644, stx_size=777, ...}) = 0",
    ] {
        assert_eq!(ops(format!("{NEW}{WRITE}{stat}\n{WRITE}")), ["write 5 bytes"; 2], "{stat}");
    }
}

#[test]
fn a_directory_is_no_file() {
    for flags in ["O_RDONLY|O_DIRECTORY", "O_PATH", "O_PATH|O_DIRECTORY"] {
        let log = format!("{NEW}{WRITE}openat(AT_FDCWD, \".\", {flags}) = 4\nlseek(4, 0, SEEK_SET) = 0\n");
        assert_eq!(ops(log), ["write 5 bytes"], "{flags}");
    }
}

#[test]
fn a_file_that_the_call_makes_is_empty() {
    for flags in ["O_TMPFILE", "O_DIRECTORY|O_TMPFILE", "O_CREAT|O_EXCL", "O_CREAT|O_TRUNC"] {
        let log = format!("openat(AT_FDCWD, \"a\", O_RDWR|{flags}, 0600) = 3\n{WRITE}");
        assert_eq!(ops(&log), ["write 5 bytes"], "{flags}");
        let message = error(format!("{log}lseek(3, 0, SEEK_END) = 9\n"));
        assert!(message.contains("the file has 9 bytes here, but by the calls before it has 5"), "{message}");
    }
}

#[test]
fn files_without_a_name_are_told_apart() {
    let made = ["memfd_create(\"m\", 0)", "open(\"m\", O_RDWR|O_TMPFILE, 0600)"];
    for (make, path) in made.into_iter().zip(["memfd:m", "m/(without a name)"]) {
        let log = format!("{make} = 3\n{make} = 4\n{WRITE}write(4, \"\"..., 7) = 7\n{WRITE}");
        let first = format!("{path} (deleted at line 2)");
        let message = error(&log);
        assert!(message.contains(&format!("{first} (3 calls), {path} (2 calls)")), "{message}");
        assert_eq!(ops_on(&log, Some(&first)), ["write 5 bytes"; 2]);
        assert_eq!(ops_on(&log, Some(path)), ["write 7 bytes"]);
        // One after the other, they are one stream that was emptied.
        let log = format!("{make} = 3\n{WRITE}close(3) = 0\n{make} = 3\n{WRITE}");
        assert_eq!(ops(log), ["write 5 bytes", "truncate to 0", "seek to 0", "write 5 bytes"]);
    }
}

#[test]
fn a_file_is_followed_to_its_new_name() {
    for call in [
        "rename(\"/x/a\", \"/y/b\") = 0",
        "renameat(AT_FDCWD</x>, \"a\", 9</y>, \"b\") = 0",
        "renameat2(AT_FDCWD</x>, \"a\", 9</y>, \"b\", RENAME_NOREPLACE) = 0",
        "link(\"/x/a\", \"/y/b\") = 0",
        "linkat(AT_FDCWD</x>, \"a\", 9</y>, \"b\", 0) = 0",
    ] {
        // Others of these names are in other folders.
        let log = format!(
            "open(\"/z/a\", O_RDONLY) = 7\nopen(\"/z/b\", O_RDONLY) = 8\n\
             open(\"/x/a\", O_RDWR|O_TRUNC) = 3\n{WRITE}{call}\n\
             open(\"/y/b\", O_RDWR) = 4\nread(4, \"\"..., 100) = 5\n"
        );
        assert_eq!(ops(log), ["write 5 bytes", "seek to 0", "read 100 bytes"], "{call}");
    }
}

#[test]
fn a_file_in_memory_has_the_name_that_y_tells() {
    // As `-s 0 -y`.
    let make = |name: &str, descriptor: u32| {
        format!("memfd_create(\"\"..., MFD_CLOEXEC) = {descriptor}</memfd:{name}>(deleted)\n")
    };
    let log = format!("{}{}{WRITE}write(4</memfd:m>(deleted), \"\"..., 7) = 7\n", make("n", 3), make("m", 4));
    let message = error(&log);
    assert!(message.contains("/memfd:n (2 calls), /memfd:m (2 calls)"), "{message}");
    assert_eq!(ops_on(&log, Some("memfd:m")), ["write 7 bytes"]);
}

#[test]
fn descriptors_of_pipes_and_sockets_are_skipped_even_if_the_log_leaves_them_out() {
    let read = "read(5, \"\"..., 9) = 9\n";
    for call in [
        "pipe2([...], 0)",
        "socketpair(AF_UNIX, SOCK_STREAM, 0, [...])",
        "pipe2([5, 6], 0)",
        "socketpair(AF_UNIX, SOCK_STREAM, 0, [5, 6])",
        "pipe([5<pipe:[7]>, 6<pipe:[7]>])",
    ] {
        assert_eq!(ops(format!("{NEW}{WRITE}{call} = 0\n{read}")), ["write 5 bytes"], "{call}");
    }
    let message = error(format!("{NEW}{WRITE}{read}"));
    assert!(message.contains("line 3: descriptor 5 was not opened in this log"), "{message}");
    assert!(message.contains(anystream_workload::RECORD), "{message}");
}

#[test]
fn a_path_is_seen_from_the_directory_that_is_open() {
    let opened = "openat(AT_FDCWD, \"x\", O_RDONLY|O_DIRECTORY) = 4\nopen(\"y\", O_PATH) = 5\n\
                  dup(5) = 6\nclose(5) = 0\nopenat(4, \"z\", O_RDONLY|O_DIRECTORY) = 5\n";
    let made = |directory: u32, descriptor: u32| {
        format!("openat({directory}, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = {descriptor}\n")
    };
    let log = format!(
        "{opened}{}{WRITE}{}write(8, \"\"..., 6) = 6\n{}write(9, \"\"..., 7) = 7\n\
         close(4) = 0\nopenat(AT_FDCWD, \"w\", O_RDONLY|O_DIRECTORY) = 4\n{}write(10, \"\"..., 8) = 8\n",
        made(4, 3),
        made(6, 8),
        made(5, 9),
        made(4, 10)
    );
    let files = [("x/a", 5), ("y/a", 6), ("x/z/a", 7), ("w/a", 8)];
    let message = error(&log);
    assert!(message.ends_with(&files.map(|(path, _)| format!("{path} (2 calls)")).join(", ")), "{message}");
    for (path, len) in files {
        assert_eq!(ops_on(&log, Some(path)), [format!("write {len} bytes")]);
    }
    for call in [
        "unlinkat(4, \"a\", 0) = 0\nopen(\"x/a\", O_RDWR|O_CREAT) = 3",
        "renameat(4, \"a\", 6, \"b\") = 0\nopen(\"y/b\", O_RDWR|O_TRUNC) = 3",
        "linkat(4, \"a\", 6, \"b\", 0) = 0\nopen(\"y/b\", O_RDWR|O_TRUNC) = 3",
    ] {
        let log = format!("{opened}{}{WRITE}close(3) = 0\n{call}\n{WRITE}", made(4, 3));
        assert_eq!(ops(log), ["write 5 bytes", "truncate to 0", "seek to 0", "write 5 bytes"], "{call}");
    }
    // What is no directory any more, or was open before the log began, says nothing: as in a log of `strace -P`.
    let log = format!(
        "{opened}close(4) = 0\n{}{WRITE}open(\"a\", O_RDONLY) = 4\nread(4, \"\"..., 9) = 5\n",
        made(4, 3)
    );
    assert_eq!(ops(&log), ["write 5 bytes", "seek to 0", "read 9 bytes"]);
    // A log of a whole program would show what opened it.
    let message = error(format!("execve(\"/bin/x\", [\"x\"], 0x7ffd /* 3 vars */) = 0\n{log}"));
    assert!(message.contains("(unknown directory of descriptor 4)/a (2 calls), a (2 calls)"), "{message}");
}

#[test]
fn the_directories_of_paths_may_be_escaped() {
    for directory in ["/\\303\\244", "/\\74x\\76", "/a\\nb"] {
        let at = format!("AT_FDCWD<{directory}>");
        let log = format!(
            "openat({at}, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3<{directory}/a>\n{WRITE}\
             renameat({at}, \"a\", {at}, \"b\") = 0\nopen(\"{directory}/b\", O_RDWR) = 4\nread(4, \"\"..., 9) = 5\n\
             open(\"/other/a\", O_RDONLY) = 7\nopen(\"/other/b\", O_RDONLY) = 8\n"
        );
        assert_eq!(ops(log), ["write 5 bytes", "seek to 0", "read 9 bytes"], "{directory}");
    }
}

#[test]
fn a_name_in_angle_brackets_is_no_directory() {
    let open = |path: &str, more: &str| format!("open(\"{path}\", O_RDWR{more}) = 3\n{WRITE}");
    let renamed = format!("{}rename(\"a<x>\", \"b\") = 0\n{}", open("a<x>", "|O_TRUNC"), open("b", ""));
    assert_eq!(ops(renamed), ["write 5 bytes", "seek to 0", "write 5 bytes"]);
    let deleted = format!("{}unlink(\"a<x>\") = 0\n{}", open("a<x>", "|O_TRUNC"), open("a<x>", "|O_CREAT"));
    assert_eq!(ops(deleted), ["write 5 bytes", "truncate to 0", "seek to 0", "write 5 bytes"]);
}

#[test]
fn an_offset_of_minus_one_is_the_position() {
    let piece = "[{iov_base=\"\"..., iov_len=5}], 1";
    let log = format!(
        "{NEW}pwritev2(3, {piece}, -1, 0) = 5\nlseek(3, 0, SEEK_SET) = 0\npreadv2(3, {piece}, -1, 0) = 5\n"
    );
    assert_eq!(ops(log), ["write_vectored [5]", "seek to 0", "read_vectored [5]"]);
}

#[test]
fn calls_without_effect_on_contents_are_known_by_their_names_on_every_machine() {
    for call in [
        "fadvise64(3, 0, 0, POSIX_FADV_DONTNEED)",
        "fadvise64_64(3, 0, 0, POSIX_FADV_DONTNEED)",
        "arm_fadvise64_64(3, POSIX_FADV_DONTNEED, 0, 0)",
        "sync_file_range(3, 0, 0, SYNC_FILE_RANGE_WRITE)",
        "sync_file_range2(3, SYNC_FILE_RANGE_WRITE, 0, 0)",
        "arm_sync_file_range(3, SYNC_FILE_RANGE_WRITE, 0, 0)",
        "fchown(3, 0, 0)",
        "fchown32(3, 0, 0)",
        "access(3, 0)",
        "waitid(3, 0)",
    ] {
        assert_eq!(ops(format!("{NEW}{WRITE}{call} = 0\n")), ["write 5 bytes"], "{call}");
    }
}

#[test]
fn a_vectored_call_without_pieces_is_one_without_pieces() {
    assert_eq!(ops(format!("{NEW}{WRITE}writev(3, [], 0) = 0\n")), ["write 5 bytes", "write_vectored []"]);
}

#[test]
fn what_io_submit_leads_to_is_reported() {
    let submitted = |descriptor: u32, name: &str| {
        format!(
            "{{aio_data=0, aio_lio_opcode=IOCB_CMD_PWRITE, {name}={descriptor}, aio_nbytes=3, aio_offset=7}}"
        )
    };
    let (other, this) = (submitted(9, "aio_fildes"), submitted(3, "aio_fildes"));
    for array in [format!("[{this}]"), format!("[{other}, {this}]"), "[...]".to_owned(), "0x7ffd".to_owned()]
    {
        let message = error(format!("{NEW}{WRITE}io_submit(0x7f, 2, {array}) = 2\n"));
        assert!(message.contains("line 3") && message.contains("what io_submit leads to"), "{message}");
    }
    for call in [format!("io_submit(0x7f, 1, [{other}]) = 1"), "io_submit(0x7f, 0, []) = 0".to_owned()] {
        assert_eq!(ops(format!("{NEW}{WRITE}{call}\n")), ["write 5 bytes"], "{call}");
    }
}

#[test]
fn a_call_resumes_only_the_one_that_was_begun() {
    for (begun, resumed) in [("dup(3", "read"), ("dup2(3, 4", "dup"), ("dup(3", "pread"), ("write(3", "read")]
    {
        let message = error(format!("1 {NEW}1 {begun} <unfinished ...>\n1 <... {resumed} resumed>) = 4\n"));
        assert!(message.contains("line 3") && message.contains("another call of this process"), "{message}");
    }
}

#[test]
fn a_process_that_shows_up_is_a_child_only_of_one_that_is_forking() {
    let opened = |process: u32| format!("{process} open(\"a\", O_RDWR) = 3\n");
    for before in [
        "1 read(3, \"\"..., 5 <unfinished ...>\n",
        "1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n1 <... clone resumed>) = 4\n",
    ] {
        let message = error(format!("{}{}{before}3 {WRITE}", opened(1), opened(2)));
        assert!(message.contains("descriptor 3 may mean several files"), "{message}");
    }
    // Two are forking, and one of them ends: what shows up then is a child of the other.
    let log = format!(
        "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n2 open(\"b\", O_RDWR|O_TRUNC) = 3\n1 {WRITE}\
         1 fork( <unfinished ...>\n2 fork( <unfinished ...>\n2 <... fork resumed>) = 4\n3 {WRITE}"
    );
    assert_eq!(ops_on(log, Some("a")), ["write 5 bytes"; 2]);
}
