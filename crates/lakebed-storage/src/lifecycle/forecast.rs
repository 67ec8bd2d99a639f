use lakebed_core::Timestamp;

use super::LifecycleDay;
use crate::settings::{Expiration, Lifecycle};
use crate::{BucketName, ObjectInfo, ObjectKey, Result, Storage};

/// When a rule will delete something, and which: what `x-amz-expiration` and `x-amz-abort-date`
/// say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    pub at: Timestamp,
    /// The rule's id.
    pub rule: String,
}

impl Storage {
    /// When the current version of a key will expire, in real days.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn expiry_of(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        object: &ObjectInfo,
    ) -> Result<Option<Forecast>> {
        let settings = self.bucket_settings(bucket)?;
        let lifecycle = settings.lifecycle.as_ref();
        Ok(lifecycle.and_then(|lifecycle| lifecycle.expiry(key, object)))
    }

    /// When an upload that was begun will be given up, in real days.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn abort_of(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        initiated: Timestamp,
    ) -> Result<Option<Forecast>> {
        let settings = self.bucket_settings(bucket)?;
        let lifecycle = settings.lifecycle.as_ref();
        Ok(lifecycle.and_then(|lifecycle| lifecycle.abort(key, initiated)))
    }
}

impl Lifecycle {
    fn expiry(&self, key: &ObjectKey, object: &ObjectInfo) -> Option<Forecast> {
        let tags = &object.properties.tags;
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.enabled && rule.filter.matches(key.as_str(), tags, object.size));
        let forecasts = rules.filter_map(|rule| {
            let at = match rule.expiration? {
                Expiration::Days(days) => LifecycleDay::default().end_after(object.modified, days),
                Expiration::Date(date) => date,
                Expiration::DeleteMarker(_) => return None,
            };
            Some(Forecast {
                at,
                rule: rule.id.clone(),
            })
        });
        forecasts.min_by_key(|forecast| forecast.at)
    }

    fn abort(&self, key: &ObjectKey, initiated: Timestamp) -> Option<Forecast> {
        let rules = self
            .rules
            .iter()
            .filter(|rule| rule.enabled && rule.filter.matches_key(key.as_str()));
        let forecasts = rules.filter_map(|rule| {
            Some(Forecast {
                at: LifecycleDay::default().end_after(initiated, rule.abort_uploads_after?),
                rule: rule.id.clone(),
            })
        });
        forecasts.min_by_key(|forecast| forecast.at)
    }
}
