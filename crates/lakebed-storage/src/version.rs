use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// Whether a bucket keeps the versions of its objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// It never did: an overwritten or deleted object is gone.
    #[default]
    Unversioned,
    /// Every write makes a version, a delete makes a marker.
    Enabled,
    /// Versions stay, but new writes and deletes go to the version `null`.
    Suspended,
}

impl Versioning {
    /// The id that a new version gets.
    pub(crate) fn next_version(self) -> VersionId {
        match self {
            Self::Enabled => VersionId::random(),
            Self::Unversioned | Self::Suspended => VersionId::null(),
        }
    }
}

/// Names a version of an object: `null` for one written while its bucket did not keep versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(String);

impl VersionId {
    const NULL: &'static str = "null";

    /// The version of objects whose bucket kept none when they were written.
    #[must_use]
    pub fn null() -> Self {
        Self(Self::NULL.to_owned())
    }

    /// A fresh id: 32 characters, as S3's have.
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Parses an id a caller sent back.
    ///
    /// # Errors
    /// `InvalidArgument` for text that can be no id.
    pub fn parse(id: &str) -> Result<Self> {
        let fresh = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fresh || id == Self::NULL {
            Ok(Self(id.to_owned()))
        } else {
            Err(Error::InvalidArgument {
                name: "versionId",
                value: id.to_owned(),
                message: "Invalid version id specified".to_owned(),
            })
        }
    }

    /// An id that this process stored.
    pub(crate) fn stored(id: String) -> Self {
        Self(id)
    }

    /// Whether this is the version `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0 == Self::NULL
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
