//! ORC's writer on a thread of its own: it must stay where it was made.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;
use orc_rust::arrow_writer::ArrowWriterBuilder;
use orc_rust::compression::CompressionType;
use orc_rust::error::OrcError;

use super::encoder::{MOST_ROW_GROUP_BYTES, Taken};
use super::format::OrcCompression;
use crate::{EngineError, types};

/// Batches that wait for the thread.
const QUEUE: usize = 2;

/// Writes one ORC file.
pub(super) struct OrcThread {
    schema: SchemaRef,
    batches: SyncSender<RecordBatch>,
    thread: JoinHandle<Result<(), OrcError>>,
    bytes: Taken,
}

impl OrcThread {
    /// # Errors
    /// [`EngineError::UnsupportedFormat`] for nested types and decimals, which the writer does not
    /// have.
    pub(super) fn new(compression: OrcCompression, schema: &Schema) -> Result<Self, EngineError> {
        let fields = schema
            .fields()
            .iter()
            .map(|field| {
                let data_type = written_as(field.data_type()).ok_or_else(|| {
                    EngineError::UnsupportedFormat(format!(
                        "lakebed does not write ORC columns of type {} yet (column '{}')",
                        types::hive_type(field.data_type()),
                        field.name()
                    ))
                })?;
                Ok(Field::new(field.name(), data_type, true))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let schema = Arc::new(Schema::new(fields));
        let target_schema = Arc::clone(&schema);
        let bytes = Taken::default();
        let target = bytes.clone();
        let (batches, queue) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("lakebed-orc".to_owned())
            .spawn(move || write(target, target_schema, compression, queue))
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(Self {
            schema,
            batches,
            thread,
            bytes,
        })
    }

    /// Takes a batch, and gives what the thread has written meanwhile.
    pub(super) fn encode(&self, batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns
            .map(|(column, field)| cast(column, field.data_type()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(DataFusionError::from)?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(DataFusionError::from)?;
        // A thread that has ended has an error, which finishing brings out.
        let _ = self.batches.send(batch);
        Ok(self.bytes.take())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, EngineError> {
        drop(self.batches);
        match self.thread.join() {
            Ok(Ok(())) => Ok(self.bytes.take()),
            Ok(Err(error)) => Err(DataFusionError::External(Box::new(error)).into()),
            Err(_) => Err(EngineError::Start("ORC's writer ended early".to_owned())),
        }
    }
}

/// The type that the writer has for a column; none for those that it lacks.
fn written_as(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(_, None) => Some(data_type.clone()),
        data_type if data_type.is_nested() || data_type.is_decimal() => None,
        data_type => types::arrow_type(&types::hive_type(data_type)).ok(),
    }
}

fn write(
    target: Taken,
    schema: SchemaRef,
    compression: OrcCompression,
    batches: Receiver<RecordBatch>,
) -> Result<(), OrcError> {
    let mut builder =
        ArrowWriterBuilder::new(target, schema).with_stripe_byte_size(MOST_ROW_GROUP_BYTES);
    builder = match compression {
        OrcCompression::None => builder,
        OrcCompression::Zlib => builder.with_compression(CompressionType::Zlib),
        OrcCompression::Snappy => builder.with_compression(CompressionType::Snappy),
        OrcCompression::Zstd => builder.with_compression(CompressionType::Zstd),
        OrcCompression::Lz4 => builder.with_compression(CompressionType::Lz4),
    };
    let mut writer = builder.try_build()?;
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.close()
}
