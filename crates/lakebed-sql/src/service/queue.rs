//! Who may run: how many queries of a workgroup compute at a time, wait, and are refused.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lakebed_wire::athena::{Error, StatementType};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The refusal's words, as Athena says them.
const TOO_MANY: &str = "You have exceeded the limit for the number of queries you can run concurrently. Please reduce the number of concurrent queries submitted by this account. Contact customer support to request a concurrent query limit increase.";

/// How many queries each workgroup may have under way, and how long they may compute. Athena user
/// guide, "Service Quotas": active queries are those that run and those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Queries that compute at the same time; others wait QUEUED.
    pub running: usize,
    /// Active queries that read or write rows.
    pub active_dml: usize,
    /// Active statements of DDL, and those that show what it made.
    pub active_ddl: usize,
    /// How long a query that reads or writes rows may compute.
    pub dml_timeout: Duration,
    /// How long another statement may.
    pub ddl_timeout: Duration,
}

impl Default for Quotas {
    /// What a new account has in us-east-1; how many of them compute at a time AWS leaves open.
    fn default() -> Self {
        Self {
            running: 25,
            active_dml: 200,
            active_ddl: 20,
            dml_timeout: Duration::from_mins(30),
            ddl_timeout: Duration::from_mins(600),
        }
    }
}

/// The queries under way, by workgroup.
#[derive(Debug)]
pub(super) struct Queue {
    quotas: Quotas,
    lines: Mutex<HashMap<String, Arc<Line>>>,
}

#[derive(Debug)]
struct Line {
    slots: Arc<Semaphore>,
    active: Mutex<Active>,
}

#[derive(Debug, Default)]
struct Active {
    dml: usize,
    ddl: usize,
}

impl Active {
    fn of(&mut self, kind: StatementType) -> &mut usize {
        match kind {
            StatementType::Dml => &mut self.dml,
            StatementType::Ddl | StatementType::Utility => &mut self.ddl,
        }
    }
}

/// A query's place among the active ones, which it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    line: Arc<Line>,
    kind: StatementType,
    timeout: Duration,
}

impl Queue {
    pub(super) fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            lines: Mutex::default(),
        }
    }

    /// Takes a place for a query.
    ///
    /// # Errors
    /// `TooManyRequestsException` if the workgroup has as many queries under way as it may.
    pub(super) fn enter(&self, workgroup: &str, kind: StatementType) -> Result<Place, Error> {
        let line = Arc::clone(
            self.lines
                .lock()
                .entry(workgroup.to_owned())
                .or_insert_with(|| {
                    Arc::new(Line {
                        slots: Arc::new(Semaphore::new(self.quotas.running)),
                        active: Mutex::default(),
                    })
                }),
        );
        let (quota, timeout) = match kind {
            StatementType::Dml => (self.quotas.active_dml, self.quotas.dml_timeout),
            StatementType::Ddl | StatementType::Utility => {
                (self.quotas.active_ddl, self.quotas.ddl_timeout)
            }
        };
        {
            let mut active = line.active.lock();
            let active = active.of(kind);
            if *active >= quota {
                return Err(Error::TooManyRequestsException {
                    message: TOO_MANY.to_owned(),
                    reason: Some("CONCURRENT_QUERY_LIMIT_EXCEEDED".to_owned()),
                });
            }
            *active += 1;
        }
        Ok(Place {
            line,
            kind,
            timeout,
        })
    }
}

impl Place {
    /// How long the query may compute.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Waits until the query may compute, which it may until the answer is dropped.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Closed by nobody.
        Arc::clone(&self.line.slots).acquire_owned().await.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.line.active.lock().of(self.kind) -= 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn workgroups_wait_and_are_refused_apart() {
        let queue = Queue::new(Quotas {
            running: 1,
            active_dml: 2,
            active_ddl: 1,
            ..Quotas::default()
        });
        let first = queue.enter("a", StatementType::Dml).unwrap();
        let second = queue.enter("a", StatementType::Dml).unwrap();
        let refused = queue.enter("a", StatementType::Dml).unwrap_err();
        assert_eq!(refused.code(), "TooManyRequestsException");
        let _ddl = queue.enter("a", StatementType::Ddl).unwrap();
        assert!(queue.enter("a", StatementType::Utility).is_err());
        let _other = queue.enter("b", StatementType::Dml).unwrap();

        let turn = first.turn().await.unwrap();
        let waiting = tokio::spawn(async move {
            drop(second.turn().await.unwrap());
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(turn);
        waiting.await.unwrap();
        assert!(queue.enter("a", StatementType::Dml).is_ok());
    }
}
