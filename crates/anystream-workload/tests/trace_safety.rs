//! No record is lost: not to a second recorder, not to a machine that stopped, not to a call of too many pieces.

use std::fs;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Seek, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anystream::{ByteStream, Bytes, VecStream};
use anystream_workload::{
    ImportOptions, Op, Outcome, Record, RecordedOp, Recording, TraceError, TraceHeader, TraceReader,
    TraceWriter, import_bytes, record,
};

/// A file that is gone again at the end of a test.
struct Scrap(PathBuf);

impl Scrap {
    fn new(name: &str) -> Self {
        Scrap(std::env::temp_dir().join(format!("anystream-{}-{name}.trace", std::process::id())))
    }
}

impl Drop for Scrap {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn read(file: &[u8]) -> Result<(Vec<Record>, bool), TraceError> {
    let mut reader = TraceReader::new("a.trace", file)?;
    let records = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((records, reader.complete()))
}

#[test]
fn a_second_recorder_on_the_same_file_is_refused_and_the_first_goes_on() {
    let scrap = Scrap::new("locked");
    let mut first = record(VecStream::new(), &scrap.0).unwrap();
    first.write_all(b"hello").unwrap();
    first.flush_trace();
    for second in [Recording::new(), Recording::new().append(true), Recording::new().contents(true)] {
        let refused = second.to_file(VecStream::new(), &scrap.0).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ResourceBusy);
        let said = refused.to_string();
        assert!(said.contains(&*scrap.0.to_string_lossy()) && said.contains("into another file"), "{said}");
    }
    first.write_all(b", world").unwrap();
    let (stream, written) = first.finish();
    written.unwrap();
    let (records, complete) = read(&fs::read(&scrap.0).unwrap()).unwrap();
    assert_eq!((records.len(), complete), (2, true));
    // Once it is finished, the file is free.
    let again = Recording::new().append(true).to_file(stream, &scrap.0).unwrap();
    drop(again);
    drop(record(VecStream::new(), &scrap.0).unwrap());
}

#[test]
#[cfg(unix)]
fn a_link_does_not_hide_a_second_recorder() {
    let (scrap, link) = (Scrap::new("locked-by-name"), Scrap::new("locked-by-link"));
    let first = record(VecStream::new(), &scrap.0).unwrap();
    std::os::unix::fs::symlink(&scrap.0, &link.0).unwrap();
    assert_eq!(record(VecStream::new(), &link.0).unwrap_err().kind(), ErrorKind::ResourceBusy);
    drop(first);
    assert!(record(VecStream::new(), &link.0).is_ok());
}

#[test]
#[cfg(unix)]
fn devices_can_be_recorded_to_by_several() {
    let first = record(VecStream::new(), "/dev/null").unwrap();
    let second = record(VecStream::new(), "/dev/null").unwrap();
    assert!(first.is_recording() && second.is_recording());
}

#[test]
fn an_existing_trace_is_replaced_whole() {
    let scrap = Scrap::new("replaced");
    fs::write(&scrap.0, vec![7; 100_000]).unwrap();
    record(VecStream::new(), &scrap.0).unwrap().write_all(b"hello").unwrap();
    assert_eq!(read(&fs::read(&scrap.0).unwrap()).unwrap().0.len(), 1);
}

/// Writes in a frame: each is a record of what is written, and one of the call.
const PER_FRAME: usize = 5;

/// Where each frame of a trace of `ops` writes begins, and the trace.
fn trace(ops: usize) -> (Vec<usize>, Vec<u8>) {
    #[derive(Clone, Default)]
    struct Frames(Arc<Mutex<(Vec<usize>, Vec<u8>)>>);
    impl Write for Frames {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            let (starts, bytes) = &mut *self.0.lock().unwrap();
            starts.push(bytes.len());
            bytes.write(data)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let frames = Frames::default();
    let recording = Recording::new().contents(true).block_records(2 * PER_FRAME as u32);
    let mut recorder = recording.to_writer(VecStream::new(), frames.clone()).unwrap();
    for n in 0..ops {
        recorder.write_all(&[n as u8 | 1; 9]).unwrap();
    }
    recorder.finish().1.unwrap();
    let (starts, bytes) = &*frames.0.lock().unwrap();
    (starts.clone(), bytes.clone())
}

#[test]
fn zeros_from_any_byte_to_the_end_leave_the_whole_blocks_before_them() {
    let (starts, whole) = trace(40);
    let all = read(&whole).unwrap().0;
    for from in starts[1]..whole.len() {
        for more in [0, 1, 5000] {
            let mut zeroed = whole.clone();
            zeroed[from..].fill(0);
            zeroed.resize(whole.len() + more, 0);
            let (records, complete) =
                read(&zeroed).unwrap_or_else(|error| panic!("zeros from {from} and {more} more: {error}"));
            // Where the trace has zeros itself, nothing was lost.
            let intact = zeroed.iter().zip(&whole).take_while(|(a, b)| a == b).count();
            let frames = starts[1..].iter().chain([&whole.len()]).filter(|&&end| end <= intact).count();
            assert_eq!(records, all[..40.min((frames - 1) * PER_FRAME)], "zeros from {from}");
            assert!(!complete || (intact == whole.len() && more == 0));
        }
    }
    let zeros_behind = [&whole[..], &[0; 3]].concat();
    let (records, complete) = read(&zeros_behind).unwrap();
    assert_eq!((records.len(), complete), (40, false));
    let imported = import_bytes("a.trace", &zeros_behind, &ImportOptions::default()).unwrap();
    assert_eq!((imported.script.ops.len(), imported.complete), (40, false));
}

#[test]
fn zeros_with_something_behind_them_are_damage() {
    let (starts, whole) = trace(40);
    let mut damaged = whole.clone();
    damaged[starts[2]..starts[3]].fill(0);
    assert!(matches!(read(&damaged), Err(TraceError::Frame { .. })));
    let mut ended_by_one = whole.clone();
    ended_by_one.extend([0; 5000]);
    ended_by_one.push(1);
    assert!(matches!(read(&ended_by_one), Err(TraceError::Frame { .. })));
}

#[test]
fn a_zero_filled_tail_is_cut_off_before_recording_goes_on() {
    let scrap = Scrap::new("zeros");
    let recording = Recording::new().append(true);
    let mut recorder = recording.to_file(VecStream::new(), &scrap.0).unwrap();
    recorder.write_all(b"hello").unwrap();
    let stream = recorder.finish().0;
    let whole = fs::read(&scrap.0).unwrap();
    fs::write(&scrap.0, [&whole[..], &[0; 4096]].concat()).unwrap();
    recording.to_file(stream, &scrap.0).unwrap().write_all(b"!").unwrap();
    let file = fs::read(&scrap.0).unwrap();
    assert!(file.starts_with(&whole));
    let (records, complete) = read(&file).unwrap();
    assert_eq!((records.len(), complete), (2, true));
}

/// A list of lengths that takes more than a frame may have.
const PIECES: usize = 17 << 20;

#[test]
fn a_vectored_call_of_too_many_pieces_is_one_piece_and_no_record_is_lost() {
    let scrap = Scrap::new("pieces");
    let recording = Recording::new().block_size(4 << 20).contents(true);
    let mut recorder = recording.to_file(VecStream::new(), &scrap.0).unwrap();
    recorder.write_all(b"before").unwrap();
    let pieces = vec![IoSlice::new(b""); PIECES];
    assert_eq!(recorder.write_vectored(&pieces).unwrap(), 0);
    let mut two = pieces;
    two[7] = IoSlice::new(b"seven");
    assert_eq!(recorder.write_vectored(&two).unwrap(), 5);
    drop(two);
    recorder.rewind().unwrap();
    let mut first = [0; 6];
    let mut bufs: Vec<_> = (0..PIECES).map(|_| IoSliceMut::new(&mut [])).collect();
    bufs[9] = IoSliceMut::new(&mut first);
    assert_eq!(recorder.read_vectored(&mut bufs).unwrap(), 6);
    drop(bufs);
    recorder.write_all(b"after").unwrap();
    assert!(recorder.is_recording());
    let (stream, written) = recorder.finish();
    written.unwrap();
    assert_eq!(stream.len(), 11);

    let (records, complete) = read(&fs::read(&scrap.0).unwrap()).unwrap();
    let ops: Vec<_> = records.into_iter().map(|record| record.op).collect();
    use RecordedOp::{Read, Seek, Write};
    assert_eq!(ops, [Write(6), Write(0), Write(5), Seek(io::SeekFrom::Start(0)), Read(6), Write(5)]);
    assert!(complete);
}

#[test]
fn a_writer_refuses_too_many_pieces_and_keeps_what_it_had() {
    let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
    writer.op(&Op::Write("before".into()), Outcome::Number(6)).unwrap();
    let pieces = Op::WriteVectored(vec![Bytes::new(); PIECES]);
    assert_eq!(writer.op(&pieces, Outcome::Number(0)).unwrap_err().kind(), ErrorKind::InvalidInput);
    let lens = RecordedOp::ReadVectored(vec![0; PIECES]);
    assert_eq!(writer.recorded_op(&lens, Outcome::Number(0)).unwrap_err().kind(), ErrorKind::InvalidInput);
    // The longest list that fits, of the longest numbers, behind a block that is nearly full.
    let longest = RecordedOp::ReadVectored(vec![u64::MAX; 1 << 20]);
    writer.recorded_op(&longest, Outcome::Number(0)).unwrap();
    writer.op(&Op::Write("after".into()), Outcome::Number(5)).unwrap();
    let (records, complete) = read(&writer.finish().unwrap()).unwrap();
    assert_eq!((records.len(), complete), (3, true));
}
