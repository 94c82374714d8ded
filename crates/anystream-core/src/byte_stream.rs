//! The trait that programs rely on, each law at its method.

use std::io::{self, BufRead, Read, Seek, Write};
use std::ops::Range;

use bytes::Bytes;

/// One in-memory byte stream, whatever storage lies beneath: Python's `io.BytesIO` for Rust.
///
/// A stream is contents `c` of length `L` and a position `p`, all in bytes, all `u64`. Which storage
/// holds `c` never changes what a program computes, only what it costs; the numbered laws below are
/// that promise, and every backend is tested against each of them.
///
/// Reading, writing and seeking are `std::io`'s own traits, so a stream drops into any crate that
/// takes `Read`, `BufRead`, `Write` or `Seek`. Their laws:
///
/// | law | call | result |
/// |---|---|---|
/// | S1 | `seek(Start(n))` | `p = n` for every `u64`, also past the end; the contents never change |
/// | S2 | `seek(Current(k))`, `seek(End(k))`, `seek_relative(k)` | checked: below 0 or above `u64::MAX` is `InvalidInput`, and `p` stays |
/// | R1 | `read(buf)` | `min(buf.len(), max(0, L - p))` bytes; short **only** at the end. At or past the end: `Ok(0)`, `p` stays |
/// | R2 | `read_exact` too short | `UnexpectedEof`, `p` stays; what lies in the buffer is unspecified |
/// | R3 | `fill_buf`, `consume(n)` | a run of the contents at `p`, empty exactly when `p >= L`; `consume` moves `p` by `min(n, max(0, L - p))` |
/// | W1 | `write(b)` | all of `b` or an error: overwrites, then extends; `p += b.len()` |
/// | W2 | `write(b)` with `p > L` | the gap `[L, p)` becomes zeros |
/// | W3 | `write(b"")` | changes nothing, wherever `p` is; so do an empty `write_all`, `write_vectored`, `write_bytes` |
/// | W4 | `write_vectored(bs)` | one write of the concatenation |
/// | F1 | any call that returns an error | **changes nothing**: `c`, `L`, `p` are as before |
/// | W6 | a write, `splice` or `set_len` that fails | F1. `FileTooLarge`: its end lies past `u64::MAX` or past what the storage can address. `OutOfMemory`: no memory. `QuotaExceeded`: over a limit that the user set, with [`Limited`](crate::Limited) |
/// | F1 | `read_line`, `read_to_string` of bytes that are not UTF-8 | `InvalidData`, and they are **not** consumed: `lines()` would give the same error again and again, so stop at the first, or use `read_until` |
/// | I1 | clones | each has its own position and never sees another's later writes |
/// | P1 | everything | no panic, no abort, no overflow, for any calls with any arguments |
///
/// Constructors and clones are not calls on a stream and cannot return an error: where they need memory that
/// there is not, they abort, as `Vec` does. Each stream's docs say which do, and what to use instead.
///
/// # For callers
///
/// ```
/// use anystream_core::ByteStream;
/// use std::io::{Read, Seek, Write};
///
/// fn header_then_body<S: ByteStream>(s: &mut S) -> std::io::Result<()> {
///     s.write_all(b"????")?; // the length goes here once it is known
///     s.write_all(b"the body")?;
///     let length = (s.len() - 4) as u32;
///     s.rewind()?;
///     s.write_all(&length.to_be_bytes())
/// }
///
/// let mut s = anystream::VecStream::new();
/// header_then_body(&mut s)?;
/// assert_eq!(&s.getvalue()?[..], b"\0\0\0\x08the body");
/// // The position is behind the header, so this is what a read finds:
/// let mut rest = String::new();
/// s.read_to_string(&mut rest)?;
/// assert_eq!(rest, "the body");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # For implementers
///
/// Implement [`Storage`](crate::Storage) instead and let [`Stream`](crate::Stream) be the stream:
/// positions, gaps, ends and atomic errors are written there once. Implement this trait by hand only
/// for a wrapper around another stream, and then forward *every* method, provided ones too, or the
/// wrapped stream's faster versions are lost; [`forward_stream!`](crate::forward_stream) does that.
pub trait ByteStream: Read + BufRead + Write + Seek {
    /// The position `p` in bytes (law T1). It may lie past the end. O(1), cannot fail.
    ///
    /// The same as `stream_position()`, without `&mut` and without a `Result`.
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// use std::io::Write;
    /// let mut s = VecStream::from(b"hello");
    /// assert_eq!(s.tell(), 0); // law N2: initial bytes, position 0
    /// s.write_all(b"hi")?;
    /// assert_eq!(s.tell(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn tell(&self) -> u64;

    /// The length `L` of the contents in bytes (law T1). O(1), cannot fail.
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// assert_eq!(VecStream::from(b"hello").len(), 5);
    /// ```
    fn len(&self) -> u64;

    /// Whether there are no contents at all, wherever the position is (law T1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// assert!(VecStream::new().is_empty());
    /// ```
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole contents, wherever the position is; the position stays (law V1).
    ///
    /// Later writes never show in the value. Whether it is shared or copied is the storage's choice;
    /// each backend says what it does. This is the answer to "I wrote, then `read` gave me nothing":
    /// `read` starts at the position, which a write leaves behind what it wrote; `getvalue` does not.
    ///
    /// # Errors
    /// `OutOfMemory` if the contents had to be copied and there was no room; nothing changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// use std::io::{Read, Write};
    /// let mut s = VecStream::new();
    /// s.write_all(b"hello")?;
    /// assert_eq!(s.read(&mut [0; 8])?, 0); // the position is at the end
    /// assert_eq!(&s.getvalue()?[..], b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn getvalue(&mut self) -> io::Result<Bytes>;

    /// Reads at `offset` without moving the position (law R5).
    ///
    /// Copies `min(buf.len(), max(0, L - offset))` bytes and returns that number: short only at the
    /// end of the contents, 0 at or past it.
    ///
    /// # Errors
    /// None of the storages in memory fails here; one on a disk or a network may (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let s = VecStream::from(b"hello");
    /// let mut buf = [0; 8];
    /// assert_eq!(s.read_at(1, &mut buf)?, 4);
    /// assert_eq!(&buf[..4], b"ello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Reads up to `n` bytes as [`Bytes`] and moves the position behind them (law R4).
    ///
    /// As `read`: short only at the end. The result may share memory with the stream, but later
    /// writes never show in it.
    ///
    /// # Errors
    /// `OutOfMemory` if the bytes had to be copied and there was no room; the position stays (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"hello");
    /// assert_eq!(&s.read_bytes(2)?[..], b"he");
    /// assert_eq!(&s.read_bytes(usize::MAX)?[..], b"llo");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes>;

    /// Writes `data` at the position, as `write_all` does, but may keep its memory instead of
    /// copying it (law W5).
    ///
    /// # Errors
    /// As any write (W6): `FileTooLarge`, `OutOfMemory` or `QuotaExceeded`; nothing changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::new();
    /// s.write_bytes(bytes::Bytes::from_static(b"hello"))?;
    /// assert_eq!((s.tell(), s.len()), (5, 5));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn write_bytes(&mut self, data: Bytes) -> io::Result<()>;

    /// Cuts the contents off at `size`; never grows them (law C1).
    ///
    /// `L = min(L, size)`. The position stays, so it may now lie past the end.
    ///
    /// # Errors
    /// `OutOfMemory` if the storage had to copy what is shared with a clone or a value; nothing
    /// changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"hello");
    /// s.truncate(2)?;
    /// s.truncate(100)?; // not longer again
    /// assert_eq!(&s.getvalue()?[..], b"he");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn truncate(&mut self, size: u64) -> io::Result<()>;

    /// Makes the contents exactly `size` bytes long: cuts them off or grows them with zeros (law C2).
    /// The position stays.
    ///
    /// # Errors
    /// As any write (W6): `FileTooLarge`, `OutOfMemory` or `QuotaExceeded`; nothing changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"hello");
    /// s.set_len(7)?;
    /// assert_eq!(&s.getvalue()?[..], b"hello\0\0");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn set_len(&mut self, size: u64) -> io::Result<()>;

    /// Replaces the bytes in `range` with `with`, of any length (law E1). The position stays.
    ///
    /// `c = c[..start] + with + c[end..]`, where `start <= end <= L`.
    ///
    /// # Errors
    /// `InvalidInput` if the range does not lie within the contents; else as any write (W6). Nothing
    /// changed (F1).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"hello world");
    /// s.splice(0..5, b"good morning")?;
    /// assert_eq!(&s.getvalue()?[..], b"good morning world");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()>;

    /// Inserts `data` before the byte at `at`, or at the end if `at == L` (law E1). The position stays.
    ///
    /// # Errors
    /// As [`splice`](Self::splice).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"held");
    /// s.insert(3, b"lo wor")?;
    /// assert_eq!(&s.getvalue()?[..], b"hello word");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
        self.splice(at..at, data)
    }

    /// Takes the bytes in `range` out (law E1). The position stays.
    ///
    /// # Errors
    /// As [`splice`](Self::splice).
    ///
    /// ```
    /// use anystream::{ByteStream, VecStream};
    /// let mut s = VecStream::from(b"hello world");
    /// s.remove(5..11)?;
    /// assert_eq!(&s.getvalue()?[..], b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
        self.splice(range, &[])
    }
}
