//! `cargo xtask figures`: the release binary, measured as a user feels it.

use std::process::Command;
use std::time::Instant;

use crate::process::{cargo, run_command};
use crate::python::clients_python;
use crate::{Outcome, root, target_dir};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure
    #[arg(value_enum, default_value_t)]
    subject: Subject,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Subject {
    /// Start, memory, size, the lab and queries
    #[default]
    Product,
    /// One table of 100,000 partitions
    Catalog,
    /// Crawls of many and of large files, beside DuckDB
    Crawlers,
    /// Athena: one query, planning over 10,000 partitions, 100 clients for two minutes
    Athena,
}

impl Subject {
    fn script(self) -> &'static str {
        match self {
            Self::Product => "benches/figures.py",
            Self::Catalog => "benches/catalog.py",
            Self::Crawlers => "benches/crawlers.py",
            Self::Athena => "benches/athena.py",
        }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    let began = Instant::now();
    run_command(cargo(&["build", "--release", "--package", "lakebed"]))?;
    println!(
        "release build: {:.0} s (cold only if nothing was built before)",
        began.elapsed().as_secs_f64()
    );
    let mut measure = Command::new(clients_python()?);
    measure
        .arg(root().join(options.subject.script()))
        .arg(target_dir().join("release").join("lakebed"));
    run_command(measure)
}
