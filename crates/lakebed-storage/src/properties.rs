use lakebed_core::{ObjectChange, Timestamp};
use serde::{Deserialize, Serialize};

use crate::lock::{self, Retention};
use crate::{Acl, Restore, Result, Tags};

/// What may be changed of a version of an object without writing it anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectProperties {
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// None is that of [`Acl::private`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// None was never said; S3 tells that from "off".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<bool>,
    /// Of an archived object that was to be made readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore: Option<Restore>,
}

impl ObjectProperties {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What has happened to an object that was known as `before`.
    pub(crate) fn changes_since(&self, before: &Self) -> Vec<ObjectChange> {
        let mut changes = Vec::new();
        if self.tags != before.tags {
            changes.push(if self.tags.is_empty() {
                ObjectChange::Untagged
            } else {
                ObjectChange::Tagged
            });
        }
        if self.acl != before.acl {
            changes.push(ObjectChange::AclPut);
        }
        changes
    }

    /// Decides whether the version may be deleted for good.
    ///
    /// # Errors
    /// `AccessDenied` while it is retained or on legal hold.
    pub(crate) fn check_deletable(&self, now: Timestamp, bypass_governance: bool) -> Result<()> {
        let on_hold = self.legal_hold == Some(true);
        lock::check_deletable(self.retention.as_ref(), on_hold, now, bypass_governance)
    }
}
