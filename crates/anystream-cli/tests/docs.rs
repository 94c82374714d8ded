//! What the README shows of the program is what the program prints. Figures differ from machine to
//! machine and are masked; everything else must be the same.

use std::path::Path;

use assert_cmd::Command;

const README: &str = include_str!("../../../README.md");

/// The command lines after `$ anystream` in the README, and what is shown below each.
fn shown() -> Vec<(&'static str, &'static str)> {
    let blocks = README.split("```console\n$ anystream ").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()?.split_once('\n')).collect()
}

/// What `anystream ARGUMENTS`, called at the root of the repository, prints.
fn printed(arguments: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_anystream"));
    let output = command.current_dir(root).args(arguments.split(' ')).output().expect("the program runs");
    assert!(output.status.success(), "anystream {arguments}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Lines without what differs from run to run: in a row of the table everything but the name; how
/// many rounds there were; the sentences that the figures decide (`Take ...`), and the machine.
fn masked(output: &str) -> Vec<String> {
    const NAMES: [&str; 6] = ["vec", "rope", "small", "ropey", "cursor", "bytesmut"];
    const DECIDED: [&str; 4] = ["Take ", "Measured on ", "The machine is noisy", "Next: "];
    let decided = |paragraph: &str| DECIDED.iter().any(|begins| paragraph.trim_start().starts_with(begins));
    let paragraphs = output.split("\n\n").filter(|paragraph| !decided(paragraph));
    let lines = paragraphs.flat_map(str::lines).map(|line| {
        let words: Vec<_> = line.trim_start_matches(['→', ' ']).split_whitespace().collect();
        let measured = matches!(words[..], [name, time, ..]
            if NAMES.contains(&name) && time.trim_start_matches('>').starts_with(|first: char| first.is_ascii_digit()));
        let kept = if measured { &words[..1] } else { &words[..] };
        let line = kept.join(" ").trim_matches('─').to_owned();
        let rounds = line.contains("median");
        line.split(' ').filter(|word| !rounds || word.parse::<u32>().is_err()).collect::<Vec<_>>().join(" ")
    });
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let shown = shown();
    assert_eq!(shown.len(), 2, "choose and backends");
    for (arguments, output) in shown {
        assert_eq!(masked(&printed(arguments)).join(" "), masked(output).join(" "), "anystream {arguments}");
    }
}

#[test]
fn documents_record_with_the_options_that_the_importer_needs() {
    let options = format!("strace {} ", anystream_workload::STRACE_OPTIONS.join(" "));
    let choosing = include_str!("../../../docs/CHOOSING.md");
    let faq = include_str!("../../../docs/FAQ.md");
    for document in [README, choosing, faq] {
        let recipes: Vec<&str> = document.lines().filter(|line| line.contains("strace -f")).collect();
        assert!(!recipes.is_empty() && recipes.iter().all(|line| line.contains(&options)), "{recipes:?}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_anystream")).args(["choose", "--help"]).output();
    let help = String::from_utf8(help.expect("the program runs").stdout).expect("UTF-8");
    assert!(help.contains(&options), "{help}");
}

#[test]
fn masking_keeps_what_the_trace_decides() {
    let masked = masked(
        "  31 calls: 14 × read\n\n  median of 5\n  → vec   29.2 µs   ▏   1.00\n\n  Take vec: it is so.\n",
    );
    assert_eq!(masked, ["31 calls: 14 × read", "median of", "vec"]);
}
