use std::fmt;

use datafusion::execution::object_store::ObjectStoreUrl;
use object_store::path::Path;

use crate::EngineError;

/// A place in S3: a bucket and a key prefix (or a key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    bucket: String,
    prefix: String,
}

impl Location {
    /// Reads `s3://bucket/prefix`; `s3a` and `s3n` are the same place.
    ///
    /// # Errors
    /// [`EngineError::InvalidLocation`].
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        let rest = ["s3://", "s3a://", "s3n://"]
            .into_iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let (bucket, prefix) = rest
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            .filter(|(bucket, _)| !bucket.is_empty())
            .ok_or_else(|| EngineError::InvalidLocation(text.to_owned()))?;
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key prefix without slashes around it.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.trim_matches('/')
    }

    /// A folder below.
    pub(crate) fn join(&self, folder: &str) -> Self {
        let parts = [self.prefix(), folder];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            bucket: self.bucket.clone(),
            prefix: parts.join("/"),
        }
    }

    /// The prefix as object_store spells paths.
    pub(crate) fn path(&self) -> Result<Path, EngineError> {
        Path::parse(self.prefix()).map_err(|_| EngineError::InvalidLocation(self.to_string()))
    }

    /// What DataFusion finds the bucket's store by.
    pub(crate) fn store_url(&self) -> Result<ObjectStoreUrl, EngineError> {
        Ok(ObjectStoreUrl::parse(format!("s3://{}", self.bucket))?)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn schemes_of_hadoop_mean_the_same_place() {
        for text in ["s3://lake/a/b/", "s3a://lake/a/b", "s3n://lake//a/b"] {
            let location = Location::parse(text).unwrap();
            assert_eq!((location.bucket(), location.prefix()), ("lake", "a/b"));
        }
        for wrong in ["lake/a", "s3:///a", "hdfs://lake/a", ""] {
            assert!(Location::parse(wrong).is_err(), "{wrong}");
        }
    }
}
