use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use lakebed_engine::WriteProgress;
use parking_lot::Mutex;

/// How far a run under way has come.
#[derive(Debug, Clone, PartialEq)]
pub struct RunProgress {
    /// The node being worked on, as `node 'name' (Kind)`.
    pub current_node: Option<String>,
    /// Nodes planned or, for targets, written.
    pub nodes_done: usize,
    /// Nodes of the job.
    pub nodes_total: usize,
    /// Rows read from sources so far; a source read twice counts twice.
    pub rows_read: u64,
    /// Rows written to targets so far.
    pub rows_written: u64,
    /// Files written to targets so far.
    pub files_written: u64,
    /// The share of nodes done, from 0 to 1.
    pub fraction: f64,
}

/// The counters behind a [`RunProgress`], shared by all who work on the run.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    current_node: Mutex<Option<String>>,
    nodes_done: AtomicUsize,
    nodes_total: AtomicUsize,
    rows_read: Arc<AtomicU64>,
    writes: WriteProgress,
}

impl Progress {
    pub(crate) fn expect_nodes(&self, total: usize) {
        self.nodes_total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn enter(&self, node: &str) {
        *self.current_node.lock() = Some(node.to_owned());
    }

    pub(crate) fn node_done(&self) {
        self.nodes_done.fetch_add(1, Ordering::Relaxed);
    }

    /// The counter that sources add to.
    pub(crate) fn rows_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.rows_read)
    }

    /// The counters that writers add to.
    pub(crate) fn writes(&self) -> WriteProgress {
        self.writes.clone()
    }

    pub(crate) fn snapshot(&self) -> RunProgress {
        let nodes_done = self.nodes_done.load(Ordering::Relaxed);
        let nodes_total = self.nodes_total.load(Ordering::Relaxed);
        RunProgress {
            current_node: self.current_node.lock().clone(),
            nodes_done,
            nodes_total,
            rows_read: self.rows_read.load(Ordering::Relaxed),
            rows_written: self.writes.rows(),
            files_written: self.writes.files(),
            fraction: nodes_done as f64 / nodes_total.max(1) as f64,
        }
    }
}
