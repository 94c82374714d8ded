//! Records that are no records, or damaged: one clear error each, and no panic.

use std::io::Write;

use anystream_workload::{ImportError, ImportOptions, import, import_bytes};

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
    assert!(matches!(error(&[0x1f, 0x8b, 8]), ImportError::Unreadable { line: 0, .. }));
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
