//! What a request needs to be allowed: the IAM actions of every operation.
//!
//! Service authorization reference, "Actions, resources, and condition keys for Amazon S3"; S3
//! user guide, "Required permissions for Amazon S3 API operations".

use http::HeaderMap;
use lakebed_storage::Permission;

use crate::s3::convert::text;

/// An IAM action, such as `s3:GetObject`.
pub(super) type Action = &'static str;

/// What of a bucket actions are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing of any bucket: what an account may do by itself.
    Account,
    Bucket,
    /// The object the request names.
    Object,
    /// The object the request makes: its key, whatever is there.
    NewObject,
    /// The object that is copied.
    Source,
}

/// An action and what it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) action: Action,
    pub(super) scope: Scope,
}

const fn on(scope: Scope, action: Action) -> Need {
    Need { action, scope }
}

/// What an operation needs. `versioned` says that the request names a version, and `from_version`
/// that the source of a copy is one. Deletions of many objects need what each of them needs.
pub(super) fn needs(
    operation: &str,
    headers: &HeaderMap,
    versioned: bool,
    from_version: bool,
) -> Vec<Need> {
    let mut needs = match operation {
        "ListBuckets" => vec![on(Scope::Account, "s3:ListAllMyBuckets")],
        "CreateBucket" => vec![on(Scope::Account, "s3:CreateBucket")],
        "DeleteObjects" => Vec::new(),
        _ => match bucket_action(operation) {
            Some(action) => vec![on(Scope::Bucket, action)],
            None => object_actions(operation, versioned)
                .iter()
                .map(|action| on(Scope::Object, action))
                .collect(),
        },
    };
    needs.extend(asked_by_headers(operation, headers));
    if matches!(operation, "CopyObject" | "UploadPartCopy") {
        let read = if from_version {
            "s3:GetObjectVersion"
        } else {
            "s3:GetObject"
        };
        needs.push(on(Scope::Source, read));
    }
    needs
}

fn bucket_action(operation: &str) -> Option<Action> {
    Some(match operation {
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "s3:ListBucket",
        "ListObjectVersions" => "s3:ListBucketVersions",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "DeleteBucket" => "s3:DeleteBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "GetBucketAcl" => "s3:GetBucketAcl",
        "PutBucketAcl" => "s3:PutBucketAcl",
        "GetBucketPolicy" => "s3:GetBucketPolicy",
        "GetBucketPolicyStatus" => "s3:GetBucketPolicyStatus",
        "PutBucketPolicy" => "s3:PutBucketPolicy",
        "DeleteBucketPolicy" => "s3:DeleteBucketPolicy",
        "GetBucketOwnershipControls" => "s3:GetBucketOwnershipControls",
        "PutBucketOwnershipControls" | "DeleteBucketOwnershipControls" => {
            "s3:PutBucketOwnershipControls"
        }
        "GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "s3:PutBucketPublicAccessBlock",
        "GetBucketVersioning" => "s3:GetBucketVersioning",
        "PutBucketVersioning" => "s3:PutBucketVersioning",
        "GetBucketTagging" => "s3:GetBucketTagging",
        "PutBucketTagging" | "DeleteBucketTagging" => "s3:PutBucketTagging",
        "GetBucketCors" => "s3:GetBucketCORS",
        "PutBucketCors" | "DeleteBucketCors" => "s3:PutBucketCORS",
        "GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            "s3:PutLifecycleConfiguration"
        }
        "GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "s3:PutEncryptionConfiguration",
        "GetObjectLockConfiguration" => "s3:GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration" => "s3:PutBucketObjectLockConfiguration",
        "GetBucketLogging" => "s3:GetBucketLogging",
        "PutBucketLogging" => "s3:PutBucketLogging",
        "GetBucketNotificationConfiguration" => "s3:GetBucketNotification",
        "PutBucketNotificationConfiguration" => "s3:PutBucketNotification",
        "GetBucketRequestPayment" => "s3:GetBucketRequestPayment",
        "PutBucketRequestPayment" => "s3:PutBucketRequestPayment",
        "GetBucketAccelerateConfiguration" => "s3:GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration" => "s3:PutAccelerateConfiguration",
        "GetBucketWebsite" => "s3:GetBucketWebsite",
        "PutBucketWebsite" => "s3:PutBucketWebsite",
        "DeleteBucketWebsite" => "s3:DeleteBucketWebsite",
        "GetBucketReplication" => "s3:GetReplicationConfiguration",
        "PutBucketReplication" | "DeleteBucketReplication" => "s3:PutReplicationConfiguration",
        "GetBucketAnalyticsConfiguration" | "ListBucketAnalyticsConfigurations" => {
            "s3:GetAnalyticsConfiguration"
        }
        "PutBucketAnalyticsConfiguration" | "DeleteBucketAnalyticsConfiguration" => {
            "s3:PutAnalyticsConfiguration"
        }
        "GetBucketIntelligentTieringConfiguration"
        | "ListBucketIntelligentTieringConfigurations" => "s3:GetIntelligentTieringConfiguration",
        "PutBucketIntelligentTieringConfiguration"
        | "DeleteBucketIntelligentTieringConfiguration" => "s3:PutIntelligentTieringConfiguration",
        "GetBucketInventoryConfiguration" | "ListBucketInventoryConfigurations" => {
            "s3:GetInventoryConfiguration"
        }
        "PutBucketInventoryConfiguration" | "DeleteBucketInventoryConfiguration" => {
            "s3:PutInventoryConfiguration"
        }
        "GetBucketMetricsConfiguration" | "ListBucketMetricsConfigurations" => {
            "s3:GetMetricsConfiguration"
        }
        "PutBucketMetricsConfiguration" | "DeleteBucketMetricsConfiguration" => {
            "s3:PutMetricsConfiguration"
        }
        _ => return None,
    })
}

/// What operations on objects need. One that is not here is implemented nowhere, and needs what
/// nobody but the account itself has.
fn object_actions(operation: &str, versioned: bool) -> &'static [Action] {
    match (operation, versioned) {
        (
            "PutObject"
            | "CopyObject"
            | "CreateMultipartUpload"
            | "UploadPart"
            | "UploadPartCopy"
            | "CompleteMultipartUpload",
            _,
        ) => &["s3:PutObject"],
        ("GetObject" | "HeadObject" | "SelectObjectContent", false) => &["s3:GetObject"],
        ("GetObject" | "HeadObject" | "SelectObjectContent", true) => &["s3:GetObjectVersion"],
        ("GetObjectAttributes", false) => &["s3:GetObject", "s3:GetObjectAttributes"],
        ("GetObjectAttributes", true) => &["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
        ("DeleteObject", false) => &["s3:DeleteObject"],
        ("DeleteObject", true) => &["s3:DeleteObjectVersion"],
        ("AbortMultipartUpload", _) => &["s3:AbortMultipartUpload"],
        ("ListParts", _) => &["s3:ListMultipartUploadParts"],
        ("GetObjectAcl", false) => &["s3:GetObjectAcl"],
        ("GetObjectAcl", true) => &["s3:GetObjectVersionAcl"],
        ("PutObjectAcl", false) => &["s3:PutObjectAcl"],
        ("PutObjectAcl", true) => &["s3:PutObjectVersionAcl"],
        ("GetObjectTagging", false) => &["s3:GetObjectTagging"],
        ("GetObjectTagging", true) => &["s3:GetObjectVersionTagging"],
        ("PutObjectTagging", false) => &["s3:PutObjectTagging"],
        ("PutObjectTagging", true) => &["s3:PutObjectVersionTagging"],
        ("DeleteObjectTagging", false) => &["s3:DeleteObjectTagging"],
        ("DeleteObjectTagging", true) => &["s3:DeleteObjectVersionTagging"],
        ("GetObjectRetention", _) => &["s3:GetObjectRetention"],
        ("PutObjectRetention", _) => &["s3:PutObjectRetention"],
        ("GetObjectLegalHold", _) => &["s3:GetObjectLegalHold"],
        ("PutObjectLegalHold", _) => &["s3:PutObjectLegalHold"],
        ("RestoreObject", _) => &["s3:RestoreObject"],
        ("GetObjectTorrent", _) => &["s3:GetObjectTorrent"],
        _ => &["s3:*"],
    }
}

/// What a request needs besides, for what its headers ask for.
fn asked_by_headers(operation: &str, headers: &HeaderMap) -> Vec<Need> {
    let has = |name: &str| headers.contains_key(name);
    let bypasses = text(headers, "x-amz-bypass-governance-retention")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut needs = Vec::new();
    match operation {
        "CreateBucket" => {
            let grants = headers.keys().any(|name| {
                let name = name.as_str();
                name == "x-amz-acl" || name.starts_with("x-amz-grant-")
            });
            if grants {
                needs.push(on(Scope::Account, "s3:PutBucketAcl"));
            }
            if has("x-amz-object-ownership") {
                needs.push(on(Scope::Account, "s3:PutBucketOwnershipControls"));
            }
            if text(headers, "x-amz-bucket-object-lock-enabled") == Some("true") {
                let action = "s3:PutBucketObjectLockConfiguration";
                needs.push(on(Scope::Account, action));
                needs.push(on(Scope::Account, "s3:PutBucketVersioning"));
            }
        }
        "PutObject" | "CopyObject" | "CreateMultipartUpload" => {
            // Grants by header are conditions on s3:PutObject. S3 user guide, "Bucket policy
            // examples using condition keys".
            for (header, action) in [
                ("x-amz-tagging", "s3:PutObjectTagging"),
                ("x-amz-acl", "s3:PutObjectAcl"),
                ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
                ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
            ] {
                if has(header) {
                    needs.push(on(Scope::NewObject, action));
                }
            }
        }
        "DeleteObject" | "PutObjectRetention" if bypasses => {
            needs.push(on(Scope::Object, "s3:BypassGovernanceRetention"));
        }
        _ => {}
    }
    needs
}

/// What deleting an object needs.
pub(super) fn deletion(versioned: bool, bypasses: bool) -> Vec<Need> {
    let mut needs: Vec<Need> = object_actions("DeleteObject", versioned)
        .iter()
        .map(|action| on(Scope::Object, action))
        .collect();
    if bypasses {
        needs.push(on(Scope::Object, "s3:BypassGovernanceRetention"));
    }
    needs
}

impl Need {
    /// Whether it is about an object that is there, which its owner has a say in. Writing and
    /// deleting keys is the bucket's owner's business, and so are uploads that are under way.
    pub(super) fn is_on_stored_object(self) -> bool {
        let of_bucket_owner = matches!(
            self.action,
            "s3:PutObject"
                | "s3:DeleteObject"
                | "s3:DeleteObjectVersion"
                | "s3:AbortMultipartUpload"
                | "s3:ListMultipartUploadParts"
                | "s3:RestoreObject"
                | "s3:BypassGovernanceRetention"
        );
        matches!(self.scope, Scope::Object | Scope::Source) && !of_bucket_owner
    }

    /// The permission of the bucket's ACL that grants it. S3 user guide, "Access control list
    /// (ACL) overview".
    pub(super) fn bucket_permission(self) -> Option<Permission> {
        match self.action {
            "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => {
                Some(Permission::Read)
            }
            "s3:PutObject" | "s3:DeleteObject" => Some(Permission::Write),
            // Who may write an object owns it: says who else may read it, and what its tags are.
            "s3:PutObjectAcl" | "s3:PutObjectTagging" if self.scope == Scope::NewObject => {
                Some(Permission::Write)
            }
            "s3:GetBucketAcl" => Some(Permission::ReadAcp),
            "s3:PutBucketAcl" => Some(Permission::WriteAcp),
            _ => None,
        }
    }

    /// The permission of the object's ACL that grants it.
    pub(super) fn object_permission(self) -> Option<Permission> {
        match self.action {
            "s3:GetObject"
            | "s3:GetObjectVersion"
            | "s3:GetObjectTorrent"
            | "s3:GetObjectAttributes"
            | "s3:GetObjectVersionAttributes" => Some(Permission::Read),
            "s3:GetObjectAcl" | "s3:GetObjectVersionAcl" => Some(Permission::ReadAcp),
            "s3:PutObjectAcl" | "s3:PutObjectVersionAcl" => Some(Permission::WriteAcp),
            _ => None,
        }
    }

    /// Whether it is about an upload under way, which its initiator has a say in.
    pub(super) fn is_on_upload(self) -> bool {
        matches!(
            self.action,
            "s3:AbortMultipartUpload" | "s3:ListMultipartUploadParts"
        )
    }

    /// Whether it reads or mends the bucket policy.
    pub(super) fn is_on_policy(self) -> bool {
        matches!(
            self.action,
            "s3:GetBucketPolicy" | "s3:PutBucketPolicy" | "s3:DeleteBucketPolicy"
        )
    }
}

/// What is needed to be told that a key has no object, or not this version of it.
pub(super) const fn listing(versioned: bool) -> Need {
    if versioned {
        on(Scope::Bucket, "s3:ListBucketVersions")
    } else {
        on(Scope::Bucket, "s3:ListBucket")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("GetObject", false, &[], &["s3:GetObject"])]
    #[case("HeadObject", true, &[], &["s3:GetObjectVersion"])]
    #[case("ListObjectsV2", false, &[], &["s3:ListBucket"])]
    #[case("PutObject", false, &["x-amz-tagging", "x-amz-acl"],
           &["s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectAcl"])]
    #[case("PutObject", false, &["x-amz-grant-read"], &["s3:PutObject"])]
    #[case("CopyObject", false, &["x-amz-object-lock-mode"],
           &["s3:PutObject", "s3:PutObjectRetention", "s3:GetObject"])]
    #[case("UploadPartCopy", false, &[], &["s3:PutObject", "s3:GetObject"])]
    #[case("DeleteObject", true, &["x-amz-bypass-governance-retention"],
           &["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"])]
    #[case("CreateBucket", false, &["x-amz-acl"], &["s3:CreateBucket", "s3:PutBucketAcl"])]
    #[case("DeleteObjects", false, &[], &[])]
    fn operations_need(
        #[case] operation: &str,
        #[case] versioned: bool,
        #[case] headers: &[&'static str],
        #[case] expected: &[&str],
    ) {
        let headers: HeaderMap = headers
            .iter()
            .map(|name| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static("true"),
                )
            })
            .collect();
        let needs = needs(operation, &headers, versioned, false);
        let actions: Vec<&str> = needs.iter().map(|need| need.action).collect();
        assert_eq!(actions, expected);
    }

    #[test]
    fn owners_have_a_say_in_objects_that_are_there() {
        assert!(on(Scope::Object, "s3:PutObjectAcl").is_on_stored_object());
        assert!(!on(Scope::NewObject, "s3:PutObjectAcl").is_on_stored_object());
        assert!(!on(Scope::Object, "s3:DeleteObject").is_on_stored_object());
        assert!(on(Scope::Source, "s3:GetObject").is_on_stored_object());
    }
}
