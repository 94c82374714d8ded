//! Traces: what is recorded is read again, replays lawfully, survives a killed program, and bad files
//! are told as what they are.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use anystream::{AnyStream, Backend, ByteStream, Bytes, RopeStream, VecStream};
use anystream_core::forward_stream;
use anystream_workload::{
    Extent, ImportOptions, Model, Op, Outcome, Record, RecordedOp, Recording, Scratch, Script, Sink,
    TraceError, TraceHeader, TraceReader, TraceScript, TraceWriter, import_into, is_trace, read_script,
    record, run, verify,
};
use lz4_flex::frame::{FrameDecoder, FrameEncoder, FrameInfo};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// A file that is gone again at the end of a test.
struct Scrap(PathBuf);

impl Scrap {
    fn new(name: &str) -> Self {
        Scrap(std::env::temp_dir().join(format!("anystream-{}-{name}.trace", std::process::id())))
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.0).unwrap()
    }
}

impl Drop for Scrap {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A file in memory that its writer and a test share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Shared {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(data)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = FrameEncoder::with_frame_info(FrameInfo::new().content_checksum(true), Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All frames of a file, one behind the other.
fn decompressed(mut file: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while !file.is_empty() {
        FrameDecoder::new(&mut file).read_to_end(&mut all).unwrap();
    }
    all
}

fn read(file: &[u8]) -> Result<(Vec<Record>, bool, Extent), TraceError> {
    let mut reader = TraceReader::new("a.trace", file)?;
    let records = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((records, reader.complete(), reader.extent()))
}

fn script_of(file: &[u8]) -> TraceScript {
    read_script("a.trace", file, &ImportOptions::default()).unwrap()
}

struct Random(Pcg64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(Pcg64::new(seed.into(), 7))
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    /// Mostly small, now and then far out.
    fn number(&mut self) -> u64 {
        match self.below(20) {
            0 => u64::MAX - self.below(3),
            1 => 1 << 40,
            _ => self.below(300),
        }
    }

    fn data(&mut self) -> Bytes {
        let len = if self.below(30) == 0 { self.below(100_000) } else { self.below(40) } as usize;
        let ascii = self.below(4) != 0;
        (0..len).map(|_| if ascii { b'\t' + self.below(60) as u8 } else { self.below(256) as u8 }).collect()
    }

    fn op(&mut self) -> Op {
        let small = self.below(60) as usize;
        match self.below(24) {
            0 => Op::Seek(SeekFrom::Start(self.number())),
            1 => Op::Seek(SeekFrom::Current(self.below(200) as i64 - 100)),
            2 => Op::Seek(SeekFrom::End(self.below(100) as i64 - 90)),
            3 => Op::Seek(SeekFrom::Current(i64::MIN)),
            4 => Op::Read(small),
            5 => Op::ReadVectored(vec![small, 0, 3]),
            6 => Op::ReadExact(small),
            7 => Op::ReadToEnd,
            8 => Op::ReadToString,
            9 => Op::ReadUntil(b'\n'),
            10 => Op::SkipUntil(b' '),
            11 => Op::ReadLine,
            12 => Op::FillBuf,
            13 => Op::Consume(small),
            14 => Op::ReadBytes(small),
            15 => Op::ReadAt { offset: self.number(), len: small },
            16 => Op::Write(self.data()),
            17 => Op::WriteVectored(vec![self.data(), Bytes::new(), self.data()]),
            18 => Op::WriteFmt(String::from_utf8_lossy(&self.data()).into_owned()),
            19 => Op::WriteBytes(self.data()),
            20 => Op::Truncate(self.number()),
            21 => Op::SetLen(self.below(2000)),
            22 => {
                let start = self.below(200);
                Op::Splice { range: start..start + self.below(30), with: self.data() }
            }
            _ if self.below(2) == 0 => Op::Seek(SeekFrom::Start(self.below(200))),
            _ => Op::GetValue,
        }
    }

    /// A script that any backend can do: a write far out would need exabytes.
    fn script(&mut self, ops: usize) -> Script {
        let initial = self.data();
        let mut model = Model::new(&initial);
        let mut script = Script::new("random", initial);
        while script.ops.len() < ops {
            let op = self.op();
            let possible = match model.position().checked_add(op.bytes_given()) {
                Some(end) => op.bytes_given() == 0 || end < 1 << 20,
                // How much formatting would have written, a recorder cannot know.
                None => !matches!(op, Op::WriteFmt(_)),
            };
            if possible {
                model.apply(&op);
                script.ops.push(op);
            }
        }
        script
    }
}

fn recorded(script: &Script, recording: &Recording) -> (Vec<u8>, RopeStream) {
    let file = Shared::default();
    let mut stream = recording.to_writer(RopeStream::from(script.initial.clone()), file.clone()).unwrap();
    run(script, &mut stream, &mut Scratch::default());
    let (stream, written) = stream.finish();
    written.unwrap();
    (file.bytes(), stream)
}

#[test]
fn a_trace_replays_lawfully_to_the_same_length_and_position() {
    for seed in 0..60 {
        let script = Random::new(seed).script(300);
        let (file, stream) = recorded(&script, &Recording::new().block_records(1 + seed as u32 * 7));
        let (records, complete, extent) = read(&file).unwrap();
        assert_eq!((records.len(), complete), (300, true));
        assert_eq!(extent, Extent { length: stream.len(), position: stream.tell() });

        let trace = script_of(&file);
        assert!(trace.complete);
        let mut replayed = AnyStream::from(VecStream::from(trace.script.initial.clone()));
        verify(&trace.script, &mut replayed).unwrap();
        assert_eq!((replayed.len(), replayed.tell()), (stream.len(), stream.tell()), "seed {seed}");
        assert_eq!(trace.script.ops.len() as u64 + trace.left_out, 300);
        // Only texts that were not UTF-8 can have failed for what was written.
        let text = |op: &Op| matches!(op, Op::ReadToString | Op::ReadLine);
        assert!(trace.left_out <= script.ops.iter().filter(|op| text(op)).count() as u64);
    }
}

#[test]
fn a_trace_with_contents_replays_to_the_same_bytes() {
    for seed in 0..40 {
        let script = Random::new(1000 + seed).script(200);
        let (file, mut stream) = recorded(&script, &Recording::new().contents(true).name("random"));
        let trace = script_of(&file);
        assert_eq!(trace.left_out, 0);
        assert_eq!(trace.script, script, "seed {seed}");
        let mut replayed = VecStream::from(trace.script.initial.clone());
        verify(&trace.script, &mut replayed).unwrap();
        assert_eq!(replayed.getvalue().unwrap(), stream.getvalue().unwrap());
    }
}

#[test]
fn without_contents_no_byte_that_was_written_is_in_the_trace() {
    let script = Script::new("", "secret").with([Op::Write("secret".into()), Op::WriteFmt("secret".into())]);
    let plain = decompressed(&recorded(&script, &Recording::new()).0);
    assert!(!plain.windows(6).any(|bytes| bytes == b"secret"));
    let with = decompressed(&recorded(&script, &Recording::new().contents(true)).0);
    assert_eq!(with.windows(6).filter(|bytes| bytes == b"secret").count(), 3);
}

#[test]
fn a_recorder_keeps_every_law_that_its_stream_keeps() {
    for (seed, &backend) in (0..).zip(Backend::ALL.iter().cycle().take(16)) {
        let script = Random::new(2000 + seed).script(200);
        let mut stream = backend.stream();
        stream.write_all(&script.initial).unwrap();
        stream.rewind().unwrap();
        let recording = Recording::new().contents(seed % 2 == 0);
        let mut stream = recording.to_writer(stream, io::sink()).unwrap();
        verify(&script, &mut stream).unwrap();
        assert!(stream.is_recording());
    }
}

/// A stream that says which of its methods were called.
struct Spy {
    stream: VecStream,
    calls: Arc<Mutex<Vec<&'static str>>>,
}

macro_rules! spied {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Spy { stream: $stream, calls } => {
                calls.lock().unwrap().push(stringify!($call));
                $call
            }
        }
    };
}

forward_stream!(impl for Spy, spied);

/// One call of each method, and after it a mark.
fn call_everything<S: ByteStream>(s: &mut S, mark: &mut dyn FnMut()) {
    let calls: &[fn(&mut S)] = &[
        |s| drop(s.write(b"one\ntwo\nthree")),
        |s| drop(s.write_all(b"abc")),
        |s| drop(s.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")])),
        |s| drop(write!(s, "{}", 5)),
        |s| drop(s.flush()),
        |s| drop(s.rewind()),
        |s| drop(s.seek(SeekFrom::Start(1))),
        |s| drop(s.seek_relative(-1)),
        |s| drop(s.stream_position()),
        |s| drop(s.read(&mut [0; 2])),
        |s| drop(s.read_exact(&mut [0; 2])),
        |s| drop(s.read_vectored(&mut [IoSliceMut::new(&mut [0; 2])])),
        |s| drop(s.fill_buf().map(<[u8]>::len)),
        |s| s.consume(1),
        |s| drop(s.read_bytes(1)),
        |s| drop(s.read_at(1, &mut [0; 4])),
        |s| drop(s.skip_until(b'x')),
        |s| drop(s.write_bytes("y\nz".into())),
        |s| drop(s.insert(0, b"end\n")),
        |s| drop(s.remove(0..1)),
        |s| drop(s.splice(0..1, b"q")),
        |s| drop(s.set_len(40)),
        |s| drop(s.truncate(30)),
        |s| drop(s.getvalue()),
        |s| _ = s.tell(),
        |s| _ = s.len(),
        |s| _ = s.is_empty(),
        |s| drop(s.read_until(b'z', &mut Vec::new())),
        |s| drop(s.read_line(&mut String::new())),
        |s| drop(s.read_to_string(&mut String::new())),
        |s| drop(s.read_to_end(&mut Vec::new())),
    ];
    for call in calls {
        call(s);
        mark();
    }
}

#[test]
fn a_recorder_calls_the_very_method_that_was_called() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let spy = || Spy { stream: VecStream::new(), calls: calls.clone() };
    let marked = |s: &mut dyn FnMut(&mut dyn FnMut())| -> Vec<&'static str> {
        let mut first = Vec::new();
        s(&mut || {
            let called = std::mem::take(&mut *calls.lock().unwrap());
            // A recorder asks for length and position besides.
            let asked = |call: &&&str| !call.contains(":: tell(") && !call.contains(":: len(");
            first.push(called.iter().find(asked).or(called.first()).copied().unwrap_or("nothing"));
        });
        first
    };
    let mut alone = spy();
    let plain = marked(&mut |mark| call_everything(&mut alone, mark));
    let mut recorder = Recording::new().to_writer(spy(), io::sink()).unwrap();
    calls.lock().unwrap().clear();
    let recorded = marked(&mut |mark| call_everything(&mut recorder, mark));
    assert_eq!(recorded, plain);
    assert!(plain.iter().all(|call| *call != "nothing"), "{plain:#?}");
}

#[test]
fn every_method_is_one_record() {
    let file = Shared::default();
    let mut recorder = Recording::new().to_writer(VecStream::new(), file.clone()).unwrap();
    let mut calls = 0;
    call_everything(&mut recorder, &mut || calls += 1);
    recorder.finish().1.unwrap();
    let not_recorded = ["tell", "len", "is_empty", "flush"].len();
    assert_eq!(read(&file.bytes()).unwrap().0.len(), calls - not_recorded);
}

/// The committed file, which holds each kind of record, in two sessions, with contents.
const SAMPLE: &[u8] = include_bytes!("data/sample.trace");

/// What was done to make it, in two sessions.
fn sample_ops() -> [Vec<(Op, Outcome)>; 2] {
    use Outcome::{Done, Failed, Number};
    [
        vec![
            (Op::Seek(SeekFrom::Start(300)), Number(300)),
            (Op::Seek(SeekFrom::Current(-299)), Number(1)),
            (Op::Seek(SeekFrom::End(-4)), Number(0)),
            (Op::Seek(SeekFrom::Current(-1)), Failed(ErrorKind::InvalidInput)),
            (Op::Read(2), Number(2)),
            (Op::Read(8), Number(2)),
            (Op::ReadVectored(vec![1, 200]), Number(0)),
            (Op::ReadExact(1), Failed(ErrorKind::UnexpectedEof)),
            (Op::Write("hi\nyou\n".into()), Number(7)),
            (Op::Seek(SeekFrom::Start(0)), Number(0)),
            (Op::ReadLine, Number(7)),
            (Op::ReadUntil(b'\n'), Number(4)),
            (Op::Seek(SeekFrom::Start(0)), Number(0)),
            (Op::SkipUntil(b'z'), Number(3)),
            (Op::FillBuf, Number(8)),
            (Op::Consume(3), Done),
            (Op::ReadBytes(1), Number(1)),
            (Op::ReadAt { offset: 2, len: 3 }, Number(3)),
            (Op::ReadToString, Number(4)),
            (Op::ReadToEnd, Number(0)),
        ],
        vec![
            (Op::WriteVectored(vec!["a".into(), "".into(), "bc".into()]), Number(3)),
            (Op::WriteFmt("7".into()), Done),
            (Op::WriteBytes("xyz".into()), Done),
            (Op::Truncate(16), Done),
            (Op::SetLen(400), Done),
            (Op::Splice { range: 0..4, with: "good".into() }, Done),
            (
                Op::Splice { range: Range { start: 9, end: 8 }, with: "".into() },
                Failed(ErrorKind::InvalidInput),
            ),
            (Op::GetValue, Number(400)),
        ],
    ]
}

/// The records of the sample, byte by byte, as `docs/TRACE-FORMAT.md` describes them.
#[rustfmt::skip]
fn sample_records() -> [Vec<u8>; 3] {
    [
        // The initial contents, and where the first session begins.
        [&[32, 4][..], b"fizz", &[33, 4, 0]].concat(),
        [&[
            1, 0xac, 0x02,        // seek to 300
            2 | 0x40, 0xd5, 0x04, 1, // seek by -299: zigzag 597; at 1
            3 | 0x40, 7, 0,       // seek to the end and by -4: at 0
            2 | 0x80, 1, 1,       // seek by -1: failed, InvalidInput
            4, 2,                 // read 2
            4 | 0x40, 8, 2,       // read 8: 2 were left
            5 | 0x40, 2, 1, 0xc8, 0x01, 0, // read_vectored 1, 200: none were left
            6 | 0x80, 1, 3,       // read_exact 1: failed, UnexpectedEof
            32, 7][..], b"hi\nyou\n", &[16, 7, // write 7
            1, 0,                 // seek to 0
            11 | 0x40, 7,         // read_line: 7
            9 | 0x40, 10, 4,      // read_until \n: 4
            1, 0,
            10 | 0x40, 122, 3,    // skip_until z: 3
            12 | 0x40, 8,         // fill_buf: 8
            13, 3,                // consume 3
            14, 1,                // read_bytes 1
            15, 2, 3,             // read_at 2, 3 bytes
            8 | 0x40, 4,          // read_to_string: 4
            7 | 0x40, 0,          // read_to_end: 0
            34, 11, 11,           // the session ends: 11 bytes, position 11
        ]].concat(),
        [&[
            33, 11, 11,           // another begins
            32, 1][..], b"a", &[32, 2], b"bc", &[17, 3, 1, 0, 2, // write_vectored 1, 0, 2
            32, 1], b"7", &[18, 1,   // write_fmt 1
            32, 3], b"xyz", &[19, 3, // write_bytes 3
            20, 16,               // truncate to 16
            21, 0x90, 0x03,       // set_len to 400
            32, 4], b"good", &[22, 0, 8, 4, // splice 4 bytes over 0..4
            22 | 0x80, 9, 1, 0, 1, // splice over 9..8: failed, InvalidInput
            23 | 0x40, 0x90, 0x03, // getvalue: 400
            34, 0x90, 0x03, 18,   // the end: 400 bytes, position 18
        ]].concat(),
    ]
}

fn split_header(plain: &[u8]) -> (&[u8], &[u8]) {
    plain.split_at(plain.iter().position(|&byte| byte == b'\n').unwrap() + 1)
}

#[test]
fn the_sample_is_what_the_format_says_byte_by_byte() {
    let plain = decompressed(SAMPLE);
    let (header, records) = split_header(&plain);
    assert_eq!(
        std::str::from_utf8(header).unwrap(),
        "anystream trace 1 {\"anystream\":\"0.1.0\",\"contents\":true,\"initial_length\":4,\"name\":\"sample\",\
         \"program\":\"sampler\"}\n"
    );
    assert_eq!(records, sample_records().concat());
}

#[test]
fn the_sample_is_read_as_what_was_done() {
    let (records, complete, extent) = read(SAMPLE).unwrap();
    assert!(complete);
    assert_eq!(extent, Extent { length: 400, position: 18 });
    let done: Vec<_> = records.iter().map(|record| (record.op.clone(), record.outcome)).collect();
    let expected: Vec<_> =
        sample_ops().concat().iter().map(|(op, outcome)| (RecordedOp::from(op), *outcome)).collect();
    assert_eq!(done, expected);
    let trace = script_of(SAMPLE);
    assert_eq!(trace.script.ops, sample_ops().concat().into_iter().map(|(op, _)| op).collect::<Vec<_>>());
    verify(&trace.script, &mut VecStream::from(trace.script.initial.clone())).unwrap();
}

fn sample_header() -> TraceHeader {
    TraceHeader {
        name: "sample".to_owned(),
        initial_length: 4,
        program: Some("sampler".to_owned()),
        ..TraceHeader::default()
    }
}

/// The first session; the second is one that is appended.
fn write_sample() -> Vec<u8> {
    let mut writer = TraceWriter::with_contents(Vec::new(), &sample_header(), &b"fizz"[..]).unwrap();
    for (op, outcome) in &sample_ops()[0] {
        writer.op(op, *outcome).unwrap();
    }
    let scrap = Scrap::new("sample");
    fs::write(&scrap.0, writer.finish().unwrap()).unwrap();
    let mut stream = VecStream::from(b"fizzhi\nyou\n");
    stream.seek(SeekFrom::End(0)).unwrap();
    let mut stream = Recording::new().contents(true).append(true).to_file(stream, &scrap.0).unwrap();
    run(
        &Script::new("", "").with(sample_ops()[1].iter().map(|(op, _)| op.clone())),
        &mut stream,
        &mut Scratch::default(),
    );
    stream.finish().1.unwrap();
    scrap.bytes()
}

#[test]
fn kinds_of_error_have_the_numbers_of_the_format() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/TRACE-FORMAT.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, behind) = page.split_once("Kinds of error: 0 other,").unwrap();
    let (list, _) = behind.split_once('.').unwrap();
    let mut numbers = 1..;
    for (entry, number) in list.split(',').zip(numbers.by_ref()) {
        let (stated, name) = entry.trim().split_once(' ').unwrap();
        assert_eq!(stated.parse(), Ok(number));
        let (records, ..) = read(&by_hand(&[33, 5, 0, 4 | 0x80, 1, number])).unwrap();
        let Outcome::Failed(kind) = records[0].outcome else { panic!("{:?}", records[0]) };
        assert_eq!(format!("{kind:?}"), name);
        let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
        writer.op(&Op::Read(1), Outcome::Failed(kind)).unwrap();
        assert_eq!(read(&writer.finish().unwrap()).unwrap().0, records);
    }
    assert_eq!(numbers.next(), Some(38));
}

#[test]
fn what_is_written_today_is_what_the_format_says() {
    let plain = decompressed(&write_sample());
    assert_eq!(split_header(&plain).1, sample_records().concat());
}

#[test]
#[ignore = "writes the committed sample anew: only for a new version of the format"]
fn make_the_sample() {
    fs::write("tests/data/sample.trace", write_sample()).unwrap();
}

#[test]
fn a_file_cut_off_at_any_byte_is_read_as_far_as_its_last_whole_frame() {
    for contents in [false, true] {
        let script = Random::new(5).script(100);
        let recording = Recording::new().contents(contents).block_records(7);
        let whole = recorded(&script, &recording).0;
        let all = read(&whole).unwrap().0;
        let first_frame = {
            let mut rest = &whole[..];
            FrameDecoder::new(&mut rest).read_to_end(&mut Vec::new()).unwrap();
            whole.len() - rest.len()
        };
        let mut before = 0;
        let step = if whole.len() > 40_000 { 41 } else { 1 };
        for len in (0..whole.len()).filter(|len| len % step == 0 || *len < 2000) {
            match read(&whole[..len]) {
                Err(TraceError::Empty { .. }) => assert_eq!(len, 0),
                Err(TraceError::CutOff { bytes, .. }) => {
                    assert_eq!(bytes, len as u64);
                    assert!(contents || len < first_frame);
                }
                Err(other) => panic!("{len} bytes: {other}"),
                Ok((records, complete, _)) => {
                    assert!(!complete && len >= first_frame, "{len} bytes");
                    assert_eq!(records, all[..records.len()]);
                    assert!(records.len() >= before);
                    before = records.len();
                }
            }
        }
        assert!(before >= 93, "{before}");
    }
}

#[test]
fn a_damaged_byte_is_never_read_as_something_else() {
    let script = Random::new(6).script(60);
    let whole = recorded(&script, &Recording::new().block_records(20)).0;
    let all = read(&whole).unwrap().0;
    for at in 0..whole.len() {
        for bit in [1, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= bit;
            if let Ok((records, complete, _)) = read(&damaged) {
                // A few bits of LZ4 mean nothing.
                assert!(!complete || records.len() == all.len(), "byte {at}");
                assert_eq!(records, all[..records.len()], "byte {at}");
            }
        }
    }
}

const KILLED: &str = "ANYSTREAM_TEST_TRACE_OF_A_KILLED_PROGRAM";

#[test]
#[ignore = "is killed: a_killed_program_leaves_all_but_the_last_frame starts it"]
fn is_killed() {
    let Some(path) = std::env::var_os(KILLED) else { return };
    let mut stream = record(VecStream::new(), path).unwrap();
    for i in 0..100_000 {
        stream.write_all(&[7; 5]).unwrap();
        if i == 50_000 {
            stream.flush_trace();
        }
    }
    std::process::abort();
}

#[test]
fn a_killed_program_leaves_all_but_the_last_frame() {
    let scrap = Scrap::new("killed");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "is_killed", "--ignored"])
        .env(KILLED, &scrap.0)
        .output()
        .unwrap();
    assert!(!child.status.success());
    let (records, complete, extent) = read(&scrap.bytes()).unwrap();
    assert!(!complete);
    assert!((100_000 - (16 << 10)..100_000).contains(&records.len()), "{}", records.len());
    assert_eq!(extent.length, 5 * records.len() as u64);
    assert!(!script_of(&scrap.bytes()).complete);
}

/// A disk with room for so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        let n = data.len().min(self.0);
        self.0 -= n;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_stops_the_recording_and_nothing_else() {
    let script = Random::new(8).script(400);
    for (contents, room) in [(false, 250), (false, 500), (true, 30_000)] {
        let stream = VecStream::from(script.initial.clone());
        let recording = Recording::new().block_records(10).contents(contents);
        let mut stream = recording.to_writer(stream, Full(room)).unwrap();
        verify(&script, &mut stream).unwrap();
        assert!(!stream.is_recording());
        let (stream, written) = stream.finish();
        assert_eq!(written.unwrap_err().kind(), ErrorKind::StorageFull);
        assert!(stream.len() > 0);
    }
    let at_once = Recording::new().to_writer(VecStream::new(), Full(3));
    assert_eq!(at_once.unwrap_err().kind(), ErrorKind::StorageFull);
}

#[test]
fn nothing_is_written_behind_half_a_frame() {
    let file = Shared::default();
    struct Once(Shared, bool);
    impl Write for Once {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            if data.len() < 90 && !self.1 {
                self.1 = true;
                self.0.write_all(&data[..9])?;
                return Err(ErrorKind::TimedOut.into());
            }
            self.0.write(data)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut stream = Recording::new().to_writer(VecStream::new(), Once(file.clone(), false)).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.flush_trace();
    stream.write_all(b"hello").unwrap();
    drop(stream);
    let (records, complete, _) = read(&file.bytes()).unwrap();
    assert_eq!((records.len(), complete), (0, false));
}

#[test]
fn dropping_a_recorder_completes_the_trace() {
    let scrap = Scrap::new("dropped");
    let mut stream = record(VecStream::from(b"abc"), &scrap.0).unwrap();
    stream.write_all(b"hello").unwrap();
    drop(stream);
    let (records, complete, extent) = read(&scrap.bytes()).unwrap();
    assert_eq!((records.len(), complete, extent), (1, true, Extent { length: 5, position: 5 }));
}

#[test]
fn recording_may_begin_anywhere_in_a_stream() {
    let mut stream = VecStream::from(b"hello");
    stream.seek(SeekFrom::Start(9)).unwrap();
    let file = Shared::default();
    let mut stream = Recording::new().to_writer(stream, file.clone()).unwrap();
    stream.write_all(b"x").unwrap();
    stream.finish().1.unwrap();
    assert_eq!(script_of(&file.bytes()).script.ops[0], Op::Seek(SeekFrom::Start(9)));
    assert_eq!(read(&file.bytes()).unwrap().2, Extent { length: 10, position: 10 });
}

#[test]
fn appending_goes_on_with_the_same_stream() {
    let scrap = Scrap::new("append");
    let recording = Recording::new().append(true);
    let mut stream = VecStream::new();
    for session in 1..=3 {
        let mut recorder = recording.to_file(stream, &scrap.0).unwrap();
        recorder.write_all(b"hello").unwrap();
        stream = recorder.finish().0;
        let file = scrap.bytes();
        let mut reader = TraceReader::new("a.trace", &file[..]).unwrap();
        assert_eq!(reader.by_ref().count(), session);
        assert_eq!((reader.sessions(), reader.complete()), (session as u64, true));
    }
    // After a kill: what is half written is cut off.
    let whole = scrap.bytes();
    let torn = [&whole[..], &frame(&[16, 5])[..9]].concat();
    fs::write(&scrap.0, torn).unwrap();
    recording.to_file(stream, &scrap.0).unwrap().write_all(b"!").unwrap();
    assert!(scrap.bytes().starts_with(&whole));
    assert_eq!(script_of(&scrap.bytes()).script.ops.len(), 4);
}

#[test]
fn appending_refuses_what_does_not_fit_and_leaves_the_file_alone() {
    let scrap = Scrap::new("refused");
    record(VecStream::from(b"abc"), &scrap.0).unwrap().write_all(b"hello").unwrap();
    let before = scrap.bytes();
    let append = Recording::new().append(true);
    let refused = |stream: VecStream, recording: &Recording| recording.to_file(stream, &scrap.0).unwrap_err();

    let error = refused(VecStream::from(b"hello"), &append);
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("ends with the stream at position 5 of 5 bytes"), "{error}");
    let mut stream = VecStream::from(b"hello");
    stream.seek(SeekFrom::End(0)).unwrap();
    let error = refused(stream, &append.clone().contents(true));
    assert!(error.to_string().contains("has no contents"), "{error}");
    assert_eq!(scrap.bytes(), before);

    fs::write(&scrap.0, "my only copy").unwrap();
    let error = refused(VecStream::new(), &append);
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("is not a trace"), "{error}");
    assert_eq!(scrap.bytes(), b"my only copy");
}

#[test]
fn options_that_cannot_be_are_refused() {
    for bytes in [0, (4 << 20) + 1] {
        let error = Recording::new().block_size(bytes).to_writer(VecStream::new(), io::sink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let error = Recording::new().append(true).to_writer(VecStream::new(), io::sink()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// A trace of these records, made by hand.
fn by_hand(records: &[u8]) -> Vec<u8> {
    let header = b"anystream trace 1 {\"name\":\"n\",\"initial_length\":5,\"contents\":false}\n";
    frame(&[&header[..], records].concat())
}

fn error_of(file: &[u8]) -> String {
    let error = match read_script("a.trace", file, &ImportOptions::default()) {
        Ok(script) => panic!("{script:?}"),
        Err(error) => error.to_string(),
    };
    assert!(error.starts_with("a.trace"), "{error}");
    error
}

#[test]
fn bad_files_are_told_as_what_they_are() {
    let random: Vec<u8> = (0..5000).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let newer = frame(b"anystream trace 2 {}\n");
    let files: [(&[u8], &str); 13] = [
        (b"", "is empty: record again"),
        (&random, "is not a trace: it begins with the bytes"),
        (b"openat(", "is not a trace: it begins with the bytes"),
        (&[4, 0x22], "ends after 2 bytes, before the first session"),
        (&frame(b"my notes"), "is not a trace: it is an LZ4 file of something else"),
        (&frame(b"anystream trace 1 {\"name\":\"n\"}\n"), "there is no number \"initial_length\""),
        (&frame(b"anystream trace 1 hello\n"), "the object is not JSON"),
        (
            &frame(
                b"anystream trace 1 {\"name\":\"n\",\"initial_length\":5,\"contents\":false,\"hold\":-1}\n",
            ),
            "\"hold\" is no number of values",
        ),
        (&frame(b"anystream trace 1 "), "its first line does not end"),
        (&frame(b"anystream trace one {}\n"), "there is no version \"one\""),
        (&newer, "is a trace of version 2, but this program knows only version 1: update it"),
        (&by_hand(&[33, 5, 0, 34, 5, 0]), "has no operations"),
        (&by_hand(&[]), "before the first session begins"),
    ];
    for (file, message) in files {
        let error = error_of(file);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn records_that_cannot_be_are_told_with_their_place() {
    let begun = |records: &[u8]| by_hand(&[&[33, 5, 0, 4, 2], records].concat());
    let records: [(&[u8], &str); 12] = [
        (&[63], "record 2, in the frame at byte 0: there is no record with the tag 0x3f"),
        (&[0], "there is no record with the tag 0x00"),
        (&[4], "the record with the tag 0x04 is cut off"),
        (&[4, 0x80], "is cut off"),
        (&[5, 0xff, 0xff, 0xff, 0xff, 0x0f, 1], "is cut off"),
        (&[13 | 0x40, 1, 1], "names an outcome that its operation cannot have"),
        (&[32, 1, 7], "it holds contents, but the header says that there are none"),
        (&[4 | 0x40, 9, 4], "record 2: 4 bytes are read at position 2 of 5, where 3 can be"),
        (&[23 | 0x40, 4], "the contents have 5 bytes, but their value has 4"),
        (&[22, 0, 12, 0], "0..6 of 5 bytes are replaced"),
        (&[34, 5, 3], "after it the stream is at position 3 of 5 bytes"),
        (&[34, 5, 2, 4, 1], "an operation follows the end of a session"),
    ];
    for (records, message) in records {
        let error = error_of(&begun(records));
        assert!(error.contains(message), "{error}");
    }
    let error = error_of(&by_hand(&[33, 6, 0]));
    assert!(error.contains("the first session begins with 6 bytes, but the header says 5"), "{error}");
    let seam = error_of(&begun(&[34, 5, 2, 33, 5, 3]));
    assert!(
        seam.contains("session 2 begins at position 3 of 5 bytes, but the one before it ended at position 2"),
        "{seam}"
    );
    let damaged = error_of(&[begun(&[]), b"garbage".to_vec()].concat());
    assert!(damaged.contains("after record 1: it begins with the bytes"), "{damaged}");
}

#[test]
fn no_records_make_a_reader_panic() {
    let plain = decompressed(SAMPLE);
    let header = split_header(&plain).0.len();
    let without = decompressed(&recorded(&Random::new(9).script(200), &Recording::new()).0);
    let header_without = split_header(&without).0.len();
    let mut random = Random::new(10);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..4000 {
        let mut changed = plain.clone();
        let at = header + random.below((plain.len() - header) as u64) as usize;
        changed[at] = random.below(256) as u8;
        match read_script("a.trace", &frame(&changed)[..], &ImportOptions::default()) {
            Ok(trace) => {
                verify(&trace.script, &mut RopeStream::from(trace.script.initial.clone())).unwrap();
                good += 1;
            }
            Err(_) => bad += 1,
        }
        let mut changed = without.clone();
        let at = header_without + random.below((without.len() - header_without) as u64) as usize;
        changed[at] = random.below(256) as u8;
        match read(&frame(&changed)) {
            Ok(_) => good += 1,
            Err(_) => bad += 1,
        }
    }
    assert!(good > 100 && bad > 1000, "{good} {bad}");
}

#[test]
fn a_small_file_cannot_take_all_memory() {
    let bomb = error_of(&frame(&vec![0; 17 << 20]));
    assert!(bomb.contains("decompresses to more than"), "{bomb}");
    // A write of 2^62 bytes, and initial contents of 2^62.
    let write = by_hand(&[33, 5, 0, 16, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
    assert!(error_of(&write).contains("no memory for"), "{}", error_of(&write));
    let header =
        b"anystream trace 1 {\"name\":\"n\",\"initial_length\":4611686018427387904,\"contents\":false}\n";
    let begin = [33, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0, 4, 0];
    assert!(error_of(&frame(&[&header[..], &begin].concat())).contains("no memory for"));
}

#[test]
fn a_reader_that_fails_is_told_with_the_place() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::TimedOut.into())
        }
    }
    let start = &SAMPLE[..30];
    let error = TraceReader::new("a.trace", BufReader::new(start.chain(Broken))).unwrap_err();
    assert!(matches!(error, TraceError::Unreadable { offset: 30, .. }), "{error}");
}

#[test]
fn calls_that_failed_for_want_of_room_are_left_out_and_counted() {
    let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
    writer.op(&Op::Write("abc".into()), Outcome::Failed(ErrorKind::OutOfMemory)).unwrap();
    writer.op(&Op::SetLen(u64::MAX), Outcome::Failed(ErrorKind::FileTooLarge)).unwrap();
    writer.op(&Op::ReadExact(1), Outcome::Failed(ErrorKind::UnexpectedEof)).unwrap();
    writer.op(&Op::Write("abc".into()), Outcome::Number(2)).unwrap();
    let trace = script_of(&writer.finish().unwrap());
    assert_eq!(trace.left_out, 2);
    let mut stream = VecStream::new();
    verify(&trace.script, &mut stream).unwrap();
    assert_eq!((stream.len(), trace.script.ops.len()), (2, 2));
}

#[test]
fn a_writer_refuses_what_cannot_have_happened() {
    let mut writer = TraceWriter::new(Vec::new(), &TraceHeader::default()).unwrap();
    for (op, outcome) in [
        (Op::Read(1), Outcome::Number(1)),
        (Op::Read(1), Outcome::Done),
        (Op::Truncate(1), Outcome::Number(1)),
        (Op::Seek(SeekFrom::Start(1)), Outcome::Number(2)),
        (Op::ReadToEnd, Outcome::Done),
    ] {
        assert_eq!(writer.op(&op, outcome).unwrap_err().kind(), ErrorKind::InvalidInput, "{op}");
    }
    writer.op(&Op::SetLen(1), Outcome::Done).unwrap();
    assert_eq!(read(&writer.finish().unwrap()).unwrap().0.len(), 1);
}

#[test]
fn lz4_files_are_taken_for_traces_and_nothing_else_is() {
    assert!(is_trace(SAMPLE) && is_trace(&SAMPLE[..1]));
    for other in [&b""[..], b"openat(", b"{\"name\"", &[0x1f, 0x8b], &[4, 0x22, 0x4d, 0x19]] {
        assert!(!is_trace(other));
    }
}

#[test]
fn a_trace_is_read_in_any_pieces() {
    struct Drops<'a>(&'a [u8]);
    impl Read for Drops<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = buf.len().min(1);
            self.0.read(&mut buf[..n])
        }
    }
    impl BufRead for Drops<'_> {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            Ok(&self.0[..self.0.len().min(1)])
        }
        fn consume(&mut self, n: usize) {
            self.0 = &self.0[n..];
        }
    }
    let reader = TraceReader::new("a.trace", Drops(SAMPLE)).unwrap();
    assert_eq!(reader.map(Result::unwrap).collect::<Vec<_>>(), read(SAMPLE).unwrap().0);
}

#[test]
fn a_recorder_is_as_shareable_as_its_stream() {
    fn shareable<T: Send + Sync + 'static>(_: &T) {}
    let scrap = Scrap::new("shared");
    let recorder = record(VecStream::from(b"hello"), &scrap.0).unwrap();
    shareable(&recorder);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(recorder.read_at(1, &mut [0; 9]).unwrap(), 4));
        }
    });
    drop(recorder);
    assert_eq!(
        TraceReader::new("a.trace", BufReader::new(File::open(&scrap.0).unwrap())).unwrap().count(),
        4
    );
}

/// Keeps how many values it was told to hold.
struct Told<'a>(&'a mut Vec<usize>);

impl Sink for Told<'_> {
    fn begin(&mut self, _name: &str, _initial: Bytes) -> io::Result<()> {
        Ok(())
    }
    fn hold(&mut self, values: usize) -> io::Result<()> {
        self.0.push(values);
        Ok(())
    }
    fn op(&mut self, _op: Op) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_trace_says_how_many_values_are_held_if_the_recording_was_told() {
    let scrap = Scrap::new("held");
    let mut stream = Recording::new().hold(8).to_file(VecStream::new(), &scrap.0).unwrap();
    stream.getvalue().unwrap();
    let (stream, written) = stream.finish();
    written.unwrap();
    assert_eq!(script_of(&scrap.bytes()).script.hold, 8);
    let imported = anystream_workload::import(&scrap.0, &ImportOptions::default()).unwrap();
    assert_eq!(imported.script.hold, 8, "an import says it too");
    assert_eq!(script_of(SAMPLE).script.hold, 0, "a trace from before there was such a key holds none");
    let mut told = Vec::new();
    for (trace, holds) in [(scrap.bytes(), &[8][..]), (SAMPLE.to_vec(), &[])] {
        let copy = Scrap::new("told");
        fs::write(&copy.0, trace).unwrap();
        import_into(&copy.0, &ImportOptions::default(), &mut Told(&mut told)).unwrap();
        assert_eq!(told, holds, "a sink is told if the trace says it");
        told.clear();
    }

    let other = Recording::new().append(true).to_file(stream.clone(), &scrap.0).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::InvalidInput);
    assert!(other.to_string().contains("says that 8 values are held, but 0"), "{other}");
    let same = Recording::new().append(true).hold(8).to_file(stream, &scrap.0).unwrap();
    same.finish().1.unwrap();
    assert_eq!(script_of(&scrap.bytes()).script.hold, 8);
}
