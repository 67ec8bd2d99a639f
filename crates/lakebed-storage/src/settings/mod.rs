//! What a bucket is set to do, one file a configuration: types named as S3 names them, with the
//! checks S3 makes. All of them are kept as one document with the bucket.

mod access;
mod cors;
mod encryption;
mod lifecycle;
mod logging;
mod missing;
mod notification;
mod object_lock;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use access::{ObjectOwnership, PublicAccessBlock, RequestPayer};
pub use cors::{Cors, CorsAnswer, CorsRule};
pub use encryption::{BucketEncryption, SseAlgorithm};
pub(crate) use lifecycle::coldness;
pub use lifecycle::{
    Expiration, Lifecycle, LifecycleFilter, LifecycleRule, NoncurrentExpiration,
    NoncurrentTransition, Transition, TransitionMinimum, TransitionTime,
};
pub use logging::{LogKeyFormat, Logging, PartitionDate};
pub use missing::Configuration;
pub use notification::{KeyFilter, NotificationRule, NotificationService, Notifications};
pub use object_lock::{DefaultRetention, ObjectLock, RetentionPeriod};

use crate::storage::Inner;
use crate::{Acl, BucketName, Result, Storage, Tags, Versioning};

/// The settings of a bucket. What is not set is not stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketSettings {
    #[serde(skip_serializing_if = "is_default")]
    pub versioning: Versioning,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<BucketEncryption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock: Option<ObjectLock>,
    /// The bucket policy, as it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<ObjectOwnership>,
    /// None is that of [`Acl::private`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_access_block: Option<PublicAccessBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Logging>,
    #[serde(skip_serializing_if = "is_default")]
    pub notifications: Notifications,
    #[serde(skip_serializing_if = "is_default")]
    pub request_payer: RequestPayer,
}

/// Keeps what is as it was made out of the document.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Storage {
    /// The settings of a bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn bucket_settings(&self, bucket: &BucketName) -> Result<Arc<BucketSettings>> {
        Ok(self.inner.bucket(bucket)?.settings())
    }

    /// Changes the settings of a bucket, one caller at a time; nothing changes if `change` fails.
    ///
    /// # Errors
    /// `NoSuchBucket`, and what `change` answers.
    pub async fn change_bucket_settings<T: Send + 'static>(
        &self,
        bucket: &BucketName,
        change: impl FnOnce(&mut BucketSettings) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let bucket = bucket.clone();
        self.blocking(move |inner| inner.change_settings(&bucket, change))
            .await
    }
}

impl Inner {
    fn change_settings<T>(
        &self,
        bucket: &BucketName,
        change: impl FnOnce(&mut BucketSettings) -> Result<T>,
    ) -> Result<T> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let mut settings = BucketSettings::clone(&open.settings());
        let answer = change(&mut settings)?;
        self.index.put_bucket(&open.bucket, &settings)?;
        open.set_settings(settings);
        Ok(answer)
    }
}
