//! Records that are no records, or damaged: one clear error each, and no panic.

use std::io::{self, BufReader, ErrorKind, Read, Write};

use anystream_workload::{
    ImportError, ImportOptions, Op, Outcome, Sink, TraceHeader, TraceWriter, import, import_bytes,
    import_into, import_reader,
};

fn error(bytes: &[u8]) -> ImportError {
    import_bytes("bad", bytes, &ImportOptions::default()).unwrap_err()
}

fn lenient() -> ImportOptions {
    ImportOptions { lenient: true, ..ImportOptions::default() }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const LOG: &str = "open(\"a\", O_RDWR|O_TRUNC) = 3\nwrite(3, \"\"..., 5) = 5\n";

#[test]
fn an_empty_file() {
    assert!(matches!(error(b""), ImportError::Empty { .. }));
    assert!(matches!(error(&gzipped(b"")), ImportError::Empty { .. }));
    assert!(matches!(error(b"\n\n"), ImportError::NothingDone { lines: 2, .. }));
}

#[test]
fn a_binary_file() {
    let mut binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    binary[0] = 0x7f;
    let error = error(&binary);
    assert!(matches!(error, ImportError::Unrecognised { line: 1, .. }), "{error}");
    assert!(error.to_string().len() < 1000 && error.to_string().starts_with("bad, line 1: "), "{error}");
}

#[test]
fn a_text_that_is_no_log() {
    let error = error(b"# Shopping list\n- milk\n").to_string();
    assert!(
        error.contains("neither an strace log nor an editing trace") && error.contains("Shopping"),
        "{error}"
    );
    assert!(matches!(import_bytes("bad", b"# x\n", &lenient()), Err(ImportError::NothingDone { .. })));
}

#[test]
fn a_gzip_that_is_cut_off_or_damaged() {
    let whole = gzipped(LOG.repeat(1000).as_bytes());
    let cut = error(&whole[..whole.len() / 2]);
    assert!(cut.to_string().contains("cut off or damaged"), "{cut}");
    let ImportError::Unreadable { line: line @ 1.., .. } = cut else { panic!("{cut}") };
    assert!(cut.to_string().starts_with(&format!("bad: reading failed after line {line}: ")), "{cut}");
    let cut = error(&[0x1f, 0x8b, 8]);
    assert!(matches!(cut, ImportError::Unreadable { line: 0, .. }));
    assert!(cut.to_string().starts_with("bad: reading failed: "), "{cut}");
    assert!(matches!(error(&gzipped(&[0, 1, 2])), ImportError::Unrecognised { .. }));
}

#[test]
fn a_gzipped_log_is_read_as_the_log() {
    let options = ImportOptions::default();
    let plain = import_bytes("a.strace", LOG.as_bytes(), &options).unwrap();
    assert_eq!(import_bytes("a.strace.gz", &gzipped(LOG.as_bytes()), &options).unwrap(), plain);
}

#[test]
fn a_directory_and_a_missing_file() {
    let directory = import(env!("CARGO_MANIFEST_DIR").as_ref(), &ImportOptions::default()).unwrap_err();
    assert!(directory.to_string().contains("name a file in it"), "{directory}");
    let missing = import("missing.strace".as_ref(), &ImportOptions::default()).unwrap_err();
    assert!(
        missing.to_string().starts_with("missing.strace: ") && missing.to_string().contains("check the path")
    );
}

#[test]
fn a_log_without_operations() {
    for log in [
        "+++ exited with 0 +++\n",
        "open(\"a\", O_RDONLY) = 3\nclose(3) = 0\n",
        "a_new_call_of_the_system(1) = 0\n",
        "open(\"a\", O_RDONLY) = -1 ENOENT (No such file)\n",
    ] {
        assert!(matches!(error(log.as_bytes()), ImportError::NothingDone { .. }), "{log}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark() {
    let log = format!("\u{feff}{}", LOG.replace('\n', "\r\n"));
    assert_eq!(import_bytes("bad", log.as_bytes(), &ImportOptions::default()).unwrap().script.ops.len(), 1);
}

#[test]
fn lines_that_are_not_utf8_and_very_long_lines() {
    let mut log = LOG.as_bytes().to_vec();
    log.extend_from_slice(b"write(3, \"\xff\xfe\", 2) = 2\nopen(\"\xff\", O_RDONLY) = 9\n");
    log.extend_from_slice(format!("write(3, \"{}\", 3000000) = 3000000\n", "x".repeat(3_000_000)).as_bytes());
    let script = import_bytes("bad", &log, &ImportOptions::default()).unwrap().script;
    assert_eq!(script.ops.iter().map(anystream_workload::Op::bytes_given).sum::<u64>(), 3_000_007);

    log.extend(std::iter::repeat_n(b'\xff', 1_000_000));
    let message = error(&log).to_string();
    assert!(
        message.contains("line 6") && message.contains("(1000000 bytes)") && message.len() < 3000,
        "{message}"
    );
}

#[test]
fn every_cut_of_a_log_and_every_changed_byte_gives_an_answer() {
    let log = "1 openat(AT_FDCWD</t>, \"a\", O_RDWR|O_TRUNC) = 3</t/a>\n1 write(3</t/a>, \"a\\n\\377\"..., 5 <unfinished ...>\n\
               2 pwritev(3, [{iov_base=\"a\", iov_len=1}, {iov_base=\"\", iov_len=0}], 2, 7) = 1\n1 <... write resumed>) = 5 <0.1>\n\
               1 fallocate(3, FALLOC_FL_INSERT_RANGE, 0, 4) = 0\n1 _llseek(3, 4, [4], SEEK_SET) = 0\n1 fstat(3, {st_mode=S_IFREG|0644, st_size=12, ...}) = 0\n"
        .as_bytes();
    assert!(import_bytes("whole", log, &ImportOptions::default()).is_ok());
    for at in 0..log.len() {
        for options in [ImportOptions::default(), lenient()] {
            let _ = import_bytes("cut", &log[..at], &options);
            for byte in [0, b'(', b')', b'"', b'<', b'[', b'9', b'-', b',', b'\\', b'\n', 0xff] {
                let mut changed = log.to_vec();
                changed[at] = byte;
                let _ = import_bytes("changed", &changed, &options);
            }
        }
    }
}

#[test]
fn numbers_that_no_file_has() {
    for call in [
        "lseek(3, 9223372036854775807, SEEK_END) = 9223372036854775807",
        "lseek(3, -9223372036854775808, SEEK_END) = 9223372036854775807",
        "lseek(3, 0, SEEK_END) = 9223372036854775807",
        "pread64(3, \"\"..., 18446744073709551615, 9223372036854775807) = 5",
        "write(3, \"\"..., 99999999999999999999999) = 99999999999999999999999",
        "fallocate(3, FALLOC_FL_COLLAPSE_RANGE, 9223372036854775807, 9223372036854775807) = 0",
        "fallocate(3, FALLOC_FL_INSERT_RANGE, 0, 9223372036854775807) = 0",
        "fallocate(3, FALLOC_FL_ZERO_RANGE, 0, 9223372036854775807) = 0",
        "readv(3, [{iov_base=\"\", iov_len=18446744073709551615}, {iov_base=\"\", iov_len=5}], 2) = 5",
        "fstat(3, {st_mode=S_IFREG|0644, st_size=9223372036854775807, ...}) = 0",
        "dup2(3, 18446744073709551615) = 18446744073709551615",
    ] {
        for open in
            ["open(\"a\", O_RDWR) = 3", "open(\"a\", O_RDWR|O_TRUNC) = 3", "open(\"a\", O_RDWR|O_APPEND) = 3"]
        {
            let log = format!("{open}\nwrite(3, \"\"..., 5) = 5\n{call}\nwrite(3, \"\"..., 5) = 5\n");
            let _ = import_bytes("bad", log.as_bytes(), &ImportOptions::default());
            let imported = import_bytes("bad", log.as_bytes(), &lenient()).unwrap();
            assert!(!imported.script.ops.is_empty(), "{log}");
        }
    }
}

#[test]
fn a_file_of_white_space_or_of_nothing_done() {
    for text in ["   \n\t\n  ", "\r\n\r\n", "\u{feff}\n"] {
        let error = error(text.as_bytes());
        assert!(matches!(error, ImportError::NothingDone { .. }), "{error}");
        assert!(error.to_string().contains("record again"), "{error}");
    }
    let edits = error(b"{\"name\":\"t\",\"start\":\"\",\"end\":\"\",\"edits\":0}\n").to_string();
    assert!(edits.starts_with("bad: there are no edits"), "{edits}");
}

#[test]
fn logs_of_other_tools_are_named() {
    for (log, line, tool) in [
        (
            "__libc_start_main(0x401136, 1, 0x7ffd, 0) = 0\nputs(\"hello\") = 6\n+++ exited (status 0) +++\n",
            1,
            "ltrace",
        ),
        ("fopen(\"a\", \"r\") = 0x55d0\nfclose(0x55d0) = 0\n", 1, "ltrace"),
        ("app->malloc(10) = 0x5581\n", 1, "ltrace"),
        (
            "     0.000 ( 0.003 ms): cat/1234 openat(dfd: CWD, filename: 0x7f, flags: RDONLY) = 3\n",
            1,
            "perf trace",
        ),
        ("0.000 ( 0.003 ms): cat/1234 close(fd: 3) = 0\n", 1, "perf trace"),
        ("openat(dfd: CWD, filename: 0x7f, flags: RDONLY) = 3\n", 1, "perf trace"),
        ("\n 1234 cat      CALL  open(0x7fffffffe8f8,0x0)\n", 2, "ktrace"),
        (" 1234 cat      RET   open 3\n", 1, "ktrace"),
        (" 1234 cat      NAMI  \"a\"\n", 1, "ktrace"),
        ("open(\"a\",O_RDONLY,00)\t\t\t ERR#2 'No such file or directory'\n", 1, "truss"),
        ("mmap(0x0,4096,PROT_READ) ERR#12 'Cannot allocate memory'\n", 1, "truss"),
        ("SYSCALL(args) \t\t = return\n", 1, "dtruss"),
    ] {
        let error = error(log.as_bytes());
        assert!(matches!(error, ImportError::Unrecognised { line: at, .. } if at == line), "{error}");
        let message = error.to_string();
        assert!(message.contains(&format!("it looks like a log of {tool}")), "{message}");
        assert!(message.contains("strace -f -y -s 0"), "{message}");
    }
}

#[test]
fn other_files_are_named_with_what_to_do() {
    for (bytes, what) in [
        (b"\x28\xb5\x2f\xfd\x04".as_slice(), "zstd -d"),
        (b"\xfd7zXZ\0\0", "xz -d"),
        (b"BZh91AY&SY", "bzip2 -d"),
        (b"PK\x03\x04", "unpack"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"\xff\xfeo\0p\0e\0n\0", "iconv"),
        (b"SQLite format 3\0\x10\0", "binary"),
    ] {
        let message = error(bytes).to_string();
        assert!(message.starts_with("bad, line 1: ") && message.contains(what), "{message}");
    }
}

#[test]
fn nul_bytes_in_a_log_are_reported_with_their_line() {
    let mut log = LOG.as_bytes().to_vec();
    log.extend_from_slice(&[0; 4096]);
    let message = error(&log).to_string();
    assert!(message.starts_with("bad, line 3: ") && message.contains("NUL bytes"), "{message}");
    let imported = import_bytes("bad", &log, &lenient()).unwrap();
    assert_eq!((imported.script.ops.len(), imported.skipped.len()), (1, 1));
}

#[test]
fn an_editing_trace_that_is_not_utf8_is_reported_with_its_line() {
    let trace = b"{\"name\":\"t\",\"start\":\"\",\"end\":\"a\",\"edits\":1}\n[0,0,\"\xff\"]\n";
    assert!(matches!(error(trace), ImportError::Line { line: 2, .. }), "{}", error(trace));
}

/// A log followed by as many bytes without a line end.
struct Endless {
    left: u64,
}

impl std::io::Read for Endless {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(usize::try_from(self.left).unwrap());
        buf[..n].fill(b'x');
        self.left -= n as u64;
        Ok(n)
    }
}

#[test]
fn a_line_without_end_is_refused_and_not_collected() {
    let endless = std::io::Read::chain(LOG.as_bytes(), Endless { left: 100_000_000 });
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::copy(&mut { endless }, &mut file).unwrap();
    for options in [ImportOptions::default(), lenient()] {
        let error = import(file.path(), &options).unwrap_err();
        assert!(matches!(error, ImportError::LineTooLong { line: 3, .. }), "{error}");
        assert!(error.to_string().contains("line 3: this line is longer than 67108864 bytes"), "{error}");
    }
}

#[test]
fn a_pipe_is_imported_as_a_file_is() {
    // Longer than what of it is kept in memory.
    let log = format!("{LOG}{}", "fsync(3) = 0\n".repeat(400_000));
    let options = ImportOptions::default();
    let piped = import_reader("a.strace", log.as_bytes(), &options).unwrap();
    assert_eq!(piped, import_bytes("a.strace", log.as_bytes(), &options).unwrap());
}

/// Gives what is left after the errors that come first.
struct Stumbling<'a> {
    errors: Vec<ErrorKind>,
    rest: &'a [u8],
}

impl Read for Stumbling<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.errors.pop().map_or_else(|| self.rest.read(buf), |kind| Err(kind.into()))
    }
}

#[test]
fn an_interrupted_read_is_tried_again_and_another_error_is_told_with_its_remedy() {
    let read = |errors: &[ErrorKind]| {
        let reader = Stumbling { errors: errors.to_vec(), rest: LOG.as_bytes() };
        import_reader("piped", BufReader::new(reader), &ImportOptions::default())
    };
    assert_eq!(read(&[ErrorKind::Interrupted; 3]).unwrap().script.ops.len(), 1);
    for (kind, remedy) in [
        (ErrorKind::PermissionDenied, "; check its permissions"),
        (ErrorKind::InvalidData, "; its compressed data is cut off or damaged: get it again"),
        (ErrorKind::TimedOut, "; copy it to a disk that can be read, and try again"),
    ] {
        let message = read(&[kind, ErrorKind::Interrupted]).unwrap_err().to_string();
        assert_eq!(message, format!("piped: reading failed: {}{remedy}", io::Error::from(kind)));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_makes_up_is_not_empty() {
    let error = import("/proc/self/status".as_ref(), &ImportOptions::default()).unwrap_err();
    assert!(matches!(error, ImportError::Unrecognised { line: 1, .. }), "{error}");
}

const NO_ROOM: &str = "ANYSTREAM_NO_ROOM_FOR_COPIES";

#[test]
#[ignore = "run by the test below, with another folder for temporary files"]
fn is_without_room_for_copies() {
    let Some(path) = std::env::var_os(NO_ROOM) else { return };
    let options = ImportOptions::default();
    assert_eq!(import(path.as_ref(), &options).unwrap().script.ops.len(), 1);
    let file = BufReader::new(std::fs::File::open(path).unwrap());
    let error = import_reader("piped", file, &options).unwrap_err();
    assert!(matches!(error, ImportError::NoCopy { .. }), "{error}");
    assert!(error.to_string().starts_with("piped cannot be copied to a temporary file: "), "{error}");
}

#[test]
fn a_long_file_needs_no_room_for_a_copy_and_a_long_pipe_says_that_it_does() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{LOG}{}", "fsync(3) = 0\n".repeat(400_000)).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "is_without_room_for_copies", "--ignored"])
        .env(NO_ROOM, file.path())
        .envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, "/no such folder")))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

#[test]
fn a_line_is_shown_whole_up_to_160_bytes() {
    for (len, end) in [(159, ""), (160, ""), (161, "... (161 bytes)")] {
        let line = format!("{:x<len$}", "lorem ");
        let log = format!("{LOG}{line}\n");
        let ImportError::Line { text, .. } = error(log.as_bytes()) else { panic!("{log}") };
        assert_eq!(text, format!("{}{end}", &line[..len.min(160)]));
    }
}

#[test]
fn lines_that_were_left_out_are_counted() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{LOG}lorem\n{LOG}ipsum\ndolor\n").unwrap();
    let summary = import_into(file.path(), &lenient(), &mut Full(9)).unwrap();
    assert_eq!((summary.skipped, summary.lines, summary.complete), (3, 7, true));
}

#[test]
fn calls_of_a_trace_that_no_script_holds_are_counted() {
    let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
    for _ in 0..3 {
        writer.op(&Op::Write("abc".into()), Outcome::Failed(std::io::ErrorKind::OutOfMemory)).unwrap();
    }
    writer.op(&Op::Write("abc".into()), Outcome::Number(3)).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&writer.finish().unwrap()).unwrap();
    let summary = import_into(file.path(), &ImportOptions::default(), &mut Full(9)).unwrap();
    assert_eq!((summary.ops, summary.skipped, summary.complete), (1, 3, true));
}

/// Takes so many operations, and then no more.
struct Full(u64);

impl Sink for Full {
    fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> std::io::Result<()> {
        Ok(())
    }

    fn op(&mut self, _op: Op) -> std::io::Result<()> {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => return Err(std::io::ErrorKind::StorageFull.into()),
        }
        Ok(())
    }
}

#[test]
fn what_a_sink_answers_stops_the_import() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/strace/sqlite.strace");
    let mut sink = Full(3);
    let error = import_into(path.as_ref(), &ImportOptions::default(), &mut sink).unwrap_err();
    assert_eq!(sink.0, 0);
    match error {
        ImportError::Refused { source, .. } => assert_eq!(source.kind(), std::io::ErrorKind::StorageFull),
        other => panic!("{other}"),
    }
}

#[test]
fn a_trace_is_imported_and_one_of_a_newer_version_or_damaged_is_refused() {
    let header = TraceHeader { name: "app".to_owned(), initial_length: 9, ..TraceHeader::default() };
    let mut writer = TraceWriter::new(Vec::new(), &header).unwrap();
    writer.op(&Op::Truncate(4), Outcome::Done).unwrap();
    let trace = writer.finish().unwrap();
    for bytes in [trace.clone(), gzipped(&trace)] {
        let imported = import_bytes("app.trace", &bytes, &ImportOptions::default()).unwrap();
        assert_eq!((imported.script.name.as_str(), imported.script.initial.len()), ("app", 9));
        assert_eq!(imported.script.ops, [Op::Truncate(4)]);
    }
    for cut in 1..trace.len() {
        for at in [0, 4, cut] {
            let mut damaged = trace[..cut].to_vec();
            if let Some(byte) = damaged.get_mut(at) {
                *byte ^= 0x55;
            }
            if let Err(error) = import_bytes("bad", &damaged, &ImportOptions::default()) {
                assert!(error.to_string().starts_with("bad"), "{error}");
            }
        }
    }
    let other = error(b"\x04\x22\x4d\x18 something else");
    assert!(matches!(other, ImportError::Trace(_)), "{other}");
}

/// A trace of many frames.
fn long_trace() -> Vec<u8> {
    let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
    for len in 0..100_000 {
        writer.lawful(&Op::SetLen(len * len % 1_000_003)).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_trace_that_was_cut_off_says_so() {
    let trace = long_trace();
    let whole = import_bytes("app.trace", &trace, &ImportOptions::default()).unwrap();
    assert_eq!((whole.complete, whole.script.ops.len()), (true, 100_000));
    let cut = import_bytes("app.trace", &trace[..trace.len() / 2], &ImportOptions::default()).unwrap();
    let ops = cut.script.ops;
    assert!(!cut.complete && !ops.is_empty() && ops.len() < 100_000, "{} operations", ops.len());
    assert!(whole.script.ops.starts_with(&ops));
    assert!(import_bytes("a.strace", LOG.as_bytes(), &ImportOptions::default()).unwrap().complete);
}

#[test]
fn operations_of_a_trace_are_passed_on_before_all_of_it_is_read() {
    let mut trace = long_trace();
    let middle = trace.len() / 2;
    trace[middle] ^= 0x55;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&trace).unwrap();
    let mut sink = Full(100_000);
    let error = import_into(file.path(), &ImportOptions::default(), &mut sink).unwrap_err();
    assert!(matches!(error, ImportError::Trace(_)), "{error}");
    assert!((1..100_000).contains(&sink.0), "room for {} more", sink.0);
}

#[test]
fn a_trace_of_a_newer_version_says_so() {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(b"anystream trace 99 {\"name\":\"app\"}\n").unwrap();
    let message = error(&encoder.finish().unwrap()).to_string();
    assert!(message.starts_with("bad is a trace of version 99") && message.contains("update"), "{message}");
}
