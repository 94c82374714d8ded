//! A zip archive, written to a stream and read again, on any backend.
//!
//! `cargo run -p anystream-examples --example zip [BACKEND]`
//!
//! Whatever takes `Write + Seek` or `Read + Seek` takes a stream, lent as `&mut`, with no adapter.

use std::error::Error;

use ::zip::write::SimpleFileOptions;
use ::zip::{ZipArchive, ZipWriter};
use anystream::ByteStream;
use anystream::prelude::*;

/// An archive of these files, by name and text. The sizes are patched into the headers by seeking back.
pub fn pack<S: ByteStream>(to: &mut S, files: &[(&str, &str)]) -> Result<(), Box<dyn Error>> {
    let mut archive = ZipWriter::new(to);
    for (name, text) in files {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    archive.finish()?;
    Ok(())
}

/// The text of one file of the archive, wherever the position is.
pub fn unpack<S: ByteStream>(from: &S, name: &str) -> Result<String, Box<dyn Error>> {
    let mut archive = ZipArchive::new(from.reader_at(0))?; // a reader of its own: `from` is only borrowed
    let mut text = String::new();
    archive.by_name(name)?.read_to_string(&mut text)?;
    Ok(text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let poem = "The fog comes\non little cat feet.\n".repeat(100);
    for backend in anystream_examples::backends()? {
        let mut stream = backend.stream();
        pack(&mut stream, &[("fog.txt", &poem), ("folder/note.txt", "by Carl Sandburg")])?;
        let note = unpack(&stream, "folder/note.txt")?;
        println!(
            "{backend}: {} bytes of text in an archive of {}; the note says {note:?}",
            poem.len(),
            stream.len()
        );
    }
    Ok(())
}
