use lakebed_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How strictly a version is retained. S3 user guide, "Locking objects with Object Lock".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RetentionMode {
    /// Who may bypass governance may delete the version, or retain it for a shorter time.
    Governance,
    /// Nobody may.
    Compliance,
}

/// Until when a version is retained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub mode: RetentionMode,
    pub until: Timestamp,
}

impl Retention {
    /// # Errors
    /// `AccessDenied` while the retention holds the caller back.
    fn check(&self, now: Timestamp, bypass_governance: bool) -> Result<()> {
        let bypassed = bypass_governance && self.mode == RetentionMode::Governance;
        if self.until > now && !bypassed {
            return Err(Error::ObjectLocked);
        }
        Ok(())
    }

    /// Decides whether this retention may give way to another one, or to none.
    ///
    /// # Errors
    /// `AccessDenied` for less than what is promised.
    pub fn check_change(
        &self,
        next: Option<&Self>,
        now: Timestamp,
        bypass_governance: bool,
    ) -> Result<()> {
        let kept = next.is_some_and(|next| next.until >= self.until && next.mode == self.mode);
        if kept {
            return Ok(());
        }
        self.check(now, bypass_governance)
    }
}

/// Decides whether a version may be deleted for good.
///
/// # Errors
/// `AccessDenied` while it is retained or on legal hold.
pub(crate) fn check_deletable(
    retention: Option<&Retention>,
    legal_hold: bool,
    now: Timestamp,
    bypass_governance: bool,
) -> Result<()> {
    if legal_hold {
        return Err(Error::ObjectLocked);
    }
    retention.map_or(Ok(()), |retention| retention.check(now, bypass_governance))
}
