use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use percent_encoding::percent_decode;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most tags an object may have.
const MOST_OF_OBJECT: usize = 10;

/// The most tags a bucket may have.
const MOST_OF_BUCKET: usize = 50;

/// The longest key and value, in UTF-16 units, as S3 counts them.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// Keys that begin so, in any case, are AWS's own.
const RESERVED: &str = "aws:";

/// The tags of an object or a bucket, each key once, in the order of the keys.
///
/// S3 user guide, "Categorizing your objects using tags".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of an object: 10 at most.
    ///
    /// # Errors
    /// `InvalidTag` for too many, for a key that comes twice, and for keys and values that are
    /// too long or hold characters S3 does not allow.
    pub fn of_object(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::collect(tags)?.at_most(MOST_OF_OBJECT, "Object tags cannot be greater than 10")
    }

    /// The tags of a bucket: 50 at most.
    ///
    /// # Errors
    /// As [`Self::of_object`].
    pub fn of_bucket(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::collect(tags)?.at_most(MOST_OF_BUCKET, "Bucket tag count cannot be greater than 50")
    }

    /// Reads an object's tags as the `x-amz-tagging` header has them: `team=lake&raw`.
    ///
    /// # Errors
    /// `InvalidArgument` for text that is not so encoded or names a key twice, else as
    /// [`Self::of_object`].
    pub fn parse_header(header: &str) -> Result<Self> {
        let malformed = || {
            Error::InvalidArgument {
            name: "x-amz-tagging",
            value: header.to_owned(),
            message: "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.".to_owned(),
        }
        };
        let mut tags = BTreeMap::new();
        for pair in header.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(key), Some(value)) = (decode(key), decode(value)) else {
                return Err(malformed());
            };
            if tags.insert(key, value).is_some() {
                return Err(malformed());
            }
        }
        Self::of_object(tags)
    }

    fn collect(tags: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut accepted = BTreeMap::new();
        for (key, value) in tags {
            check(&key, &value)?;
            match accepted.entry(key) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(_) => {
                    return Err(invalid("Cannot provide multiple Tags with the same key"));
                }
            };
        }
        Ok(Self(accepted))
    }

    fn at_most(self, most: usize, refusal: &str) -> Result<Self> {
        if self.0.len() > most {
            return Err(invalid(refusal));
        }
        Ok(self)
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Keys and values, by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many tags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Decodes one side of a query parameter; none if it is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Decides whether S3 takes a tag.
///
/// # Errors
/// `InvalidTag`.
pub(crate) fn check(key: &str, value: &str) -> Result<()> {
    if key
        .get(..RESERVED.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
    {
        return Err(invalid("System tags cannot be added/updated by requester"));
    }
    if key.is_empty() || key.encode_utf16().count() > LONGEST_KEY || !key.chars().all(is_allowed) {
        return Err(invalid("The TagKey you have provided is invalid"));
    }
    if value.encode_utf16().count() > LONGEST_VALUE || !value.chars().all(is_allowed) {
        return Err(invalid("The TagValue you have provided is invalid"));
    }
    Ok(())
}

/// Letters, numbers, spaces and a few signs.
fn is_allowed(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || matches!(character, '+' | '-' | '=' | '.' | '_' | ':' | '/' | '@')
}

fn invalid(message: &str) -> Error {
    Error::InvalidTag(message.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn pairs(tags: &Tags) -> Vec<(&str, &str)> {
        tags.iter().collect()
    }

    fn numbered(count: usize) -> impl Iterator<Item = (String, String)> {
        (0..count).map(|n| (format!("key{n}"), String::new()))
    }

    #[test]
    fn the_header_is_read_as_a_query() {
        let tags = Tags::parse_header("team=data%20lake&raw&path=a%2Fb=c&plus=a+b").unwrap();
        assert_eq!(
            pairs(&tags),
            [
                ("path", "a/b=c"),
                ("plus", "a b"),
                ("raw", ""),
                ("team", "data lake")
            ]
        );
        assert!(Tags::parse_header("").unwrap().is_empty());
    }

    #[rstest]
    #[case("a=1&a=2", "InvalidArgument")]
    #[case("a=%FF", "InvalidArgument")]
    #[case("=b", "InvalidTag")]
    #[case("a=%7B%7D", "InvalidTag")]
    #[case("aws:team=b", "InvalidTag")]
    #[case("AWS:team=b", "InvalidTag")]
    fn headers_s3_refuses(#[case] header: &str, #[case] code: &str) {
        assert_eq!(Tags::parse_header(header).unwrap_err().code(), code);
    }

    #[test]
    fn objects_have_ten_tags_and_buckets_fifty() {
        assert_eq!(Tags::of_object(numbered(10)).unwrap().len(), 10);
        assert_eq!(
            Tags::of_object(numbered(11)).unwrap_err().to_string(),
            "Object tags cannot be greater than 10"
        );
        assert_eq!(Tags::of_bucket(numbered(50)).unwrap().len(), 50);
        assert_eq!(
            Tags::of_bucket(numbered(51)).unwrap_err().code(),
            "InvalidTag"
        );
    }

    #[rstest]
    #[case("k".repeat(128), "v".repeat(256), true)]
    #[case("k".repeat(129), String::new(), false)]
    #[case("k".to_owned(), "v".repeat(257), false)]
    #[case("𝒌".repeat(64), String::new(), true)]
    #[case("𝒌".repeat(65), String::new(), false)]
    #[case("größe + - = . _ : / @ 9".to_owned(), "日本 語".to_owned(), true)]
    #[case("tab\there".to_owned(), String::new(), false)]
    #[case("k".to_owned(), "a&b".to_owned(), false)]
    fn lengths_and_characters(#[case] key: String, #[case] value: String, #[case] taken: bool) {
        assert_eq!(Tags::of_bucket([(key, value)]).is_ok(), taken);
    }

    #[test]
    fn a_key_comes_once() {
        let twice = [("a", "1"), ("a", "2")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(
            Tags::of_bucket(twice).unwrap_err().to_string(),
            "Cannot provide multiple Tags with the same key"
        );
    }
}
