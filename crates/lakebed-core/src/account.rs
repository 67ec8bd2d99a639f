use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A twelve-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(String);

/// The text is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id must be 12 digits, got '{0}'")]
pub struct InvalidAccountId(String);

impl AccountId {
    /// The account id as clients see it, leading zeros kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The canonical user id S3 knows the account by unless another is configured: 64 digits
    /// that end in the account's id.
    #[must_use]
    pub fn canonical_id(&self) -> String {
        format!("{:0>64}", self.0)
    }
}

/// The account local tools use when nothing is configured.
impl Default for AccountId {
    fn default() -> Self {
        Self("000000000000".to_owned())
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountId(text.to_owned()))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An AWS region name such as `ap-northeast-2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region(String);

/// The text is not a region name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("region must look like 'us-east-1', got '{0}'")]
pub struct InvalidRegion(String);

impl Region {
    /// The region as clients see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('-').collect();
        let named = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        let numbered = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match parts.split_last() {
            Some((number, names))
                if numbered(number) && names.len() >= 2 && names.iter().all(|n| named(n)) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidRegion(text.to_owned())),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_twelve_digits() {
        assert!("123456789012".parse::<AccountId>().is_ok());
        for wrong in ["", "12345678901", "1234567890123", "12345678901a"] {
            assert_eq!(
                wrong.parse::<AccountId>(),
                Err(InvalidAccountId(wrong.to_owned()))
            );
        }
    }

    #[test]
    fn regions_look_like_aws_regions() {
        for right in ["us-east-1", "ap-northeast-2", "us-gov-west-1"] {
            assert!(right.parse::<Region>().is_ok(), "{right}");
        }
        for wrong in [
            "",
            "seoul",
            "us-east",
            "us-east-one",
            "US-EAST-1",
            "-east-1",
        ] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }
}
