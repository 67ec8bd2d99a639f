use std::time::Instant;

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, header};
use lakebed_core::{CallContext, Principal};
use lakebed_storage::settings::Logging;
use lakebed_storage::{Bucket, BucketName};
use percent_encoding::percent_decode_str;

use super::body::Counted;
use super::delivery::AccessLog;
use super::notes::{DeletedKey, LogNotes, Notes};
use super::operation::operation_name;
use super::record::Record;
use crate::answer::Refusal;
use crate::request_ids::{s3_host_id, s3_request_id};
use crate::s3::convert::text;

/// A request that is to be logged, from when it came in until it is answered.
#[derive(Debug)]
pub(in crate::s3) struct Entry {
    log: AccessLog,
    logging: Option<Logging>,
    record: Record,
    /// The record of a copy's source, if its bucket keeps a log.
    source: Option<(Logging, Record)>,
    notes: LogNotes,
    began: Instant,
    uploaded: Option<u64>,
}

/// A request whose answer is being sent.
#[derive(Debug)]
pub(super) struct Answered {
    entry: Entry,
}

impl AccessLog {
    /// Begins the record of a request to a resource, `/bucket/key`; none if neither its bucket
    /// nor that of a copy's source keeps a log.
    pub(in crate::s3) async fn begin(
        &self,
        resource: &str,
        request: &mut Request<Body>,
        context: &CallContext,
    ) -> Option<Entry> {
        let (bucket, key) = split(resource);
        let (name, logging) = self.logging_of(bucket)?;
        let headers = request.headers();
        let source = text(headers, "x-amz-copy-source");
        if logging.is_none() && source.is_none() {
            return None;
        }
        let bucket = self.storage().head_bucket(&name).await.ok()?;
        let query = request.uri().query().unwrap_or_default();
        let operation = operation_name(request.method(), query, key.is_some(), source.is_some());
        let record = Record {
            remote_ip: context.source_ip,
            requester: requester(&context.principal),
            key: key.map(str::to_owned),
            request_line: Some(format!(
                "{} {} {:?}",
                request.method(),
                request.uri(),
                request.version()
            )),
            referer: text(headers, "referer").map(str::to_owned),
            user_agent: text(headers, "user-agent").map(str::to_owned),
            version: parameter(query, "versionId"),
            host_id: Some(s3_host_id(&context.request_id)),
            signature_version: signature_version(headers, query),
            authentication: authentication(headers, query),
            host: text(headers, "host").map(str::to_owned),
            ..self.record(
                bucket,
                self.now(),
                s3_request_id(&context.request_id),
                operation,
            )
        };
        let source = match source {
            Some(source) => self.copy_source(source, &record).await,
            None => None,
        };
        if logging.is_none() && source.is_none() {
            return None;
        }
        let notes = LogNotes::default();
        let uploaded = uploaded_size(request);
        request.extensions_mut().insert(notes.clone());
        Some(Entry {
            log: self.clone(),
            logging,
            record,
            source,
            notes,
            began: Instant::now(),
            uploaded,
        })
    }

    /// A bucket, and where its log goes; none if there is no such bucket.
    fn logging_of(&self, name: &str) -> Option<(BucketName, Option<Logging>)> {
        let name = BucketName::parse(name).ok()?;
        let settings = self.storage().bucket_settings(&name).ok()?;
        Some((name, settings.logging.clone()))
    }

    /// A bucket that keeps a log, and where that goes.
    pub(super) async fn logged(&self, name: &str) -> Option<(Bucket, Logging)> {
        let (name, logging) = self.logging_of(name)?;
        let logging = logging?;
        let bucket = self.storage().head_bucket(&name).await.ok()?;
        Some((bucket, logging))
    }

    async fn copy_source(&self, source: &str, copy: &Record) -> Option<(Logging, Record)> {
        let (path, query) = source.split_once('?').unwrap_or((source, ""));
        let (bucket, key) = split(path.strip_prefix('/').unwrap_or(path));
        let name = percent_decode_str(bucket).decode_utf8().ok()?;
        let (bucket, logging) = self.logged(&name).await?;
        let record = Record {
            remote_ip: copy.remote_ip,
            requester: copy.requester.clone(),
            key: key.map(str::to_owned),
            version: parameter(query, "versionId"),
            host_id: copy.host_id.clone(),
            signature_version: copy.signature_version,
            authentication: copy.authentication,
            host: copy.host.clone(),
            ..self.record(
                bucket,
                copy.time,
                copy.request_id.clone(),
                format!("{}_GET", copy.operation),
            )
        };
        Some((logging, record))
    }
}

impl Entry {
    /// Goes on to watch the answer being sent.
    pub(in crate::s3) fn answered(
        mut self,
        response: Response<Body>,
        refusal: Option<&Refusal>,
    ) -> Response<Body> {
        let status = response.status().as_u16();
        self.record.status = Some(status);
        self.record.error_code = refusal.map(|refusal| refusal.code.clone());
        self.record.turn_around_millis = Some(self.elapsed_millis());
        self.record.object_size = match self.uploaded {
            None if refusal.is_none() && self.record.key.is_some() => {
                object_size(response.headers())
            }
            uploaded => uploaded,
        };
        if let Some((_, source)) = &mut self.source {
            source.status = Some(status);
            source.error_code = self.record.error_code.clone();
        }
        let (head, body) = response.into_parts();
        let body = Counted::new(body, Answered { entry: self });
        Response::from_parts(head, Body::new(body))
    }

    fn elapsed_millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The record of a key that was one of many to be deleted.
    fn deleted(&self, deleted: DeletedKey) -> Record {
        Record {
            key: Some(deleted.key),
            request_line: None,
            status: Some(if deleted.error_code.is_some() {
                403
            } else {
                204
            }),
            error_code: deleted.error_code.map(str::to_owned),
            bytes_sent: None,
            object_size: None,
            total_millis: None,
            turn_around_millis: None,
            referer: None,
            user_agent: None,
            version: deleted.version,
            operation: "BATCH.DELETE.OBJECT".to_owned(),
            ..self.record.clone()
        }
    }
}

impl Answered {
    /// Writes the lines of a request whose answer has been sent.
    pub(super) fn write(self, bytes_sent: u64) {
        let Self { mut entry } = self;
        entry.record.bytes_sent = Some(bytes_sent);
        entry.record.total_millis = Some(entry.elapsed_millis());
        let Notes { requester, deleted } = entry.notes.take();
        if let Some(principal) = requester {
            entry.record.requester = self::requester(&principal);
        }
        if let Some(logging) = &entry.logging {
            for deleted in deleted {
                entry.log.write(logging, &entry.deleted(deleted));
            }
            entry.log.write(logging, &entry.record);
        }
        if let Some((logging, record)) = &entry.source {
            entry.log.write(logging, record);
        }
    }
}

/// Bucket and key of `/bucket/key`.
fn split(resource: &str) -> (&str, Option<&str>) {
    let resource = resource.strip_prefix('/').unwrap_or(resource);
    match resource.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key).filter(|key| !key.is_empty())),
        None => (resource, None),
    }
}

/// A root by the canonical id of its account, others by their ARN, nobody by nothing.
fn requester(principal: &Principal) -> Option<String> {
    if principal.is_anonymous() {
        return None;
    }
    let arn = principal.arn.to_string();
    Some(if arn.ends_with(":root") {
        principal.canonical_id.clone()
    } else {
        arn
    })
}

fn parameter(query: &str, wanted: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
}

fn signature_version(headers: &HeaderMap, query: &str) -> Option<&'static str> {
    let signed = text(headers, "authorization");
    if signed.is_some_and(|value| value.starts_with("AWS4-")) || has(query, "X-Amz-Signature") {
        Some("SigV4")
    } else if signed.is_some() || has(query, "Signature") {
        Some("SigV2")
    } else {
        None
    }
}

fn authentication(headers: &HeaderMap, query: &str) -> Option<&'static str> {
    if headers.contains_key(header::AUTHORIZATION) {
        Some("AuthHeader")
    } else if has(query, "X-Amz-Signature") || has(query, "Signature") {
        Some("QueryString")
    } else {
        None
    }
}

fn has(query: &str, parameter: &str) -> bool {
    self::parameter(query, parameter).is_some()
}

/// The size of what a request uploads.
fn uploaded_size(request: &Request<Body>) -> Option<u64> {
    let headers = request.headers();
    if request.method() != Method::PUT
        || request.uri().query().is_some_and(is_setting)
        || headers.contains_key("x-amz-copy-source")
    {
        return None;
    }
    let decoded = text(headers, "x-amz-decoded-content-length");
    let length = decoded.or_else(|| text(headers, "content-length"));
    length?.parse().ok()
}

/// Whether a query names something other than an object's bytes.
fn is_setting(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(_, value)| value.is_empty())
}

/// The size of the object that an answer is of, be it whole or a range of it.
fn object_size(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::ETAG)?;
    match text(headers, "content-range") {
        Some(range) => range.rsplit_once('/')?.1.parse().ok(),
        None => text(headers, "content-length")?.parse().ok(),
    }
}
