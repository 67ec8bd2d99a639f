//! The project's own automation: `cargo xtask <command>`.

mod botocore;
mod codegen;
mod conformance;
mod coverage;
mod crash;
mod figures;
mod manifest;
mod model;
mod process;
mod python;
mod test;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own automation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", after_help = "Example:\n  cargo xtask test")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate the wire's shapes, errors, traits and dispatch from the service models
    Codegen(Check),
    /// Score Trino's dialect against a corpus, and keep the scores in docs/conformance.md
    Conformance(conformance::Options),
    /// Generate docs/coverage.md
    Coverage(Check),
    /// Kill the server while clients write, again and again, and look for what it lost
    Crash(crash::Options),
    /// Build the release binary and measure start, memory, size, the lab and queries, or crawls
    Figures(figures::Options),
    /// Run every check: format, lints, unit, doc and wire tests
    Test(test::Options),
}

#[derive(Debug, clap::Args)]
struct Check {
    /// Change nothing; fail if something would change
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Codegen(options) => codegen::run(options.check),
        Command::Conformance(options) => conformance::run(&options),
        Command::Coverage(options) => coverage::run(options.check),
        Command::Crash(options) => crash::run(&options),
        Command::Figures(options) => figures::run(&options),
        Command::Test(options) => test::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What every command returns.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The workspace's root: of the checkout that cargo runs in, which may be another than the one this
/// was compiled in if they share a target folder.
fn root() -> PathBuf {
    let compiled_in = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled_in, PathBuf::from);
    crate_dir
        .ancestors()
        .nth(2)
        .unwrap_or(&crate_dir)
        .to_owned()
}

/// Where cargo puts what it builds.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Writes a generated file, or under `check` fails if it would change.
fn write_generated(path: &Path, content: &str, check: bool) -> Outcome {
    let current = std::fs::read_to_string(path).unwrap_or_default();
    if current == content {
        return Ok(());
    }
    let shown = path
        .strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string();
    if check {
        return Err(format!("{shown} is out of date; run the command without --check").into());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content)?;
    println!("wrote {shown}");
    Ok(())
}
