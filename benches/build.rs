//! Writes down by which compiler the measured code was made.

use std::env;
use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let output = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    println!("cargo::rustc-env=RUSTC_VERSION={}", String::from_utf8(output.stdout)?.trim());
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
