//! Where a record comes from. Importers read it more than once: first to learn which file it is about
//! and how long that was, then to make operations.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tempfile::SpooledTempFile;

use super::ImportError;
use super::lines::Lines;

/// A record that can be read from its beginning as often as wanted, decompressed.
pub(super) struct Source<'a> {
    pub(super) record: &'a str,
    bytes: Box<dyn Rewind + 'a>,
    /// How many bytes it had when it was opened: what a program still appends to it is left out, lest
    /// the second reading tells another story than the first.
    len: u64,
}

trait Rewind: Read + Seek {}
impl<T: Read + Seek> Rewind for T {}

impl<'a> Source<'a> {
    /// A file is read in place. What is no regular file, such as a pipe, is copied first.
    pub(super) fn open(record: &'a str, path: &Path) -> Result<Self, ImportError> {
        let open = || {
            let about = std::fs::metadata(path)?;
            match about.is_dir() {
                true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
                false => Ok((File::open(path)?, about)),
            }
        };
        let (file, about) = open().map_err(|source| unreadable(record, source))?;
        // Files that a system makes up while they are read say that they are empty.
        if about.is_file() && about.len() > 0 {
            return Ok(Source { record, bytes: Box::new(file), len: about.len() });
        }
        Source::copied(record, &mut BufReader::with_capacity(COPIED_AT_ONCE, file))
    }

    pub(super) fn of_bytes(record: &'a str, bytes: &'a [u8]) -> Self {
        Source { record, bytes: Box::new(Cursor::new(bytes)), len: bytes.len() as u64 }
    }

    /// Copies what `reader` gives, as compressed as it is: into memory if it is little, else into a
    /// temporary file.
    pub(super) fn copied(record: &'a str, reader: &mut dyn BufRead) -> Result<Self, ImportError> {
        const MOST_IN_MEMORY: usize = 4 << 20;
        let mut copy = SpooledTempFile::new(MOST_IN_MEMORY);
        let mut len = 0;
        loop {
            let some = match reader.fill_buf() {
                Ok([]) => break,
                Ok(some) => some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(unreadable(record, source)),
            };
            let written = copy.write_all(some);
            written.map_err(|source| ImportError::NoCopy { record: record.to_owned(), source })?;
            let read = some.len();
            len += read as u64;
            reader.consume(read);
        }
        Ok(Source { record, bytes: Box::new(copy), len })
    }

    /// Its lines, from the first.
    pub(super) fn lines(&mut self) -> Result<Lines<'_>, ImportError> {
        let record = self.record;
        let reader = self.decompressed().map_err(|source| unreadable(record, source))?;
        Ok(Lines::new(record, reader))
    }

    /// Its bytes, from the first.
    pub(super) fn decompressed(&mut self) -> io::Result<Box<dyn Read + '_>> {
        // Both bytes mark gzip, but no text begins with the first.
        const GZIP: u8 = 0x1f;
        let mut first = [0];
        self.bytes.rewind()?;
        let is_gzip = self.bytes.read(&mut first)? == 1 && first == [GZIP];
        self.bytes.rewind()?;
        let bytes = (&mut self.bytes).take(self.len);
        Ok(match is_gzip {
            true => Box::new(MultiGzDecoder::new(BufReader::with_capacity(COPIED_AT_ONCE, bytes))),
            false => Box::new(bytes),
        })
    }
}

const COPIED_AT_ONCE: usize = 64 << 10;

fn unreadable(record: &str, source: io::Error) -> ImportError {
    ImportError::Unreadable { record: record.to_owned(), line: 0, source }
}
