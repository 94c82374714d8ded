//! What a log says was done to one file, before it is known what the file held.

use bytes::Bytes;

/// One opening of a file, with a position of its own. Descriptors that `dup` or `fork` made share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Opening(pub(super) usize);

/// One call on a file.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) line: u64,
    /// The line, for messages.
    pub(super) text: Box<str>,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Open {
        opening: Opening,
        emptied: bool,
    },
    Seek {
        opening: Opening,
        whence: Whence,
        by: i64,
        to: u64,
    },
    Read(Transfer),
    Write {
        transfer: Transfer,
        at_end: bool,
    },
    /// `ftruncate`, `truncate`.
    Resize(u64),
    /// `fallocate` that makes the file at least this long.
    Reserve(u64),
    /// `fallocate` that writes zeros.
    Zero {
        offset: u64,
        len: u64,
        may_grow: bool,
    },
    /// `fallocate` that takes bytes out.
    Collapse {
        offset: u64,
        len: u64,
    },
    /// `fallocate` that makes room.
    Insert {
        offset: u64,
        len: u64,
    },
    /// A call told how long the file is.
    Length(u64),
    /// Something that a stream cannot do or that the log does not show. Where it left the position,
    /// if it moved it.
    Unclear {
        reason: String,
        position: Option<(Opening, u64)>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whence {
    Start,
    Current,
    End,
}

/// A read or a write.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) opening: Opening,
    /// Where, if not at the position.
    pub(super) at: Option<u64>,
    pub(super) asked: Lengths,
    /// How many bytes really were read or written.
    pub(super) moved: u64,
    /// They themselves, if the log holds them all.
    pub(super) data: Option<Bytes>,
}

/// How many bytes a call asked for: in one piece, or in several.
#[derive(Debug, Clone)]
pub(super) enum Lengths {
    One(u64),
    Several(Box<[u64]>),
}

impl Lengths {
    pub(super) fn total(&self) -> u64 {
        match self {
            Lengths::One(len) => *len,
            Lengths::Several(lens) => lens.iter().fold(0, |sum, len| sum.saturating_add(*len)),
        }
    }

    /// The first `most` bytes of these.
    pub(super) fn first(&self, most: u64) -> Lengths {
        match self {
            Lengths::One(len) => Lengths::One(most.min(*len)),
            Lengths::Several(lens) => {
                let mut left = most;
                let clipped = lens.iter().map(|len| {
                    let taken = left.min(*len);
                    left -= taken;
                    taken
                });
                Lengths::Several(clipped.filter(|len| *len > 0).collect())
            }
        }
    }
}
