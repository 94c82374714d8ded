//! A parser that is generic over `ByteStream`: CSV as RFC 4180 has it, with quotes, from any backend.
//!
//! `cargo run -p anystream-examples --example csv [BACKEND]`
//!
//! Its caller chooses the storage; the laws say what the parser may rely on: `fill_buf` shows a run that is empty at the end alone
//! (R3), and the position after an error is where the parser left it.

use std::error::Error;
use std::fmt;
use std::io;

use anystream::ByteStream;
use anystream::prelude::*;

/// What is wrong with a record, and at which byte.
#[derive(Debug)]
pub enum CsvError {
    /// The stream could not be read.
    Io(io::Error),
    /// A quote was opened there and never closed.
    OpenQuote(u64),
    /// Something other than a comma or the end of the line follows a closing quote.
    AfterQuote(u64),
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CsvError::Io(error) => error.fmt(f),
            CsvError::OpenQuote(at) => write!(f, "the quote at byte {at} is never closed"),
            CsvError::AfterQuote(at) => {
                write!(f, "at byte {at}, a comma or the end of the line was expected")
            }
        }
    }
}

impl Error for CsvError {}

impl From<io::Error> for CsvError {
    fn from(error: io::Error) -> Self {
        CsvError::Io(error)
    }
}

/// The next byte, and moves behind it.
fn next<S: ByteStream>(s: &mut S) -> io::Result<Option<u8>> {
    let byte = s.fill_buf()?.first().copied();
    s.consume(usize::from(byte.is_some()));
    Ok(byte)
}

/// The next record, or `None` at the end. After an error the position is back at the start of the record.
pub fn record<S: ByteStream>(s: &mut S) -> Result<Option<Vec<Vec<u8>>>, CsvError> {
    let start = s.tell();
    let parsed = fields(s);
    if parsed.is_err() {
        s.seek(SeekFrom::Start(start))?;
    }
    parsed
}

fn fields<S: ByteStream>(s: &mut S) -> Result<Option<Vec<Vec<u8>>>, CsvError> {
    if s.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut fields = Vec::new();
    loop {
        let (field, ends) = match s.fill_buf()?.first() {
            Some(b'"') => quoted(s)?,
            _ => plain(s)?,
        };
        fields.push(field);
        if ends {
            return Ok(Some(fields));
        }
    }
}

/// A field without quotes, and whether the record ends with it.
fn plain<S: ByteStream>(s: &mut S) -> Result<(Vec<u8>, bool), CsvError> {
    let mut field = Vec::new();
    loop {
        match next(s)? {
            Some(b',') => return Ok((field, false)),
            Some(b'\n') | None => {
                if field.last() == Some(&b'\r') {
                    field.pop();
                }
                return Ok((field, true));
            }
            Some(byte) => field.push(byte),
        }
    }
}

/// A field within quotes, where a quote is written twice.
fn quoted<S: ByteStream>(s: &mut S) -> Result<(Vec<u8>, bool), CsvError> {
    let opened = s.tell();
    next(s)?;
    let mut field = Vec::new();
    loop {
        match next(s)? {
            Some(b'"') => match next(s)? {
                Some(b'"') => field.push(b'"'),
                Some(b',') => return Ok((field, false)),
                Some(b'\n') | None => return Ok((field, true)),
                Some(b'\r') if s.fill_buf()?.first() == Some(&b'\n') => {
                    next(s)?;
                    return Ok((field, true));
                }
                Some(_) => return Err(CsvError::AfterQuote(s.tell() - 1)),
            },
            Some(byte) => field.push(byte),
            None => return Err(CsvError::OpenQuote(opened)),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let table = b"name,says\r\nAda,\"hello, world\"\r\nGrace,\"it's a \"\"bug\"\"\"\r\n";
    for backend in anystream_examples::backends()? {
        let mut stream = backend.stream();
        stream.write_all(table)?;
        stream.rewind()?; // or there would be nothing to read
        while let Some(fields) = record(&mut stream)? {
            let fields: Vec<_> = fields.iter().map(|field| String::from_utf8_lossy(field)).collect();
            println!("{backend}: {}", fields.join(" | "));
        }
    }
    Ok(())
}
