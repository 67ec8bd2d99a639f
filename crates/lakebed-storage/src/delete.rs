use std::collections::HashSet;

use lakebed_core::{AccountId, ObjectChange};

use crate::commit::remove_version;
use crate::index::{Change, MarkerRow, ObjectRow, VersionRow};
use crate::rearrange::Rearrangement;
use crate::storage::{Inner, OpenBucket};
use crate::{BucketName, Error, EtagMatch, ObjectKey, Result, Storage, VersionId, Versioning};

/// What of a key is to be deleted, and on what condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteObject {
    /// This version, for good; none deletes the current object, of which a bucket that keeps
    /// versions keeps the bytes, and puts a marker before them.
    pub version: Option<VersionId>,
    /// The tag the object must have.
    pub if_match: Option<EtagMatch>,
    /// Who asks: the owner of the marker; none is the bucket's owner.
    pub owner: Option<AccountId>,
    /// Retention in governance mode does not hold the caller back.
    pub bypass_governance: bool,
}

/// What was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The version that was deleted, or the marker that was made; none where there are none.
    pub version: Option<VersionId>,
    /// A marker was made, or was deleted.
    pub marker: bool,
}

/// What deleting comes to for one key.
pub(crate) struct Plan {
    pub(crate) rearrangement: Rearrangement,
    pub(crate) deleted: Deleted,
    /// None if nothing was there to be deleted.
    pub(crate) change: Option<ObjectChange>,
}

impl Storage {
    /// Deletes an object or a version of it; what is not there is deleted already.
    ///
    /// # Errors
    /// `NoSuchBucket`; with `if_match`, `PreconditionFailed` if the tag is another and
    /// `NoSuchKey` if there is no object; `AccessDenied` for a version that is locked.
    pub async fn delete_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        delete: DeleteObject,
    ) -> Result<Deleted> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.blocking(move |inner| {
            let open = inner.bucket(&bucket)?;
            let _namespace = open.enter()?;
            let plan = inner.plan_delete(&open, &key, &delete)?;
            inner.rearrange(&bucket, plan.rearrangement)?;
            inner.publish_deleted(&bucket, &key, &plan.deleted, plan.change);
            Ok(plan.deleted)
        })
        .await
    }

    /// Deletes objects or versions; those of different keys in one transaction. Answers for each
    /// in the order asked.
    ///
    /// # Errors
    /// `NoSuchBucket`, and what keeps the disk from being written. What holds for one object
    /// only is its own answer.
    pub async fn delete_objects(
        &self,
        bucket: &BucketName,
        objects: Vec<(ObjectKey, DeleteObject)>,
    ) -> Result<Vec<Result<Deleted>>> {
        let bucket = bucket.clone();
        self.blocking(move |inner| inner.delete_all(&bucket, &objects))
            .await
    }
}

impl Inner {
    fn delete_all(
        &self,
        bucket: &BucketName,
        objects: &[(ObjectKey, DeleteObject)],
    ) -> Result<Vec<Result<Deleted>>> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let mut answers = Vec::with_capacity(objects.len());
        let mut rest = objects;
        while !rest.is_empty() {
            // What a deletion comes to depends on the ones before it of the same key.
            let mut keys = HashSet::new();
            let alone = rest.iter().take_while(|(key, _)| keys.insert(key)).count();
            let (batch, later) = rest.split_at(alone);
            rest = later;
            let mut together = Rearrangement::default();
            let mut done = Vec::new();
            for (key, delete) in batch {
                match self.plan_delete(&open, key, delete) {
                    Ok(plan) => {
                        together.append(plan.rearrangement);
                        done.push((key, plan.deleted.clone(), plan.change));
                        answers.push(Ok(plan.deleted));
                    }
                    Err(error) => answers.push(Err(error)),
                }
            }
            self.rearrange(bucket, together)?;
            for (key, deleted, change) in done {
                self.publish_deleted(bucket, key, &deleted, change);
            }
        }
        Ok(answers)
    }

    fn publish_deleted(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        deleted: &Deleted,
        change: Option<ObjectChange>,
    ) {
        if let Some(change) = change {
            self.publish_gone(bucket, key.as_str(), deleted.version.as_ref(), change);
        }
    }

    /// The caller holds the namespace.
    pub(crate) fn plan_delete(
        &self,
        open: &OpenBucket,
        key: &ObjectKey,
        delete: &DeleteObject,
    ) -> Result<Plan> {
        let bucket = &open.bucket.name;
        let versioning = open.settings().versioning;
        let current = self.index.object(bucket, key.as_str())?;
        if let Some(tags) = &delete.if_match {
            match &current {
                Some(row) if tags.includes(&row.object.etag) => {}
                Some(_) => {
                    return Err(Error::PreconditionFailed {
                        condition: "If-Match",
                    });
                }
                None => {
                    return Err(Error::NoSuchKey {
                        key: key.to_string(),
                    });
                }
            }
        }
        let mut rearrangement = Rearrangement::default();
        let (deleted, change) = match (&delete.version, versioning) {
            (Some(version), _) => {
                let (deleted, removed) = self.plan_delete_version(
                    bucket,
                    key,
                    version,
                    current,
                    delete,
                    &mut rearrangement,
                )?;
                (deleted, removed.then_some(ObjectChange::Deleted))
            }
            (None, Versioning::Unversioned) => {
                let removed = current.is_some();
                if let Some(row) = current {
                    self.remove_current(bucket, &row, &mut rearrangement);
                }
                let change = removed.then_some(ObjectChange::Deleted);
                (Deleted::default(), change)
            }
            (None, Versioning::Enabled | Versioning::Suspended) => {
                let version = versioning.next_version();
                self.plan_marker(bucket, key, &version, current, delete, &mut rearrangement)?;
                let deleted = Deleted {
                    version: Some(version),
                    marker: true,
                };
                (deleted, Some(ObjectChange::DeleteMarkerCreated))
            }
        };
        Ok(Plan {
            rearrangement,
            deleted,
            change,
        })
    }

    fn remove_current(&self, bucket: &BucketName, row: &ObjectRow, plan: &mut Rearrangement) {
        plan.changes.push(Change::RemoveCurrent {
            key: row.key.clone(),
        });
        plan.discard(self, bucket, row);
    }

    /// Plans a marker before all versions of a key. It replaces the version with its id.
    fn plan_marker(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: &VersionId,
        current: Option<ObjectRow>,
        delete: &DeleteObject,
        plan: &mut Rearrangement,
    ) -> Result<()> {
        if let Some(stale) = self.index.version(bucket, key.as_str(), version)? {
            plan.changes.push(remove_version(&stale));
            if let VersionRow::Object(row) = &stale {
                plan.discard(self, bucket, row);
            }
        }
        match current {
            Some(row) if row.object.version == *version => self.remove_current(bucket, &row, plan),
            Some(row) => {
                plan.changes.push(Change::RemoveCurrent {
                    key: row.key.clone(),
                });
                self.keep_as_version(bucket, row, plan);
            }
            None => {}
        }
        let marker = MarkerRow {
            key: key.to_string(),
            version: version.clone(),
            sequence: self.index.next_sequence(),
            modified: self.platform.clock.now(),
            owner: delete.owner.clone(),
        };
        plan.changes
            .push(Change::PutVersion(VersionRow::Marker(marker)));
        Ok(())
    }

    /// Plans that a version goes for good; the one before it becomes current if it was the latest.
    fn plan_delete_version(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: &VersionId,
        current: Option<ObjectRow>,
        delete: &DeleteObject,
        plan: &mut Rearrangement,
    ) -> Result<(Deleted, bool)> {
        let mut deleted = Deleted {
            version: Some(version.clone()),
            marker: false,
        };
        let sequence = match current {
            Some(row) if row.object.version == *version => {
                self.check_lock(&row, delete)?;
                self.remove_current(bucket, &row, plan);
                row.sequence
            }
            current => {
                let Some(row) = self.index.version(bucket, key.as_str(), version)? else {
                    return Ok((deleted, false));
                };
                if let VersionRow::Object(row) = &row {
                    self.check_lock(row, delete)?;
                    plan.discard(self, bucket, row);
                }
                deleted.marker = matches!(row, VersionRow::Marker(_));
                plan.changes.push(remove_version(&row));
                let newest = self.index.newest_version(bucket, key.as_str(), i64::MAX)?;
                let is_latest = current.is_none()
                    && newest.is_some_and(|newest| newest.sequence() == row.sequence());
                if !is_latest {
                    return Ok((deleted, true));
                }
                row.sequence()
            }
        };
        if let Some(VersionRow::Object(next)) =
            self.index.newest_version(bucket, key.as_str(), sequence)?
        {
            self.promote(bucket, key, next, plan)?;
        }
        Ok((deleted, true))
    }

    /// Plans that a version becomes the current object of its key.
    fn promote(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        mut row: ObjectRow,
        plan: &mut Rearrangement,
    ) -> Result<()> {
        let from = self.file_of(bucket, &row);
        let place = self.place(bucket, key, &row.file.blob, row.file.sealed)?;
        row.file.plain = place.plain;
        plan.changes.push(Change::RemoveVersion {
            key: row.key.clone(),
            sequence: row.sequence,
        });
        plan.relocate(&row, from, place.path);
        plan.changes.push(Change::PutCurrent(row));
        Ok(())
    }

    /// # Errors
    /// `AccessDenied` for a version that must be kept.
    fn check_lock(&self, row: &ObjectRow, delete: &DeleteObject) -> Result<()> {
        row.object
            .properties
            .check_deletable(self.platform.clock.now(), delete.bypass_governance)
    }
}
