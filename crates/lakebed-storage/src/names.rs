use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// The name of a general purpose bucket, by the rules of "Bucket naming rules" in the S3 guide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

impl BucketName {
    /// Parses a name.
    ///
    /// # Errors
    /// `InvalidBucketName`.
    pub fn parse(name: &str) -> Result<Self> {
        if is_bucket_name(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Error::InvalidBucketName {
                name: name.to_owned(),
            })
        }
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_bucket_name(name: &str) -> bool {
    const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let letter_or_digit = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| letter_or_digit(byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(letter_or_digit)
        && bytes.last().is_some_and(letter_or_digit)
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !RESERVED_PREFIXES
            .iter()
            .any(|reserved| name.starts_with(reserved))
        && !RESERVED_SUFFIXES
            .iter()
            .any(|reserved| name.ends_with(reserved))
}

impl FromStr for BucketName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::parse(name)
    }
}

impl TryFrom<String> for BucketName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::parse(&name)
    }
}

impl From<BucketName> for String {
    fn from(name: BucketName) -> Self {
        name.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an object: any UTF-8 text of 1 to 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// The longest key S3 takes, in bytes of UTF-8.
const MAX_KEY_BYTES: usize = 1024;

impl ObjectKey {
    /// Parses a key.
    ///
    /// # Errors
    /// `KeyTooLongError`, or `InvalidArgument` for an empty key.
    pub fn parse(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        if key.is_empty() {
            return Err(Error::InvalidArgument {
                name: "key",
                value: key,
                message: "Object key must not be empty".to_owned(),
            });
        }
        if key.len() > MAX_KEY_BYTES {
            return Err(Error::KeyTooLong {
                size_bytes: key.len(),
            });
        }
        Ok(Self(key))
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a multipart upload: 32 hex digits, which also name its folder of parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(String);

impl UploadId {
    /// A fresh id.
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Parses an id a caller sent back.
    ///
    /// # Errors
    /// `NoSuchUpload`, as S3 answers to text that can be no id.
    pub fn parse(id: &str) -> Result<Self> {
        if id.len() == 32
            && id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            Ok(Self(id.to_owned()))
        } else {
            Err(Error::NoSuchUpload {
                upload: id.to_owned(),
            })
        }
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a part of a multipart upload: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNumber(u32);

impl PartNumber {
    /// Checks a number.
    ///
    /// # Errors
    /// `InvalidArgument` outside 1 to 10,000.
    pub fn new(number: u32) -> Result<Self> {
        if (1..=10_000).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Self::invalid(number))
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    fn invalid(number: impl fmt::Display) -> Error {
        Error::InvalidArgument {
            name: "partNumber",
            value: number.to_string(),
            message: "Part number must be an integer between 1 and 10000, inclusive".to_owned(),
        }
    }
}

impl TryFrom<i32> for PartNumber {
    type Error = Error;

    fn try_from(number: i32) -> Result<Self> {
        u32::try_from(number)
            .map_err(|_| Self::invalid(number))
            .and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("workshop-raw-data", true)]
    #[case("a.b-c.1", true)]
    #[case("123", true)]
    #[case("ab", false)]
    #[case("Upper", false)]
    #[case("under_score", false)]
    #[case("-start", false)]
    #[case("end-", false)]
    #[case("two..dots", false)]
    #[case("192.168.5.4", false)]
    #[case("xn--bucket", false)]
    #[case("bucket-s3alias", false)]
    #[case("../etc", false)]
    #[case("", false)]
    fn bucket_names_follow_the_naming_rules(#[case] name: &str, #[case] valid: bool) {
        assert_eq!(BucketName::parse(name).is_ok(), valid);
        assert!(BucketName::parse(&"b".repeat(64)).is_err());
    }

    #[test]
    fn a_key_is_measured_in_bytes() {
        assert!(ObjectKey::parse("k".repeat(1024)).is_ok());
        let korean = "가".repeat(342);
        let error = ObjectKey::parse(korean).err().map(|error| error.code());
        assert_eq!(error, Some("KeyTooLongError"));
        assert!(ObjectKey::parse("").is_err());
    }

    #[rstest]
    #[case(0, false)]
    #[case(1, true)]
    #[case(10_000, true)]
    #[case(10_001, false)]
    #[case(-1, false)]
    fn part_numbers_run_from_1_to_10000(#[case] number: i32, #[case] valid: bool) {
        assert_eq!(PartNumber::try_from(number).is_ok(), valid);
    }
}
