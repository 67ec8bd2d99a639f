use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lakebed_core::{Clock, Timestamp};
use parking_lot::Mutex;

/// The text log of one run: a line for each thing that happened, with when and at which node.
///
/// It lies in `<data>/logs/aws-glue/jobs/<run id>.log` and outlives the process.
#[derive(Debug)]
pub(crate) struct RunLog {
    clock: Clock,
    file: Mutex<File>,
}

/// Where the logs of all runs lie.
pub(crate) fn log_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("logs").join("aws-glue").join("jobs")
}

/// Where the log of a run lies.
pub(crate) fn log_path(data_dir: &Path, run_id: &str) -> PathBuf {
    log_folder(data_dir).join(format!("{run_id}.log"))
}

impl RunLog {
    /// Opens the log of a run, to write at its end.
    pub(crate) fn open(path: &Path, clock: &Clock) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self {
            clock: clock.clone(),
            file: Mutex::new(file),
        })
    }

    /// What time it is for the run.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn info(&self, subject: &str, message: &str) {
        self.write("INFO", subject, message);
    }

    pub(crate) fn warn(&self, subject: &str, message: &str) {
        self.write("WARN", subject, message);
    }

    pub(crate) fn error(&self, subject: &str, message: &str) {
        self.write("ERROR", subject, message);
    }

    fn write(&self, level: &str, subject: &str, message: &str) {
        let line = format!("{} {level:5} {subject}: {message}\n", self.clock.now());
        if let Err(error) = self.file.lock().write_all(line.as_bytes()) {
            tracing::warn!(%error, line = line.trim_end(), "a job run's log cannot be written");
        }
    }
}
