//! A stream beside its model.

use std::io::{self, ErrorKind, SeekFrom};

use anystream_core::Bytes;
use anystream_workload::{Answer, Expected, Model, Op, Scratch};

use crate::CloneStream;

/// A stream and the model that says what it must answer. Every call is made on both, and everything
/// that can be seen is compared: the answer, the position, the length and the contents.
///
/// ```
/// use anystream::VecStream;
/// use anystream_tests::Pair;
/// use anystream_workload::Op;
///
/// let mut pair = Pair::new(Box::new(VecStream::from(b"fizz")), b"fizz");
/// pair.perform(&Op::Write("hello".into()));
/// assert_eq!(pair.contents(), b"hello");
/// ```
#[derive(Debug)]
pub struct Pair {
    stream: Box<dyn CloneStream>,
    model: Model,
    scratch: Scratch,
}

impl Pair {
    /// `stream` holds `contents`, at position 0.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    #[must_use]
    pub fn new(stream: Box<dyn CloneStream>, contents: &[u8]) -> Self {
        let mut pair = Pair { stream, model: Model::new(contents), scratch: Scratch::default() };
        pair.compare_state("before any call");
        pair
    }

    /// The contents that the stream has, because the model has them.
    #[must_use]
    pub fn contents(&self) -> &[u8] {
        self.model.contents()
    }

    /// The stream, for calls that are no [`Op`]. They must not change what the model cannot know.
    pub fn stream(&mut self) -> &mut Box<dyn CloneStream> {
        &mut self.stream
    }

    /// A clone of the stream beside a clone of the model.
    #[must_use]
    pub fn fork(&self) -> Pair {
        Pair { stream: self.stream.clone_boxed(), model: self.model.clone(), scratch: Scratch::default() }
    }

    /// Makes each of the calls in turn.
    ///
    /// # Panics
    /// As [`perform`](Self::perform).
    #[track_caller]
    pub fn perform_all(&mut self, ops: impl IntoIterator<Item = Op>) {
        for op in ops {
            self.perform(&op);
        }
    }

    /// As [`perform`](Self::perform), for a call whose answer is written somewhere.
    ///
    /// # Panics
    /// As [`perform`](Self::perform), and if the model would answer otherwise.
    #[track_caller]
    pub fn perform_expecting(&mut self, op: &Op, written: &Expected, place: &str) {
        let model = self.model.clone().apply(op);
        assert_eq!(
            &model, written,
            "{place}: {op}: the model's answer (left) is not the one written (right)"
        );
        self.perform(op);
    }

    /// Makes the call on both.
    ///
    /// What lies beyond the model (a byte at 1 TiB) a stream may refuse or do; what it then did
    /// happens on a clone, so that the model need not follow.
    ///
    /// Returns the value if it answered with one, to be held.
    ///
    /// # Panics
    /// If stream and model differ in anything.
    #[track_caller]
    pub fn perform(&mut self, op: &Op) -> Option<Bytes> {
        let position = self.model.position();
        let length = self.model.length();
        let expected = self.model.apply(op);
        let mut value = None;
        if expected == Expected::BeyondTheModel {
            self.perform_beyond(op);
        } else {
            let answer = op.perform(&mut *self.stream, &mut self.scratch);
            assert_answer(&answer, &expected, &format!("{op} at position {position} of {length} bytes"));
            if let Ok(Answer::Value(bytes)) = answer {
                value = Some(bytes);
            }
        }
        self.compare_state(&format!("after {op} at position {position} of {length} bytes"));
        value
    }

    /// Makes the call by another name where the trait has one for it (`write_all`, `rewind`, `seek_relative`,
    /// `stream_position`, `insert`, `remove`), else as [`perform`](Self::perform).
    ///
    /// ```
    /// use anystream::VecStream;
    /// use anystream_tests::Pair;
    /// use anystream_workload::Op;
    ///
    /// let mut pair = Pair::new(Box::new(VecStream::from(b"fizz")), b"fizz");
    /// pair.perform_by_another_name(&Op::Splice { range: 0..2, with: "".into() }); // `remove`
    /// assert_eq!(pair.contents(), b"zz");
    /// ```
    ///
    /// # Panics
    /// If stream and model differ in anything.
    #[track_caller]
    pub fn perform_by_another_name(&mut self, op: &Op) {
        let expected = self.model.clone().apply(op);
        if expected == Expected::BeyondTheModel {
            self.perform(op);
            return;
        }
        let stream = &mut self.stream;
        let answer = match op {
            Op::Write(data) => stream.write_all(data).map(|()| Answer::Number(data.len() as u64)),
            Op::Seek(SeekFrom::Start(0)) => stream.rewind().map(|()| Answer::Number(0)),
            Op::Seek(SeekFrom::Current(0)) => stream.stream_position().map(Answer::Number),
            Op::Seek(SeekFrom::Current(by)) => {
                stream.seek_relative(*by).map(|()| Answer::Number(stream.tell()))
            }
            Op::Splice { range, with } if range.start == range.end => {
                stream.insert(range.start, with).map(|()| Answer::Done)
            }
            Op::Splice { range, with } if with.is_empty() => {
                stream.remove(range.clone()).map(|()| Answer::Done)
            }
            _ => {
                self.perform(op);
                return;
            }
        };
        assert_answer(&answer, &expected, &format!("{op}, by its other name"));
        self.model.apply(op);
        self.compare_state(&format!("after {op}, by its other name"));
    }

    /// The model, which says what the stream must be.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    #[track_caller]
    fn perform_beyond(&mut self, op: &Op) {
        let mut clone = self.stream.clone_boxed();
        match op.perform(&mut *clone, &mut self.scratch) {
            Ok(_) => {}
            Err(error) => {
                assert!(is_too_much(error.kind()), "{op} may fail for its size only, but: {error:?}");
                // Law F1, for the clone first, then for the stream that it shares everything with.
                assert_eq!((clone.tell(), clone.len()), (self.model.position(), self.model.length()));
                drop(clone);
                let again = op.perform(&mut *self.stream, &mut self.scratch);
                assert!(again.is_err(), "{op} failed on a clone with {error:?}, but then answered {again:?}");
            }
        }
    }

    #[track_caller]
    fn compare_state(&mut self, when: &str) {
        assert_eq!(self.stream.tell(), self.model.position(), "the position {when} (law T1)");
        assert_eq!(self.stream.len(), self.model.length(), "the length {when} (law T1)");
        assert_eq!(self.stream.is_empty(), self.model.length() == 0, "is_empty {when} (law T1)");
        assert_contents(&*self.stream, self.model.contents(), when);
    }
}

/// What law W6 allows for something too large.
pub(crate) fn is_too_much(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::FileTooLarge | ErrorKind::OutOfMemory | ErrorKind::QuotaExceeded)
}

/// Compares by `read_at`, which moves nothing and shares nothing.
#[track_caller]
pub(crate) fn assert_contents(stream: &dyn CloneStream, contents: &[u8], when: &str) {
    let mut found = vec![0xEE; contents.len() + 1];
    let n = stream.read_at(0, &mut found).unwrap_or_else(|error| panic!("read_at {when}: {error}"));
    assert_same(&found[..n], contents, when);
}

/// As `assert_eq`, but says where the first difference is instead of printing thousands of bytes.
#[track_caller]
pub(crate) fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    if found != expected {
        let at = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let around = |bytes: &[u8]| Bytes::copy_from_slice(&bytes[at..bytes.len().min(at + 16)]);
        panic!(
            "{what}: {} bytes instead of {}, and from byte {at} on they are {:?} instead of {:?}",
            found.len(),
            expected.len(),
            around(found),
            around(expected),
        );
    }
}

/// Compares what a stream answered with what it must answer.
#[track_caller]
pub(crate) fn assert_answer(answer: &io::Result<Answer<'_>>, expected: &Expected, call: &str) {
    match (expected, answer) {
        (Expected::Done, Ok(Answer::Done)) => {}
        (Expected::Number(expected), Ok(Answer::Number(n))) => assert_eq!(n, expected, "{call}"),
        (Expected::Bytes(expected), Ok(Answer::Bytes(bytes))) => assert_same(bytes, expected, call),
        (Expected::Bytes(expected), Ok(Answer::Value(bytes))) => assert_same(bytes, expected, call),
        (Expected::RunOf(rest), Ok(Answer::Run(run))) => {
            assert_eq!(run.is_empty(), rest.is_empty(), "whether the run is empty in {call} (law R3)");
            assert_same(run, &rest[..run.len().min(rest.len())], call);
        }
        (Expected::Error(kind), Err(error)) => assert_eq!(error.kind(), *kind, "{call}: {error}"),
        (Expected::Error(kind), Ok(_)) => panic!("{call}: succeeded, but must fail with {kind:?}"),
        (_, Err(error)) => panic!("{call}: failed, but must not: {error:?}"),
        _ => panic!("{call}: answered {answer:?}, but must answer {expected:?}"),
    }
}
