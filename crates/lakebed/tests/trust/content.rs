use std::fmt;

use crate::client::{Answer, Broken, Client, path};
use crate::dice::Dice;

/// What an object is: its token makes its bytes, and stands in its metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    token: u64,
    /// In bytes.
    pub(crate) size: usize,
}

impl Content {
    pub(crate) fn new(dice: &mut Dice, size: usize) -> Self {
        Self {
            token: dice.next(),
            size,
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut dice = Dice::of_seed(self.token);
        let mut bytes = Vec::with_capacity(self.size + 8);
        while bytes.len() < self.size {
            bytes.extend_from_slice(&dice.next().to_le_bytes());
        }
        bytes.truncate(self.size);
        bytes
    }

    /// What stands in its metadata, and tells everything.
    pub(crate) fn token(self) -> String {
        format!("{:016x}-{}", self.token, self.size)
    }

    /// What an answer says it is; none without a token.
    pub(crate) fn named_by(answer: &Answer) -> Option<Self> {
        let (token, size) = answer.header("x-amz-meta-token")?.split_once('-')?;
        Some(Self {
            token: u64::from_str_radix(token, 16).ok()?,
            size: size.parse().ok()?,
        })
    }

    /// Puts it.
    pub(crate) fn put(self, client: &Client, bucket: &str, key: &str) -> Result<Answer, Broken> {
        self.put_with(client, bucket, key, &[])
    }

    /// Puts it with headers besides its own.
    pub(crate) fn put_with(
        self,
        client: &Client,
        bucket: &str,
        key: &str,
        more: &[(&str, &str)],
    ) -> Result<Answer, Broken> {
        let (token, kind) = (self.token(), self.content_type());
        let own = [
            ("x-amz-meta-token", token.as_str()),
            ("content-type", kind.as_str()),
        ];
        let headers = [&own, more].concat();
        client.send("PUT", &path(bucket, key), &headers, Some(&self.bytes()))
    }

    pub(crate) fn content_type(self) -> String {
        format!("application/x-{}", self.token())
    }

    /// Whether an answer is this object, whole: its bytes and its metadata.
    pub(crate) fn is_in(self, answer: &Answer) -> bool {
        answer.status == 200
            && answer.header("x-amz-meta-token") == Some(&self.token())
            && answer.header("content-type") == Some(&self.content_type())
            && answer.body == self.bytes()
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token())
    }
}
