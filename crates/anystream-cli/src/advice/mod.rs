//! Advice beyond the choice of a backend. Each file counts or measures one thing and says nothing where it does not
//! apply.

pub(crate) mod buffering;
pub(crate) mod capacity;
pub(crate) mod contrast;
pub(crate) mod file;
pub(crate) mod overall;
pub(crate) mod relevance;
pub(crate) mod shift;
mod walk;

use std::borrow::Cow;
use std::path::PathBuf;

use anystream_workload::Script;
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::contestant::{Contestant, contestant};

/// One sentence of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Advice {
    pub(crate) kind: Kind,
    pub(crate) sentence: String,
    /// The line of Rust to use.
    pub(crate) code: Option<String>,
    pub(crate) confidence: Confidence,
}

/// What the advice is about, in the order in which it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Relevance,
    ManualShifting,
    Buffering,
    Capacity,
    MemoryOrFile,
    Contrast,
    Overall,
}

/// How sure the advice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Confidence {
    /// Measured or counted.
    Proven,
    /// The log has lengths but no contents, or only the time under strace.
    Suggested,
}

/// Times two variants of a workload.
pub(crate) trait Bench {
    /// Times both variants, interleaved. `None` when interrupted or out of time.
    fn compare(&mut self, base: &Variant<'_>, other: &Variant<'_>) -> Option<Compared>;
}

/// A script, and the stream it runs on.
#[derive(Debug, Clone)]
pub(crate) struct Variant<'a> {
    pub(crate) script: Cow<'a, Script>,
    pub(crate) on: Setup,
}

/// What a script runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Setup {
    Contender(Contender),
    /// A stream created with room for this many bytes: [`capacity::contestant`].
    Reserved {
        contender: Contender,
        capacity: u64,
    },
    /// A file in this folder: [`file::TempFile`].
    TempFile {
        dir: PathBuf,
    },
}

/// The times of two variants, in nanoseconds per replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Compared {
    pub(crate) base_ns: f64,
    pub(crate) other_ns: f64,
    /// `base_ns / other_ns`, paired by round. Above 1, `other` is faster.
    pub(crate) ratio: f64,
    /// The 95 % confidence interval of the ratio.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Smaller gains are not worth advice.
const WORTH_IT: f64 = 1.05;

impl Compared {
    /// The whole interval says that `other` is faster by at least 5 %.
    pub(crate) fn proves_other_faster(&self) -> bool {
        self.low >= WORTH_IT
    }
}

impl Setup {
    /// What replays a script on it; nothing if a contender cannot reserve.
    pub(crate) fn contestant(&self) -> Option<Box<dyn Contestant>> {
        match self {
            Setup::Contender(contender) => Some(contestant(*contender)),
            Setup::Reserved { contender, capacity } => capacity::contestant(*contender, *capacity),
            Setup::TempFile { dir } => Some(Box::new(file::TempFile { dir: dir.clone() })),
        }
    }
}

impl<'a> Variant<'a> {
    pub(crate) fn borrowed(script: &'a Script, on: Setup) -> Self {
        Variant { script: Cow::Borrowed(script), on }
    }

    pub(crate) fn owned(script: Script, on: Setup) -> Self {
        Variant { script: Cow::Owned(script), on }
    }
}

/// "3.4× faster", or in percent below twice.
fn faster(ratio: f64) -> String {
    match ratio {
        ..2.0 => format!("{:.0} % faster", (ratio - 1.0) * 100.0),
        2.0..9.95 => format!("{ratio:.1}× faster"),
        _ => format!("{}× faster", indicatif::HumanCount(ratio.round() as u64)),
    }
}

/// A number of bytes, in powers of ten as disks and `ls --si` count.
fn bytes(n: u64) -> String {
    use indicatif::HumanCount;
    let scaled = |unit: f64, name: &str| {
        let value = n as f64 / unit;
        if value < 9.95 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") }
    };
    match n {
        1 => "1 byte".to_owned(),
        ..10_000 => format!("{} bytes", HumanCount(n)),
        ..999_500 => scaled(1e3, "KB"),
        ..999_500_000 => scaled(1e6, "MB"),
        _ => scaled(1e9, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with a fixed ratio for every pair, and remembers what was compared.
    pub(super) struct Fake {
        pub(super) ratios: Vec<Option<f64>>,
        pub(super) asked: Vec<(Setup, usize, Setup, usize)>,
    }

    impl Fake {
        pub(super) fn new(ratios: impl IntoIterator<Item = Option<f64>>) -> Self {
            Fake { ratios: ratios.into_iter().collect(), asked: Vec::new() }
        }
    }

    impl Bench for Fake {
        fn compare(&mut self, base: &Variant<'_>, other: &Variant<'_>) -> Option<Compared> {
            let (b, o) = (base.script.ops.len(), other.script.ops.len());
            self.asked.push((base.on.clone(), b, other.on.clone(), o));
            let ratio = self.ratios.get(self.asked.len() - 1).copied().flatten()?;
            Some(compared(ratio))
        }
    }

    pub(super) fn compared(ratio: f64) -> Compared {
        let (low, high) = (ratio * 0.98, ratio * 1.02);
        Compared { base_ns: 1000.0 * ratio, other_ns: 1000.0, ratio, low, high }
    }

    #[test]
    fn a_gain_is_proven_only_if_the_whole_interval_is_above_five_percent() {
        let at = |low| Compared { low, ..compared(1.2) };
        assert!(at(1.05).proves_other_faster());
        assert!(!at(1.049).proves_other_faster());
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [1.13, 3.42, 11.2, 1234.0].map(faster),
            ["13 % faster", "3.4× faster", "11× faster", "1,234× faster"]
        );
        assert_eq!(
            [1, 24, 9043, 27_040, 393_705, 1_400_000].map(bytes),
            ["1 byte", "24 bytes", "9,043 bytes", "27 KB", "394 KB", "1.4 MB"]
        );
    }
}
