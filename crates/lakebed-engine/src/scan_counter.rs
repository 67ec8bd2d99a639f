use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

/// Counts what a session's scans asked storage for.
#[derive(Debug, Clone, Default)]
pub struct ScanCounter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    listings: AtomicU64,
    heads: AtomicU64,
    ranges: AtomicU64,
}

/// Requests to storage, by what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanRequests {
    /// Prefixes listed.
    pub listings: u64,
    /// Objects whose metadata was asked for.
    pub heads: u64,
    /// Objects, or ranges of them, that were read.
    pub ranges: u64,
}

impl ScanCounter {
    /// Bytes fetched so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Requests made so far.
    #[must_use]
    pub fn requests(&self) -> ScanRequests {
        ScanRequests {
            listings: self.0.listings.load(Ordering::Relaxed),
            heads: self.0.heads.load(Ordering::Relaxed),
            ranges: self.0.ranges.load(Ordering::Relaxed),
        }
    }

    fn add(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn add_listing(&self) {
        self.0.listings.fetch_add(1, Ordering::Relaxed);
    }

    fn add_head(&self) {
        self.0.heads.fetch_add(1, Ordering::Relaxed);
    }

    fn add_ranges(&self, ranges: usize) {
        self.0.ranges.fetch_add(ranges as u64, Ordering::Relaxed);
    }
}

/// An object store that counts what is read from it, as it is consumed: what a query leaves unread
/// it did not scan.
#[derive(Debug)]
pub(crate) struct CountingStore {
    inner: Arc<dyn ObjectStore>,
    counter: ScanCounter,
}

impl CountingStore {
    pub(crate) fn new(inner: Arc<dyn ObjectStore>, counter: ScanCounter) -> Self {
        Self { inner, counter }
    }
}

impl fmt::Display for CountingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for CountingStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match options.head {
            true => self.counter.add_head(),
            false => self.counter.add_ranges(1),
        }
        let result = self.inner.get_opts(location, options).await?;
        let (meta, range, attributes) = (
            result.meta.clone(),
            result.range.clone(),
            result.attributes.clone(),
        );
        let counter = self.counter.clone();
        let stream = result
            .into_stream()
            .inspect(move |chunk| counter.add(chunk.as_ref().map_or(0, Bytes::len)))
            .boxed();
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream),
            meta,
            range,
            attributes,
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.counter.add_ranges(ranges.len());
        let chunks = self.inner.get_ranges(location, ranges).await?;
        self.counter.add(chunks.iter().map(Bytes::len).sum());
        Ok(chunks)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.counter.add_listing();
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.counter.add_listing();
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.counter.add_listing();
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}
