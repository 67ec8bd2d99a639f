//! What a crawl has done so far, for those who ask while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

use super::history::Changes;

/// Counts of one run. Shared between the run and those who ask.
#[derive(Debug, Default)]
pub(super) struct Progress {
    files_found: AtomicU64,
    files_read: AtomicU64,
    changes: Mutex<Changes>,
}

impl Progress {
    pub(super) fn found(&self, files: usize) {
        self.files_found.fetch_add(files as u64, Ordering::Relaxed);
    }

    pub(super) fn read_one(&self) {
        self.files_read.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn files_found(&self) -> u64 {
        self.files_found.load(Ordering::Relaxed)
    }

    pub(super) fn files_read(&self) -> u64 {
        self.files_read.load(Ordering::Relaxed)
    }

    /// What was written so far. Not to be held across an `await`.
    pub(super) fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock()
    }

    /// Seconds until all files found are read, if reading goes on as it went; none before the
    /// first file was read.
    pub(super) fn seconds_left(&self, elapsed_seconds: f64) -> Option<f64> {
        let (found, read) = (self.files_found(), self.files_read());
        (read > 0).then(|| elapsed_seconds * found.saturating_sub(read) as f64 / read as f64)
    }
}
