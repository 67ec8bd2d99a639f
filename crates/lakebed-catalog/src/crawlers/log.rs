//! The log of one crawl, in the lines that Glue's crawlers write: `[run id] LEVEL : message`.

use std::fmt::Display;
use std::sync::Arc;

use lakebed_core::{Clock, LogSink, LogWriter};

use super::history::{Changes, LOG_GROUP};

/// Writes the lines of one run to the stream of its crawler.
#[derive(Debug)]
pub(super) struct CrawlLog {
    run_id: String,
    stream: LogWriter,
}

impl CrawlLog {
    pub(super) fn of_run(
        sink: Arc<dyn LogSink>,
        clock: &Clock,
        crawler: &str,
        run_id: &str,
    ) -> Self {
        Self {
            run_id: run_id.to_owned(),
            stream: LogWriter::new(sink, clock.clone(), LOG_GROUP, crawler),
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
        let run_id = &self.run_id;
        self.stream.write(format!("[{run_id}] {level} : {message}"));
    }
}
