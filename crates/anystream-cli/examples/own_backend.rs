//! The lab with a backend of one's own beside the others: `cargo run --release --example own_backend -- choose`.

// Any type that is a `ByteStream` and can be made of `Bytes`; `docs/ADDING-A-BACKEND.md` says how to make one.
anystream_cli::lab!("roomy": anystream::SmallStream<256>, "256 bytes inline without an allocation, then a vector");
