//! Which logs are judged, and which file of each.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use anystream_workload::{ImportOptions, Script, import};

/// A log of one program.
pub(crate) struct Log {
    /// The file's name without its endings.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// The file that the workload is about, for logs about several.
    pub(crate) file: Option<String>,
}

impl Log {
    pub(crate) fn script(&self) -> Result<Script> {
        script(&self.path, self.file.clone())
    }
}

/// The calls in the log at `path`.
pub(crate) fn script(path: &Path, file: Option<String>) -> Result<Script> {
    let script = import(path, &ImportOptions { file, ..ImportOptions::default() })?.script;
    ensure!(
        script.hold == 0,
        "{}: the program keeps values; only logs that keep none are timed",
        script.name
    );
    Ok(script)
}

/// The logs that `wanted` names, in that order; all logs in `folder` if it is empty.
pub(crate) fn find(folder: &Path, wanted: &[String]) -> Result<Vec<Log>> {
    let mut files = file_arguments(folder)?;
    let paths = if wanted.is_empty() { logs_in(folder)? } else { named(folder, wanted)? };
    let logs = paths.into_iter().map(|path| {
        let name = name_of(&path);
        Log { file: files.remove(&name).filter(|file| !file.is_empty()), name, path }
    });
    Ok(logs.collect())
}

fn named(folder: &Path, wanted: &[String]) -> Result<Vec<PathBuf>> {
    let path = |name: &String| {
        let inside = folder.join(format!("{name}.strace.gz"));
        [PathBuf::from(name), inside]
            .into_iter()
            .find(|path| path.is_file())
            .with_context(|| format!("no log {name}: give a path, or a name in {}", folder.display()))
    };
    wanted.iter().map(path).collect()
}

fn logs_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable =
        || format!("reading the folder of logs, {}; name another with --programs", folder.display());
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().contains(".strace")) {
            logs.push(path);
        }
    }
    logs.sort();
    ensure!(
        !logs.is_empty(),
        "no *.strace or *.strace.gz in {}; name another folder with --programs",
        folder.display()
    );
    Ok(logs)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.split_once(".strace") {
        Some((name, _)) => name.to_owned(),
        None => name.into_owned(),
    }
}

/// The column `file_argument` of PROGRAMS.tsv, by name. Empty if there is no such file.
fn file_arguments(folder: &Path) -> Result<HashMap<String, String>> {
    let path = folder.join("PROGRAMS.tsv");
    if !path.exists() {
        return Ok(HashMap::new());
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name| header.iter().position(|column| *column == name);
    let (Some(name), Some(file)) = (column("name"), column("file_argument")) else {
        bail!("{} lacks the columns name and file_argument", path.display());
    };
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        Some(((*cells.get(name)?).to_owned(), (*cells.get(file)?).to_owned()))
    };
    Ok(lines.filter_map(row).collect())
}
