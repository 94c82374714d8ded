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
use std::thread::ScopedJoinHandle;

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
    /// Only those that an earlier run, which was interrupted, did not come to; the others count as then.
    #[arg(long, value_name = "RESULTS", conflicts_with = "again")]
    resume: Option<PathBuf>,
    /// Only the first N stages of tests, the quicker ones. What passes these counts as survived, so that the percentage is
    /// at least what is said.
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    stages: usize,
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
    let which = if arguments.mutants.is_empty() {
        ALL.map(str::to_owned).to_vec()
    } else {
        arguments.mutants.clone()
    };
    let mutants = mutant::list(&workspace, &which)?;
    let mut wanted: Vec<usize> = (0..mutants.len()).step_by(arguments.every).collect();
    let mut found = Vec::new();
    if let Some(file) = arguments.again.as_ref().or(arguments.resume.as_ref()) {
        let listed: HashSet<_> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
        let retry_survivors = arguments.again.is_some();
        found = results::read(file)?;
        found.retain(|line| {
            listed.contains(line.mutant.as_str()) && !(retry_survivors && line.outcome == Outcome::Survived)
        });
        let names: HashSet<_> = found.iter().map(|line| line.mutant.as_str()).collect();
        wanted.retain(|&number| !names.contains(mutants[number].name.as_str()));
    }
    eprintln!("{} of {} mutants; the tests are being built", wanted.len(), mutants.len());

    let tree = Tree::copy(&workspace, &folder.join("switched"))?;
    let stages = trial::stages_of(wanted.iter().map(|&number| mutants[number].file.as_str()));
    let tests: BTreeSet<_> = stages.iter().flat_map(|stage| stage.build()).collect();
    let tests: Vec<_> = tests.into_iter().collect();
    let (single, programs) = tree.switch_all(&mutants, &tests)?;
    // From here on; a compiler may want more. The time is that of a process: a constant may be a loop without an end.
    #[cfg(unix)]
    {
        rlimit::setrlimit(rlimit::Resource::AS, 8_000_000_000, 8_000_000_000)?;
        rlimit::setrlimit(rlimit::Resource::CPU, 400, 400)?;
    }
    let trial = Trial::new(programs, &stages, 4);

    let results = Results::new(&folder, wanted.len())?;
    found.iter().try_for_each(|line| results.keep(line))?;
    let (single, switched): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|number| single.contains(number));
    eprintln!("{} are compiled at once, {} are not", switched.len(), single.len());
    if !arguments.single_only {
        try_switched(&trial, &mutants, switched, &arguments, &results)?;
    }
    if !arguments.switched_only {
        let tree = Tree::copy(&workspace, &folder.join("single"))?;
        for number in single {
            results
                .add(&mutants[number], single_mutant(&trial, &tree, &mutants[number], arguments.stages)?)?;
        }
    }
    let all = results.finish();
    print!("{all}");
    Ok(all.caught_percent() >= arguments.at_least)
}

/// Round by round, so that the quick tests have had a look at all before any meets a slow one: what is known when it is
/// interrupted is most of what there is to know.
fn try_switched(
    trial: &Trial,
    mutants: &[Mutant],
    mut left: Vec<usize>,
    arguments: &Arguments,
    results: &Results,
) -> Result<()> {
    for round in 0.. {
        if left.is_empty() {
            break;
        }
        eprintln!("{} meet their tests, round {}", left.len(), round + 1);
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<usize>> {
            let mut passed = Vec::new();
            while let Some(&number) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mutant = &mutants[number];
                match trial::stages(&mutant.file).get(round) {
                    Some(stage) if round < arguments.stages => match trial.of(stage, number)? {
                        Some(outcome) => results.add(mutant, outcome)?,
                        None => passed.push(number),
                    },
                    _ => results.add(mutant, Outcome::Survived)?,
                }
            }
            Ok(passed)
        };
        let passed = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..arguments.jobs.max(1)).map(|_| scope.spawn(work)).collect();
            let joined = workers.into_iter().map(ScopedJoinHandle::join);
            joined
                .map(|passed| passed.unwrap_or_else(|_| anyhow::bail!("a worker panicked")))
                .collect::<Result<Vec<_>>>()
        })?;
        left = passed.concat();
        left.sort_unstable();
    }
    Ok(())
}

fn single_mutant(trial: &Trial, tree: &Tree, mutant: &Mutant, stages: usize) -> Result<Outcome> {
    let source = tree.read(&mutant.file)?;
    tree.write(&mutant.file, mutant.applied(&source).as_bytes())?;
    let outcome = single_outcome(trial, tree, mutant, stages);
    tree.write(&mutant.file, source.as_bytes())?;
    outcome
}

fn single_outcome(trial: &Trial, tree: &Tree, mutant: &Mutant, stages: usize) -> Result<Outcome> {
    if !tree.compiles(&mutant.package)? {
        return Ok(Outcome::DoesNotCompile);
    }
    for stage in trial::stages(&mutant.file).iter().take(stages) {
        let programs = match tree.build(&stage.build())? {
            Build::Done(programs) => programs,
            // A constant that is wrong may be found when it is used.
            Build::Failed(_) => return Ok(Outcome::DoesNotCompile),
        };
        if let Some(outcome) = trial.of_these(&programs, stage, trial::NONE)? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Survived)
}
