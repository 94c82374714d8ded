//! Work on contents that are large: ropes beside flat buffers, on text.

use std::io;

use crate::abilities::TextEdit;
use crate::contenders::Contender;

mod append;
mod clones;
mod edits;
mod overwrite;
mod read;

pub(crate) use append::LargeAppend;
pub(crate) use clones::ClonesKept;
pub(crate) use edits::RandomEdits;
pub(crate) use overwrite::RandomOverwrites;
pub(crate) use read::{DependentReads, LargeRead};

/// A stream that got `text` as programs write large contents: in pieces of 64 KiB.
pub(super) fn filled<S: TextEdit>(contender: &impl Contender<Stream = S>, text: &str) -> io::Result<S> {
    const PIECE: usize = 64 << 10;
    let mut stream = contender.empty();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(PIECE));
        stream.append_text(piece)?;
        rest = behind;
    }
    stream.catch_up();
    Ok(stream)
}
