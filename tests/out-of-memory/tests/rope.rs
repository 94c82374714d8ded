//! Law F1 for `RopeStream`: whichever allocation of a call is refused, the call says so and nothing has
//! changed, or it did without.
//!
//! The calls that every stream has, on every backend, are in `every_backend.rs`; here is what only a rope can
//! do, and the layouts that only a rope has.

use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;

use anystream::{ByteStream, Bytes, RopeStream};
use anystream_out_of_memory::{Refuse, refusing};
use anystream_workload::{Expected, Model, Op, Scratch};

/// One call under test.
enum Call {
    Op(Op),
    SpliceStream(Range<u64>, RopeStream),
    Append(RopeStream),
    SplitOff(u64),
    Slice(Range<u64>),
    Compact,
}

/// What a call leaves beside the stream that it was made on.
#[derive(Default)]
struct Output {
    scratch: Scratch,
    cut: Option<RopeStream>,
}

impl Call {
    fn make(&self, stream: &mut RopeStream, output: &mut Output) -> io::Result<()> {
        match self {
            Call::Op(op) => op.perform(stream, &mut output.scratch).map(drop),
            Call::SpliceStream(range, with) => stream.splice_stream(range.clone(), with),
            Call::Append(other) => stream.append(other.clone()),
            Call::SplitOff(at) => stream.split_off(*at).map(|tail| output.cut = Some(tail)),
            Call::Slice(range) => stream.slice(range.clone()).map(|cut| output.cut = Some(cut)),
            Call::Compact => stream.compact(),
        }
    }

    /// What it does to the contents, and what it cuts out of them.
    fn model(&self, before: &State) -> (State, Option<Vec<u8>>) {
        let mut model = Model::new(&before.contents);
        model.apply(&Op::Seek(SeekFrom::Start(before.position)));
        let part = |range: Range<u64>| before.contents[range.start as usize..range.end as usize].to_vec();
        let len = model.length();
        let (op, cut) = match self {
            Call::Op(op) => (op.clone(), None),
            Call::SpliceStream(range, with) => {
                (Op::Splice { range: range.clone(), with: contents(with).into() }, None)
            }
            Call::Append(other) => (Op::Splice { range: len..len, with: contents(other).into() }, None),
            Call::SplitOff(at) => (Op::Truncate(*at), Some(part(*at..len))),
            Call::Slice(range) => (Op::Truncate(len), Some(part(range.clone()))),
            Call::Compact => (Op::Truncate(len), None),
        };
        let expected = model.apply(&op);
        assert!(!matches!(expected, Expected::Error(_)), "{op:?} is wrong for a test");
        (State { contents: model.contents().to_vec(), position: model.position() }, cut)
    }
}

#[derive(PartialEq, Eq, Clone)]
struct State {
    contents: Vec<u8>,
    position: u64,
}

fn state(stream: &RopeStream) -> State {
    State { contents: contents(stream), position: stream.tell() }
}

/// All bytes, by two ways that must agree.
fn contents(stream: &RopeStream) -> Vec<u8> {
    let mut contents = vec![0; stream.len() as usize + 1];
    let n = stream.read_at(0, &mut contents).unwrap();
    contents.truncate(n);
    assert_eq!(contents.len() as u64, stream.len());
    let mut rest = &contents[..];
    for run in stream.chunks() {
        rest = rest.strip_prefix(run).unwrap();
    }
    assert!(rest.is_empty());
    contents
}

/// A little more than a chunk holds, so that it is kept as it is.
const LARGE: usize = 8200;
/// About what a chunk holds.
const CHUNK: usize = 8168;
/// What a piece holds that fills up by appends.
const APPENDED: usize = 7605;

fn bytes(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|i| ((i ^ (i >> 7)) * 31 + seed) as u8).collect()
}

/// A value whose clones need no memory.
fn shared(len: usize, seed: usize) -> Bytes {
    let bytes = Bytes::from(bytes(len, seed));
    drop(bytes.clone());
    bytes
}

fn at(stream: &mut RopeStream, position: u64) {
    stream.seek(SeekFrom::Start(position)).unwrap();
}

/// How the contents lie in memory before the call.
type Layout = (&'static str, fn() -> RopeStream);

fn chunks(count: usize, rest: usize) -> RopeStream {
    RopeStream::from(&bytes(count * CHUNK + rest, count)[..])
}

/// Edits all over, each far from the last, and so made in the tree.
fn edited(mut stream: RopeStream) -> RopeStream {
    for step in 0..40 {
        let at = step * 7_654_321 % (stream.len() - 100);
        match step % 4 {
            0 | 1 => stream.insert(at, &bytes(step as usize * 9, 3)).unwrap(),
            2 => stream.remove(at..at + 70).unwrap(),
            _ => stream.splice(at..at + 5, b"replaced").unwrap(),
        }
    }
    stream
}

/// Typing in the middle, which leaves a chunk checked out of the tree.
fn typed(mut stream: RopeStream, place: u64) -> RopeStream {
    for step in 0..20 {
        stream.insert(place + step, b"x").unwrap();
    }
    stream.remove(place..place + 3).unwrap();
    stream
}

fn pieces() -> RopeStream {
    let mut stream = RopeStream::new();
    for piece in 0..6 {
        stream.write_bytes(shared(LARGE * 2, piece)).unwrap();
        stream.write_bytes(shared(30, piece)).unwrap();
    }
    stream
}

fn holes() -> RopeStream {
    let mut stream = RopeStream::from(&bytes(300, 1)[..]);
    for step in 1..5 {
        at(&mut stream, step * 40_000);
        io::Write::write_all(&mut stream, &bytes(2000, 5)).unwrap();
    }
    stream.set_len(170_000).unwrap();
    stream
}

fn mixed() -> RopeStream {
    let mut stream = chunks(3, 100);
    for part in [pieces(), holes(), chunks(17, 5)] {
        stream.append(part).unwrap();
    }
    typed(edited(stream), 30_000)
}

/// Many pieces a little larger than what would be merged: a tree three levels high.
fn tall() -> RopeStream {
    let part = RopeStream::from(shared(LARGE, 1)).slice(0..1100).unwrap();
    let mut stream = RopeStream::new();
    for _ in 0..600 {
        stream.append(part.clone()).unwrap();
    }
    stream
}

const LAYOUTS: &[Layout] = &[
    ("empty", RopeStream::new),
    ("a few bytes", || RopeStream::from(&bytes(100, 1)[..])),
    ("a few bytes, written", || {
        let mut stream = RopeStream::new();
        io::Write::write_all(&mut stream, &bytes(100, 1)).unwrap();
        stream
    }),
    ("one full chunk", || chunks(1, 0)),
    ("a full leaf", || chunks(16, 0)),
    ("a full leaf and more", || chunks(16, 2000)),
    ("full leaves", || chunks(32, 0)),
    ("chunks appended", || {
        let mut stream = RopeStream::new();
        for part in bytes(20 * CHUNK + 77, 1).chunks(1000) {
            io::Write::write_all(&mut stream, part).unwrap();
        }
        stream
    }),
    ("appended until a piece was full", || {
        let mut stream = RopeStream::new();
        for part in bytes(5 * APPENDED, 1).chunks(45) {
            io::Write::write_all(&mut stream, part).unwrap();
        }
        stream
    }),
    ("appended behind a full leaf", || {
        let mut stream = RopeStream::new();
        for part in bytes(32 * APPENDED + 7000, 1).chunks(45) {
            io::Write::write_all(&mut stream, part).unwrap();
        }
        stream
    }),
    ("edited", || edited(chunks(20, 0))),
    ("typed in the middle", || typed(chunks(20, 10), 10 * CHUNK as u64)),
    ("typed at the end", || {
        let stream = chunks(16, 0);
        let len = stream.len();
        typed(stream, len)
    }),
    ("typed here and there", || typed(edited(chunks(40, 10)), 100_000)),
    ("shared pieces", pieces),
    ("holes", holes),
    ("mixed", mixed),
    ("tall", tall),
    ("read a moment ago", || {
        let mut stream = chunks(20, 10);
        let middle = stream.len() / 2;
        at(&mut stream, middle);
        for _ in 0..3 {
            io::Read::read_exact(&mut stream, &mut [0; 50]).unwrap();
        }
        stream
    }),
];

/// Every call in question on contents of `len` bytes, and the position at which it is made.
fn calls(len: u64) -> Vec<(&'static str, u64, Call)> {
    let middle = len / 2;
    let few = |n: u64| n.min(len - middle);
    let write = |n: usize| Call::Op(Op::Write(shared(n, 9)));
    let write_bytes = |n: usize| Call::Op(Op::WriteBytes(shared(n, 8)));
    let splice = |range: Range<u64>, n: usize| Call::Op(Op::Splice { range, with: shared(n, 7) });
    let vectored = || Call::Op(Op::WriteVectored(vec![shared(50, 1), shared(LARGE, 2), shared(3, 3)]));
    let other = || typed(mixed(), 50_000);
    vec![
        ("write a byte at the end", len, write(1)),
        ("write at the end", len, write(3000)),
        ("write much at the end", len, write(40_000)),
        ("write very much at the end", len, write(200_000)),
        ("overwrite a byte", middle, write(1)),
        ("overwrite", few(2000), write(few(3000) as usize)),
        ("overwrite in the middle", middle, write(few(3000) as usize)),
        ("overwrite much in the middle", middle, write(few(40_000) as usize)),
        ("write across the end", len.saturating_sub(20), write(1000)),
        ("write much across the end", len.saturating_sub(7000), write(40_000)),
        ("write very much from the start on", 0, write(400_000)),
        ("write behind a short gap", len + 10, write(10)),
        ("write behind a gap", len + 5000, write(10)),
        ("write much behind a gap", len + 5000, write(40_000)),
        ("write bytes behind a gap", len + 700, write_bytes(40_000)),
        ("write pieces at the end", len, vectored()),
        ("write pieces in the middle", middle, vectored()),
        ("write pieces behind a gap", len + 30, vectored()),
        ("write bytes at the end", len, write_bytes(LARGE)),
        ("write bytes in the middle", middle, write_bytes(LARGE)),
        ("write bytes across the end", len.saturating_sub(100), write_bytes(50_000)),
        ("write few bytes", middle, write_bytes(100)),
        ("write formatted", middle, Call::Op(Op::WriteFmt("formatted, of some length".repeat(20)))),
        ("insert a byte", 0, splice(middle..middle, 1)),
        ("insert a byte at the start", 0, splice(0..0, 1)),
        ("insert a byte at the end", 0, splice(len..len, 1)),
        ("insert", 0, splice(middle..middle, 3000)),
        ("insert much", 0, splice(middle..middle, 40_000)),
        ("insert very much", 0, splice(middle..middle, 200_000)),
        ("insert at the end", 0, splice(len..len, 20_000)),
        ("remove a byte", 0, splice(middle..middle + few(1), 0)),
        ("remove", 0, splice(middle..middle + few(3000), 0)),
        ("remove much", 0, splice(middle / 2..middle + few(30_000), 0)),
        ("remove all", 0, splice(0..len, 0)),
        ("remove the start", 0, splice(0..middle, 0)),
        ("replace", 0, splice(middle..middle + few(10), 15)),
        ("replace much", 0, splice(middle / 3..middle + few(20_000), 25_000)),
        ("truncate", 7, Call::Op(Op::Truncate(middle))),
        ("truncate a byte", 7, Call::Op(Op::Truncate(len.saturating_sub(1)))),
        ("truncate to a byte", 7, Call::Op(Op::Truncate(1))),
        ("truncate to nothing", 7, Call::Op(Op::Truncate(0))),
        ("set_len shorter", 7, Call::Op(Op::SetLen(len / 3))),
        ("set_len a little longer", 7, Call::Op(Op::SetLen(len + 10))),
        ("set_len much longer", 7, Call::Op(Op::SetLen(len + 100_000))),
        ("read_to_end", 3, Call::Op(Op::ReadToEnd)),
        ("read_until", 3, Call::Op(Op::ReadUntil(77))),
        ("read", middle, Call::Op(Op::Read(few(20_000) as usize))),
        ("fill_buf", middle, Call::Op(Op::FillBuf)),
        ("splice_stream", 5, Call::SpliceStream(middle..middle + few(100), other())),
        ("splice_stream at the start", 5, Call::SpliceStream(0..0, chunks(16, 9))),
        ("splice_stream of a few bytes", 5, Call::SpliceStream(middle..middle, chunks(0, 5))),
        ("append", 5, Call::Append(other())),
        ("append a few bytes", 5, Call::Append(chunks(0, 5))),
        ("append tall", 5, Call::Append(tall())),
        ("split_off", 5, Call::SplitOff(middle)),
        ("split_off nothing", 5, Call::SplitOff(len)),
        ("split_off everything", 5, Call::SplitOff(0)),
        ("slice", 5, Call::Slice(middle / 2..middle + few(3000))),
        ("slice a byte", 5, Call::Slice(middle..middle + few(1))),
        ("compact", 5, Call::Compact),
    ]
}

/// A stream in its layout, at its position, with or without a clone that shares everything.
fn subject(layout: fn() -> RopeStream, position: u64, with_clone: bool) -> (RopeStream, Option<RopeStream>) {
    let mut stream = layout();
    at(&mut stream, position);
    let clone = with_clone.then(|| stream.clone());
    (stream, clone)
}

/// Makes every call on a stream of this layout, with every one of its allocations refused in turn, until it
/// needs no more. Returns what went wrong, once for each call.
fn violations(name: &str, layout: fn() -> RopeStream, with_clone: bool) -> Vec<String> {
    let mut violations = Vec::new();
    for (call_name, position, call) in calls(layout().len()) {
        let before = state(&subject(layout, position, false).0);
        let (after, cut) = call.model(&before);
        let modes: [fn(usize) -> Refuse; 2] = [Refuse::Once, Refuse::From];
        let first = modes.into_iter().find_map(|mode| {
            for number in 0.. {
                let (stream, clone) = subject(layout, position, with_clone);
                match attempt(stream, &clone, &call, mode(number), &before, &after, &cut) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(what) => return Some(format!("{:?}: {what}", mode(number))),
                }
            }
            None
        });
        violations.extend(first.map(|what| format!("{name}, clone {with_clone}: {call_name}, {what}")));
    }
    violations
}

/// Makes one call, and returns whether it was refused memory; or what is wrong.
fn attempt(
    mut stream: RopeStream,
    clone: &Option<RopeStream>,
    call: &Call,
    refuse: Refuse,
    before: &State,
    after: &State,
    cut: &Option<Vec<u8>>,
) -> Result<bool, String> {
    let mut output = Output::default();
    let (result, seen) = refusing(refuse, 0, || call.make(&mut stream, &mut output));
    let refused = seen.refused > 0;
    match result {
        Ok(()) => {}
        Err(error) if error.kind() != ErrorKind::OutOfMemory || !refused => {
            return Err(format!("it failed with {error:?}"));
        }
        Err(_) if stream.len() != before.contents.len() as u64 => {
            return Err(format!("it failed, and the length became {}", stream.len()));
        }
        Err(_) if state(&stream) != *before => return Err("it failed, and the contents changed".into()),
        Err(_) => call
            .make(&mut stream, &mut output)
            .map_err(|error| format!("it failed when made again, with memory: {error:?}"))?,
    }
    if state(&stream) != *after {
        return Err("wrong contents after it".into());
    }
    if output.cut.as_ref().map(contents) != *cut {
        return Err("wrong bytes cut out".into());
    }
    if clone.as_ref().is_some_and(|clone| state(clone) != *before) {
        return Err("the clone changed".into());
    }
    // Whatever is wrong inside would come to light when the stream goes on.
    let (mut plain, middle) = (after.contents.clone(), after.contents.len() / 2);
    stream.insert(middle as u64, b"goes on").unwrap();
    plain.splice(middle..middle, *b"goes on");
    plain.pop();
    stream.truncate(plain.len() as u64).unwrap();
    if contents(&stream) != plain {
        return Err("wrong contents when it goes on".into());
    }
    Ok(refused)
}

fn every_layout(with_clone: bool) {
    let violations: Vec<_> =
        LAYOUTS.iter().flat_map(|(name, layout)| violations(name, *layout, with_clone)).collect();
    assert!(violations.is_empty(), "{} calls broke law F1:\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn f1_a_call_that_is_refused_memory_changes_nothing() {
    every_layout(false);
}

#[test]
fn f1_a_call_that_is_refused_memory_changes_nothing_where_a_clone_shares_everything() {
    every_layout(true);
}

/// A write behind the end fills the gap first. If then there is no memory for the data, the gap goes again.
#[test]
fn f1_a_gap_is_taken_back_without_memory() {
    let mut stream = RopeStream::new();
    at(&mut stream, 100);
    let (result, seen) = refusing(Refuse::From(1), 0, || io::Write::write_all(&mut stream, &[7; 10]));
    assert_eq!(seen.refused, 2, "the data, and what says so: the error has its kind alone");
    assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::OutOfMemory));
    assert_eq!((stream.len(), stream.tell()), (0, 100));
}

#[test]
fn a_few_bytes_need_no_memory_until_they_are_more() {
    let mut stream = RopeStream::new();
    let (result, seen) = refusing(Refuse::From(0), 0, || -> io::Result<()> {
        io::Write::write_all(&mut stream, b"hello, small rope of 30 bytes!")?;
        stream.remove(7..13)?;
        stream.insert(0, b"?")?;
        stream.truncate(6)?;
        stream.set_len(31)?;
        let mut read = [1; 31];
        stream.rewind()?;
        io::Read::read_exact(&mut stream, &mut read)?;
        assert_eq!(&read[..7], b"?hello\0");
        Ok(())
    });
    assert_eq!((result.map_err(|error| error.kind()), seen.refused), (Ok(()), 0));
    assert_eq!((stream.memory().live, stream.memory().spare, stream.memory().tree), (31, 0, 0));

    let (result, _) = refusing(Refuse::From(0), 0, || stream.insert(31, b"!"));
    assert_eq!(result.map_err(|error| error.kind()), Err(ErrorKind::OutOfMemory));
    assert_eq!(contents(&stream), [b"?hello".as_slice(), &[0; 25]].concat());
    stream.insert(31, b"!").unwrap();
    assert_eq!(contents(&stream), [b"?hello".as_slice(), &[0; 25], b"!"].concat());
}

#[test]
fn clones_and_an_empty_stream_need_no_memory() {
    for (name, layout) in LAYOUTS {
        let stream = layout();
        let (clone, seen) = refusing(Refuse::From(0), 0, || stream.clone());
        assert_eq!(seen.refused, 0, "{name}");
        assert!(state(&clone) == state(&stream));
    }
    assert_eq!(refusing(Refuse::From(0), 0, || drop(RopeStream::new())).1.refused, 0);
}

#[test]
fn readers_need_no_memory() {
    for (name, layout) in LAYOUTS {
        let stream = layout();
        let mut buf = vec![0; 10_000];
        let ((), seen) = refusing(Refuse::From(0), 0, || {
            let mut reader = stream.reader_at(stream.len() / 3);
            while io::Read::read(&mut reader, &mut buf).unwrap() > 0 {}
            assert_eq!(stream.chunks().map(<[u8]>::len).sum::<usize>() as u64, stream.len());
            stream.write_to(&mut io::sink()).unwrap();
        });
        assert_eq!(seen.refused, 0, "{name}");
    }
}
