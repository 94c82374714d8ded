//! The `anystream` program: replays what real programs did to a byte stream on every backend, and
//! says which backend to take.

anystream_cli::lab!();
