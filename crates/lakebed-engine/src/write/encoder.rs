//! Rows to bytes, in the formats whose files are encoded from their start to their end.

use std::io::Write;
use std::sync::Arc;
use std::{fmt, io};

use arrow::array::RecordBatch;
use arrow::csv::{Writer as CsvWriter, WriterBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::json::LineDelimitedWriter;
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::format::AvroOcfFormat;
use arrow_avro::writer::{Writer as AvroWriter, WriterBuilder as AvroWriterBuilder};
use datafusion::error::DataFusionError;
use parking_lot::Mutex;

use super::compressor::Compressor;
use super::format::{AvroCompression, HiveDelimiters, WriteFormat};
use super::hive_text;
use super::orc::OrcWriter;
use crate::EngineError;

/// A stripe of ORC ends at this size, in encoded bytes: with many partitions open at once, longer
/// ones would not fit into memory.
pub(super) const MOST_STRIPE_BYTES: usize = 32 << 20;

/// The level of zstd where none is asked for. Athena user guide, "Use ZSTD compression levels".
pub(super) const USUAL_ZSTD_LEVEL: i32 = 3;

/// Rows to bytes; bytes come out as they are complete.
pub(super) enum Encoder {
    Avro(Box<AvroWriter<Taken, AvroOcfFormat>>, Taken),
    Orc(Box<OrcWriter>),
    Text { text: Text, compressor: Compressor },
}

/// The formats that are text.
pub(super) enum Text {
    Csv {
        builder: WriterBuilder,
        header: bool,
    },
    Json,
    Hive(HiveDelimiters),
}

impl Encoder {
    /// `zstd_level` is for those that compress with zstd; none is its usual one.
    pub(super) fn new(
        format: &WriteFormat,
        zstd_level: Option<i32>,
        schema: &SchemaRef,
    ) -> Result<Self, EngineError> {
        let (text, compression) = match format {
            WriteFormat::Parquet(_) => {
                return Err(EngineError::UnsupportedFormat(
                    "Parquet is written in row groups".to_owned(),
                ));
            }
            WriteFormat::Avro(compression) => return avro(*compression, schema),
            WriteFormat::Orc(compression) => {
                let level = zstd_level.unwrap_or(USUAL_ZSTD_LEVEL);
                return Ok(Self::Orc(Box::new(OrcWriter::new(
                    *compression,
                    level,
                    schema,
                )?)));
            }
            WriteFormat::Csv {
                separator,
                header,
                compression,
            } => {
                let builder = WriterBuilder::new().with_delimiter(*separator);
                let header = *header;
                (Text::Csv { builder, header }, compression)
            }
            WriteFormat::Json { compression } => (Text::Json, compression),
            WriteFormat::HiveText {
                delimiters,
                compression,
            } => (Text::Hive(delimiters.clone()), compression),
        };
        let compressor =
            Compressor::new(*compression, zstd_level).map_err(DataFusionError::from)?;
        Ok(Self::Text { text, compressor })
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Avro(writer, bytes) => {
                if batch.num_rows() > 0 {
                    writer.write(batch).map_err(avro_error)?;
                }
                Ok(bytes.take())
            }
            Self::Orc(writer) => writer.encode(batch),
            Self::Text { text, compressor } => {
                let lines = text.lines(batch).map_err(DataFusionError::from)?;
                Ok(compressor.push(lines).map_err(DataFusionError::from)?)
            }
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Avro(mut writer, bytes) => {
                writer.finish().map_err(avro_error)?;
                Ok(bytes.take())
            }
            Self::Orc(writer) => writer.finish(),
            Self::Text { compressor, .. } => {
                Ok(compressor.finish().map_err(DataFusionError::from)?)
            }
        }
    }
}

impl Text {
    fn lines(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        match self {
            Self::Csv { builder, header } => {
                let with_header = std::mem::replace(header, false);
                let mut text = Vec::new();
                let mut writer: CsvWriter<&mut Vec<u8>> =
                    builder.clone().with_header(with_header).build(&mut text);
                writer.write(batch)?;
                drop(writer);
                Ok(text)
            }
            Self::Json => {
                let mut writer = LineDelimitedWriter::new(Vec::new());
                writer.write(batch)?;
                writer.finish()?;
                Ok(writer.into_inner())
            }
            Self::Hive(delimiters) => hive_text::lines(batch, delimiters),
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avro(..) => "Avro",
            Self::Orc(_) => "Orc",
            Self::Text { .. } => "Text",
        })
    }
}

/// What a writer that keeps its target has written so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken(Arc<Mutex<Vec<u8>>>);

impl Taken {
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl Write for Taken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn avro(compression: AvroCompression, schema: &SchemaRef) -> Result<Encoder, EngineError> {
    let codec = match compression {
        AvroCompression::None => None,
        AvroCompression::Deflate => Some(CompressionCodec::Deflate),
        AvroCompression::Snappy => Some(CompressionCodec::Snappy),
        AvroCompression::Zstd => Some(CompressionCodec::ZStandard),
        AvroCompression::Bzip2 => Some(CompressionCodec::Bzip2),
    };
    let bytes = Taken::default();
    let writer = AvroWriterBuilder::new(schema.as_ref().clone())
        .with_compression(codec)
        .build(bytes.clone())
        .map_err(avro_error)?;
    Ok(Encoder::Avro(Box::new(writer), bytes))
}

fn avro_error(error: impl Into<ArrowError>) -> EngineError {
    DataFusionError::from(error.into()).into()
}
