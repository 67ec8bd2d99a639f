use http::request::Parts;
use http::{HeaderMap, Method, header};
use lakebed_wire::{Service, athena, glue, logs, sts};

use crate::auth::Signature;
use crate::s3::bucket_of;

/// The services that have generated dispatch.
static SERVICES: [&Service; 4] = [
    &glue::SERVICE,
    &athena::SERVICE,
    &logs::SERVICE,
    &sts::SERVICE,
];

/// Where Lakebed's own endpoints live: no bucket's name can start with an underscore.
const OWN: &str = "/_lakebed/";

/// What a request is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Destination<'request> {
    /// One of Lakebed's own endpoints, by what stands behind `/_lakebed/`.
    Own(&'request str),
    /// A person's look at the server with a browser.
    Welcome,
    /// S3.
    S3,
    /// A service with generated dispatch.
    Service(&'static Service),
    /// A service of AWS that Lakebed does not have, by its name in credential scopes.
    Absent(&'request str),
}

impl<'request> Destination<'request> {
    /// Chooses by the credential scope, else by `X-Amz-Target`, else by host and path. A request
    /// that names nothing is for S3.
    pub(crate) fn of(parts: &'request Parts, signature: Option<&'request Signature>) -> Self {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok());
        let has_bucket_host = host.and_then(bucket_of).is_some();
        let path = parts.uri.path();
        if !has_bucket_host && let Some(own) = path.strip_prefix(OWN) {
            return Self::Own(own);
        }
        if let Some(service) = signature.and_then(|signature| signature.service.as_deref()) {
            return match service {
                "s3" if is_s3_control(parts) => Self::Absent("s3control"),
                "s3" => Self::S3,
                other => Self::named(other),
            };
        }
        if let Some(target) = parts
            .headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok())
        {
            let prefix = target
                .split_once('.')
                .map_or(target, |(prefix, _operation)| prefix);
            let known = SERVICES
                .into_iter()
                .find(|service| service.target_prefix == prefix);
            return known.map_or(Self::Absent(prefix), Self::Service);
        }
        if has_bucket_host {
            return Self::S3;
        }
        // The query operations that need no signature are all STS's.
        if path == "/" && parts.method == Method::POST && is_form(&parts.headers) {
            return Self::Service(&sts::SERVICE);
        }
        if path == "/" && signature.is_none() && is_browser(parts) {
            return Self::Welcome;
        }
        Self::S3
    }

    fn named(scope: &'request str) -> Self {
        let known = SERVICES.into_iter().find(|service| service.name == scope);
        known.map_or(Self::Absent(scope), Self::Service)
    }
}

/// Whether the body is a form: that of a query operation.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

/// S3 Control signs for `s3` too; its requests carry the account in a header.
fn is_s3_control(parts: &Parts) -> bool {
    parts.headers.contains_key("x-amz-account-id") && parts.uri.path().starts_with("/v20180820/")
}

fn is_browser(parts: &Parts) -> bool {
    let accepts_html = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    matches!(parts.method, Method::GET | Method::HEAD)
        && parts.uri.query().is_none()
        && accepts_html
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::Request;
    use rstest::rstest;

    use super::*;

    const GLUE: (&str, &str) = (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=k/20260102/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0",
    );
    const SNS: (&str, &str) = (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=k/20260102/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0",
    );
    const S3: (&str, &str) = (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=k/20260102/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    );
    const HTML: (&str, &str) = ("accept", "text/html,*/*");
    const FORM: (&str, &str) = (
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );

    #[rstest]
    #[case::by_scope("POST", "/", &[GLUE], "glue")]
    #[case::absent_by_scope("POST", "/", &[SNS, FORM], "absent sns")]
    #[case::by_target("POST", "/", &[("x-amz-target", "AmazonAthena.GetWorkGroup")], "athena")]
    #[case::absent_by_target("POST", "/", &[("x-amz-target", "DynamoDB_20120810.ListTables")], "absent DynamoDB_20120810")]
    #[case::by_form("POST", "/", &[FORM], "sts")]
    #[case::s3_by_scope("GET", "/", &[S3, HTML], "s3")]
    #[case::s3_control("GET", "/v20180820/jobs", &[S3, ("x-amz-account-id", "000000000000")], "absent s3control")]
    #[case::s3_by_host("POST", "/", &[("host", "lake.localhost:4566"), FORM], "s3")]
    #[case::s3_by_path("GET", "/lake/key", &[], "s3")]
    #[case::s3_by_default("GET", "/", &[], "s3")]
    #[case::browser("GET", "/", &[HTML], "welcome")]
    #[case::own("GET", "/_lakebed/health", &[], "own health")]
    #[case::a_key_that_looks_own("GET", "/_lakebed/health", &[("host", "lake.localhost")], "s3")]
    fn requests_find_their_service(
        #[case] method: &str,
        #[case] path: &str,
        #[case] headers: &[(&str, &str)],
        #[case] expected: &str,
    ) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let signature = Signature::of(&parts.headers, parts.uri.query());
        let found = match Destination::of(&parts, signature.as_ref()) {
            Destination::Own(path) => format!("own {path}"),
            Destination::Welcome => "welcome".to_owned(),
            Destination::S3 => "s3".to_owned(),
            Destination::Service(service) => service.name.to_owned(),
            Destination::Absent(name) => format!("absent {name}"),
        };
        assert_eq!(found, expected);
    }
}
