//! Other programs, run with their output in view.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::{Outcome, root};

/// Runs a command to its end; fails if it does.
pub(crate) fn run_command(mut command: Command) -> Outcome {
    let shown = format!("{command:?}").replace('"', "");
    println!("$ {shown}");
    let status = command
        .status()
        .map_err(|error| format!("cannot run {shown}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown} ended with {status}").into())
    }
}

/// What a command writes to its standard output; fails if it does.
pub(crate) fn output_of(mut command: Command) -> Outcome<String> {
    let shown = format!("{command:?}").replace('"', "");
    println!("$ {shown}");
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run {shown}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("{shown} ended with {}", output.status).into()),
    }
}

/// The cargo that runs us, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root());
    command
}
