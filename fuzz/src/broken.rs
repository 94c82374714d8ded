//! Records that are not what they claim to be: an error or a script that every stream obeys, never a panic.

use std::io::{Cursor, Write};

use anystream::RopeStream;
use anystream_workload::{ImportOptions, Script, TraceReader, import_bytes, verify};
use lz4_flex::frame::{FrameEncoder, FrameInfo};

/// As an strace log, strictly and leniently; what is understood is replayed and compared with the model.
pub fn strace(bytes: &[u8]) {
    if speaks_of_much(bytes) {
        return;
    }
    for lenient in [false, true] {
        let options = ImportOptions { lenient, ..ImportOptions::default() };
        if let Ok(imported) = import_bytes("fuzzed.strace", bytes, &options) {
            assert!(lenient || imported.skipped.is_empty());
            replay(&imported.script);
        }
    }
}

/// As a trace: the bytes are the file, or, by the first of them, what its frame holds.
pub fn trace(bytes: &[u8]) {
    let Some((&form, bytes)) = bytes.split_first() else { return };
    match form % 2 {
        0 => read(bytes),
        _ => {
            let mut plain =
                b"anystream trace 1 {\"contents\":true,\"initial_length\":4,\"name\":\"fuzzed\"}\n".to_vec();
            plain.extend_from_slice(bytes);
            read(&framed(&plain));
        }
    }
}

fn read(trace: &[u8]) {
    let Ok(reader) = TraceReader::new("fuzzed.trace", trace) else { return };
    // After an error there is nothing more.
    let mut records = reader.skip_while(Result::is_ok);
    if let Some(Err(_)) = records.next() {
        assert!(records.next().is_none());
    }
}

fn framed(plain: &[u8]) -> Vec<u8> {
    let mut encoder =
        FrameEncoder::with_frame_info(FrameInfo::new().content_checksum(true), Cursor::new(Vec::new()));
    encoder.write_all(plain).expect("a vector takes all");
    encoder.finish().expect("a vector takes all").into_inner()
}

/// Contents that a log does not hold are generated as long as it says, up to gigabytes: that works, but a fuzzer would
/// do nothing else. What begins a line is a process, and a number with a point a time: those may be long.
fn speaks_of_much(log: &[u8]) -> bool {
    let in_a_number = |byte: &u8| byte.is_ascii_hexdigit() || b"xX_.".contains(byte);
    let too_long = |number: &[u8]| number.len() > 4 && !number.contains(&b'.');
    log.split(|&byte| byte == b'\n')
        .filter_map(|line| line.iter().position(|byte| !byte.is_ascii_digit()).map(|process| &line[process..]))
        .any(|line| line.split(|byte| !in_a_number(byte)).any(too_long))
}

fn replay(script: &Script) {
    let mut stream = RopeStream::from(script.initial.clone());
    if let Err(mismatch) = verify(script, &mut stream) {
        panic!("{mismatch}");
    }
}
