//! `cargo xtask crash`: the crash harness, for longer than `cargo xtask test` runs it.

use crate::Outcome;
use crate::process::{cargo, run_command};

/// How long, and which choices.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cargo xtask crash --rounds 500")]
pub(crate) struct Options {
    /// How often the server is killed
    #[arg(long, default_value_t = 500)]
    rounds: u64,
    /// Seed of the clients' choices, as an earlier run printed it [default: a new one]
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let mut harness = cargo(&["test", "--package", "lakebed", "--test", "trust"]);
    harness
        .args(["--", "--exact", "--nocapture"])
        .arg("crash::what_was_acknowledged_survives_being_killed")
        .env("LAKEBED_CRASH_ROUNDS", options.rounds.to_string());
    if let Some(seed) = options.seed {
        harness.env("LAKEBED_CRASH_SEED", seed.to_string());
    }
    run_command(harness)
}
