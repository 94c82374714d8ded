//! What a real `io.BytesIO` of CPython answered, and the same calls on a stream.
//!
//! The scripts are made and recorded by `python/bytesio.py`; each call is repeated as a program would make it that
//! was translated from Python.

use std::io::{self, BufRead, Read, SeekFrom};

use anystream_core::{ByteStream, Bytes};

use crate::Candidate;
use crate::differential::{Answer, Difference, Seen, State, Tally};
use crate::script::line::{Argument, Line};

/// Scripts with what CPython answered.
#[derive(Debug)]
pub struct Recording {
    /// Which Python it was.
    pub python: String,
    scripts: Vec<Script>,
}

#[derive(Debug)]
struct Script {
    line: usize,
    initial: Vec<u8>,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    line: usize,
    call: Call,
    /// What CPython answered, and what it left behind, unless it lost its contents.
    answer: Answer,
    after: Option<State>,
}

/// A call on an `io.BytesIO`. Numbers are as wide as Python's here.
#[derive(Debug)]
#[allow(missing_docs)] // each is the method of its name
pub enum Call {
    Seek(i128, u8),
    Tell,
    Read(Option<i128>),
    Read1(Option<i128>),
    Readinto(usize),
    Readline(Option<i128>),
    Readlines(Option<i128>),
    Next,
    Write(Bytes),
    Writelines(Vec<Bytes>),
    Truncate(Option<i128>),
    Getvalue,
    /// `bytes(b.getbuffer()[start:end])`
    Getbuffer(u64, u64),
    /// `b.getbuffer()[start:start + len(data)] = data`
    Assign(u64, Bytes),
}

/// Where the contract says that a stream differs from CPython, on purpose; nothing else may differ.
pub const DIFFERENCES: &[Difference<Call>] = &[
    Difference {
        law: "S2",
        reason: "a relative seek below 0 is an error, as `std::io::Seek` promises; CPython goes to 0",
        explains: |call, before, python, stream| {
            let base = match call {
                Call::Seek(_, 1) => before.position,
                _ => before.length,
            };
            matches!(call, Call::Seek(by, 1 | 2) if i128::from(base) + by < 0)
                && *python == Seen { answer: Answer::Number(0), state: State { position: 0, ..*before } }
                && *stream == Seen { answer: error("InvalidInput"), state: *before }
        },
    },
    Difference {
        law: "S1, C1, R1",
        reason: "a position or length may be any u64; CPython stops at 2^63 - 1",
        explains: |call, before, python, stream| {
            let answer = match call {
                Call::Seek(..) => matches!(stream.answer, Answer::Number(n) if n > LAST),
                Call::Truncate(Some(size)) => {
                    stream.answer == Answer::Number(*size as u64) && *size > LAST.into()
                }
                Call::Read(Some(n))
                | Call::Read1(Some(n))
                | Call::Readline(Some(n))
                | Call::Readlines(Some(n)) => !matches!(stream.answer, Answer::Error(_)) && *n > LAST.into(),
                _ => false,
            };
            answer
                && *python == Seen { answer: error("OverflowError"), state: *before }
                && (stream.state.length, stream.state.checksum) == (before.length, before.checksum)
        },
    },
    Difference {
        law: "W6, F1",
        reason: "what cannot be written leaves the stream as it was; CPython may close it and lose the contents",
        explains: |call, before, python, stream| {
            let too_much = ["OutOfMemory", "FileTooLarge", "QuotaExceeded"]
                .iter()
                .any(|name| stream.answer.is_error(name));
            writes(call)
                && NO_ROOM.iter().any(|name| python.answer.is_error(name))
                && too_much
                && stream.state == *before
        },
    },
    Difference {
        law: "W6, W2",
        reason: "a storage that has holes does far out what CPython has no memory for",
        explains: |call, before, python, stream| {
            let end = before.position.checked_add(written(call));
            writes(call)
                && NO_ROOM.iter().any(|name| python.answer.is_error(name))
                && !matches!(stream.answer, Answer::Error(_))
                && before.position > 1 << 40
                && (Some(stream.state.position), Some(stream.state.length)) == (end, end)
        },
    },
];

/// What CPython raises, and the kind of error that says the same.
pub const EXCEPTIONS: &[(&str, &str)] = &[("ValueError", "InvalidInput")];

/// What CPython raises when something cannot be that long. (`SystemError` is its own mistake: just before 2^63, the
/// length that it then asks for is negative.)
const NO_ROOM: [&str; 3] = ["MemoryError", "OverflowError", "SystemError"];

/// The last position of CPython.
const LAST: u64 = i64::MAX as u64;

fn error(name: &str) -> Answer {
    Answer::Error(name.to_owned())
}

fn writes(call: &Call) -> bool {
    matches!(call, Call::Write(_) | Call::Writelines(_))
}

fn written(call: &Call) -> u64 {
    match call {
        Call::Write(data) => data.len() as u64,
        Call::Writelines(lines) => lines.iter().map(|line| line.len() as u64).sum(),
        _ => 0,
    }
}

impl Recording {
    /// Reads what `python/bytesio.py` wrote.
    ///
    /// ```
    /// use anystream_tests::python::Recording;
    /// let text = "python \"CPython 3.11.7\"\nstream \"hello\"\nread 2 -> \"he\" at 2";
    /// assert_eq!(Recording::parse(text)?.calls(), 1);
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// The line that cannot be understood, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut recording = Recording { python: String::new(), scripts: Vec::new() };
        let mut state = State { position: 0, length: 0, checksum: 0 };
        for (index, text) in text.lines().enumerate() {
            let number = index + 1;
            let taken = Line::parse(text).and_then(|line| match line {
                Some(line) => recording.take(number, line, &mut state),
                None => Ok(()),
            });
            taken.map_err(|why| format!("line {number}: `{text}`: {why}"))?;
        }
        if recording.calls() == 0 { Err("there are no calls".into()) } else { Ok(recording) }
    }

    fn take(&mut self, line: usize, parsed: Line, state: &mut State) -> Result<(), String> {
        match (parsed.word.as_str(), &parsed.arguments[..], parsed.answer) {
            ("python", [Argument::Bytes(version)], None) => {
                self.python = String::from_utf8_lossy(version).into_owned();
            }
            ("stream", [Argument::Bytes(initial)], None) => {
                *state = state_of(0, initial);
                self.scripts.push(Script { line, initial: initial.clone(), steps: Vec::new() });
            }
            (word, arguments, Some(answer)) => {
                let call = Call::parse(word, arguments)?;
                let (answer, after) = parse_answer(&answer, state)?;
                let script = self.scripts.last_mut().ok_or("a call needs a line `stream ..` before it")?;
                script.steps.push(Step { line, call, answer, after });
            }
            _ => return Err("a line is `python`, `stream`, or a call with its answer".into()),
        }
        Ok(())
    }

    /// How many calls were recorded.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.scripts.iter().map(|script| script.steps.len()).sum()
    }

    /// Makes all of the calls on streams of `candidate`, and compares.
    ///
    /// # Panics
    /// If anything differs but what is allowed.
    pub fn replay(&self, candidate: &dyn Candidate, tally: &mut Tally<'_, Call>) {
        for script in &self.scripts {
            let mut stream = candidate.with_slice(&script.initial);
            let mut before = state_of(0, &script.initial);
            assert_eq!(see(&*stream), before, "line {}", script.line);
            for Step { line, call, answer, after } in &script.steps {
                let mut found =
                    call.answer(&mut *stream).unwrap_or_else(|e| error(&format!("{:?}", e.kind())));
                if let (Answer::Error(raised), Answer::Error(kind)) = (answer, &found)
                    && EXCEPTIONS.contains(&(raised, kind))
                {
                    found = answer.clone();
                }
                let state = see(&*stream);
                let reference = Seen { answer: answer.clone(), state: after.unwrap_or(before) };
                let subject = Seen { answer: found, state };
                let place = format!("line {line}");
                if !tally.compare(&place, call, &before, &reference, &subject) {
                    stream.truncate(reference.state.length).expect("it was as long before");
                    stream.seek(SeekFrom::Start(reference.state.position)).expect("any position is one");
                    assert_eq!(see(&*stream), reference.state, "{place}");
                }
                before = reference.state;
            }
        }
    }
}

fn state_of(position: u64, contents: &[u8]) -> State {
    State { position, length: contents.len() as u64, checksum: crc32fast::hash(contents) }
}

fn see(stream: &(impl ByteStream + ?Sized)) -> State {
    let length = stream.len();
    // What lies behind a hole of terabytes is too much to look at.
    let mut contents = vec![0; usize::try_from(length).ok().filter(|len| *len < 1 << 30).unwrap_or(0)];
    stream.read_at(0, &mut contents).expect("the contents");
    State { length, ..state_of(stream.tell(), &contents) }
}

fn parse_answer(words: &[Argument], state: &mut State) -> Result<(Answer, Option<State>), String> {
    use Argument::{Bytes, Number, Word};
    let is = |word: &Argument, name: &str| matches!(word, Word(word) if word == name);
    let checksum = |n: &i128| u32::try_from(*n).map_err(|_| format!("{n} is not a CRC-32"));
    let lost = words.last().is_some_and(|word| is(word, "lost"));
    let end = words.iter().position(|word| is(word, "at")).unwrap_or(words.len() - usize::from(lost));
    let (answer, rest) = words.split_at(end);
    let as_u64 = |n: &i128| u64::try_from(*n).map_err(|_| format!("{n} is not a u64"));
    match rest {
        [_, Number(position)] => state.position = as_u64(position)?,
        [_, Number(position), _, Number(length), _, Number(sum)] => {
            *state = State { position: as_u64(position)?, length: as_u64(length)?, checksum: checksum(sum)? };
        }
        [_] if lost => {}
        _ => {
            return Err(
                "an answer ends with `at` a position, perhaps `of` a length `sum` a CRC-32, or `lost`".into(),
            );
        }
    }
    let answer = match answer {
        [Number(n)] => Answer::Number(as_u64(n)?),
        [Bytes(bytes)] => Answer::bytes(bytes),
        [word] if is(word, "None") => Answer::Done,
        [word] if is(word, "stop") => Answer::End,
        [word, Word(name)] if is(word, "error") => error(name),
        [word, Number(len), _, Number(sum)] if is(word, "bytes") => {
            Answer::Bytes(as_u64(len)? as usize, checksum(sum)?)
        }
        [word, lengths @ .., _, Number(sum)] if is(word, "lines") => {
            let length = |word: &Argument| match word {
                Number(n) => as_u64(n).map(|n| n as usize),
                _ => Err("lines have lengths".to_owned()),
            };
            Answer::Lines(lengths.iter().map(length).collect::<Result<_, _>>()?, checksum(sum)?)
        }
        _ => return Err("that is no answer".into()),
    };
    Ok((answer, (!lost).then_some(*state)))
}

impl Call {
    fn parse(word: &str, arguments: &[Argument]) -> Result<Call, String> {
        use Argument::{Bytes, Number, Word};
        let offset = |n: i128| u64::try_from(n).map_err(|_| format!("{n} is no offset"));
        let optional = |argument: &Argument| match argument {
            Number(n) => Ok(Some(*n)),
            Word(none) if none == "None" => Ok(None),
            _ => Err(format!("`{word}` takes a number or None")),
        };
        let data = |argument: &Argument| match argument {
            Bytes(data) => Ok(data.clone().into()),
            _ => Err(format!("`{word}` takes bytes")),
        };
        Ok(match (word, arguments) {
            ("seek", [Number(to), Number(whence @ 0..=2)]) => Call::Seek(*to, *whence as u8),
            ("tell", []) => Call::Tell,
            ("read", [n]) => Call::Read(optional(n)?),
            ("read1", [n]) => Call::Read1(optional(n)?),
            ("readinto", [Number(n)]) => Call::Readinto(offset(*n)? as usize),
            ("readline", [n]) => Call::Readline(optional(n)?),
            ("readlines", [n]) => Call::Readlines(optional(n)?),
            ("next", []) => Call::Next,
            ("write", [bytes]) => Call::Write(data(bytes)?),
            ("writelines", lines) => Call::Writelines(lines.iter().map(data).collect::<Result<_, _>>()?),
            ("truncate", [n]) => Call::Truncate(optional(n)?),
            ("getvalue", []) => Call::Getvalue,
            ("getbuffer", [Number(start), Number(end)]) => Call::Getbuffer(offset(*start)?, offset(*end)?),
            ("assign", [Number(start), bytes]) => Call::Assign(offset(*start)?, data(bytes)?),
            _ => return Err(format!("`{word}` is no call with such arguments")),
        })
    }

    /// What a program says instead that was written for `io.BytesIO`.
    fn answer(&self, stream: &mut dyn ByteStream) -> io::Result<Answer> {
        let invalid = |_| io::Error::from(io::ErrorKind::InvalidInput);
        // Less than 0, or nothing, means all.
        let limit = |n: &Option<i128>| n.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        Ok(match self {
            Call::Seek(to, whence) => {
                let to = match whence {
                    0 => SeekFrom::Start(u64::try_from(*to).map_err(invalid)?),
                    1 => SeekFrom::Current(i64::try_from(*to).map_err(invalid)?),
                    _ => SeekFrom::End(i64::try_from(*to).map_err(invalid)?),
                };
                Answer::Number(stream.seek(to)?)
            }
            Call::Tell => Answer::Number(stream.tell()),
            Call::Read(n) if limit(n) > 1 << 20 => {
                let mut all = Vec::new();
                stream.read_to_end(&mut all)?;
                Answer::bytes(&all)
            }
            Call::Read(n) => read(stream, limit(n))?,
            Call::Read1(n) => Answer::bytes(&stream.read_bytes(limit(n))?),
            Call::Readinto(n) => read(stream, *n)?,
            Call::Readline(n) => Answer::bytes(&line(stream, limit(n))?),
            Call::Readlines(hint) => {
                let enough = limit(&hint.filter(|n| *n > 0));
                let (mut lengths, mut all) = (Vec::new(), Vec::new());
                while all.len() < enough {
                    let line = line(stream, usize::MAX)?;
                    if line.is_empty() {
                        break;
                    }
                    lengths.push(line.len());
                    all.extend(line);
                }
                Answer::Lines(lengths, crc32fast::hash(&all))
            }
            Call::Next => {
                let mut line = Vec::new();
                stream.read_until(b'\n', &mut line)?;
                if line.is_empty() { Answer::End } else { Answer::bytes(&line) }
            }
            Call::Write(data) => Answer::Number(stream.write(data)? as u64),
            Call::Writelines(lines) => {
                for line in lines {
                    stream.write_all(line)?;
                }
                Answer::Done
            }
            Call::Truncate(size) => {
                let size = match size {
                    Some(size) => u64::try_from(*size).map_err(invalid)?,
                    None => stream.tell(),
                };
                stream.truncate(size)?;
                Answer::Number(size)
            }
            Call::Getvalue => Answer::bytes(&stream.getvalue()?),
            Call::Getbuffer(start, end) => {
                let mut found = vec![0; end.saturating_sub(*start) as usize];
                let n = stream.read_at(*start, &mut found)?;
                Answer::bytes(&found[..n])
            }
            Call::Assign(start, data) => {
                stream.splice(*start..start.saturating_add(data.len() as u64), data)?;
                Answer::Done
            }
        })
    }
}

fn read(stream: &mut dyn ByteStream, n: usize) -> io::Result<Answer> {
    let mut found = vec![0; n];
    let n = stream.read(&mut found)?;
    Ok(Answer::bytes(&found[..n]))
}

/// Up to and with the next newline, but no more than `limit` bytes.
fn line(stream: &mut dyn ByteStream, limit: usize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    Read::take(stream, limit as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}
