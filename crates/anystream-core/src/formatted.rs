//! The text of a `write!`, complete before any of it is written, so that a failing `Display` or a
//! lack of memory changes nothing (law F1).

use std::fmt;
use std::io;

use crate::Fault;

/// Text up to this many bytes is formatted without an allocation.
const INLINE: usize = 256;

/// Formats `args` and hands the whole text to `write`.
pub(crate) fn with_formatted(
    args: fmt::Arguments<'_>,
    write: impl FnOnce(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    if let Some(text) = args.as_str() {
        return write(text.as_bytes());
    }
    let mut text = Text { inline: [0; INLINE], inline_len: 0, heap: Vec::new(), no_memory: false };
    match fmt::write(&mut text, args) {
        // Asked first: a `Display` may have gone on after its text was refused.
        _ if text.no_memory => Err(io::ErrorKind::OutOfMemory.into()),
        Ok(()) => write(text.bytes()),
        Err(_) => Err(Fault::Formatting.into()),
    }
}

struct Text {
    inline: [u8; INLINE],
    inline_len: usize,
    /// Everything, once it no longer fits inline.
    heap: Vec<u8>,
    no_memory: bool,
}

impl Text {
    fn bytes(&self) -> &[u8] {
        if self.heap.is_empty() { &self.inline[..self.inline_len] } else { &self.heap }
    }

    fn push_on_heap(&mut self, piece: &[u8]) -> Result<(), std::collections::TryReserveError> {
        let inline = &self.inline[..self.inline_len];
        self.heap.try_reserve(inline.len() + piece.len())?;
        self.heap.extend_from_slice(inline);
        self.heap.extend_from_slice(piece);
        self.inline_len = 0;
        Ok(())
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let piece = piece.as_bytes();
        let end = self.inline_len + piece.len();
        if self.heap.is_empty() && end <= INLINE {
            self.inline[self.inline_len..end].copy_from_slice(piece);
            self.inline_len = end;
            return Ok(());
        }
        self.push_on_heap(piece).map_err(|_| {
            self.no_memory = true;
            fmt::Error
        })
    }
}
