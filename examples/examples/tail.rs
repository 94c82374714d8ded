//! Lines that are read while more are written: "I wrote to it, then `read` gave me nothing", solved.
//!
//! `cargo run -p anystream-examples --example tail [BACKEND]`
//!
//! The writer's position stays at the end. Who follows the log keeps a position of its own, a number, and makes a reader there
//! whenever it wants to look.

use std::error::Error;
use std::io;

use anystream::ByteStream;
use anystream::prelude::*;

/// Somebody who follows a log: how far it has been read.
#[derive(Default)]
pub struct Tail {
    position: u64,
}

/// Whoever writes the log, no line shown is longer.
const LONGEST: usize = 200;

impl Tail {
    /// The lines that were finished since the last time. The log's own position does not move.
    pub fn new_lines<S: ByteStream>(&mut self, log: &S) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        let mut reader = log.reader_at(self.position);
        loop {
            let mut line = Vec::new();
            reader.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') && line.len() < LONGEST {
                return Ok(lines); // the end, or a line that is still being written: another time
            }
            self.position = reader.tell();
            lines.push(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    for backend in anystream_examples::backends()? {
        let mut log = backend.stream();
        let (mut early, mut late) = (Tail::default(), Tail::default());
        writeln!(log, "opened")?;
        write!(log, "half a li")?;
        println!("{backend}, early: {:?}", early.new_lines(&log)?);
        writeln!(log, "ne")?;
        println!("{backend}, early: {:?}", early.new_lines(&log)?);
        println!("{backend}, late:  {:?}", late.new_lines(&log)?);
        assert_eq!(log.tell(), log.len()); // the writer is where it was
    }
    Ok(())
}
