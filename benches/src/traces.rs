//! Editing traces: what was typed and deleted where, in the form that costs the least to go through.

use std::cell::OnceCell;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use anystream_workload::{Builtin, Op, builtin};

mod generated;

pub(crate) use generated::{replacing, typing};

/// A text and what happens to it.
pub(crate) struct Trace {
    /// What is there before the first edit.
    pub(crate) initial: String,
    edits: Vec<Edit>,
    /// All that is inserted, in the order in which it is needed.
    inserted: String,
}

/// `removed` bytes at `offset` make way for the next `inserted` bytes. Eight bytes, so that the longest trace
/// stays in the caches: to go through the edits is counted into everyone's time.
struct Edit {
    offset: u32,
    removed: u16,
    inserted: u16,
}

impl Trace {
    /// How many edits there are.
    pub(crate) fn len(&self) -> usize {
        self.edits.len()
    }

    /// Each edit: the offset, how many bytes are removed there, and what is put in their place.
    #[inline]
    pub(crate) fn edits(&self) -> impl Iterator<Item = (u64, u64, &str)> {
        let mut rest = self.inserted.as_str();
        self.edits.iter().map(move |edit| {
            let (inserted, behind) = rest.split_at(usize::from(edit.inserted));
            rest = behind;
            (u64::from(edit.offset), u64::from(edit.removed), inserted)
        })
    }
}

/// The names of the recorded traces, which come with anystream-workload.
pub(crate) const RECORDED: [&str; 3] = ["automerge-paper", "rustcode", "sveltecomponent"];

/// A trace that is made when it is first needed, and is then there for all. All of it is ASCII.
#[derive(Clone)]
pub(crate) struct SharedTrace(Rc<Lazy>);

struct Lazy {
    make: Box<dyn Fn() -> Result<Trace>>,
    made: OnceCell<Result<Trace, String>>,
}

impl SharedTrace {
    pub(crate) fn recorded(name: &'static str) -> Self {
        SharedTrace::by(move || recorded(name))
    }

    pub(crate) fn by(make: impl Fn() -> Result<Trace> + 'static) -> Self {
        SharedTrace(Rc::new(Lazy { make: Box::new(make), made: OnceCell::new() }))
    }

    /// The trace, unless it cannot be replayed on ropes that count characters.
    pub(crate) fn trace(&self) -> Result<&Trace> {
        let made = self.0.made.get_or_init(|| {
            let made = (self.0.make)().and_then(|trace| {
                let ascii = trace.initial.is_ascii() && trace.inserted.is_ascii();
                ensure!(ascii, "the trace is not ASCII: its offsets in bytes are not those in characters");
                Ok(trace)
            });
            made.map_err(|error| format!("{error:#}"))
        });
        made.as_ref().map_err(|error| anyhow::Error::msg(error.clone()))
    }
}

fn recorded(name: &str) -> Result<Trace> {
    let found = builtin().iter().find(|one: &&Builtin| one.name == name);
    let script = found.with_context(|| format!("there is no built-in workload {name}"))?.script(0)?;
    let mut made = Maker::default();
    for op in &script.ops {
        match op {
            Op::Splice { range, with } => {
                made.splice(range.start, range.end - range.start, std::str::from_utf8(with)?)?;
            }
            other => bail!("{name} is not an editing trace: {other}"),
        }
    }
    Ok(made.finished(String::from_utf8(script.initial.to_vec())?))
}

/// Collects edits.
#[derive(Default)]
struct Maker {
    edits: Vec<Edit>,
    inserted: String,
}

impl Maker {
    /// What is too long for one edit becomes several that come to the same.
    fn splice(&mut self, offset: u64, removed: u64, inserted: &str) -> Result<()> {
        const MOST: usize = u16::MAX as usize;
        let (mut offset, mut removed, mut rest) = (offset, removed, inserted);
        loop {
            let (now, later) = rest.split_at(rest.len().min(MOST));
            let remove = removed.min(MOST as u64);
            let edit = Edit {
                offset: offset.try_into()?,
                removed: remove.try_into()?,
                inserted: now.len().try_into()?,
            };
            self.edits.push(edit);
            self.inserted.push_str(now);
            (offset, removed, rest) = (offset + now.len() as u64, removed - remove, later);
            if removed == 0 && rest.is_empty() {
                return Ok(());
            }
        }
    }

    fn finished(self, initial: String) -> Trace {
        Trace { initial, edits: self.edits, inserted: self.inserted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_traces_are_editing_traces_in_ascii() {
        for name in RECORDED {
            let shared = SharedTrace::recorded(name);
            assert!(shared.trace().unwrap().len() > 1000, "{name}");
        }
    }

    #[test]
    fn what_is_not_ascii_is_refused() {
        let trace = SharedTrace::by(|| Ok(Maker::default().finished("\u{e4}".to_owned())));
        assert!(trace.trace().is_err_and(|error| error.to_string().contains("not ASCII")));
    }
}
