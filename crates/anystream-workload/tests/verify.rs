//! `verify` finds what a stream does wrong, and says what and where.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;

use anystream::{Backend, ByteStream, Bytes, RopeStream, VecStream};
use anystream_workload::{Mismatch, Op, Scratch, Script, run, verify};

/// What a liar does differently from a stream that keeps the laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    None,
    ReadShort,
    ReadWrongByte,
    ReadMoreThanThereWasRoomFor,
    ReadAtWrongByte,
    WriteCount,
    WriteLosesAByte,
    WriteKindOfError,
    WriteFailsAfterWriting,
    ReadExactMoves,
    SeekAnswer,
    SeekMovesOnError,
    FillBufEmpty,
    ConsumeTooFar,
    TruncateGrows,
    SetLenMoves,
    SpliceAccepts,
    GetvalueMoves,
    GetvalueCut,
    Tell,
    Len,
}

struct Liar {
    truth: VecStream,
    lie: Lie,
    /// What every value that was given holds on to.
    token: Arc<()>,
    /// How many values were alive whenever one was asked for.
    alive: Vec<usize>,
}

/// A value with something by which it is counted.
struct Counted(Bytes, #[allow(dead_code, reason = "it is there to be counted")] Arc<()>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Liar {
    fn new(contents: &[u8], lie: Lie) -> Self {
        Liar { truth: VecStream::from(contents), lie, token: Arc::default(), alive: Vec::new() }
    }

    fn counted(&mut self, value: Bytes) -> Bytes {
        self.alive.push(Arc::strong_count(&self.token) - 1);
        Bytes::from_owner(Counted(value, self.token.clone()))
    }

    fn tells(&self, lie: Lie) -> bool {
        self.lie == lie
    }
}

impl Read for Liar {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = if self.tells(Lie::ReadShort) { buf.len().min(2) } else { buf.len() };
        let n = self.truth.read(&mut buf[..len])?;
        if self.tells(Lie::ReadWrongByte) && n > 3 {
            buf[3] ^= 1;
        }
        if self.tells(Lie::ReadMoreThanThereWasRoomFor) { Ok(n + 1) } else { Ok(n) }
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let answer = self.truth.read_exact(buf);
        if answer.is_err() && self.tells(Lie::ReadExactMoves) {
            self.truth.rewind()?;
        }
        answer
    }
}

impl BufRead for Liar {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.lie == Lie::FillBufEmpty { Ok(&[]) } else { self.truth.fill_buf() }
    }

    fn consume(&mut self, n: usize) {
        if self.tells(Lie::ConsumeTooFar) {
            self.truth.seek(SeekFrom::Current(n as i64)).unwrap();
        } else {
            self.truth.consume(n);
        }
    }
}

impl Write for Liar {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self.lie {
            Lie::WriteCount => self.truth.write(data).map(|n| n.saturating_sub(1)),
            Lie::WriteLosesAByte => self.truth.write(&data[..data.len() - 1]),
            Lie::WriteKindOfError => self.truth.write(data).map_err(|_| io::ErrorKind::Other.into()),
            Lie::WriteFailsAfterWriting => {
                let answer = self.truth.write(data);
                if answer.is_err() {
                    // Length and position are as before, the contents are not.
                    let position = self.truth.tell();
                    self.truth.rewind()?;
                    self.truth.write_all(b"J")?;
                    self.truth.seek(SeekFrom::Start(position))?;
                }
                answer
            }
            _ => self.truth.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Liar {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let answer = self.truth.seek(to);
        if self.tells(Lie::SeekAnswer) {
            return answer.map(|position| position + 1);
        }
        if answer.is_err() && self.tells(Lie::SeekMovesOnError) {
            self.truth.rewind()?;
        }
        answer
    }
}

impl ByteStream for Liar {
    fn tell(&self) -> u64 {
        self.truth.tell() + u64::from(self.tells(Lie::Tell) && self.truth.tell() > 0)
    }

    fn len(&self) -> u64 {
        self.truth.len() + u64::from(self.tells(Lie::Len) && self.truth.tell() > 0)
    }

    fn getvalue(&mut self) -> io::Result<Bytes> {
        let mut value = self.truth.getvalue()?;
        if self.tells(Lie::GetvalueMoves) {
            self.truth.rewind()?;
        }
        if self.tells(Lie::GetvalueCut) {
            value.truncate(1);
        }
        Ok(self.counted(value))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.truth.read_at(offset, buf)?;
        if self.tells(Lie::ReadAtWrongByte) && offset == 1 && n > 0 {
            buf[0] ^= 1;
        }
        Ok(n)
    }

    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        let value = self.truth.read_bytes(n)?;
        Ok(self.counted(value))
    }

    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        self.truth.write_bytes(data)
    }

    fn truncate(&mut self, size: u64) -> io::Result<()> {
        if self.tells(Lie::TruncateGrows) { self.truth.set_len(size) } else { self.truth.truncate(size) }
    }

    fn set_len(&mut self, size: u64) -> io::Result<()> {
        self.truth.set_len(size)?;
        if self.tells(Lie::SetLenMoves) {
            self.truth.rewind()?;
        }
        Ok(())
    }

    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        let answer = self.truth.splice(range, with);
        if self.tells(Lie::SpliceAccepts) { Ok(()) } else { answer }
    }
}

fn script() -> Script {
    Script::new("everything", "hello").with([
        Op::Read(5),
        Op::Seek(SeekFrom::Start(7)),
        Op::Write("world".into()),
        Op::Seek(SeekFrom::Current(-100)),
        Op::ReadExact(1000),
        Op::ReadAt { offset: 1, len: 3 },
        Op::Truncate(100),
        Op::SetLen(20),
        Op::Splice { range: 30..40, with: "x".into() },
        Op::FillBuf,
        Op::Consume(1000),
        Op::GetValue,
        Op::Seek(SeekFrom::Start(u64::MAX)),
        Op::Write("too far".into()),
        Op::Seek(SeekFrom::Start(3)),
    ])
}

fn verified(lie: Lie) -> Result<(), Mismatch> {
    verify(&script(), &mut Liar::new(b"hello", lie)).map(drop)
}

#[test]
fn every_lie_is_found_at_its_op_under_its_law() {
    verified(Lie::None).unwrap();
    for (lie, op, law) in [
        (Lie::ReadShort, 0, "R1"),
        (Lie::ReadWrongByte, 0, "R1"),
        (Lie::ReadMoreThanThereWasRoomFor, 0, "R1"),
        (Lie::Tell, 0, "R1"),
        (Lie::Len, 0, "R1"),
        (Lie::SeekAnswer, 1, "S1"),
        (Lie::WriteCount, 2, "W1"),
        (Lie::WriteLosesAByte, 2, "W1"),
        (Lie::SeekMovesOnError, 3, "F1"),
        (Lie::ReadExactMoves, 4, "F1"),
        (Lie::ReadAtWrongByte, 5, "R5"),
        (Lie::TruncateGrows, 6, "C1"),
        (Lie::SetLenMoves, 7, "C2"),
        (Lie::SpliceAccepts, 8, "E1"),
        (Lie::FillBufEmpty, 9, "R3"),
        (Lie::ConsumeTooFar, 10, "R3"),
        (Lie::GetvalueCut, 11, "V1"),
        (Lie::GetvalueMoves, 11, "V1"),
        (Lie::WriteKindOfError, 13, "W6"),
        (Lie::WriteFailsAfterWriting, 13, "F1"),
    ] {
        let mismatch = verified(lie).expect_err(&format!("{lie:?}"));
        assert_eq!((mismatch.op_index, mismatch.law), (op, law), "{lie:?}: {mismatch}");
    }
}

#[test]
fn a_mismatch_reads_as_a_sentence() {
    let mismatch = verified(Lie::WriteCount).unwrap_err().to_string();
    assert_eq!(mismatch, "everything, op 2 of 15 (write 5 bytes): the stream answered 4, but law W1 says 5");
    let mismatch = verified(Lie::ReadWrongByte).unwrap_err().to_string();
    let expected = "everything, op 0 of 15 (read 5 bytes): the stream answered 5 bytes with 0x6d instead of 0x6c at 3, \
                    but law R1 says these 5 bytes";
    assert_eq!(mismatch, expected);
}

#[test]
fn every_backend_verifies_through_a_trait_object_too() {
    for &backend in Backend::ALL {
        let mut stream: Box<dyn ByteStream> = Box::new(backend.stream_from("hello".into()));
        let verified =
            verify(&script(), &mut *stream).unwrap_or_else(|mismatch| panic!("{backend}: {mismatch}"));
        assert_eq!((verified.ops, verified.errors, verified.final_len), (15, 4, 20));
    }
}

#[test]
fn a_call_past_the_model_may_succeed_or_fail_and_ends_in_the_same_contents() {
    let script = Script::new("far", "hello").with([
        Op::Seek(SeekFrom::Start(1 << 40)),
        Op::Write("world".into()),
        Op::SetLen(1 << 41),
        Op::Seek(SeekFrom::Start(0)),
        Op::ReadToEnd,
    ]);
    // The rope holds a hole of a tebibyte; the vector must not even try.
    let rope = verify(&script, &mut RopeStream::from(b"hello")).unwrap();
    assert_eq!((rope.final_len, rope.errors), (5, 0));
}

#[test]
fn run_makes_the_calls_and_counts_errors() {
    let mut timed = VecStream::from(b"hello");
    assert_eq!(run(&script(), &mut timed, &mut Scratch::default()), 4);
    let mut checked = VecStream::from(b"hello");
    verify(&script(), &mut checked).unwrap();
    assert_eq!((timed.getvalue().unwrap(), timed.tell()), (checked.getvalue().unwrap(), checked.tell()));
}

fn values() -> Script {
    let taken = [Op::GetValue, Op::Write("x".into()), Op::ReadBytes(2)];
    Script::new("values", "hello").with(taken.iter().cycle().take(12).cloned())
}

#[test]
fn a_replay_keeps_as_many_of_the_latest_values_alive_as_the_script_holds() {
    for (hold, alive) in [
        (0, [0, 0, 0, 0, 0, 0, 0, 0]),
        (1, [0, 1, 1, 1, 1, 1, 1, 1]),
        (3, [0, 1, 2, 3, 3, 3, 3, 3]),
        (usize::MAX, [0, 1, 2, 3, 4, 5, 6, 7]),
    ] {
        let script = values().holding(hold);
        let mut replayed = Liar::new(b"hello", Lie::None);
        assert_eq!(run(&script, &mut replayed, &mut Scratch::default()), 0);
        assert_eq!(replayed.alive, alive, "{hold} held");
        let mut checked = Liar::new(b"hello", Lie::None);
        verify(&script, &mut checked).unwrap();
        assert_eq!(checked.alive[..8], alive, "{hold} held; then `verify` asks for the final contents");
    }
}

#[test]
fn a_replay_drops_every_value_that_it_held_before_it_returns() {
    let (mut stream, mut scratch) = (Liar::new(b"hello", Lie::None), Scratch::default());
    run(&values().holding(5), &mut stream, &mut scratch);
    assert_eq!(Arc::strong_count(&stream.token), 1, "none costs the next run anything");
    run(&values(), &mut stream, &mut scratch);
    assert_eq!(stream.alive[8..], [0; 8], "nor does the next run hold any");
}

#[test]
fn values_that_are_held_never_show_later_writes_on_any_backend() {
    for backend in Backend::ALL {
        let script = values().holding(4);
        let mut stream = backend.stream();
        stream.write_all(&script.initial).unwrap();
        stream.rewind().unwrap();
        verify(&script, &mut stream).unwrap_or_else(|mismatch| panic!("{backend}: {mismatch}"));
    }
}
