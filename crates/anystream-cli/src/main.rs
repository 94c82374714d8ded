//! The `anystream` program: replays what real programs did to a byte stream on every backend, and
//! says which backend to take.
//!
//! A file a command in `commands`; measuring in `measure` and what it stands on; presentation in
//! `report` and nowhere else.

mod choice;
mod commands;
mod contestant;
mod heap;
mod interval;
mod measure;
mod memory_limit;
mod overall;
mod report;
mod results;
mod shape;

use std::process::ExitCode;

use clap::Parser;

/// Every allocation goes through this one, so that [`heap`] can say what a replay held at its peak.
#[global_allocator]
static ALLOCATOR: alloc_tracker::Allocator<std::alloc::System> = alloc_tracker::Allocator::system();

fn main() -> ExitCode {
    commands::Program::parse().run().unwrap_or_else(|error| report::error(&error))
}
