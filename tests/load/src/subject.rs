//! A stream, what it must hold, and the calls on it, each checked.

use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use anyhow::{Result, bail, ensure};
use anystream::{AnyStream, Backend, ByteStream, Bytes, RopeStream};

use crate::cells::Cells;
use crate::meter::{Kind, Meter};
use crate::pattern::{self, Stamp, ZEROS};

/// A stream of whole cells, beside the stamps of the cells that it must hold.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) stream: AnyStream,
    pub(crate) cells: Cells,
    /// The length of a cell in bytes. No power of two, so that cells lie across whatever a storage is made of.
    pub(crate) cell: usize,
    /// About so many cells it holds at all times.
    pub(crate) target: usize,
}

/// Bytes that a stream gave out, and the stamps that they must show as long as they are held.
pub(crate) struct Value {
    bytes: Bytes,
    stamps: Cells,
    cell: usize,
}

/// What every call needs: the counts, and memory used again and again.
pub(crate) struct Tools {
    pub(crate) meter: Meter,
    pub(crate) random: fastrand::Rng,
    next_stamp: Stamp,
    /// What is written next: stamps, and the bytes that they stand for.
    stamps: Vec<Stamp>,
    data: Vec<u8>,
    /// What was read, and what it must be.
    seen: Vec<u8>,
    expected: Vec<Stamp>,
}

impl Tools {
    pub(crate) fn new(seed: u64) -> Self {
        Tools {
            meter: Meter::default(),
            random: fastrand::Rng::with_seed(seed),
            next_stamp: 1,
            stamps: Vec::new(),
            data: Vec::new(),
            seen: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// Puts `count` new cells into `stamps` and `data`. A stamp comes again after 2^32 others.
    fn make(&mut self, count: usize, cell: usize) {
        self.stamps.clear();
        self.data.resize(count * cell, 0);
        for bytes in self.data.chunks_exact_mut(cell) {
            pattern::fill(self.next_stamp, bytes);
            self.stamps.push(self.next_stamp);
            self.next_stamp = self.next_stamp.checked_add(1).unwrap_or(1);
        }
    }
}

/// The first cell of `bytes` that is not what `stamps` says.
fn first_wrong(bytes: &[u8], stamps: &[Stamp], cell: usize) -> Option<usize> {
    bytes.chunks_exact(cell).zip(stamps).position(|(bytes, &stamp)| !pattern::is_whole(stamp, bytes))
}

impl Value {
    pub(crate) fn check(&self, tools: &mut Tools) -> Result<()> {
        ensure!(self.bytes.len() == self.stamps.len() * self.cell, "a held value has changed its length");
        self.check_cells(0..self.stamps.len(), tools)
    }

    pub(crate) fn check_cells(&self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        tools.expected.clear();
        self.stamps.copy_to(cells.clone(), &mut tools.expected);
        let bytes = &self.bytes[cells.start * self.cell..cells.end * self.cell];
        if let Some(wrong) = first_wrong(bytes, &tools.expected, self.cell) {
            bail!("a held value has changed, in its bytes from {} on", (cells.start + wrong) * self.cell);
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.stamps.len()
    }
}

impl Subject {
    /// A stream filled by appends.
    pub(crate) fn filled(backend: Backend, cell: usize, target: usize, tools: &mut Tools) -> Result<Self> {
        let mut subject = Subject { stream: backend.stream(), cells: Cells::default(), cell, target };
        while subject.cells.len() < target {
            let piece = (target - subject.cells.len()).min((1 << 18) / cell);
            subject.append(piece, tools)?;
        }
        Ok(subject)
    }

    /// In bytes.
    pub(crate) fn stream_length(&self) -> u64 {
        self.stream.len()
    }

    fn offset(&self, cell: usize) -> u64 {
        cell as u64 * self.cell as u64
    }

    fn bytes(&self, cells: Range<usize>) -> Range<u64> {
        self.offset(cells.start)..self.offset(cells.end)
    }

    /// The length is that of the cells, and the position where the call had to leave it.
    fn expect_at(&self, position: u64) -> Result<()> {
        let len = self.offset(self.cells.len());
        ensure!(self.stream.len() == len, "the length is {}, and must be {len}", self.stream.len());
        ensure!(
            self.stream.tell() == position,
            "the position is {}, and must be {position}",
            self.stream.tell()
        );
        Ok(())
    }

    fn expect(&self, cells: Range<usize>, seen: &[u8], expected: &mut Vec<Stamp>) -> Result<()> {
        expected.clear();
        self.cells.copy_to(cells.clone(), expected);
        ensure!(
            seen.len() == cells.len() * self.cell,
            "{} bytes were read, not {}",
            seen.len(),
            cells.len() * self.cell
        );
        if let Some(wrong) = first_wrong(seen, expected, self.cell) {
            bail!(
                "the bytes from {} on are not those that were written there",
                self.offset(cells.start + wrong)
            );
        }
        Ok(())
    }

    /// The cells around a change, read without moving the position.
    fn expect_around(&self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        let around = cells.start.saturating_sub(2)..(cells.start + 2).min(self.cells.len());
        self.read_at(around, tools)?;
        self.read_at(cells.end.saturating_sub(2)..(cells.end + 2).min(self.cells.len()), tools)
    }

    pub(crate) fn overwrite(&mut self, start: usize, count: usize, tools: &mut Tools) -> Result<()> {
        tools.make(count, self.cell);
        let at = self.offset(start);
        tools.meter.call(Kind::Overwrite, || {
            self.stream.seek(SeekFrom::Start(at))?;
            self.stream.write_all(&tools.data)
        })?;
        self.cells.overwrite(start, &tools.stamps);
        self.expect_at(at + tools.data.len() as u64)
    }

    pub(crate) fn write_bytes(&mut self, start: usize, count: usize, tools: &mut Tools) -> Result<()> {
        tools.make(count, self.cell);
        let (at, data) = (self.offset(start), Bytes::copy_from_slice(&tools.data));
        tools.meter.call(Kind::WriteBytes, || {
            self.stream.seek(SeekFrom::Start(at))?;
            self.stream.write_bytes(data)
        })?;
        self.cells.overwrite(start, &tools.stamps);
        self.expect_at(at + tools.data.len() as u64)?;
        self.read_at(start..start + count, tools)
    }

    pub(crate) fn append(&mut self, count: usize, tools: &mut Tools) -> Result<()> {
        tools.make(count, self.cell);
        tools.meter.call(Kind::Append, || {
            self.stream.seek(SeekFrom::End(0))?;
            self.stream.write_all(&tools.data)
        })?;
        self.cells.insert(self.cells.len(), &tools.stamps);
        self.expect_at(self.offset(self.cells.len()))
    }

    pub(crate) fn truncate(&mut self, len: usize, tools: &mut Tools) -> Result<()> {
        let (position, size) = (self.stream.tell(), self.offset(len));
        tools.meter.call(Kind::Truncate, || self.stream.truncate(size))?;
        self.cells.remove(len..self.cells.len());
        self.expect_at(position)
    }

    /// Zeros at the end.
    pub(crate) fn grow(&mut self, count: usize, tools: &mut Tools) -> Result<()> {
        let (position, len) = (self.stream.tell(), self.cells.len());
        let size = self.offset(len + count);
        tools.meter.call(Kind::Grow, || self.stream.set_len(size))?;
        self.cells.insert(len, &vec![ZEROS; count]);
        self.expect_at(position)?;
        self.read_at(len.saturating_sub(1)..len + count, tools)
    }

    pub(crate) fn insert(&mut self, at: usize, count: usize, tools: &mut Tools) -> Result<()> {
        tools.make(count, self.cell);
        let (position, offset) = (self.stream.tell(), self.offset(at));
        tools.meter.call(Kind::Insert, || self.stream.insert(offset, &tools.data))?;
        self.cells.insert(at, &tools.stamps);
        self.expect_at(position)?;
        self.expect_around(at..at + count, tools)
    }

    pub(crate) fn remove(&mut self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        let (position, range) = (self.stream.tell(), self.bytes(cells.clone()));
        tools.meter.call(Kind::Remove, || self.stream.remove(range))?;
        self.cells.remove(cells.clone());
        self.expect_at(position)?;
        self.expect_around(cells.start..cells.start, tools)
    }

    pub(crate) fn splice(&mut self, cells: Range<usize>, count: usize, tools: &mut Tools) -> Result<()> {
        tools.make(count, self.cell);
        let (position, range) = (self.stream.tell(), self.bytes(cells.clone()));
        tools.meter.call(Kind::Splice, || self.stream.splice(range, &tools.data))?;
        self.cells.remove(cells.clone());
        self.cells.insert(cells.start, &tools.stamps);
        self.expect_at(position)?;
        self.expect_around(cells.start..cells.start + count, tools)
    }

    pub(crate) fn read(&mut self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        let range = self.bytes(cells.clone());
        tools.seen.resize(cells.len() * self.cell, 0);
        tools.meter.call(Kind::Read, || {
            self.stream.seek(SeekFrom::Start(range.start))?;
            self.stream.read_exact(&mut tools.seen)
        })?;
        self.expect_at(range.end)?;
        self.expect(cells, &tools.seen, &mut tools.expected)
    }

    pub(crate) fn read_at(&self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        let offset = self.offset(cells.start);
        tools.seen.resize(cells.len() * self.cell, 0);
        let read = tools.meter.call(Kind::ReadAt, || self.stream.read_at(offset, &mut tools.seen))?;
        self.expect(cells, &tools.seen[..read], &mut tools.expected)
    }

    /// As `read`, run by run.
    pub(crate) fn read_runs(&mut self, cells: Range<usize>, tools: &mut Tools) -> Result<()> {
        let range = self.bytes(cells.clone());
        tools.seen.clear();
        tools.meter.call(Kind::FillBuf, || {
            self.stream.seek(SeekFrom::Start(range.start))?;
            while self.stream.tell() < range.end {
                let left = (range.end - self.stream.tell()) as usize;
                let run = self.stream.fill_buf()?;
                let run = &run[..run.len().min(left)];
                if run.is_empty() {
                    break;
                }
                tools.seen.extend_from_slice(run);
                let consumed = run.len();
                self.stream.consume(consumed);
            }
            Ok(())
        })?;
        self.expect_at(range.end)?;
        self.expect(cells, &tools.seen, &mut tools.expected)
    }

    /// Bytes to be held, checked when they are let go.
    pub(crate) fn read_bytes(&mut self, cells: Range<usize>, tools: &mut Tools) -> Result<Value> {
        let range = self.bytes(cells.clone());
        let bytes = tools.meter.call(Kind::ReadBytes, || {
            self.stream.seek(SeekFrom::Start(range.start))?;
            self.stream.read_bytes((range.end - range.start) as usize)
        })?;
        self.expect_at(range.end)?;
        Ok(Value { bytes, stamps: self.cells.slice(cells), cell: self.cell })
    }

    pub(crate) fn value(&mut self, tools: &mut Tools) -> Result<Value> {
        let position = self.stream.tell();
        let bytes = tools.meter.call(Kind::Value, || self.stream.getvalue())?;
        self.expect_at(position)?;
        Ok(Value { bytes, stamps: self.cells.clone(), cell: self.cell })
    }

    pub(crate) fn cloned(&self, tools: &mut Tools) -> Result<Subject> {
        let stream = tools.meter.call(Kind::Clone, || Ok(self.stream.clone()))?;
        let clone = Subject { stream, cells: self.cells.clone(), ..*self };
        clone.expect_at(self.stream.tell())?;
        Ok(clone)
    }

    pub(crate) fn convert(&mut self, to: Backend, tools: &mut Tools) -> Result<()> {
        let position = self.stream.tell();
        tools.meter.call(Kind::Convert, || self.stream.convert(to))?;
        ensure!(self.stream.backend() == to, "it was not converted");
        self.expect_at(position)
    }

    /// Every cell in `cells`, by calls of about `piece` bytes, by turns of `read` and of `fill_buf`.
    pub(crate) fn check(&mut self, cells: Range<usize>, piece: usize, tools: &mut Tools) -> Result<()> {
        let step = (piece / self.cell).max(1);
        for (turn, start) in cells.clone().step_by(step).enumerate() {
            let range = start..(start + step).min(cells.end);
            if turn % 4 == 3 { self.read_runs(range, tools) } else { self.read(range, tools) }?;
        }
        Ok(())
    }

    pub(crate) fn check_all(&mut self, tools: &mut Tools) -> Result<()> {
        self.expect_at(self.stream.tell())?;
        self.check(0..self.cells.len(), 1 << 18, tools)
    }

    fn rope(&mut self) -> Result<&mut RopeStream> {
        match &mut self.stream {
            AnyStream::Rope(rope) => Ok(rope),
            other => bail!("a rope was expected here, not {}", other.backend()),
        }
    }

    pub(crate) fn compact(&mut self, tools: &mut Tools) -> Result<()> {
        let position = self.stream.tell();
        let rope = self.rope()?;
        tools.meter.call(Kind::Compact, || rope.compact())?;
        self.expect_at(position)
    }

    pub(crate) fn split_off(&mut self, at: usize, tools: &mut Tools) -> Result<Subject> {
        let (position, offset) = (self.stream.tell(), self.offset(at));
        let rope = self.rope()?;
        let tail = tools.meter.call(Kind::SplitOff, || rope.split_off(offset))?;
        let tail = Subject { stream: tail.into(), cells: self.cells.split_off(at), ..*self };
        self.expect_at(position)?;
        tail.expect_at(0)?;
        Ok(tail)
    }

    pub(crate) fn append_rope(&mut self, mut other: Subject, tools: &mut Tools) -> Result<()> {
        let (position, seam) = (self.stream.tell(), self.cells.len());
        let (rope, appended) = (self.rope()?, std::mem::take(other.rope()?));
        tools.meter.call(Kind::AppendStream, || rope.append(appended))?;
        self.cells.append(other.cells);
        self.expect_at(position)?;
        self.expect_around(seam..seam, tools)
    }

    pub(crate) fn slice(&mut self, cells: Range<usize>, tools: &mut Tools) -> Result<Subject> {
        let range = self.bytes(cells.clone());
        let rope = self.rope()?;
        let slice = tools.meter.call(Kind::Slice, || rope.slice(range))?;
        let slice = Subject { stream: slice.into(), cells: self.cells.slice(cells), ..*self };
        slice.expect_at(0)?;
        Ok(slice)
    }

    pub(crate) fn splice_stream(&mut self, at: usize, with: &mut Subject, tools: &mut Tools) -> Result<()> {
        let (position, offset) = (self.stream.tell(), self.offset(at));
        let (rope, shared) = (self.rope()?, with.rope()?);
        tools.meter.call(Kind::SpliceStream, || rope.splice_stream(offset..offset, shared))?;
        let tail = self.cells.split_off(at);
        self.cells.append(with.cells.clone());
        self.cells.append(tail);
        self.expect_at(position)?;
        self.expect_around(at..at + with.cells.len(), tools)
    }
}
