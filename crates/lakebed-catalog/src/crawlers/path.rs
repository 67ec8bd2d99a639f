//! `s3://bucket/key` as targets and locations spell it.

use std::fmt;

use lakebed_storage::BucketName;

/// A place in a bucket: a file, a folder or the whole bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Path {
    pub(crate) bucket: BucketName,
    /// Without a leading slash, as the target spells it otherwise.
    pub(crate) key: String,
}

impl S3Path {
    /// Parses a target's include path: the scheme may be missing ("Crawler data source types").
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("s3://")
            .or_else(|| text.strip_prefix("s3a://"))
            .or_else(|| text.strip_prefix("s3n://"))
            .unwrap_or(text);
        if rest.contains("://") {
            return Err(format!("The path '{text}' is not an Amazon S3 path."));
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket = BucketName::parse(bucket)
            .map_err(|error| format!("The path '{text}' names no bucket: {error}"))?;
        Ok(Self {
            bucket,
            key: key.to_owned(),
        })
    }

    /// The key as the prefix of what lies in the folder: empty for the bucket.
    pub(crate) fn folder(&self) -> String {
        match self.key.trim_end_matches('/') {
            "" => String::new(),
            key => format!("{key}/"),
        }
    }

    /// Another place in the same bucket.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
        }
    }
}

impl fmt::Display for S3Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn targets_are_spelt_in_several_ways() {
        for text in ["s3://lake/raw/", "lake/raw/", "s3a://lake/raw/"] {
            assert_eq!(S3Path::parse(text).unwrap().to_string(), "s3://lake/raw/");
        }
        assert_eq!(S3Path::parse("s3://lake").unwrap().folder(), "");
        assert_eq!(S3Path::parse("s3://lake/raw").unwrap().folder(), "raw/");
        assert!(S3Path::parse("hdfs://lake/raw").is_err());
        assert!(S3Path::parse("s3:///raw").is_err());
    }
}
