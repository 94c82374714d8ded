//! LZ4 frames: each is whole in itself, holds whole records, and ends with a checksum.

use std::io::{self, BufRead, Cursor, Read, Write};

use bytes::Bytes;
use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};

use super::MAGIC;

/// How many bytes a frame may decompress to. A reader needs so much memory and no more.
pub(super) const LARGEST: usize = 16 << 20;

/// Collects bytes and writes them as frames.
pub(super) struct FrameWriter<W: Write> {
    out: W,
    /// Bytes not written yet.
    pub(super) block: Vec<u8>,
    encoder: FrameEncoder<Vec<u8>>,
}

impl<W: Write> FrameWriter<W> {
    /// Collects up to `room` bytes without asking for memory again.
    pub(super) fn new(out: W, room: usize) -> Self {
        let info = FrameInfo::new()
            .block_size(BlockSize::Max64KB)
            .block_mode(BlockMode::Independent)
            .content_checksum(true);
        FrameWriter {
            out,
            block: Vec::with_capacity(room),
            encoder: FrameEncoder::with_frame_info(info, Vec::new()),
        }
    }

    /// Writes what was collected as one frame, in one call, and flushes. Even after an error it is gone.
    pub(super) fn write_frame(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        if self.block.len() > LARGEST {
            self.block.clear();
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "a record of more than {LARGEST} bytes does not fit into a trace: give fewer pieces to one vectored call"
                ),
            ));
        }
        self.encoder.get_mut().clear();
        let encoded = self.encoder.write_all(&self.block).and_then(|()| Ok(self.encoder.try_finish()?));
        self.block.clear();
        encoded?;
        self.out.write_all(self.encoder.get_ref())?;
        self.out.flush()
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

/// Reads frames.
pub(super) struct FrameReader<R> {
    source: Source<R>,
    /// Where the next frame begins.
    pub(super) offset: u64,
}

/// What comes next in a file.
pub(super) enum Frame {
    /// The bytes of a frame that is whole.
    Whole(Bytes),
    /// The file ends within a frame, or was filled up with zeros from there when the machine stopped.
    CutOff,
    /// The file ends.
    End,
}

/// Why a frame could not be read.
pub(super) enum FrameError {
    /// It does not begin as a frame does.
    NoMagic([u8; 4]),
    Damaged(String),
    Unreadable(io::Error),
    OutOfMemory,
}

impl<R: BufRead> FrameReader<R> {
    pub(super) fn new(reader: R) -> Self {
        FrameReader { source: Source { reader, read: 0, last: 0, ended: false, failed: false }, offset: 0 }
    }

    /// How many bytes of the file have been read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.source.read
    }

    /// The next frame, as long as there is one.
    pub(super) fn next(&mut self) -> Result<Frame, FrameError> {
        self.offset = self.source.read;
        let mut magic = [0; MAGIC.len()];
        let mut filled = 0;
        while let Some(room @ [_, ..]) = magic.get_mut(filled..) {
            match self.source.read(room) {
                Ok(0) if filled == 0 => return Ok(Frame::End),
                Ok(0) => {
                    let begun = magic.get(..filled).unwrap_or_default();
                    let zeros = self.offset > 0 && begun.iter().all(|&byte| byte == 0);
                    return match zeros || MAGIC.starts_with(begun) {
                        true => Ok(Frame::CutOff),
                        false => Err(FrameError::NoMagic(magic)),
                    };
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FrameError::Unreadable(error)),
            }
        }
        if magic != MAGIC {
            return match self.offset {
                0 => Err(FrameError::NoMagic(magic)),
                _ => self.cut_off_or(FrameError::NoMagic(magic)),
            };
        }
        match self.decompress(magic) {
            Err(damaged @ FrameError::Damaged(_)) => self.cut_off_or(damaged),
            frame => frame,
        }
    }

    /// Whether a frame is damaged only because zeros fill the file from somewhere within it to the end.
    fn cut_off_or(&mut self, damaged: FrameError) -> Result<Frame, FrameError> {
        let mut buf = [0; 4096];
        while self.source.last == 0 {
            match self.source.read(&mut buf) {
                Ok(0) => return Ok(Frame::CutOff),
                Ok(n) if buf.iter().take(n).all(|&byte| byte == 0) => {}
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FrameError::Unreadable(error)),
            }
        }
        Err(damaged)
    }

    fn decompress(&mut self, magic: [u8; 4]) -> Result<Frame, FrameError> {
        let mut decoder = FrameDecoder::new(Cursor::new(magic).chain(&mut self.source));
        let mut bytes = Vec::new();
        loop {
            let piece = match decoder.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let source = &self.source;
                    return match () {
                        () if source.failed => Err(FrameError::Unreadable(error)),
                        () if source.ended => Ok(Frame::CutOff),
                        () => Err(FrameError::Damaged(format!("it is not what LZ4 writes ({error})"))),
                    };
                }
            };
            let len = piece.len();
            if len == 0 {
                break;
            }
            if bytes.len() + len > LARGEST {
                return Err(FrameError::Damaged(format!("it decompresses to more than {LARGEST} bytes")));
            }
            bytes.try_reserve(len).map_err(|_| FrameError::OutOfMemory)?;
            bytes.extend_from_slice(piece);
            decoder.consume(len);
        }
        // The decoder also ends quietly where the file ends.
        Ok(if self.source.ended { Frame::CutOff } else { Frame::Whole(bytes.into()) })
    }
}

/// A reader that counts, and remembers how it ended.
struct Source<R> {
    reader: R,
    read: u64,
    /// The last byte that was read.
    last: u8,
    ended: bool,
    failed: bool,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf);
        match &read {
            Ok(0) => self.ended |= !buf.is_empty(),
            Ok(n) => {
                self.read += *n as u64;
                self.last = n.checked_sub(1).and_then(|at| buf.get(at)).copied().unwrap_or(self.last);
            }
            Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        read
    }
}
