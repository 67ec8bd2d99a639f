//! `cargo xtask figures`: the release binary, measured as a user feels it.

use std::process::Command;
use std::time::Instant;

use crate::process::{cargo, run_command};
use crate::python::clients_python;
use crate::{Outcome, root, target_dir};

pub(crate) fn run() -> Outcome {
    let began = Instant::now();
    run_command(cargo(&["build", "--release", "--package", "lakebed"]))?;
    println!(
        "release build: {:.0} s (cold only if nothing was built before)",
        began.elapsed().as_secs_f64()
    );
    let mut measure = Command::new(clients_python()?);
    measure
        .arg(root().join("benches/figures.py"))
        .arg(target_dir().join("release").join("lakebed"));
    run_command(measure)
}
