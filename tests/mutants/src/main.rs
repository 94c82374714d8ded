//! Which mistakes do the tests find? Those of `cargo mutants`, compiled at once: see docs/MUTANTS.md.

mod mutant;
mod results;
mod switch;
mod tree;
mod trial;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use clap::Parser;

use mutant::Mutant;
use results::Results;
use tree::{Build, Tree};
use trial::{Outcome, Trial};

/// Makes one mistake at a time in the libraries and tells which of them no test finds.
///
/// The mistakes are those of `cargo mutants --list`. All are compiled into the tests at once, each behind a condition;
/// the few that cannot be are built one by one. Run it in the root of the workspace.
///
/// Exit codes: 0 enough are caught, 1 fewer than --at-least, 2 it could not be tried.
#[derive(Parser)]
struct Arguments {
    /// Where copies, builds and results go.
    #[arg(long, default_value = "target/mutants")]
    folder: PathBuf,
    /// How many are tried at a time.
    #[arg(long, default_value_t = std::thread::available_parallelism().map_or(1, |n| n.get()))]
    jobs: usize,
    /// Only those that survived by these results of an earlier run, or that it did not try; the others count as then.
    #[arg(long, value_name = "RESULTS")]
    again: Option<PathBuf>,
    /// Only every N-th, for a quick look.
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
    /// Only those that can be compiled at once.
    #[arg(long)]
    switched_only: bool,
    /// Only those that cannot.
    #[arg(long, conflicts_with = "switched_only")]
    single_only: bool,
    /// Fails if fewer percent of those that compile are caught.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    at_least: f64,
    /// Which mutants, in the words of `cargo mutants`: -p PACKAGE, -f FILE. Else those of all libraries.
    #[arg(last = true)]
    mutants: Vec<String>,
}

/// The libraries, and of the package of workloads what judges the others and what reads what strangers wrote.
const ALL: [&str; 9] = [
    "--file=crates/anystream/**",
    "--file=crates/anystream-core/**",
    "--file=crates/anystream-vec/**",
    "--file=crates/anystream-small/**",
    "--file=crates/anystream-rope/**",
    "--file=crates/anystream-ropey/**",
    "--file=crates/anystream-workload/src/model.rs",
    "--file=crates/anystream-workload/src/import/**",
    "--workspace",
];

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether enough of them are caught.
fn run(arguments: Arguments) -> Result<bool> {
    let workspace = std::env::current_dir()?;
    let folder = std::path::absolute(&arguments.folder)?;
    fs::create_dir_all(&folder)?;
    let which =
        if arguments.mutants.is_empty() { ALL.map(str::to_owned).to_vec() } else { arguments.mutants };
    let mutants = mutant::list(&workspace, &which)?;
    let mut wanted: Vec<usize> = (0..mutants.len()).step_by(arguments.every).collect();
    let mut found = Vec::new();
    if let Some(file) = &arguments.again {
        let listed: HashSet<_> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
        found = results::read(file)?;
        found.retain(|line| line.outcome != Outcome::Survived && listed.contains(line.mutant.as_str()));
        let names: HashSet<_> = found.iter().map(|line| line.mutant.as_str()).collect();
        wanted.retain(|&number| !names.contains(mutants[number].name.as_str()));
    }
    eprintln!("{} of {} mutants; the tests are being built", wanted.len(), mutants.len());

    let tree = Tree::copy(&workspace, &folder.join("switched"))?;
    let stages = trial::stages_of(wanted.iter().map(|&number| mutants[number].file.as_str()));
    let tests: BTreeSet<_> = stages.iter().flat_map(|stage| stage.build()).collect();
    let tests: Vec<_> = tests.into_iter().collect();
    let (single, programs) = tree.switch_all(&mutants, &tests)?;
    // From here on; a compiler may want more.
    #[cfg(unix)]
    rlimit::setrlimit(rlimit::Resource::AS, 8_000_000_000, 8_000_000_000)?;
    let trial = Trial::new(programs, &stages, 4)?;

    // The quick ones first.
    wanted.sort_by_key(|&number| trial.limit(&mutants[number].file));
    let results = Results::new(&folder, wanted.len())?;
    found.iter().try_for_each(|line| results.keep(line))?;
    let (single, mut switched): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|number| single.contains(number));
    if arguments.single_only {
        switched.clear();
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.jobs.max(1))
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    while let Some(&number) = switched.get(next.fetch_add(1, Ordering::Relaxed)) {
                        results.add(&mutants[number], switched_mutant(&trial, &mutants[number], number)?)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| anyhow::bail!("a worker panicked")))
    })?;
    if !arguments.switched_only {
        let tree = Tree::copy(&workspace, &folder.join("single"))?;
        for number in single {
            results.add(&mutants[number], single_mutant(&trial, &tree, &mutants[number])?)?;
        }
    }
    let all = results.finish();
    print!("{all}");
    Ok(all.caught_percent() >= arguments.at_least)
}

fn switched_mutant(trial: &Trial, mutant: &Mutant, number: usize) -> Result<Outcome> {
    for stage in trial::stages(&mutant.file) {
        if let Some(outcome) = trial.of(stage, number)? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Survived)
}

fn single_mutant(trial: &Trial, tree: &Tree, mutant: &Mutant) -> Result<Outcome> {
    let source = tree.read(&mutant.file)?;
    tree.write(&mutant.file, mutant.applied(&source).as_bytes())?;
    let outcome = single_outcome(trial, tree, mutant);
    tree.write(&mutant.file, source.as_bytes())?;
    outcome
}

fn single_outcome(trial: &Trial, tree: &Tree, mutant: &Mutant) -> Result<Outcome> {
    if !tree.compiles(&mutant.package)? {
        return Ok(Outcome::DoesNotCompile);
    }
    for stage in trial::stages(&mutant.file) {
        let programs = match tree.build(&stage.build())? {
            Build::Done(programs) => programs,
            // A constant that is wrong may be found when it is used.
            Build::Failed(_) => return Ok(Outcome::DoesNotCompile),
        };
        if let Some(outcome) = trial.with(programs).of(stage, trial::NONE)? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Survived)
}
