use std::io;

use lakebed_core::{FailureClass, StoreError, Timestamp};

use crate::settings::Configuration;
use crate::{BoxError, ETag, VersionId};

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation was refused or failed. The text is S3's public wording where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("The specified bucket is not valid.")]
    InvalidBucketName { name: String },
    #[error("The specified bucket does not exist")]
    NoSuchBucket { bucket: String },
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwnedByYou { bucket: String },
    #[error(
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."
    )]
    BucketAlreadyExists { bucket: String },
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty { bucket: String },
    #[error("The specified key does not exist.")]
    NoSuchKey { key: String },
    /// The current version of the key is a delete marker.
    #[error("The specified key does not exist.")]
    Deleted { key: String, marker: VersionId },
    /// The version that was asked for is a delete marker.
    #[error("The specified method is not allowed against this resource.")]
    IsDeleteMarker {
        marker: VersionId,
        modified: Timestamp,
    },
    #[error("The specified version does not exist.")]
    NoSuchVersion { key: String, version: VersionId },
    #[error("Access Denied because object protected by object lock.")]
    ObjectLocked,
    #[error(
        "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
    )]
    WrongCustomerKey,
    #[error("{0}")]
    KmsKeyNotFound(String),
    #[error("Your key is too long")]
    KeyTooLong { size_bytes: usize },
    #[error("{message}")]
    InvalidArgument {
        name: &'static str,
        value: String,
        message: String,
    },
    #[error("{0}")]
    InvalidRequest(String),
    #[error("{0}")]
    InvalidTag(String),
    /// The bucket has no such configuration.
    #[error("{0}")]
    NotConfigured(Configuration),
    #[error("{0}")]
    InvalidBucketState(&'static str),
    #[error("Default retention period must be a positive integer value.")]
    InvalidRetentionPeriod,
    #[error("{0}")]
    MalformedPolicy(String),
    #[error("{0}")]
    InvalidTargetBucketForLogging(&'static str),
    #[error("The storage class you specified is not valid")]
    InvalidStorageClass { storage_class: String },
    /// The object is archived and not restored, or is not archived.
    #[error("{message}")]
    InvalidObjectState {
        storage_class: String,
        message: &'static str,
    },
    #[error("Object restore is already in progress")]
    RestoreAlreadyInProgress,
    #[error("Your metadata headers exceed the maximum allowed metadata size")]
    MetadataTooLarge { size_bytes: usize },
    #[error("The requested range is not satisfiable")]
    InvalidRange { size_bytes: u64 },
    #[error("The requested partnumber is not satisfiable")]
    InvalidPartNumber { part: u32, parts: usize },
    #[error("At least one of the pre-conditions you specified did not hold")]
    PreconditionFailed { condition: &'static str },
    /// A conditional read found what the caller has already: 304, which has no body.
    #[error("Not Modified")]
    NotModified { etag: ETag, modified: Timestamp },
    #[error("The Content-MD5 you specified is not valid.")]
    InvalidDigest { value: String },
    #[error("The Content-MD5 you specified did not match what we received.")]
    BadContentMd5,
    #[error("The {algorithm} you specified did not match the calculated checksum.")]
    BadChecksum { algorithm: &'static str },
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    IncompleteBody { expected: u64, received: u64 },
    /// The stream of the body failed; its cause says why.
    #[error("the body could not be read: {0}")]
    Body(#[source] BoxError),
    #[error("Your proposed upload exceeds the maximum allowed size")]
    EntityTooLarge { max_bytes: u64 },
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall { part: u32, size_bytes: u64 },
    #[error(
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed."
    )]
    NoSuchUpload { upload: String },
    #[error(
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart { part: u32 },
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder,
    #[error(
        "The XML you provided was not well-formed or did not validate against our published schema"
    )]
    MalformedXml,
    /// The object's file is being changed from outside, and would not hold still.
    #[error(
        "A conflicting conditional operation is currently in progress against this resource. Try again."
    )]
    Changing { key: String },
    /// The disk that holds the data folder has no room left.
    #[error("the disk that holds the data folder is full")]
    DiskFull(#[source] io::Error),
    /// The data folder may be read but not written.
    #[error("the data folder is read-only: cannot {action}: {source}")]
    ReadOnly {
        action: String,
        #[source]
        source: io::Error,
    },
    /// The file system refused.
    #[error("cannot {action}: {source}")]
    File {
        action: String,
        #[source]
        source: io::Error,
    },
    /// The keys that are there do not open the data key of an object.
    #[error("the data key of an object cannot be unwrapped")]
    DataKey,
    /// The index refused.
    #[error("the object index failed: {0}")]
    Index(#[source] StoreError),
    /// The data folder was written by a newer Lakebed.
    #[error(
        "the data folder has format {found}, and this lakebed knows formats up to {known}: open it with a newer lakebed"
    )]
    NewerFormat { found: i64, known: i64 },
    /// The index holds what this version of Lakebed does not write.
    #[error("the object index holds unreadable details for '{key}'")]
    Details {
        key: String,
        #[source]
        source: serde_json::Error,
    },
    /// A background task of the process went down.
    #[error("a file task did not finish")]
    Task(#[source] tokio::task::JoinError),
    /// The folder of buckets cannot be watched.
    #[error("cannot watch the bucket folders")]
    Watch(#[source] notify::Error),
}

impl Error {
    /// The S3 error code, such as `NoSuchKey`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidBucketName { .. } => "InvalidBucketName",
            Self::NoSuchBucket { .. } => "NoSuchBucket",
            Self::BucketAlreadyOwnedByYou { .. } => "BucketAlreadyOwnedByYou",
            Self::BucketAlreadyExists { .. } => "BucketAlreadyExists",
            Self::BucketNotEmpty { .. } => "BucketNotEmpty",
            Self::NoSuchKey { .. } | Self::Deleted { .. } => "NoSuchKey",
            Self::IsDeleteMarker { .. } => "MethodNotAllowed",
            Self::ObjectLocked | Self::WrongCustomerKey => "AccessDenied",
            Self::KmsKeyNotFound(_) => "KMS.NotFoundException",
            Self::NoSuchVersion { .. } => "NoSuchVersion",
            Self::KeyTooLong { .. } => "KeyTooLongError",
            Self::InvalidArgument { .. } => "InvalidArgument",
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::InvalidTag(_) => "InvalidTag",
            Self::NotConfigured(configuration) => configuration.code(),
            Self::InvalidBucketState(_) => "InvalidBucketState",
            Self::InvalidRetentionPeriod => "InvalidRetentionPeriod",
            Self::MalformedPolicy(_) => "MalformedPolicy",
            Self::InvalidTargetBucketForLogging(_) => "InvalidTargetBucketForLogging",
            Self::InvalidStorageClass { .. } => "InvalidStorageClass",
            Self::InvalidObjectState { .. } => "InvalidObjectState",
            Self::RestoreAlreadyInProgress => "RestoreAlreadyInProgress",
            Self::MetadataTooLarge { .. } => "MetadataTooLarge",
            Self::InvalidRange { .. } => "InvalidRange",
            Self::InvalidPartNumber { .. } => "InvalidPartNumber",
            Self::PreconditionFailed { .. } => "PreconditionFailed",
            Self::NotModified { .. } => "NotModified",
            Self::InvalidDigest { .. } => "InvalidDigest",
            Self::BadContentMd5 | Self::BadChecksum { .. } => "BadDigest",
            Self::IncompleteBody { .. } | Self::Body(_) => "IncompleteBody",
            Self::EntityTooLarge { .. } => "EntityTooLarge",
            Self::EntityTooSmall { .. } => "EntityTooSmall",
            Self::NoSuchUpload { .. } => "NoSuchUpload",
            Self::InvalidPart { .. } => "InvalidPart",
            Self::InvalidPartOrder => "InvalidPartOrder",
            Self::MalformedXml => "MalformedXML",
            Self::Changing { .. } => "OperationAborted",
            Self::DiskFull(_)
            | Self::ReadOnly { .. }
            | Self::File { .. }
            | Self::DataKey
            | Self::Index(_)
            | Self::NewerFormat { .. }
            | Self::Details { .. }
            | Self::Task(_)
            | Self::Watch(_) => "InternalError",
        }
    }

    /// The HTTP status S3 answers with.
    ///
    /// A full disk or a read-only one is 507 and not 500, because SDKs retry 500 and a retry
    /// cannot help.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::NotModified { .. } => 304,
            Self::NoSuchBucket { .. }
            | Self::NoSuchKey { .. }
            | Self::Deleted { .. }
            | Self::NoSuchVersion { .. }
            | Self::NotConfigured(_)
            | Self::NoSuchUpload { .. } => 404,
            Self::ObjectLocked | Self::WrongCustomerKey | Self::InvalidObjectState { .. } => 403,
            Self::IsDeleteMarker { .. } => 405,
            Self::BucketAlreadyOwnedByYou { .. }
            | Self::BucketAlreadyExists { .. }
            | Self::BucketNotEmpty { .. }
            | Self::InvalidBucketState(_)
            | Self::RestoreAlreadyInProgress
            | Self::Changing { .. } => 409,
            Self::PreconditionFailed { .. } => 412,
            Self::InvalidRange { .. } | Self::InvalidPartNumber { .. } => 416,
            Self::File { .. }
            | Self::DataKey
            | Self::Index(_)
            | Self::NewerFormat { .. }
            | Self::Details { .. }
            | Self::Task(_)
            | Self::Watch(_) => 500,
            Self::DiskFull(_) | Self::ReadOnly { .. } => 507,
            _ => 400,
        }
    }

    /// Where a person should look first.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::ObjectLocked | Self::WrongCustomerKey => FailureClass::Permission,
            Self::BadContentMd5
            | Self::BadChecksum { .. }
            | Self::IncompleteBody { .. }
            | Self::Body(_) => FailureClass::Data,
            Self::NoSuchBucket { .. }
            | Self::NoSuchKey { .. }
            | Self::Deleted { .. }
            | Self::IsDeleteMarker { .. }
            | Self::NoSuchVersion { .. }
            | Self::NoSuchUpload { .. }
            | Self::BucketAlreadyOwnedByYou { .. }
            | Self::BucketAlreadyExists { .. }
            | Self::BucketNotEmpty { .. }
            | Self::InvalidObjectState { .. }
            | Self::RestoreAlreadyInProgress
            | Self::PreconditionFailed { .. }
            | Self::NotModified { .. }
            | Self::Changing { .. }
            | Self::DiskFull(_)
            | Self::ReadOnly { .. }
            | Self::File { .. }
            | Self::DataKey
            | Self::Index(_)
            | Self::NewerFormat { .. }
            | Self::Details { .. }
            | Self::Task(_)
            | Self::Watch(_) => FailureClass::Resource,
            _ => FailureClass::Configuration,
        }
    }

    /// Names what was attempted when the file system refused.
    pub(crate) fn file(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(source),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly {
                action: action.into(),
                source,
            },
            _ => Self::File {
                action: action.into(),
                source,
            },
        }
    }

    /// Names what was to be written when the file system refused.
    pub(crate) fn unwritten(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied => Self::ReadOnly {
                action: action.to_owned(),
                source,
            },
            _ => Self::file(action)(source),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        use lakebed_core::rusqlite::{Error as Sqlite, ErrorCode};
        match error {
            StoreError::Database(Sqlite::SqliteFailure(failure, _))
                if failure.code == ErrorCode::DiskFull =>
            {
                Self::DiskFull(io::Error::from(io::ErrorKind::StorageFull))
            }
            error => Self::Index(error),
        }
    }
}

impl From<lakebed_core::rusqlite::Error> for Error {
    fn from(error: lakebed_core::rusqlite::Error) -> Self {
        Self::from(StoreError::from(error))
    }
}
