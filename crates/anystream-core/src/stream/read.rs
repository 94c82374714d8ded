//! Laws R1 to R4, and F1 where text or a caller's buffer is involved.

use std::io::{self, BufRead, IoSliceMut, Read};
use std::mem;

use super::Stream;
use crate::memory::{append_runs, copy, copy_from};
use crate::{Fault, Storage};

impl<S: Storage> Stream<S> {
    /// A read that the first run does not fill: over as many runs as it takes, up to the end.
    #[cold]
    fn read_across_runs(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let run = self.storage.run_at(self.position + done as u64)?;
            if run.is_empty() {
                break;
            }
            done += copy_from(run, &mut buf[done..]);
        }
        Ok(done)
    }

    /// Appends the next `n` bytes, which are there, to `buf`, without moving the position. After an
    /// error `buf` is as it was.
    fn append_to(&mut self, buf: &mut Vec<u8>, n: u64) -> io::Result<()> {
        append_runs(&mut self.storage, self.position..self.position + n, buf)
    }

    /// Appends the next `n` bytes, which are there, to `text` and moves behind them; if they are not
    /// UTF-8, nothing changes.
    fn take_text(&mut self, text: &mut String, n: u64) -> io::Result<usize> {
        let position = self.position;
        let not_utf8 =
            |error: std::str::Utf8Error| Fault::NotUtf8 { offset: position + error.valid_up_to() as u64 };
        let run = self.storage.run_at(position)?;
        let len = match usize::try_from(n) {
            Ok(len) if len <= run.len() => {
                let read = std::str::from_utf8(&run[..len]).map_err(not_utf8)?;
                text.try_reserve(len)?;
                text.push_str(read);
                len
            }
            _ => {
                // The caller's own memory is used where it is free, so that reading into one String
                // again and again allocates once.
                let own = text.is_empty();
                let mut bytes = if own { mem::take(text).into_bytes() } else { Vec::new() };
                let appended = self.append_to(&mut bytes, n);
                let checked = appended.and_then(|()| match String::from_utf8(mem::take(&mut bytes)) {
                    Ok(read) => Ok(read),
                    Err(error) => {
                        let fault = not_utf8(error.utf8_error());
                        bytes = error.into_bytes();
                        Err(fault.into())
                    }
                });
                match checked {
                    Ok(read) if own => *text = read,
                    Ok(read) => {
                        text.try_reserve(read.len())?;
                        text.push_str(&read);
                    }
                    Err(error) => {
                        if own {
                            bytes.clear();
                            *text = String::from_utf8(bytes).unwrap_or_default();
                        }
                        return Err(error);
                    }
                }
                n as usize
            }
        };
        self.position = position + len as u64;
        Ok(len)
    }

    /// How many bytes from the position on reach up to and include `delimiter`, or the end.
    fn distance_behind(&mut self, delimiter: u8) -> io::Result<u64> {
        Ok(match self.storage.find(delimiter, self.position)? {
            Some(at) => at + 1 - self.position,
            None => self.left(),
        })
    }
}

impl<S: Storage> Read for Stream<S> {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let run = self.storage.run_at(self.position)?;
        if let Some(run) = run.get(..buf.len()) {
            copy(buf, run);
            self.position += buf.len() as u64;
            return Ok(buf.len());
        }
        let n = self.read_across_runs(buf)?;
        self.position += n as u64;
        Ok(n)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let before = self.position;
        let mut total = 0;
        for buf in bufs {
            match self.read(buf) {
                Ok(n) => {
                    total += n;
                    if n < buf.len() {
                        break;
                    }
                }
                Err(error) => {
                    self.position = before;
                    return Err(error);
                }
            }
        }
        Ok(total)
    }

    #[inline]
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let run = self.storage.run_at(self.position)?;
        if let Some(run) = run.get(..buf.len()) {
            copy(buf, run);
            self.position += buf.len() as u64;
            return Ok(());
        }
        let left = self.left();
        if (buf.len() as u64) > left {
            return Err(Fault::EndReached { position: self.position, wanted: buf.len(), left }.into());
        }
        self.read_across_runs(buf)?;
        self.position += buf.len() as u64;
        Ok(())
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let left = self.left();
        self.append_to(buf, left)?;
        self.position += left;
        Ok(left as usize)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        match self.left() {
            0 => Ok(0),
            left => self.take_text(text, left),
        }
    }
}

impl<S: Storage> BufRead for Stream<S> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.storage.run_at(self.position)
    }

    #[inline]
    fn consume(&mut self, n: usize) {
        self.position += self.left().min(n as u64);
    }

    fn read_until(&mut self, delimiter: u8, buf: &mut Vec<u8>) -> io::Result<usize> {
        let n = self.distance_behind(delimiter)?;
        self.append_to(buf, n)?;
        self.position += n;
        Ok(n as usize)
    }

    fn skip_until(&mut self, delimiter: u8) -> io::Result<usize> {
        let n = self.distance_behind(delimiter)?;
        self.position += n;
        Ok(usize::try_from(n).unwrap_or(usize::MAX))
    }

    fn read_line(&mut self, text: &mut String) -> io::Result<usize> {
        match self.distance_behind(b'\n')? {
            0 => Ok(0),
            n => self.take_text(text, n),
        }
    }
}
