//! What a classifier's shape means to inference.

use lakebed_wire::glue::{Classifier, CsvClassifier, CsvHeaderOption, CsvSerdeOption};

use crate::inference::{
    ColumnType, CsvRules, CsvSerde, CustomClassifier, Grok, Header, JsonPath, RowTag, Rules,
};

/// Refuses what no file could be read by.
pub(super) fn check(classifier: &Classifier) -> Result<(), String> {
    custom_classifier(classifier).map(|_| ())
}

/// The classifier as inference runs it.
pub(crate) fn custom_classifier(classifier: &Classifier) -> Result<CustomClassifier, String> {
    if let Some(csv) = &classifier.csv_classifier {
        return Ok(CustomClassifier {
            name: csv.name.clone(),
            rules: Rules::Csv(csv_rules(csv)?),
        });
    }
    if let Some(json) = &classifier.json_classifier {
        return Ok(CustomClassifier {
            name: json.name.clone(),
            rules: Rules::Json(json_path(&json.json_path)?),
        });
    }
    if let Some(xml) = &classifier.xml_classifier {
        return Ok(CustomClassifier {
            name: xml.name.clone(),
            rules: Rules::Xml {
                classification: xml.classification.clone(),
                row_tag: row_tag(xml.row_tag.as_deref())?,
            },
        });
    }
    if let Some(grok) = &classifier.grok_classifier {
        let custom_patterns = grok.custom_patterns.as_deref().unwrap_or_default();
        let compiled = Grok::compile(&grok.classification, &grok.grok_pattern, custom_patterns)
            .map_err(|error| error.to_string())?;
        return Ok(CustomClassifier {
            name: grok.name.clone(),
            rules: Rules::Grok(compiled),
        });
    }
    Err("the classifier has no rules".to_owned())
}

fn row_tag(name: Option<&str>) -> Result<RowTag, String> {
    let name = name.unwrap_or_default();
    RowTag::parse(name).ok_or_else(|| format!("RowTag '{name}' is not the name of an XML element"))
}

fn json_path(text: &str) -> Result<JsonPath, String> {
    JsonPath::parse(text).ok_or_else(|| {
        format!(
            "JsonPath '{text}' is not supported; use $, .field, ['field'], [index] and the wildcard *"
        )
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
