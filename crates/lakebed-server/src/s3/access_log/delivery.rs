use std::sync::Arc;
use std::time::Duration;

use lakebed_core::{Clock, Event, EventKind, Platform, Timestamp};
use lakebed_storage::settings::Logging;
use lakebed_storage::{
    Acl, Bucket, ObjectKey, ObjectMetadata, ObjectProperties, PutObject, Storage, body,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::pending::{Batch, Pending};
use super::record::Record;
use crate::auth::Authenticator;
use crate::s3::acl::{KnownAccount, Owners};

/// How long lines wait to be delivered, by the clock.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The logs of all buckets. Cheap to clone: all clones are the same logs.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    storage: Storage,
    owners: Owners,
    clock: Clock,
    pending: Mutex<Pending>,
    stop: Notify,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl AccessLog {
    /// Begins to deliver logs, every few minutes until [`Self::shutdown`]. Needs a Tokio runtime.
    pub(crate) fn start(platform: &Platform, storage: Storage, auth: &Authenticator) -> Self {
        let log = Self {
            shared: Arc::new(Shared {
                storage,
                owners: Owners::new(auth.accounts().map(KnownAccount::from)),
                clock: platform.clock.clone(),
                pending: Mutex::default(),
                stop: Notify::new(),
                task: Mutex::default(),
            }),
        };
        let mut events = platform.events.subscribe();
        let delivering = log.clone();
        let task = tokio::spawn(async move {
            let mut due = delivering.now().plus(INTERVAL);
            loop {
                tokio::select! {
                    () = delivering.shared.clock.sleep_until(due) => {
                        delivering.deliver().await;
                        due = delivering.now().plus(INTERVAL);
                    }
                    event = events.recv() => match event {
                        Some(event) => delivering.note(&event).await,
                        None => return,
                    },
                    () = delivering.shared.stop.notified() => {
                        while let Ok(event) = events.try_recv() {
                            delivering.note(&event).await;
                        }
                        return delivering.deliver().await;
                    }
                }
            }
        });
        *log.shared.task.lock() = Some(task);
        log
    }

    /// Delivers what there is and stops.
    pub(crate) async fn shutdown(&self) {
        self.shared.stop.notify_one();
        let task = self.shared.task.lock().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "the delivery of access logs did not stop cleanly");
        }
    }

    /// Forgets what was not delivered.
    pub(crate) fn clear(&self) {
        self.shared.pending.lock().take();
    }

    pub(super) fn storage(&self) -> &Storage {
        &self.shared.storage
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// A record of which only this is known.
    pub(super) fn record(
        &self,
        bucket: Bucket,
        time: Timestamp,
        request_id: String,
        operation: String,
    ) -> Record {
        let owner = self.shared.owners.canonical_id(&bucket.owner);
        Record::new(owner, bucket, time, request_id, operation)
    }

    pub(super) fn write(&self, logging: &Logging, record: &Record) {
        self.shared.pending.lock().add(logging, record);
    }

    async fn note(&self, event: &Event) {
        match &event.kind {
            EventKind::Object(happened) => self.note_object(event.at, happened).await,
            EventKind::UploadExpired { bucket, key, .. } => {
                self.note_lifecycle(event.at, bucket, key, None, "S3.DELETE.UPLOAD")
                    .await;
            }
            _ => {}
        }
    }

    async fn deliver(&self) {
        let batches = self.shared.pending.lock().take();
        for batch in batches {
            let target = batch.logging.target_bucket.clone();
            let source = batch.source.name.clone();
            if let Err(error) = self.put(batch).await {
                tracing::warn!(bucket = %source, %target, %error, "an access log could not be delivered");
            }
        }
    }

    async fn put(&self, batch: Batch) -> lakebed_storage::Result<()> {
        let unique = Uuid::new_v4().simple().to_string().to_uppercase();
        let key = ObjectKey::parse(batch.key(self.now(), &unique[..16]))?;
        let put = PutObject {
            metadata: ObjectMetadata {
                content_type: Some("text/plain".to_owned()),
                ..ObjectMetadata::default()
            },
            properties: ObjectProperties {
                acl: self.acl_of_logs(&batch.logging).await?,
                ..ObjectProperties::default()
            },
            ..PutObject::default()
        };
        let target = &batch.logging.target_bucket;
        let object = self
            .storage()
            .put_object(target, &key, body(batch.lines), put)
            .await?;
        tracing::debug!(bucket = %batch.source.name, %target, %key, size_bytes = object.size, "delivered an access log");
        Ok(())
    }

    /// The ACL of log objects: none but where others are granted something.
    async fn acl_of_logs(&self, logging: &Logging) -> lakebed_storage::Result<Option<Acl>> {
        if logging.target_grants.is_empty() {
            return Ok(None);
        }
        let target = self.storage().head_bucket(&logging.target_bucket).await?;
        let mut acl = Acl::private(&self.shared.owners.canonical_id(&target.owner));
        acl.grants.extend(logging.target_grants.iter().cloned());
        Ok(Some(acl))
    }
}
