//! What lifecycle rules do stands in the log too. S3 user guide, "How S3 Lifecycle interacts with
//! other bucket configurations".

use lakebed_core::{ObjectChange, ObjectEvent, RequestId, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::delivery::AccessLog;
use super::record::Record;
use crate::request_ids::s3_request_id;

/// What stands in a key as it is.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

impl AccessLog {
    pub(super) async fn note_object(&self, at: Timestamp, event: &ObjectEvent) {
        let operation = match &event.change {
            ObjectChange::Expired { .. } => "S3.EXPIRE.OBJECT",
            ObjectChange::ExpiryMarkerCreated { .. } => "S3.CREATE.DELETEMARKER",
            ObjectChange::Transitioned { storage_class, .. } => transition(storage_class),
            _ => return,
        };
        let version = event.version.as_deref();
        self.note_lifecycle(at, &event.bucket, &event.key, version, operation)
            .await;
    }

    pub(super) async fn note_lifecycle(
        &self,
        at: Timestamp,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        operation: &str,
    ) {
        let Some((bucket, logging)) = self.logged(bucket).await else {
            return;
        };
        let request_id = s3_request_id(&RequestId::random());
        let record = Record {
            requester: Some("AmazonS3".to_owned()),
            key: Some(utf8_percent_encode(key, KEY).to_string()),
            version: version.map(str::to_owned),
            ..self.record(bucket, at, request_id, operation.to_owned())
        };
        self.write(&logging, &record);
    }
}

fn transition(storage_class: &str) -> &'static str {
    match storage_class {
        "STANDARD_IA" => "S3.TRANSITION_SIA.OBJECT",
        "ONEZONE_IA" => "S3.TRANSITION_ZIA.OBJECT",
        "INTELLIGENT_TIERING" => "S3.TRANSITION_INT.OBJECT",
        "GLACIER_IR" => "S3.TRANSITION_GIR.OBJECT",
        "DEEP_ARCHIVE" => "S3.TRANSITION_GDA.OBJECT",
        _ => "S3.TRANSITION.OBJECT",
    }
}
