//! Running a program and choosing among its files, for `choose` and `record`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anystream_workload::{FileUse, ImportOptions, files};
use clap::{Args, ValueEnum};
use tempfile::TempDir;

use super::Error;
use crate::program::{self, Failure, ProgramRun, Request};
use crate::report::numbers::duration;
use crate::report::used::{Listing, without_folder};
use crate::selection::{self, path_of, short_name, that_matter};
use crate::size;
use crate::visible::visible_name;

/// Options for running a program and for selecting its files.
#[derive(Debug, Args)]
pub(super) struct ProgramOptions {
    /// A program to run under strace, and its arguments: advice for the files that matter follows
    #[arg(last = true, value_name = "PROGRAM", conflicts_with_all = ["traces", "named"], group = "recorded")]
    program: Vec<OsString>,

    /// The file to look at, if a program or a log uses several: its path, or the end of the path
    #[arg(long, value_name = "NAME", requires = "recorded")]
    file: Option<String>,

    /// List the files of the program or the log: the busiest, or all with those of the system
    #[arg(long, value_name = "WHICH", requires = "recorded")]
    files: Option<Listed>,

    /// How long the file was before the log began [default: the least length that explains the log]
    #[arg(long, value_name = "SIZE", value_parser = size::bytes, requires = "recorded")]
    initial_len: Option<u64>,

    /// Run PROGRAM a second time, without strace, to measure its true time
    #[arg(long, requires = "program")]
    repeatable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listed {
    Busiest,
    All,
}

/// A log, and the file of it to look at.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    pub(super) log: PathBuf,
    pub(super) file: Option<String>,
    /// The name of the results; by default the name of the log.
    pub(super) name: Option<String>,
    /// The program that it is a recording of, as the user typed it.
    pub(super) command: Option<String>,
    /// The run of that program.
    pub(super) run: Option<Rc<ProgramRun>>,
}

/// A program that ran, and the recordings that get advice. The log exists as long as this.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) run: Rc<ProgramRun>,
    pub(super) recordings: Vec<Recording>,
    _folder: TempDir,
}

impl ProgramOptions {
    /// Whether the user named a program to run.
    pub(super) fn runs(&self) -> bool {
        !self.program.is_empty()
    }

    pub(super) fn import_options(&self, file: Option<String>, seed: u64, lenient: bool) -> ImportOptions {
        ImportOptions { seed, lenient, file, initial_len: self.initial_len }
    }

    /// The logs at `paths`, with the file that the user named.
    pub(super) fn logs(&self, paths: &[PathBuf]) -> Vec<Recording> {
        let log = |path: &PathBuf| Recording {
            log: path.clone(),
            file: self.file.clone(),
            name: None,
            command: None,
            run: None,
        };
        paths.iter().map(log).collect()
    }

    /// Runs the program, lists its files and chooses among them.
    pub(super) fn run(&self, to_stderr: bool) -> Result<Ran, Error> {
        let folder = temporary_folder()?;
        let request = Request {
            command: &self.program,
            log: folder.path().join("strace.log"),
            output_to_stderr: to_stderr,
            repeatable: self.repeatable,
        };
        let run = Rc::new(program::run(&request)?);
        let used = files(&run.log, &ImportOptions { lenient: true, ..ImportOptions::default() })?;
        let chosen: Vec<String> = match &self.file {
            Some(wanted) => vec![path_of(wanted, &used)],
            None => chosen_of(&used),
        };
        let nothing = chosen.is_empty().then(|| nothing_matters(&used));
        let listing = Listing {
            title: &what_ran(&self.program, &run),
            files: &used,
            chosen: &chosen,
            all: self.files == Some(Listed::All),
            next: nothing.as_deref(),
            to_stderr,
        };
        listing.print().or_else(super::unless_gone)?;
        let command = shown_command(&self.program);
        let recording = |file: String| Recording {
            log: run.log.clone(),
            name: Some(without_folder(short_name(&file, &used))),
            file: Some(file),
            command: Some(command.clone()),
            run: Some(Rc::clone(&run)),
        };
        let recordings = chosen.into_iter().map(recording).collect();
        Ok(Ran { run, recordings, _folder: folder })
    }

    /// Lists the files of `recording`, if that was asked for.
    pub(super) fn list(&self, recording: &Recording, to_stderr: bool) -> Result<(), Error> {
        let Some(listed) = self.files.filter(|_| recording.run.is_none() && is_file(&recording.log)) else {
            return Ok(());
        };
        let used = files(&recording.log, &ImportOptions { lenient: true, ..ImportOptions::default() })?;
        let title = format!("{} is about these files:", recording.log.display());
        let all = listed == Listed::All;
        Listing { title: &title, files: &used, chosen: &[], all, next: None, to_stderr }.print()?;
        Ok(())
    }

    /// The only file that matters in a log about several. Otherwise lists them and returns an error with the command to type.
    pub(super) fn only_that_matters(
        &self,
        recording: &Recording,
        used: &[FileUse],
        to_stderr: bool,
    ) -> Result<String, Error> {
        let matter: Vec<String> = that_matter(used).into_iter().map(|file| file.path.clone()).collect();
        let log = recording.log.display().to_string();
        // A pipe cannot be read again.
        let only =
            if let [only] = &matter[..] { Some(only).filter(|_| is_file(&recording.log)) } else { None };
        let title = format!("{log} is about {} files:", used.len());
        let listing = Listing {
            title: &title,
            files: used,
            chosen: &matter,
            all: self.files == Some(Listed::All),
            next: None,
            to_stderr: to_stderr || only.is_none(),
        };
        if self.files.is_none() || only.is_none() {
            listing.print().or_else(super::unless_gone)?;
        }
        match only {
            Some(only) => Ok(only.clone()),
            None => Err(Error::WhichFile {
                command: to_type(&recording.log, used, &matter),
                files: used.len(),
                log,
            }),
        }
    }
}

impl Recording {
    /// Why there is no advice, without the path of a log that is deleted soon.
    pub(super) fn explained(&self, error: &Error) -> String {
        let name = self.name.as_deref().unwrap_or("this file");
        let log = self.log.display().to_string();
        format!(
            "no advice for {}: {}",
            visible_name(name),
            error.to_string().replace(&log, "the log of strace")
        )
    }

    /// Where it comes from, for the user.
    pub(super) fn origin(&self) -> Option<String> {
        self.command.as_ref().map(|command| format!("a file of `{command}`"))
    }
}

/// The paths of the files that matter to a program that ran just now.
pub(super) fn chosen_of(used: &[FileUse]) -> Vec<String> {
    // For files that were open before the program began, the log does not show the offsets.
    let inherited: Vec<PathBuf> = ["/dev/stdin", "/dev/stdout", "/dev/stderr"]
        .iter()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let own = |file: &&FileUse| !inherited.iter().any(|path| path == Path::new(&file.path));
    let own: Vec<FileUse> = used.iter().filter(own).cloned().collect();
    that_matter(&own).into_iter().map(|file| file.path.clone()).collect()
}

/// Whether `trace` does not exist, but a program of this name does.
pub(super) fn looks_like_a_program(trace: &Path) -> bool {
    !trace.exists() && program::exists(trace.as_os_str())
}

/// The command that gives advice for the first of `matter`, else for the busiest of `used`.
pub(super) fn to_type(log: &Path, used: &[FileUse], matter: &[String]) -> String {
    let busiest = used.iter().find(|file| !selection::is_of_the_system(file)).or(used.first());
    let file = matter.first().map(|path| &path[..]).or(busiest.map(|file| &file.path[..]));
    let log = log.to_string_lossy();
    match file {
        Some(file) => format!("anystream choose {} --file {}", quoted(&log), quoted(short_name(file, used))),
        None => format!("anystream choose {}", quoted(&log)),
    }
}

/// The sentence for a program or log with no file worth advice.
fn nothing_matters(used: &[FileUse]) -> String {
    let busiest = used.iter().find(|file| !selection::is_of_the_system(file));
    match busiest {
        None => "It used only files of the system: there is nothing to choose a backend for.".to_owned(),
        Some(file) => format!(
            "No file was used enough to make the backend matter: any will do. For advice on one anyway, name it: \
             --file {}",
            quoted(short_name(&file.path, used))
        ),
    }
}

/// What ran, for how long, and how it ended.
pub(super) fn what_ran(command: &[OsString], run: &ProgramRun) -> String {
    let name = command.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name = Path::new(&*name).file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy());
    let name = visible_name(&name);
    let seconds = |time: std::time::Duration| duration(time.as_nanos() as f64);
    let untraced =
        run.untraced_wall.map(|wall| format!(" and {} without", seconds(wall))).unwrap_or_default();
    let ended = program::in_words(run.status).map(|how| format!("{name} {how}. ")).unwrap_or_default();
    format!("{ended}{name} took {} under strace{untraced}.", seconds(run.traced_wall))
}

pub(super) fn temporary_folder() -> Result<TempDir, Error> {
    tempfile::Builder::new().prefix("anystream-").tempdir().map_err(|source| {
        Failure::system("the temporary folder cannot be made; set TMPDIR to a folder with room")(source)
            .into()
    })
}

/// `-` is standard input, where the system has a path for that.
pub(super) fn readable(path: &Path) -> PathBuf {
    if cfg!(unix) && path == Path::new("-") { "/dev/stdin".into() } else { path.to_owned() }
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_file())
}

fn shown_command(command: &[OsString]) -> String {
    const MOST: usize = 60;
    let words = command.iter().map(|word| quoted(&word.to_string_lossy()));
    let line = visible_name(&words.collect::<Vec<_>>().join(" "));
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST).chain(['…']).collect()
}

fn quoted(word: &str) -> String {
    // Only a zero byte cannot be quoted, and no path has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}
