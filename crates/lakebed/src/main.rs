//! The command line: `up`, `env`, `lab`, `sql`, `schema`, `clock`, `engines`.
//!
//! It starts servers and talks to them as any client would, over HTTP; how anything works is the
//! business of the crates below. What the lab prints comes from message catalogs in English and
//! Korean.

mod arguments;
mod client;
mod clock;
mod engines;
mod env;
mod lab;
mod messages;
mod schema;
mod server;
mod sql;
mod style;
mod up;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, LabCommand, SchemaCommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(
        arguments.verbose,
        matches!(arguments.command, Command::Up(_)),
    );
    let outcome = match arguments.command {
        Command::Up(options) => up::run(options),
        Command::Env(options) => env::run(&options),
        Command::Sql(options) => sql::run(options),
        Command::Schema {
            command: SchemaCommand::Diff(options),
        } => schema::diff(&options),
        Command::Engines { command } => engines::run(command),
        Command::Clock { command } => clock::run(&command),
        Command::Lab {
            command: LabCommand::Run(options),
        } => lab::run(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{}", style::error(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; `RUST_LOG` overrides the level. A server warns; the other commands
/// say themselves what there is to say.
fn start_log(verbose: u8, is_server: bool) {
    let level = match verbose {
        // The S3 protocol crate reports ordinary refusals as errors; the facade logs them better.
        0 if is_server => "warn,s3s=off",
        0 => "error,s3s=off",
        1 => "info",
        2 => "lakebed=debug,info",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .init();
}
