//! What a file is, judged by its bytes: pure functions from a sample to a format and a schema.
//!
//! Nothing here reads a store; a crawler fetches the sample and hands it in.

mod column_type;
mod compression;
mod csv;
mod json;
mod parquet;
mod schema;
mod values;

pub(crate) use column_type::ColumnType;
pub(crate) use compression::Compression;
pub(crate) use csv::{CsvRules, Header};
pub(crate) use json::JsonPath;
pub(crate) use parquet::infer_parquet;
pub(crate) use schema::{CsvFormat, CsvSerde, FileSchema, Format};

/// The start of a text file, decompressed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) bytes: &'a [u8],
    /// The file goes on after these bytes.
    pub(crate) truncated: bool,
}

/// A classifier and how it reads what it recognises.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TextClassifier {
    Csv(CsvRules),
    Json(Option<JsonPath>),
}

/// The classifiers that every crawler falls back on, in Glue's order.
pub(crate) fn built_in_classifiers() -> [TextClassifier; 2] {
    [
        TextClassifier::Json(None),
        TextClassifier::Csv(CsvRules::built_in()),
    ]
}

/// Asks the classifiers in turn; the first that recognises the sample decides.
pub(crate) fn classify<'a>(
    sample: Sample<'_>,
    classifiers: impl IntoIterator<Item = &'a TextClassifier>,
) -> Option<FileSchema> {
    let text = text_of(sample)?;
    classifiers
        .into_iter()
        .find_map(|classifier| match classifier {
            TextClassifier::Csv(rules) => csv::infer_csv(text, sample.truncated, rules),
            TextClassifier::Json(path) => json::infer_json(text, sample.truncated, path.as_ref()),
        })
}

/// The sample as text without its byte order mark; none if it is not UTF-8.
fn text_of(sample: Sample<'_>) -> Option<&str> {
    let bytes = sample
        .bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(sample.bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        // A character cut in two at the sample's end is no sign of another encoding.
        Err(error) if sample.truncated && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
    .filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn classification(bytes: &[u8]) -> Option<&'static str> {
        let sample = Sample {
            bytes,
            truncated: false,
        };
        classify(sample, &built_in_classifiers()).map(|schema| schema.format.classification())
    }

    #[test]
    fn a_format_is_told_by_the_bytes() {
        assert_eq!(classification(b"{\"a\":1}\n{\"a\":2}\n"), Some("json"));
        assert_eq!(classification(b"a,b\n1,2\n"), Some("csv"));
        assert_eq!(classification(b"\xef\xbb\xbfa,b\n1,2\n"), Some("csv"));
        assert_eq!(classification(b"just some words\n"), None);
        assert_eq!(classification(b""), None);
    }

    #[test]
    fn other_encodings_are_not_recognised() {
        let utf16: Vec<u8> = "a,b\n1,2\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(classification(&utf16), None);
        assert_eq!(classification(b"a,\xb0\xa1\n1,2\n"), None, "CP949");
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_sample_is_forgiven() {
        let bytes = "a,b\n1,2\n3,가".as_bytes();
        let sample = Sample {
            bytes: &bytes[..bytes.len() - 1],
            truncated: true,
        };
        assert!(classify(sample, &built_in_classifiers()).is_some());
    }
}
