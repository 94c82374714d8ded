//! The suite, run on every backend of `anystream`, and what is particular to each.

mod any_stream;
mod bounds;
mod can_fail;
mod cursor;
mod deque;
mod docs;
mod files;
mod forwarding;
mod laws;
mod limited;
mod made;
mod matrix;
mod model;
mod other_crates;
mod python;
mod regressions;
mod rope_deep;
mod rope_large;
mod rope_memory;
mod rope_output;
mod rope_threads;
mod sharing;
mod standard;
