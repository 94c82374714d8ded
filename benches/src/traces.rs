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
    pub(crate) edits: Vec<Edit>,
}

/// `removed` bytes at `offset` make way for `inserted`.
///
/// The texts of a trace lie one behind the other in memory, in the order in which they are needed.
#[derive(Clone, Copy)]
pub(crate) struct Edit {
    pub(crate) offset: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: &'static str,
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
                let ascii =
                    trace.initial.is_ascii() && trace.edits.iter().all(|edit| edit.inserted.is_ascii());
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
    /// Offset, removed bytes, inserted bytes.
    edits: Vec<(u32, u32, usize)>,
    inserted: String,
}

impl Maker {
    fn splice(&mut self, offset: u64, removed: u64, inserted: &str) -> Result<()> {
        self.edits.push((offset.try_into()?, removed.try_into()?, inserted.len()));
        self.inserted.push_str(inserted);
        Ok(())
    }

    /// The texts are never freed: a program has each trace once, for as long as it runs, and so an edit
    /// can hold its text without counting or looking anything up while time is taken.
    fn finished(self, initial: String) -> Trace {
        let mut rest: &'static str = self.inserted.leak();
        let edits = self.edits.into_iter().map(|(offset, removed, len)| {
            let (inserted, behind) = rest.split_at(len);
            rest = behind;
            Edit { offset, removed, inserted }
        });
        Trace { edits: edits.collect(), initial }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_traces_are_editing_traces_in_ascii() {
        for name in RECORDED {
            let shared = SharedTrace::recorded(name);
            assert!(shared.trace().unwrap().edits.len() > 1000, "{name}");
        }
    }

    #[test]
    fn what_is_not_ascii_is_refused() {
        let trace = SharedTrace::by(|| Ok(Maker::default().finished("\u{e4}".to_owned())));
        assert!(trace.trace().is_err_and(|error| error.to_string().contains("not ASCII")));
    }
}
