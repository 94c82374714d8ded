//! Records as bytes: a tag, the arguments, the outcome. The numbers here are the format.

use std::io::{ErrorKind, SeekFrom};

use super::extent::Extent;
use super::record::{Outcome, RecordedOp};
use super::varint::{put, take, unzigzag, zigzag};

const SEEK_START: u8 = 1;
const SEEK_CURRENT: u8 = 2;
const SEEK_END: u8 = 3;
const READ: u8 = 4;
const READ_VECTORED: u8 = 5;
const READ_EXACT: u8 = 6;
const READ_TO_END: u8 = 7;
const READ_TO_STRING: u8 = 8;
const READ_UNTIL: u8 = 9;
const SKIP_UNTIL: u8 = 10;
const READ_LINE: u8 = 11;
const FILL_BUF: u8 = 12;
const CONSUME: u8 = 13;
const READ_BYTES: u8 = 14;
const READ_AT: u8 = 15;
const WRITE: u8 = 16;
const WRITE_VECTORED: u8 = 17;
const WRITE_FMT: u8 = 18;
const WRITE_BYTES: u8 = 19;
const TRUNCATE: u8 = 20;
const SET_LEN: u8 = 21;
const SPLICE: u8 = 22;
const GET_VALUE: u8 = 23;
const CONTENTS: u8 = 32;
const BEGIN: u8 = 33;
const END: u8 = 34;

/// The tag's upper two bits: what follows the arguments.
const AS_ASKED: u8 = 0;
const NUMBER: u8 = 1 << 6;
const FAILED: u8 = 2 << 6;
const OUTCOME: u8 = 3 << 6;

/// The kinds of error, each at its number. Any other kind, and a number that is not here, is `Other`.
const KINDS: [ErrorKind; 38] = [
    ErrorKind::Other,
    ErrorKind::InvalidInput,
    ErrorKind::InvalidData,
    ErrorKind::UnexpectedEof,
    ErrorKind::OutOfMemory,
    ErrorKind::FileTooLarge,
    ErrorKind::QuotaExceeded,
    ErrorKind::StorageFull,
    ErrorKind::WriteZero,
    ErrorKind::Interrupted,
    ErrorKind::Unsupported,
    ErrorKind::NotFound,
    ErrorKind::PermissionDenied,
    ErrorKind::AlreadyExists,
    ErrorKind::WouldBlock,
    ErrorKind::TimedOut,
    ErrorKind::BrokenPipe,
    ErrorKind::NotSeekable,
    ErrorKind::ReadOnlyFilesystem,
    ErrorKind::ResourceBusy,
    ErrorKind::Deadlock,
    ErrorKind::IsADirectory,
    ErrorKind::NotADirectory,
    ErrorKind::DirectoryNotEmpty,
    ErrorKind::StaleNetworkFileHandle,
    ErrorKind::ExecutableFileBusy,
    ErrorKind::TooManyLinks,
    ErrorKind::ArgumentListTooLong,
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::NotConnected,
    ErrorKind::AddrInUse,
    ErrorKind::AddrNotAvailable,
    ErrorKind::HostUnreachable,
    ErrorKind::NetworkUnreachable,
    ErrorKind::NetworkDown,
    ErrorKind::CrossesDevices,
];

/// What a frame consists of.
pub(super) enum Item<'a> {
    Op(RecordedOp, Outcome),
    /// A piece of what the next op writes, or of the initial contents.
    Contents(&'a [u8]),
    Begin(Extent),
    End(Extent),
}

/// Appends a call. Whether the outcome is of a sort that `op` can have; if not, nothing is appended.
///
/// Inlined whatever it takes, so that where it is known which call it is, little is left of it.
#[inline(always)]
pub(super) fn put_op(out: &mut Vec<u8>, op: &RecordedOp, outcome: Outcome) -> bool {
    let as_asked = op.as_asked();
    let form = match (outcome, as_asked) {
        (outcome, Some(asked)) if outcome == asked => AS_ASKED,
        (Outcome::Number(_), Some(Outcome::Number(_)) | None) => NUMBER,
        (Outcome::Failed(_), _) => FAILED,
        _ => return false,
    };
    put_call(out, form, op);
    match outcome {
        Outcome::Number(number) if form == NUMBER => put(out, number),
        Outcome::Failed(kind) => put(out, number_of(kind)),
        _ => {}
    }
    true
}

#[inline(always)]
fn put_call(out: &mut Vec<u8>, form: u8, op: &RecordedOp) {
    let mut tag = |code: u8| out.push(form | code);
    match op {
        RecordedOp::Seek(SeekFrom::Start(to)) => {
            tag(SEEK_START);
            put(out, *to);
        }
        RecordedOp::Seek(SeekFrom::Current(by)) => {
            tag(SEEK_CURRENT);
            put(out, zigzag(*by));
        }
        RecordedOp::Seek(SeekFrom::End(by)) => {
            tag(SEEK_END);
            put(out, zigzag(*by));
        }
        RecordedOp::Read(n) => {
            tag(READ);
            put(out, *n);
        }
        RecordedOp::ReadVectored(lens) => {
            tag(READ_VECTORED);
            put_list(out, lens);
        }
        RecordedOp::ReadExact(n) => {
            tag(READ_EXACT);
            put(out, *n);
        }
        RecordedOp::ReadToEnd => tag(READ_TO_END),
        RecordedOp::ReadToString => tag(READ_TO_STRING),
        RecordedOp::ReadUntil(delimiter) => {
            tag(READ_UNTIL);
            out.push(*delimiter);
        }
        RecordedOp::SkipUntil(delimiter) => {
            tag(SKIP_UNTIL);
            out.push(*delimiter);
        }
        RecordedOp::ReadLine => tag(READ_LINE),
        RecordedOp::FillBuf => tag(FILL_BUF),
        RecordedOp::Consume(n) => {
            tag(CONSUME);
            put(out, *n);
        }
        RecordedOp::ReadBytes(n) => {
            tag(READ_BYTES);
            put(out, *n);
        }
        RecordedOp::ReadAt { offset, len } => {
            tag(READ_AT);
            put(out, *offset);
            put(out, *len);
        }
        RecordedOp::Write(n) => {
            tag(WRITE);
            put(out, *n);
        }
        RecordedOp::WriteVectored(lens) => {
            tag(WRITE_VECTORED);
            put_list(out, lens);
        }
        RecordedOp::WriteFmt(n) => {
            tag(WRITE_FMT);
            put(out, *n);
        }
        RecordedOp::WriteBytes(n) => {
            tag(WRITE_BYTES);
            put(out, *n);
        }
        RecordedOp::Truncate(size) => {
            tag(TRUNCATE);
            put(out, *size);
        }
        RecordedOp::SetLen(size) => {
            tag(SET_LEN);
            put(out, *size);
        }
        RecordedOp::Splice { range, with } => {
            tag(SPLICE);
            put(out, range.start);
            put(out, zigzag(range.end.wrapping_sub(range.start) as i64));
            put(out, *with);
        }
        RecordedOp::GetValue => tag(GET_VALUE),
    }
}

fn put_list(out: &mut Vec<u8>, lens: &[u64]) {
    put(out, lens.len() as u64);
    for &len in lens {
        put(out, len);
    }
}

/// Appends a piece of contents.
pub(super) fn put_contents(out: &mut Vec<u8>, piece: &[u8]) {
    out.push(CONTENTS);
    put(out, piece.len() as u64);
    out.extend_from_slice(piece);
}

/// Appends where a session begins.
pub(super) fn put_begin(out: &mut Vec<u8>, extent: Extent) {
    put_extent(out, BEGIN, extent);
}

/// Appends where a session ends.
pub(super) fn put_end(out: &mut Vec<u8>, extent: Extent) {
    put_extent(out, END, extent);
}

fn put_extent(out: &mut Vec<u8>, tag: u8, extent: Extent) {
    out.push(tag);
    put(out, extent.length);
    put(out, extent.position);
}

#[cold]
fn number_of(kind: ErrorKind) -> u64 {
    KINDS.iter().position(|known| *known == kind).unwrap_or(0) as u64
}

/// Takes what comes next off the front of `bytes`, which are not none.
pub(super) fn take_item<'a>(bytes: &mut &'a [u8]) -> Result<Item<'a>, String> {
    let tag = take_byte(bytes).ok_or("it has no tag")?;
    let cut_off =
        || format!("the record with the tag {tag:#04x} is cut off, or a number in it exceeds 64 bits");
    match tag {
        CONTENTS => take_piece(bytes).map(Item::Contents).ok_or_else(cut_off),
        BEGIN => take_extent(bytes).map(Item::Begin).ok_or_else(cut_off),
        END => take_extent(bytes).map(Item::End).ok_or_else(cut_off),
        _ => {
            let Some(op) = take_call(bytes, tag & !OUTCOME) else {
                return Err(match tag & !OUTCOME {
                    SEEK_START..=GET_VALUE => cut_off(),
                    _ => format!("there is no record with the tag {tag:#04x}"),
                });
            };
            let outcome = match (tag & OUTCOME, op.as_asked()) {
                (AS_ASKED, Some(asked)) => asked,
                (NUMBER, Some(Outcome::Number(_)) | None) => {
                    Outcome::Number(take(bytes).ok_or_else(cut_off)?)
                }
                (FAILED, _) => {
                    let number = take(bytes).ok_or_else(cut_off)?;
                    let kind = usize::try_from(number).ok().and_then(|at| KINDS.get(at));
                    Outcome::Failed(kind.copied().unwrap_or(ErrorKind::Other))
                }
                _ => {
                    return Err(format!(
                        "the tag {tag:#04x} names an outcome that its operation cannot have"
                    ));
                }
            };
            Ok(Item::Op(op, outcome))
        }
    }
}

fn take_call(bytes: &mut &[u8], code: u8) -> Option<RecordedOp> {
    Some(match code {
        SEEK_START => RecordedOp::Seek(SeekFrom::Start(take(bytes)?)),
        SEEK_CURRENT => RecordedOp::Seek(SeekFrom::Current(unzigzag(take(bytes)?))),
        SEEK_END => RecordedOp::Seek(SeekFrom::End(unzigzag(take(bytes)?))),
        READ => RecordedOp::Read(take(bytes)?),
        READ_VECTORED => RecordedOp::ReadVectored(take_list(bytes)?),
        READ_EXACT => RecordedOp::ReadExact(take(bytes)?),
        READ_TO_END => RecordedOp::ReadToEnd,
        READ_TO_STRING => RecordedOp::ReadToString,
        READ_UNTIL => RecordedOp::ReadUntil(take_byte(bytes)?),
        SKIP_UNTIL => RecordedOp::SkipUntil(take_byte(bytes)?),
        READ_LINE => RecordedOp::ReadLine,
        FILL_BUF => RecordedOp::FillBuf,
        CONSUME => RecordedOp::Consume(take(bytes)?),
        READ_BYTES => RecordedOp::ReadBytes(take(bytes)?),
        READ_AT => RecordedOp::ReadAt { offset: take(bytes)?, len: take(bytes)? },
        WRITE => RecordedOp::Write(take(bytes)?),
        WRITE_VECTORED => RecordedOp::WriteVectored(take_list(bytes)?),
        WRITE_FMT => RecordedOp::WriteFmt(take(bytes)?),
        WRITE_BYTES => RecordedOp::WriteBytes(take(bytes)?),
        TRUNCATE => RecordedOp::Truncate(take(bytes)?),
        SET_LEN => RecordedOp::SetLen(take(bytes)?),
        SPLICE => {
            let start = take(bytes)?;
            let end = start.wrapping_add(unzigzag(take(bytes)?) as u64);
            RecordedOp::Splice { range: start..end, with: take(bytes)? }
        }
        GET_VALUE => RecordedOp::GetValue,
        _ => return None,
    })
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(byte)
}

/// Grows with what is there, not with what the count promises.
fn take_list(bytes: &mut &[u8]) -> Option<Vec<u64>> {
    (0..take(bytes)?).map(|_| take(bytes)).collect()
}

fn take_piece<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(take(bytes)?).ok()?;
    let (piece, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(piece)
}

fn take_extent(bytes: &mut &[u8]) -> Option<Extent> {
    Some(Extent { length: take(bytes)?, position: take(bytes)? })
}
