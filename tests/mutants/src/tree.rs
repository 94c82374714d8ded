//! Copies of the workspace to make mistakes in, and cargo in them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::mutant::{self, Genre, Mutant};
use crate::switch::{Switched, switch};

/// A copy of the workspace.
pub(crate) struct Tree {
    folder: PathBuf,
    target: PathBuf,
}

/// Test programs by package and target, with the folder that they run in.
pub(crate) type Programs = HashMap<(String, String), (PathBuf, PathBuf)>;

impl Tree {
    /// Copies what git knows or would add, except what is already there and the same, so that cargo builds only the rest.
    pub(crate) fn copy(workspace: &Path, folder: &Path) -> Result<Tree> {
        let files = Command::new("git")
            .current_dir(workspace)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("git cannot be started")?;
        ensure!(files.status.success(), "{} is not in a git repository", workspace.display());
        // From here on nothing is asked of a network.
        let fetch =
            Command::new("cargo").current_dir(workspace).args(["fetch", "--locked", "--quiet"]).status()?;
        ensure!(fetch.success(), "cargo cannot fetch what the workspace depends on");
        let tree = Tree { folder: folder.join("tree"), target: folder.join("build") };
        for file in String::from_utf8(files.stdout)?.split_terminator('\0') {
            // One that was deleted is still listed until that is committed.
            if let Ok(contents) = fs::read(workspace.join(file)) {
                tree.write(file, &contents)?;
            }
        }
        Ok(tree)
    }

    pub(crate) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.folder.join(file)).with_context(|| file.to_owned())
    }

    pub(crate) fn write(&self, file: &str, contents: &[u8]) -> Result<()> {
        let path = self.folder.join(file);
        if fs::read(&path).is_ok_and(|there| there == contents) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        fs::write(&path, contents).with_context(|| path.display().to_string())
    }

    /// Puts all mutants in, each behind its number, and builds the tests. Returns the mutants that are not in: the
    /// compiler evaluates them, or does not accept them there.
    pub(crate) fn switch_all(
        &self,
        mutants: &[Mutant],
        tests: &[String],
    ) -> Result<(HashSet<usize>, Programs)> {
        let files = mutant::by_file(mutants);
        let mut sources = BTreeMap::new();
        for file in files.keys() {
            sources.insert(*file, self.read(file)?);
        }
        self.add_switch(mutants)?;
        let mut left = HashSet::new();
        loop {
            let mut switched = HashMap::<&str, Switched>::new();
            for (&file, numbers) in &files {
                let wanted = numbers.iter().filter(|number| !left.contains(*number));
                let wanted: Vec<_> = wanted.map(|&number| (number, &mutants[number])).collect();
                let text = switch(&sources[file], &wanted).with_context(|| file.to_owned())?;
                self.write(file, text.text.as_bytes())?;
                switched.insert(file, text);
            }
            match self.build(tests)? {
                Build::Done(programs) => {
                    let there: HashSet<_> =
                        switched.values().flat_map(|text| &text.branches).map(|branch| branch.1).collect();
                    return Ok((
                        (0..mutants.len()).filter(|number| !there.contains(number)).collect(),
                        programs,
                    ));
                }
                Build::Failed(errors) => {
                    let before = left.len();
                    for error in &errors {
                        match error.mutant(&switched) {
                            Some(number) => _ = left.insert(number),
                            // A match that is exhaustive with all its arms only.
                            None => left.extend(arms(mutants, &files, error)),
                        }
                    }
                    ensure!(
                        left.len() > before,
                        "the rewritten sources are not accepted:\n{}",
                        errors[0].rendered
                    );
                }
            }
        }
    }

    /// A crate that knows the number, and a dependency on it for each package with mutants.
    fn add_switch(&self, mutants: &[Mutant]) -> Result<()> {
        let manifest = "[package]\nname = \"anystream-switch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
        self.write("crates/anystream-switch/Cargo.toml", manifest.as_bytes())?;
        self.write("crates/anystream-switch/src/lib.rs", include_bytes!("../template/switch.rs"))?;
        for package in mutants.iter().map(|mutant| &mutant.package).collect::<HashSet<_>>() {
            let file = format!("crates/{package}/Cargo.toml");
            let manifest = self.read(&file)?;
            let dependency = "[dependencies]\nanystream-switch = { path = \"../anystream-switch\" }\n";
            self.write(&file, manifest.replacen("[dependencies]\n", dependency, 1).as_bytes())?;
        }
        Ok(())
    }

    /// Builds test programs; `arguments` say which.
    pub(crate) fn build(&self, arguments: &[String]) -> Result<Build> {
        let mut cargo = self.cargo(&["test", "--no-run", "--offline", "--message-format=json"]);
        let output = cargo.args(arguments).stderr(Stdio::piped()).output()?;
        let mut programs = Programs::new();
        let mut errors = Vec::new();
        for line in String::from_utf8(output.stdout)?.lines() {
            let Ok(message) = serde_json::from_str::<CargoMessage>(line) else { continue };
            match message {
                CargoMessage::CompilerArtifact { target, manifest_path, executable: Some(executable) } => {
                    let folder = manifest_path.parent().context("a manifest is in a folder")?.to_owned();
                    let package = folder.file_name().context("a package has a name")?.to_string_lossy();
                    programs.insert((package.into_owned(), target.name), (executable, folder));
                }
                CargoMessage::CompilerMessage { message } if message.level == "error" => errors.push(message),
                _ => {}
            }
        }
        match (output.status.success(), errors.is_empty()) {
            (true, _) => Ok(Build::Done(programs)),
            (false, false) => Ok(Build::Failed(errors)),
            (false, true) => bail!("cargo failed:\n{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Whether the compiler accepts the package.
    pub(crate) fn compiles(&self, package: &str) -> Result<bool> {
        let mut cargo = self.cargo(&["check", "--offline", "--quiet", "--all-features", "-p", package]);
        Ok(cargo.stderr(Stdio::null()).status()?.success())
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(&self.folder)
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_PROFILE_TEST_DEBUG", "0")
            // What a mutant leaves unused is no error.
            .env("RUSTFLAGS", "--cap-lints=allow");
        cargo
    }
}

/// The mutants that delete a match arm in the file that the message is about.
fn arms<'a>(
    mutants: &'a [Mutant],
    files: &'a BTreeMap<&str, Vec<usize>>,
    error: &'a CompilerMessage,
) -> impl Iterator<Item = usize> {
    let numbers = error.spans.iter().filter_map(|span| files.get(span.file_name.as_str())).flatten();
    numbers.copied().filter(|&number| mutants[number].genre == Genre::MatchArm)
}

pub(crate) enum Build {
    Done(Programs),
    Failed(Vec<CompilerMessage>),
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum CargoMessage {
    CompilerArtifact {
        target: Target,
        manifest_path: PathBuf,
        executable: Option<PathBuf>,
    },
    CompilerMessage {
        message: CompilerMessage,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
pub(crate) struct CompilerMessage {
    level: String,
    rendered: String,
    spans: Vec<MessageSpan>,
}

#[derive(Deserialize)]
struct MessageSpan {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
}

impl CompilerMessage {
    /// The mutant in whose words one of the places is that the message is about.
    fn mutant(&self, switched: &HashMap<&str, Switched>) -> Option<usize> {
        self.spans.iter().find_map(|span| {
            let branches = &switched.get(span.file_name.as_str())?.branches;
            let around = branches
                .iter()
                .filter(|branch| branch.0.start <= span.byte_start && span.byte_end <= branch.0.end);
            around.min_by_key(|branch| branch.0.len()).map(|branch| branch.1)
        })
    }
}
