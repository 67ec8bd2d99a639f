//! What a table definition says so that its files can be read: the SerDe, the Hadoop classes and
//! the parameters that Glue's crawlers write for each format.

use std::collections::BTreeMap;

use super::format::{CsvFormat, CsvSerde, Format, GrokFormat};
use super::schema::FileSchema;

const TEXT: (&str, &str) = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
);
const AVRO: (&str, &str) = (
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
);
const ORC: (&str, &str) = (
    "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
);
const PARQUET: (&str, &str) = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
);
/// XML has no reader but Glue's own jobs.
const NO_CLASSES: (&str, &str) = ("", "");

/// The part of a table definition that depends on the format alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) input_format: &'static str,
    pub(crate) output_format: &'static str,
    pub(crate) library: &'static str,
    pub(crate) serde_parameters: BTreeMap<String, String>,
    pub(crate) table_parameters: BTreeMap<String, String>,
}

impl FileSchema {
    /// What reads files of this format and these columns.
    pub(crate) fn reader(&self) -> Reader {
        let (classes, library, serde_parameters, table_parameters) = match &self.format {
            Format::Avro { schema } => {
                let literal = strings([("avro.schema.literal", schema.clone())]);
                (
                    AVRO,
                    "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
                    literal.clone(),
                    literal,
                )
            }
            Format::Csv(csv) => {
                let (library, parameters) = csv_serde(csv);
                (TEXT, library, parameters, csv_parameters(csv))
            }
            Format::Grok(grok) => (
                TEXT,
                "com.amazonaws.glue.serde.GrokSerDe",
                grok_parameters(grok, "input.format", "input.grokCustomPatterns"),
                grok_parameters(grok, "grokPattern", "grokCustomPatterns"),
            ),
            Format::Json { path } => (
                TEXT,
                "org.openx.data.jsonserde.JsonSerDe",
                strings([("paths", self.sorted_names().join(","))]),
                path.iter()
                    .map(|path| ("jsonPath".to_owned(), path.to_string()))
                    .collect(),
            ),
            Format::Orc => (
                ORC,
                "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
                BTreeMap::new(),
                BTreeMap::new(),
            ),
            Format::Parquet => (
                PARQUET,
                "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                strings([("serialization.format", "1".to_owned())]),
                BTreeMap::new(),
            ),
            Format::Xml { row_tag, .. } => {
                let row_tag = strings([("rowTag", row_tag.clone())]);
                (NO_CLASSES, "", row_tag.clone(), row_tag)
            }
        };
        Reader {
            input_format: classes.0,
            output_format: classes.1,
            library,
            serde_parameters,
            table_parameters,
        }
    }

    fn sorted_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.columns.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names
    }
}

fn csv_serde(csv: &CsvFormat) -> (&'static str, BTreeMap<String, String>) {
    match csv.serde {
        CsvSerde::LazySimple => (
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            strings([("field.delim", csv.delimiter.to_string())]),
        ),
        CsvSerde::OpenCsv => (
            "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            strings([
                ("escapeChar", "\\".to_owned()),
                ("quoteChar", csv.quote.to_string()),
                ("separatorChar", csv.delimiter.to_string()),
            ]),
        ),
    }
}

fn csv_parameters(csv: &CsvFormat) -> BTreeMap<String, String> {
    let mut parameters = strings([
        ("areColumnsQuoted", csv.quoted.to_string()),
        ("columnsOrdered", "true".to_owned()),
        ("delimiter", csv.delimiter.to_string()),
    ]);
    if csv.header {
        parameters.insert("skip.header.line.count".to_owned(), "1".to_owned());
    }
    parameters
}

fn grok_parameters(grok: &GrokFormat, pattern: &str, custom: &str) -> BTreeMap<String, String> {
    let mut parameters = strings([(pattern, grok.pattern.clone())]);
    if !grok.custom_patterns.is_empty() {
        parameters.insert(custom.to_owned(), grok.custom_patterns.clone());
    }
    parameters
}

fn strings<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
