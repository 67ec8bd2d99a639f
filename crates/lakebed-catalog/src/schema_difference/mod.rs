//! What changed between two versions of a table, and whether files written for the older one are
//! still read rightly. "Handle schema updates", Athena user guide.

mod access;
mod widening;

use std::fmt;

use lakebed_wire::glue::{Column, Table};
use serde::{Deserialize, Serialize};

pub use access::ColumnAccess;

use crate::{Catalog, Error};

/// The difference between two versions of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaDifference {
    /// The older version.
    pub from: String,
    /// The newer version.
    pub to: String,
    /// By what readers of the newer version find columns; none if its SerDe is unknown.
    pub access: Option<ColumnAccess>,
    /// What changed: columns in the order of the newer version, dropped ones last, then partition
    /// keys.
    pub changes: Vec<SchemaChange>,
    /// Whether all files written for the older version are read rightly as the newer; none if that
    /// cannot be told.
    pub old_data_survives: Option<bool>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    /// The column's name, in the newer version if it is there; none if the whole table changed.
    pub column: Option<String>,
    /// What happened to it.
    #[serde(flatten)]
    pub kind: ChangeKind,
    /// Whether old files are read rightly all the same; none if that cannot be told.
    pub old_data_survives: Option<bool>,
    /// Why, in a sentence.
    pub reason: String,
}

/// What happened to a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added { r#type: String },
    /// It is gone.
    Dropped { r#type: String },
    /// It stands where a column of the same type stood that is gone.
    Renamed { from: String },
    /// Its type is another.
    Retyped { from: String, to: String },
    /// It stands at another place among the columns that stayed; places count from one.
    Moved { from: usize, to: usize },
    /// The partition keys are others.
    Repartitioned { from: Vec<String>, to: Vec<String> },
    /// The SerDe is another.
    Reformatted { from: String, to: String },
}

impl Catalog {
    /// What changed between two versions of a table: up to the current one if `to` is none, and
    /// from the one kept before it if `from` is none.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such table or version, or none before it.
    pub fn schema_difference(
        &self,
        database: &str,
        table: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<SchemaDifference, Error> {
        let newer = self.table_version(database, table, to)?;
        let older = match from {
            Some(from) => self.table_version(database, table, Some(from))?,
            None => {
                let versions = self.table_versions(database, table)?.into_iter();
                let mut older = versions.skip_while(|it| it.version_id != newer.version_id);
                older.nth(1).ok_or_else(|| {
                    let version = newer.version_id.as_deref().unwrap_or_default();
                    Error::NotFound(format!(
                        "Table {} has no version before {version}.",
                        newer.name
                    ))
                })?
            }
        };
        Ok(SchemaDifference::between(&older, &newer))
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { r#type } => write!(f, "added as {type}"),
            Self::Dropped { r#type } => write!(f, "dropped, was {type}"),
            Self::Renamed { from } => write!(f, "renamed from {from}"),
            Self::Retyped { from, to } => write!(f, "retyped from {from} to {to}"),
            Self::Moved { from, to } => write!(f, "moved from place {from} to {to}"),
            Self::Repartitioned { from, to } => write!(
                f,
                "partitioned by ({}), was by ({})",
                to.join(", "),
                from.join(", ")
            ),
            Self::Reformatted { from, to } => write!(f, "SerDe changed from {from} to {to}"),
        }
    }
}

impl SchemaDifference {
    /// Compares two versions of a table.
    #[must_use]
    pub fn between(from: &Table, to: &Table) -> Self {
        let readers = Readers {
            access: ColumnAccess::of(to),
            files_hold_types: ColumnAccess::files_hold_types(to),
        };
        let mut changes = readers.columns(columns(from), columns(to));
        changes.extend(repartitioned(from, to));
        changes.extend(reformatted(from, to));
        Self {
            from: from.version_id.clone().unwrap_or_default(),
            to: to.version_id.clone().unwrap_or_default(),
            access: readers.access,
            old_data_survives: verdict(&changes),
            changes,
        }
    }
}

/// How the files of the newer version are read.
#[derive(Debug, Clone, Copy)]
struct Readers {
    access: Option<ColumnAccess>,
    files_hold_types: bool,
}

impl Readers {
    fn columns(self, old: &[Column], new: &[Column]) -> Vec<SchemaChange> {
        let mut changes = Vec::new();
        for (place, column) in new.iter().enumerate() {
            match place_of(old, &column.name) {
                Some(was) => {
                    changes.extend(self.retyped(&old[was], column));
                    changes.extend(self.moved(&column.name, was, place));
                }
                None if is_renamed(old, new, place) => {
                    changes.push(self.renamed(&old[place], column));
                }
                None => changes.push(self.added(column, place >= old.len())),
            }
        }
        for (place, column) in old.iter().enumerate() {
            if place_of(new, &column.name).is_none() && !is_renamed(old, new, place) {
                changes.push(self.dropped(column, place >= new.len()));
            }
        }
        changes
    }

    fn added(self, column: &Column, at_end: bool) -> SchemaChange {
        let (survives, reason) = match self.access {
            None => (None, UNKNOWN),
            Some(ColumnAccess::Name) => (Some(true), "old files have no such column: it is null"),
            Some(ColumnAccess::Position) if at_end => {
                (Some(true), "old files end before it: it is null")
            }
            Some(ColumnAccess::Position) => (
                Some(false),
                "columns are found by place: old files have another column there",
            ),
        };
        let kind = ChangeKind::Added {
            r#type: kind_of(column),
        };
        change(Some(&column.name), kind, survives, reason)
    }

    fn dropped(self, column: &Column, at_end: bool) -> SchemaChange {
        let (survives, reason) = match self.access {
            None => (None, UNKNOWN),
            Some(ColumnAccess::Name) => (Some(true), "what old files have of it is not read"),
            Some(ColumnAccess::Position) if at_end => {
                (Some(true), "what old files have of it is not read")
            }
            Some(ColumnAccess::Position) => (
                Some(false),
                "columns are found by place: those behind it would be read from their neighbours",
            ),
        };
        let kind = ChangeKind::Dropped {
            r#type: kind_of(column),
        };
        change(Some(&column.name), kind, survives, reason)
    }

    fn renamed(self, old: &Column, new: &Column) -> SchemaChange {
        let (survives, reason) = match self.access {
            None => (None, UNKNOWN),
            Some(ColumnAccess::Position) => (
                Some(true),
                "columns are found by place: names do not matter",
            ),
            Some(ColumnAccess::Name) => (
                Some(false),
                "columns are found by name: old files have the old name, and this one is null",
            ),
        };
        let kind = ChangeKind::Renamed {
            from: old.name.clone(),
        };
        change(Some(&new.name), kind, survives, reason)
    }

    fn retyped(self, old: &Column, new: &Column) -> Option<SchemaChange> {
        let (from, to) = (kind_of(old), kind_of(new));
        if from.eq_ignore_ascii_case(&to) {
            return None;
        }
        let (survives, reason) = match self.access {
            None => (None, UNKNOWN),
            Some(_) if widening::reads_as(&from, &to, self.files_hold_types) => {
                (Some(true), "every old value is one of the new type")
            }
            Some(_) if widening::is_nested(&from) && widening::is_nested(&to) => (
                None,
                "nested types are not looked into; query old files to see",
            ),
            Some(_) => (
                Some(false),
                "not every old value can be read as the new type",
            ),
        };
        Some(change(
            Some(&new.name),
            ChangeKind::Retyped { from, to },
            survives,
            reason,
        ))
    }

    fn moved(self, column: &str, from: usize, to: usize) -> Option<SchemaChange> {
        // What is found by name has no place to keep.
        if self.access == Some(ColumnAccess::Name) || from == to {
            return None;
        }
        let (survives, reason) = match self.access {
            Some(_) => (
                Some(false),
                "columns are found by place: old files have it elsewhere",
            ),
            None => (None, UNKNOWN),
        };
        let kind = ChangeKind::Moved {
            from: from + 1,
            to: to + 1,
        };
        Some(change(Some(column), kind, survives, reason))
    }
}

const UNKNOWN: &str = "nothing is known of how this SerDe finds columns";

fn repartitioned(from: &Table, to: &Table) -> Option<SchemaChange> {
    let (old, new) = (partition_keys(from), partition_keys(to));
    (old != new).then(|| {
        let kind = ChangeKind::Repartitioned { from: old, to: new };
        let reason = "partitions keep the values of the old keys; make them anew";
        change(None, kind, Some(false), reason)
    })
}

fn reformatted(from: &Table, to: &Table) -> Option<SchemaChange> {
    let (old, new) = (library(from)?, library(to)?);
    (old != new).then(|| {
        let kind = ChangeKind::Reformatted {
            from: old.to_owned(),
            to: new.to_owned(),
        };
        let reason = "old files are in another format, unless both SerDes read it";
        change(None, kind, None, reason)
    })
}

/// One that breaks decides; then one that nothing is known of.
fn verdict(changes: &[SchemaChange]) -> Option<bool> {
    let mut verdicts = changes.iter().map(|change| change.old_data_survives);
    if verdicts.clone().any(|verdict| verdict == Some(false)) {
        return Some(false);
    }
    verdicts.all(|verdict| verdict.is_some()).then_some(true)
}

/// Whether the column at this place got another name: the old one is gone, the new one is new, and
/// their type is the same. The catalog knows columns by name only, so that this is a guess.
fn is_renamed(old: &[Column], new: &[Column], place: usize) -> bool {
    match (old.get(place), new.get(place)) {
        (Some(before), Some(after)) => {
            place_of(new, &before.name).is_none()
                && place_of(old, &after.name).is_none()
                && kind_of(before).eq_ignore_ascii_case(&kind_of(after))
        }
        _ => false,
    }
}

fn change(
    column: Option<&str>,
    kind: ChangeKind,
    survives: Option<bool>,
    reason: &str,
) -> SchemaChange {
    SchemaChange {
        column: column.map(str::to_owned),
        kind,
        old_data_survives: survives,
        reason: reason.to_owned(),
    }
}

fn columns(table: &Table) -> &[Column] {
    let descriptor = table.storage_descriptor.as_ref();
    descriptor
        .and_then(|descriptor| descriptor.columns.as_deref())
        .unwrap_or_default()
}

fn library(table: &Table) -> Option<&str> {
    let serde = table.storage_descriptor.as_ref()?.serde_info.as_ref()?;
    serde.serialization_library.as_deref()
}

fn partition_keys(table: &Table) -> Vec<String> {
    let keys = table.partition_keys.iter().flatten();
    keys.map(|key| format!("{} {}", key.name, kind_of(key)))
        .collect()
}

fn place_of(columns: &[Column], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name == name)
}

fn kind_of(column: &Column) -> String {
    column.r#type.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_wire::glue::{SerDeInfo, StorageDescriptor};
    use rstest::rstest;

    use super::*;

    const PARQUET: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
    const ORC: &str = "org.apache.hadoop.hive.ql.io.orc.OrcSerde";
    const JSON: &str = "org.openx.data.jsonserde.JsonSerDe";
    const CSV: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";

    /// A table of columns written as `a int, b string`.
    fn table(serde: &str, columns: &str) -> Table {
        let columns = columns.split(", ").map(|column| {
            let (name, kind) = column.split_once(' ').unwrap();
            Column {
                name: name.to_owned(),
                r#type: Some(kind.to_owned()),
                ..Default::default()
            }
        });
        Table {
            storage_descriptor: Some(StorageDescriptor {
                columns: Some(columns.collect()),
                serde_info: Some(SerDeInfo {
                    serialization_library: Some(serde.to_owned()),
                    ..Default::default()
                }),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    /// A change and its verdict in a word each.
    fn told(difference: &SchemaDifference) -> String {
        let told = difference.changes.iter().map(|change| {
            let kind = match &change.kind {
                ChangeKind::Added { .. } => "added",
                ChangeKind::Dropped { .. } => "dropped",
                ChangeKind::Renamed { .. } => "renamed",
                ChangeKind::Retyped { .. } => "retyped",
                ChangeKind::Moved { .. } => "moved",
                ChangeKind::Repartitioned { .. } => "repartitioned",
                ChangeKind::Reformatted { .. } => "reformatted",
            };
            let verdict = match change.old_data_survives {
                Some(true) => "survives",
                Some(false) => "breaks",
                None => "unknown",
            };
            let column = change.column.as_deref().unwrap_or("table");
            format!("{column} {kind} {verdict}")
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[rstest]
    #[case::nothing(CSV, "a int", "a int", "", Some(true))]
    #[case::added_at_end(CSV, "a int", "a int, b int", "b added survives", Some(true))]
    #[case::added_first(
        CSV,
        "a int",
        "b int, a int",
        "b added breaks, a moved breaks",
        Some(false)
    )]
    #[case::added_first_by_name(JSON, "a int", "b int, a int", "b added survives", Some(true))]
    #[case::dropped_last(CSV, "a int, b int", "a int", "b dropped survives", Some(true))]
    #[case::dropped_first(
        ORC,
        "a int, b int",
        "b int",
        "b moved breaks, a dropped breaks",
        Some(false)
    )]
    #[case::dropped_by_name(PARQUET, "a int, b int", "b int", "a dropped survives", Some(true))]
    #[case::renamed_by_place(CSV, "a int, b int", "a int, c int", "c renamed survives", Some(true))]
    #[case::renamed_by_name(
        PARQUET,
        "a int, b int",
        "a int, c int",
        "c renamed breaks",
        Some(false)
    )]
    #[case::reordered(
        CSV,
        "a int, b int",
        "b int, a int",
        "b moved breaks, a moved breaks",
        Some(false)
    )]
    #[case::reordered_by_name(JSON, "a int, b int", "b int, a int", "", Some(true))]
    #[case::wider(PARQUET, "a int", "a bigint", "a retyped survives", Some(true))]
    #[case::narrower(CSV, "a bigint", "a int", "a retyped breaks", Some(false))]
    #[case::text_of_text(CSV, "a int", "a string", "a retyped survives", Some(true))]
    #[case::text_of_binary(PARQUET, "a int", "a string", "a retyped breaks", Some(false))]
    #[case::decimal(
        ORC,
        "a decimal(9,2)",
        "a decimal(12,2)",
        "a retyped survives",
        Some(true)
    )]
    #[case::scale(
        ORC,
        "a decimal(9,2)",
        "a decimal(12,4)",
        "a retyped breaks",
        Some(false)
    )]
    #[case::nested(
        JSON,
        "a struct<x:int>",
        "a struct<x:int,y:int>",
        "a retyped unknown",
        None
    )]
    #[case::text_as_double(CSV, "a int", "a double", "a retyped survives", Some(true))]
    #[case::long_text_as_double(CSV, "a bigint", "a double", "a retyped breaks", Some(false))]
    #[case::other_type_in_place_of_csv(
        CSV,
        "a int",
        "b string",
        "b added breaks, a dropped breaks",
        Some(false)
    )]
    #[case::other_type_in_place(
        JSON,
        "a int",
        "b string",
        "b added survives, a dropped survives",
        Some(true)
    )]
    #[case::unknown_serde("org.example.Own", "a int", "a int, b int", "b added unknown", None)]
    fn old_files_survive_as_the_format_finds_columns(
        #[case] serde: &str,
        #[case] old: &str,
        #[case] new: &str,
        #[case] expected: &str,
        #[case] survives: Option<bool>,
    ) {
        let difference = SchemaDifference::between(&table(serde, old), &table(serde, new));
        assert_eq!(told(&difference), expected);
        assert_eq!(difference.old_data_survives, survives);
    }

    #[test]
    fn other_formats_and_partition_keys_are_told_of_the_table() {
        let old = table(CSV, "a int");
        let new = Table {
            partition_keys: table(CSV, "day date")
                .storage_descriptor
                .and_then(|descriptor| descriptor.columns),
            ..table(PARQUET, "a int")
        };
        let difference = SchemaDifference::between(&old, &new);
        let expected = "table repartitioned breaks, table reformatted unknown";
        assert_eq!(told(&difference), expected);
        assert_eq!(difference.old_data_survives, Some(false));
    }
}
