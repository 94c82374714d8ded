//! How many answers were right, with `-y` and without.

use std::collections::BTreeMap;
use std::fmt;

use crate::judge::{Judged, Verdict};

/// Numbers of answers about files of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row {
    /// The length on disk.
    pub right: u64,
    /// "At least".
    pub minimum: u64,
    /// No answer.
    pub refused: u64,
    /// Another length.
    pub wrong: u64,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many programs ran.
    pub programs: u64,
    /// How many did not end, or could not be run.
    pub failed: u64,
    /// Files whose lengths the log tells: without `-y`, and with it.
    pub determined: [Row; 2],
    /// All other files: initial files, perhaps never used, and files that `O_CREAT` made or found.
    pub others: [Row; 2],
    /// Why there was no answer, for files of the first kind, without numbers and names: how often, and the first seed.
    pub reasons: BTreeMap<String, (u64, u64)>,
}

impl Row {
    /// How many files.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.right + self.minimum + self.refused + self.wrong
    }

    /// The part that is right.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.right as f64 / self.files().max(1) as f64
    }
}

impl Tally {
    /// Counts the answers about one log.
    pub fn add(&mut self, seed: u64, with_names: bool, judged: &[Judged]) {
        self.programs += 1;
        for one in judged {
            let determined = one.file.told;
            let rows = if determined { &mut self.determined } else { &mut self.others };
            let row = &mut rows[usize::from(with_names)];
            match &one.verdict {
                Verdict::Right => row.right += 1,
                Verdict::Minimum(_) => row.minimum += 1,
                Verdict::Wrong(_) => row.wrong += 1,
                Verdict::Refused(reason) => {
                    row.refused += 1;
                    if determined {
                        self.reasons.entry(kind_of(reason)).or_insert((0, seed)).0 += 1;
                    }
                }
            }
        }
    }

    /// How many answers are wrong.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        self.determined.iter().chain(&self.others).map(|row| row.wrong).sum()
    }
}

/// The message without names and numbers, which differ from log to log.
fn kind_of(reason: &str) -> String {
    let reason = reason.split_once(", line ").map_or(reason, |(_, rest)| rest);
    let mut kind = String::new();
    let mut quoted = false;
    for c in reason.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted || c.is_ascii_digit() => {}
            _ => kind.push(c),
        }
    }
    let kind = kind.split("; choose one").next().unwrap_or_default();
    let kind = kind.split("/tmp/").next().unwrap_or_default();
    kind.chars().take(150).collect()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} programs, {} more failed to run", self.programs, self.failed)?;
        writeln!(
            f,
            "{:<34}{:>8}{:>8}{:>7}{:>9}{:>9}{:>7}",
            "", "files", "right", "", "minimum", "refused", "wrong"
        )?;
        for (name, rows) in [("length in the log", &self.determined), ("not in the log", &self.others)] {
            for (how, row) in [("with -y", &rows[1]), ("without", &rows[0])] {
                let Row { right, minimum, refused, wrong } = row;
                let (label, percent) = (format!("{name}, {how}"), row.rate() * 100.0);
                writeln!(
                    f,
                    "{label:<34}{:>8}{right:>8}{percent:>6.1}%{minimum:>9}{refused:>9}{wrong:>7}",
                    row.files()
                )?;
            }
        }
        Ok(())
    }
}
