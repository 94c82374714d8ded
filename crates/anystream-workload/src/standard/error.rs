//! What is wrong with a workload that somebody wrote, and what to write instead.

/// Why a text is no workload, or a workload makes no script. Each message names the file, the line and
/// key where there are such, and what to do.
///
/// ```
/// use anystream_workload::{Standard, StandardError};
///
/// let error = Standard::parse("mine.toml", "name = 3").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "mine.toml, line 1, key `name`: this must be text, not integer; write it in quotes, on one line",
/// );
/// assert!(matches!(error, StandardError::Key { line: 1, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StandardError {
    /// The text is no TOML.
    #[error("{file}, line {line}: this is not TOML: {reason}; correct the line (see https://toml.io)")]
    NotToml {
        /// What the text is called.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A key is missing, unknown, or has a value that cannot be.
    #[error("{file}, line {line}, key `{key}`: {reason}; {remedy}")]
    Key {
        /// What the text is called.
        file: String,
        /// Counted from 1.
        line: usize,
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
        /// What to write instead.
        remedy: String,
    },
    /// The scale is not a number greater than 0.
    #[error("the scale {scale} is impossible: give a number greater than 0, such as 0.5 or 20")]
    Scale {
        /// The scale.
        scale: f64,
    },
    /// There is no memory for the script.
    #[error("{name} at scale {scale}: no memory for {what}; use a smaller scale")]
    OutOfMemory {
        /// What the workload is called.
        name: String,
        /// The scale.
        scale: f64,
        /// What there is no memory for.
        what: &'static str,
    },
}
