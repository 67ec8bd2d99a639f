//! ORC files of every type that Hive has ("ORC Specification v1", Apache ORC).
//!
//! Values are encoded as the first version of the format does (`DIRECT`), which every reader knows.
//! There are no row indexes and no dictionaries: rows are found by stripe, and repeated texts are left
//! to the compression.

mod column;
mod compression;
mod run_length;
mod schema;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use orc_rust::proto::{self, column_encoding};
use prost::Message;

use self::column::{Column, Stream};
use self::compression::Blocks;
use super::encoder::MOST_STRIPE_BYTES;
use super::format::OrcCompression;
use crate::serde::align::align_batch;
use crate::{EngineError, types};

const MAGIC: &[u8] = b"ORC";
/// The format's version: Hive 0.11, whose encodings these are.
const VERSION: [u32; 2] = [0, 11];

/// Writes one ORC file; bytes come out a stripe at a time.
pub(super) struct OrcWriter {
    schema: SchemaRef,
    root: Column,
    blocks: Blocks,
    stripe_rows: u64,
    stripes: Vec<proto::StripeInformation>,
    /// Bytes of the file that have been given out or wait for it.
    written: u64,
    waiting: Vec<u8>,
}

impl OrcWriter {
    /// # Errors
    /// [`EngineError::InvalidMetadata`] for types that Hive does not have.
    pub(super) fn new(
        compression: OrcCompression,
        zstd_level: i32,
        schema: &Schema,
    ) -> Result<Self, EngineError> {
        let fields = schema
            .fields()
            .iter()
            .map(|field| {
                let data_type = written_as(field.data_type())?;
                Ok(Field::new(field.name(), data_type, true))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let schema = Arc::new(Schema::new(fields));
        let root = DataType::Struct(schema.fields().clone());
        Ok(Self {
            schema,
            root: Column::new(&root, &mut 0)?,
            blocks: Blocks::new(compression, zstd_level),
            stripe_rows: 0,
            stripes: Vec::new(),
            written: MAGIC.len() as u64,
            waiting: MAGIC.to_vec(),
        })
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
        let places: Vec<Option<usize>> = (0..batch.num_columns()).map(Some).collect();
        let batch = align_batch(batch, &places, &self.schema).map_err(DataFusionError::from)?;
        let rows: ArrayRef = Arc::new(StructArray::from(batch.clone()));
        self.root.push(&rows)?;
        self.stripe_rows += batch.num_rows() as u64;
        if self.root.buffered_bytes() >= MOST_STRIPE_BYTES {
            self.end_stripe()?;
        }
        Ok(std::mem::take(&mut self.waiting))
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, EngineError> {
        if self.stripe_rows > 0 {
            self.end_stripe()?;
        }
        let mut statistics = Vec::new();
        self.root.statistics(&mut statistics);
        let footer = proto::Footer {
            header_length: Some(MAGIC.len() as u64),
            content_length: Some(self.written),
            number_of_rows: Some(
                self.stripes
                    .iter()
                    .filter_map(|stripe| stripe.number_of_rows)
                    .sum(),
            ),
            stripes: self.stripes,
            types: schema::types(&self.schema)?,
            statistics,
            row_index_stride: Some(0),
            software_version: Some(concat!("lakebed ", env!("CARGO_PKG_VERSION")).to_owned()),
            ..proto::Footer::default()
        };
        let footer = self.blocks.pack(&footer.encode_to_vec())?;
        let postscript = proto::PostScript {
            footer_length: Some(footer.len() as u64),
            compression: Some(self.blocks.kind().into()),
            compression_block_size: Some(compression::BLOCK as u64),
            version: VERSION.to_vec(),
            metadata_length: Some(0),
            magic: Some(String::from_utf8_lossy(MAGIC).into_owned()),
            ..proto::PostScript::default()
        }
        .encode_to_vec();
        self.waiting.extend(footer);
        self.waiting.extend_from_slice(&postscript);
        // Its length, which is far below 256, is the file's last byte.
        self.waiting.push(postscript.len() as u8);
        Ok(self.waiting)
    }

    fn end_stripe(&mut self) -> Result<(), EngineError> {
        let mut streams = Vec::new();
        self.root.take_streams(&mut streams);
        let mut described = Vec::with_capacity(streams.len());
        let mut data = Vec::new();
        for Stream {
            kind,
            column,
            bytes,
        } in streams
        {
            let packed = self.blocks.pack(&bytes)?;
            described.push(proto::Stream {
                kind: Some(kind.into()),
                column: Some(column),
                length: Some(packed.len() as u64),
            });
            data.extend(packed);
        }
        let direct = proto::ColumnEncoding {
            kind: Some(column_encoding::Kind::Direct.into()),
            ..proto::ColumnEncoding::default()
        };
        let footer = proto::StripeFooter {
            streams: described,
            columns: vec![direct; self.root.columns()],
            writer_timezone: Some("UTC".to_owned()),
            ..proto::StripeFooter::default()
        };
        let footer = self.blocks.pack(&footer.encode_to_vec())?;
        self.stripes.push(proto::StripeInformation {
            offset: Some(self.written),
            index_length: Some(0),
            data_length: Some(data.len() as u64),
            footer_length: Some(footer.len() as u64),
            number_of_rows: Some(std::mem::take(&mut self.stripe_rows)),
            ..proto::StripeInformation::default()
        });
        self.written += (data.len() + footer.len()) as u64;
        self.waiting.extend(data);
        self.waiting.extend(footer);
        Ok(())
    }
}

/// The type that a column is written as: Hive's, but timestamps of the precision they have.
fn written_as(data_type: &DataType) -> Result<DataType, EngineError> {
    match data_type {
        DataType::Timestamp(_, None) => Ok(data_type.clone()),
        data_type => types::arrow_type(&types::hive_type(data_type)),
    }
}
