//! Archived objects, and what makes them readable for a while.
//!
//! S3 user guide, "Restoring an archived object".

use std::time::Duration;

use lakebed_core::{Documents, ObjectChange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::storage::Inner;
use crate::{BucketName, Error, ObjectInfo, ObjectKey, Result, Storage, VersionId};

/// How fast an archived object is to be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RestoreTier {
    Bulk,
    #[default]
    Standard,
    Expedited,
}

/// How an archived object is to be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreObject {
    /// How long it is to stay readable, in days.
    pub days: u32,
    pub tier: RestoreTier,
}

/// What a request to restore came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The object will be readable later: 202.
    Accepted,
    /// It is readable already, and from now on for the days asked for: 200.
    Extended,
}

/// A restore that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    pub tier: RestoreTier,
    /// From when on the object can be read.
    pub ready: Timestamp,
    /// Until when it can be read.
    pub expiry: Timestamp,
}

/// What a restore means for a reader now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreState {
    Ongoing,
    Readable { until: Timestamp },
}

impl Restore {
    /// None once it has ended.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> Option<RestoreState> {
        if now < self.ready {
            Some(RestoreState::Ongoing)
        } else if now < self.expiry {
            Some(RestoreState::Readable { until: self.expiry })
        } else {
            None
        }
    }
}

/// A restore whose next moment is awaited.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Awaited {
    bucket: BucketName,
    key: String,
    version: VersionId,
    /// That it is done has been told.
    told: bool,
    at: Timestamp,
}

const AWAITED: Documents<Awaited> = Documents::of("s3.restore");

impl Awaited {
    fn name(&self) -> String {
        format!("{}/{}/{}", self.bucket, self.version, self.key)
    }
}

/// How long S3 takes at most. S3 user guide, "Understanding archive retrieval options".
fn duration(storage_class: &str, tier: RestoreTier) -> Result<Duration> {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    Ok(match (storage_class, tier) {
        ("GLACIER", RestoreTier::Expedited) => Duration::from_secs(5 * 60),
        ("GLACIER", RestoreTier::Standard) => hours(5),
        ("GLACIER", RestoreTier::Bulk) | ("DEEP_ARCHIVE", RestoreTier::Standard) => hours(12),
        ("DEEP_ARCHIVE", RestoreTier::Bulk) => hours(48),
        ("DEEP_ARCHIVE", RestoreTier::Expedited) => {
            return Err(Error::InvalidArgument {
                name: "Tier",
                value: "Expedited".to_owned(),
                message: "Retrieval option is not supported by this storage class".to_owned(),
            });
        }
        _ => {
            return Err(Error::InvalidObjectState {
                storage_class: storage_class.to_owned(),
                message: "Restore is not allowed for the object's current storage class",
            });
        }
    })
}

impl ObjectInfo {
    /// # Errors
    /// `InvalidObjectState` for an archived object that is not restored.
    pub(crate) fn check_readable(&self, now: Timestamp) -> Result<()> {
        let storage_class = self.metadata.storage_class();
        let archived = matches!(storage_class, "GLACIER" | "DEEP_ARCHIVE");
        let state = self
            .properties
            .restore
            .and_then(|restore| restore.state(now));
        if !archived || matches!(state, Some(RestoreState::Readable { .. })) {
            return Ok(());
        }
        Err(Error::InvalidObjectState {
            storage_class: storage_class.to_owned(),
            message: "The operation is not valid for the object's storage class",
        })
    }
}

impl Storage {
    /// Makes an archived object readable: after the time its class and the tier take, for the
    /// days asked for. A faster tier speeds up a restore that is under way.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker,
    /// `InvalidObjectState` for an object that is not archived, `RestoreAlreadyInProgress`,
    /// `InvalidArgument` for no days, or a tier that the class does not have.
    pub async fn restore_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
        restore: RestoreObject,
    ) -> Result<RestoreOutcome> {
        if restore.days == 0 {
            return Err(Error::InvalidArgument {
                name: "Days",
                value: restore.days.to_string(),
                message: "restoration days should be at least 1".to_owned(),
            });
        }
        let (bucket, key, version) = (bucket.clone(), key.clone(), version.cloned());
        let outcome = self
            .blocking(move |inner| inner.restore(&bucket, &key, version.as_ref(), restore))
            .await;
        self.inner.restores_changed.notify_one();
        outcome
    }
}

impl Inner {
    fn restore(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
        asked: RestoreObject,
    ) -> Result<RestoreOutcome> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let (mut row, current) = self.find_version(bucket, key, version)?;
        let now = self.platform.clock.now();
        let takes = duration(row.object.metadata.storage_class(), asked.tier)?;
        let before = row.object.properties.restore;
        let state = before.and_then(|restore| restore.state(now));
        let (ready, outcome) = match (before, state) {
            (Some(before), Some(RestoreState::Ongoing)) if asked.tier <= before.tier => {
                return Err(Error::RestoreAlreadyInProgress);
            }
            (Some(before), Some(RestoreState::Ongoing)) => {
                (before.ready.min(now.plus(takes)), RestoreOutcome::Accepted)
            }
            (Some(before), Some(RestoreState::Readable { .. })) => {
                (before.ready, RestoreOutcome::Extended)
            }
            _ => (now.plus(takes), RestoreOutcome::Accepted),
        };
        row.object.properties.restore = Some(Restore {
            tier: asked.tier,
            ready,
            expiry: self.lifecycle_day.end_after(ready.max(now), asked.days),
        });
        let told = outcome == RestoreOutcome::Extended;
        let object = row.object.clone();
        self.put_row(bucket, row, current)?;
        self.await_restore(bucket, key.as_str(), &object, told)?;
        if !told {
            self.publish(
                bucket,
                key.as_str(),
                &object,
                ObjectChange::RestoreInitiated,
            );
        }
        Ok(outcome)
    }

    fn await_restore(
        &self,
        bucket: &BucketName,
        key: &str,
        object: &ObjectInfo,
        told: bool,
    ) -> Result<()> {
        let Some(restore) = object.properties.restore else {
            return Ok(());
        };
        let awaited = Awaited {
            bucket: bucket.clone(),
            key: key.to_owned(),
            version: object.version.clone(),
            told,
            at: if told { restore.expiry } else { restore.ready },
        };
        self.platform.store.write(|transaction| {
            AWAITED.put(transaction, "", &awaited.name(), &awaited)?;
            Ok(())
        })
    }

    /// Tells of restores that are done and ends those that are over; says when the next one will
    /// be either.
    pub(crate) fn attend_restores(&self) -> Result<Option<Timestamp>> {
        let now = self.platform.clock.now();
        let awaited: Vec<Awaited> = self
            .platform
            .store
            .read(|connection| -> Result<_> { Ok(AWAITED.list(connection, "")?) })?;
        for restore in awaited.iter().filter(|restore| restore.at <= now) {
            self.attend(restore, now)?;
        }
        let awaited: Vec<Awaited> = self
            .platform
            .store
            .read(|connection| -> Result<_> { Ok(AWAITED.list(connection, "")?) })?;
        Ok(awaited.iter().map(|restore| restore.at).min())
    }

    fn attend(&self, awaited: &Awaited, now: Timestamp) -> Result<()> {
        let Awaited { bucket, key, .. } = awaited;
        let forget = || {
            self.platform.store.write(|transaction| -> Result<()> {
                AWAITED.delete(transaction, "", &awaited.name())?;
                Ok(())
            })
        };
        let Ok(open) = self.bucket(bucket) else {
            return forget();
        };
        let _namespace = open.enter()?;
        let key = ObjectKey::parse(key.as_str())?;
        let Ok((mut row, current)) = self.find_version(bucket, &key, Some(&awaited.version)) else {
            return forget();
        };
        let Some(restore) = row.object.properties.restore else {
            return forget();
        };
        if !awaited.told && now >= restore.ready {
            tracing::info!(%bucket, %key, version = %awaited.version, "restored an archived object");
            self.publish(
                bucket,
                key.as_str(),
                &row.object,
                ObjectChange::RestoreCompleted,
            );
        }
        if now < restore.expiry {
            return self.await_restore(bucket, key.as_str(), &row.object, now >= restore.ready);
        }
        tracing::info!(%bucket, %key, version = %awaited.version, "the restored copy of an archived object expired");
        row.object.properties.restore = None;
        let object = row.object.clone();
        self.put_row(bucket, row, current)?;
        self.publish(
            bucket,
            key.as_str(),
            &object,
            ObjectChange::RestoredCopyExpired,
        );
        forget()
    }
}
