//! Every case on every contender.

use std::hint::black_box;
use std::rc::Rc;

use anyhow::{Context, Result};
use anystream::{AnyStream, RopeStream, RopeyStream, SmallStream, VecStream};
use anystream_workload::builtin_scripts;

use crate::Benchmark;
use crate::contenders::{Contender, Dispatched, Static};
use crate::data::{self, size_name};
use crate::peers::{PeerBytesMut, PeerCursor, PeerVec};
use crate::workloads::{
    AfterCloning, Append, AppendAndValue, Clones, Overwrite, RandomRead, Replay, SequentialRead, Splice,
    Tiny, Values, Workload,
};

mod not_measured;
mod ropes;

pub use not_measured::{NOT_MEASURED, NotMeasured};
pub(crate) use ropes::on_a_cold_heap;

/// The contender that all others are compared with.
///
/// ```
/// let benchmarks = anystream_benches::benchmarks()?;
/// assert!(benchmarks.iter().any(|one| one.contender == anystream_benches::CURSOR));
/// # Ok::<(), anyhow::Error>(())
/// ```
pub const CURSOR: &str = "Cursor<Vec<u8>>";

/// The cursor a second time, as a control: what its figures differ from the first one's by is noise.
///
/// ```
/// assert_ne!(anystream_benches::CURSOR, anystream_benches::CONTROL);
/// ```
pub const CONTROL: &str = "Cursor<Vec<u8>> again";

/// The rope.
///
/// ```
/// let benchmarks = anystream_benches::benchmarks()?;
/// assert!(benchmarks.iter().any(|one| one.contender == anystream_benches::ROPE));
/// # Ok::<(), anyhow::Error>(())
/// ```
pub const ROPE: &str = "RopeStream";

/// The fastest published rope whose clones are O(1). For text.
///
/// ```
/// assert_eq!(anystream_benches::CROP, "crop");
/// ```
pub const CROP: &str = "crop";

/// The fastest published rope on editing traces. For text.
///
/// ```
/// assert_eq!(anystream_benches::JUMP_ROPE_BUF, "JumpRopeBuf");
/// ```
pub const JUMP_ROPE_BUF: &str = "JumpRopeBuf";

const JUMP_ROPE: &str = "JumpRope";
const ROPEY: &str = "ropey";
const VEC: &str = "Vec<u8>";
const BYTES_MUT: &str = "BytesMut";

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Every case of every workload on every contender, those of one case side by side.
///
/// # Errors
/// None, unless the scripts built into `anystream-workload` were changed.
///
/// ```
/// let benchmarks = anystream_benches::benchmarks()?;
/// assert!(benchmarks.iter().any(|one| one.id() == "splice/1 MiB/RopeStream"));
/// # Ok::<(), anyhow::Error>(())
/// ```
pub fn benchmarks() -> Result<Vec<Benchmark>> {
    with_large(64 * MIB)
}

/// With `large` bytes where 64 MiB are meant.
fn with_large(large: usize) -> Result<Vec<Benchmark>> {
    warm_heap();
    let mut suite = Suite(Vec::new());
    for (piece, total) in [(8, MIB), (64, MIB), (4 * KIB, 4 * MIB), (64 * KIB, 4 * MIB)] {
        suite.buffers("append", &size_name(piece), Append::new(piece, total));
    }
    for piece in [8, 64, 4 * KIB, 64 * KIB] {
        suite.buffers("sequential read", &size_name(piece), SequentialRead::new(piece, MIB));
    }
    for piece in [8, 64, 4 * KIB, 64 * KIB] {
        suite.buffers("random read", &size_name(piece), RandomRead::new(piece, MIB, count(piece)));
    }
    for piece in [8, 64, 4 * KIB] {
        suite.buffers("overwrite", &size_name(piece), Overwrite::new(piece, MIB, count(piece)));
    }
    suite.buffers("tiny", "16 B", Tiny::new(*b"sixteen bytes in"));
    suite.buffers("tiny", "16 B, length unknown when compiling", Tiny::new(data::bytes(16)));
    for (total, pairs) in [(64 * KIB, 128), (MIB, 128), (16 * MIB, 16)] {
        let splice = suite.streams("splice", &size_name(total), Splice::new(64, total, pairs));
        suite.add(Static::<PeerVec>::named(VEC), &splice);
    }
    for size in [16, 4 * KIB, MIB] {
        suite.buffers("getvalue", &size_name(size), Values::new(size));
    }
    suite.buffers("getvalue", "after each append of 64 B", AppendAndValue::new(64, 64 * KIB));
    for size in [16, 4 * KIB, MIB] {
        suite.buffers("clone", &size_name(size), Clones::new(size, AfterCloning::Nothing));
        let and_write = format!("{}, overwrite 4 B", size_name(size));
        suite.buffers("clone", &and_write, Clones::new(size, AfterCloning::Overwrite));
    }
    for script in builtin_scripts(0).context("importing the scripts built into anystream-workload")? {
        let name = script.name.clone();
        suite.streams("scripts", &name, Replay::of(script));
    }
    suite.ropes(large);
    Ok(suite.0)
}

/// Makes glibc keep what is freed. Else whoever frees the last block gives megabytes back to the
/// system, and whoever comes next pays for getting them again, page by page: more than what is
/// measured. glibc adapts its limits to the largest block that it has seen freed, up to 32 MiB. What is freed
/// beyond twice that goes back all the same: with 64 MiB the heap is warm for the last of it only, for everyone alike.
fn warm_heap() {
    drop(black_box(vec![1_u8; 31 * MIB]));
}

/// So many operations that a run takes about as long for large pieces as for small ones.
fn count(piece: usize) -> usize {
    (4 * MIB / piece).clamp(64, 4096)
}

/// What is done by everyone in a case.
struct Case<W> {
    group: &'static str,
    name: String,
    workload: Rc<W>,
}

struct Suite(Vec<Benchmark>);

impl Suite {
    fn add<C: Contender, W: Workload<C::Stream> + 'static>(&mut self, contender: C, case: &Case<W>) {
        self.0.push(Benchmark::new(case.group, &case.name, contender, &case.workload));
    }

    /// A backend twice: by itself, and inside an `AnyStream`.
    fn add_backend<S, W>(&mut self, name: &'static str, case: &Case<W>)
    where
        S: Default + From<Vec<u8>> + Into<AnyStream> + 'static,
        W: Workload<S> + Workload<AnyStream> + 'static,
    {
        self.add(Static::<S>::named(name), case);
        self.add(Dispatched::<S>::new(), case);
    }
}

/// The streams: a new backend is one line here.
macro_rules! streams {
    ($($name:expr, $stream:ty;)*) => {
        impl Suite {
            /// What only streams can do, on every stream.
            fn streams<W>(&mut self, group: &'static str, case: &str, workload: W) -> Case<W>
            where
                W: Workload<PeerCursor> + Workload<AnyStream> $(+ Workload<$stream>)* + 'static,
            {
                let case = Case { group, name: case.to_owned(), workload: Rc::new(workload) };
                self.add(Static::<PeerCursor>::named(CURSOR), &case);
                $(self.add_backend::<$stream, W>($name, &case);)*
                self.add(Static::<PeerCursor>::named(CONTROL), &case);
                case
            }

            /// What buffers without a position can do too, on everyone.
            fn buffers<W>(&mut self, group: &'static str, case: &str, workload: W)
            where
                W: Workload<PeerVec> + Workload<PeerBytesMut>,
                W: Workload<PeerCursor> + Workload<AnyStream> $(+ Workload<$stream>)* + 'static,
            {
                let case = self.streams(group, case, workload);
                self.add(Static::<PeerVec>::named(VEC), &case);
                self.add(Static::<PeerBytesMut>::named(BYTES_MUT), &case);
            }
        }
    };
}

streams! {
    "VecStream", VecStream;
    "SmallStream<64>", SmallStream<64>;
    ROPE, RopeStream;
    "RopeyStream", RopeyStream;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_benchmark_gives_the_right_answer() {
        // 64 MiB are for programs with optimisation; `bars` verifies those before it times them.
        for benchmark in with_large(MIB).unwrap() {
            if let Err(error) = benchmark.verify() {
                panic!("{error:#}");
            }
        }
    }

    #[test]
    fn the_figures_in_the_docs_are_of_these_benchmarks() {
        let docs = include_str!("../../docs/BENCHMARKS.md");
        let mut rows = std::collections::BTreeSet::new();
        for section in docs.split("\n## ").skip(1) {
            let group = section.lines().next().unwrap_or_default();
            let cells = section.lines().filter(|line| line.starts_with("| ") && group != "Bars");
            rows.extend(cells.skip(1).map(|line| {
                let mut cells = line.split('|').skip(1).map(|cell| cell.trim().trim_matches('`'));
                format!("{group}/{}/{}", cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
            }));
        }
        let ids = benchmarks().unwrap().iter().map(Benchmark::id).collect();
        let differ: Vec<_> = rows.symmetric_difference(&ids).collect();
        assert!(differ.is_empty(), "make docs/BENCHMARKS.md anew with the command in it, for {differ:?}");
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = benchmarks().unwrap().iter().map(Benchmark::id).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn each_case_is_measured_on_everyone_but_for_a_stated_reason() {
        let benchmarks = benchmarks().unwrap();
        let contenders: std::collections::BTreeSet<_> = benchmarks.iter().map(|one| &one.contender).collect();
        for case in benchmarks.chunk_by(|a, b| (a.group, &a.case) == (b.group, &b.case)) {
            for contender in &contenders {
                let measured = case.iter().any(|one| one.contender == **contender);
                let reasons =
                    NOT_MEASURED.iter().filter(|one| one.concerns(contender, case[0].group)).count();
                assert_eq!(
                    usize::from(measured) + reasons,
                    1,
                    "{}/{}/{contender} is measured or has one reason",
                    case[0].group,
                    case[0].case
                );
            }
        }
    }
}
