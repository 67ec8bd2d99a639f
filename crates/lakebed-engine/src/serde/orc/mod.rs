//! `OrcSerde`: columns are found by their place, as Hive writes names that say nothing, or by name
//! where the table sets `orc.column.index.access` to false ("Index access in ORC and Parquet",
//! Athena user guide). Stripes outside the wanted range and columns that nobody asks for are not
//! fetched.

use std::any::Any;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use datafusion::datasource::physical_plan::FileOpenFuture;
use datafusion::error::DataFusionError;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use orc_rust::arrow_reader::ArrowReaderBuilder;
use orc_rust::projection::ProjectionMask;
use orc_rust::reader::AsyncChunkReader;
use orc_rust::schema::{ArrowSchemaOptions, TimestampPrecision};

use super::align::{align_batch, check_types, fetched, place_of};
use crate::EngineError;
use crate::table::{FileReader, OpenFile};

/// Reads ORC files.
#[derive(Debug)]
pub(crate) struct OrcReader {
    pub(crate) by_index: bool,
}

impl FileReader for OrcReader {
    fn open(&self, store: Arc<dyn ObjectStore>, file: OpenFile) -> FileOpenFuture {
        let by_index = self.by_index;
        let url = file.url.clone();
        // The reader trusts what a file says of itself, and a broken one says anything.
        let opened = AssertUnwindSafe(open(store, file, by_index)).catch_unwind();
        Box::pin(async move {
            match opened.await {
                Ok(opened) => opened,
                Err(panic) => Err(malformed(&url, &what_it_said(&*panic))),
            }
        })
    }
}

type Batches =
    futures::stream::BoxStream<'static, datafusion::error::Result<arrow::array::RecordBatch>>;

async fn open(
    store: Arc<dyn ObjectStore>,
    file: OpenFile,
    by_index: bool,
) -> datafusion::error::Result<Batches> {
    let object = &file.file.object_meta;
    let bytes = OrcBytes {
        store,
        path: object.location.clone(),
        size: object.size,
    };
    let url = file.url.clone();
    let builder = ArrowReaderBuilder::try_new_async(bytes)
        .await
        .map_err(|error| malformed(&url, &error))?;
    let root = builder.file_metadata().root_data_type().clone();
    let wanted = Arc::new(file.schema.project(&file.columns)?);
    let options =
        ArrowSchemaOptions::new().with_timestamp_precision(TimestampPrecision::Microsecond);
    let found = root.create_arrow_schema_with_options(&Default::default(), options);
    let in_file = places(&found, &file, &wanted, by_index);
    check_types("orc", &found, &in_file, &wanted, &url)?;
    let (fetched, in_batch) = fetched(&in_file);
    let children = fetched
        .iter()
        .filter_map(|&place| root.children().get(place));
    let indices = children.map(|column| column.data_type().column_index());
    let mask = ProjectionMask::roots(&root, indices);
    let mut builder = builder
        .with_timestamp_precision(TimestampPrecision::Microsecond)
        .with_batch_size(file.batch_size)
        .with_projection(mask);
    if let Some(range) = file.range() {
        builder = builder.with_file_byte_range(range.start as usize..range.end as usize);
    }
    let rows = AssertUnwindSafe(builder.build_async()).catch_unwind();
    let rows = rows.map(move |batch| match batch {
        Ok(Ok(batch)) => Ok(align_batch(&batch, &in_batch, &wanted)?),
        Ok(Err(error)) => Err(malformed(&url, &error)),
        Err(panic) => Err(malformed(&url, &what_it_said(&*panic))),
    });
    Ok(rows.boxed())
}

/// Where the wanted columns are in the file.
fn places(
    found: &Schema,
    file: &OpenFile,
    wanted: &SchemaRef,
    by_index: bool,
) -> Vec<Option<usize>> {
    if by_index {
        let columns = found.fields().len();
        let places = file.columns.iter();
        return places
            .map(|&column| (column < columns).then_some(column))
            .collect();
    }
    let fields = wanted.fields().iter();
    fields
        .map(|field| place_of(found.fields(), field.name()))
        .collect()
}

fn malformed(url: &str, reason: &dyn std::fmt::Display) -> DataFusionError {
    EngineError::BadData(format!("Malformed ORC file. {reason} [{url}]")).into()
}

fn what_it_said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the file contradicts itself").to_owned()
}

/// A file's bytes as they are asked for.
struct OrcBytes {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
}

impl AsyncChunkReader for OrcBytes {
    fn len(&mut self) -> BoxFuture<'_, io::Result<u64>> {
        futures::future::ready(Ok(self.size)).boxed()
    }

    fn get_bytes(&mut self, offset: u64, length: u64) -> BoxFuture<'_, io::Result<Bytes>> {
        self.store
            .get_range(&self.path, offset..offset.saturating_add(length))
            .map_err(io::Error::from)
            .boxed()
    }
}
