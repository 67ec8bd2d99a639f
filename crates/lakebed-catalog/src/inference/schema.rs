//! What inference finds in one file, and when two files are of one table.

use std::collections::BTreeSet;

use super::column_type::ColumnType;
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
    /// Of several files the least certain.
    pub(crate) decision: Option<Decision>,
}

/// Which classifier made a schema, and how certain it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision {
    pub(crate) classifier: String,
    pub(crate) certainty: f64,
}

impl FileSchema {
    /// A schema of which nothing was read yet.
    ///
    /// Columns are told apart without their case, as the catalog tells them: the types of those
    /// that differ in it only are merged.
    pub(crate) fn new(format: Format, columns: Vec<NamedColumn>) -> Self {
        let mut distinct = Vec::with_capacity(columns.len());
        let same = merge_columns(&mut distinct, columns);
        let surprises = same.into_iter().map(|column| Surprise::SameName { column });
        Self {
            format,
            columns: distinct,
            sampled_records: 0,
            sampled_bytes: 0,
            surprises: surprises.collect(),
            decision: None,
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

    /// The same schema with these surprises, too.
    pub(crate) fn surprising(mut self, surprises: impl IntoIterator<Item = Surprise>) -> Self {
        self.surprises.extend(surprises);
        self
    }

    /// The same schema as a classifier made it.
    pub(crate) fn decided(self, classifier: &str, certainty: f64) -> Self {
        Self {
            decision: Some(Decision {
                classifier: classifier.to_owned(),
                certainty,
            }),
            ..self
        }
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
                other.columns.iter().any(|(other, other_kind)| {
                    is_same(name, other) && reconcilable(kind, other_kind)
                })
            })
            .count();
        shared as f64 > SIMILAR * most as f64
    }

    /// The schema of both files together.
    pub(crate) fn merge(self, other: Self) -> Self {
        let mut surprises = self.surprises;
        surprises.extend(other.surprises);
        let mut columns = self.columns;
        merge_columns(&mut columns, other.columns);
        let decisions = self.decision.into_iter().chain(other.decision);
        Self {
            format: self.format.merge(other.format),
            columns,
            decision: decisions.min_by(|one, other| one.certainty.total_cmp(&other.certainty)),
            sampled_records: self.sampled_records + other.sampled_records,
            sampled_bytes: self.sampled_bytes + other.sampled_bytes,
            surprises,
        }
    }
}

/// Adds columns; the types of those that are there already are merged. Gives the folded names of
/// these.
fn merge_columns(columns: &mut Vec<NamedColumn>, more: Vec<NamedColumn>) -> BTreeSet<String> {
    let mut same = BTreeSet::new();
    for (place, (name, kind)) in more.into_iter().enumerate() {
        // Files of one table have their columns in the same order, mostly.
        let here = columns
            .get(place)
            .is_some_and(|(known, _)| is_same(known, &name));
        let found = if here {
            Some(place)
        } else {
            columns.iter().position(|(known, _)| is_same(known, &name))
        };
        match found.and_then(|found| columns.get_mut(found)) {
            Some((_, known)) => {
                *known = std::mem::replace(known, ColumnType::Unknown).merge(kind);
                same.insert(name.to_lowercase());
            }
            None => columns.push((name, kind)),
        }
    }
    same
}

/// The names are one when case is folded.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || !one.is_ascii() && !other.is_ascii() && one.to_lowercase() == other.to_lowercase()
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

    #[test]
    fn names_that_differ_in_case_are_one_column() {
        use ColumnType::{BigInt, Int, String};
        let one = schema(&[("Id", Int), ("ID", BigInt), ("Größe", Int)]);
        let other = schema(&[("id", Int), ("GRÖSSE", Int), ("größe", String)]);
        assert!(one.similar(&schema(&[("id", Int), ("GRÖßE", Int)])));
        let columns: Vec<_> = one.clone().merge(other).columns;
        assert_eq!(
            columns,
            schema(&[("Id", BigInt), ("Größe", String), ("GRÖSSE", Int)]).columns
        );
        let column = "id".to_owned();
        assert_eq!(one.surprises, [Surprise::SameName { column }].into());
    }

    #[test]
    fn the_least_certain_classifier_is_told() {
        let one = schema(&[]).decided("csv", 1.0);
        let other = schema(&[]).decided("lines", 0.5);
        let decision = one.merge(other).decision;
        assert_eq!(
            decision.map(|decision| decision.classifier),
            Some("lines".to_owned())
        );
    }
}
