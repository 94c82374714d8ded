//! Runs a program under strace in a directory of its own, and lists the files it left.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::script::{Name, Script, Setup};
use crate::sys::{Arg, call};

/// How a log is recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Options {
    /// The options of strace, without `-o`.
    pub strace: Vec<String>,
    /// With `-o`, or else from the standard error.
    pub to_file: bool,
}

/// The result of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The directory in which the program started.
    pub root: String,
    /// Each regular file.
    pub files: Vec<Found>,
}

/// A regular file that remains.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    /// Relative to the directory in which the program started.
    pub path: Name,
    /// In bytes.
    pub len: u64,
    /// Files with the same number are one.
    pub inode: u64,
    /// Whether it was there before the program started.
    pub existed: bool,
    /// Whether the program read, wrote or resized it, and the log tells its length at some time: the program made it, emptied
    /// it, set its length, or asked for it.
    pub told: bool,
}

impl Options {
    /// Random ones.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0x7374_7261_6365);
        let mut strace = vec!["-f".to_owned()];
        let mut add = |choices: &[&str]| {
            let chosen = choices[random.usize(0..choices.len())];
            strace.extend(chosen.split_whitespace().map(str::to_owned));
        };
        add(&["", "-y", "-y", "-yy"]);
        add(&["", "-s 0", "-s 0", "-s 32", "-s 100000"]);
        add(&["", "", "", "-x", "-xx"]);
        add(&["", "", "-t", "-tt", "-ttt", "-r", "-T", "-tt -T"]);
        add(&["", "", "", "", "-X raw", "-X abbrev", "-X verbose", "-v"]);
        add(&["", "", "", "", "-i", "-n", "-Y", "-q", "-qq", "-z"]);
        add(&[
            "-e trace=file,desc",
            "-e trace=file,desc,process",
            "-e trace=file,desc,process",
            "-e trace=file,desc,process,network",
            "-e trace=file,desc,process,network",
            "-e trace=all",
        ]);
        let traces_all = strace.iter().any(|option| option == "trace=all");
        if !traces_all && random.bool() {
            strace.push("--seccomp-bpf".to_owned());
        }
        Options { strace, to_file: random.u8(0..3) > 0 }
    }

    /// Whether the log shows all calls.
    #[must_use]
    pub fn traces_all(&self) -> bool {
        self.strace.iter().any(|option| option == "trace=all")
    }

    /// Whether the log shows the paths of descriptors (`-y`).
    #[must_use]
    pub fn names_descriptors(&self) -> bool {
        self.strace.iter().any(|option| option == "-y" || option == "-yy")
    }
}

/// Returns the reason if programs can't be traced here.
#[must_use]
pub fn why_not() -> Option<String> {
    match Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output() {
        Err(error) => Some(format!("strace cannot be started: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            Some(format!("strace cannot trace: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
    }
}

/// Runs `script` with the interpreter `program` in `directory`, which must be empty, once with strace and once without,
/// and leaves the log in `directory/log`.
///
/// # Errors
/// The program can't be started, its directory can't be read, or it did not end within 20 s.
pub fn run(program: &Path, script: &Script, options: &Options, directory: &Path) -> Result<Outcome> {
    let script_file = directory.join("script");
    fs::write(&script_file, script.to_text())?;
    let (witness, log) = (directory.join("witness"), directory.join("log"));

    // Paths with too many `..` stay in these directories.
    let other = directory.join("other/1/2/3/4/5/6/tree");
    let mut plain = Command::new(program);
    plain.arg("act").arg(&script_file).arg(&other).arg(&witness).stderr(Stdio::null());
    let untraced = files_after(&mut plain, script, &other)?;
    let told = crate::witness::read(&witness);

    let root = directory.join("traced/1/2/3/4/5/6/tree");
    let mut strace = Command::new("strace");
    strace.args(&options.strace);
    if options.to_file {
        strace.arg("-o").arg(&log).stderr(Stdio::null());
    } else {
        strace.stderr(File::create(&log)?);
    }
    strace.arg(program).arg("act").arg(&script_file).arg(&root).arg("");
    let mut files = files_after(&mut strace, script, &root)?;
    for file in &mut files {
        let same = untraced.iter().find(|other| other.path == file.path && other.len == file.len);
        file.told = same.is_some_and(|other| told.contains(&other.inode))
            && script.stdout.as_ref().is_none_or(|(name, _)| *name != file.path);
    }
    Ok(Outcome { root: root.display().to_string(), files })
}

/// Makes the directory `root`, runs `command` in it, and lists the files that are there then.
fn files_after(command: &mut Command, script: &Script, root: &Path) -> Result<Vec<Found>> {
    fs::create_dir_all(root)?;
    let originals = set_up(&script.setup, root)?;
    let stdout = match &script.stdout {
        Some((name, append)) => {
            let path = root.join(OsStr::from_bytes(&name.0));
            let mut open = File::options();
            let open = if *append { open.append(true) } else { open.write(true).truncate(true) };
            open.open(path).map_or_else(|_| Stdio::null(), Stdio::from)
        }
        None => Stdio::null(),
    };
    command.current_dir(root).stdin(Stdio::null()).stdout(stdout).process_group(0);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let mut child = command.spawn().with_context(|| format!("{command:?} does not start"))?;
    let begin = Instant::now();
    while child.try_wait()?.is_none() {
        if begin.elapsed() > Duration::from_secs(20) {
            call(libc::SYS_kill, &mut [Arg::Int(-i64::from(child.id())), Arg::Int(libc::SIGKILL.into())]);
            child.wait()?;
            bail!("the program did not end within 20 s");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let existed = originals.iter().filter_map(|file| Some(file.metadata().ok()?.ino())).collect();
    let mut files = Vec::new();
    // The program may have removed it.
    if root.exists() {
        list(root, root, &existed, &mut files)?;
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Makes the initial files. They stay open, so a new file can't get the inode of a deleted initial file.
fn set_up(setup: &[Setup], root: &Path) -> Result<Vec<File>> {
    let at = |name: &Name| root.join(OsStr::from_bytes(&name.0));
    let mut files = Vec::new();
    for entry in setup {
        // Names may meet: then the first has it.
        match entry {
            Setup::Dir(name) => drop(fs::create_dir(at(name))),
            Setup::File(name, len) => {
                if let Ok(file) = File::options().write(true).create_new(true).open(at(name)) {
                    fs::write(at(name), vec![b'o'; usize::try_from(*len)?])?;
                    files.push(file);
                }
            }
            Setup::Symlink(name, target) => {
                drop(std::os::unix::fs::symlink(OsStr::from_bytes(&target.0), at(name)));
            }
        }
    }
    Ok(files)
}

fn list(root: &Path, directory: &Path, existed: &HashSet<u64>, files: &mut Vec<Found>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path: PathBuf = entry?.path();
        let metadata = path.symlink_metadata()?;
        if metadata.is_dir() {
            list(root, &path, existed, files)?;
        } else if metadata.is_file() {
            files.push(Found {
                path: Name(path.strip_prefix(root)?.as_os_str().as_bytes().to_vec()),
                len: metadata.len(),
                inode: metadata.ino(),
                existed: existed.contains(&metadata.ino()),
                told: false,
            });
        }
    }
    Ok(())
}
