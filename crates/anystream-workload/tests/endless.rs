//! Records that do not end, or that are something else, are refused before they are copied or kept.

use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use anystream_workload::{
    ImportError, ImportOptions, Op, Sink, import, import_bytes, import_into, import_reader,
};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Repeats some bytes for ever, and counts how many were read.
struct Endless<'a> {
    bytes: &'a [u8],
    read: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let from = (self.read % self.bytes.len() as u64) as usize;
        let piece = self.bytes.get(from..).unwrap_or_default();
        let n = piece.len().min(buf.len());
        buf[..n].copy_from_slice(&piece[..n]);
        self.read += n as u64;
        Ok(n)
    }
}

fn refused(bytes: &[u8]) -> (ImportError, u64) {
    let mut endless = Endless { bytes, read: 0 };
    let reader = BufReader::with_capacity(64 << 10, &mut endless);
    let error = import_reader("a pipe", reader, &ImportOptions::default()).unwrap_err();
    (error, endless.read)
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_begins_as_no_record_does_is_refused_before_it_is_copied() {
    let zeros = [0; 4096];
    let noise: Vec<u8> =
        (0_u32..40_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    let bomb = gzipped(&vec![0; 4 << 20]);
    for bytes in [&b"y\n"[..], &zeros, &noise, b"\n", b" \n", b"lorem ipsum dolor\n", &bomb] {
        let (error, read) = refused(&bytes.repeat((8 << 10) / bytes.len() + 1));
        assert!(matches!(error, ImportError::Unrecognised { .. }), "{error}");
        assert!(read <= 256 << 10, "{read} bytes were read: {error}");
        assert!(error.to_string().starts_with("a pipe, line 1: "), "{error}");
    }
}

#[test]
fn a_record_that_does_not_end_is_refused_after_a_gibibyte() {
    // Longer repetitions are read faster.
    let lines = "openat(AT_FDCWD, \"a\", O_RDWR) = 3\nwrite(3, \"\"..., 0) = 0\n".repeat(10_000);
    let (error, read) = refused(lines.as_bytes());
    assert!(matches!(error, ImportError::Endless { .. }), "{error}");
    assert!(read > 1 << 30 && read < 1100 << 20, "{read}");
    assert!(error.to_string().contains("save the record as a file"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn devices_are_refused() {
    for device in ["/dev/zero", "/dev/urandom"] {
        let error = import(Path::new(device), &ImportOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with(device), "{error}");
    }
}

#[test]
fn a_long_record_through_a_pipe_is_read_whole() {
    let mut log = "openat(AT_FDCWD, \"a\", O_RDWR|O_CREAT|O_TRUNC, 0666) = 3\n".to_owned();
    log.push_str(&"write(3, \"\"..., 7) = 7\n".repeat(20_000));
    for bytes in [log.as_bytes(), &gzipped(log.as_bytes())] {
        let piped = import_reader("a pipe", bytes, &ImportOptions::default()).unwrap();
        let read = import_bytes("a pipe", bytes, &ImportOptions::default()).unwrap();
        assert_eq!(piped.script.ops.len(), 20_000);
        assert!(piped == read);
    }
}

#[test]
fn edits_far_apart_in_a_long_text_are_checked_without_moving_the_text() {
    struct Count(u64);
    impl Sink for Count {
        fn begin(&mut self, _name: &str, _initial: bytes::Bytes) -> io::Result<()> {
            Ok(())
        }
        fn op(&mut self, _op: Op) -> io::Result<()> {
            self.0 += 1;
            Ok(())
        }
    }
    // Moving all of the text for each edit would be 800 GB.
    const LEN: usize = 20 << 20;
    const EDITS: usize = 40_000;
    let text = "x".repeat(LEN);
    let (front, back) = ("a".repeat(EDITS / 2), "b".repeat(EDITS / 2));
    let mut log = format!(
        "{{\"name\":\"far\",\"start\":\"{text}\",\"end\":\"{front}{text}{back}\",\"edits\":{EDITS}}}\n"
    );
    for n in 0..EDITS / 2 {
        log.push_str(&format!("[0,0,\"a\"]\n[{},0,\"b\"]\n", LEN + 2 * n + 1));
    }
    let path = std::env::temp_dir().join(format!("anystream-far-edits-{}.jsonl", std::process::id()));
    std::fs::write(&path, log).unwrap();
    let mut count = Count(0);
    let imported = import_into(&path, &ImportOptions::default(), &mut count);
    std::fs::remove_file(&path).unwrap();
    imported.unwrap();
    assert_eq!(count.0, EDITS as u64);
}
