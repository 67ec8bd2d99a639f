//! Where Glue's choice will hurt in Athena, and what to do about it.

use std::fmt;

use super::schema::NamedColumn;

/// A choice that the owner of the files would hardly make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Surprise {
    /// LazySimpleSerDe knows no quotes.
    QuotesStay,
    /// A quoted value goes on in the next line, which a reader of lines takes for the next row.
    RowsSpanLines,
    /// The first row reads like a header, but no column beneath it is a number.
    HeaderIsData,
    /// A date or time in text.
    DateIsText { column: String },
    /// Numbers with thousands separators or blanks around them.
    NumberIsText { column: String },
    /// `00123` becomes 123.
    LeadingZeros { column: String },
    /// Two columns that differ in nothing but case.
    SameName { column: String },
    /// Values of types that only text holds.
    MixedTypes { column: String },
    /// A document that is an array is one row.
    JsonArray,
    /// A document that spans lines.
    JsonSpansLines,
    /// A path that does not lead to objects gives one column.
    JsonScalar,
    /// The records of a JSON path: readers other than Glue's jobs take the whole document.
    JsonPathIsGlues { path: String },
    /// Some lines of a log that its pattern does not match.
    LinesDoNotMatch { lines: u64, of: u64 },
    /// Athena reads no XML.
    XmlUnreadable,
    /// Athena reads no ZIP archives.
    ZipUnreadable,
    /// Athena reads no `uniontype`.
    Union { column: String },
}

impl Surprise {
    /// The columns among these that are unions, or hold one.
    pub(super) fn unions(columns: &[NamedColumn]) -> Vec<Self> {
        let unions = columns.iter().filter(|(_, kind)| kind.holds_union());
        unions
            .map(|(name, _)| Self::Union {
                column: name.clone(),
            })
            .collect()
    }
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QuotesStay => f.write_str(
                "values stand in quotes, which LazySimpleSerDe takes as part of them: use a CSV classifier with OpenCSVSerDe",
            ),
            Self::RowsSpanLines => f.write_str(
                "quoted values contain line breaks, at which Athena starts a new row: write the files without them, or as Parquet",
            ),
            Self::HeaderIsData => f.write_str(
                "the first row looks like a header but all columns are text, so it counts as data: use a CSV classifier with ContainsHeader PRESENT",
            ),
            Self::DateIsText { column } => write!(
                f,
                "the dates of column '{column}' stay text: use CustomDatatypes of a CSV classifier, or cast in the query"
            ),
            Self::NumberIsText { column } => write!(
                f,
                "the numbers of column '{column}' have separators or blanks and stay text: write them plainly, or cast in the query"
            ),
            Self::LeadingZeros { column } => write!(
                f,
                "the values of column '{column}' have leading zeros, which a number loses: use CustomDatatypes STRING of a CSV classifier"
            ),
            Self::SameName { column } => write!(
                f,
                "several columns are called '{column}' when case is folded: rename them in the files"
            ),
            Self::MixedTypes { column } => write!(
                f,
                "the values of column '{column}' have types that only text holds: write one type, or cast in the query"
            ),
            Self::JsonArray => f.write_str(
                "the document is an array, which is one row: use a JSON classifier with the path $[*]",
            ),
            Self::JsonSpansLines => f.write_str(
                "documents span lines, but Athena reads a document a line: write each on one line",
            ),
            Self::JsonScalar => f.write_str(
                "the JSON path leads to values that are not objects: they become the column 'record', which only Glue's jobs fill",
            ),
            Self::JsonPathIsGlues { path } => write!(
                f,
                "the columns are those at the JSON path {path}, which Glue's jobs follow and Athena does not: write the records a line each"
            ),
            Self::LinesDoNotMatch { lines, of } => write!(
                f,
                "the grok pattern does not match {lines} of {of} lines: their rows are null in Athena"
            ),
            Self::XmlUnreadable => f.write_str(
                "Athena reads no XML: convert the files by a job, to Parquet for example",
            ),
            Self::ZipUnreadable => {
                f.write_str("Athena reads no ZIP archives: compress the files with gzip instead")
            }
            Self::Union { column } => write!(
                f,
                "column '{column}' is a union of several types, which Athena does not read: use one type, or one and null"
            ),
        }
    }
}
