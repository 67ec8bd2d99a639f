use std::fmt;
use std::io::Write as _;

use arrow::array::RecordBatch;
use arrow::csv::{Writer as CsvWriter, WriterBuilder};
use arrow::datatypes::SchemaRef;
use arrow::json::LineDelimitedWriter;
use datafusion::error::DataFusionError;
use flate2::Compression as GzipLevel;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{BrotliLevel, Compression, GzipLevel as ParquetGzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::EngineError;

/// A row group ends at this size, in encoded bytes: with many partitions open at once, row groups
/// of a million rows would not fit into memory.
const MOST_ROW_GROUP_BYTES: usize = 32 << 20;

/// What files are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteFormat {
    /// Parquet.
    Parquet(ParquetCompression),
    /// Separated text.
    Csv {
        /// What separates fields.
        separator: u8,
        /// Whether the first record names the columns.
        header: bool,
        /// Whether files are compressed with gzip.
        gzip: bool,
    },
    /// JSON, an object a line.
    Json {
        /// Whether files are compressed with gzip.
        gzip: bool,
    },
}

/// How Parquet's pages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetCompression {
    None,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
    Brotli,
}

impl WriteFormat {
    /// What file names end with, as Spark and Athena end them.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self {
            Self::Parquet(compression) => match compression {
                ParquetCompression::None => ".parquet",
                ParquetCompression::Snappy => ".snappy.parquet",
                ParquetCompression::Gzip => ".gz.parquet",
                ParquetCompression::Zstd => ".zstd.parquet",
                ParquetCompression::Lz4 => ".lz4.parquet",
                ParquetCompression::Brotli => ".br.parquet",
            },
            Self::Csv { gzip: false, .. } => ".csv",
            Self::Csv { gzip: true, .. } => ".csv.gz",
            Self::Json { gzip: false } => ".json",
            Self::Json { gzip: true } => ".json.gz",
        }
    }

    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "application/vnd.apache.parquet",
            Self::Csv { gzip: false, .. } => "text/csv",
            Self::Json { gzip: false } => "application/json",
            Self::Csv { gzip: true, .. } | Self::Json { gzip: true } => "application/gzip",
        }
    }
}

/// Rows to bytes; bytes come out as they are complete.
pub(super) enum Encoder {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Csv {
        builder: WriterBuilder,
        header: bool,
        bytes: TextBytes,
    },
    Json {
        bytes: TextBytes,
    },
}

impl Encoder {
    pub(super) fn new(format: &WriteFormat, schema: SchemaRef) -> Result<Self, EngineError> {
        match format {
            WriteFormat::Parquet(compression) => {
                let properties = WriterProperties::builder()
                    .set_compression(codec(*compression))
                    .set_created_by(concat!("lakebed ", env!("CARGO_PKG_VERSION")).to_owned())
                    .build();
                // The Arrow schema in the footer would only tell readers built on Arrow of types
                // that no table has.
                let options = ArrowWriterOptions::new()
                    .with_properties(properties)
                    .with_skip_arrow_metadata(true);
                let writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)
                    .map_err(parquet_error)?;
                Ok(Self::Parquet(Box::new(writer)))
            }
            WriteFormat::Csv {
                separator,
                header,
                gzip,
            } => Ok(Self::Csv {
                builder: WriterBuilder::new().with_delimiter(*separator),
                header: *header,
                bytes: TextBytes::new(*gzip),
            }),
            WriteFormat::Json { gzip } => Ok(Self::Json {
                bytes: TextBytes::new(*gzip),
            }),
        }
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Parquet(writer) => {
                writer.write(batch).map_err(parquet_error)?;
                if writer.in_progress_size() >= MOST_ROW_GROUP_BYTES {
                    writer.flush().map_err(parquet_error)?;
                }
                Ok(std::mem::take(writer.inner_mut()))
            }
            Self::Csv {
                builder,
                header,
                bytes,
            } => {
                let with_header = std::mem::replace(header, false);
                let mut text = Vec::new();
                let mut writer: CsvWriter<&mut Vec<u8>> =
                    builder.clone().with_header(with_header).build(&mut text);
                writer.write(batch).map_err(DataFusionError::from)?;
                drop(writer);
                bytes.push(&text)
            }
            Self::Json { bytes } => {
                let mut writer = LineDelimitedWriter::new(Vec::new());
                writer.write(batch).map_err(DataFusionError::from)?;
                writer.finish().map_err(DataFusionError::from)?;
                bytes.push(&writer.into_inner())
            }
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Parquet(writer) => writer.into_inner().map_err(parquet_error),
            Self::Csv { bytes, .. } | Self::Json { bytes } => bytes.finish(),
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parquet(_) => "Parquet",
            Self::Csv { .. } => "Csv",
            Self::Json { .. } => "Json",
        })
    }
}

/// Text as it is, or through gzip.
pub(super) enum TextBytes {
    Plain,
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl TextBytes {
    fn new(gzip: bool) -> Self {
        if gzip {
            Self::Gzip(Box::new(GzEncoder::new(Vec::new(), GzipLevel::default())))
        } else {
            Self::Plain
        }
    }

    fn push(&mut self, text: &[u8]) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Plain => Ok(text.to_vec()),
            Self::Gzip(encoder) => {
                encoder.write_all(text).map_err(DataFusionError::from)?;
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    fn finish(self) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::Plain => Ok(Vec::new()),
            Self::Gzip(encoder) => Ok(encoder.finish().map_err(DataFusionError::from)?),
        }
    }
}

fn codec(compression: ParquetCompression) -> Compression {
    match compression {
        ParquetCompression::None => Compression::UNCOMPRESSED,
        ParquetCompression::Snappy => Compression::SNAPPY,
        ParquetCompression::Gzip => Compression::GZIP(ParquetGzipLevel::default()),
        ParquetCompression::Zstd => Compression::ZSTD(ZstdLevel::default()),
        ParquetCompression::Lz4 => Compression::LZ4_RAW,
        ParquetCompression::Brotli => Compression::BROTLI(BrotliLevel::default()),
    }
}

fn parquet_error(error: parquet::errors::ParquetError) -> EngineError {
    DataFusionError::from(error).into()
}
