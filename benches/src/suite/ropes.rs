//! The cases that are about ropes, beside ropes of text and flat buffers.

use std::rc::Rc;

use anystream::RopeStream;

use super::{CONTROL, CROP, CURSOR, Case, JUMP_ROPE, JUMP_ROPE_BUF, KIB, MIB, ROPE, ROPEY, Suite, VEC};
use crate::Benchmark;
use crate::contenders::Static;
use crate::data::{SharedText, size_name};
use crate::peers::{PeerCrop, PeerCursor, PeerJumpRope, PeerJumpRopeBuf, PeerRopey, PeerVec};
use crate::traces::{self, RECORDED, SharedTrace};
use crate::workloads::{
    ClonesKept, DependentReads, Edits, LargeAppend, LargeRead, RandomEdits, RandomOverwrites, Workload,
};

/// Those where the heap must be cold, and nothing else: made without much memory.
pub(crate) fn on_a_cold_heap() -> Vec<Benchmark> {
    let mut suite = Suite(Vec::new());
    suite.appends(64 * MIB);
    suite.0
}

impl Suite {
    /// All of them, with `large` bytes where 64 MiB are meant.
    pub(super) fn ropes(&mut self, large: usize) {
        let text = SharedText::of(large);
        self.traces(&text);
        self.appends(large);
        self.reads(&text);
        self.edits(&text);
    }

    fn traces(&mut self, text: &SharedText) {
        let recorded = RECORDED.map(|name| (name, SharedTrace::recorded(name)));
        let generated = [
            ("typing (generated)", SharedTrace::by(traces::typing)),
            ("find and replace (generated)", SharedTrace::by(traces::replacing)),
        ];
        let traces: Vec<_> = recorded.into_iter().chain(generated).collect();
        for (name, trace) in &traces {
            let case = case("traces", name, Edits::of(trace.clone(), SharedText::of(0)));
            self.add(Static::<PeerCursor>::named(CURSOR), &case);
            self.ropes_of_text(&case);
            self.add(Static::<PeerJumpRopeBuf>::named(JUMP_ROPE_BUF), &case);
            self.add(Static::<PeerVec>::named(VEC), &case);
            self.add(Static::<PeerCursor>::named(CONTROL), &case);
        }
        for (name, trace) in &traces {
            let case = case("traces in 64 MiB", name, Edits::of(trace.clone(), text.clone()));
            self.add(Static::<PeerJumpRopeBuf>::named(JUMP_ROPE_BUF), &case);
            self.add(Static::<RopeStream>::named(ROPE), &case);
            self.add(Static::<PeerCrop>::named(CROP), &case);
        }
    }

    fn appends(&mut self, large: usize) {
        let first = self.0.len();
        for piece in [64, KIB, 64 * KIB] {
            let case = case("64 MiB: append, cold heap", &size_name(piece), LargeAppend::new(piece, large));
            self.flat_and_ropes(&case);
        }
        let appends = self.0.split_off(first);
        self.0.extend(appends.into_iter().map(Benchmark::on_a_cold_heap));
    }

    fn reads(&mut self, text: &SharedText) {
        for piece in [64, 4 * KIB, 64 * KIB] {
            let read = LargeRead::new(piece, text.clone());
            self.flat_and_ropes(&case("64 MiB: sequential read", &size_name(piece), read));
        }
        let hops = DependentReads::new(20_000, text.clone());
        self.flat_and_ropes(&case("64 MiB: random read", "64 B, each depending on the last", hops));
    }

    fn edits(&mut self, text: &SharedText) {
        let overwrites = case("64 MiB: overwrite", "64 B", RandomOverwrites::new(64, 20_000, text.clone()));
        self.flat_and_ropes(&overwrites);
        self.add(Static::<PeerJumpRopeBuf>::named(JUMP_ROPE_BUF), &overwrites);

        let edits = RandomEdits::new(64, 100_000, text.clone());
        let edits = case("64 MiB: insert and delete", "100,000 of 64 B", edits);
        self.ropes_of_text(&edits);
        self.add(Static::<PeerJumpRopeBuf>::named(JUMP_ROPE_BUF), &edits);

        let clones =
            case("64 MiB: clone", "200, overwrite 4 B, all kept", ClonesKept::new(200, text.clone()));
        self.add(Static::<RopeStream>::named(ROPE), &clones);
        self.add(Static::<PeerCrop>::named(CROP), &clones);
        self.add(Static::<PeerRopey>::named(ROPEY), &clones);
    }

    fn flat_and_ropes<W>(&mut self, case: &Case<W>)
    where
        W: Workload<PeerCursor> + Workload<PeerVec> + Workload<RopeStream>,
        W: Workload<PeerJumpRope> + Workload<PeerCrop> + Workload<PeerRopey> + 'static,
    {
        self.add(Static::<PeerCursor>::named(CURSOR), case);
        self.ropes_of_text(case);
        self.add(Static::<PeerVec>::named(VEC), case);
        self.add(Static::<PeerCursor>::named(CONTROL), case);
    }

    /// The rope, and those of text but for `JumpRopeBuf`, which cannot read by itself.
    fn ropes_of_text<W>(&mut self, case: &Case<W>)
    where
        W: Workload<RopeStream> + Workload<PeerJumpRope> + Workload<PeerCrop> + Workload<PeerRopey> + 'static,
    {
        self.add(Static::<RopeStream>::named(ROPE), case);
        self.add(Static::<PeerJumpRope>::named(JUMP_ROPE), case);
        self.add(Static::<PeerCrop>::named(CROP), case);
        self.add(Static::<PeerRopey>::named(ROPEY), case);
    }
}

fn case<W>(group: &'static str, name: &str, workload: W) -> Case<W> {
    Case { group, name: name.to_owned(), workload: Rc::new(workload) }
}
