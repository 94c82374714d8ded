//! A length that a stream refuses to grow past: [`Limited`].

use std::fmt;
use std::io::{self, IoSlice, Write};
use std::ops::Range;

use bytes::{Buf, Bytes};

use crate::formatted::with_formatted;
use crate::{ByteStream, Fault, Resident, forward_resident, forward_stream};

/// A stream that no call makes longer than a limit in bytes. Whatever would is refused as
/// [`QuotaExceeded`](io::ErrorKind::QuotaExceeded), and nothing has changed (laws W6, F1).
///
/// For a service that buffers what strangers send: without a limit, whoever goes on sending takes all of
/// the memory; and so does who makes the service seek far ahead and write a byte.
///
/// ```
/// use anystream::{ByteStream, Limited, VecStream};
/// use std::io::{self, ErrorKind, Read};
///
/// /// What the stranger sent, or an answer that tells them off.
/// fn buffer_upload(mut sent: impl Read) -> io::Result<Result<VecStream, String>> {
///     let mut upload = Limited::new(VecStream::new(), 1 << 20); // one mebibyte, no more
///     match io::copy(&mut sent, &mut upload) {
///         Ok(_) => Ok(Ok(upload.into_inner())),
///         Err(error) if error.kind() == ErrorKind::QuotaExceeded => {
///             Ok(Err(format!("413 Content Too Large: {} bytes are allowed", upload.limit())))
///         }
///         Err(error) => Err(error), // the connection broke, or there is no memory
///     }
/// }
///
/// assert_eq!(buffer_upload(&[7; 1000][..])?.unwrap().len(), 1000);
/// let endless = io::repeat(7);
/// assert_eq!(buffer_upload(endless)?.unwrap_err(), "413 Content Too Large: 1048576 bytes are allowed");
/// # Ok::<(), io::Error>(())
/// ```
///
/// # What is refused
///
/// A call after which the contents would be longer than the limit **and** longer than they are: a write,
/// `set_len`, `splice` or `insert`. It is refused whole: by law W1 a `write` takes all of its bytes or fails,
/// so none is written of those that would have fitted. The gap before a write past the end counts.
///
/// Contents may be longer than the limit, because they were when they came, or because the limit was
/// lowered. They stay, and may be read, overwritten, cut and replaced by fewer; they cannot grow.
///
/// A call that is wrong for another reason too reports that one: an end past `u64::MAX` is
/// [`FileTooLarge`](io::ErrorKind::FileTooLarge), a range outside the contents `InvalidInput`.
///
/// The limit counts bytes of contents. A storage takes more: a vector that grows, up to three times as much
/// while it moves.
///
/// Every other call is passed on as it is; what a limit costs is two comparisons a write.
#[derive(Debug, Clone)]
pub struct Limited<S> {
    stream: S,
    limit: u64,
}

impl<S> Limited<S> {
    /// `stream`, from now on not to grow past `limit` bytes. The contents and the position stay, even if
    /// the contents are longer already.
    ///
    /// ```
    /// use anystream::{ByteStream, Limited, VecStream};
    /// use std::io::{ErrorKind, Write};
    ///
    /// let mut s = Limited::new(VecStream::from(b"hello"), 8);
    /// s.write_all(b"help me")?;
    /// let error = s.write_all(b"!!").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    /// assert_eq!(
    ///     error.to_string(),
    ///     "at byte 7 of 7: the contents would be 9 bytes long, past their limit of 8; nothing was changed \
    ///      (refuse what comes, make room with truncate or remove, or raise the limit)"
    /// );
    /// assert_eq!((s.tell(), &s.getvalue()?[..]), (7, &b"help me"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn new(stream: S, limit: u64) -> Self {
        Limited { stream, limit }
    }

    /// The greatest length, in bytes, to which the contents may grow.
    ///
    /// ```
    /// use anystream::{Limited, VecStream};
    /// assert_eq!(Limited::new(VecStream::new(), 8).limit(), 8);
    /// ```
    #[inline]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Sets another limit. Contents that are longer stay, but cannot grow.
    ///
    /// ```
    /// use anystream::{Limited, VecStream};
    /// use std::io::Write;
    /// let mut s = Limited::new(VecStream::new(), 8); // until they have said who they are
    /// s.write_all(b"I am Ada")?;
    /// s.set_limit(1 << 30);
    /// s.write_all(b", and this is what I send")?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// The stream inside, to look at what only it knows. To change it past the limit, take it
    /// [out](Self::into_inner).
    ///
    /// ```
    /// use anystream::{Limited, VecStream};
    /// assert_eq!(Limited::new(VecStream::from(b"hello"), 8).inner().as_slice(), b"hello");
    /// ```
    #[inline]
    pub fn inner(&self) -> &S {
        &self.stream
    }

    /// The stream inside, free of the limit.
    ///
    /// ```
    /// use anystream::{Limited, VecStream};
    /// assert_eq!(Limited::new(VecStream::from(b"hello"), 8).into_inner().into_vec(), b"hello");
    /// ```
    #[inline]
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: ByteStream> Limited<S> {
    /// Whether `extra` bytes, if any, may be put at `at`, over what is there and beyond. An end past
    /// `u64::MAX` is for the stream inside to refuse.
    #[inline]
    fn check(&self, at: u64, extra: usize) -> io::Result<()> {
        match at.checked_add(extra as u64) {
            Some(end) if end > self.limit && extra > 0 => self.check_growth(at, end),
            _ => Ok(()),
        }
    }

    /// The contents are to end at `end`, which lies past the limit: they may if they did before.
    #[cold]
    fn check_growth(&self, at: u64, end: u64) -> io::Result<()> {
        let len = self.stream.len();
        if end <= len {
            return Ok(());
        }
        Err(Fault::OverLimit { at, len, wanted: end, limit: self.limit }.into())
    }

    /// Whether a splice may make the contents as long as it would. A range outside the contents is for the
    /// stream inside to refuse.
    #[inline]
    fn check_splice(&self, range: &Range<u64>, with: usize) -> io::Result<()> {
        let len = self.stream.len();
        let removed = range.end.saturating_sub(range.start);
        match len.saturating_sub(removed).checked_add(with as u64) {
            Some(wanted) if wanted > self.limit && range.start <= range.end && range.end <= len => {
                self.check_growth(range.start, wanted)
            }
            _ => Ok(()),
        }
    }
}

macro_rules! inside {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Limited { stream: $stream, .. } => $call,
        }
    };
}

forward_stream!(@read [S: ByteStream] Limited<S>, inside);
forward_stream!(@seek [S: ByteStream] Limited<S>, inside);

forward_resident!(impl [S: ByteStream + Resident + Buf] for Limited<S>, inside);

impl<S: ByteStream> Write for Limited<S> {
    #[inline]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.check(self.stream.tell(), data.len())?;
        self.stream.write(data)
    }

    #[inline(always)] // as the stream's own
    fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        self.check(self.stream.tell(), data.len())?;
        self.stream.write_all(data)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        // The same memory may be named so often that the sum overflows: for the stream inside to refuse.
        let total = pieces.iter().try_fold(0_usize, |total, piece| total.checked_add(piece.len()));
        if let Some(total) = total {
            self.check(self.stream.tell(), total)?;
        }
        self.stream.write_vectored(pieces)
    }

    /// The text has to be there before its length is known, so it arrives at the stream inside by `write_all`.
    fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
        with_formatted(args, |text| self.write_all(text))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: ByteStream> ByteStream for Limited<S> {
    #[inline]
    fn tell(&self) -> u64 {
        self.stream.tell()
    }

    #[inline]
    fn len(&self) -> u64 {
        self.stream.len()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.stream.is_empty()
    }

    #[inline]
    fn getvalue(&mut self) -> io::Result<Bytes> {
        self.stream.getvalue()
    }

    #[inline]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read_at(offset, buf)
    }

    #[inline]
    fn read_bytes(&mut self, n: usize) -> io::Result<Bytes> {
        self.stream.read_bytes(n)
    }

    #[inline]
    fn write_bytes(&mut self, data: Bytes) -> io::Result<()> {
        self.check(self.stream.tell(), data.len())?;
        self.stream.write_bytes(data)
    }

    #[inline]
    fn truncate(&mut self, size: u64) -> io::Result<()> {
        self.stream.truncate(size)
    }

    #[inline]
    fn set_len(&mut self, size: u64) -> io::Result<()> {
        if size > self.limit {
            self.check_growth(self.stream.len(), size)?;
        }
        self.stream.set_len(size)
    }

    #[inline(always)] // as the stream's own
    fn splice(&mut self, range: Range<u64>, with: &[u8]) -> io::Result<()> {
        self.check_splice(&range, with.len())?;
        self.stream.splice(range, with)
    }

    #[inline(always)]
    fn insert(&mut self, at: u64, data: &[u8]) -> io::Result<()> {
        self.check_splice(&(at..at), data.len())?;
        self.stream.insert(at, data)
    }

    #[inline(always)]
    fn remove(&mut self, range: Range<u64>) -> io::Result<()> {
        self.stream.remove(range)
    }
}
