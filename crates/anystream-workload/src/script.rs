//! A list of calls, with the contents they begin on.

use bytes::Bytes;

use crate::Op;

/// What a program does to one stream: the contents it starts with, and calls in order.
///
/// ```
/// use anystream_workload::{Op, Script};
///
/// let script = Script::new("overwrite", "fizz").with([Op::Write("hello".into()), Op::Read(1)]);
/// assert_eq!(script.ops.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Script {
    /// What people call it: a file's name, mostly.
    pub name: String,
    /// What the stream holds before the first call, at position 0 (law N2).
    pub initial: Bytes,
    /// The calls, in order.
    pub ops: Vec<Op>,
}

impl Script {
    /// A script without calls yet.
    ///
    /// ```
    /// assert!(anystream_workload::Script::new("empty", "").ops.is_empty());
    /// ```
    pub fn new(name: impl Into<String>, initial: impl Into<Bytes>) -> Self {
        Script { name: name.into(), initial: initial.into(), ops: Vec::new() }
    }

    /// The same with `ops` behind its calls.
    ///
    /// ```
    /// use anystream_workload::{Op, Script};
    /// assert_eq!(Script::new("one", "").with([Op::GetValue]).ops, [Op::GetValue]);
    /// ```
    #[must_use]
    pub fn with(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.ops.extend(ops);
        self
    }
}
