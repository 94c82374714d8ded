//! The command: runs random programs, compares, and keeps and minimises what fails. See the library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use anystream_kernel_tests::{
    Judged, Options, Script, Tally, Trial, Verdict, minimise, program, record, trial, trial_of, why_not,
};
use clap::Parser;

/// Runs random programs under strace and compares each imported length with the disk.
///
/// Exit code 1: some answer was wrong.
#[derive(Parser)]
struct Arguments {
    /// How many programs
    #[arg(long, default_value_t = 100)]
    programs: u64,
    /// The first program's seed; the next one's is one more
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs the program of this seed alone, and prints its script and log
    #[arg(long)]
    only: Option<u64>,
    /// Runs this script instead, with the options that --options gives
    #[arg(long)]
    script: Option<PathBuf>,
    /// The options of strace, as one text
    #[arg(long, allow_hyphen_values = true)]
    options: Option<String>,
    /// Keeps the log, script and options of each failure in this directory
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Records so many logs with their true lengths in this directory instead, for a machine without strace
    #[arg(long)]
    record: Option<PathBuf>,
    /// Makes failing programs small before they are kept or printed
    #[arg(long)]
    minimise: bool,
    /// How many failures are printed
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// How many of the commonest reasons of refusals are printed
    #[arg(long, default_value_t = 0)]
    reasons: usize,
    /// How many programs run at the same time
    #[arg(long, default_value_t = 2)]
    jobs: u64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "act") {
        let [own, _, rest @ ..] = &arguments[..] else { return ExitCode::FAILURE };
        let arguments = [std::slice::from_ref(own), rest].concat();
        return match anystream_kernel_tests::act(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error:#}");
                ExitCode::from(2)
            }
        };
    }
    match work(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was wrong.
fn work(arguments: &Arguments) -> Result<bool> {
    if let Some(why) = why_not() {
        println!("skipped: {why}");
        return Ok(true);
    }
    let own = std::env::current_exe()?;
    if let Some(script) = &arguments.script {
        let script = Script::of_text(&fs::read_to_string(script)?)?;
        let given = arguments.options.as_deref().unwrap_or("-f -y -e trace=file,desc,process,network");
        let options =
            Options { strace: given.split_whitespace().map(str::to_owned).collect(), to_file: true };
        return one(&own, script, options, arguments);
    }
    if let Some(seed) = arguments.only {
        return one(&own, program(seed, &Options::random(seed)), Options::random(seed), arguments);
    }
    if let Some(directory) = &arguments.record {
        record(&own, arguments.seed, arguments.programs, directory)?;
        return Ok(true);
    }
    let mut tally = Tally::default();
    let mut shown = 0;
    let seeds = arguments.seed..arguments.seed + arguments.programs;
    let jobs = arguments.jobs.max(1);
    let (results, received) = std::sync::mpsc::sync_channel(4);
    std::thread::scope(|scope| -> Result<()> {
        for job in 0..jobs {
            let (results, own, seeds) = (results.clone(), &own, seeds.clone());
            scope.spawn(move || {
                for seed in seeds.filter(|seed| seed % jobs == job) {
                    let ran = trial_of(own, seed);
                    if results.send((seed, ran)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        for (done, (seed, ran)) in received.into_iter().enumerate() {
            match ran {
                Err(error) => {
                    tally.failed += 1;
                    eprintln!("seed {seed}: {error:#}");
                }
                Ok(ran) => {
                    tally.add(seed, ran.options.names_descriptors(), &ran.judged);
                    let wrong = wrong(&ran.judged);
                    if !wrong.is_empty() && shown < arguments.show {
                        shown += 1;
                        failed(&own, seed, ran, arguments)?;
                    }
                }
            }
            if (done + 1) % 500 == 0 {
                eprintln!("{} programs, {} wrong", done + 1, tally.wrong());
            }
        }
        Ok(())
    })?;
    println!("seeds {} to {}", seeds.start, seeds.end - 1);
    print!("{tally}");
    let mut reasons: Vec<_> = tally.reasons.iter().collect();
    reasons.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for (reason, (count, seed)) in reasons.iter().take(arguments.reasons) {
        println!("{count:>6}  {reason} (seed {seed})");
    }
    Ok(tally.wrong() == 0)
}

fn wrong(judged: &[Judged]) -> Vec<String> {
    let line = |judged: &Judged| match judged.verdict {
        Verdict::Wrong(found) => {
            Some(format!("  {}: {} on disk, {found} found", judged.spelling, judged.file.len))
        }
        _ => None,
    };
    judged.iter().filter_map(line).collect()
}

fn failed(own: &Path, seed: u64, mut ran: Trial, arguments: &Arguments) -> Result<()> {
    println!("seed {seed}: strace {}", ran.options.strace.join(" "));
    wrong(&ran.judged).iter().for_each(|line| println!("{line}"));
    if arguments.minimise {
        let (script, options) = minimise(own, &ran.script, &ran.options);
        let small = trial(own, script, options)?;
        if !wrong(&small.judged).is_empty() {
            ran = small;
            println!(
                "  minimised to {} steps: strace {}",
                ran.script.steps.len(),
                ran.options.strace.join(" ")
            );
            wrong(&ran.judged).iter().for_each(|line| println!("  {line}"));
        }
    }
    if let Some(keep) = &arguments.keep {
        let keep = keep.join(seed.to_string());
        fs::create_dir_all(&keep).with_context(|| format!("{} cannot be made", keep.display()))?;
        fs::write(keep.join("log"), &ran.log)?;
        fs::write(keep.join("script"), ran.script.to_text())?;
        let options = ran.options.strace.join(" ");
        fs::write(keep.join("result"), format!("strace {options}\n{}\n", wrong(&ran.judged).join("\n")))?;
    }
    Ok(())
}

/// Runs one program and prints everything.
fn one(own: &Path, script: Script, options: Options, arguments: &Arguments) -> Result<bool> {
    let (script, options) = match arguments.minimise {
        true => minimise(own, &script, &options),
        false => (script, options),
    };
    let ran = trial(own, script, options)?;
    print!("{}", ran.script.to_text());
    println!("strace {}{}", ran.options.strace.join(" "), if ran.options.to_file { " -o" } else { "" });
    println!("{}", String::from_utf8_lossy(&ran.log));
    for judged in &ran.judged {
        println!("{}: {} on disk: {:?}", judged.spelling, judged.file.len, judged.verdict);
    }
    Ok(wrong(&ran.judged).is_empty())
}
