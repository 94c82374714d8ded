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
    /// How many of the latest values that `getvalue` and `read_bytes` gave stay alive: 0 if the program
    /// drops each at once, or if that is not known. A storage that shares memory with a value must
    /// copy what is then written over; one that does not pays for the memory of each.
    pub hold: usize,
}

impl Script {
    /// A script without calls yet.
    ///
    /// ```
    /// assert!(anystream_workload::Script::new("empty", "").ops.is_empty());
    /// ```
    pub fn new(name: impl Into<String>, initial: impl Into<Bytes>) -> Self {
        Script { name: name.into(), initial: initial.into(), ops: Vec::new(), hold: 0 }
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

    /// The same, but the latest so many values stay alive.
    ///
    /// ```
    /// use anystream_workload::{Op, Script};
    /// let script = Script::new("undo history", "text").with([Op::GetValue]).holding(8);
    /// assert_eq!(script.hold, 8);
    /// ```
    #[must_use]
    pub fn holding(mut self, values: usize) -> Self {
        self.hold = values;
        self
    }
}
