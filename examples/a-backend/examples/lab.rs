//! The lab with this backend beside the others: `cargo run --release --example lab -- choose --workload text-editing`.

anystream_cli::lab!("gap": gap_stream::GapStream, "a gap buffer: cheap edits near the last one, far ones move what lies between");
