//! Running a script on a stream: checked against the model, or bare for timing.

use std::collections::VecDeque;
use std::fmt;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::io::{self, ErrorKind, SeekFrom};
use std::time::Instant;

use anystream_core::ByteStream;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::sparse::Sparse;
use crate::{Answer, Expected, Model, NoReplayMemory, Op, Scratch, Script};

/// Runs `script` on `stream` and on the [`Model`], and compares them after every call: the answer
/// (bytes, numbers, the kind of an error), the position, the length, and after an error the whole
/// contents (law F1). At the end, the whole contents through `getvalue` (law V1). The latest
/// [`Script::hold`] values stay alive, and when they are dropped must be what they were (laws V1, R4).
///
/// The stream must hold [`Script::initial`] at position 0, as one just made from it does.
///
/// A call whose end lies past [`Model::LIMIT`] may succeed or fail, as the storage can. If it succeeds,
/// its answer, position and length are checked, and then it is undone, so that every storage ends
/// with the same contents.
///
/// # Errors
/// The first difference. The stream is left as it was when the difference was found.
///
/// ```
/// use anystream::RopeStream;
/// use anystream_workload::{Op, Script, verify};
///
/// let script = Script::new("overwrite", "fizz").with([Op::Write("hello".into()), Op::Read(8)]);
/// let verified = verify(&script, &mut RopeStream::from(script.initial.clone()))?;
/// assert_eq!(verified.final_len, 5);
///
/// let mismatch = verify(&script, &mut RopeStream::from(b"buzz")).unwrap_err();
/// assert!(mismatch.to_string().contains("overwrite"), "{mismatch}");
/// # Ok::<(), anystream_workload::Mismatch>(())
/// ```
pub fn verify<S: ByteStream + ?Sized>(script: &Script, stream: &mut S) -> Result<Verified, Mismatch> {
    verify_until(script, stream, None)
}

/// Verifies as [`verify`] does, but makes no further call once `deadline` has passed: [`Verified::ops`] says how many
/// calls were verified, and the final contents are those after the last of them.
///
/// # Errors
/// As [`verify`].
///
/// ```
/// use std::time::Instant;
/// use anystream::VecStream;
/// use anystream_workload::{Op, Script, verify_until};
///
/// let script = Script::new("", "").with([Op::Write("abc".into()), Op::Write("d".into())]);
/// let verified = verify_until(&script, &mut VecStream::new(), Some(Instant::now()))?;
/// assert!(verified.ops <= 2);
/// # Ok::<(), anystream_workload::Mismatch>(())
/// ```
pub fn verify_until<S: ByteStream + ?Sized>(
    script: &Script,
    stream: &mut S,
    deadline: Option<Instant>,
) -> Result<Verified, Mismatch> {
    let mut model = Model::with(Sparse::of(&script.initial));
    let mut errors = 0;
    let mut scratch = Scratch::default();
    let mut held = HeldValues { most: script.hold, values: VecDeque::new() };
    let at = |moment| move |difference| Mismatch::new(script, moment, difference);

    same_state(stream, &model).and_then(|()| same_contents(stream, &model)).map_err(at(Moment::Start))?;
    let mut ops = 0;
    for (index, op) in script.ops.iter().enumerate() {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        ops = index + 1;
        let stepped = step(op, stream, &mut model, &mut scratch);
        let Stepped { failed, value } = stepped.map_err(at(Moment::Op(index)))?;
        errors += u64::from(failed);
        if let Some(value) = value {
            held.keep(value, index, op).map_err(at(Moment::Op(index)))?;
        }
    }
    held.are_unchanged().map_err(at(Moment::End))?;
    let digest = final_contents(stream, &model).map_err(at(Moment::End))?;
    Ok(Verified { ops, errors, final_len: model.length(), digest })
}

/// Makes the calls of `script` on `stream` and nothing else: the form that is timed.
///
/// Returns how many calls answered with an error; whether they should have, [`verify`] says.
///
/// The latest [`Script::hold`] values that the calls gave stay alive meanwhile. The one that a new value
/// replaces is dropped behind the call that gave that, and the last ones before `run` returns: so every
/// value is made and dropped in the run that is timed, and none costs the next run anything.
///
/// ```
/// use anystream::VecStream;
/// use anystream_workload::{Op, Scratch, Script, run};
///
/// let script = Script::new("too far", "").with([Op::Write("hello".into()), Op::ReadExact(1)]);
/// assert_eq!(run(&script, &mut VecStream::new(), &mut Scratch::default()), 1);
/// ```
pub fn run<S: ByteStream + ?Sized>(script: &Script, stream: &mut S, scratch: &mut Scratch) -> u64 {
    scratch.hold(script.hold);
    let errors = run_ops(&script.ops, stream, scratch);
    scratch.hold(0);
    errors
}

/// Makes the calls `ops` and nothing else: a part of what [`run`] does, which sets how many values stay alive
/// ([`Scratch::hold`]) before the first part and lets go of them after the last.
///
/// ```
/// use anystream::VecStream;
/// use anystream_workload::{Op, Scratch, run_ops};
///
/// let mut stream = VecStream::new();
/// assert_eq!(run_ops(&[Op::Write("hello".into())], &mut stream, &mut Scratch::default()), 0);
/// ```
#[inline]
pub fn run_ops<S: ByteStream + ?Sized>(ops: &[Op], stream: &mut S, scratch: &mut Scratch) -> u64 {
    let mut errors = 0;
    for op in ops {
        let answer = op.perform(stream, scratch);
        // Each by itself: what is in an answer must count as used, but no answer has to be put together in
        // memory and asked again what it is.
        match answer {
            Ok(Answer::Done) => {}
            Ok(Answer::Number(number)) => _ = black_box(number),
            Ok(Answer::Bytes(bytes)) => _ = black_box(bytes),
            Ok(Answer::Run(run)) => _ = black_box(run),
            Ok(Answer::Value(value)) => errors += kept(scratch, value),
            Err(error) => errors += failed(error),
        }
    }
    errors
}

// Apart, lest they take the registers of the loop.

#[inline(never)]
fn kept(scratch: &mut Scratch, value: Bytes) -> u64 {
    scratch.keep(black_box(value)).map_or_else(failed, |()| 0)
}

#[cold]
#[inline(never)]
fn failed(error: io::Error) -> u64 {
    drop(error);
    1
}

/// What [`verify`] found when every call answered by the laws.
///
/// ```
/// use anystream::VecStream;
/// use anystream_workload::{Op, Script, verify};
///
/// let script = Script::new("", "").with([Op::Write("abc".into()), Op::ReadExact(1)]);
/// let verified = verify(&script, &mut VecStream::new())?;
/// assert_eq!((verified.ops, verified.errors, verified.final_len), (2, 1, 3));
/// assert!(verified.digest.to_string().starts_with("ba7816bf"));
/// # Ok::<(), anystream_workload::Mismatch>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many calls were made.
    pub ops: usize,
    /// How many of them answered with an error, as the laws say they must.
    pub errors: u64,
    /// The length of the final contents in bytes.
    pub final_len: u64,
    /// Of the final contents.
    pub digest: Digest,
}

/// The SHA-256 of some contents. Shown in lowercase hexadecimal.
///
/// ```
/// use anystream_workload::Digest;
/// let digest = Digest::of(b"").to_string();
/// assert_eq!(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `contents`.
    ///
    /// ```
    /// use anystream_workload::Digest;
    /// assert_ne!(Digest::of(b"hello"), Digest::of(b"hillo"));
    /// ```
    #[must_use]
    pub fn of(contents: &[u8]) -> Self {
        Digest(Sha256::digest(contents).into())
    }

    /// The 32 bytes themselves.
    ///
    /// ```
    /// assert_eq!(anystream_workload::Digest::of(b"").as_bytes()[..2], [0xe3, 0xb0]);
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The first call at which a stream and the laws part.
///
/// ```
/// use anystream::VecStream;
/// use anystream_workload::{Op, Script, verify};
///
/// let script = Script::new("greeting", "hello").with([Op::Read(5)]);
/// let mismatch = verify(&script, &mut VecStream::from(b"hillo")).unwrap_err();
/// assert_eq!(
///     mismatch.to_string(),
///     "greeting, before the first op: the stream holds 0x69 at offset 1, but law N2 says 0x65",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The name of the script.
    pub script: String,
    /// How many ops it has.
    pub ops: usize,
    /// Which op, counted from 0; the number of ops if the difference showed in the final contents.
    pub op_index: usize,
    /// The op as text; nothing if the difference showed before the first or after the last.
    pub op: Option<String>,
    /// Whose fault it is.
    pub fault: Fault,
    /// What the stream did; or what the replay could not do.
    pub did: Box<str>,
    /// The number of the law that it broke, such as `R1`; nothing if it is the replay that failed.
    pub law: &'static str,
    /// What the law says instead.
    pub expected: Box<str>,
}

/// Why [`verify`] gave up.
///
/// ```
/// use anystream::VecStream;
/// use anystream_workload::{Fault, Op, Script, verify};
///
/// let script = Script::new("a read", "").with([Op::Read(usize::MAX / 2)]);
/// let mismatch = verify(&script, &mut VecStream::new()).unwrap_err();
/// assert_eq!(mismatch.fault, Fault::ReplayMemory);
/// assert!(mismatch.to_string().contains("not enough memory for the replay"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The stream broke a law.
    Law,
    /// The stream answered that it had no memory, where a stream with enough of it succeeds.
    StreamMemory,
    /// There was no memory for the replay itself ([`NoReplayMemory`]). The stream did nothing wrong.
    ReplayMemory,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { script, ops, op_index, op, fault, did, law, expected } = self;
        match op {
            Some(op) => write!(f, "{script}, op {op_index} of {ops} ({op})")?,
            None if *op_index == 0 => write!(f, "{script}, before the first op")?,
            None => write!(f, "{script}, after the last op")?,
        }
        match fault {
            Fault::ReplayMemory => write!(f, ": {did}; replay it with more memory, or record a shorter run"),
            Fault::Law | Fault::StreamMemory => {
                write!(f, ": the stream {did}, but law {law} says {expected}")
            }
        }
    }
}

impl std::error::Error for Mismatch {}

/// When a difference was found.
#[derive(Clone, Copy)]
enum Moment {
    Start,
    Op(usize),
    End,
}

struct Difference {
    fault: Fault,
    did: String,
    law: &'static str,
    expected: String,
}

impl Mismatch {
    fn new(script: &Script, moment: Moment, difference: Difference) -> Self {
        let ops = script.ops.len();
        let (op_index, op) = match moment {
            Moment::Start => (0, None),
            Moment::Op(index) => (index, script.ops.get(index).map(Op::to_string)),
            Moment::End => (ops, None),
        };
        let Difference { fault, did, law, expected } = difference;
        Mismatch {
            script: script.name.clone(),
            ops,
            op_index,
            op,
            fault,
            did: did.into(),
            law,
            expected: expected.into(),
        }
    }
}

/// The model whose holes take no memory: a log of a disk image must not need the memory of a disk.
type Reference = Model<Sparse>;

/// What came of a call on both.
struct Stepped {
    /// As it should.
    failed: bool,
    value: Option<Bytes>,
}

/// The latest values that a stream gave, the oldest first.
struct HeldValues {
    most: usize,
    values: VecDeque<HeldValue>,
}

struct HeldValue {
    value: Bytes,
    /// Of the value when it was right, a hash: another copy of each would need as much memory again.
    hash: u64,
    op_index: usize,
    law: &'static str,
}

impl HeldValues {
    fn keep(&mut self, value: Bytes, op_index: usize, op: &Op) -> Result<(), Difference> {
        if self.most == 0 {
            return Ok(());
        }
        if self.values.len() >= self.most
            && let Some(oldest) = self.values.pop_front()
        {
            oldest.is_unchanged()?;
        }
        let (hash, law) = (hash(&value), law_of(op, &Expected::Done));
        self.values.push_back(HeldValue { value, hash, op_index, law });
        Ok(())
    }

    fn are_unchanged(&self) -> Result<(), Difference> {
        self.values.iter().try_for_each(HeldValue::is_unchanged)
    }
}

impl HeldValue {
    fn is_unchanged(&self) -> Result<(), Difference> {
        match hash(&self.value) == self.hash {
            true => Ok(()),
            false => Err(Difference {
                fault: Fault::Law,
                did: format!("let later calls change the value that op {} gave", self.op_index),
                law: self.law,
                expected: "that it stays as it was".to_owned(),
            }),
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    foldhash::quality::FixedState::default().hash_one(bytes)
}

/// Makes one call on both and compares.
fn step<S: ByteStream + ?Sized>(
    op: &Op,
    stream: &mut S,
    model: &mut Reference,
    scratch: &mut Scratch,
) -> Result<Stepped, Difference> {
    let expected = model.apply(op);
    if let Expected::Bytes(bytes) = &expected
        && bytes.len() > ROOM
    {
        scratch.make_room(op, bytes.len()).map_err(no_replay_memory)?;
    }
    let answer = op.perform(stream, scratch);
    if let Err(error) = &answer
        && let Some(lacking) = NoReplayMemory::of(error)
    {
        return Err(no_replay_memory(lacking));
    }
    if expected == Expected::BeyondTheModel {
        let answered = answer.map(drop);
        let failed = beyond_the_model(op, answered, stream, model)?;
        return Ok(Stepped { failed, value: None });
    }
    let failed = answer.is_err();
    if !agrees(&answer, &expected) {
        let no_memory = answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::OutOfMemory);
        return Err(Difference {
            fault: if no_memory { Fault::StreamMemory } else { Fault::Law },
            did: describe_answer(&answer, &expected),
            law: law_of(op, &expected),
            expected: describe_expected(&expected),
        });
    }
    let value = answer.ok().and_then(Answer::into_value);
    if failed {
        unchanged(stream, model)?;
    } else {
        same_state(stream, model)
            .map_err(|difference| Difference { law: law_of(op, &expected), ..difference })?;
    }
    Ok(Stepped { failed, value })
}

/// Smaller buffers grow as the stream lets them.
const ROOM: usize = 1 << 20;

fn no_replay_memory(lacking: NoReplayMemory) -> Difference {
    Difference { fault: Fault::ReplayMemory, did: lacking.to_string(), law: "", expected: String::new() }
}

fn agrees(answer: &io::Result<Answer<'_>>, expected: &Expected) -> bool {
    match (answer, expected) {
        (Ok(Answer::Done), Expected::Done) => true,
        (Ok(Answer::Number(n)), Expected::Number(m)) => n == m,
        (Ok(Answer::Bytes(bytes)), Expected::Bytes(wanted)) => bytes == wanted,
        (Ok(Answer::Value(bytes)), Expected::Bytes(wanted)) => bytes == wanted,
        (Ok(Answer::Run(run)), Expected::RunOf(rest)) => {
            rest.starts_with(run) && run.is_empty() == rest.is_empty()
        }
        (Err(error), Expected::Error(kind)) => error.kind() == *kind,
        _ => false,
    }
}

/// Checks a call that only some storages can do, and undoes it where it was done.
fn beyond_the_model<S: ByteStream + ?Sized>(
    op: &Op,
    answered: io::Result<()>,
    stream: &mut S,
    model: &Reference,
) -> Result<bool, Difference> {
    if let Err(error) = answered {
        let kind = error.kind();
        if !matches!(kind, ErrorKind::FileTooLarge | ErrorKind::OutOfMemory | ErrorKind::QuotaExceeded) {
            let did = format!("failed with {kind:?} ({error})");
            let expected = "FileTooLarge, OutOfMemory or QuotaExceeded".to_owned();
            return Err(Difference { fault: Fault::Law, did, law: "W6", expected });
        }
        unchanged(stream, model)?;
        return Ok(true);
    }
    let (position, length) = match op {
        Op::SetLen(size) => (model.position(), *size),
        _ => {
            let end = model.position() + op.bytes_given();
            (end, end)
        }
    };
    let law = law_of(op, &Expected::Done);
    number("position", stream.tell(), position, law)?;
    number("length", stream.len(), length, law)?;
    stream
        .truncate(model.length())
        .and_then(|()| stream.seek(SeekFrom::Start(model.position())))
        .map_err(|error| failed_to("be cut off again", &error, "C1"))?;
    same_state(stream, model).and_then(|()| same_contents(stream, model))?;
    Ok(false)
}

fn same_state<S: ByteStream + ?Sized>(stream: &S, model: &Reference) -> Result<(), Difference> {
    number("position", stream.tell(), model.position(), "T1")?;
    number("length", stream.len(), model.length(), "T1")
}

fn number(what: &str, is: u64, should_be: u64, law: &'static str) -> Result<(), Difference> {
    if is == should_be {
        return Ok(());
    }
    Err(Difference {
        fault: Fault::Law,
        did: format!("has the {what} {is}"),
        law,
        expected: should_be.to_string(),
    })
}

/// After an error (law F1).
fn unchanged<S: ByteStream + ?Sized>(stream: &S, model: &Reference) -> Result<(), Difference> {
    let compared = same_state(stream, model).and_then(|()| same_contents(stream, model));
    compared.map_err(|difference| Difference { law: "F1", ..difference })
}

/// Compares the whole contents through `read_at`, which leaves the stream alone.
fn same_contents<S: ByteStream + ?Sized>(stream: &S, model: &Reference) -> Result<(), Difference> {
    let mut buf = vec![0; PIECE];
    in_pieces(model, |offset, wanted| {
        let read = stream.read_at(offset, &mut buf).map_err(|error| failed_to("read_at", &error, "R5"))?;
        same_bytes(buf.get(..read).unwrap_or_default(), wanted, offset, "N2")
    })
}

const PIECE: usize = 64 << 10;

fn in_pieces(
    model: &Reference,
    mut compare: impl FnMut(u64, &[u8]) -> Result<(), Difference>,
) -> Result<(), Difference> {
    (0..model.length())
        .step_by(PIECE)
        .try_for_each(|offset| compare(offset, &model.copy(offset, PIECE as u64)))
}

/// Through `getvalue`, unless the value would take so much memory that holes would stop being free.
fn final_contents<S: ByteStream + ?Sized>(stream: &mut S, model: &Reference) -> Result<Digest, Difference> {
    const LARGEST_VALUE: u64 = 256 << 20;
    let mut hasher = Sha256::new();
    if model.length() <= LARGEST_VALUE {
        let value = stream.getvalue().map_err(|error| failed_to("getvalue", &error, "V1"))?;
        in_pieces(model, |offset, wanted| {
            let from = offset as usize;
            let to = value.len().min(from + wanted.len());
            same_bytes(value.get(from..to).unwrap_or_default(), wanted, offset, "V1")
        })?;
        let too_much = value.get(model.length() as usize..).unwrap_or_default();
        same_bytes(too_much, b"", model.length(), "V1")?;
        hasher.update(&value);
    } else {
        let mut buf = vec![0; PIECE];
        in_pieces(model, |offset, wanted| {
            let read =
                stream.read_at(offset, &mut buf).map_err(|error| failed_to("read_at", &error, "R5"))?;
            hasher.update(wanted);
            same_bytes(buf.get(..read).unwrap_or_default(), wanted, offset, "R5")
        })?;
    }
    same_state(stream, model)?;
    Ok(Digest(hasher.finalize().into()))
}

fn same_bytes(is: &[u8], should_be: &[u8], offset: u64, law: &'static str) -> Result<(), Difference> {
    if is == should_be {
        return Ok(());
    }
    let at = first_difference(is, should_be);
    Err(Difference {
        fault: Fault::Law,
        did: format!("holds {} at offset {}", byte_of(is, at), offset + at as u64),
        law,
        expected: byte_of(should_be, at),
    })
}

fn first_difference(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn byte_of(bytes: &[u8], at: usize) -> String {
    bytes.get(at).map_or_else(|| "nothing".to_owned(), |byte| format!("{byte:#04x}"))
}

fn failed_to(what: &str, error: &io::Error, law: &'static str) -> Difference {
    let no_memory = error.kind() == ErrorKind::OutOfMemory;
    Difference {
        fault: if no_memory { Fault::StreamMemory } else { Fault::Law },
        did: format!("failed to {what} with {:?} ({error})", error.kind()),
        law,
        expected: "that it succeeds".to_owned(),
    }
}

fn describe_answer(answer: &io::Result<Answer<'_>>, expected: &Expected) -> String {
    let differs = |bytes: &[u8]| match expected {
        Expected::Bytes(wanted) | Expected::RunOf(wanted) if bytes.len() == wanted.len() => {
            let at = first_difference(bytes, wanted);
            let (is, should_be) = (byte_of(bytes, at), byte_of(wanted, at));
            format!("answered {} bytes with {is} instead of {should_be} at {at}", bytes.len())
        }
        _ => format!("answered {} bytes", bytes.len()),
    };
    match answer {
        Ok(Answer::Done) => "succeeded".to_owned(),
        Ok(Answer::Number(n)) => format!("answered {n}"),
        Ok(Answer::Bytes(bytes) | Answer::Run(bytes)) => differs(bytes),
        Ok(Answer::Value(bytes)) => differs(bytes),
        Err(error) => format!("failed with {:?} ({error})", error.kind()),
    }
}

fn describe_expected(expected: &Expected) -> String {
    match expected {
        Expected::Done => "that it succeeds".to_owned(),
        Expected::Number(n) => n.to_string(),
        Expected::Bytes(bytes) => format!("these {} bytes", bytes.len()),
        Expected::RunOf(rest) if rest.is_empty() => "that there are none".to_owned(),
        Expected::RunOf(rest) => format!("that it is one byte or more of these {}", rest.len()),
        Expected::Error(kind) => format!("that it fails with {kind:?}"),
        Expected::BeyondTheModel => "nothing".to_owned(),
    }
}

/// The law that says what `op` answers.
fn law_of(op: &Op, expected: &Expected) -> &'static str {
    match (op, expected) {
        (Op::Write(_) | Op::WriteVectored(_) | Op::WriteFmt(_) | Op::WriteBytes(_), Expected::Error(_)) => {
            "W6"
        }
        (Op::Seek(SeekFrom::Start(_)), _) => "S1",
        (Op::Seek(_), _) => "S2",
        (Op::ReadExact(_), _) => "R2",
        (Op::ReadToString | Op::ReadLine, Expected::Error(_)) => "F1",
        (Op::FillBuf | Op::Consume(_), _) => "R3",
        (Op::ReadBytes(_), _) => "R4",
        (Op::ReadAt { .. }, _) => "R5",
        (
            Op::Read(_)
            | Op::ReadVectored(_)
            | Op::ReadToEnd
            | Op::ReadToString
            | Op::ReadUntil(_)
            | Op::SkipUntil(_)
            | Op::ReadLine,
            _,
        ) => "R1",
        (Op::Write(_) | Op::WriteFmt(_), _) => "W1",
        (Op::WriteVectored(_), _) => "W4",
        (Op::WriteBytes(_), _) => "W5",
        (Op::Truncate(_), _) => "C1",
        (Op::SetLen(_), _) => "C2",
        (Op::Splice { .. }, _) => "E1",
        (Op::GetValue, _) => "V1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // No stream of safe code can change a value that it gave, so here what is remembered of it is changed.
    #[test]
    fn a_held_value_that_changed_breaks_the_law_of_the_call_that_gave_it() {
        let mut held = HeldValues { most: 2, values: VecDeque::new() };
        let keep = |held: &mut HeldValues, index, op| held.keep("abc".into(), index, &op);
        for (index, op) in [(3, Op::GetValue), (7, Op::ReadBytes(3))] {
            assert!(keep(&mut held, index, op).is_ok());
        }
        assert!(held.are_unchanged().is_ok());
        for value in &mut held.values {
            value.hash ^= 1;
        }
        let at_the_end = held.are_unchanged().err().unwrap();
        assert_eq!(at_the_end.law, "V1");
        assert!(at_the_end.did.contains("op 3"), "{}", at_the_end.did);
        assert_eq!(keep(&mut held, 8, Op::GetValue).err().unwrap().law, "V1", "when it is dropped");
        held.most = 1;
        assert_eq!(keep(&mut held, 9, Op::GetValue).err().unwrap().law, "R4");
    }
}
