//! What a script does, in numbers.

use std::collections::BTreeMap;

use crate::sparse::Sparse;
use crate::{Expected, Kind, Model, Script};

/// What a [`Script`] does, in numbers, as the [`Model`] counts them.
///
/// ```
/// use anystream_workload::{Kind, Op, Script, Summary};
///
/// let script = Script::new("two reads", "hello").with([Op::Read(4), Op::Read(4), Op::Truncate(2)]);
/// let summary = Summary::of(&script);
/// assert_eq!(summary.ops[&Kind::Read], 2);
/// assert_eq!((summary.total, summary.bytes_read, summary.bytes_written), (3, 5, 0));
/// assert_eq!((summary.initial_len, summary.largest_len, summary.final_len), (5, 5, 2));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many calls there are of each kind, in the order of [`Kind`]; kinds without calls are left out.
    pub ops: BTreeMap<Kind, u64>,
    /// How many calls there are.
    pub total: u64,
    /// The bytes that calls returned, `getvalue` included.
    pub bytes_read: u64,
    /// The bytes that calls which succeed are given to write.
    pub bytes_written: u64,
    /// The length of the contents before the first call, in bytes.
    pub initial_len: u64,
    /// The greatest length after any call, in bytes.
    pub largest_len: u64,
    /// The length after the last call, in bytes.
    pub final_len: u64,
}

impl Summary {
    /// Runs `script` on the model and counts. A call that ends past [`Model::LIMIT`] counts as a call
    /// that moves nothing.
    ///
    /// ```
    /// use anystream_workload::{Script, Summary};
    /// assert_eq!(Summary::of(&Script::new("none", "")), Summary::default());
    /// ```
    #[must_use]
    pub fn of(script: &Script) -> Self {
        let mut model = Model::with(Sparse::of(&script.initial));
        let length = model.length();
        let mut summary = Summary { initial_len: length, largest_len: length, ..Summary::default() };
        for op in &script.ops {
            let position = model.position();
            *summary.ops.entry(op.kind()).or_default() += 1;
            summary.total += 1;
            match model.apply(op) {
                Expected::Bytes(bytes) => summary.bytes_read += bytes.len() as u64,
                Expected::Error(_) | Expected::BeyondTheModel => {}
                _ if op.kind() == Kind::Read => summary.bytes_read += model.position() - position,
                _ => summary.bytes_written += op.bytes_given(),
            }
            summary.largest_len = summary.largest_len.max(model.length());
        }
        summary.final_len = model.length();
        summary
    }
}
