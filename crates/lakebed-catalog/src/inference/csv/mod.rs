//! Delimited text, as "Adding classifiers to a crawler in AWS Glue" says the built-in and custom
//! CSV classifiers read it.

mod header;
mod records;
mod surprises;

use super::column_type::ColumnType;
use super::format::{CsvFormat, CsvSerde, Format};
use super::recognition::{Recognition, Verdict};
use super::schema::FileSchema;
use records::Records;

/// The delimiters the built-in classifier tries.
const DELIMITERS: [char; 5] = [',', '|', '\t', ';', '\u{1}'];

/// What a CSV classifier is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CsvRules {
    /// Tried one after the other where none is given.
    pub(crate) delimiter: Option<char>,
    pub(crate) quote: Option<char>,
    pub(crate) header: Header,
    /// Column names that stand in for the header's.
    pub(crate) names: Vec<String>,
    /// Takes blanks around values off before looking at them.
    pub(crate) trim: bool,
    pub(crate) allow_single_column: bool,
    pub(crate) serde: Option<CsvSerde>,
    /// Types of the columns in their order, instead of inferred ones.
    pub(crate) types: Vec<ColumnType>,
}

/// Whether the first record names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    Detect,
    Present,
    Absent,
}

impl CsvRules {
    pub(crate) fn built_in() -> Self {
        Self {
            delimiter: None,
            quote: None,
            header: Header::Detect,
            names: Vec::new(),
            trim: false,
            allow_single_column: false,
            serde: Some(CsvSerde::LazySimple),
            types: Vec::new(),
        }
    }

    fn least_columns(&self) -> usize {
        if self.allow_single_column { 1 } else { 2 }
    }
}

/// The format and columns of a text that is CSV by these rules.
pub(super) fn infer_csv(text: &str, truncated: bool, rules: &CsvRules) -> Verdict {
    let quote = rules.quote.unwrap_or('"');
    let delimiters = rules.delimiter.map_or(DELIMITERS.to_vec(), |one| vec![one]);
    let tables = delimiters.into_iter().filter_map(|delimiter| {
        let records = Records::read(text, truncated, delimiter, quote, rules)?;
        Some((delimiter, records))
    });
    // The first of the widest: `max_by_key` would take the last.
    let widest = tables.rev().max_by_key(|(_, records)| records.width());
    let Some((delimiter, records)) = widest else {
        return Ok(None);
    };
    let header = match rules.header {
        Header::Present => true,
        Header::Absent => false,
        Header::Detect => records.typed && header::reads_like_header(&records.first),
    };
    let width = records.width();
    for (what, given) in [("names", rules.names.len()), ("types", rules.types.len())] {
        if given != 0 && given != width {
            return Err(format!(
                "the classifier has {given} column {what}, the file {width} columns"
            ));
        }
    }
    let quoted = has_quoted_values(text, delimiter, quote);
    // A custom classifier that names a quote symbol gets the SerDe that honours it.
    let serde = rules.serde.unwrap_or(if quoted && rules.quote.is_some() {
        CsvSerde::OpenCsv
    } else {
        CsvSerde::LazySimple
    });
    let types = if !rules.types.is_empty() {
        rules.types.clone()
    } else if serde == CsvSerde::OpenCsv {
        vec![ColumnType::String; width]
    } else {
        records.types(header)
    };
    let names = if !rules.names.is_empty() {
        rules.names.clone()
    } else if header {
        header::column_names(&records.first)
    } else {
        (0..width).map(|index| format!("col{index}")).collect()
    };
    let format = CsvFormat {
        delimiter,
        quote,
        quoted,
        header,
        serde,
    };
    let surprises = surprises::of_csv(&records, &names, &types, &format, rules);
    let columns = names.into_iter().zip(types).collect();
    let schema = FileSchema::new(Format::Csv(format), columns)
        .sampled(records.rows(header), text.len() as u64)
        .surprising(surprises);
    Ok(Some(Recognition::certain(schema)))
}

fn has_quoted_values(text: &str, delimiter: char, quote: char) -> bool {
    text.starts_with(quote)
        || [delimiter, '\n']
            .into_iter()
            .any(|before| text.contains(&format!("{before}{quote}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use rstest::rstest;

    fn columns(text: &str, rules: &CsvRules) -> Option<String> {
        let found = infer_csv(text, false, rules).ok().flatten();
        found.map(|Recognition { schema, .. }| {
            let Format::Csv(format) = schema.format else {
                panic!("not csv");
            };
            let columns: Vec<String> = schema
                .columns
                .iter()
                .map(|(name, kind)| format!("{name} {kind}"))
                .collect();
            format!(
                "{:?}{} {}",
                format.delimiter,
                if format.header { " header" } else { "" },
                columns.join(", ")
            )
        })
    }

    #[rstest]
    #[case("id,name\n1,a\n2,b\n", Some("',' header id bigint, name string"))]
    #[case("id|score\n1|1.5\n2|3\n", Some("'|' header id bigint, score double"))]
    #[case("id\tok\n1\ttrue\n", Some("'\\t' header id bigint, ok boolean"))]
    #[case("id;when\n1;2025-01-31\n", Some("';' header id bigint, when string"))]
    #[case("id\u{1}n\n1\u{1}2\n", Some("'\\u{1}' header id bigint, n bigint"))]
    #[case("a,b\nc,d\n", Some("',' col0 string, col1 string"))]
    #[case("1,2\n3,4\n", Some("',' col0 bigint, col1 bigint"))]
    #[case("id,,n\n1,2,3\n", Some("',' col0 string, col1 bigint, col2 string"))]
    #[case("id,n,\n1,2,\n", Some("',' header id bigint, n bigint, col2 string"))]
    #[case(
        "Id,ID,id\n1,2,3\n",
        Some("',' header id bigint, id_1 bigint, id_2 bigint")
    )]
    #[case(
        "id,note\n1,\"a, b\"\n2,\"c\nd\"\n",
        Some("',' header id bigint, note string")
    )]
    #[case("a\nb,c\n1,2\n", None)]
    #[case("id,\"two\nlines\"\n1,2\n", Some("',' col0 string, col1 string"))]
    #[case("id,n\n1,\n2,5\n", Some("',' header id bigint, n bigint"))]
    #[case("a\n1\n2\n", None)]
    #[case("a,b\n", None)]
    #[case("some words, and more\nno commas here\nnor here\nnor there\n", None)]
    fn the_built_in_classifier_reads(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(columns(text, &CsvRules::built_in()).as_deref(), expected);
    }

    #[test]
    fn a_long_cell_is_no_header() {
        let text = format!("id,{},c\n1,x,2\n", "n".repeat(150));
        let found = columns(&text, &CsvRules::built_in()).unwrap();
        assert!(found.contains("col0"), "{found}");
    }

    #[test]
    fn a_header_that_is_said_to_be_there_needs_no_number_beneath() {
        let rules = CsvRules {
            delimiter: Some(','),
            quote: Some('"'),
            header: Header::Present,
            serde: Some(CsvSerde::OpenCsv),
            ..CsvRules::built_in()
        };
        assert_eq!(
            columns("Name,Age\n\"Kim, A\",31\n", &rules).as_deref(),
            Some("',' header name string, age string")
        );
    }

    #[test]
    fn given_names_and_types_must_fit_the_width() {
        let rules = CsvRules {
            names: vec!["a".into(), "b".into()],
            types: vec![ColumnType::Int, ColumnType::Date],
            ..CsvRules::built_in()
        };
        assert_eq!(
            columns("1,2\n3,4\n", &rules).as_deref(),
            Some("',' a int, b date")
        );
        assert_eq!(columns("1,2,3\n3,4,5\n", &rules), None);
    }

    #[test]
    fn the_record_cut_at_the_end_of_the_sample_does_not_count() {
        let found = infer_csv("id,n\n1,2\n3,4\n5,x", true, &CsvRules::built_in());
        let schema = found.unwrap().unwrap().schema;
        assert_eq!(schema.columns[1].1, ColumnType::BigInt);
        assert_eq!(schema.sampled_records, 2);
    }
}
