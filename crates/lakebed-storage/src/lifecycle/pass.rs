//! One look at everything in a bucket that has rules.

use lakebed_core::{EventKind, ObjectChange, Timestamp};

use super::LifecycleDay;
use super::plan::{Action, Due, Kind, Standing, Subject, plan, plan_abort};
use crate::index::{Entry, ObjectRow, UploadRow, VersionQuery, VersionRow};
use crate::settings::{Lifecycle, LifecycleRule};
use crate::storage::{Inner, OpenBucket};
use crate::{BucketName, DeleteObject, Error, ObjectKey, Result, VersionId, Versioning};

/// How many versions are read at a time.
const PAGE: usize = 1000;

/// A bucket whose rules are carried out.
struct Pass<'a> {
    inner: &'a Inner,
    open: &'a OpenBucket,
    lifecycle: &'a Lifecycle,
    versioning: Versioning,
    now: Timestamp,
    day: LifecycleDay,
    stopped: &'a dyn Fn() -> bool,
    done: usize,
}

impl Inner {
    /// Carries out the rules of one bucket; says how many things were done. What fails for one
    /// object is logged, and tried again by the next pass.
    pub(super) fn carry_out_rules(
        &self,
        bucket: &BucketName,
        stopped: &dyn Fn() -> bool,
    ) -> Result<usize> {
        let open = self.bucket(bucket)?;
        let settings = open.settings();
        let Some(lifecycle) = settings.lifecycle.as_ref() else {
            return Ok(0);
        };
        let rules = lifecycle.rules.iter().filter(|rule| rule.enabled);
        let Some(prefix) = common_prefix(rules) else {
            return Ok(0);
        };
        let mut pass = Pass {
            inner: self,
            open: &open,
            lifecycle,
            versioning: settings.versioning,
            now: self.platform.clock.now(),
            day: self.lifecycle_day,
            stopped,
            done: 0,
        };
        pass.versions(&prefix)?;
        pass.uploads(&prefix)?;
        Ok(pass.done)
    }
}

/// What the keys of all rules begin with; none without rules.
fn common_prefix<'a>(mut rules: impl Iterator<Item = &'a LifecycleRule>) -> Option<String> {
    let prefix_of = |rule: &'a LifecycleRule| rule.filter.prefix.as_deref().unwrap_or_default();
    let first = prefix_of(rules.next()?);
    let common = rules.map(prefix_of).fold(first, |common, prefix| {
        let same = common.chars().zip(prefix.chars());
        let length = same
            .take_while(|(left, right)| left == right)
            .map(|(left, _)| left.len_utf8())
            .sum();
        &common[..length]
    });
    Some(common.to_owned())
}

impl Pass<'_> {
    fn bucket(&self) -> &BucketName {
        &self.open.bucket.name
    }

    /// Goes through the versions key by key, each key's from the newest to the oldest.
    fn versions(&mut self, prefix: &str) -> Result<()> {
        let mut chain: Vec<VersionRow> = Vec::new();
        let mut after: Option<(String, VersionId)> = None;
        loop {
            let page = self.inner.index.list_versions(
                self.bucket(),
                &VersionQuery {
                    prefix,
                    delimiter: None,
                    after: after.as_ref().map(|(key, _)| key.as_str()),
                    after_version: after.as_ref().map(|(_, version)| version),
                    limit: PAGE,
                },
            )?;
            for entry in page.entries {
                let Entry::Key((row, _)) = entry else {
                    continue;
                };
                if chain
                    .first()
                    .is_some_and(|newest| newest.key() != row.key())
                {
                    self.key(&chain);
                    chain.clear();
                }
                after = Some((row.key().to_owned(), row.version().clone()));
                chain.push(row);
            }
            if (self.stopped)() {
                return Ok(());
            }
            if !page.truncated {
                self.key(&chain);
                return Ok(());
            }
        }
    }

    fn key(&mut self, chain: &[VersionRow]) {
        for (at, row) in chain.iter().enumerate() {
            let standing = match at.checked_sub(1) {
                None => Standing::Current {
                    alone: chain.len() == 1,
                },
                Some(newer) => Standing::Noncurrent {
                    since: modified(&chain[newer]),
                    newer,
                },
            };
            let subject = self.subject(row, standing);
            let Some(due) = plan(
                self.lifecycle,
                self.versioning,
                &subject,
                self.now,
                self.day,
            ) else {
                continue;
            };
            match self.act(row, &due) {
                Ok(true) => self.done += 1,
                Ok(false) => {}
                Err(error) => tracing::warn!(
                    bucket = %self.bucket(), key = row.key(), version = %row.version(),
                    rule = due.rule, action = ?due.action, %error,
                    "a lifecycle rule could not be carried out"
                ),
            }
        }
    }

    fn subject<'r>(&self, row: &'r VersionRow, standing: Standing) -> Subject<'r> {
        let kind = match row {
            VersionRow::Marker(_) => Kind::DeleteMarker,
            VersionRow::Object(ObjectRow { object, .. }) => Kind::Object {
                size_bytes: object.size,
                tags: &object.properties.tags,
                storage_class: object.metadata.storage_class(),
                locked: object.properties.check_deletable(self.now, false).is_err(),
            },
        };
        Subject {
            key: row.key(),
            modified: modified(row),
            standing,
            kind,
        }
    }

    /// Does what is due to a version, unless it changed since it was read; says whether it was
    /// done.
    fn act(&self, row: &VersionRow, due: &Due) -> Result<bool> {
        let bucket = self.bucket();
        let Due { action, rule } = due;
        let _namespace = self.open.enter()?;
        match (action, self.read_again(row)?) {
            (Action::Transition(class), Some((VersionRow::Object(mut found), current))) => {
                found.object.metadata.storage_class = Some(class.clone());
                let object = found.object.clone();
                self.inner.put_row(bucket, found, current)?;
                let change = ObjectChange::Transitioned {
                    rule: rule.clone(),
                    storage_class: class.clone(),
                };
                self.inner.publish(bucket, row.key(), &object, change);
            }
            (Action::MarkDeleted, Some((_, true))) => {
                let change = ObjectChange::ExpiryMarkerCreated { rule: rule.clone() };
                self.delete(row.key(), None, change)?;
            }
            (Action::Delete, Some(_)) => {
                let change = ObjectChange::Expired { rule: rule.clone() };
                self.delete(row.key(), Some(row.version().clone()), change)?;
            }
            _ => return Ok(false),
        }
        tracing::info!(
            %bucket, key = row.key(), version = %row.version(), rule, ?action,
            "carried out a lifecycle rule"
        );
        Ok(true)
    }

    /// The version as it is now, and whether it is the current object; none if it is another one
    /// by now.
    fn read_again(&self, row: &VersionRow) -> Result<Option<(VersionRow, bool)>> {
        let (index, bucket) = (&self.inner.index, self.bucket());
        if let Some(found) = index.object(bucket, row.key())?
            && found.sequence == row.sequence()
        {
            return Ok(Some((VersionRow::Object(found), true)));
        }
        let found = index.version(bucket, row.key(), row.version())?;
        Ok(found
            .filter(|found| found.sequence() == row.sequence())
            .map(|found| (found, false)))
    }

    /// Deletes a version for good, or puts a marker before the current one.
    fn delete(&self, key: &str, version: Option<VersionId>, change: ObjectChange) -> Result<()> {
        let bucket = self.bucket();
        let key = ObjectKey::parse(key)?;
        let delete = DeleteObject {
            version,
            ..DeleteObject::default()
        };
        let plan = self.inner.plan_delete(self.open, &key, &delete)?;
        self.inner.rearrange(bucket, plan.rearrangement)?;
        let version = plan.deleted.version.as_ref();
        self.inner
            .publish_gone(bucket, key.as_str(), version, change);
        Ok(())
    }

    fn uploads(&mut self, prefix: &str) -> Result<()> {
        let aborts = |rule: &LifecycleRule| rule.enabled && rule.abort_uploads_after.is_some();
        if !self.lifecycle.rules.iter().any(aborts) {
            return Ok(());
        }
        for upload in self.inner.index.uploads(self.bucket(), prefix)? {
            let Some(rule) = plan_abort(
                self.lifecycle,
                &upload.key,
                upload.initiated,
                self.now,
                self.day,
            ) else {
                continue;
            };
            match self.abort(&upload, rule) {
                Ok(()) => self.done += 1,
                // It was completed or aborted meanwhile.
                Err(Error::NoSuchUpload { .. }) => {}
                Err(error) => tracing::warn!(
                    bucket = %self.bucket(), key = upload.key, upload = %upload.id, rule, %error,
                    "a lifecycle rule could not be carried out"
                ),
            }
            if (self.stopped)() {
                break;
            }
        }
        Ok(())
    }

    fn abort(&self, upload: &UploadRow, rule: &str) -> Result<()> {
        let bucket = self.bucket();
        self.inner.abort_upload(bucket, &upload.key, &upload.id)?;
        let event = EventKind::UploadExpired {
            bucket: bucket.to_string(),
            key: upload.key.clone(),
            upload_id: upload.id.to_string(),
            rule: rule.to_owned(),
        };
        self.inner.platform.events.publish(event);
        tracing::info!(%bucket, key = upload.key, upload = %upload.id, rule, action = "Abort", "carried out a lifecycle rule");
        Ok(())
    }
}

fn modified(row: &VersionRow) -> Timestamp {
    match row {
        VersionRow::Object(row) => row.object.modified,
        VersionRow::Marker(row) => row.modified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LifecycleFilter;

    #[test]
    fn only_keys_that_a_rule_can_mean_are_read() {
        let prefix = |prefixes: &[Option<&str>]| {
            let rules: Vec<_> = prefixes
                .iter()
                .map(|prefix| LifecycleRule {
                    filter: LifecycleFilter {
                        prefix: prefix.map(str::to_owned),
                        ..LifecycleFilter::default()
                    },
                    ..LifecycleRule::default()
                })
                .collect();
            common_prefix(rules.iter())
        };
        assert_eq!(prefix(&[]), None);
        assert_eq!(
            prefix(&[Some("logs/a"), Some("logs/b")]).as_deref(),
            Some("logs/")
        );
        assert_eq!(prefix(&[Some("가나"), Some("가다")]).as_deref(), Some("가"));
        assert_eq!(prefix(&[Some("logs/"), None]).as_deref(), Some(""));
    }
}
