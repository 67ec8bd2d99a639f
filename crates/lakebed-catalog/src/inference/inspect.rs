//! Looks at one file: reads as little of it as tells its format and schema.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::MetadataFetch;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataReader;

use super::compression::Compression;
use super::orc::{self, Tail};
use super::recognition::{CustomClassifier, Recognition, classify};
use super::schema::FileSchema;
use super::surprise::Surprise;
use super::{Sample, avro, binary, parquet as parquet_schema};

/// Bytes read from the start of a file.
const SAMPLE_BYTES: u64 = 1 << 20;

/// Bytes of text looked at when the sample is compressed.
const UNPACKED_BYTES: usize = 1 << 20;

/// Bytes read from the end of a Parquet or ORC file at once: most footers fit.
const FOOTER_BYTES: u64 = 64 << 10;

/// What a file is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inspected {
    pub(crate) compression: Compression,
    pub(crate) schema: FileSchema,
}

impl Inspected {
    /// Of a format that says by itself what it is.
    fn certain(classifier: &str, schema: FileSchema) -> Self {
        Self {
            compression: Compression::None,
            schema: schema.decided(classifier, 1.0),
        }
    }
}

/// Classifies a file by its first bytes, and its last where the format keeps its schema there.
///
/// # Errors
/// Why the file cannot be read or is not recognised, in words for the crawl's log.
pub(crate) async fn inspect(
    store: Arc<dyn ObjectStore>,
    object: &ObjectMeta,
    custom: Arc<[CustomClassifier]>,
) -> Result<Inspected, String> {
    let start = store
        .get_range(&object.location, 0..object.size.min(SAMPLE_BYTES))
        .await
        .map_err(|error| error.to_string())?;
    if start.starts_with(parquet_schema::MAGIC) {
        let schema = read_parquet(store, object).await?;
        return Ok(Inspected::certain("parquet", schema));
    }
    if start.starts_with(orc::MAGIC) {
        let schema = read_orc(store, object).await?;
        return Ok(Inspected::certain("orc", schema));
    }
    if start.starts_with(avro::MAGIC) {
        let schema = avro::infer_avro(&start)?;
        return Ok(Inspected::certain("avro", schema));
    }
    if let Some(refusal) = binary::refusal(&start) {
        return Err(refusal.to_owned());
    }
    let complete = object.size <= SAMPLE_BYTES;
    let key = object.location.to_string();
    tokio::task::spawn_blocking(move || inspect_text(&start, complete, &key, &custom))
        .await
        .map_err(|error| error.to_string())?
}

/// Classifies a text file, which may be compressed.
fn inspect_text(
    start: &[u8],
    complete: bool,
    key: &str,
    custom: &[CustomClassifier],
) -> Result<Inspected, String> {
    let compression = Compression::of(start, key);
    let text = compression.unpack(start, complete, UNPACKED_BYTES)?;
    let sample = Sample {
        bytes: &text,
        truncated: !complete || compression != Compression::None && text.len() == UNPACKED_BYTES,
    };
    let (classifier, Recognition { schema, certainty }) = classify(sample, custom)?;
    let unreadable = (compression == Compression::Zip).then_some(Surprise::ZipUnreadable);
    Ok(Inspected {
        compression,
        schema: schema
            .surprising(unreadable)
            .decided(&classifier, certainty),
    })
}

/// Reads the footer only.
async fn read_parquet(
    store: Arc<dyn ObjectStore>,
    object: &ObjectMeta,
) -> Result<FileSchema, String> {
    let damaged = |error: ParquetError| format!("damaged Parquet file: {error}");
    let ranges = Ranges::of(store, object);
    let metadata = ParquetMetaDataReader::new()
        .with_prefetch_hint(Some(FOOTER_BYTES as usize))
        .load_and_finish(ranges, object.size)
        .await
        .map_err(damaged)?;
    let footer = ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::default())
        .map_err(damaged)?;
    let rows = footer.metadata().file_metadata().num_rows();
    let bytes: i64 = footer
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.compressed_size())
        .sum();
    parquet_schema::infer_parquet(
        footer.schema(),
        u64::try_from(rows).unwrap_or(0),
        u64::try_from(bytes).unwrap_or(0),
    )
    .ok_or_else(|| "the Parquet file has no columns".to_owned())
}

/// Reads the footer only.
async fn read_orc(store: Arc<dyn ObjectStore>, object: &ObjectMeta) -> Result<FileSchema, String> {
    let last = |bytes: u64| {
        let range = object.size.saturating_sub(bytes)..object.size;
        store.get_range(&object.location, range)
    };
    let end = last(FOOTER_BYTES)
        .await
        .map_err(|error| error.to_string())?;
    let tail = Tail::of(&end)?;
    let end = if tail.bytes() > end.len() as u64 {
        last(tail.bytes())
            .await
            .map_err(|error| error.to_string())?
    } else {
        end
    };
    orc::infer_orc(&tail, &end, object.size)
}

/// Hands a file's bytes to the reader of its footer.
struct Ranges {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Ranges {
    fn of(store: Arc<dyn ObjectStore>, object: &ObjectMeta) -> Self {
        Self {
            store,
            path: object.location.clone(),
        }
    }
}

impl MetadataFetch for Ranges {
    fn fetch(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        async move {
            self.store
                .get_range(&self.path, range)
                .await
                .map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }
}
