//! Compares imported lengths with the lengths on disk.

use std::collections::BTreeMap;
use std::path::Path;

use anystream_workload::{ImportOptions, Summary, files, import};

use crate::run::{Found, Outcome};
use crate::script::Name;

/// The answer of an import about a file, compared with the disk. Better answers are smaller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The length on disk.
    Right,
    /// A least length, which the one on disk is not below.
    Minimum(u64),
    /// No answer, and why.
    Refused(String),
    /// Another length, without a warning.
    Wrong(u64),
}

/// A file and the answer about it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The file on disk.
    pub file: Found,
    /// How the importer was asked for it.
    pub spelling: String,
    /// The answer.
    pub verdict: Verdict,
}

/// Asks for every file that remains by its absolute path, and for every file that the importer lists by the listed path if
/// that exists. A file counts once: as wrong if any answer is wrong, or else with its best answer.
#[must_use]
pub fn judge(log: &Path, outcome: &Outcome) -> Vec<Judged> {
    let mut judged: BTreeMap<u64, Judged> = BTreeMap::new();
    let mut ask = |file: &Found, spelling: String| {
        let verdict = verdict(log, &spelling, file.len);
        let new = Judged { file: file.clone(), spelling, verdict };
        match judged.get_mut(&file.inode) {
            Some(old) => {
                let is_wrong = |judged: &Judged| matches!(judged.verdict, Verdict::Wrong(_));
                if !is_wrong(old) && (is_wrong(&new) || new.verdict < old.verdict) {
                    *old = new;
                }
            }
            None => drop(judged.insert(file.inode, new)),
        }
    };
    for file in &outcome.files {
        if let Ok(path) = std::str::from_utf8(&file.path.0) {
            ask(file, format!("{}/{path}", outcome.root));
        }
    }
    for used in files(log, &ImportOptions::default()).unwrap_or_default() {
        let relative = match used.path.strip_prefix(&outcome.root) {
            Some(below) => below.trim_start_matches('/'),
            None => used.path.strip_prefix("./").unwrap_or(&used.path),
        };
        let name = Name(relative.as_bytes().to_vec());
        if let Some(file) = outcome.files.iter().find(|file| file.path == name) {
            ask(file, used.path);
        }
    }
    judged.into_values().collect()
}

fn verdict(log: &Path, spelling: &str, len: u64) -> Verdict {
    let options = ImportOptions { file: Some(spelling.to_owned()), ..ImportOptions::default() };
    match import(log, &options) {
        Err(error) => Verdict::Refused(error.to_string()),
        Ok(imported) => {
            let found = Summary::of(&imported.script).final_len;
            match (found == len, imported.final_len_is_minimum) {
                (_, true) if found <= len => Verdict::Minimum(found),
                (true, _) => Verdict::Right,
                _ => Verdict::Wrong(found),
            }
        }
    }
}
