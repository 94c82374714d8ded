//! Counts the heap that the rope takes, and says it as JSON, for `bars`.
//!
//! Not part of `bars`: what is timed there must not pay for counting.

use anyhow::Result;
use anystream_benches::heap_facts;

#[global_allocator]
static ALLOCATOR: alloc_tracker::Allocator<std::alloc::System> = alloc_tracker::Allocator::system();

fn main() -> Result<()> {
    println!("{}", serde_json::to_string_pretty(&heap_facts()?)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts are the same on every machine, so that a test can hold the rope to them.
    #[test]
    fn the_rope_takes_no_more_heap_than_was_promised() {
        let missed: Vec<_> = heap_facts().unwrap().into_iter().filter(|fact| !fact.holds).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}
