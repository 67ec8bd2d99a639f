use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region};

/// An Amazon Resource Name: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
///
/// Services build the ones they hand out with [`Arn::regional`] or [`Arn::global`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arn(String);

impl Arn {
    /// An ARN in one region, such as `arn:aws:glue:us-east-1:000000000000:table/db/t`.
    #[must_use]
    pub fn regional(service: &str, region: &Region, account: &AccountId, resource: &str) -> Self {
        Self(format!("arn:aws:{service}:{region}:{account}:{resource}"))
    }

    /// An ARN without a region, such as `arn:aws:iam::000000000000:root`.
    #[must_use]
    pub fn global(service: &str, account: &AccountId, resource: &str) -> Self {
        Self(format!("arn:aws:{service}::{account}:{resource}"))
    }

    /// `*`: what policies write for anybody, anonymous callers too.
    #[must_use]
    pub fn anyone() -> Self {
        Self("*".to_owned())
    }

    /// The ARN's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.0
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
