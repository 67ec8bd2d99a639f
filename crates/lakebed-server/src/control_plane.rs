//! The services whose requests are read whole: the JSON and query protocols.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use bytes::Bytes;
use futures::FutureExt;
use http::request::Parts;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use lakebed_core::{CallContext, Timestamp};
use lakebed_wire::athena::{GetQueryExecutionInput, QueryOperations};
use lakebed_wire::protocol::{self, json, query};
use lakebed_wire::{Failure, Operation, Protocol, Service, athena, glue, logs, sts};
use serde_json::Value;

use crate::answer::{Answer, Refusal, http_response};
use crate::auth::{AuthMode, Caller, service_failure};
use crate::authorization;
use crate::destination::is_form;
use crate::services::Services;

/// The largest request body that is read into memory, in bytes.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Who calls, and when by the real time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'call> {
    pub(crate) caller: &'call Caller,
    pub(crate) context: &'call CallContext,
    pub(crate) now: Timestamp,
}

/// Serves a request to a service with generated dispatch.
pub(crate) async fn serve(
    services: &Services,
    service: &'static Service,
    request: Request<Body>,
    call: &Call<'_>,
) -> Answer {
    let context = call.context;
    let mut operation = None;
    let running = AssertUnwindSafe(run(services, service, request, call, &mut operation));
    // A bug in one operation is an answer too, and must not take the connection with it.
    let outcome = running.catch_unwind().await.unwrap_or_else(|_| {
        let message = "the request could not be served because of an internal error";
        Err(Failure::new(500, service.internal_error, message))
    });
    let error = outcome.as_ref().err().map(Refusal::from);
    let answer = match (service.protocol, outcome) {
        (_, Ok(answer)) => answer,
        (Protocol::Json(version), Err(failure)) => json::write_failure(version, &failure),
        (Protocol::Query { namespace, .. }, Err(failure)) => {
            query::write_failure(namespace, &failure, context.request_id.as_str())
        }
        (Protocol::RestXml, Err(failure)) => {
            query::write_failure("", &failure, context.request_id.as_str())
        }
    };
    Answer {
        response: http_response(answer),
        operation: operation.map(|operation| operation.name.to_owned()),
        error,
    }
}

async fn run(
    services: &Services,
    service: &'static Service,
    request: Request<Body>,
    call: &Call<'_>,
    operation: &mut Option<&'static Operation>,
) -> Result<protocol::Response, Failure> {
    let Call { context, now, .. } = *call;
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    services
        .auth
        .verify_service(service.name, &parts, &body, now)
        .map_err(|error| service_failure(&error, service.protocol))?;
    match service.protocol {
        Protocol::Json(version) => {
            let name = json_operation(service, &parts)?;
            let found = find(service, name, operation)?;
            let request = json::read_request(&body)?;
            authorize(services, service, found, call, &request).await?;
            let answer = dispatch(services, service, found, context, request).await?;
            Ok(json::write_answer(version, &answer))
        }
        Protocol::Query { namespace, .. } => {
            let form = match parts.uri.query() {
                Some(sent) if parts.method == Method::GET => query::Form::parse(sent.as_bytes()),
                _ => query::Form::parse(&body),
            };
            let found = find(service, form.action()?, operation)?;
            let request = match found.input {
                Some(input) => form.request(input)?,
                None => Value::Object(serde_json::Map::new()),
            };
            authorize(services, service, found, call, &request).await?;
            let answer = dispatch(services, service, found, context, request).await?;
            query::write_answer(
                namespace,
                found.name,
                found.output,
                &answer,
                context.request_id.as_str(),
            )
        }
        Protocol::RestXml => Err(Failure::unknown_operation(parts.uri.path())),
    }
}

/// Checks that the caller may do what is asked, where that is asked of callers.
async fn authorize(
    services: &Services,
    service: &'static Service,
    operation: &'static Operation,
    call: &Call<'_>,
    request: &Value,
) -> Result<(), Failure> {
    if services.auth.mode() != AuthMode::Enforce {
        return Ok(());
    }
    let Call {
        caller,
        context,
        now,
    } = *call;
    let name = operation.name;
    let work_group = match authorization::query_execution(request) {
        Some(id) if service.name == "athena" => work_group_of(services, context, id).await,
        _ => None,
    };
    let work_group = work_group.as_deref();
    let resources = authorization::resources(service.name, name, request, work_group, context);
    authorization::check(caller, service, name, &resources, context, now)
}

/// The workgroup that a query ran in, if there is such a query.
async fn work_group_of(services: &Services, context: &CallContext, id: &str) -> Option<String> {
    let request = GetQueryExecutionInput {
        query_execution_id: id.to_owned(),
    };
    let found = services.athena.get_query_execution(context, request).await;
    found.ok()?.query_execution?.work_group
}

async fn read_body(body: Body) -> Result<Bytes, Failure> {
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::new(
            413,
            "RequestEntityTooLargeException",
            format!("the request is larger than {LARGEST_BODY} bytes"),
        )),
        Err(_) => Err(Failure::serialization("the request's body ended early")),
    }
}

/// The operation in `X-Amz-Target`.
fn json_operation<'parts>(service: &Service, parts: &'parts Parts) -> Result<&'parts str, Failure> {
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    let target = target.unwrap_or_default();
    match target.split_once('.') {
        Some((prefix, operation))
            if prefix == service.target_prefix && parts.method == Method::POST =>
        {
            Ok(operation)
        }
        _ => Err(Failure::unknown_operation(target)),
    }
}

/// Finds the operation, and notes one that AWS has even if Lakebed has it not.
fn find(
    service: &'static Service,
    name: &str,
    noted: &mut Option<&'static Operation>,
) -> Result<&'static Operation, Failure> {
    *noted = service
        .operations
        .iter()
        .find(|operation| operation.name == name);
    service.implemented(name)
}

async fn dispatch(
    services: &Services,
    service: &'static Service,
    operation: &'static Operation,
    context: &CallContext,
    request: Value,
) -> Result<Value, Failure> {
    let name = operation.name;
    match (service.name, operation.group) {
        ("glue", Some("CatalogOperations")) => {
            glue::dispatch_catalog_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("PartitionIndexOperations")) => {
            glue::dispatch_partition_index_operations(&services.catalog, context, name, request)
                .await
        }
        ("glue", Some("FunctionOperations")) => {
            glue::dispatch_function_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("ConnectionOperations")) => {
            glue::dispatch_connection_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("RegistryOperations")) => {
            glue::dispatch_registry_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("TagOperations")) => {
            glue::dispatch_tag_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("PolicyOperations")) => {
            glue::dispatch_policy_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("StatisticsOperations")) => {
            glue::dispatch_statistics_operations(&services.catalog, context, name, request).await
        }
        ("glue", Some("CrawlerOperations")) => {
            glue::dispatch_crawler_operations(&services.crawlers, context, name, request).await
        }
        ("glue", Some("JobOperations")) => {
            glue::dispatch_job_operations(&services.jobs, context, name, request).await
        }
        ("glue", Some("TriggerOperations")) => {
            glue::dispatch_trigger_operations(&services.triggers, context, name, request).await
        }
        ("glue", Some("WorkflowOperations")) => {
            glue::dispatch_workflow_operations(&services.triggers, context, name, request).await
        }
        ("glue", Some("QualityOperations")) => {
            glue::dispatch_quality_operations(&services.quality, context, name, request).await
        }
        ("athena", Some("QueryOperations")) => {
            athena::dispatch_query_operations(&services.athena, context, name, request).await
        }
        ("athena", Some("WorkGroupOperations")) => {
            athena::dispatch_work_group_operations(&services.athena, context, name, request).await
        }
        ("athena", Some("CatalogOperations")) => {
            athena::dispatch_catalog_operations(&services.athena, context, name, request).await
        }
        ("athena", Some("NamedQueryOperations")) => {
            athena::dispatch_named_query_operations(&services.athena, context, name, request).await
        }
        ("athena", Some("PreparedStatementOperations")) => {
            athena::dispatch_prepared_statement_operations(&services.athena, context, name, request)
                .await
        }
        ("athena", Some("TagOperations")) => {
            athena::dispatch_tag_operations(&services.athena, context, name, request).await
        }
        ("logs", Some("LogGroupOperations")) => {
            logs::dispatch_log_group_operations(&services.logs, context, name, request).await
        }
        ("logs", Some("LogStreamOperations")) => {
            logs::dispatch_log_stream_operations(&services.logs, context, name, request).await
        }
        ("logs", Some("LogEventOperations")) => {
            logs::dispatch_log_event_operations(&services.logs, context, name, request).await
        }
        ("logs", Some("LogTagOperations")) => {
            logs::dispatch_log_tag_operations(&services.logs, context, name, request).await
        }
        ("sts", Some("IdentityOperations")) => {
            sts::dispatch_identity_operations(&services.sts, context, name, request).await
        }
        (service, _) => Err(Failure::not_implemented(service, name)),
    }
}

/// Answers a request to a service that Lakebed does not have, in the protocol it was made in.
pub(crate) async fn refuse_absent(
    service: &str,
    request: Request<Body>,
    context: &CallContext,
) -> Answer {
    let (parts, body) = request.into_parts();
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    let (response, failure) = if let Some(target) = target {
        let operation = target
            .rsplit_once('.')
            .map_or(target, |(_, operation)| operation);
        let failure = absent(service, operation);
        (
            json::write_failure(json_version(&parts.headers), &failure),
            failure,
        )
    } else if is_form(&parts.headers) {
        let form = read_body(body).await.map(|body| query::Form::parse(&body));
        let failure = match form.as_ref().map(query::Form::action) {
            Ok(Ok(action)) => absent(service, action),
            _ => absent(service, "an operation without a name"),
        };
        (
            query::write_failure("", &failure, context.request_id.as_str()),
            failure,
        )
    } else {
        let failure = absent(service, &format!("{} {}", parts.method, parts.uri.path()));
        (json::write_failure("1.1", &failure), failure)
    };
    Answer {
        response: http_response(response),
        operation: None,
        error: Some(Refusal::from(&failure)),
    }
}

fn absent(service: &str, operation: &str) -> Failure {
    Failure::new(
        501,
        "NotImplementedException",
        format!(
            "lakebed does not have the service '{service}' (asked for {operation}); docs/coverage.md lists what it has"
        ),
    )
}

fn json_version(headers: &HeaderMap) -> &'static str {
    let is_1_0 = headers
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().ends_with(b"json-1.0"));
    if is_1_0 { "1.0" } else { "1.1" }
}
