//! Pages of other origins: the preflight that browsers ask for them, and what they are told with
//! every answer. S3 user guide, "Using cross-origin resource sharing (CORS)".

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use lakebed_storage::settings::CorsAnswer;
use lakebed_storage::{BucketName, BucketSettings, Storage};

use super::convert::text;
use super::failure::S3Failure;

const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "POST", "DELETE"];

/// What varies an answer once it is for one origin.
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// Answers a preflight for `resource`, which nobody has to sign.
///
/// # Errors
/// `BadRequest` for one that does not ask, `AccessForbidden` where nothing is allowed.
pub(super) fn preflight(
    storage: &Storage,
    resource: &str,
    headers: &HeaderMap,
) -> Result<Response<axum::body::Body>, S3Failure> {
    let Some(origin) = text(headers, header::ORIGIN.as_str()) else {
        return Err(bad_request(
            "Insufficient information. Origin request header needed.".to_owned(),
        ));
    };
    let method = text(headers, header::ACCESS_CONTROL_REQUEST_METHOD.as_str());
    let Some(method) = method.filter(|method| METHODS.contains(method)) else {
        return Err(bad_request(format!(
            "Invalid Access-Control-Request-Method: {}",
            method.unwrap_or("null")
        )));
    };
    let refused = |why: &str| {
        let kind = if names_object(resource) {
            "OBJECT"
        } else {
            "BUCKET"
        };
        S3Failure::new(
            StatusCode::FORBIDDEN,
            "AccessForbidden",
            format!("CORSResponse: {why}"),
        )
        .with("Method", method)
        .with("ResourceType", kind)
    };
    let settings = settings_of(storage, resource).ok_or_else(|| refused("Bucket not found"))?;
    let cors = settings
        .cors
        .as_ref()
        .ok_or_else(|| refused("CORS is not enabled for this bucket."))?;
    let asked = asked_headers(headers);
    let answer = cors.answer(origin, method, &asked).ok_or_else(|| {
        refused("This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
    })?;
    let mut response = Response::new(axum::body::Body::empty());
    *response.headers_mut() = allowance(&answer, &asked);
    Ok(response)
}

/// What a page is told with the answer to its request: nothing unless a rule is for its origin.
pub(super) fn answer_headers(
    storage: &Storage,
    resource: &str,
    method: &Method,
    headers: &HeaderMap,
) -> HeaderMap {
    let Some(origin) = text(headers, header::ORIGIN.as_str()) else {
        return HeaderMap::new();
    };
    let asked_method = text(headers, header::ACCESS_CONTROL_REQUEST_METHOD.as_str());
    let asked = asked_headers(headers);
    let settings = settings_of(storage, resource);
    settings
        .as_ref()
        .and_then(|settings| settings.cors.as_ref())
        .and_then(|cors| cors.answer(origin, asked_method.unwrap_or(method.as_str()), &asked))
        .map(|answer| allowance(&answer, &asked))
        .unwrap_or_default()
}

fn bad_request(message: String) -> S3Failure {
    S3Failure::new(StatusCode::BAD_REQUEST, "BadRequest", message)
}

/// What the bucket of `/bucket/key` is set to do.
fn settings_of(storage: &Storage, resource: &str) -> Option<Arc<BucketSettings>> {
    let bucket = BucketName::parse(resource.split('/').nth(1)?).ok()?;
    storage.bucket_settings(&bucket).ok()
}

fn names_object(resource: &str) -> bool {
    resource
        .split('/')
        .nth(2)
        .is_some_and(|key| !key.is_empty())
}

/// The request headers that a page means to send.
fn asked_headers(headers: &HeaderMap) -> Vec<&str> {
    text(headers, header::ACCESS_CONTROL_REQUEST_HEADERS.as_str())
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

/// The headers that tell a browser what is allowed.
fn allowance(answer: &CorsAnswer<'_>, asked: &[&str]) -> HeaderMap {
    let rule = answer.rule;
    let mut headers = HeaderMap::new();
    let mut say = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    say(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        answer.origin.to_owned(),
    );
    say(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        rule.allowed_methods.join(", "),
    );
    if !asked.is_empty() {
        say(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            asked.join(", ").to_ascii_lowercase(),
        );
    }
    if !rule.expose_headers.is_empty() {
        say(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            rule.expose_headers.join(", "),
        );
    }
    if let Some(seconds) = rule.max_age_seconds {
        say(header::ACCESS_CONTROL_MAX_AGE, seconds.to_string());
    }
    if answer.credentials() {
        say(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true".to_owned());
    }
    say(header::VARY, VARY.to_owned());
    headers
}
