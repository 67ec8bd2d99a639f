//! The operations on query executions.

use lakebed_core::{CallContext, StoreError};
use lakebed_storage::{Encryption, KmsEncryption};
use lakebed_wire::athena::{
    BatchGetQueryExecutionInput, BatchGetQueryExecutionOutput, EncryptionConfiguration,
    EncryptionOption, EngineVersion, Error, GetQueryExecutionInput, GetQueryExecutionOutput,
    GetQueryResultsInput, GetQueryResultsOutput, GetQueryRuntimeStatisticsInput,
    GetQueryRuntimeStatisticsOutput, ListQueryExecutionsInput, ListQueryExecutionsOutput,
    QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics,
    QueryExecutionStatus, QueryOperations, QueryRuntimeStatistics, QueryRuntimeStatisticsRows,
    QueryRuntimeStatisticsTimeline, ResultConfiguration, StartQueryExecutionInput,
    StartQueryExecutionOutput, StopQueryExecutionInput, StopQueryExecutionOutput,
    UnprocessedQueryExecutionId,
};

use super::history::{Cause, Ending, QueryRecord, StartedQuery};
use super::runner::Job;
use super::workgroups::{ENGINE_VERSION, PRIMARY};
use super::{Athena, result_page, reuse};
use crate::advisor;
use crate::error::QueryError;
use crate::lake::{CATALOG, DEFAULT_DATABASE};
use crate::results::output::OutputFolder;
use crate::statement::{self, Statement, StatementKind};

const NO_OUTPUT_LOCATION: &str = "No output location provided. You did not provide an output location for  your query results. Either specify an S3 bucket location or enable Athena managed query results in your workgroup settings.";
const MAX_LISTED: usize = 50;

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn internal(error: StoreError) -> Error {
    Error::Internal(error.to_string())
}

impl Athena {
    fn record(&self, id: &str) -> Result<QueryRecord, Error> {
        let record = self.shared.history.get(id).map_err(internal)?;
        record.ok_or_else(|| {
            Self::refusal(
                format!("QueryExecution {id} was not found"),
                "QUERY_EXECUTION_NOT_FOUND",
            )
        })
    }

    /// The folder the results go to.
    async fn output_folder(
        &self,
        configuration: &ResultConfiguration,
    ) -> Result<OutputFolder, Error> {
        let location = configuration
            .output_location
            .as_deref()
            .ok_or_else(|| Self::refusal(NO_OUTPUT_LOCATION, "INVALID_INPUT"))?;
        let folder = OutputFolder::parse(location).ok_or_else(|| {
            Self::refusal("outputLocation is not a valid S3 path.", "INVALID_INPUT")
        })?;
        let expected = configuration.expected_bucket_owner.as_deref();
        match self.shared.lake.storage.head_bucket(&folder.bucket).await {
            Ok(bucket) if expected.is_none_or(|owner| owner == bucket.owner.as_str()) => Ok(folder),
            _ => Err(Self::refusal(
                format!(
                    "Unable to verify/create output bucket {}",
                    folder.bucket.as_str()
                ),
                "INVALID_INPUT",
            )),
        }
    }
}

/// Athena's refusal of a text that is no statement.
fn malformed(error: &QueryError) -> Error {
    Athena::refusal(error.located_message(), "MALFORMED_QUERY")
}

/// Refuses queries that Athena refuses before it makes an execution of them. What parses but is
/// not supported, or lacks parameters, fails as a query, where its reason can be read.
fn refuse_malformed(statement: &Statement) -> Result<(), Error> {
    let refused = statement
        .query()
        .and_then(|text| datafusion_trino::parse(text.as_str(), text.parameters()).err())
        .filter(|error| {
            error.code() == datafusion_trino::ErrorCode::SyntaxError
                && !error
                    .message()
                    .starts_with("Incorrect number of parameters")
        });
    match refused {
        Some(error) => Err(malformed(&error.into())),
        None => Ok(()),
    }
}

impl Athena {
    /// The statement that a request asks for, which `EXECUTE` only names.
    fn statement(
        &self,
        request: &StartQueryExecutionInput,
        workgroup: &str,
    ) -> Result<(Statement, StatementKind), Error> {
        let mut statement =
            statement::parse(&request.query_string).map_err(|error| malformed(&error))?;
        let kind = statement.kind();
        let parameters = request.execution_parameters.clone().unwrap_or_default();
        if let Statement::Execute(execute) = &statement {
            statement = self
                .shared
                .prepared_statements
                .statement(workgroup, execute, parameters)
                .map_err(|error| malformed(&error))?;
        } else {
            statement
                .set_parameters(parameters)
                .map_err(|error| malformed(&error))?;
        }
        refuse_malformed(&statement)?;
        Ok((statement, kind))
    }
}

impl Athena {
    /// What would have made a query cheaper that has succeeded.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such query, or it has not succeeded.
    pub async fn advise(&self, query_id: &str) -> Result<advisor::Report, Error> {
        let record = self.record(query_id)?;
        if record.state() != QueryExecutionState::Succeeded {
            return Err(Self::refusal(
                format!("Query {query_id} is {}, not SUCCEEDED", record.state()),
                "INVALID_QUERY_EXECUTION_STATE",
            ));
        }
        let execution = record.execution;
        let context = execution.query_execution_context.unwrap_or_default();
        let database = default_database(context.database.as_deref());
        let scanned = execution
            .statistics
            .and_then(|statistics| statistics.data_scanned_in_bytes)
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default();
        let text = execution.query.unwrap_or_default();
        let lake = self.shared.lake.clone();
        let engine = lake.engine.clone();
        let looked = engine.spawn(async move {
            advisor::profile(&lake, &database, &text, scanned, &record.scans).await
        });
        let profile = looked
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
            .map_err(|error| Self::refusal(error.to_string(), "INVALID_INPUT"))?;
        Ok(advisor::Report::of(query_id.to_owned(), &profile))
    }
}

impl QueryOperations for Athena {
    /// Accepts a statement and answers its id at once.
    ///
    /// # Errors
    /// `InvalidRequestException`: the statement is malformed, there is no such workgroup, or no
    /// place for the results.
    async fn start_query_execution(
        &self,
        context: &CallContext,
        request: StartQueryExecutionInput,
    ) -> Result<StartQueryExecutionOutput, Error> {
        let workgroup_name = request.work_group.as_deref().unwrap_or(PRIMARY);
        let workgroup = self.effective_workgroup(workgroup_name)?;
        let configuration = workgroup.result_configuration(request.result_configuration.as_ref());
        let encryption = encryption(configuration.encryption_configuration.as_ref())?;
        let started = StartedQuery {
            query_id: uuid::Uuid::new_v4().to_string(),
            query: request.query_string.clone(),
            database: request
                .query_execution_context
                .as_ref()
                .and_then(|context| context.database.clone()),
            output_location: configuration.output_location.clone(),
        };
        let (statement, kind) = self.statement(&request, workgroup_name)?;
        let folder = self.output_folder(&configuration).await?;
        let output = folder.result_of(&statement, &started.query_id);
        let database = default_database(started.database.as_deref());
        let max_age = reuse::max_age(request.result_reuse_configuration.as_ref());
        let (reuse, reused) = match (&statement, max_age) {
            (Statement::Query(text), Some(max_age)) => {
                let reuse = self
                    .reuse_of(workgroup_name, &database, text, &folder)
                    .await;
                let reused = match &reuse {
                    Some(reuse) => self.reusable(reuse, max_age).await?,
                    None => None,
                };
                (reuse, reused)
            }
            _ => (None, None),
        };
        let location = reused.as_ref().and_then(QueryRecord::output_location);
        let location = location.map_or_else(|| output.uri(), str::to_owned);
        let place = match reused {
            Some(_) => None,
            None => Some(self.shared.queue.enter(workgroup_name, kind.counts_as())?),
        };
        let record = QueryRecord {
            execution: QueryExecution {
                query_execution_id: Some(started.query_id.clone()),
                query: Some(request.query_string),
                statement_type: Some(kind.statement_type),
                substatement_type: Some(kind.substatement_type.to_owned()),
                result_configuration: Some(ResultConfiguration {
                    output_location: Some(location),
                    ..configuration
                }),
                result_reuse_configuration: request.result_reuse_configuration,
                execution_parameters: request.execution_parameters,
                query_execution_context: Some(QueryExecutionContext {
                    database: started.database.clone(),
                    catalog: request
                        .query_execution_context
                        .and_then(|context| context.catalog),
                }),
                status: Some(QueryExecutionStatus {
                    state: Some(QueryExecutionState::Queued),
                    submission_date_time: Some(self.shared.platform.clock.now()),
                    ..QueryExecutionStatus::default()
                }),
                statistics: Some(QueryExecutionStatistics::default()),
                work_group: Some(workgroup_name.to_owned()),
                engine_version: Some(EngineVersion {
                    selected_engine_version: Some("AUTO".to_owned()),
                    effective_engine_version: Some(ENGINE_VERSION.to_owned()),
                }),
                ..QueryExecution::default()
            },
            columns: Vec::new(),
            update_count: None,
            output_rows: None,
            output_bytes: None,
            scans: Vec::new(),
            input_rows: None,
            output_stage: None,
        };
        let token = request.client_request_token.as_deref();
        let before = self
            .shared
            .history
            .begin(&record, token, &started)
            .map_err(internal)?;
        if let Some(before) = before {
            return answer_repeated(before, &started);
        }
        if let Some(reused) = reused {
            let ending = Ending::reusing(reused);
            self.shared
                .history
                .end(&started.query_id, ending)
                .map_err(internal)?;
        }
        if let Some(place) = place {
            self.submit(Job {
                id: started.query_id.clone(),
                statement,
                database,
                folder,
                output,
                creator: context.principal.arn.to_string(),
                workgroup: workgroup_name.to_owned(),
                cutoff_bytes: workgroup.cutoff_bytes,
                encryption,
                place,
                reuse,
            });
        }
        Ok(StartQueryExecutionOutput {
            query_execution_id: Some(started.query_id),
        })
    }

    /// # Errors
    /// `InvalidRequestException` if there is no such query.
    async fn get_query_execution(
        &self,
        _: &CallContext,
        request: GetQueryExecutionInput,
    ) -> Result<GetQueryExecutionOutput, Error> {
        Ok(GetQueryExecutionOutput {
            query_execution: Some(self.record(&request.query_execution_id)?.execution),
        })
    }

    async fn batch_get_query_execution(
        &self,
        _: &CallContext,
        request: BatchGetQueryExecutionInput,
    ) -> Result<BatchGetQueryExecutionOutput, Error> {
        let mut found = Vec::new();
        let mut unprocessed = Vec::new();
        for id in request.query_execution_ids {
            match self.shared.history.get(&id).map_err(internal)? {
                Some(record) => found.push(record.execution),
                None => unprocessed.push(UnprocessedQueryExecutionId {
                    error_code: Some("INVALID_INPUT".to_owned()),
                    error_message: Some(format!("QueryExecution {id} was not found")),
                    query_execution_id: Some(id),
                }),
            }
        }
        Ok(BatchGetQueryExecutionOutput {
            query_executions: Some(found),
            unprocessed_query_execution_ids: Some(unprocessed),
        })
    }

    /// Ids of a workgroup's queries, newest first.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such workgroup.
    async fn list_query_executions(
        &self,
        _: &CallContext,
        request: ListQueryExecutionsInput,
    ) -> Result<ListQueryExecutionsOutput, Error> {
        let workgroup = request.work_group.as_deref().unwrap_or(PRIMARY);
        self.effective_workgroup(workgroup)?;
        let limit = request
            .max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(MAX_LISTED);
        let (ids, next_token) = self
            .shared
            .history
            .page(workgroup, request.next_token.as_deref(), limit)
            .map_err(internal)?;
        Ok(ListQueryExecutionsOutput {
            query_execution_ids: Some(ids),
            next_token,
        })
    }

    /// Cancels a query that has not ended; nothing happens to one that has.
    ///
    /// # Errors
    /// `InvalidRequestException` if there is no such query.
    async fn stop_query_execution(
        &self,
        _: &CallContext,
        request: StopQueryExecutionInput,
    ) -> Result<StopQueryExecutionOutput, Error> {
        let id = &request.query_execution_id;
        let record = self.record(id)?;
        let ending = Ending {
            statistics: record.execution.statistics.unwrap_or_default(),
            cause: Cause::Cancelled("Query cancelled by user"),
            ..Ending::default()
        };
        if self.shared.history.end(id, ending).map_err(internal)?
            && let Some(query) = self.shared.running.lock().remove(id)
        {
            query.abort();
        }
        Ok(StopQueryExecutionOutput {})
    }

    /// # Errors
    /// `InvalidRequestException` if the query is not known, not finished, or has no results.
    async fn get_query_results(
        &self,
        _: &CallContext,
        request: GetQueryResultsInput,
    ) -> Result<GetQueryResultsOutput, Error> {
        let record = self.record(&request.query_execution_id)?;
        match record.state() {
            QueryExecutionState::Succeeded => {
                result_page::read(&self.shared.lake.storage, record, &request).await
            }
            QueryExecutionState::Cancelled => {
                Err(Self::refusal("Could not find results", "RESULT_NOT_FOUND"))
            }
            QueryExecutionState::Failed => Err(Self::refusal(
                "Query did not finish successfully. Final query state: FAILED",
                "INVALID_QUERY_EXECUTION_STATE",
            )),
            unfinished => Err(Self::refusal(
                format!("Query has not yet finished. Current state: {unfinished}"),
                "INVALID_QUERY_EXECUTION_STATE",
            )),
        }
    }

    /// # Errors
    /// `InvalidRequestException` if there is no such query.
    async fn get_query_runtime_statistics(
        &self,
        _: &CallContext,
        request: GetQueryRuntimeStatisticsInput,
    ) -> Result<GetQueryRuntimeStatisticsOutput, Error> {
        let record = self.record(&request.query_execution_id)?;
        let times = record.execution.statistics.unwrap_or_default();
        Ok(GetQueryRuntimeStatisticsOutput {
            query_runtime_statistics: Some(QueryRuntimeStatistics {
                timeline: Some(QueryRuntimeStatisticsTimeline {
                    query_queue_time_in_millis: times.query_queue_time_in_millis,
                    service_pre_processing_time_in_millis: times
                        .service_pre_processing_time_in_millis,
                    query_planning_time_in_millis: times.query_planning_time_in_millis,
                    engine_execution_time_in_millis: times.engine_execution_time_in_millis,
                    service_processing_time_in_millis: times.service_processing_time_in_millis,
                    total_execution_time_in_millis: times.total_execution_time_in_millis,
                }),
                rows: Some(QueryRuntimeStatisticsRows {
                    input_rows: record.input_rows,
                    input_bytes: times.data_scanned_in_bytes,
                    output_bytes: record.output_bytes,
                    output_rows: record.output_rows,
                }),
                output_stage: record.output_stage,
            }),
        })
    }
}

/// The database of names that have none, folded. The AWS SDK for pandas sends it in backticks.
fn default_database(given: Option<&str>) -> String {
    let given = given.unwrap_or(DEFAULT_DATABASE);
    let bare = given
        .strip_prefix('`')
        .and_then(|name| name.strip_suffix('`'));
    bare.unwrap_or(given).to_lowercase()
}

/// How result files are to be encrypted; none is as their bucket is set.
///
/// # Errors
/// `InvalidRequestException` for encryption by the client, and for a KMS key where none is used.
pub(super) fn encryption(
    configuration: Option<&EncryptionConfiguration>,
) -> Result<Option<Encryption>, Error> {
    let Some(configuration) = configuration else {
        return Ok(None);
    };
    let key = configuration.kms_key.clone();
    match (configuration.encryption_option, key) {
        (EncryptionOption::SseS3, None) => Ok(Some(Encryption::S3)),
        (EncryptionOption::SseS3, Some(_)) => Err(Athena::refusal(
            "KmsKey must not be given with SSE_S3",
            "INVALID_INPUT",
        )),
        (EncryptionOption::SseKms, None) => Err(Athena::refusal(
            "KmsKey must be given with SSE_KMS",
            "INVALID_INPUT",
        )),
        (EncryptionOption::SseKms, key) => Ok(Some(Encryption::Kms(KmsEncryption {
            key,
            ..KmsEncryption::default()
        }))),
        (EncryptionOption::CseKms, _) => Err(Athena::refusal(
            "lakebed does not support CSE_KMS: use SSE_S3 or SSE_KMS",
            "INVALID_INPUT",
        )),
    }
}

/// The answer to a request that was sent before with the same token.
fn answer_repeated(
    before: StartedQuery,
    again: &StartedQuery,
) -> Result<StartQueryExecutionOutput, Error> {
    let same = before.query == again.query
        && before.database == again.database
        && before.output_location == again.output_location;
    match same {
        true => Ok(StartQueryExecutionOutput {
            query_execution_id: Some(before.query_id),
        }),
        false => Err(Athena::refusal(
            "Idempotent parameters do not match",
            "IDEMPOTENT_PARAMETER_MISMATCH",
        )),
    }
}

/// Refuses a data catalog other than the one there is, whose name has no case.
pub(super) fn check_catalog(name: &str) -> Result<(), Error> {
    match name.eq_ignore_ascii_case(CATALOG) {
        true => Ok(()),
        false => Err(Athena::refusal(
            format!("DataCatalog {name} was not found"),
            "INVALID_INPUT",
        )),
    }
}
