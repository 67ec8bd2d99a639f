/// Something that happened to an object, or to one version of it.
///
/// It says what a notification says of an object. S3 user guide, "Event message structure".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEvent {
    pub bucket: String,
    pub key: String,
    /// None for the version `null`.
    pub version: Option<String>,
    /// None where the object is gone.
    pub size_bytes: Option<u64>,
    /// None where the object is gone.
    pub etag: Option<String>,
    /// Greater than those of all earlier events of the key.
    pub sequencer: u64,
    pub change: ObjectChange,
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectChange {
    /// A version became current. `operation` is S3's word: `Put`, `Post`, `Copy`,
    /// `CompleteMultipartUpload`, or `Adopt` for a file found in a bucket's folder.
    Created { operation: &'static str },
    /// An object, or a version of it, was deleted for good.
    Deleted,
    /// A delete marker became the newest version.
    DeleteMarkerCreated,
    /// An archived object is to be restored.
    RestoreInitiated,
    /// An archived object can be read.
    RestoreCompleted,
    /// The copy of an archived object that could be read is gone.
    RestoredCopyExpired,
    /// A lifecycle rule deleted an object, or a version of it, for good.
    Expired { rule: String },
    /// A lifecycle rule put a delete marker before an object.
    ExpiryMarkerCreated { rule: String },
    /// A lifecycle rule moved a version to another storage class.
    Transitioned { rule: String, storage_class: String },
    /// Tags were put.
    Tagged,
    /// All tags were deleted.
    Untagged,
    /// The access control list was changed.
    AclPut,
}

impl ObjectChange {
    /// S3's name of the event, such as `ObjectCreated:Put`.
    ///
    /// S3 user guide, "Supported event types for SQS, SNS, and Lambda".
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { operation } => match *operation {
                "Post" => "ObjectCreated:Post",
                "Copy" => "ObjectCreated:Copy",
                "CompleteMultipartUpload" => "ObjectCreated:CompleteMultipartUpload",
                _ => "ObjectCreated:Put",
            },
            Self::Deleted => "ObjectRemoved:Delete",
            Self::DeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
            Self::RestoreInitiated => "ObjectRestore:Post",
            Self::RestoreCompleted => "ObjectRestore:Completed",
            Self::RestoredCopyExpired => "ObjectRestore:Delete",
            Self::Expired { .. } => "LifecycleExpiration:Delete",
            Self::ExpiryMarkerCreated { .. } => "LifecycleExpiration:DeleteMarkerCreated",
            Self::Transitioned { .. } => "LifecycleTransition",
            Self::Tagged => "ObjectTagging:Put",
            Self::Untagged => "ObjectTagging:Delete",
            Self::AclPut => "ObjectAcl:Put",
        }
    }
}
