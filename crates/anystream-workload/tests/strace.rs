//! What strace writes, and what becomes of it. Each test is named after what a log may hold.

use anystream::VecStream;
use anystream_workload::{
    ImportError, ImportOptions, Imported, Op, Script, Sink, Summary, import_bytes, import_into, verify,
};

fn imported(log: &str, options: &ImportOptions) -> Result<Imported, ImportError> {
    import_bytes("test.strace", log.as_bytes(), options)
}

fn script(log: &str) -> Script {
    let script = imported(log, &ImportOptions::default()).unwrap_or_else(|error| panic!("{error}")).script;
    verify(&script, &mut VecStream::from(script.initial.clone())).unwrap_or_else(|error| panic!("{error}"));
    script
}

/// The ops as text, without those that open the file.
fn ops(log: &str) -> Vec<String> {
    script(log).ops.iter().map(ToString::to_string).collect()
}

fn contents(log: &str) -> Vec<u8> {
    let script = script(log);
    let mut model = anystream_workload::Model::new(&script.initial);
    for op in &script.ops {
        model.apply(op);
    }
    model.contents().to_vec()
}

fn final_len(log: &str) -> u64 {
    Summary::of(&script(log)).final_len
}

fn about(file: &str) -> ImportOptions {
    ImportOptions { file: Some(file.to_owned()), ..ImportOptions::default() }
}

/// How long `file` was, and is at the end.
fn lengths_of(file: &str, log: &str) -> (usize, u64) {
    let script = imported(log, &about(file)).unwrap_or_else(|error| panic!("{error}")).script;
    (script.initial.len(), Summary::of(&script).final_len)
}

fn error(log: &str) -> String {
    imported(log, &ImportOptions::default()).map(|imported| imported.script.ops).unwrap_err().to_string()
}

const NEW: &str = "openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n";

fn new_then(rest: &str) -> String {
    format!("{NEW}{rest}")
}

#[test]
fn process_ids_and_times_of_every_form() {
    for prefix in [
        "",
        "11516 ",
        "[pid 11516] ",
        "[pid  1516] ",
        "11516<python3> ",
        "12:34:56 ",
        "11516 12:34:56.789012 ",
        "1700000000.123456 ",
        "[pid 11516] 1700000000.123456 ",
        "     0.000123 ",
        "11516      0.000123 ",
        "11516 12:34:56 (+     0.000012) ",
        "[00007f1c2a3b4c5d] ",
        "11516 [    1] ",
    ] {
        let log = format!("{prefix}{}{prefix}write(3, \"\"..., 5) = 5 <0.000012>\n", NEW);
        assert_eq!(ops(&log), ["write 5 bytes"], "{prefix:?}");
    }
}

#[test]
fn paths_of_descriptors_as_y_writes_them() {
    let log = "openat(AT_FDCWD</tmp>, \"a b\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</tmp/a b>\n\
               write(3</tmp/a b>, \"\"..., 5) = 5\n\
               write(1</dev/pts/0<char 136:0>>, \"\"..., 7) = 7\n\
               read(4<TCP:[127.0.0.1:80->127.0.0.1:90]>, \"\"..., 9) = 9\n";
    let options = ImportOptions { file: Some("a b".to_owned()), ..ImportOptions::default() };
    assert_eq!(imported(log, &options).unwrap().script.ops.len(), 1);
}

#[test]
fn o_trunc_empties_a_file_that_had_contents() {
    let log =
        new_then("write(3, \"\"..., 5) = 5\nopen(\"a\", O_WRONLY|O_TRUNC) = 4\nwrite(4, \"\"..., 2) = 2\n");
    assert_eq!(ops(&log), ["write 5 bytes", "truncate to 0", "seek to 0", "write 2 bytes"]);
}

#[test]
fn creat_empties() {
    assert_eq!(
        final_len(
            "creat(\"a\", 0666) = 3\nwrite(3, \"\"..., 5) = 5\ncreat(\"a\", 0666) = 3\nwrite(3, \"\"..., 1) = 1\n"
        ),
        1
    );
}

#[test]
fn o_creat_alone_keeps_what_there_was() {
    let log = "open(\"a\", O_RDWR|O_CREAT, 0666) = 3\nread(3, \"\"..., 100) = 60\n";
    assert_eq!(script(log).initial.len(), 60);
}

#[test]
fn o_append_writes_at_the_end_wherever_the_position_is() {
    let log = new_then(
        "write(3, \"\"..., 5) = 5\nopen(\"a\", O_WRONLY|O_APPEND) = 4\nlseek(3, 1, SEEK_SET) = 1\nwrite(4, \"\"..., 2) = 2\n\
         lseek(4, 0, SEEK_CUR) = 7\nwrite(3, \"\"..., 1) = 1\npwrite64(4, \"\"..., 3, 0) = 3\n",
    );
    assert_eq!(
        ops(&log),
        [
            "write 5 bytes",
            "seek to 1",
            "seek to the end and by 0",
            "write 2 bytes",
            "seek by 0",
            "seek to 1",
            "write 1 bytes",
            "seek to the end and by 0",
            "write 3 bytes"
        ]
    );
    assert_eq!(final_len(&log), 10);
}

#[test]
fn what_is_appended_where_the_stream_stands_takes_no_seek() {
    let log =
        "open(\"a\", O_WRONLY|O_APPEND|O_TRUNC) = 3\nwrite(3, \"\"..., 5) = 5\nwrite(3, \"\"..., 2) = 2\n";
    assert_eq!(ops(log), ["write 5 bytes", "write 2 bytes"]);
}

#[test]
fn fcntl_may_turn_appending_on() {
    let log = new_then(
        "write(3, \"\"..., 5) = 5\nlseek(3, 0, SEEK_SET) = 0\nfcntl(3, F_SETFL, O_RDWR|O_APPEND) = 0\nwrite(3, \"\"..., 5) = 5\n",
    );
    assert_eq!(final_len(&log), 10);
}

#[test]
fn what_is_read_between_an_append_and_a_seek_says_less_of_the_initial_length_than_the_seek() {
    let log = "open(\"a\", O_RDWR|O_APPEND) = 3\nwrite(3, \"\"..., 10) = 10\npread64(3, \"\"..., 20, 30) = 20\n\
               lseek(3, 0, SEEK_CUR) = 110\n";
    assert_eq!(script(log).initial.len(), 100);
}

#[test]
fn two_that_append_stand_where_each_of_them_ended() {
    let log = "open(\"a\", O_RDWR|O_APPEND) = 3\nopen(\"a\", O_RDWR|O_APPEND) = 4\nwrite(3, \"\"..., 10) = 10\n\
               write(4, \"\"..., 10) = 10\nlseek(3, 0, SEEK_CUR) = 110\nlseek(4, 0, SEEK_CUR) = 120\n";
    assert_eq!((script(log).initial.len(), final_len(log)), (100, 120));
    let wrong = log.replace("= 120", "= 121");
    assert!(error(&wrong).contains("this seek starts from 120"), "{}", error(&wrong));
}

#[test]
fn how_far_an_append_went_tells_how_long_the_file_was() {
    for (between, end) in [
        ("", 110),
        ("read(3, \"\", 9) = 0\n", 110),
        ("open(\"a\", O_WRONLY|O_APPEND) = 4\nwrite(4, \"\"..., 7) = 7\nread(3, \"\"..., 5) = 5\n", 115),
        ("fcntl(3, F_SETFL, O_RDWR) = 0\nwrite(3, \"\"..., 5) = 5\n", 115),
        (
            "fstat(3, {st_mode=S_IFREG|0644, st_size=110, ...}) = 0\nfcntl(3, F_SETFL, O_RDWR) = 0\n\
             write(3, \"\"..., 5) = 5\nfstat(3, {st_mode=S_IFREG|0644, st_size=115, ...}) = 0\n",
            115,
        ),
    ] {
        let log = format!(
            "open(\"a\", O_RDWR|O_APPEND) = 3\nwrite(3, \"\"..., 10) = 10\n{between}lseek(3, 0, SEEK_CUR) = {end}\n"
        );
        assert_eq!(script(&log).initial.len(), 100, "{between}");
    }
}

#[test]
fn two_descriptors_have_a_position_each() {
    let log = new_then(
        "write(3, \"\"..., 9) = 9\nopen(\"a\", O_RDONLY) = 4\nread(4, \"\"..., 4) = 4\nwrite(3, \"\"..., 1) = 1\nread(4, \"\"..., 100) = 6\n",
    );
    let expected = [
        "write 9 bytes",
        "seek to 0",
        "read 4 bytes",
        "seek to 9",
        "write 1 bytes",
        "seek to 4",
        "read 100 bytes",
    ];
    assert_eq!(ops(&log), expected);
}

#[test]
fn dup_shares_the_position() {
    for dup in [
        "dup(3) = 4",
        "dup2(3, 4) = 4",
        "dup3(3, 4, O_CLOEXEC) = 4",
        "fcntl(3, F_DUPFD, 0) = 4",
        "fcntl(3, F_DUPFD_CLOEXEC, 0) = 4",
    ] {
        let log = new_then(&format!(
            "write(3, \"\"..., 5) = 5\n{dup}\nwrite(4, \"\"..., 5) = 5\nclose(3) = 0\nwrite(4, \"\"..., 5) = 5\n"
        ));
        assert_eq!(ops(&log), ["write 5 bytes"; 3], "{dup}");
    }
}

#[test]
fn a_shell_redirects_and_restores_its_output() {
    // As `sh -c 'echo hi >> a; cat a; echo again >> a'` with -P: where 11 came from is not in the log.
    let log = "30752 openat(AT_FDCWD, \"a\", O_WRONLY|O_CREAT|O_APPEND, 0666) = 3\n30752 dup2(3, 1) = 1\n30752 close(3) = 0\n\
               30752 write(1, \"\"..., 3) = 3\n30752 dup2(11, 1) = 1\n30753 openat(AT_FDCWD, \"a\", O_RDONLY) = 3\n\
               30753 read(3, \"\"..., 131072) = 8896\n30753 read(3, \"\", 131072) = 0\n30753 close(3) = 0\n30753 +++ exited with 0 +++\n\
               30752 openat(AT_FDCWD, \"a\", O_WRONLY|O_CREAT|O_APPEND, 0666) = 3\n30752 dup2(3, 1) = 1\n30752 write(1, \"\"..., 6) = 6\n";
    assert_eq!((script(log).initial.len(), final_len(log)), (8893, 8902));
}

#[test]
fn a_descriptor_number_may_be_used_again() {
    let log = new_then(
        "write(3, \"\"..., 5) = 5\nclose(3) = 0\nopen(\"a\", O_RDWR) = 3\nread(3, \"\"..., 5) = 5\n",
    );
    assert_eq!(ops(&log), ["write 5 bytes", "seek to 0", "read 5 bytes"]);
}

#[test]
fn a_child_inherits_descriptors_and_positions() {
    let log = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 write(3, \"\"..., 5) = 5\n2 write(3, \"\"..., 5) = 5\n2 close(3) = 0\n\
               2 +++ exited with 0 +++\n1 write(3, \"\"..., 5) = 5\n";
    assert_eq!(ops(log), ["write 5 bytes"; 3]);
}

#[test]
fn a_logged_fork_copies_descriptors_and_a_logged_thread_shares_them() {
    let begin = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 write(3, \"\"..., 5) = 5\n";
    // The child's descriptor 3 becomes another opening; its parent's stays.
    let rest =
        "2 close(3) = 0\n2 open(\"a\", O_RDWR) = 3\n2 write(3, \"\"..., 1) = 1\n1 write(3, \"\"..., 1) = 1\n";
    let fork = format!("{begin}1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n{rest}");
    assert_eq!(final_len(&fork), 6);
    let thread = format!(
        "{begin}1 clone3({{flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, exit_signal=0}}, 88) = 2\n{rest}"
    );
    assert_eq!(final_len(&thread), 5);
    let unknown = error(&format!("{begin}{rest}"));
    assert!(
        unknown.contains("line 6") && unknown.contains("descriptor 3 may mean several files"),
        "{unknown}"
    );
}

#[test]
fn what_a_thread_opened_before_the_line_that_made_it_is_its_process_s_too() {
    let opened = "9 open(\"b\", O_RDWR) = 3\n1 close(0) = 0\n2 open(\"a\", O_RDWR|O_TRUNC) = 3\n";
    let shares = "1 clone(child_stack=NULL, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 2\n";
    assert_eq!(ops(&format!("{opened}{shares}1 {WRITE}2 {WRITE}")), ["write 5 bytes"; 2]);
    // Without that line it could be the other file's.
    let unknown = error(&format!("{opened}1 {WRITE}2 {WRITE}"));
    assert!(
        unknown.contains("line 4") && unknown.contains("descriptor 3 may mean several files"),
        "{unknown}"
    );
}

#[test]
fn a_thread_that_ends_leaves_its_process_the_descriptors() {
    let log = format!(
        "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 clone(child_stack=NULL, flags=CLONE_FILES|CLONE_THREAD) = 2\n2 {WRITE}\
         2 +++ exited with 0 +++\n1 {WRITE}1 close(3) = 0\n"
    );
    assert_eq!(ops(&log), ["write 5 bytes"; 2]);
    let message = error(&format!("{log}1 {WRITE}"));
    assert!(message.contains("line 7") && message.contains("was not opened"), "{message}");
}

#[test]
fn a_descriptor_that_nobody_closed_is_meant_before_one_that_somebody_did() {
    let log = format!(
        "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 {WRITE}2 close(3) = 0\n2 open(\"a\", O_RDWR) = 3\n3 {WRITE}"
    );
    assert_eq!(ops(&log), ["write 5 bytes", "seek to 0", "write 5 bytes"]);
}

#[test]
fn a_child_may_run_before_its_fork_returns() {
    let log = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n\
               2 close(3) = 0\n2 open(\"a\", O_RDWR) = 3\n1 <... clone resumed>) = 2\n2 write(3, \"\"..., 1) = 1\n1 write(3, \"\"..., 1) = 1\n";
    assert_eq!(ops(log), ["write 1 bytes", "seek to 0", "write 1 bytes"]);
}

#[test]
fn unfinished_and_resumed_calls_are_joined_per_process() {
    let log = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 write(3, \"\"...,  <unfinished ...>\n2 pwrite64(3, \"\"..., 4, 100 <unfinished ...>\n\
               [pid 1] <... write resumed>5) = 5\n2 <... pwrite64 resumed>)        = 4\n";
    assert_eq!(ops(log), ["write 5 bytes", "seek to 100", "write 4 bytes"]);
}

#[test]
fn a_descriptor_is_free_as_soon_as_its_close_begins() {
    let log = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 close(3 <unfinished ...>\n2 open(\"a\", O_RDWR) = 3\n1 <... close resumed>) = 0\n2 write(3, \"\"..., 5) = 5\n";
    assert_eq!(ops(log), ["write 5 bytes"]);
}

#[test]
fn a_resumed_call_without_its_beginning_is_reported() {
    assert!(error("1 <... write resumed>5) = 5\n").contains("the beginning of this call is not in the log"));
}

#[test]
fn the_end_of_a_call_that_strace_does_not_know_is_noise() {
    for name in ["????", "restart_syscall"] {
        let log = new_then(&format!("<... {name} resumed>)    = ?\nwrite(3, \"\"..., 5) = 5\n"));
        assert_eq!(ops(&log), ["write 5 bytes"], "{name}");
    }
}

#[test]
fn a_pipe_or_socket_is_no_file() {
    for other in ["pipe:[77]", "socket:[77]", "anon_inode:[eventfd]"] {
        let log = new_then(&format!("write(9<{other}>, \"\"..., 7) = 7\nwrite(3, \"\"..., 5) = 5\n"));
        assert_eq!(ops(&log), ["write 5 bytes"], "{other}");
    }
}

#[test]
fn failed_calls_and_calls_that_never_returned_have_no_effect() {
    let log = new_then(
        "write(3, \"\"..., 5) = -1 ENOSPC (No space left on device)\nread(3, 0x7ffd, 5) = ? ERESTARTSYS (To be restarted)\n\
         ftruncate(3, 9) = -1 EINVAL (Invalid argument)\nlseek(3, -1, SEEK_SET) = -1 EINVAL (Invalid argument)\nwrite(3, \"\"..., 1) = 1\nexit_group(0) = ?\n",
    );
    assert_eq!(ops(&log), ["write 1 bytes"]);
}

#[test]
fn signals_exits_messages_and_blank_lines_are_noise() {
    let log = new_then(
        "\n--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED} ---\n+++ exited with 0 +++\n+++ killed by SIGKILL (core dumped) +++\n\
         strace: Process 12 attached\n--- stopped by SIGSTOP ---\nwrite(3, \"\"..., 1) = 1\n | 00000  61 |\n > /lib/libc.so.6(write+0x4) [0x11]\n",
    );
    assert_eq!(ops(&log), ["write 1 bytes"]);
}

#[test]
fn short_reads_and_writes_count_what_was_moved() {
    let log = new_then(
        "write(3, \"\"..., 100) = 60\nlseek(3, 0, SEEK_SET) = 0\nread(3, \"\"..., 50) = 20\nread(3, \"\"..., 100) = 40\nread(3, \"\", 100) = 0\n",
    );
    assert_eq!(
        ops(&log),
        ["write 60 bytes", "seek to 0", "read 20 bytes", "read 100 bytes", "read 100 bytes"]
    );
}

#[test]
fn an_lseek_is_a_seek_needed_or_not() {
    let log = new_then(
        "write(3, \"\"..., 9) = 9\nlseek(3, 0, SEEK_CUR) = 9\nlseek(3, -2, SEEK_END) = 7\nlseek(3, 1, SEEK_CUR) = 8\n_llseek(3, 4, [4], SEEK_SET) = 0\n",
    );
    assert_eq!(
        ops(&log),
        ["write 9 bytes", "seek by 0", "seek to the end and by -2", "seek by 1", "seek to 4"]
    );
}

#[test]
fn a_seek_to_data_or_a_hole_goes_where_the_log_says() {
    let log = new_then(
        "write(3, \"\"..., 9) = 9\nlseek(3, 0, SEEK_DATA) = 0\nlseek(3, 0, SEEK_HOLE) = 9\nwrite(3, \"\"..., 1) = 1\n",
    );
    assert_eq!(ops(&log), ["write 9 bytes", "seek to 0", "seek to 9", "write 1 bytes"]);
}

#[test]
fn pread_leaves_the_position_and_pwrite_is_a_seek_and_a_write() {
    let log = new_then(
        "write(3, \"\"..., 9) = 9\npread64(3, \"\"..., 4, 2) = 4\nwrite(3, \"\"..., 1) = 1\npwrite64(3, \"\"..., 2, 0) = 2\nwrite(3, \"\"..., 1) = 1\n",
    );
    let expected = [
        "write 9 bytes",
        "read_at 2, 4 bytes",
        "write 1 bytes",
        "seek to 0",
        "write 2 bytes",
        "seek to 10",
        "write 1 bytes",
    ];
    assert_eq!(ops(&log), expected);
}

#[test]
fn vectored_calls_keep_their_pieces_where_the_log_has_them() {
    let log = new_then(
        "writev(3, [{iov_base=\"\"..., iov_len=5}, {iov_base=\"\"..., iov_len=7}], 2) = 12\nwritev(3, [...], 2) = 8\nlseek(3, 0, SEEK_SET) = 0\n\
         readv(3, [{iov_base=\"\"..., iov_len=5}, {iov_base=\"\"..., iov_len=100}], 2) = 20\nwritev(3, [{\"abc\", 3}, {\"de\", 2}], 2) = 5\n\
         pwritev(3, [{iov_base=\"\"..., iov_len=5}, {iov_base=\"\"..., iov_len=7}], 2, 0) = 6\npreadv2(3, [{iov_base=\"\"..., iov_len=9}], 1, 1, 0) = 9\n",
    );
    let expected = [
        "write_vectored [5, 7]",
        "write 8 bytes",
        "seek to 0",
        "read_vectored [5, 100]",
        "write_vectored [3, 2]",
        "seek to 0",
        "write_vectored [5, 1]",
        "read_at 1, 9 bytes",
    ];
    assert_eq!(ops(&log), expected);
}

#[test]
fn a_vectored_read_that_a_signal_stopped_asks_for_the_pieces_that_it_filled() {
    let log = new_then(
        "write(3, \"\"..., 60) = 60\nlseek(3, 0, SEEK_SET) = 0\n\
         readv(3, [{iov_base=\"\"..., iov_len=5}, {iov_base=\"\"..., iov_len=30}, {iov_base=\"\"..., iov_len=7}], 3) = 20\n",
    );
    assert_eq!(ops(&log), ["write 60 bytes", "seek to 0", "read_vectored [5, 15]"]);
}

#[test]
fn ftruncate_truncate_and_fallocate_change_the_length() {
    let log = new_then(
        "ftruncate(3, 100) = 0\ntruncate(\"a\", 40) = 0\nfallocate(3, 0, 30, 30) = 0\nfallocate(3, FALLOC_FL_KEEP_SIZE, 0, 4096) = 0\nfallocate(3, 0, 0, 10) = 0\nfallocate(3, 0, 0, 60) = 0\n",
    );
    assert_eq!(ops(&log), ["set_len to 100", "set_len to 40", "set_len to 60"]);
}

#[test]
fn fallocate_may_write_zeros_take_bytes_out_and_make_room() {
    let begin = new_then("write(3, \"abcdefgh\", 8) = 8\n");
    let after = |call: &str| contents(&format!("{begin}{call} = 0\n"));
    assert_eq!(after("fallocate(3, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 2, 100)"), b"ab\0\0\0\0\0\0");
    assert_eq!(after("fallocate(3, FALLOC_FL_ZERO_RANGE, 6, 4)"), b"abcdef\0\0\0\0");
    assert_eq!(after("fallocate(3, FALLOC_FL_KEEP_SIZE|FALLOC_FL_ZERO_RANGE, 6, 4)"), b"abcdef\0\0");
    assert_eq!(after("fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 0, 4)"), b"efgh");
    assert_eq!(after("fallocate(3, FALLOC_FL_INSERT_RANGE, 2, 2)"), b"ab\0\0cdefgh");
    assert_eq!(after("fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 0, 4) = 0\nlseek(3, -4, SEEK_END)"), b"efgh");
    assert!(error(&format!("{begin}fallocate(3, 0x80, 0, 4) = 0\n")).contains("line 3"));
}

#[test]
fn zeros_are_written_in_pieces_of_a_mebibyte() {
    let zeros = |offset: u64, len: u64| format!("fallocate(3, FALLOC_FL_ZERO_RANGE, {offset}, {len}) = 0\n");
    let log = new_then(&format!("ftruncate(3, 2621441) = 0\n{}{}", zeros(1, 2_621_440), zeros(2_621_441, 3)));
    let expected = [
        "set_len to 2621441",
        "seek to 1",
        "write 1048576 bytes",
        "write 1048576 bytes",
        "write 524288 bytes",
        "set_len to 2621444",
        "write 3 bytes",
    ];
    assert_eq!(ops(&log), expected);
}

/// Forgets all.
struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
        Ok(())
    }
    fn op(&mut self, _op: Op) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn data_is_handed_on_before_more_of_it_is_made() {
    // 64 GiB in all, of which there must never be more than one at a time: run with limited memory.
    let pair = "fallocate(3, FALLOC_FL_INSERT_RANGE, 0, 1073741824) = 0\n\
                fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 0, 1073741824) = 0\n";
    let log = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&log, new_then(&format!("{WRITE}{}", pair.repeat(64)))).unwrap();
    let summary = import_into(log.path(), &ImportOptions::default(), &mut Nowhere).unwrap();
    assert_eq!(summary.ops, 129);
}

#[test]
fn calls_without_effect_on_contents_are_known() {
    let log = new_then(
        "fsync(3) = 0\nfdatasync(3) = 0\nfstat(3, {st_mode=S_IFREG|0644, st_size=0, ...}) = 0\nflock(3, LOCK_EX) = 0\n\
         fcntl(3, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=0, l_len=1}) = 0\nioctl(3, TCGETS, 0x7ffd) = -1 ENOTTY (Inappropriate ioctl for device)\n\
         fadvise64(3, 0, 0, POSIX_FADV_SEQUENTIAL) = 0\nnewfstatat(AT_FDCWD, \"a\", {st_mode=S_IFREG|0644, st_size=0, ...}, 0) = 0\naccess(\"a\", R_OK) = 0\n\
         mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x7f0000000000\nwrite(3, \"\"..., 1) = 1\n",
    );
    assert_eq!(ops(&log), ["write 1 bytes"]);
}

#[test]
fn what_does_not_show_in_the_log_is_reported_with_its_line() {
    for (call, reason) in [
        ("mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0) = 0x7f0000000000", "mapped memory"),
        ("ioctl(3, FICLONE, 4) = 0", "cloned"),
        ("frobnicate(3, 5) = 5", "frobnicate"),
        ("read(9, \"\"..., 5) = 5", "descriptor 9 was not opened in this log"),
        ("lorem ipsum", "no line of an strace log"),
        ("write(3, \"\"..., 5", "cut off"),
        ("write(3, \"\"..., five) = 5", "no length"),
    ] {
        let log = new_then(&format!("write(3, \"\"..., 5) = 5\n{call}\nwrite(3, \"\"..., 1) = 1\n"));
        let message = error(&log);
        assert!(message.contains("test.strace, line 3") && message.contains(reason), "{message}");
        assert!(message.contains(&call[..4]) && message.contains("--lenient"), "{message}");

        let lenient = ImportOptions { lenient: true, ..ImportOptions::default() };
        let imported = imported(&log, &lenient).unwrap();
        assert_eq!(imported.skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [3], "{call}");
        verify(&imported.script, &mut VecStream::new()).unwrap();
    }
}

#[test]
fn bytes_copied_between_files_are_reads_and_writes() {
    let log = new_then(
        "write(3, \"\"..., 9) = 9\nlseek(3, 0, SEEK_SET) = 0\nsendfile(3, 7, [0] => [4], 4) = 4\ncopy_file_range(3, [2], 8, NULL, 5, 0) = 5\n",
    );
    assert_eq!(ops(&log), ["write 9 bytes", "seek to 0", "write 4 bytes", "read_at 2, 5 bytes"]);
}

#[test]
fn the_length_before_is_inferred_from_every_hint() {
    let begin = "open(\"a\", O_RDWR) = 3\n";
    for (hint, initial) in [
        ("read(3, \"\"..., 100) = 100\nread(3, \"\"..., 100) = 20", 120),
        ("pread64(3, \"\"..., 16, 1000) = 16", 1016),
        ("lseek(3, 0, SEEK_END) = 777", 777),
        ("lseek(3, -7, SEEK_END) = 770", 777),
        ("fstat(3, {st_mode=S_IFREG|0644, st_size=555, ...}) = 0\nread(3, \"\"..., 5) = 5", 555),
        ("write(3, \"\"..., 50) = 50\nread(3, \"\"..., 100) = 10", 60),
        ("write(3, \"\"..., 50) = 50\nlseek(3, 0, SEEK_SET) = 0\nread(3, \"\"..., 100) = 50", 0),
        // Room is made only where there is none yet.
        ("fallocate(3, 0, 0, 50) = 0\npread64(3, \"\"..., 20, 85) = 20", 105),
        ("fallocate(3, FALLOC_FL_ZERO_RANGE, 0, 50) = 0\nlseek(3, 0, SEEK_END) = 60", 60),
        ("fallocate(3, 0, 0, 50) = 0\nlseek(3, 0, SEEK_END) = 50", 0),
    ] {
        let script = script(&format!("{begin}{hint}\n"));
        assert_eq!(script.initial.len(), initial, "{hint}");
    }
}

#[test]
fn data_that_was_logged_whole_is_used() {
    let log = new_then(
        "write(3, \"abc\\n\\0\\1\\377\\x41\\\"\\\\\", 10) = 10\nwritev(3, [{iov_base=\"de\", iov_len=2}, {iov_base=\"f\", iov_len=1}], 2) = 3\n",
    );
    assert_eq!(contents(&log), b"abc\n\0\x01\xff\x41\"\\def");
    assert_eq!(contents(&new_then("write(3, \"abcdef\", 6) = 4\n")), b"abcd");
    // Only a part was logged: the rest would be made up, so all of it is.
    assert_eq!(contents(&new_then("write(3, \"abc\"..., 6) = 6\n")).len(), 6);
}

#[test]
fn contents_that_were_read_and_logged_are_those_of_the_file() {
    let log = "open(\"a\", O_RDWR) = 3\npwrite64(3, \"XX\", 2, 1) = 2\nread(3, \"hXXlo\", 100) = 5\npread64(3, \"lo\", 2, 3) = 2\n";
    let script = script(log);
    assert_eq!((script.initial[0], &script.initial[3..]), (b'h', b"lo".as_slice()));
    assert_eq!(contents(log), b"hXXlo");
}

#[test]
fn what_was_written_before_it_was_read_is_not_what_the_file_held_at_first() {
    let written = "open(\"a\", O_RDWR) = 3\npread64(3, \"hello\", 5, 0) = 5\npwrite64(3, \"XX\", 2, 1) = 2\n";
    let log = format!("{written}pread64(3, \"hXXlo\", 5, 0) = 5\n");
    assert_eq!((&script(&log).initial[..], &contents(&log)[..]), (&b"hello"[..], &b"hXXlo"[..]));
    // Between two that were written.
    let log = "open(\"a\", O_RDWR) = 3\npwrite64(3, \"XX\", 2, 0) = 2\npwrite64(3, \"YY\", 2, 6) = 2\n\
               pread64(3, \"XXcdefYYij\", 10, 0) = 10\n";
    let script = script(log);
    assert_eq!((&script.initial[2..6], &script.initial[8..]), (&b"cdef"[..], &b"ij"[..]));
    assert_eq!(contents(log), b"XXcdefYYij");
}

#[test]
fn reads_that_the_calls_before_cannot_explain_are_reported() {
    for (call, reason) in [
        ("read(3, \"\"..., 100) = 7", "7 bytes were read at 5, but by the calls before the file has 5"),
        ("pread64(3, \"\", 100, 1) = 0", "nothing was read at 1"),
        ("lseek(3, 0, SEEK_END) = 6", "the file has 6 bytes here"),
        ("lseek(3, 0, SEEK_CUR) = 6", "this seek starts from 5"),
        ("lseek(3, 4, SEEK_SET) = 6", "cannot have led to 6"),
        ("write(3, \"\"..., 5) = 6", "only 5 asked for"),
        ("write(3, \"\"..., 9000000000) = 9000000000", "no call moves"),
        ("ftruncate(3, 5000000000) = 0", "can be replayed"),
        ("pwrite64(3, \"\"..., 5, 9223372036854775807) = 5", "no file reaches"),
    ] {
        let message = error(&new_then(&format!("write(3, \"\"..., 5) = 5\n{call}\n")));
        assert!(message.contains("line 3") && message.contains(reason), "{call}: {message}");
    }
}

#[test]
fn what_no_initial_length_explains_is_reported() {
    let read = "pread64(3, \"\"..., 50, 150) = 50\n";
    for (calls, reason) in [
        (format!("{read}write(3, \"\"..., 10) = 10\nlseek(3, 0, SEEK_CUR) = 110\n"), "starts from 210"),
        (format!("{read}fsync(3) = 0\npread64(3, \"\"..., 5, 5000000000) = 5\n"), "the file has 200"),
    ] {
        let message = error(&format!("open(\"a\", O_RDWR|O_APPEND) = 3\n{calls}"));
        assert!(message.contains("line 4") && message.contains(reason), "{message}");
    }
}

#[test]
fn a_log_about_several_files_lists_them_and_file_selects_one() {
    let log = "open(\"/x/a.db\", O_RDWR|O_TRUNC) = 3\nopen(\"/x/a.db-wal\", O_RDWR|O_TRUNC) = 4\nwrite(3, \"\"..., 5) = 5\nwrite(4, \"\"..., 7) = 7\nwrite(4, \"\"..., 7) = 7\n";
    let message = error(log);
    assert!(message.contains("/x/a.db-wal (3 calls), /x/a.db (2 calls)"), "{message}");
    for (wanted, len) in [("/x/a.db", 5), ("a.db", 5), ("x/a.db", 5), ("a.db-wal", 14), ("-wal", 14)] {
        let options = ImportOptions { file: Some(wanted.to_owned()), ..ImportOptions::default() };
        let script = imported(log, &options).unwrap().script;
        assert_eq!(Summary::of(&script).final_len, len, "{wanted}");
    }
    let options = ImportOptions { file: Some("b.db".to_owned()), ..ImportOptions::default() };
    let message = imported(log, &options).unwrap_err().to_string();
    assert!(message.contains("\"b.db\"") && message.contains("/x/a.db-wal (3 calls)"), "{message}");
}

#[test]
fn a_file_is_selected_by_whole_components_of_its_path_before_a_part_of_its_name() {
    let log = "open(\"/x/a.db\", O_RDWR|O_TRUNC) = 3\nopen(\"/x/aa.db\", O_RDWR|O_TRUNC) = 4\nopen(\"b.db\", O_RDWR|O_TRUNC) = 5\n\
               write(3, \"\"..., 5) = 5\nwrite(4, \"\"..., 7) = 7\nwrite(5, \"\"..., 9) = 9\n";
    for (wanted, len) in [("a.db", 5), ("aa.db", 7), ("/x//./a.db", 5), ("b.db", 9), ("./b.db", 9)] {
        assert_eq!(lengths_of(wanted, log), (0, len), "{wanted}");
    }
    // The log does not tell in which directory that is.
    let elsewhere = imported(log, &about("/y/b.db")).unwrap_err();
    assert!(matches!(elsewhere, ImportError::NoSuchFile { .. }), "{elsewhere}");
    let nothing = imported(&new_then(WRITE), &about("")).unwrap_err();
    assert!(matches!(nothing, ImportError::NoSuchFile { .. }), "{nothing}");
}

#[test]
fn trouble_with_another_file_is_no_trouble() {
    let log = "open(\"a\", O_RDWR|O_TRUNC) = 3\nopen(\"b\", O_RDWR|O_TRUNC) = 4\nwrite(3, \"\"..., 5) = 5\nlseek(4, 0, SEEK_HOLE) = 0\n";
    let options = ImportOptions { file: Some("a".to_owned()), ..ImportOptions::default() };
    assert_eq!(imported(log, &options).unwrap().script.ops.len(), 1);
}

#[test]
fn a_relative_and_an_absolute_path_are_one_file_if_the_log_tells_the_directory() {
    let opened = "open(\"./a\", O_RDWR|O_TRUNC) = 3\nwrite(3, \"\"..., 5) = 5\n";
    let again = "open(\"/tmp/a\", O_RDWR) = 4\nread(4, \"\"..., 9) = 5\n";
    for told in [
        "getcwd(\"/tmp\", 4096) = 5\n",
        "openat(AT_FDCWD</tmp>, \"b\", O_RDONLY) = 9\n",
        "fstat(3</tmp/a>, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0\n",
    ] {
        // Before or after: the log is read again if it tells that late.
        for log in [format!("{opened}{told}{again}"), format!("{opened}{again}{told}")] {
            assert_eq!(final_len(&log), 5, "{log}");
        }
    }
    let moved = format!("chdir(\"/tmp\") = 0\n{opened}{again}");
    assert_eq!(final_len(&moved), 5);
    let unknown = error(&format!("{opened}{again}"));
    assert!(unknown.contains("several files") && unknown.contains("/tmp/a (2 calls)"), "{unknown}");
}

#[test]
fn a_relative_path_means_no_file_of_a_directory_that_the_log_does_not_tell() {
    let log = "open(\"/x/a\", O_RDWR|O_TRUNC) = 3\nopen(\"/y/a\", O_RDWR|O_TRUNC) = 4\nwrite(4, \"\"..., 5) = 5\n\
               write(3, \"\"..., 3) = 3\nunlink(\"/x/a\") = 0\nopen(\"a\", O_RDWR) = 5\nwrite(5, \"\"..., 7) = 7\n";
    for file in ["/y/a", "a"] {
        let refused = imported(log, &about(file)).unwrap_err();
        assert!(matches!(refused, ImportError::MayBeAnother { .. }), "{refused}");
    }
    let told = format!("getcwd(\"/z\", 4096) = 3\n{log}");
    assert_eq!((lengths_of("/y/a", &told), lengths_of("/z/a", &told)), ((0, 5), (0, 7)));
}

#[test]
fn all_names_of_a_file_mean_it_until_they_are_deleted() {
    let begin = new_then(&format!("{WRITE}link(\"./a\", \"b\") = 0\n"));
    let append = |name: &str| format!("open(\"{name}\", O_RDWR|O_APPEND) = 4\nwrite(4, \"\"..., 2) = 2\n");
    assert_eq!(ops(&format!("{begin}{}", append("b"))), ["write 5 bytes", "write 2 bytes"]);
    for (deleted, left) in [("a", "b"), ("b", "a")] {
        let log = format!("{begin}unlink(\"{deleted}\") = 0\n{}", append(left));
        assert_eq!(final_len(&log), 7, "{deleted} was deleted");
        // What is made at the name that is free is another file.
        let log = format!("{log}open(\"{deleted}\", O_RDWR|O_CREAT, 0666) = 5\nwrite(5, \"\"..., 1) = 1\n");
        assert_eq!((lengths_of(left, &log), lengths_of(deleted, &log)), ((0, 7), (0, 1)), "{deleted}");
    }
    let gone = format!("{begin}unlink(\"a\") = 0\nunlink(\"b\") = 0\n");
    let made = "open(\"b\", O_RDWR|O_APPEND|O_CREAT, 0666) = 4\nwrite(4, \"\"..., 2) = 2\n";
    assert_eq!(final_len(&format!("{gone}{made}")), 2);
    let same = format!("{begin}rename(\"a\", \"b\") = 0\n{}{}", append("a"), append("b"));
    assert_eq!(final_len(&same), 9);
    let renamed = format!("{begin}rename(\"a\", \"c\") = 0\n{}{}", append("b"), append("c"));
    assert_eq!(final_len(&renamed), 9);
}

#[test]
fn a_file_and_the_one_that_replaced_it_are_two() {
    let begin = "open(\"a\", O_RDWR|O_TRUNC) = 3\nwrite(3, \"\"..., 5) = 5\nopen(\"b\", O_RDWR|O_TRUNC) = 4\nwrite(4, \"\"..., 9) = 9\n";
    let message =
        error(&format!("{begin}rename(\"b\", \"a\") = 0\nfsync(4) = 0\nwrite(4, \"\"..., 1) = 1\n"));
    assert!(
        message.contains("a (named b until line 5) (3 calls), a (replaced at line 5) (2 calls)"),
        "{message}"
    );
    let message = error(&format!("{begin}link(\"a\", \"c\") = 0\nrename(\"b\", \"a\") = 0\n"));
    assert!(message.contains("c (2 calls), a (named b until line 6) (2 calls)"), "{message}");
}

#[test]
fn a_link_keeps_what_a_rename_replaced() {
    // As programs do that keep a backup.
    let log = "open(\"a\", O_RDWR|O_TRUNC) = 3\nwrite(3, \"\"..., 5) = 5\nlink(\"a\", \"a~\") = 0\n\
               open(\"a.new\", O_RDWR|O_CREAT|O_EXCL, 0666) = 4\nwrite(4, \"\"..., 9) = 9\nrename(\"a.new\", \"a\") = 0\n\
               open(\"a~\", O_RDWR|O_APPEND) = 5\nwrite(5, \"\"..., 1) = 1\nopen(\"a\", O_RDWR|O_APPEND) = 6\nwrite(6, \"\"..., 1) = 1\n";
    assert_eq!((lengths_of("a", log), lengths_of("a~", log)), ((0, 10), (0, 6)));
}

#[test]
fn a_file_deleted_while_it_is_open_and_made_again_is_one_file_emptied_in_between() {
    let begin = "open(\"a\", O_RDWR) = 3\n";
    let again = "unlink(\"a\") = 0\nopen(\"a\", O_RDWR|O_CREAT, 0666) = 4\n";
    let read = format!("{begin}read(3, \"hello\", 100) = 5\n");
    let log = format!("{read}{again}write(4, \"\"..., 2) = 2\n{again}write(4, \"\"..., 3) = 3\n");
    let expected =
        ["read 100 bytes", "truncate to 0", "seek to 0", "write 2 bytes", "truncate to 0", "seek to 0"];
    assert_eq!(ops(&log), [&expected[..], &["write 3 bytes"]].concat());
    assert_eq!(&script(&log).initial[..], b"hello");
    let message = imported(&log, &about("neither")).unwrap_err().to_string();
    assert!(message.contains("a (6 calls)"), "{message}");
    // Whichever of them was used.
    assert_eq!(ops(&format!("{begin}{again}write(4, \"\"..., 2) = 2\n")), ["write 2 bytes"]);
    assert_eq!(ops(&format!("{read}{again}")), ["read 100 bytes", "truncate to 0"]);
}

#[test]
fn a_deleted_file_that_is_still_used_is_another_than_the_one_at_its_path() {
    let log = new_then(
        "write(3, \"\"..., 5) = 5\nunlink(\"a\") = 0\nopen(\"a\", O_RDWR|O_CREAT, 0666) = 4\nwrite(4, \"\"..., 2) = 2\n\
         write(3, \"\"..., 5) = 5\n",
    );
    assert!(error(&log).contains("a (deleted at line 3) (3 calls), a (2 calls)"), "{}", error(&log));
    assert_eq!((lengths_of("a", &log), lengths_of("a (deleted at line 3)", &log)), ((0, 2), (0, 10)));
}

#[test]
fn a_file_that_is_deleted_and_made_again_many_times_stays_one_file() {
    let again =
        "open(\"a\", O_RDWR|O_CREAT, 0666) = 3\nwrite(3, \"\"..., 2) = 2\nclose(3) = 0\nunlink(\"a\") = 0\n";
    let script = script(&again.repeat(MANY));
    assert_eq!(Summary::of(&script).bytes_written, 2 * MANY as u64);
}

/// So often that a reading never ends that looks at all before for each line.
const MANY: usize = 100_000;

#[test]
fn a_file_deleted_and_made_again_is_empty() {
    let log = new_then(
        "write(3, \"\"..., 5) = 5\nclose(3) = 0\nunlink(\"a\") = 0\nopen(\"a\", O_RDWR|O_CREAT, 0666) = 3\nwrite(3, \"\"..., 2) = 2\n",
    );
    assert_eq!(final_len(&log), 2);
}

#[test]
fn the_calls_on_a_file_deleted_and_made_again_are_counted_together() {
    let log = "open(\"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwrite(3, \"\"..., 5) = 5\nwrite(3, \"\"..., 5) = 5\nclose(3) = 0\n\
               unlink(\"a\") = 0\nopen(\"a\", O_RDWR|O_CREAT, 0666) = 3\nwrite(3, \"\"..., 2) = 2\nopen(\"b\", O_RDWR|O_TRUNC) = 4\n\
               write(4, \"\"..., 2) = 2\n";
    let options = ImportOptions { file: Some("neither".to_owned()), ..ImportOptions::default() };
    let message = imported(log, &options).unwrap_err().to_string();
    assert!(message.contains("a (6 calls), b (2 calls)"), "{message}");
}

#[test]
fn a_renamed_file_is_followed() {
    let log = "open(\"a.tmp\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\nwrite(3, \"\"..., 5) = 5\nrename(\"a.tmp\", \"a\") = 0\nopen(\"a\", O_RDWR) = 4\nread(4, \"\"..., 9) = 5\n";
    assert_eq!(final_len(log), 5);
}

#[test]
fn a_descriptor_that_was_open_before_has_no_known_position() {
    let log = "write(1, \"\"..., 5) = 5\n";
    assert!(error(log).contains("line 1: where this descriptor stands is not known"), "{}", error(log));
    // Where the call says where, that does not matter.
    let told = "fcntl(5</tmp/a>, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)\n";
    let written = "pwrite64(5</tmp/a>, \"\"..., 5, 0) = 5\nlseek(5</tmp/a>, 2, SEEK_SET) = 2\nwrite(5</tmp/a>, \"\"..., 5) = 5\n";
    assert_eq!(ops(&format!("{told}{written}")).len(), 3);
    // With O_APPEND, both writes would be at the end.
    assert!(error(written).contains("whether it appends is not in the log"), "{}", error(written));
}

#[test]
fn names_of_files_may_look_like_the_syntax_around_them() {
    for name in ["a,b", "a)", "a,", "a(b", "a<b>,c"] {
        let log = format!(
            "openat(AT_FDCWD</tmp>, \"{name}\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3</tmp/{name}>\n\
             write(3</tmp/{name}>, \"\"..., 5) = 5\n"
        );
        assert_eq!(ops(&log), ["write 5 bytes"], "{name}");
    }
    for socket in ["/run/x", "/run/<x"] {
        let other = format!("write(5<UNIX-STREAM:[123->456,\"{socket}\"]>, \"\"..., 7) = 7\n");
        assert_eq!(ops(&new_then(&format!("{other}{WRITE}"))), ["write 5 bytes"], "{socket}");
    }
}

const WRITE: &str = "write(3, \"\"..., 5) = 5\n";

#[test]
fn a_descriptor_that_was_closed_is_not_open() {
    for close in ["close(3) = 0", "close_range(3, 9, 0) = 0"] {
        let message = error(&new_then(&format!("{WRITE}{close}\n{WRITE}")));
        assert!(message.contains("line 4") && message.contains("was not opened"), "{close}: {message}");
    }
}

#[test]
fn a_thread_that_nobody_started_may_mean_either_of_two_descriptors() {
    let opened = |process: u32, more: &str| format!("{process} open(\"a\", O_RDWR{more}) = 3\n");
    let message = error(&format!("{}{}3 {WRITE}", opened(1, "|O_TRUNC"), opened(2, "")));
    assert!(message.contains("line 3") && message.contains("may mean several files"), "{message}");
}

#[test]
fn the_length_comes_from_a_stat_of_the_descriptor() {
    for stat in [
        "newfstatat(3, \"\", {st_mode=S_IFREG|0644, st_size=555, ...}, AT_EMPTY_PATH) = 0",
        "statx(3, \"\", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_ALL, {stx_mask=STATX_ALL, stx_mode=S_IFREG|0644, stx_size=555, ...}) = 0",
    ] {
        let log = format!("open(\"a\", O_RDWR) = 3\n{stat}\nread(3, \"\"..., 5) = 5\n");
        assert_eq!(script(&log).initial.len(), 555, "{stat}");
    }
}

#[test]
fn a_length_that_the_calls_contradict_is_reported() {
    let message = error(&new_then(&format!("{WRITE}lseek(3, 0, SEEK_END) = 4\n")));
    assert!(message.contains("line 3") && message.contains("has 4 bytes here"), "{message}");
    let message = error(&new_then(&format!("{WRITE}write(3, \"\"..., 5:) = 5\n")));
    assert!(message.contains("line 3") && message.contains("no length"), "{message}");
}

#[test]
fn calls_that_move_nothing_move_nothing() {
    let log =
        new_then(&format!("{WRITE}lseek(3, 0, SEEK_SET) = 0\nread(3, \"\", 0) = 0\nwritev(3, [], 0) = 0\n"));
    assert_eq!(contents(&log).len(), 5);
    assert_eq!(final_len(&new_then("write(3, \"abc\", 6) = 6\n")), 6, "data that was cut");
    let behind = new_then(&format!(
        "{WRITE}lseek(3, 100, SEEK_SET) = 100\nwrite(3, \"\", 0) = 0\nlseek(3, 0, SEEK_END) = 5\n"
    ));
    assert_eq!(final_len(&behind), 5);
}

#[test]
fn a_file_of_the_same_name_in_another_folder_is_another_file() {
    for removed in ["a", "/x/a"] {
        let log = format!(
            "openat(AT_FDCWD</x>, \"/y/a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 5</y/a>\n\
             openat(AT_FDCWD</x>, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 4</x/a>\n\
             write(4</x/a>, \"\"..., 5) = 5\nclose(4</x/a>) = 0\n\
             unlinkat(AT_FDCWD</x>, \"{removed}\", 0) = 0\n\
             openat(AT_FDCWD</x>, \"a\", O_RDWR|O_CREAT, 0666) = 4</x/a>\nwrite(4</x/a>, \"\"..., 2) = 2\n"
        );
        let options = ImportOptions { file: Some("/x/a".to_owned()), ..ImportOptions::default() };
        let script = imported(&log, &options).unwrap().script;
        assert_eq!(Summary::of(&script).final_len, 2, "{removed}");
    }
}

#[test]
fn the_initial_length_is_that_of_the_file_that_was_there_before() {
    let log = "open(\"a\", O_RDWR) = 3\nread(3, \"\"..., 100) = 60\nclose(3) = 0\nunlink(\"a\") = 0\n\
               open(\"a\", O_RDWR|O_CREAT, 0666) = 3\nwrite(3, \"\"..., 2) = 2\n";
    assert_eq!((script(log).initial.len(), final_len(log)), (60, 2));
}

#[test]
fn lines_that_begin_alike_are_told_apart() {
    let pad = format!("1{}", " ".repeat(32));
    let both = format!("{pad}write(3, \"\"..., 5) = 5\n{pad}write(4, \"\"..., 7) = 7\n");
    let open = "1 open(\"a\", O_RDWR|O_TRUNC) = 3\n1 open(\"b\", O_RDWR|O_TRUNC) = 4\n";
    let options = ImportOptions { file: Some("a".to_owned()), ..ImportOptions::default() };
    let script = imported(&format!("{open}{}", both.repeat(3)), &options).unwrap().script;
    assert_eq!(script.ops.iter().map(ToString::to_string).collect::<Vec<_>>(), ["write 5 bytes"; 3]);
    let asked_for_more = new_then(&format!("write(3, \"\"..., 14) = 10\n{}", "fsync(3) = 0\n".repeat(5)));
    assert_eq!(final_len(&asked_for_more), 10);
}

#[test]
fn a_log_means_the_same_however_its_lines_are_read() {
    for log in ["sqlite", "py-wave", "py-zipfile"] {
        let path = format!("{}/data/strace/{log}.strace", env!("CARGO_MANIFEST_DIR"));
        let plain = std::fs::read_to_string(path).unwrap();
        // Times behind the calls, or calls in two lines: then no line is read in one go.
        let timed: String = plain.lines().map(|line| timed(line) + "\n").collect();
        let halved: String = plain.lines().map(|line| halved(line) + "\n").collect();
        let as_it_is = script(&plain);
        assert!(as_it_is.ops.len() > 1000, "{log}");
        for other in [timed, halved] {
            assert_ne!(other, plain);
            assert_eq!(script(&other).ops, as_it_is.ops, "{log}");
        }
    }
}

fn timed(line: &str) -> String {
    if line.contains(") ") && line.contains(" = ") { format!("{line} <0.000012>") } else { line.to_owned() }
}

/// A call that another process interrupted, if it is one that moves data.
fn halved(line: &str) -> String {
    let moves = ["read(", "write(", "pread64(", "pwrite64("];
    let (process, call) = line.split_once(' ').unwrap_or(("", line));
    match (moves.iter().find(|name| call.starts_with(**name)), line.rfind(')')) {
        (Some(name), Some(end)) => {
            let (begin, rest) = line.split_at(end);
            let name = name.trim_end_matches('(');
            format!("{begin} <unfinished ...>\n{process} <... {name} resumed>{rest}")
        }
        _ => line.to_owned(),
    }
}
