//! `cargo xtask test`: every check, each with its time, the runners' own output in view.

use std::process::Command;
use std::time::Instant;

use crate::process::{cargo, run_command};
use crate::python::{CLIENTS, clients_python, dbt, script_engines};
use crate::{Outcome, codegen, coverage, root, target_dir};

/// What to run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask test\n  cargo xtask test --only wire")]
pub(crate) struct Options {
    /// Run only this step
    #[arg(long, value_enum)]
    only: Option<Step>,
}

/// The steps, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// rustfmt
    Format,
    /// The generated files are what codegen and coverage make
    Generated,
    /// clippy, warnings denied
    Lint,
    /// Unit and integration tests
    Unit,
    /// Doc tests
    Doc,
    /// Real clients against the built server
    Wire,
}

const STEPS: [Step; 6] = [
    Step::Format,
    Step::Generated,
    Step::Lint,
    Step::Unit,
    Step::Doc,
    Step::Wire,
];

pub(crate) fn run(options: &Options) -> Outcome {
    let started = Instant::now();
    for step in STEPS {
        if options.only.is_some_and(|only| only != step) {
            continue;
        }
        let name = format!("{step:?}").to_lowercase();
        println!("\n=== {name}");
        let began = Instant::now();
        step.run()
            .map_err(|error| format!("step '{name}' failed: {error}"))?;
        println!("=== {name}: ok in {:.0} s", began.elapsed().as_secs_f64());
    }
    println!(
        "\nall checks passed in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

impl Step {
    fn run(self) -> Outcome {
        match self {
            Self::Format => run_command(cargo(&["fmt", "--all", "--check"])),
            Self::Generated => {
                codegen::run(true)?;
                coverage::run(true)
            }
            Self::Lint => run_command(cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Unit => unit_tests(),
            Self::Doc => run_command(cargo(&["test", "--workspace", "--doc"])),
            Self::Wire => wire_tests(),
        }
    }
}

/// With nextest where it is installed, else with cargo's own runner: the same tests either way.
fn unit_tests() -> Outcome {
    let has_nextest = Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if has_nextest {
        run_command(cargo(&["nextest", "run", "--workspace"]))
    } else {
        run_command(cargo(&[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
        ]))
    }
}

/// Builds the server in the development profile and lets the Python clients at it.
fn wire_tests() -> Outcome {
    run_command(cargo(&["build", "--package", "lakebed"]))?;
    let lakebed = target_dir().join("debug").join("lakebed");
    let clients = root().join(CLIENTS);
    let mut pytest = Command::new(clients_python()?);
    pytest
        .args(["-m", "pytest", "-p", "no:cacheprovider"])
        .arg(&clients)
        .env("LAKEBED_DBT", dbt()?)
        .env("LAKEBED_ENGINES_DIR", script_engines(&lakebed)?)
        .env("LAKEBED_BIN", lakebed)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(root());
    run_command(pytest)
}
