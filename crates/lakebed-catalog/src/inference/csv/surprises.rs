//! What a CSV table will not be although its files look like it.

use std::collections::BTreeSet;

use super::header::reads_like_header;
use super::records::Records;
use super::{CsvRules, Header};
use crate::inference::column_type::ColumnType;
use crate::inference::format::{CsvFormat, CsvSerde};
use crate::inference::surprise::Surprise;

pub(super) fn of_csv(
    records: &Records,
    names: &[String],
    types: &[ColumnType],
    format: &CsvFormat,
    rules: &CsvRules,
) -> BTreeSet<Surprise> {
    let mut found = BTreeSet::new();
    if format.quoted && format.serde == CsvSerde::LazySimple {
        found.insert(Surprise::QuotesStay);
    }
    let rows = records.kept_rows(format.header);
    if rows.clone().flatten().any(|cell| cell.contains('\n')) {
        found.insert(Surprise::RowsSpanLines);
    }
    if rules.header == Header::Detect && !format.header && looks_like_lost_header(records) {
        found.insert(Surprise::HeaderIsData);
    }
    if format.header {
        let mut folded = BTreeSet::new();
        let twice = records
            .first
            .iter()
            .map(|cell| cell.trim().to_lowercase())
            .filter(|name| !name.is_empty() && !folded.insert(name.clone()));
        found.extend(twice.map(|column| Surprise::SameName { column }));
    }
    // With types that were asked for nothing surprises, with OpenCSVSerDe everything is text.
    if rules.types.is_empty() && format.serde == CsvSerde::LazySimple {
        for (index, (name, kind)) in names.iter().zip(types).enumerate() {
            let cells: Vec<&str> = rows
                .clone()
                .filter_map(|record| record.get(index))
                .filter(|cell| !cell.is_empty())
                .collect();
            found.extend(of_column(name, kind, &cells));
        }
    }
    found
}

fn of_column(name: &str, kind: &ColumnType, cells: &[&str]) -> Option<Surprise> {
    let any = |test: fn(&str) -> bool| cells.iter().any(|cell| test(cell));
    let all = |test: fn(&str) -> bool| !cells.is_empty() && cells.iter().all(|cell| test(cell));
    let column = name.to_owned();
    match kind {
        ColumnType::BigInt if any(has_leading_zero) => Some(Surprise::LeadingZeros { column }),
        ColumnType::String if all(is_date) => Some(Surprise::DateIsText { column }),
        ColumnType::String if all(is_dressed_number) => Some(Surprise::NumberIsText { column }),
        _ => None,
    }
}

/// Words that differ from each other, above rows that repeat none of them.
fn looks_like_lost_header(records: &Records) -> bool {
    let first = &records.first;
    let mut words = BTreeSet::new();
    let distinct = first
        .iter()
        .all(|cell| !cell.is_empty() && words.insert(cell));
    let named = first.iter().all(|cell| {
        cell.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && cell.chars().count() <= 40
    });
    let repeated = records
        .kept
        .iter()
        .flatten()
        .any(|cell| words.contains(cell));
    reads_like_header(first) && distinct && named && !repeated
}

fn has_leading_zero(cell: &str) -> bool {
    cell.len() > 1 && cell.starts_with('0')
}

/// `2024-01-31`, `31.01.2024`, `1/31/24`, each also with a time after it.
fn is_date(cell: &str) -> bool {
    let cell = cell.trim();
    let end = cell.find(['T', ' ']).unwrap_or(cell.len());
    let (day, time) = cell.split_at(end);
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = parts.len() == 3
        && parts.iter().all(|part| digits(part) && part.len() <= 4)
        && parts.iter().filter(|part| part.len() == 4).count() <= 1;
    numbers && (time.is_empty() || time.contains(':'))
}

/// `145,000`, ` 5`, `1 234.5`.
fn is_dressed_number(cell: &str) -> bool {
    let plain: String = cell
        .chars()
        .filter(|next| !matches!(next, ',' | ' ' | '\u{a0}'))
        .collect();
    plain.len() < cell.len()
        && plain.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::inference::csv::infer_csv;
    use rstest::rstest;

    #[rstest]
    #[case("id,name\n1,\"a\"\n2,\"b\"\n", "quotes")]
    #[case("id,name\n1,\"a\nb\"\n2,c\n", "line breaks")]
    #[case("name,city\nKim,Seoul\nLee,Busan\n", "looks like a header")]
    #[case("id,day\n1,2024-01-31\n2,2024-02-01\n", "dates of column 'day'")]
    #[case("id,at\n1,31/01/2024 09:30\n", "dates of column 'at'")]
    #[case("id;n\n1;145,000\n", "numbers of column 'n'")]
    #[case("id,zip\n1,01234\n", "leading zeros")]
    #[case("id,ID\n1,2\n", "called 'id'")]
    fn the_owner_is_told(#[case] text: &str, #[case] expected: &str) {
        let schema = infer_csv(text, false, &CsvRules::built_in())
            .unwrap()
            .unwrap()
            .schema;
        let told: Vec<String> = schema.surprises.iter().map(Surprise::to_string).collect();
        assert!(told.iter().any(|one| one.contains(expected)), "{told:?}");
    }

    #[rstest]
    #[case("id,n\n1,2\n3,4\n")]
    #[case("a,b\nc,d\na,b\n")]
    #[case("id,version\n1,1.2.3\n2,1.10.0-rc1\n")]
    #[case("id,phone\n1,010-1234-5678\n")]
    fn plain_files_surprise_nobody(#[case] text: &str) {
        let schema = infer_csv(text, false, &CsvRules::built_in())
            .unwrap()
            .unwrap()
            .schema;
        assert_eq!(schema.surprises, BTreeSet::new());
    }
}
