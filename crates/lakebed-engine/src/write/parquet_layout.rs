//! What can be said of the inside of Parquet files.

use std::collections::BTreeMap;
use std::str::FromStr;

use arrow::datatypes::Schema;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::EngineError;

/// How Parquet files are laid out. Memory may end row groups earlier than this says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParquetLayout {
    /// The most rows of a row group; none is 1,048,576.
    pub row_group_rows: Option<usize>,
    /// The most bytes of a row group's rows in memory, before they are encoded; none is 128 MiB.
    pub row_group_bytes: Option<usize>,
    /// The bytes at which a page ends; none is 1 MiB.
    pub page_bytes: Option<usize>,
    /// Whether columns get dictionaries; none lets the first rows of a file decide.
    pub dictionary: Option<bool>,
    /// The columns with bloom filters, which let readers pass over row groups.
    pub bloom_filters: Vec<String>,
    /// Without the indexes by which readers pass over pages: files are smaller.
    pub no_page_index: bool,
}

impl ParquetLayout {
    /// What a table's properties say: parquet-mr's own `parquet.block.size`, `parquet.page.size`,
    /// `parquet.enable.dictionary` and `parquet.bloom.filter.enabled#column`, and
    /// `parquet.bloom.filter.columns`, which Trino's Hive connector sets.
    ///
    /// # Errors
    /// [`EngineError::InvalidMetadata`] for values that make no sense.
    pub fn of_table(properties: &BTreeMap<String, String>) -> Result<Self, EngineError> {
        let mut layout = Self {
            row_group_bytes: value(properties, "parquet.block.size")?,
            page_bytes: value(properties, "parquet.page.size")?,
            dictionary: value(properties, "parquet.enable.dictionary")?,
            ..Self::default()
        };
        if let Some(columns) = properties.get("parquet.bloom.filter.columns") {
            let columns = columns.split(',').map(str::trim);
            let columns = columns.filter(|column| !column.is_empty());
            layout.bloom_filters.extend(columns.map(str::to_owned));
        }
        for key in properties.keys() {
            let column = key.strip_prefix("parquet.bloom.filter.enabled#");
            if let Some(column) = column
                && value(properties, key)? == Some(true)
            {
                layout.bloom_filters.push(column.to_owned());
            }
        }
        Ok(layout)
    }

    /// # Errors
    /// [`EngineError::InvalidMetadata`] for columns that are not in the files.
    pub(super) fn check(&self, schema: &Schema) -> Result<(), EngineError> {
        for column in &self.bloom_filters {
            if schema.index_of(column).is_err() {
                return Err(EngineError::InvalidMetadata(format!(
                    "column '{column}' of a bloom filter is not among the columns of the files"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn apply(&self, mut properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
        if let Some(bytes) = self.page_bytes {
            properties = properties.set_data_page_size_limit(bytes);
        }
        if let Some(dictionary) = self.dictionary {
            properties = properties.set_dictionary_enabled(dictionary);
        }
        if self.no_page_index {
            properties = properties
                .set_statistics_enabled(EnabledStatistics::Chunk)
                .set_offset_index_disabled(true);
        }
        for column in &self.bloom_filters {
            let path = ColumnPath::from(column.as_str());
            properties = properties.set_column_bloom_filter_enabled(path, true);
        }
        properties
    }
}

fn value<T: FromStr>(
    properties: &BTreeMap<String, String>,
    key: &str,
) -> Result<Option<T>, EngineError> {
    let Some(text) = properties.get(key) else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(EngineError::InvalidMetadata(format!(
            "table property '{key}' cannot be '{text}'"
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn table_properties_say_how_files_are_laid_out() {
        let table = properties(&[
            ("parquet.block.size", "33554432"),
            ("parquet.page.size", "65536"),
            ("parquet.enable.dictionary", "false"),
            ("parquet.bloom.filter.columns", "a, b"),
            ("parquet.bloom.filter.enabled#c", "true"),
            ("parquet.bloom.filter.enabled#d", "false"),
            ("classification", "parquet"),
        ]);
        assert_eq!(
            ParquetLayout::of_table(&table).unwrap(),
            ParquetLayout {
                row_group_rows: None,
                row_group_bytes: Some(32 << 20),
                page_bytes: Some(64 << 10),
                dictionary: Some(false),
                bloom_filters: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
                no_page_index: false,
            }
        );
        let wrong = properties(&[("parquet.block.size", "128MB")]);
        assert_eq!(
            ParquetLayout::of_table(&wrong).unwrap_err().to_string(),
            "HIVE_INVALID_METADATA: table property 'parquet.block.size' cannot be '128MB'"
        );
    }
}
