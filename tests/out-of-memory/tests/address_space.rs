//! The whole program where memory really runs out: under a limit of its address space, with the system's own
//! allocator. Nothing that was written is lost, and nothing aborts.
#![cfg(target_os = "linux")] // `ulimit -v` does not work everywhere

use std::process::Command;

/// For the whole program, in KiB.
const LIMIT: u32 = 50_000;

fn append_until_refused(backend: &str) {
    let output = Command::new("sh")
        .args(["-c", "ulimit -v \"$0\" && exec \"$1\" \"$2\"", &LIMIT.to_string()])
        .args([env!("CARGO_BIN_EXE_append_until_refused"), backend])
        .env("RUST_BACKTRACE", "0") // which takes memory
        .output()
        .expect("a shell");
    let shown = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    print!("{shown}");
    assert!(output.status.success(), "{}:\n{shown}{errors}", output.status);
    let refused = shown.lines().find_map(|line| line.split_once("refused at ")?.1.split_once(" bytes"));
    let len: u64 = refused.expect("it was refused").0.parse().expect("a number");
    assert!(len > u64::from(LIMIT) * 1024 / 8, "refused after {len} bytes only");
}

#[test]
fn vec() {
    append_until_refused("vec");
}

#[test]
fn small() {
    append_until_refused("small");
}

#[test]
fn rope() {
    append_until_refused("rope");
}

#[test]
fn ropey() {
    append_until_refused("ropey");
}

#[test]
fn limited() {
    append_until_refused("limited vec");
    append_until_refused("limited rope");
}
