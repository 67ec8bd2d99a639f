//! What would have made a query cheaper.
//!
//! Estimates are of bytes, from what the query planned to read and, for row formats, from what the
//! first rows take as Parquet; dollars follow from Athena's price.

mod profile;

use lakebed_core::prices;
use serde::Serialize;

pub(crate) use profile::{Profile, TableProfile, profile};

/// Files smaller than this on average, in bytes, cost more to open than to read. Athena user
/// guide, "Optimize data": files of 128 MB are good.
const SMALL_FILE: u64 = 8 << 20;
/// How many files it takes for their size to matter.
const MANY_FILES: usize = 16;
/// From how many columns on reading all of them is worth a word.
const MANY_COLUMNS: usize = 5;
/// How much larger the right side of a join must be to be worth a word.
const LARGER: u64 = 2;
/// What compaction aims at, in bytes.
const GOOD_FILE: u64 = 128 << 20;

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdviceKind {
    /// A partitioned table is read without a filter on its partition keys.
    PartitionFilter,
    /// All columns of a columnar table are read.
    Columns,
    /// The table lies in many small files.
    SmallFiles,
    /// The table is text, of which all columns are read.
    RowFormat,
    /// The larger table stands on the right side of a join.
    JoinOrder,
}

/// One thing to change, and what it would save each time the query runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    pub kind: AdviceKind,
    /// `database.table`.
    pub table: String,
    pub message: String,
    /// None where it saves time or memory only.
    pub saved_bytes: Option<u64>,
    pub saved_usd: f64,
}

/// What a finished query is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub query_execution_id: String,
    pub scanned_bytes: u64,
    pub price_usd: f64,
    /// Whose prices these are, and from when.
    pub region: &'static str,
    pub prices_of: &'static str,
    /// What saves most comes first.
    pub advice: Vec<Advice>,
}

impl Report {
    pub(crate) fn of(query_execution_id: String, profile: &Profile) -> Self {
        let mut advice: Vec<Advice> = profile
            .tables
            .iter()
            .flat_map(|table| about_table(profile, table))
            .chain(about_joins(profile))
            .collect();
        advice.sort_by_key(|advice| std::cmp::Reverse(advice.saved_bytes));
        Self {
            query_execution_id,
            scanned_bytes: profile.scanned_bytes,
            price_usd: prices::athena_query(profile.scanned_bytes),
            region: prices::REGION,
            prices_of: prices::DATE,
            advice,
        }
    }
}

fn about_table(profile: &Profile, table: &TableProfile) -> Vec<Advice> {
    let scanned = profile.scanned_of(table);
    let name = &table.name;
    let mut found = Vec::new();
    let mut say = |kind, saved: Option<u64>, requests: usize, message: String| {
        let rest = profile.scanned_bytes.saturating_sub(saved.unwrap_or(0));
        let saved_usd = prices::athena_query(profile.scanned_bytes) - prices::athena_query(rest)
            + prices::s3_gets(requests);
        found.push(Advice {
            kind,
            table: name.clone(),
            message,
            saved_bytes: saved,
            saved_usd,
        });
    };
    if let Some(key) = table.partition_keys.first()
        && !table.filtered
        && table.partitions > 1
    {
        let partitions = table.partitions as u64;
        say(
            AdviceKind::PartitionFilter,
            Some(scanned - scanned / partitions),
            0,
            format!(
                "all {partitions} partitions of {name} are read; with a filter such as {key} = … only those it names are, each {} bytes on average",
                scanned / partitions
            ),
        );
    }
    if table.columnar && table.columns >= MANY_COLUMNS && table.columns_read == table.columns {
        let columns = table.columns as u64;
        say(
            AdviceKind::Columns,
            Some(scanned - scanned / columns),
            0,
            format!(
                "all {columns} columns of {name} are read; each that the query does not name saves {} bytes on average, down to one column",
                scanned / columns
            ),
        );
    }
    if table.files >= MANY_FILES && table.bytes / (table.files as u64) < SMALL_FILE {
        let needed = usize::try_from(table.bytes.div_ceil(GOOD_FILE)).unwrap_or(table.files);
        let requests = table.files - needed.min(table.files);
        say(
            AdviceKind::SmallFiles,
            None,
            requests,
            format!(
                "{name} lies in {} files of {} bytes on average; written anew in files of 128 MB it needs {requests} requests less",
                table.files,
                table.bytes / (table.files as u64)
            ),
        );
    }
    if let Some(parquet_bytes) = table.parquet_bytes.filter(|bytes| *bytes < scanned) {
        say(
            AdviceKind::RowFormat,
            Some(scanned - parquet_bytes),
            0,
            format!(
                "{name} is text, of which every column is read; as Parquet with zstd (CREATE TABLE AS) the {} columns the query needs take about {parquet_bytes} bytes",
                table.columns_read
            ),
        );
    }
    found
}

fn about_joins(profile: &Profile) -> Vec<Advice> {
    let mut found = Vec::new();
    for (left, right) in &profile.joins {
        let bytes = |name: &String| {
            let table = profile.tables.iter().find(|table| table.name == *name)?;
            Some(table.bytes)
        };
        let (Some(left_bytes), Some(right_bytes)) = (bytes(left), bytes(right)) else {
            continue;
        };
        if right_bytes > left_bytes.saturating_mul(LARGER) {
            found.push(Advice {
                kind: AdviceKind::JoinOrder,
                table: right.clone(),
                message: format!(
                    "{right} ({right_bytes} bytes) is joined to the smaller {left} ({left_bytes} bytes); Athena keeps the right side in memory: put the larger table on the left"
                ),
                saved_bytes: None,
                saved_usd: 0.0,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableProfile {
        TableProfile {
            name: name.to_owned(),
            columnar: true,
            partition_keys: Vec::new(),
            filtered: false,
            partitions: 1,
            files: 1,
            bytes: 1_000_000_000,
            columns: 10,
            columns_read: 1,
            parquet_bytes: None,
        }
    }

    fn advice(tables: Vec<TableProfile>, joins: &[(&str, &str)]) -> Vec<(AdviceKind, Option<u64>)> {
        let profile = Profile {
            scanned_bytes: 1_000_000_000,
            tables,
            joins: joins
                .iter()
                .map(|(left, right)| ((*left).to_owned(), (*right).to_owned()))
                .collect(),
        };
        Report::of(String::new(), &profile)
            .advice
            .into_iter()
            .map(|advice| (advice.kind, advice.saved_bytes))
            .collect()
    }

    #[test]
    fn a_query_that_reads_no_more_than_it_must_hears_nothing() {
        assert_eq!(advice(vec![table("a")], &[]), []);
        assert_eq!(advice(Vec::new(), &[]), []);
    }

    #[test]
    fn what_saves_most_comes_first() {
        let wide = TableProfile {
            columns_read: 10,
            partition_keys: vec!["day".to_owned()],
            partitions: 100,
            files: 1_000,
            ..table("a")
        };
        assert_eq!(
            advice(vec![wide], &[]),
            [
                (AdviceKind::PartitionFilter, Some(990_000_000)),
                (AdviceKind::Columns, Some(900_000_000)),
                (AdviceKind::SmallFiles, None),
            ]
        );
    }

    #[test]
    fn text_is_compared_with_what_parquet_would_take() {
        let text = TableProfile {
            columnar: false,
            columns_read: 10,
            parquet_bytes: Some(100),
            ..table("a")
        };
        assert_eq!(
            advice(vec![text], &[]),
            [(AdviceKind::RowFormat, Some(999_999_900))]
        );
    }

    #[test]
    fn the_larger_table_belongs_on_the_left() {
        let small = TableProfile {
            bytes: 1_000,
            ..table("small")
        };
        let tables = vec![table("large"), small];
        assert_eq!(advice(tables.clone(), &[("large", "small")]), []);
        assert_eq!(
            advice(tables, &[("small", "large")]),
            [(AdviceKind::JoinOrder, None)]
        );
    }
}
