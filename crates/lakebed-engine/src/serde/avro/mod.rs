//! `AvroSerDe`: container files, a schema in each; columns are found by name ("Avro SerDe", Athena
//! user guide). The table's `avro.schema.literal` says nothing that its columns do not.

use std::ops::Range;
use std::sync::Arc;

use arrow_avro::errors::AvroError;
use arrow_avro::reader::async_reader::read_header_info;
use arrow_avro::reader::{AsyncAvroFileReader, AsyncFileReader};
use bytes::Bytes;
use datafusion::datasource::physical_plan::FileOpenFuture;
use datafusion::error::DataFusionError;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::align::{align_batch, check_types, fetched, place_of};
use crate::EngineError;
use crate::table::{FileReader, OpenFile};

/// Bytes that are fetched at once, and the rest of the block that begins in them.
const PIECE: u64 = 8 << 20;

/// Reads Avro container files.
#[derive(Debug)]
pub(crate) struct AvroReader;

impl FileReader for AvroReader {
    fn open(&self, store: Arc<dyn ObjectStore>, file: OpenFile) -> FileOpenFuture {
        Box::pin(async move {
            let object = &file.file.object_meta;
            let bytes = AvroBytes {
                store,
                path: object.location.clone(),
            };
            let header = read_header_info(&mut bytes.clone(), object.size, None)
                .await
                .map_err(|error| not_avro(&file.url, error))?;
            let whole = 0..object.size;
            let ranges = pieces(file.range().unwrap_or(whole));
            let (size, batch_size) = (object.size, file.batch_size);
            let reader = move |range: Range<u64>| {
                AsyncAvroFileReader::builder(bytes.clone(), size, batch_size).with_range(range)
            };
            let url = file.url;
            let found = reader(0..0)
                .build_with_header(header.clone())
                .map_err(|error| not_avro(&url, error))?
                .schema();
            let wanted = Arc::new(file.schema.project(&file.columns)?);
            let in_file: Vec<Option<usize>> = wanted
                .fields()
                .iter()
                .map(|field| place_of(found.fields(), field.name()))
                .collect();
            check_types("avro", &found, &in_file, &wanted, &url)?;
            let (mut fetched, places) = fetched(&in_file);
            // Rows of no columns could not be counted.
            if fetched.is_empty() {
                fetched.push(0);
            }
            let reader = move |range| {
                let reader = reader(range).with_projection(fetched.clone());
                reader.build_with_header(header.clone())
            };
            let rows = futures::stream::iter(ranges)
                .map(reader)
                .try_flatten()
                .map(move |batch| {
                    let batch = batch.map_err(|error| not_avro(&url, error.into()))?;
                    Ok(align_batch(&batch, &places, &wanted)?)
                });
            Ok(rows.boxed())
        })
    }
}

fn not_avro(url: &str, error: AvroError) -> DataFusionError {
    match error {
        AvroError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(error) => DataFusionError::from(*error),
            Err(inner) => not_valid(url, &inner),
        },
        error => not_valid(url, &error),
    }
}

fn not_valid(url: &str, error: &dyn std::fmt::Display) -> DataFusionError {
    EngineError::BadData(format!("Not valid Avro file: {url} ({error})")).into()
}

/// A range in parts that are fetched one after the other.
fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = range.end;
    range
        .step_by(PIECE as usize)
        .map(move |start| start..(start + PIECE).min(end))
}

/// A file's bytes as they are asked for.
#[derive(Clone)]
struct AvroBytes {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl AsyncFileReader for AvroBytes {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, AvroError>> {
        self.store
            .get_range(&self.path, range)
            .map_err(|error| AvroError::External(Box::new(error)))
            .boxed()
    }
}
