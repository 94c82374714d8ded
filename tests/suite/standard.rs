//! `Cursor<Vec<u8>>` and `File` beside the model, with the scripts that every backend is given: they differ where
//! the lists below say, and nowhere else.

use std::fs::File;
use std::io::{self, BufRead, Cursor, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
#[cfg(unix)]
use std::os::unix::fs::FileExt;

use anystream_tests::differential::{Answer, Difference, Seen, State, Tally};
use anystream_tests::random;
use anystream_workload::{Expected, Model, Op};

/// As many as each backend is given, and a few more.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

#[test]
fn cursor_differs_from_the_laws_only_as_listed() {
    compare(|contents| Cursor::new(contents.to_vec()), OF_A_CURSOR);
}

#[cfg(unix)]
#[test]
fn file_differs_from_the_laws_only_as_listed() {
    let new = |contents: &[u8]| {
        let mut file = tempfile::tempfile().expect("a file can be made");
        file.write_all(contents).expect("there is room for it");
        file.rewind().expect("it is a file");
        file
    };
    compare(new, OF_A_FILE);
}

const OF_A_CURSOR: &[Difference<Op>] = &[
    Difference {
        law: "W3",
        reason: "Cursor pads up to the position on an empty write",
        explains: |op, before, model, cursor| {
            op.bytes_given() == 0
                && writes(op)
                && model.state == *before
                && cursor.answer == model.answer
                && (cursor.state.position, cursor.state.length) == (before.position, before.position)
        },
    },
    Difference {
        law: "R2",
        reason: "Cursor moves to the end, perhaps backwards, when read_exact fails",
        explains: read_exact_went_to_the_end,
    },
    Difference {
        law: "F1",
        reason: "Cursor has consumed a line that is not UTF-8",
        explains: |op, before, model, cursor| {
            matches!(op, Op::ReadLine)
                && model.answer.is_error("InvalidData")
                && *cursor == at(cursor.state.position, &model.answer, before)
                && cursor.state.position > before.position
        },
    },
    Difference {
        law: "R3, P1",
        reason: "Cursor consumes more than there is, and its position may overflow",
        explains: |op, before, model, cursor| {
            let Op::Consume(n) = op else { return false };
            *cursor == at(before.position.wrapping_add(*n as u64), &model.answer, before)
        },
    },
];

const OF_A_FILE: &[Difference<Op>] = &[
    Difference {
        law: "S1",
        reason: "a file's positions end at i64::MAX, or where its file system ends",
        explains: |op, before, model, file| {
            let far = matches!(model.answer, Answer::Number(n) if n > Model::LIMIT);
            matches!(op, Op::Seek(_)) && far && refused(file, before)
        },
    },
    Difference {
        law: "R5",
        reason: "a file's offsets end at i64::MAX",
        explains: |op, before, _, file| {
            let end = |offset: u64, len: usize| offset.saturating_add(len as u64);
            matches!(op, Op::ReadAt { offset, len } if end(*offset, *len) > i64::MAX as u64)
                && refused(file, before)
        },
    },
    Difference {
        law: "R2",
        reason: "a file has been read to its end when read_exact fails",
        explains: read_exact_went_to_the_end,
    },
    Difference {
        law: "F1",
        reason: "a file has been read to its end when read_to_string finds that it is not UTF-8",
        explains: |op, before, model, file| {
            matches!(op, Op::ReadToString)
                && model.answer.is_error("InvalidData")
                && *file == at(before.length, &model.answer, before)
        },
    },
    Difference {
        law: "W6",
        reason: "a file system has holes and limits of its own, far beyond the model",
        explains: |op, before, model, file| {
            let end = match op {
                Op::SetLen(size) => Some(*size),
                _ => before.position.checked_add(op.bytes_given()),
            };
            let too_far = model.answer == beyond() || model.answer.is_error("FileTooLarge");
            too_far && (refused(file, before) || Some(file.state.length) == end)
        },
    },
];

fn read_exact_went_to_the_end(op: &Op, before: &State, model: &Seen, other: &Seen) -> bool {
    matches!(op, Op::ReadExact(_))
        && model.answer.is_error("UnexpectedEof")
        && *other == at(before.length, &model.answer, before)
}

fn writes(op: &Op) -> bool {
    matches!(op, Op::Write(_) | Op::WriteVectored(_) | Op::WriteFmt(_))
}

fn at(position: u64, answer: &Answer, before: &State) -> Seen {
    Seen { answer: answer.clone(), state: State { position, ..*before } }
}

fn refused(seen: &Seen, before: &State) -> bool {
    matches!(seen.answer, Answer::Error(_)) && seen.state == *before
}

/// What the model says to a call that is too large for it.
fn beyond() -> Answer {
    Answer::Error("BeyondTheModel".into())
}

/// What is compared with the model.
trait Subject: Read + Write + Seek {
    /// The call, if it is one that only this type has.
    fn own(&mut self, op: &Op) -> Option<io::Result<Answer>>;

    /// Whether a call that is too large for the model may be made at all.
    const SURVIVES_TOO_MUCH: bool;

    fn contents(&mut self) -> (u64, Vec<u8>);

    fn set_contents(&mut self, contents: &[u8]) -> io::Result<()>;

    fn state(&mut self) -> State {
        let position = self.stream_position().expect("it has one");
        let (length, contents) = self.contents();
        State { position, length, checksum: crc32fast::hash(&contents) }
    }
}

fn compare<S: Subject>(new: impl Fn(&[u8]) -> S, differences: &'static [Difference<Op>]) {
    let mut tally = Tally::new(differences);
    for seed in SEEDS {
        let script = random::script(seed);
        let (mut subject, mut model) = (new(&script.initial), Model::new(&script.initial));
        for (index, op) in script.ops.iter().enumerate() {
            let before = state_of(&model);
            let expected = answer_of(model.apply(op));
            let padded = writes(op) && before.position > Model::LIMIT; // law W3
            let too_much = expected == beyond() || expected.is_error("FileTooLarge") || padded;
            let made = if too_much && !S::SURVIVES_TOO_MUCH { None } else { call(&mut subject, op) };
            let same = made.is_some_and(|answer| {
                let answer = answer.unwrap_or_else(|error| Answer::Error(format!("{:?}", error.kind())));
                let found = Seen { answer, state: subject.state() };
                let reference = Seen { answer: expected, state: state_of(&model) };
                tally.compare(&format!("seed {seed}, call {index}"), op, &before, &reference, &found)
            });
            // After a difference, or a call that only streams have, both go on from where the model is; or from
            // the start, where the other cannot be there.
            if !same {
                subject.set_contents(model.contents()).expect("the contents fit");
                if subject.seek(SeekFrom::Start(model.position())).is_err() {
                    model.apply(&Op::Seek(SeekFrom::Start(0)));
                    subject.rewind().expect("it has a start");
                }
            }
        }
    }
    println!("{tally}");
    assert_eq!(tally.unseen(), Vec::<&str>::new(), "a difference that is listed but was never seen");
}

fn state_of(model: &Model) -> State {
    let checksum = crc32fast::hash(model.contents());
    State { position: model.position(), length: model.length(), checksum }
}

fn answer_of(expected: Expected) -> Answer {
    match expected {
        Expected::Done => Answer::Done,
        Expected::Number(n) => Answer::Number(n),
        // A cursor shows all there is in one run.
        Expected::Bytes(bytes) | Expected::RunOf(bytes) => Answer::bytes(&bytes),
        Expected::Error(kind) => Answer::Error(format!("{kind:?}")),
        _ => beyond(),
    }
}

/// Makes the call, if the subject has it.
fn call(subject: &mut impl Subject, op: &Op) -> Option<io::Result<Answer>> {
    let mut buf = Vec::new();
    Some(match op {
        Op::Seek(to) => subject.seek(*to).map(Answer::Number),
        Op::Read(n) => {
            buf.resize(*n, 1);
            subject.read(&mut buf).map(|n| Answer::bytes(&buf[..n]))
        }
        Op::ReadVectored(lengths) => {
            let mut bufs: Vec<_> = lengths.iter().map(|n| vec![1; *n]).collect();
            let mut slices: Vec<_> = bufs.iter_mut().map(|buf| IoSliceMut::new(buf)).collect();
            subject.read_vectored(&mut slices).map(|n| Answer::bytes(&bufs.concat()[..n]))
        }
        Op::ReadExact(n) => {
            buf.resize(*n, 1);
            subject.read_exact(&mut buf).map(|()| Answer::bytes(&buf))
        }
        Op::ReadToEnd => subject.read_to_end(&mut buf).map(|_| Answer::bytes(&buf)),
        Op::ReadToString => {
            let mut text = String::new();
            subject.read_to_string(&mut text).map(|_| Answer::bytes(text.as_bytes()))
        }
        Op::Write(data) => subject.write(data).map(|n| Answer::Number(n as u64)),
        Op::WriteVectored(pieces) => {
            let slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            subject.write_vectored(&slices).map(|n| Answer::Number(n as u64))
        }
        Op::WriteFmt(text) => subject.write_fmt(format_args!("{text}")).map(|()| Answer::Done),
        _ => return subject.own(op),
    })
}

impl Subject for Cursor<Vec<u8>> {
    /// It panics or aborts: see `cursor`.
    const SURVIVES_TOO_MUCH: bool = false;

    fn own(&mut self, op: &Op) -> Option<io::Result<Answer>> {
        let (mut buf, mut text) = (Vec::new(), String::new());
        Some(match op {
            Op::ReadUntil(byte) => self.read_until(*byte, &mut buf).map(|_| Answer::bytes(&buf)),
            Op::SkipUntil(byte) => self.skip_until(*byte).map(|n| Answer::Number(n as u64)),
            Op::ReadLine => self.read_line(&mut text).map(|_| Answer::bytes(text.as_bytes())),
            Op::FillBuf => self.fill_buf().map(Answer::bytes),
            Op::Consume(n) => {
                self.consume(*n);
                Ok(Answer::Done)
            }
            // Its vector has these.
            Op::Truncate(size) => {
                self.get_mut().truncate(usize::try_from(*size).unwrap_or(usize::MAX));
                Ok(Answer::Done)
            }
            Op::SetLen(size) => {
                self.get_mut().resize(*size as usize, 0);
                Ok(Answer::Done)
            }
            _ => return None,
        })
    }

    fn contents(&mut self) -> (u64, Vec<u8>) {
        (self.get_ref().len() as u64, self.get_ref().clone())
    }

    fn set_contents(&mut self, contents: &[u8]) -> io::Result<()> {
        *self.get_mut() = contents.to_vec();
        Ok(())
    }
}

#[cfg(unix)]
impl Subject for File {
    const SURVIVES_TOO_MUCH: bool = true;

    fn own(&mut self, op: &Op) -> Option<io::Result<Answer>> {
        Some(match op {
            Op::ReadAt { offset, len } => {
                let mut buf = vec![1; *len];
                FileExt::read_at(self, &mut buf, *offset).map(|n| Answer::bytes(&buf[..n]))
            }
            Op::SetLen(size) => self.set_len(*size).map(|()| Answer::Done),
            Op::Truncate(size) => {
                let len = self.metadata().map(|metadata| metadata.len());
                len.and_then(|len| self.set_len(len.min(*size))).map(|()| Answer::Done)
            }
            _ => return None,
        })
    }

    fn contents(&mut self) -> (u64, Vec<u8>) {
        let length = self.metadata().expect("it is a file").len();
        // What lies behind a hole is too much to look at.
        let mut contents = vec![0; if length > Model::LIMIT { 0 } else { length as usize }];
        self.read_exact_at(&mut contents, 0).expect("it is that long");
        (length, contents)
    }

    fn set_contents(&mut self, contents: &[u8]) -> io::Result<()> {
        self.set_len(0)?;
        self.write_all_at(contents, 0)
    }
}
