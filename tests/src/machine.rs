//! A state machine: several streams, clones, held values, readers and holes at once, any calls on any of them,
//! and each compared with its model.

use std::collections::VecDeque;
use std::io::{self, BufRead, Seek};

use anystream_core::{ByteStream, ByteStreamExt, Bytes};
use anystream_workload::{Answer, Expected, Model, Op};

use crate::pair::{assert_answer, assert_same, is_too_much};
use crate::{Behind, Candidate, CloneStream, Pair, sample};

mod search;
mod step;

pub use search::{CALLS_VARIABLE, Search};
use step::is_far_within_the_model;
pub use step::{Call, Data, Edges, From, Place, Size, Step, any_step};

/// So many streams are alive at most, and twice as many values.
const STREAMS: usize = 4;

/// What only the type of a stream can do. None of it may show in what the stream answers.
pub trait Particular {
    /// Does something: converts the storage, gives memory back, checks invariants. `choice` says what.
    fn act(&self, stream: &mut dyn CloneStream, choice: u8) {
        let _ = (stream, choice);
    }

    /// After every call: a place to check what must always hold.
    fn check(&self, stream: &dyn CloneStream) {
        let _ = stream;
    }

    /// Calls `then` with a reader of `stream` that begins at `offset`: the one that every stream has, or one of
    /// its own.
    fn with_reader(&self, stream: &dyn CloneStream, offset: u64, then: &mut dyn FnMut(&mut dyn Reader)) {
        then(&mut stream.reader_at(offset));
    }
}

/// For streams that can do nothing more than others.
impl Particular for () {}

/// Something with a position of its own in contents that stay.
pub trait Reader: BufRead + Seek {}

impl<R: BufRead + Seek> Reader for R {}

/// The streams, values and readers, and the models that say what they must be.
pub struct Machine<'a> {
    candidate: &'a dyn Candidate,
    particular: &'a dyn Particular,
    edges: Edges,
    streams: Vec<Pair>,
    values: VecDeque<(Bytes, Vec<u8>)>,
    calls: u64,
    log: Option<Vec<String>>,
}

impl<'a> Machine<'a> {
    /// A machine with one stream, which is empty.
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_tests::{candidate, machine::{Edges, Machine, Step}};
    ///
    /// let vec = candidate::<VecStream>();
    /// let mut machine = Machine::new(&vec, &(), Edges::OF_THE_BACKENDS);
    /// machine.run(&[Step::Clone { on: 0 }, Step::Drop { on: 0 }]);
    /// assert_eq!(machine.finish(), 0);
    /// ```
    #[must_use]
    pub fn new(candidate: &'a dyn Candidate, particular: &'a dyn Particular, edges: Edges) -> Self {
        let streams = vec![Pair::new(candidate.empty(), b"")];
        Machine { candidate, particular, edges, streams, values: VecDeque::new(), calls: 0, log: None }
    }

    /// Does all of the steps.
    ///
    /// # Panics
    /// If anything is not as the laws say.
    pub fn run(&mut self, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            if let Step::Reader { on, at, reads } = step {
                let reader_ran = self.beside_a_reader(*on, *at, reads, &steps[index + 1..]);
                if reader_ran {
                    return;
                }
            }
            self.step(step);
        }
    }

    /// Asks everything that is left what it holds, and returns how many calls were made on streams.
    ///
    /// # Panics
    /// If anything has changed that must not.
    pub fn finish(mut self) -> u64 {
        while let Some(pair) = self.streams.pop() {
            self.retire(pair);
        }
        for (value, expected) in &self.values {
            assert_same(value, expected, "a value held to the end (laws R4, V1)");
        }
        self.calls
    }

    fn pair(&mut self, on: u8) -> &mut Pair {
        let index = usize::from(on) % self.streams.len();
        &mut self.streams[index]
    }

    fn note(&mut self, note: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(note());
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Call { on, call } | Step::CallByAnotherName { on, call } => {
                let edges = self.edges;
                let op = call.op(self.pair(*on).model(), &edges);
                let renamed = matches!(step, Step::CallByAnotherName { .. });
                self.perform(*on, &op, renamed);
            }
            Step::WriteHeld { on, value } => {
                if let Some((value, _)) = self.value(*value) {
                    let (longest, pair) = (self.edges.longest, self.pair(*on));
                    let op = if pair.contents().len() > longest || is_far_within_the_model(pair.model()) {
                        Op::Truncate(1)
                    } else {
                        Op::WriteBytes(value)
                    };
                    self.perform(*on, &op, false);
                }
            }
            Step::Release { value } => {
                let index = usize::from(*value) % self.values.len().max(1);
                if let Some((value, expected)) = self.values.remove(index) {
                    assert_same(&value, &expected, "a value that was held (laws R4, V1)");
                }
            }
            Step::Begin { of, way } => {
                let (value, contents) = of.and_then(|of| self.value(of)).unwrap_or_else(|| {
                    let contents = sample::bytes(self.edges.longest / 8 * usize::from(way / 3 % 8));
                    (contents.clone().into(), contents)
                });
                self.note(|| format!("a new stream of a value of {} bytes, way {}", contents.len(), way % 3));
                let stream = match way % 3 {
                    0 => self.candidate.with_bytes(value),
                    1 => self.candidate.with_vec(contents.clone()),
                    _ => self.candidate.with_slice(&contents),
                };
                self.add(Pair::new(stream, &contents));
            }
            Step::Clone { on } => {
                self.note(|| format!("clone stream {on}"));
                let clone = self.pair(*on).fork();
                self.add(clone);
            }
            Step::Drop { on } => {
                if self.streams.len() > 1 {
                    self.note(|| format!("drop stream {on}"));
                    let index = usize::from(*on) % self.streams.len();
                    let pair = self.streams.remove(index);
                    self.retire(pair);
                }
            }
            Step::GoFar { on, power } => self.go_far(*on, *power),
            Step::Particular { on, choice } => {
                self.note(|| format!("what is particular, {choice}, on stream {on}"));
                let particular = self.particular;
                let pair = self.pair(*on);
                particular.act(innermost(&mut **pair.stream()), *choice);
                self.perform(*on, &Op::ReadAt { offset: 0, len: 1 }, false);
            }
            // Where there can be none.
            Step::Reader { .. } => {}
        }
    }

    fn perform(&mut self, on: u8, op: &Op, renamed: bool) {
        self.note(|| format!("stream {on}: {op}{}", if renamed { ", by its other name" } else { "" }));
        self.calls += 1;
        let particular = self.particular;
        let pair = self.pair(on);
        let before = pair.model().position();
        let value = if renamed {
            pair.perform_by_another_name(op);
            None
        } else {
            pair.perform(op)
        };
        particular.check(innermost(&mut **pair.stream()));
        if let Some(value) = value {
            let after = pair.model().position();
            let expected = match op {
                Op::GetValue => pair.contents().to_vec(),
                _ if after == before => Vec::new(),
                _ => pair.contents()[before as usize..after as usize].to_vec(),
            };
            if self.values.len() == 2 * STREAMS {
                self.step(&Step::Release { value: 0 });
            }
            self.values.push_back((value, expected));
        }
    }

    fn value(&self, index: u8) -> Option<(Bytes, Vec<u8>)> {
        self.values.get(usize::from(index) % self.values.len().max(1)).cloned()
    }

    fn add(&mut self, pair: Pair) {
        if self.streams.len() == STREAMS {
            let oldest = self.streams.remove(0);
            self.retire(oldest);
        }
        self.streams.push(pair);
    }

    /// A last look at all of it.
    fn retire(&self, mut pair: Pair) {
        pair.perform_all([Op::GetValue, Op::Seek(io::SeekFrom::Start(0)), Op::ReadToEnd]);
        self.particular.check(innermost(&mut **pair.stream()));
    }

    /// A clone goes on far out, on the other side of a hole, and shares what lies before that with the original.
    fn go_far(&mut self, on: u8, power: u8) {
        self.note(|| format!("a clone of stream {on} goes on at 1 << {power}"));
        let pair = self.pair(on);
        let clone = pair.fork().stream().clone_boxed();
        // As far from the one end as from the other; and it may itself be far out already.
        match Behind::new(clone, 1 << power) {
            Ok(behind) => self.add(Pair::new(Box::new(behind), b"")),
            Err(error) => assert!(is_too_much(error.kind()), "a hole to 1 << {power}: {error:?}"),
        }
    }

    /// Does `steps` while a reader of a clone is alive, which reads before and after. Returns whether it could be made.
    fn beside_a_reader(&mut self, on: u8, at: Place, reads: &[Call], steps: &[Step]) -> bool {
        let (edges, particular) = (self.edges, self.particular);
        let pair = self.pair(on);
        let mut clone = pair.stream().clone_boxed();
        let mut model = pair.model().clone();
        let offset = at.offset(&model, &edges);
        let stream = innermost(&mut *clone);
        if stream.len() != model.length() {
            return false; // behind a hole: what it holds is more than the model has
        }
        self.note(|| format!("a reader of stream {on} at {offset}"));
        model.apply(&Op::Seek(io::SeekFrom::Start(offset)));
        particular.with_reader(stream, offset, &mut |reader| {
            for call in reads {
                let op = call.op(&model, &edges);
                read_both(reader, &mut model, &op);
            }
            self.run(steps);
            for call in reads.iter().rev() {
                let op = call.op(&model, &edges);
                read_both(reader, &mut model, &op);
            }
            for op in [Op::FillBuf, Op::Seek(io::SeekFrom::Start(0)), Op::ReadToEnd] {
                read_both(reader, &mut model, &op);
            }
        });
        true
    }
}

/// The stream that a far one looks at, or the stream itself.
fn innermost(stream: &mut dyn CloneStream) -> &mut dyn CloneStream {
    if (stream as &dyn std::any::Any).is::<Behind>() {
        let behind = (stream as &mut dyn std::any::Any).downcast_mut::<Behind>().expect("it is one");
        return innermost(&mut **behind.inner());
    }
    stream
}

/// Makes a call that reads or seeks on both; others are none of a reader's.
fn read_both(reader: &mut dyn Reader, model: &mut Model, op: &Op) {
    let before = model.position();
    let mut buf = Vec::new();
    let mut text = String::new();
    let answer = match op {
        Op::Seek(to) => reader.seek(*to).map(Answer::Number),
        Op::Read(n) => {
            buf.resize(*n, 1);
            reader.read(&mut buf).map(|n| Answer::Bytes(&buf[..n]))
        }
        Op::ReadExact(n) => {
            buf.resize(*n, 1);
            reader.read_exact(&mut buf).map(|()| Answer::Bytes(&buf))
        }
        Op::ReadToEnd => reader.read_to_end(&mut buf).map(|_| Answer::Bytes(&buf)),
        Op::ReadToString => reader.read_to_string(&mut text).map(|_| Answer::Bytes(text.as_bytes())),
        Op::ReadLine => reader.read_line(&mut text).map(|_| Answer::Bytes(text.as_bytes())),
        Op::ReadUntil(byte) => reader.read_until(*byte, &mut buf).map(|_| Answer::Bytes(&buf)),
        Op::SkipUntil(byte) => reader.skip_until(*byte).map(|n| Answer::Number(n as u64)),
        Op::FillBuf => reader.fill_buf().map(Answer::Run),
        Op::Consume(n) => {
            reader.consume(*n);
            Ok(Answer::Done)
        }
        _ => return,
    };
    let expected: Expected = model.apply(op);
    assert_answer(&answer, &expected, &format!("a reader: {op} at position {before} of {}", model.length()));
    let position = reader.stream_position().expect("it has one");
    assert_eq!(position, model.position(), "the position of a reader after {op} at position {before}");
}
