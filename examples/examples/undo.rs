//! An undo history made of snapshots: a clone of a rope costs O(1), whatever its length.
//!
//! `cargo run --release -p anystream-examples --example undo`

use std::io;
use std::ops::Range;

use anystream::ByteStream;
use anystream::RopeStream;

/// A document that remembers what it was.
#[derive(Default)]
pub struct Document {
    now: RopeStream,
    before: Vec<RopeStream>,
    undone: Vec<RopeStream>,
}

impl Document {
    /// One that begins with `text`.
    pub fn new(text: Vec<u8>) -> Self {
        Document { now: RopeStream::from(text), ..Document::default() }
    }

    /// Replaces a range. A range that is refused leaves no trace in the history.
    pub fn edit(&mut self, range: Range<u64>, with: &str) -> io::Result<()> {
        let snapshot = self.now.clone();
        self.now.splice(range, with.as_bytes())?; // or an error, and nothing has changed (law F1)
        self.before.push(snapshot);
        self.undone.clear();
        Ok(())
    }

    /// Goes a step back, if there is one.
    pub fn undo(&mut self) -> bool {
        let Some(earlier) = self.before.pop() else { return false };
        self.undone.push(std::mem::replace(&mut self.now, earlier));
        true
    }

    /// Takes an undo back, if there is one.
    pub fn redo(&mut self) -> bool {
        let Some(later) = self.undone.pop() else { return false };
        self.before.push(std::mem::replace(&mut self.now, later));
        true
    }

    /// The document as it is now.
    pub fn contents(&self) -> &RopeStream {
        &self.now
    }

    /// How many steps back there are.
    pub fn steps(&self) -> usize {
        self.before.len()
    }
}

fn main() -> io::Result<()> {
    let mut document = Document::new(b"All work and no play makes Jack a dull boy.\n".repeat(100_000));
    let len = document.contents().len();
    for step in 0..1000 {
        document.edit(step * 4000..step * 4000 + 8, "No fun, ")?;
    }
    let memory = document.contents().memory();
    println!("{len} bytes, {} steps of history", document.steps());
    println!(
        "of {} bytes of the last state, {} are shared with earlier ones: copies would have been {} bytes",
        memory.live,
        memory.shared,
        len * 1000
    );
    while document.undo() {}
    println!("all undone: it begins {:?}", document.contents().clone().read_bytes(8)?);
    Ok(())
}
