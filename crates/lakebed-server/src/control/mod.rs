//! Lakebed's own endpoints, under `/_lakebed/`: health, metrics, clock, reset, advice on queries,
//! differences between versions of a table.

mod clock;
mod health;
mod metrics;
mod schema_difference;

use std::time::Instant;

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use lakebed_catalog::Error;
use serde_json::{Value, json};

use crate::services::Services;
pub(crate) use metrics::Metrics;
use schema_difference::Compared;

/// What a person sees who opens the endpoint in a browser.
const WELCOME: &str = include_str!("welcome.html");

/// The endpoints and what they report on.
#[derive(Debug)]
pub(crate) struct Control {
    services: Services,
    started: Instant,
    pub(crate) metrics: Metrics,
}

impl Control {
    pub(crate) fn new(services: Services) -> Self {
        Self {
            services,
            started: Instant::now(),
            metrics: Metrics::default(),
        }
    }

    /// Serves the endpoint at `path`, which stands behind `/_lakebed/`.
    pub(crate) async fn serve(&self, path: &str, request: &Parts) -> Response<Body> {
        let method = &request.method;
        let advised = path
            .strip_prefix("athena/queries/")
            .and_then(|rest| rest.strip_suffix("/advice"));
        if let Some(query_id) = advised
            && matches!(method.as_str(), "GET" | "HEAD")
        {
            return self.advise(query_id).await;
        }
        let query = request.uri.query().unwrap_or_default();
        if let Some(compared) = schema_difference::compared(path, query)
            && matches!(method.as_str(), "GET" | "HEAD")
        {
            return self.compare(&compared);
        }
        match (path, method.as_str()) {
            (_, "POST") if is_of_another_origin(&request.headers) => refuse(
                StatusCode::FORBIDDEN,
                "pages of other origins may not change anything here",
            ),
            ("health", "GET" | "HEAD") => json_response(
                StatusCode::OK,
                &health::report(&self.services.platform, self.started),
            ),
            ("clock", "GET" | "HEAD") => self.report_clock(),
            ("clock", "POST") => self.advance_clock(request.uri.query().unwrap_or_default()),
            ("metrics", "GET" | "HEAD") => self.report_metrics().await,
            ("reset", "POST") => self.reset().await,
            ("clock" | "health" | "metrics" | "reset", _) => refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                &format!("{method} is not for /_lakebed/{path}"),
            ),
            _ => refuse(
                StatusCode::NOT_FOUND,
                &format!("there is no /_lakebed/{path}"),
            ),
        }
    }

    /// The page for browsers.
    pub(crate) fn welcome() -> Response<Body> {
        response(
            StatusCode::OK,
            "text/html; charset=utf-8",
            WELCOME.to_owned(),
        )
    }

    async fn report_metrics(&self) -> Response<Body> {
        let usage = match self.services.storage.usage().await {
            Ok(usage) => usage,
            Err(error) => return failed("the usage of the buckets cannot be read", &error),
        };
        match self.metrics.write(&usage, self.started) {
            Ok(text) => response(
                StatusCode::OK,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                text,
            ),
            Err(error) => failed("the metrics cannot be written", &error),
        }
    }

    fn report_clock(&self) -> Response<Body> {
        json_response(StatusCode::OK, &clock::report(&self.services.platform))
    }

    /// Advances the clock; what is due by then happens at once, but after the answer.
    fn advance_clock(&self, query: &str) -> Response<Body> {
        let by = match clock::advance_of(query) {
            Ok(by) => by,
            Err(message) => return refuse(StatusCode::BAD_REQUEST, &message),
        };
        match self.services.platform.advance_clock(by) {
            Ok(()) => self.report_clock(),
            Err(error) => failed("the clock cannot be advanced", &error),
        }
    }

    /// What would have made a query cheaper.
    async fn advise(&self, query_id: &str) -> Response<Body> {
        match self.services.athena.advise(query_id).await {
            Ok(report) => match serde_json::to_value(&report) {
                Ok(report) => json_response(StatusCode::OK, &report),
                Err(error) => failed("the advice cannot be written", &error),
            },
            Err(error) if error.http_status() < 500 => {
                refuse(StatusCode::NOT_FOUND, &error.to_string())
            }
            Err(error) => failed("the query cannot be looked at", &error),
        }
    }

    /// What changed between two versions of a table.
    fn compare(&self, compared: &Compared) -> Response<Body> {
        let difference = self.services.catalog.schema_difference(
            &compared.database,
            &compared.table,
            compared.from.as_deref(),
            compared.to.as_deref(),
        );
        match difference.map(|difference| serde_json::to_value(&difference)) {
            Ok(Ok(difference)) => json_response(StatusCode::OK, &difference),
            Ok(Err(error)) => failed("the difference cannot be written", &error),
            Err(error @ Error::NotFound(_)) => refuse(StatusCode::NOT_FOUND, &error.to_string()),
            Err(error @ Error::InvalidInput(_)) => {
                refuse(StatusCode::BAD_REQUEST, &error.to_string())
            }
            Err(error) => failed("the table cannot be looked at", &error),
        }
    }

    async fn reset(&self) -> Response<Body> {
        match self.services.reset().await {
            Ok(()) => json_response(StatusCode::OK, &json!({ "status": "reset" })),
            Err(error) => failed("the reset did not finish", &error),
        }
    }
}

/// Whether a browser sends this for a page that did not come from here. Other clients do not say
/// where they come from.
fn is_of_another_origin(headers: &HeaderMap) -> bool {
    let sent = |name| headers.get(name).map(HeaderValue::as_bytes);
    let own = sent(header::HOST).map(|host| [b"http://", host].concat());
    sent(header::ORIGIN).is_some_and(|origin| own.as_deref() != Some(origin))
}

fn failed(what: &str, error: &impl std::error::Error) -> Response<Body> {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(%error, cause, "{what}");
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        &format!("{what}: {error}"),
    )
}

fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    json_response(status, &json!({ "message": message }))
}

fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    response(status, "application/json", body.to_string())
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_browser(&[(header::HOST, "localhost:4566")], false)]
    #[case::own_page(&[(header::HOST, "localhost:4566"), (header::ORIGIN, "http://localhost:4566")], false)]
    #[case::other_page(&[(header::HOST, "localhost:4566"), (header::ORIGIN, "https://example.com")], true)]
    #[case::other_port(&[(header::HOST, "localhost:4566"), (header::ORIGIN, "http://localhost:3000")], true)]
    #[case::file(&[(header::HOST, "localhost:4566"), (header::ORIGIN, "null")], true)]
    fn browsers_say_where_their_page_is_from(
        #[case] headers: &[(header::HeaderName, &'static str)],
        #[case] other: bool,
    ) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        assert_eq!(is_of_another_origin(&headers), other);
    }
}
