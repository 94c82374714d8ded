//! Programs that run under strace: `choose -- PROGRAM` and `record`.
#![cfg(target_os = "linux")]

mod files;
mod process;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const ANYSTREAM: &str = env!("CARGO_BIN_EXE_anystream");

/// Whether programs can be traced here. If not, says so: the test is skipped.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let can = traced.as_ref().is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: strace is missing or may not trace: {traced:?}");
    }
    can
}

fn is_installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let is_installed = found.is_ok_and(|output| output.status.success());
    if !is_installed {
        println!("skipped: {program} is not installed");
    }
    is_installed
}

/// A folder where programs run, gone when dropped.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ANYSTREAM);
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// The quickest `choose`: one backend, one round.
    fn choose(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&["choose", "--rounds", "1", "--no-sizes", "--backend", "vec"]);
        command.args(arguments);
        command
    }

    fn shell(&self, script: &str) -> Output {
        self.choose(&["--", "sh", "-c", script]).output().expect("it runs")
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

/// Waits for a file with contents, as long as it takes.
fn wait_for(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => sleep(Duration::from_millis(10)),
        }
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}
