//! Rows to row groups of Parquet, several at once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::aggregates::group_values::new_group_values;
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::encoder::USUAL_ZSTD_LEVEL;
use super::format::ParquetCompression;
use super::options::WriteOptions;
use crate::EngineError;

/// The rows by which a column is judged.
const SAMPLE: usize = 2_048;

/// Encodes the row groups of one file, each by itself.
pub(super) struct RowGroupEncoder {
    schema: SchemaRef,
    properties: WriterProperties,
    factory: ArrowRowGroupWriterFactory,
}

/// A row group that waits for its place in the file.
pub(super) struct RowGroup {
    columns: Vec<ArrowColumnChunk>,
    pub(super) rows: u64,
}

/// A file whose row groups come one after the other.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
}

impl RowGroupEncoder {
    /// `sample` are the first rows of the file, which decide the columns that get dictionaries.
    pub(super) fn new(
        compression: ParquetCompression,
        options: &WriteOptions,
        schema: &SchemaRef,
        sample: &[RecordBatch],
    ) -> Result<Self, EngineError> {
        let codec = codec(compression, options.zstd_level).map_err(parquet_error)?;
        let mut properties = WriterProperties::builder()
            .set_compression(codec)
            .set_created_by(concat!("lakebed ", env!("CARGO_PKG_VERSION")).to_owned());
        properties = options.parquet.apply(properties);
        properties = properties.set_sorting_columns(sorted_by(options, schema));
        if options.parquet.dictionary.is_none()
            && let Some(first) = sample.first()
        {
            for (field, column) in schema.fields().iter().zip(first.columns()) {
                if hardly_repeats(field, column)? {
                    let path = ColumnPath::from(field.name().as_str());
                    properties = properties.set_column_dictionary_enabled(path, false);
                }
            }
        }
        let properties = properties.build();
        let (_, factory) = begin(schema, &properties)?;
        Ok(Self {
            schema: Arc::clone(schema),
            properties,
            factory,
        })
    }

    /// A file for the row groups.
    pub(super) fn file(&self) -> Result<ParquetFile, EngineError> {
        let (writer, _) = begin(&self.schema, &self.properties)?;
        Ok(ParquetFile { writer })
    }

    /// Encodes column after column, so that what one needs is free for the next.
    pub(super) fn encode(&self, batches: &[RecordBatch]) -> Result<RowGroup, EngineError> {
        let writers = self.factory.create_column_writers(0);
        let mut writers = writers.map_err(parquet_error)?.into_iter();
        let mut columns = Vec::with_capacity(writers.len());
        for (index, field) in self.schema.fields().iter().enumerate() {
            let parts: Vec<&dyn Array> = batches
                .iter()
                .map(|batch| batch.column(index).as_ref())
                .collect();
            let column = concat(&parts).map_err(DataFusionError::from)?;
            for leaf in compute_leaves(field, &column).map_err(parquet_error)? {
                let Some(mut writer) = writers.next() else {
                    break;
                };
                writer.write(&leaf).map_err(parquet_error)?;
                columns.push(writer.close().map_err(parquet_error)?);
            }
        }
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        Ok(RowGroup { columns, rows })
    }
}

impl ParquetFile {
    /// Takes the next row group and gives the bytes that are complete.
    pub(super) fn append(&mut self, group: RowGroup) -> Result<Vec<u8>, EngineError> {
        if group.rows > 0 {
            self.append_columns(group.columns).map_err(parquet_error)?;
        }
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    fn append_columns(&mut self, columns: Vec<ArrowColumnChunk>) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in columns {
            column.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, EngineError> {
        self.writer.into_inner().map_err(parquet_error)
    }
}

/// What readers are told of the order of rows; columns are numbered by their leaves.
fn sorted_by(options: &WriteOptions, schema: &SchemaRef) -> Option<Vec<SortingColumn>> {
    let is_flat = schema
        .fields()
        .iter()
        .all(|field| !field.data_type().is_nested());
    if options.sort_by.is_empty() || !is_flat {
        return None;
    }
    let column = |name: &String| {
        let index = schema.index_of(name).ok()?;
        Some(SortingColumn {
            column_idx: i32::try_from(index).ok()?,
            descending: false,
            nulls_first: false,
        })
    };
    options.sort_by.iter().map(column).collect()
}

fn begin(
    schema: &SchemaRef,
    properties: &WriterProperties,
) -> Result<(SerializedFileWriter<Vec<u8>>, ArrowRowGroupWriterFactory), EngineError> {
    // The Arrow schema in the footer would only tell readers built on Arrow of types that no table
    // has.
    let options = ArrowWriterOptions::new()
        .with_properties(properties.clone())
        .with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)
        .and_then(ArrowWriter::into_serialized_writer)
        .map_err(parquet_error)
}

/// Whether a dictionary would only hold the column once more: of the first values nearly all differ.
fn hardly_repeats(field: &Field, column: &ArrayRef) -> Result<bool, EngineError> {
    let sampled = column.len().min(SAMPLE);
    if sampled < SAMPLE / 2 || field.data_type().is_nested() || field.data_type().is_null() {
        return Ok(false);
    }
    if matches!(field.data_type(), DataType::Boolean) {
        return Ok(false);
    }
    let schema = Schema::new(vec![field.clone()]);
    let mut values = new_group_values(Arc::new(schema), &GroupOrdering::None)?;
    values.intern(&[column.slice(0, sampled)], &mut Vec::new())?;
    Ok(values.len() * 20 >= sampled * 19)
}

fn codec(
    compression: ParquetCompression,
    zstd_level: Option<i32>,
) -> Result<Compression, ParquetError> {
    Ok(match compression {
        ParquetCompression::None => Compression::UNCOMPRESSED,
        ParquetCompression::Snappy => Compression::SNAPPY,
        ParquetCompression::Gzip => Compression::GZIP(GzipLevel::default()),
        ParquetCompression::Zstd => {
            Compression::ZSTD(ZstdLevel::try_new(zstd_level.unwrap_or(USUAL_ZSTD_LEVEL))?)
        }
        ParquetCompression::Lz4 => Compression::LZ4_RAW,
        ParquetCompression::Brotli => Compression::BROTLI(BrotliLevel::default()),
    })
}

fn parquet_error(error: ParquetError) -> EngineError {
    DataFusionError::from(error).into()
}
