//! Workloads as data: TOML files that say what a kind of program does, and what makes scripts of them.
//!
//! The language is described in `data/README.md`.

use std::fmt;
use std::sync::LazyLock;

use crate::Script;

mod amount;
mod error;
mod interpret;
mod parse;
mod program;
mod source;

pub use error::StandardError;
use program::Program;

/// A workload that is described rather than recorded, and that grows with a scale.
///
/// ```
/// use anystream_workload::standard;
///
/// let log = standard().iter().find(|workload| workload.name == "append-only-log").unwrap();
/// let (small, large) = (log.script(0.1, 0)?, log.script(0.2, 0)?);
/// assert_eq!(large.ops.len(), 2 * small.ops.len());
/// # Ok::<(), anystream_workload::StandardError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standard {
    /// What it is called.
    pub name: String,
    /// In a line, who does this in real life.
    pub who: String,
    /// In a line, what is done.
    pub what: String,
    /// In words, what the scale multiplies.
    pub scales: String,
    /// What is twice as much at twice the scale.
    pub grows: Vec<Growth>,
    /// What errors call the text that it was parsed from.
    file: String,
    program: Program,
}

/// What grows in proportion to the scale.
///
/// ```
/// assert_eq!(anystream_workload::Growth::Length.to_string(), "length");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Growth {
    /// The number of operations.
    Operations,
    /// The greatest length of the contents.
    Length,
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Growth::Operations => "operations",
            Growth::Length => "length",
        })
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$((
            concat!("data/standard/", $name, ".toml"),
            include_str!(concat!("../../data/standard/", $name, ".toml")),
        )),*]
    };
}

/// The text of each standard workload, and what errors call it.
const FILES: &[(&str, &str)] = &files![
    "append-only-log",
    "parse",
    "patched-headers",
    "page-updates",
    "text-editing",
    "tiny-messages",
    "many-snapshots",
    "large-bodies",
    "sparse-file",
    "fan-out",
];

/// The standard workloads, each a TOML file that comes with this crate.
///
/// # Panics
/// Never, unless the files of this crate were changed to what is no workload.
///
/// ```
/// for workload in anystream_workload::standard() {
///     println!("{:16} {}", workload.name, workload.who);
/// }
/// ```
#[must_use]
#[allow(clippy::panic, reason = "a file of this crate, of which a test shows that it is one")]
pub fn standard() -> &'static [Standard] {
    static STANDARD: LazyLock<Vec<Standard>> = LazyLock::new(|| {
        let parsed = FILES.iter().map(|(file, text)| Standard::parse(file, text));
        parsed.map(|workload| workload.unwrap_or_else(|error| panic!("{error}"))).collect()
    });
    &STANDARD
}

impl Standard {
    /// Reads a workload that is described in `text`; `file` is what errors call it.
    ///
    /// # Errors
    /// [`StandardError`] says which line and key is wrong, and what to write instead.
    ///
    /// ```
    /// use anystream_workload::Standard;
    ///
    /// let text = r#"
    /// name = "overwrite"
    /// who = "nobody but this example"
    /// what = "bytes are written over and over"
    /// scales = "how often"
    /// grows = ["operations"]
    /// initial = "1 KiB"
    ///
    /// [[phase]]
    /// repeat = "10 x scale"
    /// steps = [{ do = "write", at = { anywhere = 16 }, size = 16 }]
    /// "#;
    /// let workload = Standard::parse("overwrite.toml", text)?;
    /// assert_eq!(workload.script(1.0, 0)?.initial.len(), 1024);
    ///
    /// let error = Standard::parse("overwrite.toml", &text.replace("size = 16", "")).unwrap_err();
    /// assert!(error.to_string().starts_with("overwrite.toml, line 11, key `size`: "), "{error}");
    /// # Ok::<(), anystream_workload::StandardError>(())
    /// ```
    pub fn parse(file: &str, text: &str) -> Result<Self, StandardError> {
        parse::parse(file, text)
    }

    /// What the program does, `scale` times as large as described. The same scale and seed make the
    /// same script on every machine and in every version.
    ///
    /// # Errors
    /// The scale is no number greater than 0, or makes more than a script can hold.
    ///
    /// ```
    /// let workload = &anystream_workload::standard()[0];
    /// assert_eq!(workload.script(0.1, 7)?, workload.script(0.1, 7)?);
    /// assert!(workload.script(1e12, 7).unwrap_err().to_string().contains("smaller scale"));
    /// # Ok::<(), anystream_workload::StandardError>(())
    /// ```
    pub fn script(&self, scale: f64, seed: u64) -> Result<Script, StandardError> {
        interpret::interpret(self, scale, seed)
    }
}
