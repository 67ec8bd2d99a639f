//! Hive's storage formats: the classes that stand for them in the catalog.

use std::collections::BTreeMap;

use lakebed_engine::{
    AvroCompression, HiveDelimiters, OrcCompression, ParquetCompression, TextCompression,
    WriteFormat,
};
use lakebed_wire::glue::{SerDeInfo, StorageDescriptor};

use crate::error::{ErrorKind, QueryError, Result};

/// A format's classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StorageClasses {
    pub(super) input: &'static str,
    pub(super) output: &'static str,
    pub(super) serde: &'static str,
}

pub(super) const LAZY_SIMPLE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUTPUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

pub(super) const TEXT: StorageClasses = StorageClasses {
    input: TEXT_INPUT,
    output: TEXT_OUTPUT,
    serde: LAZY_SIMPLE,
};

pub(super) const PARQUET: StorageClasses = StorageClasses {
    input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
};

pub(super) const JSON: StorageClasses = StorageClasses {
    input: TEXT_INPUT,
    output: TEXT_OUTPUT,
    serde: "org.apache.hive.hcatalog.data.JsonSerDe",
};

const ORC: StorageClasses = StorageClasses {
    input: "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    output: "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
};

const AVRO: StorageClasses = StorageClasses {
    input: "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    output: "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
    serde: "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
};

/// The classes of `STORED AS name`; the name is in upper case.
pub(super) fn named(name: &str) -> Result<StorageClasses> {
    match name {
        "TEXTFILE" => Ok(TEXT),
        "PARQUET" => Ok(PARQUET),
        "ORC" => Ok(ORC),
        "AVRO" => Ok(AVRO),
        "SEQUENCEFILE" | "RCFILE" | "ION" | "JSONFILE" => {
            Err(QueryError::unsupported(&format!("STORED AS {name}")))
        }
        _ => Err(super::hive::semantic_error(&format!(
            "Unrecognized file format in STORED AS clause: '{name}'"
        ))),
    }
}

/// How rows written with CTAS or INSERT are stored.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) classes: StorageClasses,
    pub(super) serde_parameters: BTreeMap<String, String>,
    pub(super) write: WriteFormat,
    /// How hard zstd tries.
    pub(super) zstd_level: Option<i32>,
}

/// What CTAS and UNLOAD say about the files to write.
#[derive(Debug, Default)]
pub(super) struct FileProperties {
    pub(super) format: Option<String>,
    pub(super) compression: Option<String>,
    pub(super) zstd_level: Option<i32>,
    pub(super) field_delimiter: Option<String>,
}

impl Storage {
    /// The storage of a new table, Parquet unless its format is given.
    pub(super) fn of_new_table(properties: &FileProperties) -> Result<Self> {
        let format = properties.format.as_deref().unwrap_or("PARQUET");
        let compression = properties.compression.as_deref();
        let field_delimiter = properties.field_delimiter.as_deref();
        let parameters = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let serialized = parameters(&[("serialization.format", "1")]);
        let (classes, serde_parameters, write) = match format.to_uppercase().as_str() {
            "PARQUET" => (PARQUET, serialized, parquet(compression)?),
            "ORC" => (ORC, serialized, orc(compression)?),
            "AVRO" => (AVRO, serialized, avro(compression)?),
            "JSON" => {
                let compression = text_compression(compression)?;
                (JSON, serialized, WriteFormat::Json { compression })
            }
            "TEXTFILE" => {
                let delimiter = field_delimiter.unwrap_or("\u{1}");
                let delimiters = HiveDelimiters {
                    field: one_byte(delimiter)?,
                    ..HiveDelimiters::default()
                };
                let compression = text_compression(compression)?;
                let write = WriteFormat::HiveText {
                    delimiters,
                    compression,
                };
                let delimited = parameters(&[
                    ("field.delim", delimiter),
                    ("serialization.format", delimiter),
                ]);
                (TEXT, delimited, write)
            }
            "ION" => return Err(QueryError::unsupported("writing tables in format ION")),
            _ => {
                return Err(QueryError::new(
                    ErrorKind::InvalidTableProperty,
                    format!(
                        "Unable to set catalog 'awsdatacatalog' table property 'format' to ['{format}']"
                    ),
                ));
            }
        };
        refuse_level(&write, properties.zstd_level)?;
        Ok(Self {
            classes,
            serde_parameters,
            write,
            zstd_level: properties.zstd_level,
        })
    }

    /// The storage of rows added to a table that is there.
    pub(super) fn of_table(
        storage: &StorageDescriptor,
        table_parameters: &BTreeMap<String, String>,
    ) -> Result<WriteFormat> {
        let serde = storage.serde_info.clone().unwrap_or_default();
        let class = serde.serialization_library.unwrap_or_default();
        let compression = [
            "write.compression",
            "write_compression",
            "parquet.compression",
            "parquet.compress",
            "orc.compress",
        ]
        .iter()
        .find_map(|key| table_parameters.get(*key));
        let compression = compression.map(String::as_str);
        let parameters = serde.parameters.unwrap_or_default();
        let name = class.rsplit('.').next().unwrap_or_default();
        match name {
            "ParquetHiveSerDe" => parquet(compression),
            "OrcSerde" => orc(compression),
            "AvroSerDe" => avro(compression),
            "JsonSerDe" => Ok(WriteFormat::Json {
                compression: text_compression(compression)?,
            }),
            "LazySimpleSerDe" => Ok(WriteFormat::HiveText {
                delimiters: HiveDelimiters::of_serde(&parameters),
                compression: text_compression(compression)?,
            }),
            _ => Err(QueryError::unsupported(&format!(
                "INSERT into tables with SerDe {class}"
            ))),
        }
    }

    /// The codec of Parquet files, as table properties name it.
    pub(super) fn parquet_codec(&self) -> Option<&'static str> {
        match &self.write {
            WriteFormat::Parquet(compression) => Some(match compression {
                ParquetCompression::None => "NONE",
                ParquetCompression::Snappy => "SNAPPY",
                ParquetCompression::Gzip => "GZIP",
                ParquetCompression::Zstd => "ZSTD",
                ParquetCompression::Lz4 => "LZ4",
                ParquetCompression::Brotli => "BROTLI",
            }),
            _ => None,
        }
    }

    /// The table's storage in the catalog.
    pub(super) fn descriptor(&self) -> StorageDescriptor {
        StorageDescriptor {
            input_format: Some(self.classes.input.to_owned()),
            output_format: Some(self.classes.output.to_owned()),
            compressed: Some(false),
            number_of_buckets: Some(-1),
            serde_info: Some(SerDeInfo {
                serialization_library: Some(self.classes.serde.to_owned()),
                parameters: Some(self.serde_parameters.clone()),
                ..SerDeInfo::default()
            }),
            ..StorageDescriptor::default()
        }
    }
}

// What each format can be compressed with, and is where nobody says: "Use Hive table compression",
// Athena user guide.

fn parquet(compression: Option<&str>) -> Result<WriteFormat> {
    let compression = compression.unwrap_or("GZIP");
    let codec = match compression.to_uppercase().as_str() {
        "NONE" | "UNCOMPRESSED" => ParquetCompression::None,
        "SNAPPY" => ParquetCompression::Snappy,
        "GZIP" => ParquetCompression::Gzip,
        "ZSTD" => ParquetCompression::Zstd,
        _ => return Err(invalid_compression(compression)),
    };
    Ok(WriteFormat::Parquet(codec))
}

fn orc(compression: Option<&str>) -> Result<WriteFormat> {
    let compression = compression.unwrap_or("ZLIB");
    let codec = match compression.to_uppercase().as_str() {
        "NONE" | "UNCOMPRESSED" => OrcCompression::None,
        "ZLIB" => OrcCompression::Zlib,
        "SNAPPY" => OrcCompression::Snappy,
        "ZSTD" => OrcCompression::Zstd,
        "LZ4" => OrcCompression::Lz4,
        _ => return Err(invalid_compression(compression)),
    };
    Ok(WriteFormat::Orc(codec))
}

fn avro(compression: Option<&str>) -> Result<WriteFormat> {
    let compression = compression.unwrap_or("DEFLATE");
    let codec = match compression.to_uppercase().as_str() {
        "NONE" | "UNCOMPRESSED" => AvroCompression::None,
        "DEFLATE" => AvroCompression::Deflate,
        "SNAPPY" => AvroCompression::Snappy,
        "ZSTD" => AvroCompression::Zstd,
        "BZIP2" => AvroCompression::Bzip2,
        _ => return Err(invalid_compression(compression)),
    };
    Ok(WriteFormat::Avro(codec))
}

fn text_compression(compression: Option<&str>) -> Result<TextCompression> {
    let compression = compression.unwrap_or("GZIP");
    match compression.to_uppercase().as_str() {
        "NONE" | "UNCOMPRESSED" => Ok(TextCompression::None),
        "GZIP" => Ok(TextCompression::Gzip),
        "BZIP2" => Ok(TextCompression::Bzip2),
        "ZSTD" => Ok(TextCompression::Zstd),
        "SNAPPY" => Ok(TextCompression::Snappy),
        "LZ4" => Ok(TextCompression::Lz4),
        _ => Err(invalid_compression(compression)),
    }
}

fn invalid_compression(name: &str) -> QueryError {
    QueryError::new(
        ErrorKind::InvalidTableProperty,
        format!(
            "Unable to set catalog 'awsdatacatalog' table property 'write_compression' to ['{name}']"
        ),
    )
}

/// Avro's writer knows zstd's usual level alone.
fn refuse_level(write: &WriteFormat, zstd_level: Option<i32>) -> Result<()> {
    match (write, zstd_level) {
        (WriteFormat::Avro(AvroCompression::Zstd), Some(_)) => {
            Err(QueryError::unsupported("compression_level for AVRO"))
        }
        _ => Ok(()),
    }
}

fn one_byte(delimiter: &str) -> Result<u8> {
    match delimiter.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(QueryError::new(
            ErrorKind::InvalidTableProperty,
            format!("field delimiter must be one ASCII character, got '{delimiter}'"),
        )),
    }
}
