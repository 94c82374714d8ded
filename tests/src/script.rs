//! The language of the files in `cases/`: calls on a stream with every answer written out.
//!
//! ```text
//! # A line such as this is for people.
//! laws N2 W1
//!
//! stream "fizz"               # a new stream that holds these bytes, at position 0
//! write "hello" -> 5          # a call, and what it must answer
//! tell -> 5
//! seek current -6 -> error InvalidInput
//! seek start 0 -> 0
//! fill_buf -> run of "hello"  # a run of at least one byte with which these begin
//! truncate 2                  # no answer: it must succeed
//! ```
//!
//! - Calls are `seek start|current|end N`, `read N`, `read_vectored N N ..`, `read_exact N`,
//!   `read_to_end`, `read_to_string`, `read_until B`, `skip_until B`, `read_line`, `fill_buf`,
//!   `consume N`, `read_bytes N`, `read_at OFFSET N`, `write B`, `write_vectored B B ..`,
//!   `write_fmt B`, `write_bytes B`, `truncate N`, `set_len N`, `splice N..N B`, `getvalue`, `tell`,
//!   `len`.
//! - Numbers are decimal, with `_` where it helps, or `u64::MAX`, `i64::MAX`, `i64::MIN`,
//!   `usize::MAX`, or a sum or difference of those: `u64::MAX - 1`.
//! - Bytes are strings with the escapes `\n`, `\r`, `\t`, `\0`, `\"`, `\\` and `\xFF`, repeated by
//!   `*` and joined by `+`: `"a" * 4096 + "b"`.
//!
//! An answer that is written is compared with the model's too, so that neither can be wrong alone.

use std::fmt;
use std::io::{ErrorKind, SeekFrom};
use std::str::FromStr;

use anystream_workload::{Expected, Op};

use crate::{Bench, Law};

pub(crate) mod line;

use line::{Argument, Line};

/// What a file of cases says: the laws that it shows, and streams with calls on them.
///
/// ```
/// use anystream_tests::script::CaseFile;
/// let file: CaseFile = "laws N2 W1\nstream \"fizz\"\nwrite \"hello\" -> 5".parse()?;
/// assert_eq!(file.programs[0].steps.len(), 1);
/// # Ok::<(), anystream_tests::script::Mistake>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// What it shows.
    pub laws: Vec<Law>,
    /// One for each `stream` line.
    pub programs: Vec<Program>,
}

/// A stream, and calls on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What the stream holds before the first call.
    pub contents: Vec<u8>,
    /// The calls.
    pub steps: Vec<Step>,
}

/// A call, and what it must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The number of its line, from 1.
    pub line: usize,
    /// What is called.
    pub call: Call,
    /// What it must answer.
    pub expected: Expected,
}

/// What a line calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Call {
    Op(Op),
    Tell,
    Len,
}

/// A line that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    line: usize,
    text: String,
    why: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: `{}`: {}", self.line, self.text, self.why)
    }
}

impl std::error::Error for Mistake {}

impl CaseFile {
    /// Makes the calls on streams of `bench`.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_tests::{Bench, Layout, candidate, script::CaseFile};
    ///
    /// let file: CaseFile = "laws R1\nstream \"fizz\"\nread 9 -> \"fizz\"".parse()?;
    /// file.check(&Bench::new(&candidate::<VecStream>(), Layout::Written));
    /// # Ok::<(), anystream_tests::script::Mistake>(())
    /// ```
    ///
    /// # Panics
    /// If an answer is another than the one that is written, or than the model's.
    pub fn check(&self, bench: &Bench<'_>) {
        for program in &self.programs {
            let mut pair = bench.pair(&program.contents);
            for Step { line, call, expected } in &program.steps {
                match call {
                    Call::Op(op) => pair.perform_expecting(op, expected, &format!("line {line}")),
                    Call::Tell => {
                        assert_eq!(&Expected::Number(pair.stream().tell()), expected, "line {line}");
                    }
                    Call::Len => {
                        assert_eq!(&Expected::Number(pair.stream().len()), expected, "line {line}");
                    }
                }
            }
        }
    }
}

impl FromStr for CaseFile {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let mut file = CaseFile { laws: Vec::new(), programs: Vec::new() };
        for (i, text) in text.lines().enumerate() {
            let line = i + 1;
            let mistake = |why: String| Mistake { line, text: text.to_owned(), why };
            let Some(parsed) = Line::parse(text).map_err(mistake)? else { continue };
            file.take(line, parsed).map_err(mistake)?;
        }
        match (file.laws.is_empty(), file.programs.is_empty()) {
            (false, false) => Ok(file),
            _ => Err(Mistake {
                line: 1,
                text: String::new(),
                why: "a file needs a line `laws ..` and a line `stream ..`".into(),
            }),
        }
    }
}

impl CaseFile {
    fn take(&mut self, number: usize, line: Line) -> Result<(), String> {
        match (line.word.as_str(), &line.arguments[..], &line.answer) {
            ("laws", laws, None) => {
                for law in laws {
                    let Argument::Word(id) = law else {
                        return Err("laws are named, as in `laws N2 W1`".into());
                    };
                    self.laws.push(id.parse()?);
                }
            }
            ("stream", [Argument::Bytes(contents)], None) => {
                self.programs.push(Program { contents: contents.clone(), steps: Vec::new() });
            }
            (word, arguments, answer) => {
                let call = call(word, arguments)?;
                let expected = answer.as_deref().map_or(Ok(Expected::Done), expected)?;
                let program = self.programs.last_mut().ok_or("a call needs a line `stream ..` before it")?;
                program.steps.push(Step { line: number, call, expected });
            }
        }
        Ok(())
    }
}

fn call(word: &str, arguments: &[Argument]) -> Result<Call, String> {
    use Argument::{Bytes, Number, Range, Word};
    let as_usize = |n: i128| usize::try_from(n).map_err(|_| format!("{n} is not a length"));
    let as_u64 = |n: i128| u64::try_from(n).map_err(|_| format!("{n} is not a u64"));
    let as_i64 = |n: i128| i64::try_from(n).map_err(|_| format!("{n} is not an i64"));
    let one_byte = |bytes: &[u8]| match bytes {
        [byte] => Ok(*byte),
        _ => Err("a delimiter is one byte".to_owned()),
    };
    let shared = |bytes: &Vec<u8>| anystream_core::Bytes::from(bytes.clone());
    let usage = || format!("`{word}` is no call with such arguments");
    Ok(Call::Op(match (word, arguments) {
        ("tell", []) => return Ok(Call::Tell),
        ("len", []) => return Ok(Call::Len),
        ("seek", [Word(from), Number(n)]) => Op::Seek(match from.as_str() {
            "start" => SeekFrom::Start(as_u64(*n)?),
            "current" => SeekFrom::Current(as_i64(*n)?),
            "end" => SeekFrom::End(as_i64(*n)?),
            _ => return Err(usage()),
        }),
        ("read", [Number(n)]) => Op::Read(as_usize(*n)?),
        ("read_vectored", lengths) => {
            let length = |argument: &Argument| match argument {
                Number(n) => as_usize(*n),
                _ => Err(usage()),
            };
            Op::ReadVectored(lengths.iter().map(length).collect::<Result<_, _>>()?)
        }
        ("read_exact", [Number(n)]) => Op::ReadExact(as_usize(*n)?),
        ("read_to_end", []) => Op::ReadToEnd,
        ("read_to_string", []) => Op::ReadToString,
        ("read_until", [Bytes(delimiter)]) => Op::ReadUntil(one_byte(delimiter)?),
        ("skip_until", [Bytes(delimiter)]) => Op::SkipUntil(one_byte(delimiter)?),
        ("read_line", []) => Op::ReadLine,
        ("fill_buf", []) => Op::FillBuf,
        ("consume", [Number(n)]) => Op::Consume(as_usize(*n)?),
        ("read_bytes", [Number(n)]) => Op::ReadBytes(as_usize(*n)?),
        ("read_at", [Number(offset), Number(n)]) => {
            Op::ReadAt { offset: as_u64(*offset)?, len: as_usize(*n)? }
        }
        ("write", [Bytes(data)]) => Op::Write(shared(data)),
        ("write_vectored", pieces) => {
            let piece = |argument: &Argument| match argument {
                Bytes(data) => Ok(shared(data)),
                _ => Err(usage()),
            };
            Op::WriteVectored(pieces.iter().map(piece).collect::<Result<_, _>>()?)
        }
        ("write_fmt", [Bytes(data)]) => {
            Op::WriteFmt(String::from_utf8(data.clone()).map_err(|error| format!("text to format: {error}"))?)
        }
        ("write_bytes", [Bytes(data)]) => Op::WriteBytes(shared(data)),
        ("truncate", [Number(n)]) => Op::Truncate(as_u64(*n)?),
        ("set_len", [Number(n)]) => Op::SetLen(as_u64(*n)?),
        ("splice", [Range(start, end), Bytes(with)]) => {
            Op::Splice { range: as_u64(*start)?..as_u64(*end)?, with: shared(with) }
        }
        ("getvalue", []) => Op::GetValue,
        _ => return Err(usage()),
    }))
}

fn expected(answer: &[Argument]) -> Result<Expected, String> {
    use Argument::{Bytes, Number, Word};
    match answer {
        [Number(n)] => Ok(Expected::Number(u64::try_from(*n).map_err(|_| format!("{n} is not a u64"))?)),
        [Bytes(bytes)] => Ok(Expected::Bytes(bytes.clone())),
        [Word(run), Word(of), Bytes(bytes)] if run == "run" && of == "of" => {
            Ok(Expected::RunOf(bytes.clone()))
        }
        [Word(error), Word(kind)] if error == "error" => Ok(Expected::Error(match kind.as_str() {
            "FileTooLarge" => ErrorKind::FileTooLarge,
            "InvalidData" => ErrorKind::InvalidData,
            "InvalidInput" => ErrorKind::InvalidInput,
            "UnexpectedEof" => ErrorKind::UnexpectedEof,
            _ => return Err(format!("`{kind}` is no kind of error that a law prescribes")),
        })),
        _ => Err("an answer is a number, bytes, `run of` bytes, or `error` and a kind".into()),
    }
}
