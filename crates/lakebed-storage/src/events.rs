//! What is told on the event bus.

use lakebed_core::{EventKind, ObjectChange, ObjectEvent};

use crate::storage::Inner;
use crate::{BucketName, ObjectInfo, VersionId};

impl Inner {
    /// Tells what happened to a version of an object that is there.
    pub(crate) fn publish(
        &self,
        bucket: &BucketName,
        key: &str,
        object: &ObjectInfo,
        change: ObjectChange,
    ) {
        let event = ObjectEvent {
            size_bytes: Some(object.size),
            etag: Some(object.etag.to_string()),
            ..self.event(bucket, key, Some(&object.version), change)
        };
        self.platform.events.publish(EventKind::Object(event));
    }

    /// Tells that an object is gone, or hidden by a marker: `version` is the one that went or
    /// the marker.
    pub(crate) fn publish_gone(
        &self,
        bucket: &BucketName,
        key: &str,
        version: Option<&VersionId>,
        change: ObjectChange,
    ) {
        let event = self.event(bucket, key, version, change);
        self.platform.events.publish(EventKind::Object(event));
    }

    fn event(
        &self,
        bucket: &BucketName,
        key: &str,
        version: Option<&VersionId>,
        change: ObjectChange,
    ) -> ObjectEvent {
        ObjectEvent {
            bucket: bucket.to_string(),
            key: key.to_owned(),
            version: version
                .filter(|version| !version.is_null())
                .map(ToString::to_string),
            size_bytes: None,
            etag: None,
            sequencer: self.index.next_sequence().cast_unsigned(),
            change,
        }
    }
}
