use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use lakebed_core::{CallContext, Region, Timestamp};
use lakebed_storage::{BucketName, ByteRange, Storage};
use percent_encoding::percent_decode_str;
use s3s::service::{S3Service, S3ServiceBuilder};

use super::access::{Access, SignedBy};
use super::access_log::{AccessLog, LogNotes};
use super::acl::{KnownAccount, Owners};
use super::adapter::S3Adapter;
use super::answer_status::AnswerStatus;
use super::body::{CheckedBody, Watch};
use super::failure::{S3Failure, whole_body};
use super::gate::{Gate, NoSecrets, OperationName};
use super::host::{BucketHosts, bucket_of};
use super::overrides::take_overrides;
use super::post::{Upload, is_form_upload};
use super::query::{parameters_as_headers, retain_parameters};
use super::{attributes, command, cross_origin};
use crate::answer::Answer;
use crate::auth::{Authenticator, Caller, Resource, check_presigned, is_of_signature};
use crate::request_ids::{s3_host_id, s3_request_id};

/// S3 on the wire: s3s reads requests and writes answers, this does what it leaves out.
#[derive(Debug, Clone)]
pub(crate) struct S3Endpoint {
    service: S3Service,
    storage: Storage,
    region: Region,
    auth: Authenticator,
    access_log: AccessLog,
}

impl S3Endpoint {
    pub(crate) fn new(
        storage: Storage,
        region: &Region,
        auth: Authenticator,
        acls: bool,
        access_log: AccessLog,
    ) -> Self {
        let owners = Owners::new(auth.accounts().map(KnownAccount::from));
        let access = Access {
            storage: storage.clone(),
            owners: owners.clone(),
            mode: auth.mode(),
        };
        let adapter = S3Adapter {
            storage: storage.clone(),
            region: region.clone(),
            owners,
            access: access.clone(),
            acls,
        };
        let mut builder = S3ServiceBuilder::new(adapter);
        builder.set_auth(NoSecrets);
        builder.set_access(Gate { access });
        builder.set_host(BucketHosts);
        Self {
            service: builder.build(),
            storage,
            region: region.clone(),
            auth,
            access_log,
        }
    }

    /// Serves one request. `now` is the real time, which signatures go by.
    pub(crate) async fn handle(
        &self,
        mut request: Request<axum::body::Body>,
        context: &CallContext,
        caller: Caller,
        now: Timestamp,
    ) -> Answer {
        let method = request.method().clone();
        let resource = resource_of(request.uri(), request.headers());
        let allowance =
            cross_origin::answer_headers(&self.storage, &resource, &method, request.headers());
        let entry = self
            .access_log
            .begin(&resource, &mut request, context)
            .await;
        let operation = OperationName::default();
        let call = Call {
            context: context.clone(),
            caller,
            operation: operation.clone(),
            signed_by: None,
        };
        let serving = AssertUnwindSafe(self.serve(request, call, now));
        // A bug in one operation is an answer too, and must not take the connection with it.
        let outcome = serving
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(S3Failure::read(StatusCode::INTERNAL_SERVER_ERROR, b"")));
        let (mut response, error) = match outcome {
            Ok(response) => (response, None),
            Err(failure) => (
                failure.respond(&method, &resource, &context.request_id),
                Some(failure.refusal()),
            ),
        };
        response.headers_mut().extend(allowance);
        add_ids(response.headers_mut(), context);
        if let Some(entry) = entry {
            response = entry.answered(response, error.as_ref());
        }
        Answer {
            response,
            operation: operation.get().map(str::to_owned),
            error,
        }
    }

    async fn serve(
        &self,
        request: Request<axum::body::Body>,
        mut call: Call,
        now: Timestamp,
    ) -> Result<Response<axum::body::Body>, S3Failure> {
        if request.method() == Method::OPTIONS {
            call.operation.set("Preflight");
            let resource = resource_of(request.uri(), request.headers());
            return cross_origin::preflight(&self.storage, &resource, request.headers());
        }
        if is_form_upload(request.method(), request.uri(), request.headers()) {
            return self.upload(request, call, now).await;
        }
        refuse_unserved(&request)?;
        check_presigned(request.uri().query().unwrap_or_default(), now)?;

        let (mut parts, body) = request.into_parts();
        let path = resource_of(&parts.uri, &parts.headers);
        let region = self.region_of(&path).await;
        let resource = Resource {
            path: &path,
            region: region.as_deref(),
            own_region: self.region.as_str(),
        };
        let signatures = self.auth.verify_s3(&parts, &resource, now)?;
        call.signed_by = SignedBy::of(&parts.uri, &parts.headers);
        // The signature has been read, and s3s would want to verify it.
        retain_parameters(&mut parts.uri, |name, _| !is_of_signature(name));
        parameters_as_headers(&mut parts.uri, &mut parts.headers);
        let mut declared = CheckedBody::declared_by(&parts.headers);
        declared.signatures = signatures;
        if let Some(trailers) = &declared.chunked {
            parts.extensions.insert(trailers.clone());
            unwrap_chunked_headers(&mut parts.headers)?;
        }
        drop_chunked_encoding(&mut parts.headers);
        parts.headers.remove(header::AUTHORIZATION);
        parts.headers.remove("x-amz-content-sha256");
        drop_malformed_range(&mut parts.headers);
        let overrides = take_overrides(&mut parts.uri)?;
        let watch = Watch::default();
        let mut body = declared.read(body, watch.clone());
        let resource = resource_of(&parts.uri, &parts.headers);
        if command::is_command(&parts.method, &parts.uri, &resource) {
            body = command::read(body, &mut parts, &watch).await?;
        }
        let operation = call.operation.clone();
        let mut response = self
            .call(Request::from_parts(parts, body), call, &watch)
            .await?;
        if matches!(operation.get(), Some("GetObject" | "HeadObject")) {
            response.headers_mut().extend(overrides);
        }
        Ok(response)
    }

    /// Serves an upload by form, which tells only in itself who sends it.
    async fn upload(
        &self,
        request: Request<axum::body::Body>,
        mut call: Call,
        now: Timestamp,
    ) -> Result<Response<axum::body::Body>, S3Failure> {
        call.operation.set("PostObject");
        let (parts, body) = request.into_parts();
        let mut upload = Upload::read(&parts, body).await?;
        let path = resource_of(&parts.uri, &parts.headers);
        let region = self.region_of(&path).await;
        self.auth
            .verify_form(upload.claim(), region.as_deref(), now)?;
        upload.check_policy(now)?;
        call.caller = self.auth.form_caller(upload.claim(), now);
        call.context.principal = call.caller.principal();
        if let Some(notes) = parts.extensions.get::<LogNotes>() {
            notes.requester(&call.context.principal);
        }
        call.signed_by = upload.claim().map(|_| SignedBy::Form);
        let watch = Watch::default();
        let (put, answering) = upload.into_put(&parts, &watch)?;
        let stored = self.call(put, call, &watch).await?;
        Ok(answering.respond(stored))
    }

    /// Has s3s serve a request that is let in, and reads its answer.
    async fn call(
        &self,
        mut request: Request<s3s::Body>,
        call: Call,
        watch: &Watch,
    ) -> Result<Response<axum::body::Body>, S3Failure> {
        let is_head = request.method() == Method::HEAD;
        let operation = call.operation.clone();
        let extensions = request.extensions_mut();
        extensions.insert(call.operation);
        extensions.insert(call.context);
        extensions.insert(call.caller);
        if let Some(signed_by) = call.signed_by {
            extensions.insert(signed_by);
        }
        let answered = self.service.call(request).await;
        let response = answered.map_err(|error| {
            tracing::error!(?error, "an S3 answer could not be written");
            S3Failure::read(StatusCode::INTERNAL_SERVER_ERROR, b"")
        })?;
        let (mut head, body) = response.into_parts();
        if let Some(AnswerStatus(status)) = head.extensions.remove() {
            head.status = status;
        }
        if head.status.is_success() {
            if is_head && head.headers.contains_key(header::CONTENT_RANGE) {
                head.status = StatusCode::PARTIAL_CONTENT;
            }
            if operation.get() == Some("GetObjectAttributes") {
                let document = attributes::with_bare_etag(&whole_body(body).await);
                head.headers.remove(header::CONTENT_LENGTH);
                return Ok(Response::from_parts(head, axum::body::Body::from(document)));
            }
            return Ok(Response::from_parts(head, axum::body::Body::new(body)));
        }
        if head.status == StatusCode::NOT_MODIFIED {
            head.headers.remove(header::CONTENT_TYPE);
            return Ok(Response::from_parts(head, axum::body::Body::empty()));
        }
        Err(match watch.fault() {
            Some(fault) => S3Failure::from(fault),
            None => {
                S3Failure::read(head.status, &whole_body(body).await).with_headers(head.headers)
            }
        })
    }

    /// The region of the bucket in `/bucket/key`, if it is there.
    async fn region_of(&self, resource: &str) -> Option<String> {
        let name = resource.split('/').nth(1)?;
        let bucket = BucketName::parse(name).ok()?;
        let found = self.storage.head_bucket(&bucket).await.ok()?;
        Some(found.region.to_string())
    }
}

/// A request on its way: who calls, what it turned out to be.
#[derive(Debug)]
struct Call {
    context: CallContext,
    caller: Caller,
    operation: OperationName,
    signed_by: Option<SignedBy>,
}

/// Refuses what s3s would answer in a way that helps nobody.
fn refuse_unserved<B>(request: &Request<B>) -> Result<(), S3Failure> {
    let (method, headers) = (request.method(), request.headers());
    // Keys are UTF-8.
    if percent_decode_str(request.uri().path())
        .decode_utf8()
        .is_err()
    {
        return Err(S3Failure::new(
            StatusCode::BAD_REQUEST,
            "InvalidURI",
            "Couldn't parse the specified URI.",
        ));
    }
    // S3 takes no body of unknown length, unless `aws-chunked` announces its length.
    if *method == Method::PUT
        && headers.contains_key(header::TRANSFER_ENCODING)
        && !headers.contains_key(header::CONTENT_LENGTH)
        && !headers.contains_key("x-amz-decoded-content-length")
    {
        return Err(S3Failure::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
        )
        .with("Header", "Transfer-Encoding"));
    }
    Ok(())
}

/// Makes the headers of an `aws-chunked` request those of the payload inside.
fn unwrap_chunked_headers(headers: &mut HeaderMap) -> Result<(), S3Failure> {
    let length = headers
        .remove("x-amz-decoded-content-length")
        .ok_or_else(|| {
            S3Failure::new(
                StatusCode::LENGTH_REQUIRED,
                "MissingContentLength",
                "You must provide the x-amz-decoded-content-length HTTP header.",
            )
        })?;
    headers.insert(header::CONTENT_LENGTH, length);
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove("x-amz-content-sha256");
    Ok(())
}

/// Takes `aws-chunked` off the content encodings: it is none of the object's.
fn drop_chunked_encoding(headers: &mut HeaderMap) {
    let is_chunked = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("aws-chunked"))
    };
    if !headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(is_chunked)
    {
        return;
    }
    let encodings = headers.remove(header::CONTENT_ENCODING);
    let others: Vec<&str> = encodings
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    if !others.is_empty()
        && let Ok(value) = HeaderValue::from_str(&others.join(","))
    {
        headers.insert(header::CONTENT_ENCODING, value);
    }
}

/// S3 ignores a `Range` it cannot read, where s3s refuses the request.
fn drop_malformed_range(headers: &mut HeaderMap) {
    let readable = |value: &HeaderValue| value.to_str().ok().and_then(ByteRange::parse).is_some();
    if headers
        .get(header::RANGE)
        .is_some_and(|value| !readable(value))
    {
        headers.remove(header::RANGE);
    }
}

/// `/bucket/key`, however the bucket was addressed.
fn resource_of(uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    match host.and_then(bucket_of) {
        Some(bucket) => format!("/{bucket}{}", uri.path()),
        None => uri.path().to_owned(),
    }
}

fn add_ids(headers: &mut HeaderMap, context: &CallContext) {
    let ids = [
        ("x-amz-request-id", s3_request_id(&context.request_id)),
        ("x-amz-id-2", s3_host_id(&context.request_id)),
    ];
    for (name, id) in ids {
        if let Ok(value) = HeaderValue::from_str(&id) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_payload_is_left_of_a_chunked_request() {
        let mut headers: HeaderMap = [
            ("content-length", "120"),
            ("x-amz-decoded-content-length", "42"),
            ("content-encoding", "aws-chunked, gzip"),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ]
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<http::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        })
        .collect();
        unwrap_chunked_headers(&mut headers).unwrap();
        drop_chunked_encoding(&mut headers);
        assert_eq!(headers[header::CONTENT_LENGTH], "42");
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
        assert_eq!(headers.len(), 2, "{headers:?}");
    }

    #[test]
    fn unreadable_ranges_are_ignored() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("lines=1-2"));
        drop_malformed_range(&mut headers);
        assert!(headers.is_empty());
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=1-2"));
        drop_malformed_range(&mut headers);
        assert_eq!(headers.len(), 1);
    }
}
