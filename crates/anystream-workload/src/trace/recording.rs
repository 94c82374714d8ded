//! How to begin to record.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use anystream_core::ByteStream;

use super::TraceReader;
use super::extent::Extent;
use super::header::TraceHeader;
use super::recorder::{Out, Recorder, extent};
use super::writer::{Limits, TraceWriter};

/// Records what is done to `stream` into a new file at `path`; one that is there is replaced. No
/// contents are recorded: [`Recording`] can, and can append. While it records, no other recorder can open the file.
///
/// # Errors
/// Those of creating and writing the file; `ResourceBusy` if another recorder is writing it. Later ones are told by [`Recorder::finish`] and disturb
/// nothing.
///
/// ```
/// use std::io::Write;
/// # let path = std::env::temp_dir().join(format!("one-line-{}.trace", std::process::id()));
/// let mut stream = anystream_workload::record(anystream::VecStream::new(), &path)?;
/// stream.write_all(b"hello")?; // as if it were the stream itself
/// drop(stream); // completes the trace
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn record<S: ByteStream>(stream: S, path: impl AsRef<Path>) -> io::Result<Recorder<S>> {
    Recording::new().to_file(stream, path)
}

/// How to record.
///
/// ```
/// use anystream_workload::Recording;
/// use std::io::Write;
/// # let path = std::env::temp_dir().join(format!("recording-{}.trace", std::process::id()));
///
/// let recording = Recording::new().contents(true).append(true);
/// let mut stream = recording.to_file(anystream::VecStream::new(), &path)?;
/// stream.write_all(b"hello")?;
/// let (stream, written) = stream.finish();
/// written?;
///
/// recording.to_file(stream, &path)?.write_all(b", world")?; // goes on in the same trace
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recording {
    name: Option<String>,
    contents: bool,
    append: bool,
    hold: usize,
    limits: Limits,
}

#[cfg(windows)]
const FILE_SHARE_READ_AND_DELETE: u32 = 1 | 4;

/// How many bytes a frame may be asked to have.
const LARGEST_BLOCK: usize = 4 << 20;

impl Recording {
    /// As [`record`] does it.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new();
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the trace calls the stream: the file's name if not said.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().name("the archive");
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether to record all that the stream holds at first, and all that is written. Not if not said.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().contents(true);
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn contents(mut self, contents: bool) -> Self {
        self.contents = contents;
        self
    }

    /// Whether to go on with a trace that is there, rather than replace it: with the same stream, which
    /// must be as long and stand where the trace ends. Not if not said.
    ///
    /// The trace is read first, and an incomplete frame at its end, of a program that was killed, cut off.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().append(true);
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// How many of the latest values that `getvalue` and `read_bytes` give the program keeps alive: a
    /// recorder sees them go out, but not for how long they are used. Replays then hold as many. None
    /// if not said.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().hold(8); // an undo history of 8
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn hold(mut self, values: usize) -> Self {
        self.hold = values;
        self
    }

    /// How many bytes of records to collect, before they are compressed and written: 1 to 4 MiB, 64 KiB if
    /// not said. What was collected is lost if the program is killed.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().block_size(4 << 10);
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// How many records to collect before they are written: 16,384 if not said; fewer than 2 writes each.
    ///
    /// ```
    /// let recording = anystream_workload::Recording::new().block_records(100);
    /// # drop(recording);
    /// ```
    #[must_use]
    pub fn block_records(mut self, records: u32) -> Self {
        self.limits.records = records;
        self
    }

    /// Records what is done to `stream` into the file at `path`.
    ///
    /// # Errors
    /// Those of opening and writing the file; `ResourceBusy` if another recorder is writing it; `InvalidInput` for a
    /// block size that cannot be. To append:
    /// `InvalidData` around a [`TraceError`](crate::TraceError) if the file is no trace or a damaged one, and
    /// `InvalidInput` if it does not end where the stream is, or has contents and this would not, or the
    /// other way round. Then the file is as it was.
    ///
    /// ```
    /// # let path = std::env::temp_dir().join(format!("to-file-{}.trace", std::process::id()));
    /// let stream = anystream_workload::Recording::new().to_file(anystream::VecStream::new(), &path)?;
    /// # drop(stream);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_file<S: ByteStream>(&self, stream: S, path: impl AsRef<Path>) -> io::Result<Recorder<S>> {
        let path = path.as_ref();
        self.check()?;
        let name = || path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut file = self.open(path)?;
        if !self.append {
            // Only now that it is known to be nobody else's. A pipe has no length.
            if file.metadata()?.is_file() {
                file.set_len(0)?;
            }
            return self.begin(stream, Box::new(file), name);
        }
        if file.metadata()?.len() == 0 {
            return self.begin(stream, Box::new(file), name);
        }
        let trace = path.display().to_string();
        let reader = TraceReader::new(trace.as_str(), BufReader::with_capacity(64 << 10, &file));
        let end = reader
            .and_then(|mut reader| {
                reader.try_for_each(|record| record.map(drop))?;
                Ok(End {
                    offset: reader.offset(),
                    extent: reader.extent(),
                    contents: reader.header().contents,
                    hold: reader.hold(),
                })
            })
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let extent = extent(&stream);
        self.check_seam(&trace, &end, extent)?;
        file.set_len(end.offset)?;
        file.seek(SeekFrom::Start(end.offset))?;
        let out: Out = Box::new(file);
        Ok(Recorder::over(stream, TraceWriter::go_on(out, self.contents, extent, self.limits)?))
    }

    /// Opens the file without changing it, and locks it until it is closed.
    fn open(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(self.append).write(true).create(true).truncate(false);
        // A lock would keep readers out there, too; this keeps out writers only.
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, FILE_SHARE_READ_AND_DELETE);
        let file = options.open(path)?;
        #[cfg(not(windows))]
        if file.metadata()?.is_file()
            && let Err(std::fs::TryLockError::WouldBlock) = file.try_lock()
        {
            return Err(io::Error::new(
                ErrorKind::ResourceBusy,
                format!(
                    "{}: another recorder is writing this trace: finish that one first, or record into another file",
                    path.display()
                ),
            ));
        }
        Ok(file)
    }

    /// Records what is done to `stream` into anything that can be written to, which need not be buffered.
    ///
    /// # Errors
    /// Those of `out`; `InvalidInput` for a block size that cannot be, and if it is to append: only a
    /// file can be read first.
    ///
    /// ```
    /// let stream = anystream_workload::Recording::new().to_writer(anystream::VecStream::new(), Vec::new())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_writer<S: ByteStream>(
        &self,
        stream: S,
        out: impl Write + Send + 'static,
    ) -> io::Result<Recorder<S>> {
        self.check()?;
        if self.append {
            return Err(invalid("only a trace in a file can be appended to: use `to_file`".to_owned()));
        }
        self.begin(stream, Box::new(out), || "recorded".to_owned())
    }

    fn begin<S: ByteStream>(
        &self,
        stream: S,
        out: Out,
        name: impl FnOnce() -> String,
    ) -> io::Result<Recorder<S>> {
        let extent = extent(&stream);
        let header = TraceHeader {
            name: self.name.clone().unwrap_or_else(name),
            initial_length: extent.length,
            contents: self.contents,
            program: program(),
        };
        let initial = WholeOf { stream: &stream, offset: 0 };
        let writer = TraceWriter::begin(out, &header, self.hold, initial, extent, self.limits)?;
        Ok(Recorder::over(stream, writer))
    }

    fn check(&self) -> io::Result<()> {
        match self.limits.bytes {
            1..=LARGEST_BLOCK => Ok(()),
            bytes => Err(invalid(format!("a block of {bytes} bytes cannot be: give 1 to {LARGEST_BLOCK}"))),
        }
    }

    fn check_seam(&self, trace: &str, end: &End, stream: Extent) -> io::Result<()> {
        if end.extent != stream {
            return Err(invalid(format!(
                "{trace} ends with the stream at {}, but this one is at {stream}: append only goes on with the \
                 same stream; record this one into a file of its own",
                end.extent
            )));
        }
        if end.contents != self.contents {
            let (has, not) = if end.contents { ("has", "not") } else { ("has no", "also") };
            return Err(invalid(format!(
                "{trace} {has} contents, but they are {not} to be recorded now: go on as it began, or record into \
                 another file"
            )));
        }
        if end.hold != self.hold {
            return Err(invalid(format!(
                "{trace} says that {} values are held, but {} are to be now: go on as it began, or record into \
                 another file",
                end.hold, self.hold
            )));
        }
        Ok(())
    }
}

/// What of a trace decides how it can go on.
struct End {
    offset: u64,
    extent: Extent,
    contents: bool,
    hold: usize,
}

/// Reads a stream from its beginning, and leaves it alone.
struct WholeOf<'a, S> {
    stream: &'a S,
    offset: u64,
}

impl<S: ByteStream> io::Read for WholeOf<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read_at(self.offset, buf)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// What this program is called.
fn program() -> Option<String> {
    let path = env::args_os().next()?;
    Some(Path::new(&path).file_name()?.to_string_lossy().into_owned())
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, reason)
}
