use serde::{Deserialize, Serialize};

/// What is refused or ignored of grants to everybody.
///
/// S3 user guide, "Blocking public access to your Amazon S3 storage".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches that S3 has and that mean what they say"
)]
pub struct PublicAccessBlock {
    /// Requests that set public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs have no effect.
    pub ignore_public_acls: bool,
    /// Bucket policies that are public are refused.
    pub block_public_policy: bool,
    /// A bucket whose policy is public serves its own account and AWS services alone.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All of it: what buckets begin with since April 2023.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// Who owns new objects, and whether ACLs count.
///
/// S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner owns everything; ACLs do not count.
    BucketOwnerEnforced,
    /// The bucket's owner owns what is written with the ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Who writes an object owns it.
    ObjectWriter,
}

impl ObjectOwnership {
    /// Reads the name S3 gives it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::BucketOwnerEnforced,
            Self::BucketOwnerPreferred,
            Self::ObjectWriter,
        ]
        .into_iter()
        .find(|ownership| ownership.as_str() == name)
    }

    /// The name S3 gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }
}

/// Who pays for requests and downloads.
///
/// S3 user guide, "Using Requester Pays general purpose buckets".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestPayer {
    #[default]
    BucketOwner,
    Requester,
}
