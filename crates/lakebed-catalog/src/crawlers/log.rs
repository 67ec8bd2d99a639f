//! The log of one crawl, in the lines that Glue's crawlers write: `[run id] LEVEL : message`.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lakebed_core::Clock;
use parking_lot::Mutex;

use super::history::Changes;

/// Writes the lines of one run, each with its time, to the file of its crawler.
#[derive(Debug)]
pub(super) struct CrawlLog {
    run_id: String,
    clock: Clock,
    file: Option<Mutex<File>>,
}

/// Where the logs of all crawlers lie.
pub(super) fn log_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs").join("aws-glue").join("crawlers")
}

/// The file of a crawler: what a file name may not hold stands as `%` and its code.
fn log_path(data_dir: &Path, crawler: &str) -> PathBuf {
    let mut name = String::new();
    for byte in crawler.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    log_folder(data_dir).join(format!("{name}.log"))
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

impl CrawlLog {
    /// The log of a run. A crawl whose log cannot be written goes on without one.
    pub(super) fn of_run(data_dir: &Path, clock: &Clock, crawler: &str, run_id: &str) -> Self {
        let path = log_path(data_dir, crawler);
        let file = open(&path)
            .inspect_err(|error| {
                tracing::warn!(%error, path = %path.display(), "a crawl's log cannot be opened");
            })
            .ok();
        Self {
            run_id: run_id.to_owned(),
            clock: clock.clone(),
            file: file.map(Mutex::new),
        }
    }

    /// A step of the run: Glue calls it so because it shows how long each takes.
    pub(super) fn benchmark(&self, message: impl Display) {
        self.write("BENCHMARK", &message);
    }

    pub(super) fn info(&self, message: impl Display) {
        self.write("INFO", &message);
    }

    /// Something that will hurt, and what to do about it.
    pub(super) fn warn(&self, message: impl Display) {
        self.write("WARN", &message);
    }

    pub(super) fn error(&self, message: impl Display) {
        self.write("ERROR", &message);
    }

    /// How many tables and partitions the run added, updated and deleted.
    pub(super) fn summary(&self, changes: &Changes) {
        let counts = [
            (
                "PARTITION",
                [
                    changes.partitions_created,
                    changes.partitions_updated,
                    changes.partitions_deleted,
                ],
            ),
            (
                "TABLE",
                [
                    changes.tables_created.len() as u64,
                    changes.tables_updated.len() as u64,
                    changes.tables_deleted.len() as u64,
                ],
            ),
        ];
        for (kind, counts) in counts {
            if counts.iter().all(|count| *count == 0) {
                continue;
            }
            self.info(format_args!("Run Summary For {kind}:"));
            for (change, count) in ["ADD", "UPDATE", "DELETE"].into_iter().zip(counts) {
                if count > 0 {
                    self.info(format_args!("{change}: {count}"));
                }
            }
        }
    }

    fn write(&self, level: &str, message: &dyn Display) {
        let Some(file) = &self.file else { return };
        let line = format!(
            "{} [{}] {level} : {message}\n",
            self.clock.now(),
            self.run_id
        );
        if let Err(error) = file.lock().write_all(line.as_bytes()) {
            tracing::warn!(%error, line = line.trim_end(), "a crawl's log cannot be written");
        }
    }
}
