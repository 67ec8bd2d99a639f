//! The type names of Glue Studio and Spark SQL as Arrow types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};

use crate::casts::TIMESTAMP;

/// The text is not a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a type")]
pub(crate) struct UnknownType(String);

/// Reads a type such as `string`, `decimal(10,2)` or `struct<city:string,zip:array<int>>`.
///
/// Glue Studio writes `long`, `short`, `byte` and `integer` where Hive writes `bigint`, `smallint`,
/// `tinyint` and `int`; both are read, in any case.
///
/// # Errors
/// [`UnknownType`] with the part that is not a type.
pub(crate) fn parse(text: &str) -> Result<DataType, UnknownType> {
    let unknown = || UnknownType(text.to_owned());
    let text = text.trim();
    let lower = text.to_lowercase();
    let simple = match lower.as_str() {
        "string" | "text" | "char" | "varchar" => Some(DataType::Utf8),
        "boolean" | "bool" => Some(DataType::Boolean),
        "tinyint" | "byte" => Some(DataType::Int8),
        "smallint" | "short" => Some(DataType::Int16),
        "int" | "integer" => Some(DataType::Int32),
        "bigint" | "long" => Some(DataType::Int64),
        "float" | "real" => Some(DataType::Float32),
        "double" => Some(DataType::Float64),
        "decimal" | "numeric" | "dec" => Some(DataType::Decimal128(10, 0)),
        "date" => Some(DataType::Date32),
        "timestamp" | "timestamp_ntz" | "timestamp_ltz" => Some(TIMESTAMP),
        "binary" => Some(DataType::Binary),
        "null" | "void" => Some(DataType::Null),
        _ => None,
    };
    if let Some(simple) = simple {
        return Ok(simple);
    }
    if let Some(arguments) = arguments(text, &lower, "decimal", ('(', ')'))
        .or_else(|| arguments(text, &lower, "numeric", ('(', ')')))
    {
        return decimal(arguments).ok_or_else(unknown);
    }
    if arguments(text, &lower, "varchar", ('(', ')'))
        .or_else(|| arguments(text, &lower, "char", ('(', ')')))
        .is_some_and(|length| length.trim().parse::<u32>().is_ok())
    {
        return Ok(DataType::Utf8);
    }
    if let Some(item) = arguments(text, &lower, "array", ('<', '>')) {
        return Ok(DataType::new_list(parse(item)?, true));
    }
    if let Some(parts) = arguments(text, &lower, "map", ('<', '>')) {
        let [key, value] = split(parts)[..] else {
            return Err(unknown());
        };
        return Ok(map_of(parse(key)?, parse(value)?));
    }
    if let Some(parts) = arguments(text, &lower, "struct", ('<', '>')) {
        let mut fields = Vec::new();
        for part in split(parts) {
            // Hive puts a colon between name and type, Spark a blank or both.
            let (name, data_type) = part
                .split_once(':')
                .or_else(|| part.split_once(' '))
                .ok_or_else(unknown)?;
            fields.push(Field::new(name.trim(), parse(data_type)?, true));
        }
        return Ok(DataType::Struct(Fields::from(fields)));
    }
    Err(unknown())
}

/// What stands between the brackets of `name<…>`.
fn arguments<'a>(
    text: &'a str,
    lower: &str,
    name: &str,
    (open, close): (char, char),
) -> Option<&'a str> {
    let rest = lower.strip_prefix(name)?.trim_start();
    // Lowercasing may change lengths, but not those of what stands before the bracket.
    let inside = text.get(text.len().checked_sub(rest.len())?..)?;
    inside.strip_prefix(open)?.strip_suffix(close)
}

fn decimal(arguments: &str) -> Option<DataType> {
    let (precision, scale) = match arguments.split_once(',') {
        Some((precision, scale)) => (precision, scale.trim().parse::<i8>().ok()?),
        None => (arguments, 0),
    };
    let precision: u8 = precision.trim().parse().ok()?;
    let fits = (1..=38).contains(&precision) && (0..=38).contains(&scale);
    fits.then_some(DataType::Decimal128(precision, scale))
}

fn map_of(key: DataType, value: DataType) -> DataType {
    let entries = Fields::from(vec![
        Field::new("key", key, false),
        Field::new("value", value, true),
    ]);
    DataType::Map(
        Arc::new(Field::new("entries", DataType::Struct(entries), false)),
        false,
    )
}

/// Splits at commas outside of brackets.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (position, character) in text.char_indices() {
        match character {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..position].trim());
                start = position + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("string", DataType::Utf8)]
    #[case("LONG", DataType::Int64)]
    #[case(" bigint ", DataType::Int64)]
    #[case("decimal(10,2)", DataType::Decimal128(10, 2))]
    #[case("Decimal(5)", DataType::Decimal128(5, 0))]
    #[case("varchar(20)", DataType::Utf8)]
    #[case("timestamp", TIMESTAMP)]
    #[case("array<int>", DataType::new_list(DataType::Int32, true))]
    fn reads(#[case] text: &str, #[case] expected: DataType) {
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn reads_nested_types_and_keeps_the_case_of_names() {
        let read =
            parse("struct<homeCity:string,zips:array<struct<a:decimal(4,1),b:int>>>").unwrap();
        let inner = Fields::from(vec![
            Field::new("a", DataType::Decimal128(4, 1), true),
            Field::new("b", DataType::Int32, true),
        ]);
        let expected = Fields::from(vec![
            Field::new("homeCity", DataType::Utf8, true),
            Field::new(
                "zips",
                DataType::new_list(DataType::Struct(inner), true),
                true,
            ),
        ]);
        assert_eq!(read, DataType::Struct(expected));
    }

    #[rstest]
    #[case("strin", "strin")]
    #[case("array<strin>", "strin")]
    #[case("map<int>", "map<int>")]
    #[case("decimal(99,2)", "decimal(99,2)")]
    fn names_what_is_no_type(#[case] text: &str, #[case] wrong: &str) {
        assert_eq!(parse(text), Err(UnknownType(wrong.to_owned())));
    }
}
