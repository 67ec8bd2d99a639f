use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use lakebed_core::Timestamp;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, CopyMode, CopyOptions, Error as StoreError, GetOptions, GetRange,
    GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};

use crate::multipart::StagedUpload;
use crate::{
    BucketName, ByteRange, CopyObject, DeleteObject, ETag, Encryption, Error, EtagMatch, GetObject,
    ListObjects, ObjectInfo, ObjectKey, ObjectListing, ObjectMetadata, ObjectSummary, PutObject,
    ReadConditions, Storage, WriteCondition,
};

const NAME: &str = "Lakebed";

/// How many keys are deleted in one transaction.
const DELETE_BATCH: usize = 1000;

/// A bucket as an [`ObjectStore`]. A key and its path are the same text; keys no [`Path`] can
/// spell (with a trailing or doubled `/`, with `.` or `..`) are not seen here.
#[derive(Debug, Clone)]
pub(crate) struct BucketStore {
    storage: Storage,
    bucket: BucketName,
    /// How writes are encrypted; none is as the bucket is set.
    encryption: Option<Encryption>,
}

impl BucketStore {
    pub(crate) fn new(
        storage: Storage,
        bucket: BucketName,
        encryption: Option<Encryption>,
    ) -> Self {
        Self {
            storage,
            bucket,
            encryption,
        }
    }

    /// The pages of a listing, one after the other.
    fn pages(&self, list: ListObjects) -> BoxStream<'static, StoreResult<ObjectListing>> {
        let store = self.clone();
        stream::try_unfold(Some(list), move |list| {
            let store = store.clone();
            async move {
                let Some(mut list) = list else {
                    return Ok(None);
                };
                let page = store
                    .storage
                    .list_objects(&store.bucket, list.clone())
                    .await
                    .map_err(|error| store_error(&list.prefix, error))?;
                let next = page.next.clone().map(|after| {
                    list.after = Some(after);
                    list
                });
                Ok(Some((page, next)))
            }
        })
        .boxed()
    }

    fn objects(&self, list: ListObjects) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.pages(list)
            .map_ok(|page| {
                let metas: Vec<_> = page.objects.iter().filter_map(meta_of_summary).collect();
                stream::iter(metas.into_iter().map(Ok))
            })
            .try_flatten()
            .boxed()
    }
}

impl fmt::Display for BucketStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}({})", self.bucket)
    }
}

#[async_trait]
impl ObjectStore for BucketStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> StoreResult<PutResult> {
        let condition = match opts.mode {
            PutMode::Overwrite => WriteCondition::default(),
            PutMode::Create => WriteCondition::absent(),
            PutMode::Update(version) => {
                let etag = version.e_tag.ok_or_else(|| StoreError::Generic {
                    store: NAME,
                    source: "an update needs the ETag of the version it replaces".into(),
                })?;
                WriteCondition::matching(EtagMatch::parse(&etag))
            }
        };
        let create = condition == WriteCondition::absent();
        let put = PutObject {
            metadata: metadata_of(&opts.attributes)?,
            encryption: self.encryption.clone(),
            condition,
            ..PutObject::default()
        };
        let body = stream::iter(payload.into_iter().map(Ok)).boxed();
        let key = key_of(location)?;
        let object = self
            .storage
            .put_object(&self.bucket, &key, body, put)
            .await
            .map_err(|error| match error {
                error @ Error::PreconditionFailed { .. } if create => {
                    already_exists(location, error)
                }
                // An update of what is not there is a failed condition, not a missing object.
                error @ Error::NoSuchKey { .. } => StoreError::Precondition {
                    path: location.to_string(),
                    source: error.into(),
                },
                error => store_error(location.as_ref(), error),
            })?;
        Ok(put_result(&object.etag))
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        let key = key_of(location)?;
        let metadata = metadata_of(&opts.attributes)?;
        let upload = self
            .storage
            .stage_upload(&self.bucket, &key, metadata, self.encryption.as_ref())
            .await
            .map_err(|error| store_error(location.as_ref(), error))?;
        Ok(Box::new(StoreUpload(upload)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let key = key_of(location)?;
        let failed = |error| store_error(location.as_ref(), error);
        let get = GetObject {
            conditions: ReadConditions {
                if_match: options.if_match.as_deref().map(EtagMatch::parse),
                if_none_match: options.if_none_match.as_deref().map(EtagMatch::parse),
                if_modified_since: options.if_modified_since.map(Timestamp::from),
                if_unmodified_since: options.if_unmodified_since.map(Timestamp::from),
            },
            range: options.range.as_ref().map(byte_range).transpose()?,
            ..GetObject::default()
        };
        if options.head {
            let head = self
                .storage
                .head_object(&self.bucket, &key, get)
                .await
                .map_err(failed)?;
            return Ok(GetResult {
                payload: GetResultPayload::Stream(stream::empty().boxed()),
                meta: meta(location, &head.object),
                range: head.range,
                attributes: attributes_of(head.object.metadata),
            });
        }
        let read = self
            .storage
            .get_object(&self.bucket, &key, get)
            .await
            .map_err(failed)?;
        let bytes = read.body.map_err(|source| StoreError::Generic {
            store: NAME,
            source,
        });
        Ok(GetResult {
            payload: GetResultPayload::Stream(bytes.boxed()),
            meta: meta(location, &read.head.object),
            range: read.head.range,
            attributes: attributes_of(read.head.object.metadata),
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let key = key_of(location)?;
        self.storage
            .read_ranges(&self.bucket, &key, ranges.to_vec())
            .await
            .map_err(|error| store_error(location.as_ref(), error))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<Path>>,
    ) -> BoxStream<'static, StoreResult<Path>> {
        let store = self.clone();
        locations
            .try_ready_chunks(DELETE_BATCH)
            .map_err(|error| error.1)
            .and_then(move |batch| {
                let store = store.clone();
                async move {
                    let objects = batch
                        .iter()
                        .map(|path| Ok((key_of(path)?, DeleteObject::default())))
                        .collect::<StoreResult<Vec<_>>>()?;
                    let answers = store
                        .storage
                        .delete_objects(&store.bucket, objects)
                        .await
                        .map_err(|error| store_error(store.bucket.as_str(), error))?;
                    let answers = batch.into_iter().zip(answers).map(|(path, answer)| {
                        answer.map_err(|error| store_error(path.as_ref(), error))?;
                        Ok(path)
                    });
                    Ok(stream::iter(answers.collect::<Vec<_>>()))
                }
            })
            .try_flatten()
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.objects(ListObjects {
            prefix: folder_prefix(prefix),
            ..ListObjects::default()
        })
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.objects(ListObjects {
            prefix: folder_prefix(prefix),
            after: Some(offset.to_string()),
            ..ListObjects::default()
        })
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        let mut pages = self.pages(ListObjects {
            prefix: folder_prefix(prefix),
            delimiter: Some("/".to_owned()),
            ..ListObjects::default()
        });
        let mut listing = ListResult {
            common_prefixes: Vec::new(),
            objects: Vec::new(),
        };
        while let Some(page) = pages.try_next().await? {
            let folders = page
                .common_prefixes
                .iter()
                .filter_map(|text| folder_path(text));
            listing.common_prefixes.extend(folders);
            let objects = page.objects.iter().filter_map(meta_of_summary);
            listing.objects.extend(objects);
        }
        Ok(listing)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        let (source, target) = (key_of(from)?, key_of(to)?);
        let create = options.mode == CopyMode::Create;
        if source == target && !create {
            // Changes nothing, which S3 refuses and this interface allows.
            let found = self
                .storage
                .head_object(&self.bucket, &source, GetObject::default())
                .await;
            return found
                .map(drop)
                .map_err(|error| store_error(from.as_ref(), error));
        }
        let copy = CopyObject {
            condition: if create {
                WriteCondition::absent()
            } else {
                WriteCondition::default()
            },
            ..CopyObject::default()
        };
        self.storage
            .copy_object((&self.bucket, &source), (&self.bucket, &target), copy)
            .await
            .map(drop)
            .map_err(|error| match error {
                error @ Error::PreconditionFailed { .. } if create => already_exists(to, error),
                error => store_error(from.as_ref(), error),
            })
    }
}

/// An upload whose parts may be of any size and finish in any order; nothing is seen of it
/// until it is complete.
#[derive(Debug)]
struct StoreUpload(StagedUpload);

#[async_trait]
impl MultipartUpload for StoreUpload {
    fn put_part(&mut self, data: PutPayload) -> object_store::UploadPart {
        let part = self.0.put_part(data.into_iter().collect());
        let key = self.0.key().to_string();
        Box::pin(async move { part.await.map_err(|error| store_error(&key, error)) })
    }

    async fn complete(&mut self) -> StoreResult<PutResult> {
        let object = self
            .0
            .complete()
            .await
            .map_err(|error| store_error(self.0.key().as_str(), error))?;
        Ok(put_result(&object.etag))
    }

    async fn abort(&mut self) -> StoreResult<()> {
        self.0.abort();
        Ok(())
    }
}

fn key_of(location: &Path) -> StoreResult<ObjectKey> {
    ObjectKey::parse(location.as_ref()).map_err(|error| store_error(location.as_ref(), error))
}

/// The path that spells a key; none if no path does.
fn path_of(key: &str) -> Option<Path> {
    let path = Path::parse(key).ok().filter(|path| path.as_ref() == key);
    // A key that ends in a slash is a console's folder: nothing to read.
    if path.is_none() && !key.ends_with('/') {
        tracing::warn!(
            key,
            "not seen by crawlers, queries and jobs: no path spells this key"
        );
    }
    path
}

fn folder_path(common_prefix: &str) -> Option<Path> {
    path_of(common_prefix.strip_suffix('/')?)
}

/// The keys below a folder begin with this.
fn folder_prefix(prefix: Option<&Path>) -> String {
    match prefix {
        Some(prefix) if !prefix.as_ref().is_empty() => format!("{prefix}/"),
        _ => String::new(),
    }
}

fn meta_of_summary(object: &ObjectSummary) -> Option<ObjectMeta> {
    Some(ObjectMeta {
        location: path_of(&object.key)?,
        last_modified: object.modified.to_datetime(),
        size: object.size,
        e_tag: Some(object.etag.quoted()),
        version: None,
    })
}

fn meta(location: &Path, object: &ObjectInfo) -> ObjectMeta {
    ObjectMeta {
        location: location.clone(),
        last_modified: object.modified.to_datetime(),
        size: object.size,
        e_tag: Some(object.etag.quoted()),
        version: None,
    }
}

fn put_result(etag: &ETag) -> PutResult {
    PutResult {
        e_tag: Some(etag.quoted()),
        version: None,
    }
}

fn byte_range(range: &GetRange) -> StoreResult<ByteRange> {
    match range {
        GetRange::Bounded(range) if range.start < range.end => Ok(ByteRange::Bounded {
            first: range.start,
            last: range.end - 1,
        }),
        GetRange::Bounded(range) => Err(StoreError::Generic {
            store: NAME,
            source: format!("range {}..{} holds no bytes", range.start, range.end).into(),
        }),
        GetRange::Offset(first) => Ok(ByteRange::From { first: *first }),
        GetRange::Suffix(length) => Ok(ByteRange::Suffix { length: *length }),
    }
}

fn metadata_of(attributes: &Attributes) -> StoreResult<ObjectMetadata> {
    let mut metadata = ObjectMetadata::default();
    for (attribute, value) in attributes {
        let value = value.to_string();
        match attribute {
            Attribute::ContentType => metadata.content_type = Some(value),
            Attribute::CacheControl => metadata.cache_control = Some(value),
            Attribute::ContentDisposition => metadata.content_disposition = Some(value),
            Attribute::ContentEncoding => metadata.content_encoding = Some(value),
            Attribute::ContentLanguage => metadata.content_language = Some(value),
            Attribute::StorageClass => metadata.storage_class = Some(value),
            Attribute::Metadata(name) => {
                metadata.user.insert(name.to_string(), value);
            }
            other => {
                return Err(StoreError::NotSupported {
                    source: format!("attribute {other:?} is not stored").into(),
                });
            }
        }
    }
    Ok(metadata)
}

fn attributes_of(metadata: ObjectMetadata) -> Attributes {
    let mut attributes = Attributes::new();
    for (attribute, value) in [
        (Attribute::ContentType, metadata.content_type),
        (Attribute::CacheControl, metadata.cache_control),
        (Attribute::ContentDisposition, metadata.content_disposition),
        (Attribute::ContentEncoding, metadata.content_encoding),
        (Attribute::ContentLanguage, metadata.content_language),
        (Attribute::StorageClass, metadata.storage_class),
    ] {
        if let Some(value) = value {
            attributes.insert(attribute, value.into());
        }
    }
    for (name, value) in metadata.user {
        attributes.insert(Attribute::Metadata(name.into()), value.into());
    }
    attributes
}

fn already_exists(location: &Path, error: Error) -> StoreError {
    StoreError::AlreadyExists {
        path: location.to_string(),
        source: error.into(),
    }
}

fn store_error(path: &str, error: Error) -> StoreError {
    let path = path.to_owned();
    match error {
        Error::NoSuchKey { .. } | Error::NoSuchBucket { .. } => StoreError::NotFound {
            path,
            source: error.into(),
        },
        Error::PreconditionFailed { .. } => StoreError::Precondition {
            path,
            source: error.into(),
        },
        Error::NotModified { .. } => StoreError::NotModified {
            path,
            source: error.into(),
        },
        error => StoreError::Generic {
            store: NAME,
            source: Arc::new(error).into(),
        },
    }
}
