use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::{Clock, ObjectEvent, Timestamp};

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it happened, by the clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen. Publishers say what they did; who listens is not their concern.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// Something happened to an object.
    Object(ObjectEvent),
    /// A lifecycle rule gave up a multipart upload that nobody completed.
    UploadExpired {
        bucket: String,
        key: String,
        upload_id: String,
        rule: String,
    },
    /// A crawler changed its state; `state` is Glue's word (`READY`, `RUNNING`, `STOPPING`).
    CrawlerStateChanged {
        crawler: String,
        state: String,
        error: Option<String>,
    },
    /// A crawl began or ended; `state` is the word of EventBridge's "Glue Crawler State Change"
    /// (`Started`, `Succeeded`, `Failed`), or `Stopped`.
    CrawlStateChanged {
        crawler: String,
        run_id: String,
        state: String,
        error: Option<String>,
        tables_created: u64,
        tables_updated: u64,
        tables_deleted: u64,
        partitions_created: u64,
        partitions_updated: u64,
        partitions_deleted: u64,
    },
    /// A job run changed its state; `state` is Glue's word (`RUNNING`, `SUCCEEDED`, …).
    JobRunStateChanged {
        job: String,
        run_id: String,
        state: String,
        error: Option<String>,
    },
    /// Rules of data quality were evaluated: EventBridge's "Data Quality Evaluation Results
    /// Available".
    QualityResultAvailable {
        subject: QualitySubject,
        result_id: String,
        rulesets: Vec<String>,
        /// The share of rules that passed, from 0 to 1.
        score: f64,
        rules_succeeded: u64,
        rules_failed: u64,
        rules_skipped: u64,
    },
    /// A query changed its state; `state` is Athena's word (`QUEUED`, `RUNNING`, …).
    QueryStateChanged {
        query_id: String,
        workgroup: String,
        state: String,
        error: Option<String>,
        scanned_bytes: u64,
    },
    /// An API request was answered.
    ApiCall {
        service: String,
        operation: String,
        principal: String,
        status: u16,
        error_code: Option<String>,
        duration_micros: u64,
    },
}

/// Where data quality was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QualitySubject {
    /// Over a table of the catalog.
    Table {
        database: String,
        table: String,
        run_id: String,
    },
    /// In a job.
    Job {
        job: String,
        run_id: String,
        /// The evaluation context that the job names.
        context: String,
    },
}

/// The receiving end of an [`EventBus`]: every event published after it was made, in order.
pub type Subscription = mpsc::UnboundedReceiver<Arc<Event>>;

/// Hands every event to every subscriber.
///
/// Nothing is dropped: a trail that misses records would be worse than a queue that grows, so
/// subscribers must keep up.
#[derive(Debug, Clone)]
pub struct EventBus {
    clock: Clock,
    subscribers: Arc<Mutex<Vec<mpsc::UnboundedSender<Arc<Event>>>>>,
}

impl EventBus {
    /// A bus without subscribers, stamping events by `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            subscribers: Arc::default(),
        }
    }

    /// Starts listening.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.subscribers.lock().push(sender);
        receiver
    }

    /// Tells everyone, and forgets subscribers that are gone.
    pub fn publish(&self, kind: EventKind) {
        let mut subscribers = self.subscribers.lock();
        if subscribers.is_empty() {
            return;
        }
        let event = Arc::new(Event {
            at: self.clock.now(),
            kind,
        });
        subscribers.retain(|subscriber| subscriber.send(Arc::clone(&event)).is_ok());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_subscriber_gets_every_event() {
        let bus = EventBus::new(Clock::system());
        let mut first = bus.subscribe();
        let mut second = bus.subscribe();
        let kind = EventKind::UploadExpired {
            bucket: "b".into(),
            key: "k".into(),
            upload_id: "u".into(),
            rule: "r".into(),
        };
        bus.publish(kind.clone());
        drop(bus.subscribe());
        bus.publish(kind.clone());
        for subscription in [&mut first, &mut second] {
            assert_eq!(subscription.try_recv().unwrap().kind, kind);
            assert_eq!(subscription.try_recv().unwrap().kind, kind);
            assert!(subscription.try_recv().is_err());
        }
    }
}
