use serde::{Deserialize, Serialize};

/// The most grants an ACL may have. S3 user guide, "Access control list (ACL) overview".
pub const MOST_GRANTS: usize = 100;

/// The canonical user id of the account that EC2 reads AMI bundles by.
const EC2: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

/// Who may do what with a bucket or an object, besides what policies say. Whose the resource is
/// stands with the resource.
///
/// S3 user guide, "Access control list (ACL) overview".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acl {
    pub grants: Vec<Grant>,
}

/// A permission of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub grantee: Grantee,
    pub permission: Permission,
}

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grantee {
    /// An account, by its canonical user id.
    User(String),
    Group(Group),
}

/// The predefined groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Group {
    /// Anybody, with credentials or without.
    AllUsers,
    /// Anybody with credentials of any account.
    AuthenticatedUsers,
    /// What writes server access logs.
    LogDelivery,
}

/// What is granted. On a bucket `Read` lists it and `Write` puts and deletes objects; on an
/// object `Read` gets it and `Write` means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    Read,
    Write,
    ReadAcp,
    WriteAcp,
    FullControl,
}

/// An ACL by the name S3 has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannedAcl {
    Private,
    PublicRead,
    PublicReadWrite,
    AuthenticatedRead,
    BucketOwnerRead,
    BucketOwnerFullControl,
    LogDeliveryWrite,
    AwsExecRead,
}

impl Acl {
    /// The ACL of what was given none: its owner may do everything.
    #[must_use]
    pub fn private(owner: &str) -> Self {
        Self {
            grants: vec![Grant::to_user(owner, Permission::FullControl)],
        }
    }

    /// Decides whether a caller has a permission, itself or as a member of a group. `caller` is
    /// a canonical user id; none is an anonymous caller.
    #[must_use]
    pub fn permits(&self, caller: Option<&str>, permission: Permission) -> bool {
        self.grants.iter().any(|grant| {
            grant.grantee.includes(caller)
                && (grant.permission == permission || grant.permission == Permission::FullControl)
        })
    }

    /// Whether anybody of any account is granted anything. S3 user guide, "The meaning of
    /// 'public'".
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.grants.iter().any(|grant| grant.grantee.is_public())
    }

    /// The ACL as it counts where public grants are ignored.
    #[must_use]
    pub fn without_public_grants(&self) -> Self {
        let grants = self.grants.iter();
        Self {
            grants: grants
                .filter(|grant| !grant.grantee.is_public())
                .cloned()
                .collect(),
        }
    }

    /// Whether nobody but the account `owner` is granted anything.
    #[must_use]
    pub fn is_only_for(&self, owner: &str) -> bool {
        self.grants
            .iter()
            .all(|grant| matches!(&grant.grantee, Grantee::User(id) if id == owner))
    }
}

impl Grant {
    /// A permission of an account, by its canonical user id.
    #[must_use]
    pub fn to_user(canonical_id: &str, permission: Permission) -> Self {
        Self {
            grantee: Grantee::User(canonical_id.to_owned()),
            permission,
        }
    }

    /// A permission of a group.
    #[must_use]
    pub fn to_group(group: Group, permission: Permission) -> Self {
        Self {
            grantee: Grantee::Group(group),
            permission,
        }
    }
}

impl Grantee {
    fn includes(&self, caller: Option<&str>) -> bool {
        match self {
            Self::User(id) => caller == Some(id),
            Self::Group(Group::AllUsers) => true,
            Self::Group(Group::AuthenticatedUsers) => caller.is_some(),
            Self::Group(Group::LogDelivery) => false,
        }
    }

    fn is_public(&self) -> bool {
        matches!(
            self,
            Self::Group(Group::AllUsers | Group::AuthenticatedUsers)
        )
    }
}

impl Group {
    /// Reads the URI S3 names the group by.
    #[must_use]
    pub fn parse(uri: &str) -> Option<Self> {
        [Self::AllUsers, Self::AuthenticatedUsers, Self::LogDelivery]
            .into_iter()
            .find(|group| group.uri() == uri)
    }

    /// The URI S3 names the group by.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::AllUsers => "http://acs.amazonaws.com/groups/global/AllUsers",
            Self::AuthenticatedUsers => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            Self::LogDelivery => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        }
    }
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Write,
        Self::ReadAcp,
        Self::WriteAcp,
        Self::FullControl,
    ];

    /// Reads the name S3 gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == name)
    }

    /// The name S3 gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }
}

impl CannedAcl {
    const ALL: [Self; 8] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
        Self::LogDeliveryWrite,
        Self::AwsExecRead,
    ];

    /// Reads the name S3 gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acl| acl.as_str() == name)
    }

    /// The name S3 gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
            Self::LogDeliveryWrite => "log-delivery-write",
            Self::AwsExecRead => "aws-exec-read",
        }
    }

    /// Whether it means the bucket's owner, and nothing on a bucket itself.
    #[must_use]
    pub const fn is_for_objects(self) -> bool {
        matches!(self, Self::BucketOwnerRead | Self::BucketOwnerFullControl)
    }

    /// What it grants, groups first: the resource's owner has full control in all of them.
    /// `owner` and `bucket_owner` are canonical user ids.
    #[must_use]
    pub fn expand(self, owner: &str, bucket_owner: &str) -> Acl {
        let mut grants = match self {
            Self::Private => Vec::new(),
            Self::PublicRead => vec![Grant::to_group(Group::AllUsers, Permission::Read)],
            Self::PublicReadWrite => vec![
                Grant::to_group(Group::AllUsers, Permission::Read),
                Grant::to_group(Group::AllUsers, Permission::Write),
            ],
            Self::AuthenticatedRead => {
                vec![Grant::to_group(Group::AuthenticatedUsers, Permission::Read)]
            }
            Self::LogDeliveryWrite => vec![
                Grant::to_group(Group::LogDelivery, Permission::Write),
                Grant::to_group(Group::LogDelivery, Permission::ReadAcp),
            ],
            Self::AwsExecRead => vec![Grant::to_user(EC2, Permission::Read)],
            Self::BucketOwnerRead | Self::BucketOwnerFullControl if owner == bucket_owner => {
                Vec::new()
            }
            Self::BucketOwnerRead => vec![Grant::to_user(bucket_owner, Permission::Read)],
            Self::BucketOwnerFullControl => {
                vec![Grant::to_user(bucket_owner, Permission::FullControl)]
            }
        };
        grants.push(Grant::to_user(owner, Permission::FullControl));
        Acl { grants }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const OWNER: &str = "owner";
    const OTHER: &str = "other";

    #[rstest]
    #[case(CannedAcl::Private, None, [])]
    #[case(CannedAcl::PublicRead, None, [Permission::Read])]
    #[case(CannedAcl::PublicReadWrite, None, [Permission::Read, Permission::Write])]
    #[case(CannedAcl::AuthenticatedRead, None, [])]
    #[case(CannedAcl::AuthenticatedRead, Some(OTHER), [Permission::Read])]
    #[case(CannedAcl::LogDeliveryWrite, Some(OTHER), [])]
    #[case(CannedAcl::BucketOwnerRead, Some("bucket"), [Permission::Read])]
    #[case(CannedAcl::BucketOwnerFullControl, Some("bucket"), Permission::ALL)]
    #[case(CannedAcl::Private, Some(OWNER), Permission::ALL)]
    #[case(CannedAcl::AwsExecRead, Some(EC2), [Permission::Read])]
    fn canned_acls_grant<const N: usize>(
        #[case] canned: CannedAcl,
        #[case] caller: Option<&str>,
        #[case] granted: [Permission; N],
    ) {
        let acl = canned.expand(OWNER, "bucket");
        let permitted: Vec<Permission> = Permission::ALL
            .into_iter()
            .filter(|permission| acl.permits(caller, *permission))
            .collect();
        assert_eq!(permitted, granted);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for canned in CannedAcl::ALL {
            assert_eq!(CannedAcl::parse(canned.as_str()), Some(canned));
        }
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for group in [
            Group::AllUsers,
            Group::AuthenticatedUsers,
            Group::LogDelivery,
        ] {
            assert_eq!(Group::parse(group.uri()), Some(group));
        }
        assert_eq!(CannedAcl::parse("Private"), None);
    }

    #[test]
    fn public_is_what_anybody_of_any_account_is_granted() {
        assert!(CannedAcl::PublicRead.expand(OWNER, OWNER).is_public());
        assert!(
            CannedAcl::AuthenticatedRead
                .expand(OWNER, OWNER)
                .is_public()
        );
        assert!(!CannedAcl::LogDeliveryWrite.expand(OWNER, OWNER).is_public());
        assert_eq!(
            CannedAcl::PublicReadWrite
                .expand(OWNER, OWNER)
                .without_public_grants(),
            Acl::private(OWNER)
        );
    }

    #[test]
    fn a_bucket_owner_is_not_granted_twice() {
        let acl = CannedAcl::BucketOwnerFullControl.expand(OWNER, OWNER);
        assert_eq!(acl, Acl::private(OWNER));
        assert!(acl.is_only_for(OWNER));
        assert!(
            !CannedAcl::BucketOwnerRead
                .expand(OTHER, OWNER)
                .is_only_for(OTHER)
        );
    }

    #[test]
    fn acls_are_stored_as_lists_of_grants() {
        let acl = CannedAcl::PublicRead.expand(OWNER, OWNER);
        let stored = serde_json::to_string(&acl).unwrap();
        assert_eq!(
            stored,
            r#"[{"grantee":{"Group":"AllUsers"},"permission":"Read"},{"grantee":{"User":"owner"},"permission":"FullControl"}]"#
        );
        assert_eq!(serde_json::from_str::<Acl>(&stored).unwrap(), acl);
    }
}
