//! What inference finds in one file, and when two files are of one table.

use std::collections::BTreeSet;

use super::column_type::{ColumnType, merge_fields};
use super::format::Format;
use super::surprise::Surprise;

/// Two schemas are one table's if they share more than this part of their columns
/// ("How does a crawler determine when to create partitions?").
const SIMILAR: f64 = 0.7;

/// A column as the file spells it.
pub(crate) type NamedColumn = (String, ColumnType);

/// The format and the columns of one file, or of several that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileSchema {
    pub(crate) format: Format,
    pub(crate) columns: Vec<NamedColumn>,
    /// Records seen in the sample.
    pub(crate) sampled_records: u64,
    /// Bytes of the sample that hold them.
    pub(crate) sampled_bytes: u64,
    /// Where the table will not be what its owner expects.
    pub(crate) surprises: BTreeSet<Surprise>,
}

impl FileSchema {
    /// A schema of which nothing was read yet.
    pub(crate) fn new(format: Format, columns: Vec<NamedColumn>) -> Self {
        Self {
            format,
            columns,
            sampled_records: 0,
            sampled_bytes: 0,
            surprises: BTreeSet::new(),
        }
    }

    /// The same schema, seen in so many records and bytes.
    pub(crate) fn sampled(self, records: u64, bytes: u64) -> Self {
        Self {
            sampled_records: records,
            sampled_bytes: bytes,
            ..self
        }
    }

    /// The same schema with these surprises.
    pub(crate) fn surprising(self, surprises: BTreeSet<Surprise>) -> Self {
        Self { surprises, ..self }
    }

    /// One table definition can read files of both.
    pub(crate) fn compatible(&self, other: &Self) -> bool {
        self.format.reads_as(&other.format)
    }

    /// The columns are much the same.
    pub(crate) fn similar(&self, other: &Self) -> bool {
        let most = self.columns.len().max(other.columns.len());
        let shared = self
            .columns
            .iter()
            .filter(|(name, kind)| {
                other
                    .columns
                    .iter()
                    .any(|(other, other_kind)| name == other && reconcilable(kind, other_kind))
            })
            .count();
        shared as f64 > SIMILAR * most as f64
    }

    /// The schema of both files together.
    pub(crate) fn merge(self, other: Self) -> Self {
        let mut surprises = self.surprises;
        surprises.extend(other.surprises);
        Self {
            format: self.format.merge(other.format),
            columns: merge_fields(self.columns, other.columns),
            sampled_records: self.sampled_records + other.sampled_records,
            sampled_bytes: self.sampled_bytes + other.sampled_bytes,
            surprises,
        }
    }
}

/// The types are one, or one widens to the other without falling back on text.
fn reconcilable(one: &ColumnType, other: &ColumnType) -> bool {
    one == other
        || one.clone().merge(other.clone()) != ColumnType::String
        || *one == ColumnType::Unknown
        || *other == ColumnType::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, ColumnType)]) -> FileSchema {
        let columns = columns
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), kind.clone()))
            .collect();
        FileSchema::new(Format::Json { path: None }, columns).sampled(1, 10)
    }

    #[test]
    fn schemas_that_share_most_columns_are_similar() {
        use ColumnType::{BigInt, Int, String};
        let one = schema(&[("a", Int), ("b", Int), ("c", String), ("d", String)]);
        let grown = schema(&[
            ("a", BigInt),
            ("b", Int),
            ("c", String),
            ("d", String),
            ("e", Int),
        ]);
        let retyped = schema(&[("a", String), ("b", String), ("c", String), ("d", String)]);
        let other = schema(&[("x", Int), ("y", Int)]);
        assert!(one.similar(&grown));
        assert!(!one.similar(&retyped));
        assert!(!one.similar(&other));
    }
}
