//! The `anystream` program: replays what real programs did to a byte stream on every backend, and
//! says which backend to take.
//!
//! A file a command in `commands`; measuring in `measure` and what it stands on; presentation in
//! `report` and nowhere else.

mod catalogue;
mod choice;
mod commands;
mod comparison;
mod contender;
mod contestant;
mod goal;
mod heap;
mod interrupt;
mod interval;
mod lab;
mod machine;
mod measure;
mod memory_limit;
mod mind;
mod mix;
mod overall;
mod profile;
mod report;
mod results;
mod saved;
mod scaling;
mod shape;

use std::process::ExitCode;

use clap::Parser;

/// Every allocation goes through this one, so that [`heap`] can say what a replay holds.
#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

fn main() -> ExitCode {
    commands::Program::parse().run().unwrap_or_else(|error| report::error(&error))
}
