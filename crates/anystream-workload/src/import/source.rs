//! Where a record comes from. Importers read it more than once: first to learn which file it is about
//! and how long that was, then to make operations.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tempfile::SpooledTempFile;

use super::lines::Lines;
use super::{ImportError, recognise};

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

    /// Copies what `reader` gives, as compressed as it is: into memory if it is little, else into a temporary file. What
    /// begins as no record does is not copied, and neither is what does not end.
    pub(super) fn copied(record: &'a str, reader: &mut dyn BufRead) -> Result<Self, ImportError> {
        const MOST_IN_MEMORY: usize = 4 << 20;
        let mut copy = SpooledTempFile::new(MOST_IN_MEMORY);
        let no_copy = |source| ImportError::NoCopy { record: record.to_owned(), source };
        let mut len = 0;
        let mut head = Vec::new();
        let mut recognised = false;
        loop {
            let some = match reader.fill_buf() {
                Ok([]) => break,
                Ok(some) => some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(unreadable(record, source)),
            };
            if !recognised {
                head.extend_from_slice(some.get(..HEAD - head.len()).unwrap_or(some));
                recognised = head.len() == HEAD;
                if recognised {
                    recognise::check_head(record, &decompressed_head(&head))?;
                }
            }
            copy.write_all(some).map_err(no_copy)?;
            let read = some.len();
            len += read as u64;
            reader.consume(read);
            if len > MOST_COPIED {
                return Err(ImportError::Endless { record: record.to_owned() });
            }
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
        let mut first = [0];
        self.bytes.rewind()?;
        let is_gzip = self.bytes.read(&mut first)? == 1 && first == [GZIP];
        self.bytes.rewind()?;
        let bytes = (&mut self.bytes).take(self.len);
        Ok(match is_gzip {
            true => Box::new(Limited {
                left: MOST_DECOMPRESSED.max(self.len.saturating_mul(USUAL_COMPRESSION)),
                reader: MultiGzDecoder::new(BufReader::with_capacity(COPIED_AT_ONCE, bytes)),
            }),
            false => Box::new(bytes),
        })
    }
}

const COPIED_AT_ONCE: usize = 64 << 10;

/// How many bytes are looked at before any are copied.
const HEAD: usize = 64 << 10;

/// How many bytes are copied of a pipe at most.
pub(super) const MOST_COPIED: u64 = 1 << 30;

/// How many bytes a compressed record may have at most, unless it is so long that this is usual.
const MOST_DECOMPRESSED: u64 = 4 << 30;

/// Logs are a tenth to a hundredth as long when compressed. A bomb expands a thousandfold.
const USUAL_COMPRESSION: u64 = 200;

/// Both bytes mark gzip, but no text begins with the first.
const GZIP: u8 = 0x1f;

/// The first bytes of a record, decompressed until the data ends or is damaged.
fn decompressed_head(head: &[u8]) -> Vec<u8> {
    if head.first() != Some(&GZIP) {
        return head.to_vec();
    }
    let mut decompressed = Vec::new();
    // The end is missing, which is an error after all that could be decompressed.
    let _ = MultiGzDecoder::new(head).take(HEAD as u64).read_to_end(&mut decompressed);
    decompressed
}

/// A reader of so many bytes that more are an error.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| {
            let reason = "it decompresses to several GiB, hundreds of times its size";
            io::Error::new(io::ErrorKind::FileTooLarge, reason)
        })?;
        Ok(read)
    }
}

fn unreadable(record: &str, source: io::Error) -> ImportError {
    ImportError::Unreadable { record: record.to_owned(), line: 0, source }
}
