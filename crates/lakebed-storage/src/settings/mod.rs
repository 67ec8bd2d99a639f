//! What a bucket is set to do, one file a configuration: types named as S3 names them, with the
//! checks S3 makes. All of them are kept as one document with the bucket.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::storage::Inner;
use crate::{BucketName, Result, Storage, Versioning};

/// The settings of a bucket. What is not set is not stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketSettings {
    #[serde(skip_serializing_if = "is_default")]
    pub versioning: Versioning,
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
