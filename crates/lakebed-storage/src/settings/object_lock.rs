use std::time::Duration;

use lakebed_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BucketSettings, Error, Result, Retention, RetentionMode, Versioning};

/// The longest default retention.
const MOST_DAYS: u32 = 36_500;
const MOST_YEARS: u32 = 100;

const DAY: Duration = Duration::from_secs(86_400);

/// Object Lock: versions can be retained. It stays once it is on.
///
/// S3 user guide, "Locking objects with Object Lock".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectLock {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_retention: Option<DefaultRetention>,
}

/// How versions are retained whose writer does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRetention {
    pub mode: RetentionMode,
    pub period: RetentionPeriod,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetentionPeriod {
    Days(u32),
    /// Of 365 days each.
    Years(u32),
}

impl DefaultRetention {
    /// The retention of a version that is written now.
    #[must_use]
    pub fn starting(&self, now: Timestamp) -> Retention {
        let days = match self.period {
            RetentionPeriod::Days(days) => days,
            RetentionPeriod::Years(years) => years.saturating_mul(365),
        };
        Retention {
            mode: self.mode,
            until: now.plus(DAY.saturating_mul(days)),
        }
    }
}

impl ObjectLock {
    /// Checks the configuration as S3 does.
    ///
    /// # Errors
    /// `InvalidRetentionPeriod`, `InvalidArgument`.
    pub fn accept(self) -> Result<Self> {
        let (number, most, unit) = match self.default_retention {
            None => return Ok(self),
            Some(retention) => match retention.period {
                RetentionPeriod::Days(days) => (days, MOST_DAYS, "days"),
                RetentionPeriod::Years(years) => (years, MOST_YEARS, "years"),
            },
        };
        if number == 0 {
            return Err(Error::InvalidRetentionPeriod);
        }
        if number > most {
            return Err(Error::InvalidArgument {
                name: "DefaultRetention",
                value: number.to_string(),
                message: format!("Default retention period must be at most {most} {unit}"),
            });
        }
        Ok(self)
    }
}

impl BucketSettings {
    /// Turns Object Lock on, or changes its default.
    ///
    /// # Errors
    /// `InvalidBucketState` in a bucket that does not keep versions.
    pub fn put_object_lock(&mut self, lock: ObjectLock) -> Result<()> {
        if self.versioning != Versioning::Enabled {
            return Err(Error::InvalidBucketState(
                "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            ));
        }
        self.object_lock = Some(lock);
        Ok(())
    }

    /// Changes whether versions are kept.
    ///
    /// # Errors
    /// `InvalidBucketState` where Object Lock needs them.
    pub fn put_versioning(&mut self, versioning: Versioning) -> Result<()> {
        if self.object_lock.is_some() && versioning != Versioning::Enabled {
            return Err(Error::InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            ));
        }
        self.versioning = versioning;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn lock(period: RetentionPeriod) -> ObjectLock {
        ObjectLock {
            default_retention: Some(DefaultRetention {
                mode: RetentionMode::Governance,
                period,
            }),
        }
    }

    #[rstest]
    #[case(RetentionPeriod::Days(1), None)]
    #[case(RetentionPeriod::Days(36_500), None)]
    #[case(RetentionPeriod::Years(100), None)]
    #[case(RetentionPeriod::Days(0), Some("InvalidRetentionPeriod"))]
    #[case(RetentionPeriod::Years(0), Some("InvalidRetentionPeriod"))]
    #[case(RetentionPeriod::Days(36_501), Some("InvalidArgument"))]
    #[case(RetentionPeriod::Years(101), Some("InvalidArgument"))]
    fn periods(#[case] period: RetentionPeriod, #[case] code: Option<&str>) {
        let refusal = lock(period).accept().err();
        assert_eq!(refusal.map(|error| error.code()), code);
    }

    #[test]
    fn a_default_is_counted_from_the_write() {
        let retention = DefaultRetention {
            mode: RetentionMode::Compliance,
            period: RetentionPeriod::Years(1),
        };
        assert_eq!(
            retention.starting(Timestamp::from_millis(5)),
            Retention {
                mode: RetentionMode::Compliance,
                until: Timestamp::from_millis(5 + 365 * 86_400_000),
            }
        );
    }

    #[test]
    fn object_lock_needs_versions_and_keeps_them() {
        let mut settings = BucketSettings::default();
        let refused = settings.put_object_lock(ObjectLock::default()).unwrap_err();
        assert_eq!(refused.code(), "InvalidBucketState");
        settings.put_versioning(Versioning::Suspended).unwrap();
        assert!(settings.put_object_lock(ObjectLock::default()).is_err());
        settings.put_versioning(Versioning::Enabled).unwrap();
        settings.put_object_lock(ObjectLock::default()).unwrap();
        let refused = settings.put_versioning(Versioning::Suspended).unwrap_err();
        assert_eq!(refused.code(), "InvalidBucketState");
        settings.put_versioning(Versioning::Enabled).unwrap();
    }
}
