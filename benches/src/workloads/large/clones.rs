//! Snapshots of large contents, each followed by a small write, and all kept.

use std::hint::black_box;
use std::io;

use super::filled;
use crate::abilities::{TextEdit, Value};
use crate::contenders::Contender;
use crate::data::SharedText;
use crate::workloads::{Definition, Outcome, Witness, Workload};
use crate::{Work, data};

/// A clone, then an overwrite of 4 bytes in what was cloned, over and over.
pub(crate) struct ClonesKept {
    text: SharedText,
    offsets: Vec<u64>,
}

const WRITTEN: &str = "4you";

/// Of so many of the clones the contents are compared, and of the last state.
const COMPARED: usize = 4;

impl ClonesKept {
    /// `count` clones.
    pub(crate) fn new(count: usize, text: SharedText) -> Self {
        let offsets = data::offsets(count, text.len() - WRITTEN.len());
        ClonesKept { text, offsets }
    }
}

impl Definition for ClonesKept {
    fn work(&self) -> Work {
        Work { operations: self.offsets.len() as u64, bytes: 0 }
    }

    fn expected(&self) -> Outcome {
        let mut now = Vec::from(self.text.as_str());
        let mut contents = Vec::new();
        for (nth, &at) in self.offsets.iter().enumerate() {
            if is_compared(nth, self.offsets.len()) {
                contents.extend_from_slice(&now);
            }
            now[at as usize..][..WRITTEN.len()].copy_from_slice(WRITTEN.as_bytes());
        }
        contents.append(&mut now);
        Outcome { contents, ..Outcome::default() }
    }
}

/// All of them would be gigabytes.
fn is_compared(nth: usize, of: usize) -> bool {
    nth.is_multiple_of(of.div_ceil(COMPARED))
}

/// All are kept until the end, and dropped outside the measured time.
pub(crate) struct Snapshots<S> {
    now: S,
    before: Vec<S>,
}

impl<S: Clone + TextEdit + Value> Workload<S> for ClonesKept {
    type State = Snapshots<S>;

    fn fresh(&self, contender: &impl Contender<Stream = S>) -> io::Result<Snapshots<S>> {
        let now = filled(contender, self.text.as_str())?;
        Ok(Snapshots { now, before: Vec::with_capacity(self.offsets.len()) })
    }

    #[inline]
    fn run(
        &self,
        _: &impl Contender<Stream = S>,
        snapshots: &mut Snapshots<S>,
        _: &mut impl Witness,
    ) -> io::Result<()> {
        let written = black_box(WRITTEN);
        for &offset in &self.offsets {
            snapshots.before.push(snapshots.now.clone());
            snapshots.now.overwrite_text(offset, written)?;
        }
        Ok(())
    }

    fn contents(snapshots: Snapshots<S>) -> io::Result<Vec<u8>> {
        let count = snapshots.before.len();
        let compared = snapshots.before.into_iter().enumerate().filter(|(nth, _)| is_compared(*nth, count));
        let streams = compared.map(|(_, stream)| stream).chain([snapshots.now]);
        let values = streams.map(|mut stream| stream.value());
        Ok(values.collect::<io::Result<Vec<_>>>()?.concat())
    }
}
