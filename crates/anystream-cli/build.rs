//! Tells the program the commit that it is built from, for `--version`: from what `cargo package` wrote down, or from
//! git. Where neither knows there is none; that is no error.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What cargo puts into a package that is made from a clone.
const PACKAGED: &str = ".cargo_vcs_info.json";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let commit = match fs::read_to_string(folder.join(PACKAGED)) {
        Ok(info) => {
            println!("cargo::rerun-if-changed={PACKAGED}");
            packaged(&info)
        }
        Err(_) => checked_out(&folder),
    };
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let commit = commit.map_or_else(|| "no commit known".to_owned(), |commit| format!("commit {commit}"));
    println!("cargo::rustc-env=ANYSTREAM_VERSION={version} ({commit})");
}

/// The commit in `{"git": {"sha1": "..."}}`, if it is one; said to be changed if the package was made with changes.
fn packaged(info: &str) -> Option<String> {
    let (_, behind) = info.split_once("\"sha1\"")?;
    let commit: String =
        behind.chars().skip_while(|it| !it.is_ascii_hexdigit()).take_while(char::is_ascii_hexdigit).collect();
    let dirty = info
        .split_once("\"dirty\"")
        .is_some_and(|(_, behind)| behind.trim_start_matches([':', ' ']).starts_with("true"));
    (commit.len() >= 40).then(|| if dirty { format!("{commit}, changed") } else { commit })
}

/// The commit of the clone around this folder, if git is there and knows this package: a tarball may have been
/// unpacked within somebody else's clone. Asks to be run again when it is another.
fn checked_out(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
        Some(text.trim().to_owned())
    };
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    // The log of HEAD grows with every commit and checkout. Where none is kept, HEAD and what it may refer to change.
    let path = |name: &str| git(&["rev-parse", "--git-path", name]).map(|path| folder.join(path));
    let log = path("logs/HEAD").filter(|log| log.exists());
    let watched = log.map_or_else(
        || ["HEAD", "refs", "packed-refs"].map(path).into_iter().flatten().collect(),
        |log| vec![log],
    );
    for path in watched.iter().filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    git(&["rev-parse", "HEAD"]).filter(|commit| commit.len() >= 40)
}
