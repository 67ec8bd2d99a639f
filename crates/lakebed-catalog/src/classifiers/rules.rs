//! What a classifier's shape means to inference.

use lakebed_wire::glue::{Classifier, CsvClassifier, CsvHeaderOption, CsvSerdeOption};

use crate::inference::{ColumnType, CsvRules, CsvSerde, Header, JsonPath, TextClassifier};

/// Refuses what no file could be read by.
pub(super) fn check(classifier: &Classifier) -> Result<(), String> {
    if let Some(csv) = &classifier.csv_classifier {
        csv_rules(csv)?;
    }
    if let Some(json) = &classifier.json_classifier {
        json_path(&json.json_path)?;
    }
    Ok(())
}

/// The classifier as inference runs it. Grok and XML classifiers can be kept but not run.
pub(crate) fn text_classifier(classifier: &Classifier) -> Result<TextClassifier, String> {
    if let Some(csv) = &classifier.csv_classifier {
        return csv_rules(csv).map(TextClassifier::Csv);
    }
    if let Some(json) = &classifier.json_classifier {
        return json_path(&json.json_path).map(|path| TextClassifier::Json(Some(path)));
    }
    let (kind, name) = match (&classifier.grok_classifier, &classifier.xml_classifier) {
        (Some(grok), _) => ("grok", &*grok.name),
        (None, Some(xml)) => ("XML", &*xml.name),
        (None, None) => ("unknown", ""),
    };
    Err(format!(
        "classifier '{name}' is a {kind} classifier, which crawls cannot run yet"
    ))
}

fn json_path(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).ok_or_else(|| {
        format!("JsonPath '{text}' is not supported; use $, .field, ['field'] and [*]")
    })
}

fn csv_rules(csv: &CsvClassifier) -> Result<CsvRules, String> {
    let delimiter = one_byte("Delimiter", csv.delimiter.as_deref())?;
    let quote = one_byte("QuoteSymbol", csv.quote_symbol.as_deref())?;
    if delimiter.is_some() && delimiter == quote {
        return Err("Delimiter and QuoteSymbol must be different".to_owned());
    }
    let types = match &csv.custom_datatypes {
        Some(names) if csv.custom_datatype_configured == Some(true) => names
            .iter()
            .map(|name| data_type(name))
            .collect::<Result<_, _>>()?,
        _ => Vec::new(),
    };
    Ok(CsvRules {
        delimiter,
        quote,
        header: match csv.contains_header {
            Some(CsvHeaderOption::Present) => Header::Present,
            Some(CsvHeaderOption::Absent) => Header::Absent,
            Some(CsvHeaderOption::Unknown) | None => Header::Detect,
        },
        names: csv
            .header
            .iter()
            .flatten()
            .map(|name| name.trim().to_lowercase())
            .collect(),
        // "The default value is true": values are taken as they stand.
        trim: csv.disable_value_trimming == Some(false),
        allow_single_column: csv.allow_single_column == Some(true),
        serde: match csv.serde {
            Some(CsvSerdeOption::OpenCSVSerDe) => Some(CsvSerde::OpenCsv),
            Some(CsvSerdeOption::LazySimpleSerDe) => Some(CsvSerde::LazySimple),
            Some(CsvSerdeOption::None) | None => None,
        },
        types,
    })
}

fn one_byte(member: &str, text: Option<&str>) -> Result<Option<char>, String> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character.is_ascii() => Ok(Some(character)),
        _ => Err(format!(
            "{member} must be one ASCII character, got '{text}'"
        )),
    }
}

/// The names `CustomDatatypes` may hold.
fn data_type(name: &str) -> Result<ColumnType, String> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "BINARY" => ColumnType::Binary,
        "BOOLEAN" => ColumnType::Boolean,
        "DATE" => ColumnType::Date,
        // Hive's decimal without arguments.
        "DECIMAL" => ColumnType::Decimal {
            precision: 10,
            scale: 0,
        },
        "DOUBLE" => ColumnType::Double,
        "FLOAT" => ColumnType::Float,
        "INT" => ColumnType::Int,
        "LONG" => ColumnType::BigInt,
        "SHORT" => ColumnType::SmallInt,
        "STRING" => ColumnType::String,
        "TIMESTAMP" => ColumnType::Timestamp,
        _ => return Err(format!("'{name}' is not a custom data type")),
    })
}
