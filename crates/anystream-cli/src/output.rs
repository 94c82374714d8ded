//! Output files, written whole or not at all.
//!
//! Every path is checked before anything is measured. A file is written beside its place, synced and renamed, so a
//! full disk or an interrupt leaves the old file as it was. Pipes and devices are written directly.

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

mod place;

use place::{Place, same_file};

/// The paths that a command reads and writes: no output may be an input or another output.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    inputs: Vec<PathBuf>,
    outputs: Vec<Output>,
}

/// A path that was checked and can be written to.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// As the user wrote it.
    path: PathBuf,
    place: Place,
}

/// Why a path cannot be written to.
#[derive(Debug)]
pub(crate) struct Unwritable {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Folder,
    BlockDevice,
    NoFolder(PathBuf),
    Links,
    Input(PathBuf),
    Output(PathBuf),
    Standard(&'static str),
    InUse,
    Io(io::Error),
    /// What the file holds does not allow it: the reason with what to do.
    Contents(String),
}

impl Paths {
    /// Notes the inputs of a command. `-` is standard input.
    pub(crate) fn with_inputs<'a>(inputs: impl IntoIterator<Item = &'a Path>) -> Self {
        let standard =
            |path: &Path| if path == Path::new("-") { "/dev/stdin".into() } else { path.to_owned() };
        Paths { inputs: inputs.into_iter().map(standard).collect(), outputs: Vec::new() }
    }

    /// Checks that `path` can be written whole, without changing it.
    pub(crate) fn output(&mut self, path: &Path) -> Result<Output, Unwritable> {
        self.check(path, place::check_replaceable).map_err(|why| Unwritable { path: path.to_owned(), why })
    }

    /// Checks that `path` can be appended to, without changing it.
    pub(crate) fn append(&mut self, path: &Path) -> Result<Output, Unwritable> {
        self.check(path, place::check_appendable).map_err(|why| Unwritable { path: path.to_owned(), why })
    }

    fn check(&mut self, path: &Path, writable: impl Fn(&Path) -> Result<(), Why>) -> Result<Output, Why> {
        let place = Place::of(path)?;
        let output = Output { path: path.to_owned(), place };
        if let Place::File(target) = &output.place {
            if let Some(input) = self.inputs.iter().find(|input| same_file(input, target)) {
                return Err(Why::Input(input.clone()));
            }
            let written = |other: &&Output| matches!(&other.place, Place::File(it) if same_file(it, target));
            if let Some(other) = self.outputs.iter().find(written) {
                return Err(Why::Output(other.path.clone()));
            }
            for (stream, name) in [("/dev/stdout", "standard output"), ("/dev/stderr", "standard error")] {
                if target.exists() && same_file(Path::new(stream), target) {
                    return Err(Why::Standard(name));
                }
            }
            writable(target)?;
        }
        self.outputs.push(output.clone());
        Ok(output)
    }
}

impl Output {
    /// As the user wrote it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that is replaced or made; nothing for a pipe or a device.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File(target) => Some(target),
            _ => None,
        }
    }

    pub(crate) fn is_standard_output(&self) -> bool {
        matches!(self.place, Place::Output)
    }

    /// What the file holds is not what this output adds to; `reason` says why and what to do.
    pub(crate) fn refused(&self, reason: impl Into<String>) -> Unwritable {
        Unwritable { path: self.path.clone(), why: Why::Contents(reason.into()) }
    }

    /// Begins to write; nothing is replaced before [`Writing::finish`].
    pub(crate) fn begin(&self) -> io::Result<Writing> {
        Ok(match &self.place {
            Place::File(target) => Writing::Beside { file: beside(target)?, target: target.clone() },
            Place::Device(path) => Writing::Direct(Box::new(OpenOptions::new().append(true).open(path)?)),
            Place::Output => Writing::Direct(Box::new(io::stdout())),
            Place::Error => Writing::Direct(Box::new(io::stderr())),
        })
    }

    /// Writes `contents` whole or not at all.
    pub(crate) fn write(&self, contents: &[u8]) -> io::Result<()> {
        let mut writing = self.begin()?;
        writing.write_all(contents)?;
        writing.finish()
    }
}

/// An output that is being written.
pub(crate) enum Writing {
    Beside { file: NamedTempFile, target: PathBuf },
    Direct(Box<dyn Write>),
}

impl Writing {
    /// The temporary file, until it is in its place.
    pub(crate) fn unfinished(&self) -> Option<&Path> {
        match self {
            Writing::Beside { file, .. } => Some(file.path()),
            Writing::Direct(_) => None,
        }
    }

    /// Puts what was written in its place, on the disk and at once.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Writing::Direct(mut out) => out.flush(),
            Writing::Beside { mut file, target } => {
                file.flush()?;
                if let Ok(old) = fs::metadata(&target) {
                    keep_access(file.as_file(), &old)?;
                }
                file.as_file().sync_all()?;
                file.persist(&target).map(drop).map_err(|error| error.error)
            }
        }
    }
}

impl Write for Writing {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Writing::Beside { file, .. } => file.write(data),
            Writing::Direct(out) => out.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Writing::Beside { file, .. } => file.flush(),
            Writing::Direct(out) => out.flush(),
        }
    }
}

/// A temporary file in the folder of `target`, with the access that a new file gets there.
fn beside(target: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".anystream-");
    // The umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(target.parent().unwrap_or(Path::new(".")))
}

/// The new file belongs to the owner of the old one, if this user may say so, and has its mode.
fn keep_access(new: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let made = new.metadata()?;
        if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
            // Before the mode, which a change of the owner clears in part.
            let _ = std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()));
        }
    }
    new.set_permissions(old.permissions())
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Folder => write!(f, "{path} is a folder: name a file in it"),
            Why::BlockDevice => write!(f, "{path} is a disk: name a file"),
            Why::NoFolder(folder) => {
                write!(
                    f,
                    "{path}: the folder {} does not exist: create it or name another file",
                    folder.display()
                )
            }
            Why::Links => write!(f, "{path} is a loop of symbolic links: name another file"),
            Why::Input(input) if *input == self.path => {
                write!(f, "{path} is an input, too: name another output file")
            }
            Why::Input(input) => {
                write!(
                    f,
                    "{path} is the same file as the input {}: name another output file",
                    input.display()
                )
            }
            Why::Output(other) if *other == self.path => {
                write!(f, "{path} is given for two outputs: name another file for one of them")
            }
            Why::Output(other) => {
                write!(f, "{path} is the same file as the output {}: name another one", other.display())
            }
            Why::Standard(stream) => write!(f, "{path}: {stream} goes to this file, too: name another file"),
            Why::InUse => {
                write!(f, "{path}: another program is writing this file: wait for it or name another file")
            }
            Why::Io(error) => write!(f, "{path}: it cannot be written: {error}; name another file"),
            Why::Contents(reason) => write!(f, "{path}: {reason}"),
        }
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        Why::Io(error)
    }
}
