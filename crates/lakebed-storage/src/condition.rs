use lakebed_core::Timestamp;

use crate::{ETag, Error, ObjectInfo, Result};

/// The entity tags a condition names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EtagMatch {
    /// `*`.
    Any,
    /// One of these, without quotes.
    OneOf(Vec<String>),
}

impl EtagMatch {
    /// Parses an `If-Match` or `If-None-Match` header: `*` or a list of tags, quoted or not.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let unquoted = |tag: &str| {
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            tag.trim_matches('"').to_owned()
        };
        Self::OneOf(header.split(',').map(unquoted).collect())
    }

    pub(crate) fn includes(&self, etag: &ETag) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == etag.as_str()),
        }
    }
}

/// What must hold of an object for it to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadConditions {
    pub if_match: Option<EtagMatch>,
    pub if_none_match: Option<EtagMatch>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Decides by RFC 9110, section 13.2.2: a tag overrules a date.
    ///
    /// # Errors
    /// `PreconditionFailed`, or [`Error::NotModified`] if the caller has the object already.
    pub(crate) fn check(&self, object: &ObjectInfo) -> Result<()> {
        if let Some(tags) = &self.if_match {
            if !tags.includes(&object.etag) {
                return Err(Error::PreconditionFailed {
                    condition: "If-Match",
                });
            }
        } else if let Some(since) = self.if_unmodified_since
            && seconds(object.modified) > seconds(since)
        {
            return Err(Error::PreconditionFailed {
                condition: "If-Unmodified-Since",
            });
        }
        let unchanged = match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => tags.includes(&object.etag),
            (None, Some(since)) => seconds(object.modified) <= seconds(since),
            (None, None) => false,
        };
        if unchanged {
            return Err(Error::NotModified {
                etag: object.etag.clone(),
                modified: object.modified,
            });
        }
        Ok(())
    }

    /// Decides for the source of a copy, where "not modified" is a failed condition too.
    ///
    /// # Errors
    /// `PreconditionFailed`.
    pub(crate) fn check_source(&self, object: &ObjectInfo) -> Result<()> {
        self.check(object).map_err(|error| match error {
            Error::NotModified { .. } => Error::PreconditionFailed {
                condition: "x-amz-copy-source-If-None-Match",
            },
            error => error,
        })
    }
}

/// HTTP dates have no milliseconds.
fn seconds(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(1000)
}

/// What must hold of the object that is there for it to be overwritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteCondition {
    /// There must be an object with one of these tags.
    pub if_match: Option<EtagMatch>,
    /// There must be no object with one of these tags; `*` is no object at all.
    pub if_none_match: Option<EtagMatch>,
}

impl WriteCondition {
    /// That there is no object.
    #[must_use]
    pub fn absent() -> Self {
        Self {
            if_none_match: Some(EtagMatch::Any),
            ..Self::default()
        }
    }

    /// That there is an object with one of these tags.
    #[must_use]
    pub fn matching(tags: EtagMatch) -> Self {
        Self {
            if_match: Some(tags),
            ..Self::default()
        }
    }

    /// Decides against the tag of the current object.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` if `If-Match` finds nothing to match.
    pub(crate) fn check(&self, key: &str, current: Option<&ETag>) -> Result<()> {
        if let Some(tags) = &self.if_match {
            let Some(etag) = current else {
                return Err(Error::NoSuchKey {
                    key: key.to_owned(),
                });
            };
            if !tags.includes(etag) {
                return Err(Error::PreconditionFailed {
                    condition: "If-Match",
                });
            }
        }
        match (&self.if_none_match, current) {
            (Some(tags), Some(etag)) if tags.includes(etag) => Err(Error::PreconditionFailed {
                condition: "If-None-Match",
            }),
            _ => Ok(()),
        }
    }
}
