//! A small client of a running Lakebed: the same HTTP that any AWS SDK speaks, unsigned.

use std::time::Duration;

use lakebed_catalog::SchemaDifference;
use lakebed_wire::athena;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a key may contain unencoded in a path.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// A request was not answered, or answered with an error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no Lakebed answers at {endpoint}; start one with 'lakebed up'")]
    Unreachable {
        endpoint: String,
        #[source]
        source: Box<ureq::Error>,
    },
    /// The service refused.
    #[error("{code}: {message}")]
    Service { code: String, message: String },
    /// The answer is not what the service promises.
    #[error("{operation} was answered with something unexpected: {reason}")]
    Answer { operation: String, reason: String },
}

impl ClientError {
    /// Whether further requests are bound to fail too.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// A service of the JSON protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    Glue,
    Athena,
}

impl Service {
    fn target_prefix(self) -> &'static str {
        match self {
            Self::Glue => "AWSGlue",
            Self::Athena => "AmazonAthena",
        }
    }
}

/// Talks to the server at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    endpoint: String,
}

impl Client {
    /// A client of the server at `endpoint`, such as `http://127.0.0.1:4566`.
    pub(crate) fn new(endpoint: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .build()
            .into();
        Self {
            agent,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
        }
    }

    /// Where the server is.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Calls one operation of Glue or Athena.
    pub(crate) fn call<Request: Serialize, Answer: DeserializeOwned>(
        &self,
        service: Service,
        operation: &str,
        request: &Request,
    ) -> Result<Answer, ClientError> {
        let answer = |reason: String| ClientError::Answer {
            operation: operation.to_owned(),
            reason,
        };
        let body = serde_json::to_vec(request).map_err(|error| answer(error.to_string()))?;
        let mut response = self
            .agent
            .post(&self.endpoint)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header(
                "X-Amz-Target",
                format!("{}.{operation}", service.target_prefix()),
            )
            .send(&body)
            .map_err(|error| self.unreachable(error))?;
        let bytes = response
            .body_mut()
            .with_config()
            .limit(u64::MAX)
            .read_to_vec()
            .map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| answer(error.to_string()));
        }
        let error: JsonError = serde_json::from_slice(&bytes)
            .map_err(|_| answer(format!("status {}", response.status())))?;
        Err(ClientError::Service {
            code: error.code,
            message: error.message,
        })
    }

    /// What would have made a query cheaper.
    pub(crate) fn advice(&self, query_id: &str) -> Result<Advised, ClientError> {
        let url = format!(
            "{}/_lakebed/athena/queries/{query_id}/advice",
            self.endpoint
        );
        let mut response = self
            .agent
            .get(url)
            .call()
            .map_err(|error| self.unreachable(error))?;
        response
            .body_mut()
            .read_json()
            .map_err(|error| ClientError::Answer {
                operation: "the advice".to_owned(),
                reason: error.to_string(),
            })
    }

    /// What changed between two versions of a table.
    pub(crate) fn schema_difference(
        &self,
        database: &str,
        table: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<SchemaDifference, ClientError> {
        let encoded = |name| utf8_percent_encode(name, NON_ALPHANUMERIC);
        let url = format!(
            "{}/_lakebed/glue/tables/{}/{}/differences",
            self.endpoint,
            encoded(database),
            encoded(table)
        );
        let versions = [("from", from), ("to", to)];
        let named = versions
            .into_iter()
            .filter_map(|(name, version)| Some((name, version?)));
        let answer = self.agent.get(url).query_pairs(named).call();
        self.control_answer("the difference", answer)
    }

    /// What the server's clock shows.
    pub(crate) fn clock(&self) -> Result<ClockReport, ClientError> {
        let answer = self.agent.get(self.clock_url()).call();
        self.control_answer("the clock", answer)
    }

    /// Moves the server's clock forward by a length of time such as `30d`.
    pub(crate) fn advance_clock(&self, by: &str) -> Result<ClockReport, ClientError> {
        let request = self.agent.post(self.clock_url()).query("advance", by);
        self.control_answer("the clock", request.send_empty())
    }

    fn clock_url(&self) -> String {
        format!("{}/_lakebed/clock", self.endpoint)
    }

    /// Reads what one of Lakebed's own endpoints answers.
    fn control_answer<T: DeserializeOwned>(
        &self,
        asked: &str,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, ClientError> {
        let unexpected = |reason: String| ClientError::Answer {
            operation: asked.to_owned(),
            reason,
        };
        let mut response = answer.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let body: serde_json::Value = response
            .body_mut()
            .read_json()
            .map_err(|error| unexpected(error.to_string()))?;
        if status.is_success() {
            return serde_json::from_value(body).map_err(|error| unexpected(error.to_string()));
        }
        Err(ClientError::Service {
            code: status.to_string(),
            message: body["message"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Makes a bucket; one that is there already is as good.
    pub(crate) fn create_bucket(&self, bucket: &str) -> Result<(), ClientError> {
        self.put(&format!("/{bucket}"), &[], "application/octet-stream")
            .map(drop)
    }

    /// Stores an object.
    pub(crate) fn put_object(
        &self,
        bucket: &str,
        key: &str,
        body: &[u8],
        content_type: &str,
    ) -> Result<(), ClientError> {
        let path = format!("/{bucket}/{}", utf8_percent_encode(key, KEY));
        self.put(&path, body, content_type).map(drop)
    }

    /// Lists the first thousand objects under a prefix.
    pub(crate) fn list_objects(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<ListedObject>, ClientError> {
        let url = format!(
            "{}/{bucket}?list-type=2&prefix={}",
            self.endpoint,
            utf8_percent_encode(prefix, NON_ALPHANUMERIC)
        );
        let mut response = self
            .agent
            .get(&url)
            .call()
            .map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let xml = response
            .body_mut()
            .read_to_string()
            .map_err(|error| self.unreachable(error))?;
        if !status.is_success() {
            return Err(s3_error("ListObjectsV2", &xml));
        }
        let listing: Listing =
            quick_xml::de::from_str(&xml).map_err(|error| ClientError::Answer {
                operation: "ListObjectsV2".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(listing.contents)
    }

    fn put(&self, path: &str, body: &[u8], content_type: &str) -> Result<(), ClientError> {
        let url = format!("{}{path}", self.endpoint);
        let mut response = self
            .agent
            .put(&url)
            .header("Content-Type", content_type)
            .send(body)
            .map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let xml = response
            .body_mut()
            .read_to_string()
            .map_err(|error| self.unreachable(error))?;
        Err(s3_error("PUT", &xml))
    }

    fn unreachable(&self, error: ureq::Error) -> ClientError {
        ClientError::Unreachable {
            endpoint: self.endpoint.clone(),
            source: Box::new(error),
        }
    }

    /// Runs a statement on Athena and waits for its end; the answer may be a failed execution.
    pub(crate) fn execute(
        &self,
        statement: &str,
        database: &str,
        output_location: &str,
    ) -> Result<athena::QueryExecution, ClientError> {
        let started: athena::StartQueryExecutionOutput = self.call(
            Service::Athena,
            "StartQueryExecution",
            &athena::StartQueryExecutionInput {
                query_string: statement.to_owned(),
                query_execution_context: Some(athena::QueryExecutionContext {
                    database: Some(database.to_owned()),
                    ..Default::default()
                }),
                result_configuration: Some(athena::ResultConfiguration {
                    output_location: Some(output_location.to_owned()),
                    ..Default::default()
                }),
                ..Default::default()
            },
        )?;
        let id = started.query_execution_id.unwrap_or_default();
        let mut pause = Duration::from_millis(1);
        loop {
            let answer: athena::GetQueryExecutionOutput = self.call(
                Service::Athena,
                "GetQueryExecution",
                &athena::GetQueryExecutionInput {
                    query_execution_id: id.clone(),
                },
            )?;
            let execution = answer.query_execution.unwrap_or_default();
            let state = execution.status.as_ref().and_then(|status| status.state);
            match state {
                Some(
                    athena::QueryExecutionState::Queued | athena::QueryExecutionState::Running,
                ) => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(100));
                }
                _ => return Ok(execution),
            }
        }
    }

    /// All rows of a finished query, the header row included where Athena gives one.
    pub(crate) fn rows(&self, query_id: &str) -> Result<QueryRows, ClientError> {
        let mut all = QueryRows::default();
        let mut next_token = None;
        loop {
            let page: athena::GetQueryResultsOutput = self.call(
                Service::Athena,
                "GetQueryResults",
                &athena::GetQueryResultsInput {
                    query_execution_id: query_id.to_owned(),
                    next_token,
                    ..Default::default()
                },
            )?;
            let results = page.result_set.unwrap_or_default();
            if let Some(columns) = results
                .result_set_metadata
                .and_then(|metadata| metadata.column_info)
            {
                all.columns = columns.into_iter().map(|column| column.name).collect();
            }
            for row in results.rows.unwrap_or_default() {
                let values = row.data.unwrap_or_default();
                all.rows.push(
                    values
                        .into_iter()
                        .map(|datum| datum.var_char_value)
                        .collect(),
                );
            }
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(all);
            }
        }
    }
}

/// What a query cost, and what would have made it cheaper.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Advised {
    pub(crate) price_usd: f64,
    pub(crate) advice: Vec<Advice>,
}

/// One thing to change.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Advice {
    pub(crate) kind: String,
    pub(crate) table: String,
    pub(crate) message: String,
    pub(crate) saved_bytes: Option<u64>,
    pub(crate) saved_usd: f64,
}

/// What a clock shows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClockReport {
    /// RFC 3339.
    pub(crate) now: String,
    pub(crate) ahead_seconds: f64,
}

/// The text of a query's answer.
#[derive(Debug, Default)]
pub(crate) struct QueryRows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl QueryRows {
    /// The rows without the header that Athena puts before the rows of a SELECT.
    pub(crate) fn without_header(mut self) -> Self {
        let is_header = |row: &Vec<Option<String>>| {
            row.len() == self.columns.len()
                && row
                    .iter()
                    .zip(&self.columns)
                    .all(|(value, column)| value.as_ref() == Some(column))
        };
        if self.rows.first().is_some_and(is_header) {
            self.rows.remove(0);
        }
        self
    }
}

/// An object as a listing names it.
#[derive(Debug, Deserialize)]
pub(crate) struct ListedObject {
    #[serde(rename = "Key")]
    pub(crate) key: String,
    #[serde(rename = "Size")]
    pub(crate) size_bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Listing {
    #[serde(rename = "Contents", default)]
    contents: Vec<ListedObject>,
}

#[derive(Debug, Deserialize)]
struct JsonError {
    #[serde(rename = "__type")]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
struct XmlError {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message", default)]
    message: String,
}

fn s3_error(operation: &str, xml: &str) -> ClientError {
    match quick_xml::de::from_str::<XmlError>(xml) {
        Ok(error) => ClientError::Service {
            code: error.code,
            message: error.message,
        },
        Err(_) => ClientError::Answer {
            operation: operation.to_owned(),
            reason: xml.to_owned(),
        },
    }
}
