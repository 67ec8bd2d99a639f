use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// What one scan of a table was going to read, as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableScan {
    /// `database.table`.
    pub table: String,
    /// A filter over partition keys chose among the partitions.
    pub filtered: bool,
    /// Partitions whose files are read; one for a table without any.
    pub partitions: usize,
    pub files: usize,
    /// The size of these files.
    pub bytes: u64,
    /// The names of the columns that are read from files.
    pub columns: Vec<String>,
}

/// The scans of a session so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScanLog(Arc<Mutex<Vec<TableScan>>>);

impl ScanLog {
    pub(crate) fn add(&self, scan: TableScan) {
        self.0.lock().push(scan);
    }

    pub(crate) fn scans(&self) -> Vec<TableScan> {
        self.0.lock().clone()
    }
}
