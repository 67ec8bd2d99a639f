//! The record of every query that was started.

use lakebed_core::{Documents, EventKind, Platform, StoreError, Timestamp};
use lakebed_engine::TableScan;
use lakebed_wire::athena::{
    AthenaError, ColumnInfo, QueryExecution, QueryExecutionState, QueryExecutionStatistics,
    QueryExecutionStatus, QueryStage, ResultReuseInformation,
};
use serde::{Deserialize, Serialize};

use crate::error::QueryError;

const QUERIES: Documents<QueryRecord> = Documents::of("athena.query");
/// Ids in the order of their submission, newest first, by workgroup.
const ORDER: Documents<String> = Documents::of("athena.query_order");
/// Ids of queries that are QUEUED or RUNNING.
const UNFINISHED: Documents<String> = Documents::of("athena.query_unfinished");
/// What a client's request token started.
const TOKENS: Documents<StartedQuery> = Documents::of("athena.request_token");

/// A query and what is needed to answer for its results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct QueryRecord {
    pub(super) execution: QueryExecution,
    pub(super) columns: Vec<ColumnInfo>,
    pub(super) update_count: Option<i64>,
    pub(super) output_rows: Option<i64>,
    pub(super) output_bytes: Option<i64>,
    /// What was read of tables, as it was planned.
    #[serde(default)]
    pub(super) scans: Vec<TableScan>,
    /// Rows that were read of tables.
    #[serde(default)]
    pub(super) input_rows: Option<i64>,
    #[serde(default)]
    pub(super) output_stage: Option<QueryStage>,
}

/// What must be the same when a request is sent again with its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartedQuery {
    pub(super) query_id: String,
    pub(super) query: String,
    pub(super) database: Option<String>,
    pub(super) output_location: Option<String>,
}

/// How a query ended.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub(super) columns: Vec<ColumnInfo>,
    pub(super) update_count: Option<i64>,
    pub(super) output_rows: Option<i64>,
    pub(super) output_bytes: Option<i64>,
    pub(super) statistics: QueryExecutionStatistics,
    pub(super) scans: Vec<TableScan>,
    pub(super) input_rows: Option<i64>,
    pub(super) output_stage: Option<QueryStage>,
    pub(super) cause: Cause,
}

impl Ending {
    /// The end of a query whose result was there before: nothing was queued, planned or scanned.
    pub(super) fn reusing(before: QueryRecord) -> Self {
        Self {
            columns: before.columns,
            update_count: before.update_count,
            output_rows: before.output_rows,
            output_bytes: before.output_bytes,
            statistics: QueryExecutionStatistics {
                engine_execution_time_in_millis: Some(0),
                data_scanned_in_bytes: Some(0),
                total_execution_time_in_millis: Some(0),
                query_queue_time_in_millis: Some(0),
                query_planning_time_in_millis: Some(0),
                service_pre_processing_time_in_millis: Some(0),
                service_processing_time_in_millis: Some(0),
                result_reuse_information: Some(ResultReuseInformation {
                    reused_previous_result: true,
                }),
                ..QueryExecutionStatistics::default()
            },
            ..Self::default()
        }
    }
}

#[derive(Debug, Default)]
pub(super) enum Cause {
    #[default]
    Success,
    Failure(QueryError),
    /// Stopped, with the reason.
    Cancelled(&'static str),
}

pub(super) struct History {
    platform: Platform,
}

impl QueryRecord {
    pub(super) fn state(&self) -> QueryExecutionState {
        self.execution
            .status
            .as_ref()
            .and_then(|status| status.state)
            .unwrap_or(QueryExecutionState::Queued)
    }

    /// Where the result lies.
    pub(super) fn output_location(&self) -> Option<&str> {
        let configuration = self.execution.result_configuration.as_ref()?;
        configuration.output_location.as_deref()
    }

    fn is_finished(&self) -> bool {
        !matches!(
            self.state(),
            QueryExecutionState::Queued | QueryExecutionState::Running
        )
    }

    fn submitted(&self) -> Timestamp {
        self.execution
            .status
            .as_ref()
            .and_then(|status| status.submission_date_time)
            .unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.execution
            .query_execution_id
            .as_deref()
            .unwrap_or_default()
    }

    fn workgroup(&self) -> &str {
        self.execution.work_group.as_deref().unwrap_or_default()
    }

    fn finish(&mut self, ending: Ending, now: Timestamp) {
        let status = self.execution.status.get_or_insert_default();
        status.completion_date_time = Some(now);
        match ending.cause {
            Cause::Success => status.state = Some(QueryExecutionState::Succeeded),
            Cause::Cancelled(reason) => {
                status.state = Some(QueryExecutionState::Cancelled);
                status.state_change_reason = Some(reason.to_owned());
            }
            Cause::Failure(error) => {
                status.state = Some(QueryExecutionState::Failed);
                status.state_change_reason = Some(error.to_string());
                status.athena_error = Some(AthenaError {
                    error_category: Some(error.kind().category()),
                    error_type: Some(error.kind().error_type()),
                    retryable: Some(error.kind().category() == 1),
                    error_message: Some(error.to_string()),
                });
            }
        }
        self.execution.statistics = Some(ending.statistics);
        self.columns = ending.columns;
        self.update_count = ending.update_count;
        self.output_rows = ending.output_rows;
        self.output_bytes = ending.output_bytes;
        self.scans = ending.scans;
        self.input_rows = ending.input_rows;
        self.output_stage = ending.output_stage;
    }
}

/// Newest first when keys ascend.
fn order_key(submitted: Timestamp, id: &str) -> String {
    format!("{:020}-{id}", i64::MAX - submitted.as_millis())
}

impl History {
    pub(super) fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Keeps a new query, or answers the id of the one the token has started already.
    pub(super) fn begin(
        &self,
        record: &QueryRecord,
        token: Option<&str>,
        started: &StartedQuery,
    ) -> Result<Option<StartedQuery>, StoreError> {
        let before = self.platform.store.write(|transaction| {
            if let Some(token) = token {
                if let Some(before) = TOKENS.get(transaction, "", token)? {
                    return Ok::<_, StoreError>(Some(before));
                }
                TOKENS.put(transaction, "", token, started)?;
            }
            let id = record.id();
            QUERIES.put(transaction, "", id, record)?;
            UNFINISHED.put(transaction, "", id, &id.to_owned())?;
            let key = order_key(record.submitted(), id);
            ORDER.put(transaction, record.workgroup(), &key, &id.to_owned())?;
            Ok(None)
        })?;
        if before.is_none() {
            self.publish(record);
        }
        Ok(before)
    }

    pub(super) fn get(&self, id: &str) -> Result<Option<QueryRecord>, StoreError> {
        self.platform
            .store
            .read(|connection| QUERIES.get(connection, "", id))
    }

    /// Marks a query RUNNING; says whether it still waited.
    pub(super) fn run(
        &self,
        id: &str,
        statistics: QueryExecutionStatistics,
    ) -> Result<bool, StoreError> {
        self.change(id, |record| {
            record.execution.statistics = Some(statistics);
            let status = record.execution.status.get_or_insert_default();
            status.state = Some(QueryExecutionState::Running);
        })
    }

    /// Ends a query; says whether it had not ended before.
    pub(super) fn end(&self, id: &str, ending: Ending) -> Result<bool, StoreError> {
        let now = self.platform.clock.now();
        self.change(id, |record| record.finish(ending, now))
    }

    /// Changes a query that has not ended, and tells everyone.
    fn change(&self, id: &str, change: impl FnOnce(&mut QueryRecord)) -> Result<bool, StoreError> {
        let changed = self.platform.store.write(|transaction| {
            let Some(mut record) = QUERIES.get(transaction, "", id)? else {
                return Ok::<_, StoreError>(None);
            };
            if record.is_finished() {
                return Ok(None);
            }
            change(&mut record);
            QUERIES.put(transaction, "", id, &record)?;
            if record.is_finished() {
                UNFINISHED.delete(transaction, "", id)?;
            }
            Ok(Some(record))
        })?;
        if let Some(record) = &changed {
            self.publish(record);
        }
        Ok(changed.is_some())
    }

    /// Ids of a workgroup's queries, newest first, after the one that `token` names.
    pub(super) fn page(
        &self,
        workgroup: &str,
        token: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        let mut page = self
            .platform
            .store
            .read(|connection| ORDER.page(connection, workgroup, token, limit + 1))?;
        let more = page.len() > limit;
        page.truncate(limit);
        let next = match more {
            true => page.last().map(|(key, _)| key.clone()),
            false => None,
        };
        Ok((page.into_iter().map(|(_, id)| id).collect(), next))
    }

    /// Whether a workgroup has run anything.
    pub(super) fn has_queries(&self, workgroup: &str) -> Result<bool, StoreError> {
        let count = self
            .platform
            .store
            .read(|connection| ORDER.count(connection, workgroup))?;
        Ok(count > 0)
    }

    /// Fails the queries that nobody works on any more.
    pub(super) fn fail_unfinished(&self) -> Result<(), StoreError> {
        let ids = self
            .platform
            .store
            .read(|connection| UNFINISHED.list(connection, ""))?;
        for id in ids {
            let cause = QueryError::new(
                crate::error::ErrorKind::GenericInternalError,
                "lakebed stopped while the query was running",
            );
            self.end(
                &id,
                Ending {
                    cause: Cause::Failure(cause),
                    ..Ending::default()
                },
            )?;
        }
        Ok(())
    }

    fn publish(&self, record: &QueryRecord) {
        let status: Option<&QueryExecutionStatus> = record.execution.status.as_ref();
        let scanned = record
            .execution
            .statistics
            .as_ref()
            .and_then(|statistics| statistics.data_scanned_in_bytes)
            .unwrap_or_default();
        self.platform.events.publish(EventKind::QueryStateChanged {
            query_id: record.id().to_owned(),
            workgroup: record.workgroup().to_owned(),
            state: record.state().to_string(),
            error: status.and_then(|status| status.state_change_reason.clone()),
            scanned_bytes: u64::try_from(scanned).unwrap_or_default(),
        });
    }
}
