//! Two implementations given the same calls, and the list of differences that are allowed.

use std::fmt;

/// What can be seen of a stream after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the call answered.
    pub answer: Answer,
    /// What it left behind.
    pub state: State,
}

/// Position and contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// In bytes, from the start.
    pub position: u64,
    /// Of the contents, in bytes.
    pub length: u64,
    /// The CRC-32 of the contents.
    pub checksum: u32,
}

/// An answer of any implementation, in common words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Answer {
    Done,
    Number(u64),
    /// So many, with this CRC-32.
    Bytes(usize, u32),
    /// The lengths of several pieces, and the CRC-32 of all together.
    Lines(Vec<usize>, u32),
    /// An iteration has ended.
    End,
    /// In the words of the implementation: `ValueError`, `InvalidInput`.
    Error(String),
}

impl Answer {
    /// The answer that is these bytes.
    ///
    /// ```
    /// use anystream_tests::differential::Answer;
    /// assert_eq!(Answer::bytes(b""), Answer::Bytes(0, 0));
    /// ```
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Answer::Bytes(bytes.len(), crc32fast::hash(bytes))
    }

    /// Whether it is an error of that name.
    ///
    /// ```
    /// use anystream_tests::differential::Answer;
    /// assert!(Answer::Error("ValueError".into()).is_error("ValueError"));
    /// ```
    #[must_use]
    pub fn is_error(&self, name: &str) -> bool {
        matches!(self, Answer::Error(error) if error == name)
    }
}

/// A difference that is allowed.
pub struct Difference<C> {
    /// The law, or what else the contract calls it.
    pub law: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether it explains what was seen of the reference and of the subject after a call in a state.
    pub explains: fn(call: &C, before: &State, reference: &Seen, subject: &Seen) -> bool,
}

/// How many calls were compared, and how often each difference was seen.
pub struct Tally<'a, C> {
    differences: &'a [Difference<C>],
    seen: Vec<u64>,
    calls: u64,
}

impl<'a, C: fmt::Debug> Tally<'a, C> {
    /// Nothing compared yet. Only `differences` are allowed.
    #[must_use]
    pub fn new(differences: &'a [Difference<C>]) -> Self {
        Tally { differences, seen: vec![0; differences.len()], calls: 0 }
    }

    /// Compares, and returns whether they were the same: after an allowed difference they are not, and the
    /// caller has to bring the subject to where the reference is.
    ///
    /// # Panics
    /// If they differ in a way that is not allowed.
    pub fn compare(
        &mut self,
        place: &str,
        call: &C,
        before: &State,
        reference: &Seen,
        subject: &Seen,
    ) -> bool {
        self.calls += 1;
        if reference == subject {
            return true;
        }
        let explained = self.differences.iter().position(|d| (d.explains)(call, before, reference, subject));
        let Some(index) = explained else {
            panic!(
                "{place}: {call:?}\n  before:    {before:?}\n  reference: {reference:?}\n  subject:   {subject:?}\n\
                 and no difference that is allowed explains it"
            );
        };
        self.seen[index] += 1;
        false
    }

    /// How many calls were compared.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The laws of allowed differences that were never seen.
    #[must_use]
    pub fn unseen(&self) -> Vec<&'static str> {
        let unseen = self.differences.iter().zip(&self.seen).filter(|(_, times)| **times == 0);
        unseen.map(|(difference, _)| difference.law).collect()
    }
}

impl<C> fmt::Display for Tally<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls", self.calls)?;
        for (difference, times) in self.differences.iter().zip(&self.seen) {
            write!(f, "\n  {times} times {}: {}", difference.law, difference.reason)?;
        }
        Ok(())
    }
}
