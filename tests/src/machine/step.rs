//! What the machine can be told to do, in words that mean something in every state.

use std::io::SeekFrom;
use std::ops::Range;

use anystream_core::Bytes;
use anystream_workload::{Model, Op};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

/// One step of a [`Machine`](super::Machine). Its arguments are named by what they are near to ("one before the
/// end"), so that a step means something whatever came before it, and a list of steps can be shortened.
///
/// A stream, value or choice is named by any number: so many from the first, round and round.
#[derive(Debug, Clone)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
#[allow(missing_docs)]
pub enum Step {
    /// A call on a stream.
    Call { on: u8, call: Call },
    /// The same, by another name if it has one: `insert` for a `splice` over nothing.
    CallByAnotherName { on: u8, call: Call },
    /// `write_bytes` of a value that is held.
    WriteHeld { on: u8, value: u8 },
    /// One of the held values is let go.
    Release { value: u8 },
    /// One more stream: made of sample bytes or of a held value, in one of three ways.
    Begin { of: Option<u8>, way: u8 },
    /// One more stream: a clone.
    Clone { on: u8 },
    /// A stream is gone, unless it is the last.
    Drop { on: u8 },
    /// One more stream: a clone that goes on behind a hole which ends at `1 << power`, if it can.
    GoFar {
        on: u8,
        #[cfg_attr(fuzzing, arbitrary(with = arbitrary_far_power))]
        power: u8,
    },
    /// From here on to the last step, a reader of a clone is alive.
    Reader { on: u8, at: Place, reads: Vec<Call> },
    /// What only the type of the stream can do, and does not show.
    Particular { on: u8, choice: u8 },
}

/// A call, and what its arguments are near to. Each becomes the [`Op`] of its name.
#[derive(Debug, Clone)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
#[allow(missing_docs)]
pub enum Call {
    Seek {
        from: From,
        to: Place,
    },
    SeekBy {
        from: From,
        by: i64,
    },
    Read(Size),
    ReadVectored(Vec<Size>),
    ReadExact(Size),
    ReadToEnd,
    ReadToString,
    ReadUntil(u8),
    SkipUntil(u8),
    ReadLine,
    FillBuf,
    Consume(Size),
    ReadBytes(Size),
    ReadAt(Place, Size),
    Write(Data),
    WriteVectored(Vec<Data>),
    WriteFmt(Size),
    WriteBytes(Data),
    Truncate(Place),
    SetLen(Place),
    Splice(Place, Place, Data),
    /// Within the contents: `place` as a fraction of them, and so many bytes.
    Replace(u16, Size, Data),
    GetValue,
}

/// What a seek is relative to.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
#[allow(missing_docs)]
pub enum From {
    Start,
    Current,
    End,
}

/// An offset: so many bytes before or behind something.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Place(Near, i8);

#[derive(Debug, Clone, Copy)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
enum Near {
    Start,
    Position,
    End,
    /// So many 65536ths of the contents.
    Fraction(u16),
    /// A length at which things break: see [`Edges`].
    Edge(u8),
    /// One behind the end.
    EdgeBehindTheEnd(u8),
    Power(#[cfg_attr(fuzzing, arbitrary(with = arbitrary_far_power))] u8),
    Last,
}

/// A number of bytes.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub enum Size {
    /// So many.
    Few(u8),
    /// Nearly a length at which things break: see [`Edges`].
    Edge(u8, i8),
    /// Nearly all from the position on.
    Left(i8),
    /// `usize::MAX` less so many, where nothing of that length is allocated; else none.
    Most(u8),
}

/// Bytes to be written: so many, of one of several kinds.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub struct Data(Size, u8);

/// The lengths in bytes at which things break, and how long contents may become.
#[derive(Debug, Clone, Copy)]
pub struct Edges {
    /// The sizes of chunks and of what fits inline.
    pub sizes: &'static [usize],
    /// What grows beyond is cut.
    pub longest: usize,
}

impl Edges {
    /// What fits inline in a [`SmallStream`] of 5 and 64 bytes, the pieces of the ropes, and 8 KiB.
    ///
    /// [`SmallStream`]: https://docs.rs/anystream
    pub const OF_THE_BACKENDS: Edges =
        Edges { sizes: &[5, 16, 64, 984, 1024, 4096, 8112, 8192], longest: 3 * 8192 };

    fn size(&self, index: u8) -> usize {
        self.sizes[usize::from(index) % self.sizes.len()]
    }
}

impl Call {
    /// The call with its arguments, for a stream that is as `model` says.
    pub(super) fn op(&self, model: &Model, edges: &Edges) -> Op {
        let place = |place: &Place| place.offset(model, edges);
        // What a buffer is allocated for.
        let size = |size: &Size| size.bytes(model, edges).unwrap_or(0);
        let any_size = |size: &Size| match size {
            Size::Most(less) => usize::MAX - usize::from(*less),
            size => size.bytes(model, edges).unwrap_or(0),
        };
        let data = |data: &Data| data.bytes(model, edges);
        let len = model.contents().len();
        let op = match self {
            Call::Seek { from: From::Start, to } => Op::Seek(SeekFrom::Start(place(to))),
            Call::Seek { from: From::Current, to } => {
                Op::Seek(SeekFrom::Current(distance(model.position(), place(to))))
            }
            Call::Seek { from: From::End, to } => {
                Op::Seek(SeekFrom::End(distance(model.length(), place(to))))
            }
            Call::SeekBy { from: From::Start, by } => Op::Seek(SeekFrom::Start(*by as u64)),
            Call::SeekBy { from: From::Current, by } => Op::Seek(SeekFrom::Current(*by)),
            Call::SeekBy { from: From::End, by } => Op::Seek(SeekFrom::End(*by)),
            Call::Read(n) => Op::Read(size(n)),
            Call::ReadVectored(sizes) => Op::ReadVectored(sizes.iter().map(size).collect()),
            Call::ReadExact(n) => Op::ReadExact(size(n)),
            Call::ReadToEnd => Op::ReadToEnd,
            Call::ReadToString => Op::ReadToString,
            Call::ReadUntil(byte) => Op::ReadUntil(*byte),
            Call::SkipUntil(byte) => Op::SkipUntil(*byte),
            Call::ReadLine => Op::ReadLine,
            Call::FillBuf => Op::FillBuf,
            Call::Consume(n) => Op::Consume(any_size(n)),
            Call::ReadBytes(n) => Op::ReadBytes(any_size(n)),
            Call::ReadAt(offset, n) => Op::ReadAt { offset: place(offset), len: size(n) },
            Call::Write(bytes) => Op::Write(data(bytes)),
            Call::WriteVectored(pieces) => Op::WriteVectored(pieces.iter().map(data).collect()),
            Call::WriteFmt(n) => Op::WriteFmt("añy\n".repeat(size(n) / 5)),
            Call::WriteBytes(bytes) => Op::WriteBytes(data(bytes)),
            Call::Truncate(to) => Op::Truncate(place(to)),
            Call::SetLen(to) => Op::SetLen(place(to)),
            Call::Splice(start, end, with) => {
                Op::Splice { range: place(start)..place(end), with: data(with) }
            }
            Call::Replace(start, n, with) => {
                Op::Splice { range: within(*start, any_size(n), len), with: data(with) }
            }
            Call::GetValue => Op::GetValue,
        };
        let may_grow = len <= edges.longest && !is_far_within_the_model(model);
        if grows(&op) && !may_grow { Op::Truncate((len / 3) as u64) } else { op }
    }
}

/// Whether a write at the position would fill gigabytes of the model, which arbitrary numbers could lead to. What lies
/// behind is beyond the model, and done by streams that can.
pub(super) fn is_far_within_the_model(model: &Model) -> bool {
    const FAR: u64 = 1 << 24;
    (FAR..=Model::LIMIT).contains(&model.position())
}

fn within(fraction: u16, n: usize, len: usize) -> Range<u64> {
    let start = len * usize::from(fraction) / usize::from(u16::MAX);
    start as u64..start.saturating_add(n).min(len) as u64
}

/// Whether it may make contents longer that are long already.
fn grows(op: &Op) -> bool {
    op.bytes_given() > 0 || matches!(op, Op::SetLen(_))
}

fn distance(from: u64, to: u64) -> i64 {
    let exact = i128::from(to) - i128::from(from);
    exact.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

impl Place {
    pub(super) fn offset(&self, model: &Model, edges: &Edges) -> u64 {
        let Place(near, by) = *self;
        let near = match near {
            Near::Start => 0,
            Near::Position => model.position(),
            Near::End => model.length(),
            Near::Fraction(part) => within(part, 0, model.contents().len()).start,
            Near::Edge(index) => edges.size(index) as u64,
            Near::EdgeBehindTheEnd(index) => model.length() + edges.size(index) as u64,
            Near::Power(power) => 1 << power,
            Near::Last => u64::MAX,
        };
        near.saturating_add_signed(by.into())
    }
}

impl Size {
    fn bytes(&self, model: &Model, edges: &Edges) -> Option<usize> {
        match *self {
            Size::Few(n) => Some(n.into()),
            Size::Edge(index, by) => Some(edges.size(index).saturating_add_signed(by.into())),
            Size::Left(by) => {
                let left = model.length().saturating_sub(model.position()) as usize;
                Some(left.saturating_add_signed(by.into()))
            }
            Size::Most(_) => None,
        }
    }
}

impl Data {
    fn bytes(&self, model: &Model, edges: &Edges) -> Bytes {
        let Data(size, kind) = *self;
        let len = size.bytes(model, edges).unwrap_or(0).min(edges.longest);
        match kind % 4 {
            0 => vec![0; len].into(),
            1 => (0..len).map(|i| (i as u8).wrapping_mul(kind) | 0x80).collect(),
            _ => (0..len).map(|i| if i % 41 == 40 { b'\n' } else { b'a' + kind % 26 }).collect(),
        }
    }
}

/// Any step. Most are calls; those that make clones, values, readers and holes are frequent enough that some
/// are alive most of the time.
pub fn any_step() -> impl Strategy<Value = Step> {
    let on = any::<u8>;
    prop_oneof![
        60 => (on(), any_call()).prop_map(|(on, call)| Step::Call { on, call }),
        8 => (on(), any_call()).prop_map(|(on, call)| Step::CallByAnotherName { on, call }),
        2 => (on(), on()).prop_map(|(on, value)| Step::WriteHeld { on, value }),
        1 => on().prop_map(|value| Step::Release { value }),
        2 => (proptest::option::of(on()), on()).prop_map(|(of, way)| Step::Begin { of, way }),
        2 => on().prop_map(|on| Step::Clone { on }),
        1 => on().prop_map(|on| Step::Drop { on }),
        1 => (on(), far_power()).prop_map(|(on, power)| Step::GoFar { on, power }),
        1 => (on(), any_place(), vec(any_call(), 0..6)).prop_map(|(on, at, reads)| Step::Reader { on, at, reads }),
        2 => (on(), on()).prop_map(|(on, choice)| Step::Particular { on, choice }),
    ]
}

fn any_call() -> impl Strategy<Value = Call> {
    let from = || prop_oneof![Just(From::Start), Just(From::Current), Just(From::End)];
    let extreme =
        || prop_oneof![Just(i64::MIN), Just(i64::MIN + 1), Just(i64::MAX), Just(i64::MAX - 1), -2..=2_i64];
    let calls: Vec<(u32, BoxedStrategy<Call>)> = vec![
        (12, (from(), any_place()).prop_map(|(from, to)| Call::Seek { from, to }).boxed()),
        (2, (from(), extreme()).prop_map(|(from, by)| Call::SeekBy { from, by }).boxed()),
        (6, any_size().prop_map(Call::Read).boxed()),
        (2, vec(any_size(), 0..5).prop_map(Call::ReadVectored).boxed()),
        (3, any_size().prop_map(Call::ReadExact).boxed()),
        (1, Just(Call::ReadToEnd).boxed()),
        (1, Just(Call::ReadToString).boxed()),
        (2, any_byte().prop_map(Call::ReadUntil).boxed()),
        (2, any_byte().prop_map(Call::SkipUntil).boxed()),
        (2, Just(Call::ReadLine).boxed()),
        (3, Just(Call::FillBuf).boxed()),
        (3, any_size().prop_map(Call::Consume).boxed()),
        (3, any_size().prop_map(Call::ReadBytes).boxed()),
        (4, (any_place(), any_size()).prop_map(|(at, n)| Call::ReadAt(at, n)).boxed()),
        (12, any_data().prop_map(Call::Write).boxed()),
        (3, vec(any_data(), 0..5).prop_map(Call::WriteVectored).boxed()),
        (2, any_size().prop_map(Call::WriteFmt).boxed()),
        (6, any_data().prop_map(Call::WriteBytes).boxed()),
        (4, any_place().prop_map(Call::Truncate).boxed()),
        (4, any_place().prop_map(Call::SetLen).boxed()),
        (4, (any_place(), any_place(), any_data()).prop_map(|(a, b, with)| Call::Splice(a, b, with)).boxed()),
        (
            12,
            (any::<u16>(), any_size(), any_data()).prop_map(|(a, n, with)| Call::Replace(a, n, with)).boxed(),
        ),
        (2, Just(Call::GetValue).boxed()),
    ];
    Union::new_weighted(calls)
}

fn any_place() -> impl Strategy<Value = Place> {
    let near = prop_oneof![
        3 => Just(Near::Start),
        4 => Just(Near::Position),
        5 => Just(Near::End),
        8 => any::<u16>().prop_map(Near::Fraction),
        6 => any::<u8>().prop_map(Near::Edge),
        2 => any::<u8>().prop_map(Near::EdgeBehindTheEnd),
        1 => far_power().prop_map(Near::Power),
        1 => Just(Near::Last),
    ];
    (near, prop_oneof![3 => Just(0_i8), 2 => -1..=1_i8, 1 => -9..=9_i8])
        .prop_map(|(near, by)| Place(near, by))
}

/// No machine has so much memory, and no address space so much room: `1 << 47` bytes and more.
fn far_power() -> impl Strategy<Value = u8> {
    47..=63_u8
}

#[cfg(fuzzing)]
fn arbitrary_far_power(bytes: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<u8> {
    bytes.int_in_range(47..=63)
}

fn any_size() -> impl Strategy<Value = Size> {
    prop_oneof![
        12 => (0..=9_u8).prop_map(Size::Few),
        6 => any::<u8>().prop_map(Size::Few),
        4 => (any::<u8>(), -1..=1_i8).prop_map(|(edge, by)| Size::Edge(edge, by)),
        3 => (-1..=1_i8).prop_map(Size::Left),
        1 => (0..=1_u8).prop_map(Size::Most),
    ]
}

fn any_data() -> impl Strategy<Value = Data> {
    (any_size(), any::<u8>()).prop_map(|(size, kind)| Data(size, kind))
}

fn any_byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(b'\n'), Just(0), any::<u8>()]
}
