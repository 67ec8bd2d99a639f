use serde::{Deserialize, Serialize};

use crate::settings::ObjectOwnership;
use crate::{BucketName, BucketSettings, Grant, Grantee, Group, Permission};

/// Where the access log of a bucket goes.
///
/// S3 user guide, "Logging requests with server access logging".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    pub target_bucket: BucketName,
    pub target_prefix: String,
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub key_format: LogKeyFormat,
    /// What others may do with the log objects; only where ACLs count in the target bucket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_grants: Vec<Grant>,
}

/// How the keys of log objects are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogKeyFormat {
    /// `[prefix][YYYY]-[MM]-[DD]-[hh]-[mm]-[ss]-[UniqueString]`.
    #[default]
    Simple,
    /// `[prefix][account]/[region]/[bucket]/[YYYY]/[MM]/[DD]/[YYYY]-[MM]-[DD]-[hh]-[mm]-[ss]-[UniqueString]`.
    Partitioned(PartitionDate),
}

/// Which date a partitioned key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartitionDate {
    /// That of the requests; hours, minutes and seconds are 00.
    EventTime,
    /// When the log was delivered.
    DeliveryTime,
}

impl BucketSettings {
    /// Whether the ACL of the bucket lets logs be delivered to it.
    #[must_use]
    pub fn acl_takes_logs(&self) -> bool {
        let granted = |permission| {
            self.acl.as_ref().is_some_and(|acl| {
                acl.grants.iter().any(|grant| {
                    grant.grantee == Grantee::Group(Group::LogDelivery)
                        && [permission, Permission::FullControl].contains(&grant.permission)
                })
            })
        };
        self.ownership != Some(ObjectOwnership::BucketOwnerEnforced)
            && granted(Permission::Write)
            && granted(Permission::ReadAcp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Acl;

    #[test]
    fn logs_need_write_and_read_acp() {
        let granting = |permissions: &[Permission]| BucketSettings {
            acl: Some(Acl {
                grants: permissions
                    .iter()
                    .map(|permission| Grant::to_group(Group::LogDelivery, *permission))
                    .collect(),
            }),
            ..BucketSettings::default()
        };
        assert!(!BucketSettings::default().acl_takes_logs());
        assert!(!granting(&[Permission::Write]).acl_takes_logs());
        let mut target = granting(&[Permission::Write, Permission::ReadAcp]);
        assert!(target.acl_takes_logs());
        assert!(granting(&[Permission::FullControl]).acl_takes_logs());
        target.ownership = Some(ObjectOwnership::BucketOwnerEnforced);
        assert!(!target.acl_takes_logs());
    }
}
