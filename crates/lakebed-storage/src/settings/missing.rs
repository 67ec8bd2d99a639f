use std::fmt;

/// A configuration that a bucket can lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configuration {
    Tags,
    Cors,
    Lifecycle,
    Encryption,
    ObjectLock,
    Policy,
    Ownership,
    PublicAccessBlock,
    Replication,
    Website,
    /// Of those a bucket has several of: analytics, inventory, metrics, intelligent tiering.
    Named,
}

impl Configuration {
    /// S3's code for its absence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Tags => "NoSuchTagSet",
            Self::Cors => "NoSuchCORSConfiguration",
            Self::Lifecycle => "NoSuchLifecycleConfiguration",
            Self::Encryption => "ServerSideEncryptionConfigurationNotFoundError",
            Self::ObjectLock => "ObjectLockConfigurationNotFoundError",
            Self::Policy => "NoSuchBucketPolicy",
            Self::Ownership => "OwnershipControlsNotFoundError",
            Self::PublicAccessBlock => "NoSuchPublicAccessBlockConfiguration",
            Self::Replication => "ReplicationConfigurationNotFoundError",
            Self::Website => "NoSuchWebsiteConfiguration",
            Self::Named => "NoSuchConfiguration",
        }
    }
}

/// S3's wording for its absence.
impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tags => "The TagSet does not exist",
            Self::Cors => "The CORS configuration does not exist",
            Self::Lifecycle => "The lifecycle configuration does not exist",
            Self::Encryption => "The server side encryption configuration was not found",
            Self::ObjectLock => "Object Lock configuration does not exist for this bucket",
            Self::Policy => "The bucket policy does not exist",
            Self::Ownership => "The bucket ownership controls were not found",
            Self::PublicAccessBlock => "The public access block configuration was not found",
            Self::Replication => "The replication configuration was not found",
            Self::Website => "The specified bucket does not have a website configuration",
            Self::Named => "The specified configuration does not exist.",
        })
    }
}
