use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;

use crate::encryption::{Content, check_customer_key, customer_key_not_applicable};
use crate::files::{Stamp, is_absent};
use crate::index::ObjectRow;
use crate::storage::Inner;
use crate::{
    BoxError, BucketName, ByteRange, ByteStream, CustomerKey, Error, ObjectInfo, ObjectKey,
    PartNumber, ReadConditions, Result, Storage, VersionId,
};

/// How often a read starts again because the file changed under it.
const ATTEMPTS: usize = 5;

/// What of an object is asked for, and on what conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetObject {
    pub conditions: ReadConditions,
    /// None is the current object.
    pub version: Option<VersionId>,
    pub range: Option<ByteRange>,
    /// The part the object was uploaded in; instead of a range.
    pub part_number: Option<PartNumber>,
    /// The key the object was encrypted with, if a customer's was.
    pub customer_key: Option<CustomerKey>,
}

/// A head is asked for as an object is.
pub type HeadObject = GetObject;

/// What is answered about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    pub object: ObjectInfo,
    /// The bytes that are answered.
    pub range: Range<u64>,
    /// A range or a part was asked for: 206.
    pub partial: bool,
}

/// An object with the bytes asked for.
pub struct ObjectRead {
    pub head: ObjectHead,
    pub body: ByteStream,
}

impl std::fmt::Debug for ObjectRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectRead")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

impl GetObject {
    /// # Errors
    /// `PreconditionFailed`, [`Error::NotModified`], `InvalidRange`, `InvalidPartNumber`,
    /// `InvalidRequest` for a range together with a part.
    fn select(&self, object: ObjectInfo) -> Result<ObjectHead> {
        self.conditions.check(&object)?;
        let range = match (self.range, self.part_number) {
            (None, None) => 0..object.size,
            (Some(range), None) => range.resolve(object.size)?,
            (None, Some(part)) => range_of_part(&object, part)?,
            (Some(_), Some(_)) => {
                return Err(Error::InvalidRequest(
                    "Cannot specify both Range header and partNumber query parameter".to_owned(),
                ));
            }
        };
        Ok(ObjectHead {
            object,
            range,
            partial: self.range.is_some() || self.part_number.is_some(),
        })
    }
}

fn range_of_part(object: &ObjectInfo, part: PartNumber) -> Result<Range<u64>> {
    if object.parts.is_empty() && part.get() == 1 {
        return Ok(0..object.size);
    }
    let mut start = 0;
    for known in &object.parts {
        if known.number == part.get() {
            return Ok(start..start + known.size);
        }
        start += known.size;
    }
    Err(Error::InvalidPartNumber {
        part: part.get(),
        parts: object.parts.len(),
    })
}

impl Storage {
    /// What is known of an object for who does not read it: no key is needed for it.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`, `MethodNotAllowed` for a delete marker.
    pub async fn find_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
    ) -> Result<ObjectInfo> {
        let (row, _) = self.inner.find_version(bucket, key, version)?;
        Ok(row.object)
    }

    /// What is known of an object for who may read it.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, and those of conditions, ranges and parts.
    pub async fn head_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        head: HeadObject,
    ) -> Result<ObjectHead> {
        // A search in the index takes microseconds: less than handing it to another thread.
        let (row, _) = self
            .inner
            .find_version(bucket, key, head.version.as_ref())?;
        let encryption = row.object.encryption.as_ref();
        check_customer_key(encryption, bucket, key, head.customer_key.as_ref())?;
        head.select(row.object)
    }

    /// An object's bytes, streamed; they stay those of this version if it is overwritten.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, and those of conditions, ranges and parts.
    pub async fn get_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        get: GetObject,
    ) -> Result<ObjectRead> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.blocking(move |inner| {
            let (row, mut content) = inner.open_object(
                &bucket,
                &key,
                get.version.as_ref(),
                get.customer_key.as_ref(),
            )?;
            let head = get.select(row.object)?;
            let range = head.range.clone();
            // What is small comes with this visit to the file threads.
            let chunk = content
                .read_chunk(&range)
                .map_err(Error::file("read an object"))?;
            let rest = range.start + chunk.len() as u64..range.end;
            Ok(ObjectRead {
                head,
                body: stream_content(content, chunk, rest),
            })
        })
        .await
    }

    /// Some ranges of an object, read from one version of it.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `InvalidRange` for a range that begins past the end.
    pub(crate) async fn read_ranges(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        ranges: Vec<Range<u64>>,
    ) -> Result<Vec<Bytes>> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.blocking(move |inner| {
            let (row, mut content) = inner.open_object(&bucket, &key, None, None)?;
            let size = row.object.size;
            let mut read = Vec::with_capacity(ranges.len());
            for range in ranges {
                if range.start >= range.end || range.start >= size {
                    return Err(Error::InvalidRange { size_bytes: size });
                }
                let range = range.start..range.end.min(size);
                let bytes = content.read(range).map_err(Error::file("read an object"))?;
                read.push(bytes);
            }
            Ok(read)
        })
        .await
    }
}

impl Inner {
    /// Opens an object's file, and makes sure that it is the one the index speaks of.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`; `InvalidObjectState` for an archived object
    /// that is not restored; `OperationAborted` if the file keeps changing; `AccessDenied`,
    /// `InvalidRequest` and `KMS.NotFoundException` if the bytes cannot be decrypted.
    pub(crate) fn open_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        version: Option<&VersionId>,
        customer_key: Option<&CustomerKey>,
    ) -> Result<(ObjectRow, Content)> {
        for _ in 0..ATTEMPTS {
            let (row, _) = self.find_version(bucket, key, version)?;
            row.object.check_readable(self.platform.clock.now())?;
            match (
                File::open(self.file_of(bucket, &row)),
                &row.object.encryption,
            ) {
                // Sealed bytes say themselves whether they are those of the row.
                (Ok(file), Some(encryption)) => {
                    let keys = self
                        .keyring
                        .data_keys(encryption, bucket, key, customer_key)?;
                    let content = Content::unseal(file, encryption, keys, row.object.size)
                        .map_err(Error::file("open an encrypted object"))?;
                    return Ok((row, content));
                }
                (Ok(_), None) if customer_key.is_some() => {
                    return Err(customer_key_not_applicable());
                }
                (Ok(file), None) => {
                    let stamp = file.metadata().and_then(|metadata| Stamp::of(&metadata));
                    if stamp.map_err(Error::file("look at an object"))? == row.file.stamp {
                        return Ok((row, Content::Plain(file)));
                    }
                }
                (Err(error), _) if is_absent(&error) => {}
                (Err(error), _) => return Err(Error::file("open an object")(error)),
            }
            // A write is under way, or somebody changed the file from outside.
            self.examine(bucket, key)?;
        }
        Err(Error::Changing {
            key: key.to_string(),
        })
    }
}

/// Streams the rest of an object after a first chunk.
fn stream_content(content: Content, first: Bytes, rest: Range<u64>) -> ByteStream {
    let first = stream::iter((!first.is_empty()).then_some(Ok(first)));
    if rest.is_empty() {
        return first.boxed();
    }
    let chunks = stream::try_unfold((content, rest), |(content, rest)| async move {
        if rest.is_empty() {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let mut content = content;
            let chunk = content
                .read_chunk(&rest)
                .inspect_err(|error| tracing::error!(%error, "an object cannot be read on"))?;
            let rest = rest.start + chunk.len() as u64..rest.end;
            Ok::<_, BoxError>(Some((chunk, (content, rest))))
        });
        read.await?
    });
    first.chain(chunks).boxed()
}
