//! What a log says was done to one file, before it is known what the file held.

use std::borrow::Cow;
use std::rc::Rc;

use bytes::Bytes;
use smallvec::SmallVec;

use super::call::Shown;
use super::description::Description;

/// One call on a file. Transfers are borrowed, lest they be copied for every line of a log.
#[derive(Debug)]
pub(super) enum Action<'b, 'a> {
    Open {
        description: &'b Description,
        emptied: bool,
    },
    Seek {
        description: &'b Description,
        whence: Whence,
        by: i64,
        to: u64,
    },
    Read(&'b Transfer<'a>),
    Write {
        transfer: &'b Transfer<'a>,
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
    /// Something that a stream cannot do or that the log does not show.
    Unclear {
        reason: Cow<'a, str>,
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
pub(super) struct Transfer<'a> {
    pub(super) description: Rc<Description>,
    /// Where, if not at the position.
    pub(super) at: Option<u64>,
    pub(super) asked: Lengths,
    /// How many bytes really were read or written.
    pub(super) moved: u64,
    /// What the log shows of them.
    pub(super) data: Data<'a>,
}

/// How many bytes a call asked for: in one piece, or in several.
#[derive(Debug, Clone)]
pub(super) enum Lengths {
    One(u64),
    Several(SmallVec<[u64; 4]>),
}

impl Lengths {
    #[inline]
    pub(super) fn total(&self) -> u64 {
        match self {
            Lengths::One(len) => *len,
            Lengths::Several(lens) => lens.iter().fold(0, |sum, len| sum.saturating_add(*len)),
        }
    }

    /// The first `most` bytes of these.
    #[inline(always)]
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

/// What a log shows of the bytes that were moved: nothing, a part, or all, in pieces.
#[derive(Debug, Clone)]
pub(super) enum Data<'a> {
    Hidden,
    Shown(SmallVec<[Shown<'a>; 1]>),
}

impl Data<'_> {
    /// Whether the log shows the first `moved` bytes.
    #[inline]
    pub(super) fn holds(&self, moved: u64) -> bool {
        let Data::Shown(pieces) = self else { return false };
        let mut shown = 0;
        for piece in pieces {
            shown += piece.len();
            if shown >= moved {
                return true;
            }
            if !piece.complete {
                return false;
            }
        }
        shown >= moved
    }

    /// The first `moved` bytes, if the log shows them.
    #[inline]
    pub(super) fn first(&self, moved: u64) -> Option<Bytes> {
        let Data::Shown(pieces) = self else { return None };
        if !self.holds(moved) {
            return None;
        }
        let moved = usize::try_from(moved).ok()?;
        let mut bytes = Vec::with_capacity(moved);
        for piece in pieces {
            piece.unescape_into(&mut bytes);
            if bytes.len() >= moved {
                break;
            }
        }
        bytes.truncate(moved);
        Some(bytes.into())
    }
}
