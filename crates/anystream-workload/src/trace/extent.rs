//! How long a stream is and where it stands: all of the model that needs no contents.

use std::fmt;
use std::io::{ErrorKind, SeekFrom};

use anystream_core::seek_target;

use super::record::{Outcome, RecordedOp, total};

/// The length and the position of a stream, in bytes.
///
/// ```
/// use anystream_workload::{Extent, Op, Outcome, RecordedOp};
///
/// let mut extent = Extent { length: 4, position: 0 };
/// let write = RecordedOp::from(&Op::Write("hello".into()));
/// let outcome = extent.lawful(&write).expect("no contents decide what a write answers");
/// assert_eq!(outcome, Outcome::Number(5));
/// extent.follow(&write, outcome)?;
/// assert_eq!(extent, Extent { length: 5, position: 5 });
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// The length.
    pub length: u64,
    /// The position, which may lie past the end.
    pub position: u64,
}

impl Extent {
    /// What `op` must answer by the laws; nothing if contents or storage decide. That a storage has
    /// no room is not foreseen.
    ///
    /// ```
    /// use anystream_workload::{Extent, Outcome, RecordedOp};
    /// let extent = Extent { length: 5, position: 3 };
    /// assert_eq!(extent.lawful(&RecordedOp::Read(8)), Some(Outcome::Number(2)));
    /// assert_eq!(extent.lawful(&RecordedOp::ReadLine), None);
    /// ```
    #[must_use]
    pub fn lawful(self, op: &RecordedOp) -> Option<Outcome> {
        use Outcome::{Done, Failed, Number};
        let write = |given: u64, done: Outcome| match self.position.checked_add(given) {
            Some(_) => done,
            None => Failed(ErrorKind::FileTooLarge),
        };
        Some(match op {
            RecordedOp::Seek(to) => match seek_target(*to, self.position, self.length) {
                Ok(position) => Number(position),
                Err(fault) => Failed(fault.kind()),
            },
            RecordedOp::Read(n) | RecordedOp::ReadBytes(n) => Number(self.left().min(*n)),
            RecordedOp::ReadVectored(lens) => Number(self.left().min(total(lens))),
            RecordedOp::ReadExact(n) if *n > self.left() => Failed(ErrorKind::UnexpectedEof),
            RecordedOp::ReadExact(n) => Number(*n),
            RecordedOp::ReadToEnd => Number(self.left()),
            RecordedOp::ReadToString
            | RecordedOp::ReadUntil(_)
            | RecordedOp::SkipUntil(_)
            | RecordedOp::ReadLine
            | RecordedOp::FillBuf => return None,
            RecordedOp::ReadAt { offset, len } => Number(self.length.saturating_sub(*offset).min(*len)),
            RecordedOp::Write(n) => write(*n, Number(*n)),
            RecordedOp::WriteVectored(lens) => write(total(lens), Number(total(lens))),
            RecordedOp::WriteFmt(n) | RecordedOp::WriteBytes(n) => write(*n, Done),
            RecordedOp::Consume(_) | RecordedOp::Truncate(_) | RecordedOp::SetLen(_) => Done,
            RecordedOp::Splice { range, .. } if range.start > range.end || range.end > self.length => {
                Failed(ErrorKind::InvalidInput)
            }
            RecordedOp::Splice { range, with } => {
                match (self.length - (range.end - range.start)).checked_add(*with) {
                    Some(_) => Done,
                    None => Failed(ErrorKind::FileTooLarge),
                }
            }
            RecordedOp::GetValue => Number(self.length),
        })
    }

    /// Becomes what it is after `op`, of which `outcome` came. An error changes nothing (law F1).
    ///
    /// # Errors
    /// What cannot have happened, as text; then nothing changes.
    ///
    /// ```
    /// use anystream_workload::{Extent, Outcome, RecordedOp};
    /// let mut extent = Extent { length: 5, position: 3 };
    /// extent.follow(&RecordedOp::ReadLine, Outcome::Number(2))?;
    /// assert_eq!(extent.position, 5);
    /// assert!(extent.follow(&RecordedOp::ReadLine, Outcome::Number(2)).is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn follow(&mut self, op: &RecordedOp, outcome: Outcome) -> Result<(), String> {
        let number = match outcome {
            Outcome::Failed(_) => return Ok(()),
            Outcome::Number(number) => Some(number),
            Outcome::Done => None,
        };
        match (op, number) {
            (RecordedOp::Seek(SeekFrom::Start(to)), Some(at)) if *to != at => {
                return Err(format!("a seek to {to} leads to {at}"));
            }
            (RecordedOp::Seek(_), Some(position)) => self.position = position,
            (RecordedOp::Read(n) | RecordedOp::ReadExact(n) | RecordedOp::ReadBytes(n), Some(read)) => {
                self.read(*n, read)?;
            }
            (RecordedOp::ReadVectored(lens), Some(read)) => self.read(total(lens), read)?,
            (
                RecordedOp::ReadToEnd
                | RecordedOp::ReadToString
                | RecordedOp::ReadUntil(_)
                | RecordedOp::SkipUntil(_)
                | RecordedOp::ReadLine,
                Some(read),
            ) => self.read(u64::MAX, read)?,
            (RecordedOp::FillBuf, Some(shown)) => Extent { ..*self }.read(u64::MAX, shown)?,
            (RecordedOp::ReadAt { offset, len }, Some(read)) => {
                Extent { position: *offset, ..*self }.read(*len, read)?;
            }
            (RecordedOp::GetValue, Some(len)) if len != self.length => {
                return Err(format!("the contents have {} bytes, but their value has {len}", self.length));
            }
            (RecordedOp::GetValue, Some(_)) => {}
            (RecordedOp::Write(given), Some(written)) => self.write(*given, written)?,
            (RecordedOp::WriteVectored(lens), Some(written)) => self.write(total(lens), written)?,
            (RecordedOp::WriteFmt(given) | RecordedOp::WriteBytes(given), None) => {
                self.write(*given, *given)?;
            }
            (RecordedOp::Consume(n), None) => self.position += self.left().min(*n),
            (RecordedOp::Truncate(size), None) => self.length = self.length.min(*size),
            (RecordedOp::SetLen(size), None) => self.length = *size,
            (RecordedOp::Splice { range, with }, None) => {
                if let Some(Outcome::Failed(_)) = self.lawful(op) {
                    return Err(format!(
                        "{}..{} of {} bytes are replaced by {with} bytes",
                        range.start, range.end, self.length
                    ));
                }
                self.length = self.length - (range.end - range.start) + with;
            }
            (_, None) => return Err("a number of bytes or a position is missing".to_owned()),
            (_, Some(number)) => return Err(format!("there is a number, {number}, where none can be")),
        }
        Ok(())
    }

    fn left(self) -> u64 {
        self.length.saturating_sub(self.position)
    }

    fn read(&mut self, asked: u64, read: u64) -> Result<(), String> {
        let room = self.left().min(asked);
        if read > room {
            let Extent { length, position } = self;
            return Err(format!(
                "{read} bytes are read at position {position} of {length}, where {room} can be"
            ));
        }
        self.position += read;
        Ok(())
    }

    fn write(&mut self, given: u64, written: u64) -> Result<(), String> {
        match self.position.checked_add(written) {
            Some(_) if written == 0 => Ok(()),
            Some(end) if written <= given => {
                *self = Extent { length: self.length.max(end), position: end };
                Ok(())
            }
            _ => Err(format!("{written} of {given} bytes are written at position {}", self.position)),
        }
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {} of {} bytes", self.position, self.length)
    }
}
