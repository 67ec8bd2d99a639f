use std::sync::Arc;

use lakebed_core::{Clock, LogLine, LogSink, MetadataStore, Platform, StoreError};

use crate::writer::Writer;

/// The tables. Events are found by their group or by their stream, each in order of time.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS log_groups (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        class TEXT NOT NULL,
        created INTEGER NOT NULL,
        retention_days INTEGER,
        tags TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS log_streams (
        id INTEGER PRIMARY KEY,
        log_group INTEGER NOT NULL,
        name TEXT NOT NULL,
        created INTEGER NOT NULL,
        first_event INTEGER,
        last_event INTEGER,
        last_ingestion INTEGER,
        bytes INTEGER NOT NULL DEFAULT 0,
        UNIQUE (log_group, name)
    );
    CREATE TABLE IF NOT EXISTS log_events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        log_group INTEGER NOT NULL,
        stream INTEGER NOT NULL,
        at INTEGER NOT NULL,
        ingested INTEGER NOT NULL,
        message TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS log_events_of_group ON log_events (log_group, at, id);
    CREATE INDEX IF NOT EXISTS log_events_of_stream ON log_events (stream, at, id);
";

/// The logs of the account. Cheap to clone: all clones are the same logs.
#[derive(Debug, Clone)]
pub struct Logs {
    pub(crate) store: MetadataStore,
    pub(crate) clock: Clock,
    writer: Arc<Writer>,
}

impl Logs {
    /// Opens the logs kept in the platform's store. Expired events are removed from now on.
    ///
    /// # Errors
    /// If the metadata database cannot be written.
    pub fn open(platform: &Platform) -> Result<Self, StoreError> {
        platform.store.define(TABLES)?;
        let (store, clock) = (platform.store.clone(), platform.clock.clone());
        let writer = Arc::new(Writer::start(store.clone(), clock.clone()));
        Ok(Self {
            store,
            clock,
            writer,
        })
    }

    /// Waits until every line written so far can be read.
    pub fn flush(&self) {
        self.writer.flush();
    }
}

impl LogSink for Logs {
    fn write(&self, line: LogLine) {
        self.writer.write(line);
    }
}
