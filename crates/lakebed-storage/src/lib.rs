//! What lies in the buckets? S3's semantics over plain files on disk: buckets, objects, listings,
//! multipart uploads, conditions, ranges and checksums, as typed operations ([`Storage`]) and as
//! an [`object_store::ObjectStore`] over the same operations ([`Storage::object_store`]).
//!
//! The current version of an object whose key can be a path is the file
//! `<data>/buckets/<bucket>/<key>`; a file dropped there becomes an object. Everything else lies
//! under `<data>/objects`, and the index in the metadata database says where.
//!
//! This crate deliberately knows nothing of HTTP, XML, SQL or of who may do what.

mod acl;
mod adoption;
mod body;
mod bucket_store;
mod buckets;
mod checksum;
mod commit;
mod condition;
mod copy;
mod delete;
mod digest;
mod encryption;
mod error;
mod etag;
mod events;
mod files;
mod index;
mod layout;
mod lifecycle;
mod list;
mod lock;
mod metadata;
mod multipart;
mod names;
mod positional;
mod properties;
mod put;
mod range;
mod read;
mod rearrange;
mod reconcile;
mod restore;
mod seal;
pub mod settings;
mod staging;
mod storage;
mod tags;
mod version;
mod versions;
mod watcher;

pub use acl::{Acl, CannedAcl, Grant, Grantee, Group, MOST_GRANTS, Permission};
pub use body::{BoxError, ByteStream, body};
pub use buckets::{Bucket, CreateBucket};
pub use checksum::{
    Checksum, ChecksumAlgorithm, ChecksumType, ContentMd5, ObjectChecksum, UnknownChecksumType,
};
pub use condition::{EtagMatch, ReadConditions, WriteCondition};
pub use copy::CopyObject;
pub use delete::{DeleteObject, Deleted};
pub use digest::{BodyChecks, TrailingChecksum};
pub use encryption::{
    CustomerKey, Encryption, EncryptionKind, KmsEncryption, KmsKeyName, ObjectEncryption,
};
pub use error::{Error, Result};
pub use etag::ETag;
pub use lifecycle::{Forecast, LifecycleDay};
pub use list::{ListObjects, ObjectListing, ObjectSummary, decode_token, encode_token};
pub use lock::{Retention, RetentionMode};
pub use metadata::{ObjectInfo, ObjectMetadata, ObjectPart};
pub use multipart::{
    CompleteUpload, CompletedPart, CopyPart, CreateUpload, ListUploads, Part, PartListing, Upload,
    UploadListing, UploadPart,
};
pub use names::{BucketName, ObjectKey, PartNumber, UploadId};
pub use properties::ObjectProperties;
pub use put::PutObject;
pub use range::ByteRange;
pub use read::{GetObject, HeadObject, ObjectHead, ObjectRead};
pub use restore::{Restore, RestoreObject, RestoreOutcome, RestoreState, RestoreTier};
pub use settings::BucketSettings;
pub use storage::{Storage, StorageSettings, Usage};
pub use tags::Tags;
pub use version::{VersionId, Versioning};
pub use versions::{ListVersions, Version, VersionKind, VersionListing};
