use std::ops::Range;

use crate::{Error, Result};

/// The part of an object a caller asks for, as the `Range` header says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=FIRST-LAST`, both included.
    Bounded { first: u64, last: u64 },
    /// `bytes=FIRST-`.
    From { first: u64 },
    /// `bytes=-LENGTH`: the last bytes.
    Suffix { length: u64 },
}

impl ByteRange {
    /// Parses a `Range` header; none if it is not one range of bytes, which S3 ignores and
    /// answers with the whole object.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", length) => Some(Self::Suffix {
                length: length.parse().ok()?,
            }),
            (first, "") => Some(Self::From {
                first: first.parse().ok()?,
            }),
            (first, last) => {
                let (first, last) = (first.parse().ok()?, last.parse().ok()?);
                (first <= last).then_some(Self::Bounded { first, last })
            }
        }
    }

    /// The bytes this range means in an object of `size` bytes; an end past the object is cut.
    ///
    /// # Errors
    /// `InvalidRange` if none of the bytes exist.
    pub(crate) fn resolve(self, size: u64) -> Result<Range<u64>> {
        let range = match self {
            Self::Bounded { first, last } => first..last.saturating_add(1).min(size),
            Self::From { first } => first..size,
            Self::Suffix { length } => size.saturating_sub(length)..size,
        };
        if range.start < range.end {
            Ok(range)
        } else {
            Err(Error::InvalidRange { size_bytes: size })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("bytes=0-3", Some(0..4))]
    #[case("bytes=4-", Some(4..10))]
    #[case("bytes=-3", Some(7..10))]
    #[case("bytes=-30", Some(0..10))]
    #[case("bytes=8-100", Some(8..10))]
    #[case("bytes=9-9", Some(9..10))]
    #[case("bytes=10-", None)]
    #[case("bytes=10-12", None)]
    #[case("bytes=-0", None)]
    fn ranges_of_ten_bytes(#[case] header: &str, #[case] expected: Option<Range<u64>>) {
        let range = ByteRange::parse(header);
        assert_eq!(range.and_then(|range| range.resolve(10).ok()), expected);
        assert!(range.is_some());
    }

    #[rstest]
    #[case("bytes=3-1")]
    #[case("bytes=0-1,4-5")]
    #[case("bytes=a-b")]
    #[case("items=0-1")]
    #[case("bytes=-")]
    #[case("bytes")]
    fn a_malformed_range_is_none(#[case] header: &str) {
        assert_eq!(ByteRange::parse(header), None);
    }
}
